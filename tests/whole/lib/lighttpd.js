// A private lighttpd around configuration files that it includes; what Debian's
// own lighttpd.conf sets before and after them is set here.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start, waitForListener } from './process.js';

// include  paths of configuration files
export async function startLighttpd({ dir, port, include,
	name = 'lighttpd' }) {
	const conf = join(dir, `${name}.conf`);
	writeFileSync(conf, `
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${dir}"
server.errorlog = "/dev/stderr"
server.max-fds = 8192
server.modules = ( "mod_indexfile", "mod_access" )
server.http-parseopts = (
	"url-normalize-unreserved" => "enable",
	"url-normalize-required" => "enable",
	"url-path-2f-decode" => "enable",
	"url-path-dotseg-remove" => "enable"
)
url.access-deny = ( "~", ".inc" )
${include.map((path) => `include "${path}"\n`).join('')}
server.modules += ( "mod_staticfile" )
`);
	return start({ name, command: '/usr/sbin/lighttpd', dir,
		args: ['-D', '-f', conf],
		ready: () => waitForListener(port, { timeoutMs: 30000 }) });
}
