// Many at once on a slow Vapi, and a peer that closes kept connections.
// Alone: it compares how long answers take
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { hang } from './lib/vapi.js';
import { A, B, openWorld } from './lib/world.js';

const WAITING = 200;
const SLOW_MS = 12000;
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
		'callward.sessions where user_id = $1 and vapi_call_id is not null',
	[A.user]);
	assert.equal(count, WAITING);
	const soonest = Math.min(...answers.map((a) => a.ms));
	const latest = Math.max(...meanwhile.map((m) => m.ms));
	assert.ok(latest < soonest, `${latest} ms beside ${soonest} ms`);
	await world.plan();
});

// A responder whose patience is short, and whose breaker opens soon.
const THREADS = 16;
const hasty = (name, settings) => world.secondResponder(world.writeSettings(
	name, { ...world.settings(), THREADS, VAPI_TIMEOUT_MS: 500,
		...settings }));
const events = (program, event) => program.log().split('\n')
	.filter((line) => line.includes(`event=${event} `));
const figure = async (name, port) => Number(new RegExp(
	`^callward_${name} (\\d+)$`, 'm').exec((await world.metrics({ port }))
	.body)[1]);

async function assertNotAsked(from, port, why) {
	const asked = await world.sessionsAsked();
	const answer = await world.arrive({ from }, { port });
	assert.equal(answer.verb, 'Say');
	assert.match(await world.logLine(answer), why);
	assert.equal((await world.row(answer.callSid)).ended_reason,
		'callward-no-session');
	assert.equal(await world.sessionsAsked(), asked);
}

test('an assistant that never answers is left alone, and is tried again',
	async () => {
		const { port, program } = await hasty('breaker',
			{ VAPI_BREAKER: '3/5/60/1' });
		await world.plan({ create_delay_ms: SLOW_MS });
		for (let i = 0; i < 3; i++)
			assert.equal((await world.arrive({ from: A.number }, { port }))
				.verb, 'Say');
		await assertNotAsked(A.number, port,
			/vapi is not asked: this assistant timed out too often/);
		assert.equal(await figure('vapi_breaker_assistants', port), 1);
		await world.plan();
		assert.equal((await world.arrive({ from: B.number }, { port })).verb,
			'Connect', 'the others are asked for');
		await waitFor(async () => (await world.arrive({ from: A.number },
			{ port })).verb === 'Connect', { what: 'a call that tries' });
		assert.equal(await figure('vapi_breaker_assistants', port), 0);
		await waitFor(() => events(program, 'vapi_breaker_closed').length > 0,
			{ what: 'line' });
		assert.deepEqual(['vapi_breaker_open', 'vapi_breaker_closed']
			.flatMap((event) => events(program, event).map((line) =>
				/scope=\S+ tenant=\S+/.exec(line)[0])),
		Array(2).fill('scope=assistant tenant=user_a'));
	});

test('only when three clinics wait in vain nobody is asked for', async () => {
	const { port, program } = await hasty('breaker-all',
		{ VAPI_BREAKER: '3/9/60/1' });
	const C = { user: 'user_c', number: '+15551110077' };
	const D = { user: 'user_d', number: '+15551110078' };
	for (const one of [C, D])
		await world.addNumber(one);
	await world.plan({ create_delay_ms: SLOW_MS });
	for (const { number: from } of [A, B, A, B])
		assert.equal((await world.arrive({ from }, { port })).verb, 'Say');
	assert.equal(await figure('vapi_breaker_all', port), 0);
	assert.equal((await world.arrive({ from: C.number }, { port })).verb, 'Say');
	assert.equal(await figure('vapi_breaker_all', port), 1);
	await world.plan();
	await assertNotAsked(D.number, port, /vapi is not asked: it timed out/);
	await waitFor(async () => (await world.arrive({ from: D.number },
		{ port })).verb === 'Connect', { what: 'a call that tries' });
	assert.equal(await figure('vapi_breaker_all', port), 0);
	await waitFor(() => events(program, 'vapi_breaker_closed').length > 0,
		{ what: 'line' });
	for (const event of ['vapi_breaker_open', 'vapi_breaker_closed'])
		assert.match(events(program, event).join(), /^[^,]*scope=all[^,]*$/);
});

test('a Vapi that never answers leaves threads for the rest', async () => {
	const { port } = await hasty('share', { VAPI_BREAKER: 'off',
		VAPI_TIMEOUT_MS: 2000 });
	const row = await world.connected(A);
	await world.plan({ create_delay_ms: SLOW_MS });
	const began = Date.now();
	let answered = 0;
	const calls = Array.from({ length: 5 * THREADS }, async () => {
		const answer = await world.arrive({ from: A.number }, { port });
		answered++;
		return answer;
	});
	await waitFor(async () => Number(/^callward_vapi_waiting (\d+)$/m.exec(
		(await world.get('/metrics', { port })).body)[1]) === THREADS - 1,
	{ what: 'calls that wait' });
	for (const request of [() => world.callback(hang({
		id: row.vapi_call_id, metadata: row.metadata }), { port }),
	() => world.get('/readyz', { port })])
		assert.equal((await request()).status, 200);
	await waitFor(() => answered > 0 || Date.now() - began > 2000,
		{ what: 'answers' });
	assert.ok(answered < 5 * THREADS, 'while some wait');
	for (const answer of await Promise.all(calls)) {
		assert.equal(answer.status, 200);
		assert.equal(answer.verb, 'Say');
		assert.ok(answer.ms < SLOW_MS, `${answer.ms} ms`);
	}
	await world.plan();
	assert.equal(await figure('vapi_waiting', port), 0);
	assert.equal(await figure('vapi_waiting_refused_total', port),
		4 * THREADS + 1);
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
