// One HTTP request, byte for byte as it is told: the path is sent as it is
// given, and a header whose value is a list is sent as often as it is long.
// localAddress: the one of loopback that it comes from.
import { request as httpRequest } from 'node:http';

export function send({ port, method = 'GET', path = '/', headers = {},
	body, localAddress }) {
	return new Promise((resolve, reject) => {
		const bytes = body === undefined ? null : Buffer.from(body);
		const length = bytes === null ? {} :
			{ 'Content-Length': bytes.length };
		const began = process.hrtime.bigint();
		const req = httpRequest({ host: '127.0.0.1', port, method, path,
			agent: false, localAddress, headers: { ...length, ...headers } });
		req.on('response', (res) => {
			const chunks = [];
			res.on('data', (chunk) => chunks.push(chunk));
			res.on('error', reject);
			res.on('end', () => resolve({ status: res.statusCode,
				headers: res.headers, bytes: Buffer.concat(chunks),
				body: Buffer.concat(chunks).toString('utf8'),
				ms: Number(process.hrtime.bigint() - began) / 1e6 }));
		});
		req.on('error', reject);
		req.end(bytes);
	});
}
