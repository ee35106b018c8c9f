// The web server in front of the responder, with the configuration that is
// shipped: nginx, or the one that CALLWARD_SERVER names.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startLighttpd } from './lighttpd.js';
import { startNginx } from './nginx.js';

// The page, as it was put together by the build.
export const web = resolve(process.env.CALLWARD_BUILD ?? '', 'web');
export const serverName = process.env.CALLWARD_SERVER ?? 'nginx';

// What refuses a request with these names of headers: the responder's status,
// or, where a name has an underscore, lighttpd's own 400 (since 1.4.85).
export function refusals(status, names) {
	return serverName === 'lighttpd' &&
		names.some((name) => name.includes('_')) ? [status, 400] : [status];
}

// A shipped file with this host's addresses in the place of the usual ones;
// each pattern has to be found.
export function adapted(path, changes) {
	let text = readFileSync(path, 'utf8');
	for (const [from, to] of changes) {
		if (text.search(from) < 0)
			throw new Error(`${path} lacks ${from}`);
		text = text.replaceAll(from, to);
	}
	return text;
}

const starters = {
	nginx: ({ source, dir, name, port, socket, log, changes }) => startNginx({
		dir,
		name, ports: [port],
		http: adapted(join(source, 'nginx/callward.conf'), [
			[/listen 80;/g, `listen 127.0.0.1:${port};`],
			[/"unix:[^"]*"/g, `"unix:${socket}"`],
			[/access_log \S+/g, `access_log ${log}`],
			[/error_log \S+/g, 'error_log stderr'],
			[/\/usr\/share\/callward\/web/g, web],
			...changes,
		]) }),
	lighttpd: ({ source, dir, name, port, socket, log, changes }) => {
		const conf = join(dir, `${name}-callward.conf`);
		writeFileSync(conf, adapted(join(source, 'lighttpd/callward.conf'), [
			[/\/run\/callward\/callward\.sock/g, socket],
			[/\/usr\/share\/callward\/lighttpd/g, join(source, 'lighttpd')],
			[/\/usr\/share\/callward\/web/g, web],
			[/\/var\/log\/lighttpd\/callward\.log/g, log],
			...changes,
		]));
		return startLighttpd({ dir, name, port, include: [conf] });
	},
};

if (starters[serverName] === undefined)
	throw new Error(`CALLWARD_SERVER: ${Object.keys(starters).join(' or ')}`);

// source  the folder of the sources; port, socket: of loopback, and where the
//         responder listens; changes: more of them to the configuration
// accessLog() of what it gives: the requests so far
export async function startShipped({ source, dir, name = serverName, port,
	socket, changes = [] }) {
	const log = join(dir, `${name}.access`);
	const program = await starters[serverName]({ source, dir, name, port,
		socket, log, changes });
	return { ...program, accessLog: () => readFileSync(log, 'utf8') };
}
