// A private nginx: one process for workers, everything below one folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start, waitForListener } from './process.js';

// A server block that hands every path to one FastCGI responder.
export function fastcgiServer({ port, socket, maxBody = '17m' }) {
	return `
	server {
		listen 127.0.0.1:${port};
		client_max_body_size ${maxBody};
		location / {
			fastcgi_pass unix:${socket};
			fastcgi_keep_conn off;
			fastcgi_read_timeout 60s;
			fastcgi_param SCRIPT_NAME $fastcgi_script_name;
			fastcgi_param REQUEST_URI $request_uri;
			fastcgi_param QUERY_STRING $query_string;
			fastcgi_param REQUEST_METHOD $request_method;
			fastcgi_param CONTENT_TYPE $content_type;
			fastcgi_param CONTENT_LENGTH $content_length;
			fastcgi_param SERVER_PROTOCOL $server_protocol;
			fastcgi_param GATEWAY_INTERFACE CGI/1.1;
			fastcgi_param REMOTE_ADDR $remote_addr;
		}
	}`;
}

// http   text of the http block: servers, upstreams
// ports  ports of loopback that it will listen on, waited for
export async function startNginx({ dir, http, ports, name = 'nginx' }) {
	const conf = join(dir, `${name}.conf`);
	const temp = join(dir, `${name}.tmp`);
	const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
		.map((p) => `${p}_temp_path ${temp}/${p};`).join(' ');
	mkdirSync(temp, { recursive: true });
	writeFileSync(conf, `
${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${join(dir, `${name}.pid`)};
error_log stderr warn;
events { worker_connections 8192; }
http {
	access_log off;
	${paths}
	${http}
}
`);
	return start({ name, command: '/usr/sbin/nginx', dir,
		args: ['-p', dir, '-e', 'stderr', '-c', conf],
		ready: async () => {
			for (const port of ports)
				await waitForListener(port, { timeoutMs: 30000 });
			return true;
		} });
}
