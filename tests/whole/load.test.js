// Many at once on a slow Vapi, and a peer that closes kept connections.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { hang } from './lib/vapi.js';
import { A, B, openWorld } from './lib/world.js';

const WAITING = 200;
const world = await openWorld({ simThreads: 320 });

test(`${WAITING} calls wait for Vapi and nobody else does`, async () => {
	const other = await world.connected(B);
	const asked = await world.sessionsAsked();
	// Longer than a busy machine keeps us from asking for more.
	await world.plan({ create_delay_ms: 5000 });
	let answered = 0;
	const waiting = Array.from({ length: WAITING }, async () => {
		const answer = await world.arrive({ from: A.number });
		answered++;
		return answer;
	});
	await waitFor(async () => (await world.cluster.query('select count(*) ' +
		'from callward.call_answers where state = \'working\''))[0].count >
		WAITING / 2, { what: 'calls that wait', timeoutMs: 20000 });
	const meanwhile = [];
	for (const request of [() => world.get('/healthz'),
		() => world.get('/readyz'), () => world.callback(hang({
			id: other.vapi_call_id, metadata: other.metadata })),
		() => world.arrive({ from: '+15553333333' })])
		meanwhile.push(await request());
	assert.ok(answered < WAITING, 'there were some who waited');
	assert.deepEqual(meanwhile.map((m) => m.status), [200, 200, 200, 200]);
	const answers = await Promise.all(waiting);
	assert.deepEqual([...new Set(answers.map((a) => a.status))], [200]);
	assert.deepEqual([...new Set(answers.map((a) => a.verb))], ['Connect']);
	assert.equal(new Set(answers.map((a) => a.body)).size, WAITING);
	assert.equal(await world.sessionsAsked(), asked + WAITING);
	const [{ count }] = await world.cluster.query('select count(*) from ' +
		'public.calls where user_id = $1 and vapi_call_id is not null',
	[A.user]);
	assert.equal(count, WAITING);
	const soonest = Math.min(...answers.map((a) => a.ms));
	const latest = Math.max(...meanwhile.map((m) => m.ms));
	assert.ok(latest < soonest, `${latest} ms beside ${soonest} ms`);
	await world.plan();
});

// Speaks just enough HTTP to count what comes: whole requests by connection.
// after(n) says what follows the n-th request: 'answer', 'close' or 'reset'.
async function startPeer(after) {
	const peer = { requests: [], connections: 0 };
	const sockets = new Set();
	const server = createServer((socket) => {
		const connection = ++peer.connections;
		let bytes = Buffer.alloc(0);
		sockets.add(socket);
		socket.on('error', () => {});
		socket.on('close', () => sockets.delete(socket));
		socket.on('data', (data) => {
			bytes = Buffer.concat([bytes, data]);
			const head = bytes.indexOf('\r\n\r\n');
			const length = Number(/content-length: (\d+)/i.exec(
				bytes.subarray(0, head).toString())?.[1] ?? 0);
			if (head < 0 || bytes.length < head + 4 + length)
				return;
			const what = after(peer.requests.length + 1);
			peer.requests.push({ connection, body: JSON.parse(
				bytes.subarray(head + 4, head + 4 + length).toString()) });
			bytes = bytes.subarray(head + 4 + length);
			if (what === 'close')
				socket.end();
			else if (what === 'reset')
				socket.resetAndDestroy();
			else
				socket.write(answerOf(peer.requests.length));
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	peer.url = `http://127.0.0.1:${server.address().port}`;
	peer.stop = () => new Promise((resolve) => {
		server.close(resolve);
		for (const socket of sockets)
			socket.destroy();
	});
	return peer;
}

function answerOf(n) {
	const body = JSON.stringify({ id: randomUUID(),
		phoneCallProviderDetails: {
			twiml: `<Response><Say>${n}</Say></Response>` } });
	return 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n' +
		`Connection: keep-alive\r\nContent-Length: ${body.length}\r\n` +
		`\r\n${body}`;
}

for (const how of ['close', 'reset']) {
	test(`a POST on a kept connection that ends in a ${how} is sent once`,
		async () => {
			const peer = await startPeer((n) => (n === 2 ? how : 'answer'));
			const conf = world.writeSettings(`peer-${how}`,
				{ ...world.settings(), VAPI_API_URL: peer.url });
			const { port } = await world.secondResponder(conf);
			const call = () => world.arrive({ from: A.number }, { port });
			const [one, two, three] = [await call(), await call(),
				await call()];
			await peer.stop();
			assert.match(one.body, /<Say>\d+<\/Say>/);
			assert.match(three.body, /<Say>\d+<\/Say>/);
			assert.equal(two.status, 200);
			assert.equal(two.verb, 'Say');
			assert.doesNotMatch(two.body, /<Say>\d+<\/Say>/);
			assert.equal((await world.row(two.callSid)).status, 'failed');
			const calls = peer.requests.map((r) => r.body
				.assistantOverrides.metadata.call_id);
			assert.equal(calls.length, 3);
			assert.equal(new Set(calls).size, 3, 'each call once');
			assert.equal(peer.requests[1].connection,
				peer.requests[0].connection, 'the connection was kept');
		});
}

closing(world);
