// A small HTTP server that keeps what it is sent.
import { createServer } from 'node:http';
import { waitFor } from './process.js';

// answer(request)  {status, body} or a promise of it; default 200 {}
export async function startReceiver(answer = () => ({ status: 200 })) {
	const received = [];
	const server = createServer((req, res) => {
		const chunks = [];
		req.on('data', (chunk) => chunks.push(chunk));
		req.on('end', async () => {
			const request = { method: req.method, url: req.url,
				headers: req.headers, at: Date.now(),
				body: Buffer.concat(chunks).toString('utf8') };
			received.push(request);
			const { status = 200, body = '{}', headers = {} } =
				await receiver.answer(request, received.length) ?? {};
			res.writeHead(status,
				{ 'content-type': 'application/json', ...headers });
			res.end(body);
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const receiver = {
		answer,
		received,
		url: `http://127.0.0.1:${server.address().port}`,
		// The bodies as JSON.
		messages: () => received.map((r) => JSON.parse(r.body).message),
		wait: (n, options = {}) => waitFor(() => received.length >= n,
			{ what: `${n} requests (${received.length} so far)`,
				...options }),
		clear: () => { received.length = 0; },
		stop: () => new Promise((resolve) => {
			server.close(resolve);
			server.closeAllConnections?.();
		}),
	};
	return receiver;
}
