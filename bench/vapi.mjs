// A stand-in for Vapi that answers each request after a while, as the real one
// does: node vapi.mjs PORT MILLISECONDS. What it answers is what the stand-in of
// bench/common does.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const [port, ms] = process.argv.slice(2).map(Number);

function session(id) {
	const stream = `wss://phone-call-websocket.example.com/${id}/transport`;
	return JSON.stringify({
		id,
		orgId: '2f4f7d0e-93f5-4c0c-8f0a-2f8b6f1c0a0a',
		createdAt: '2026-01-01T00:00:00.000Z',
		updatedAt: '2026-01-01T00:00:00.000Z',
		type: 'inboundPhoneCall',
		status: 'ringing',
		phoneCallProvider: 'twilio',
		phoneCallTransport: 'pstn',
		phoneCallProviderDetails: { twiml: '<?xml version="1.0" ' +
			'encoding="UTF-8"?><Response><Connect><Stream ' +
			`url="${stream}"><Parameter name="callId" value="${id}"/>` +
			'</Stream></Connect></Response>' },
	});
}

const server = createServer((request, response) => {
	request.resume();
	const answer = () => response.writeHead(request.method === 'POST' ? 201
		: 200, { 'content-type': 'application/json' })
		.end(session(randomUUID()));
	if (request.method === 'POST')
		setTimeout(answer, ms);
	else
		answer();
});
server.keepAliveTimeout = 60000;
server.listen({ port, host: '127.0.0.1', backlog: 4096 });
