// The server messages of callward-sim: which come, when, how often, and what
// they look like.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openapiMissing, schemaName, violations } from './lib/openapi.js';
import { waitFor } from './lib/process.js';
import { METADATA, SIM_SECRET, createBody, startSim, useSim }
	from './lib/sim.js';
import { freePort, tempDir } from './lib/temp.js';

const build = process.env.CALLWARD_BUILD;
const { sim, callbacks, api, create, played } = await useSim({ threads: 32 });

const typesSent = () => callbacks.messages()
	.map((m) => (m.status === undefined || m.type === 'speech-update' ?
		m.type : `${m.type} ${m.status}`));

test('a connected call sends in-progress, ended and the report', async () => {
	const call = await played();
	assert.deepEqual(typesSent(), ['status-update in-progress',
		'status-update ended', 'end-of-call-report']);
	for (const request of callbacks.received) {
		assert.equal(request.method, 'POST');
		assert.equal(request.url, '/api/webhooks/vapi');
		assert.equal(request.headers['x-vapi-secret'], SIM_SECRET);
		assert.match(request.headers['content-type'], /^application\/json/);
	}
	for (const message of callbacks.messages()) {
		assert.equal(message.call.id, call.id);
		// A snapshot of when the call was made, as the provider's is.
		assert.equal(message.call.status, 'queued');
		assert.ok(!('startedAt' in message.call));
		assert.deepEqual(message.call.assistantOverrides.metadata, METADATA);
		assert.ok(Math.abs(message.timestamp - Date.now()) < 10000);
	}
	const [, ended, report] = callbacks.messages();
	assert.equal(ended.endedReason, 'customer-ended-call');
	assert.equal(report.endedReason, 'customer-ended-call');
	const ms = Date.parse(report.endedAt) - Date.parse(report.startedAt);
	assert.equal(report.durationMs, ms);
	assert.equal(report.durationSeconds, ms / 1000);
	assert.ok(ms >= 15000 && ms < 120000);
	assert.equal(report.artifact.messages[0].role, 'system');
	assert.equal(report.artifact.messages[1].role, 'bot');
	assert.equal(report.artifact.messages[2].role, 'user');
	const sent = await sim.callbacks();
	assert.equal(sent.total, 3);
	assert.deepEqual(sent.data.map((c) => [c.call_id, c.attempt, c.status]),
		Array(3).fill([call.id, 1, 200]));
});

test('a session that nobody connects ends by itself', async () => {
	await sim.plan({ no_call_after_ms: 100 });
	const { id } = await create();
	await callbacks.wait(2);
	const [ended, report] = callbacks.messages();
	const reason =
		'phone-call-provider-bypass-enabled-but-no-call-received';
	assert.equal(ended.status, 'ended');
	assert.equal(ended.endedReason, reason);
	assert.equal(report.type, 'end-of-call-report');
	assert.equal(report.endedReason, reason);
	assert.equal(report.cost, 0);
	assert.deepEqual(report.analysis, {});
	assert.equal((await api('GET', `/call/${id}`)).json.endedReason, reason);
	await assert.rejects(sim.connect(id), /409/);
});

test('a connected session is not given up', async () => {
	await sim.plan({ no_call_after_ms: 2500 });
	const { id } = await create();
	let goOn;
	const held = new Promise((resolve) => { goOn = resolve; });
	callbacks.answer = ({ body }) =>
		(JSON.parse(body).message.call.id === id ? held : { status: 200 });
	await sim.connect(id);
	const reports = (of) => callbacks.messages().filter((m) =>
		m.call.id === of && m.type === 'end-of-call-report');
	// Once a later one is given up, the first one's time is over, too.
	const later = await create();
	await waitFor(() => reports(later.id).length === 1, { what: 'its report' });
	assert.equal((await api('GET', `/call/${id}`)).json.status,
		'in-progress');
	goOn({ status: 200 });
	await waitFor(() => reports(id).length === 1, { what: 'the report' });
	assert.equal(reports(id)[0].endedReason, 'customer-ended-call');
	assert.equal(callbacks.received.length, 5);
});

test('other messages come when they are asked for', async () => {
	await played({ callbacks: { also: ['hang', 'assistant.started',
		'speech-update', 'conversation-update'] } });
	assert.deepEqual(typesSent(), ['status-update in-progress',
		'assistant.started', 'speech-update', 'conversation-update', 'hang',
		'status-update ended', 'end-of-call-report']);
});

test('callbacks doubled: each comes twice', async () => {
	await played({ callbacks: { double: true } });
	await callbacks.wait(6);
	assert.deepEqual(typesSent(), ['status-update in-progress',
		'status-update in-progress', 'status-update ended',
		'status-update ended', 'end-of-call-report', 'end-of-call-report']);
});

test('callbacks dropped: the type does not come', async () => {
	const call = await played({ callbacks: { drop: ['status-update'] } });
	await sleep(50);
	assert.deepEqual(typesSent(), ['end-of-call-report']);
	await sim.plan({ callbacks: { drop: ['end-of-call-report',
		'status-update'] } });
	const silent = await create();
	await sim.connect(silent.id);
	await waitFor(async () => (await api('GET', `/call/${silent.id}`))
		.json.status === 'ended', { what: 'end' });
	assert.ok(callbacks.messages().every((m) => m.call.id === call.id));
});

test('callbacks reordered: the last comes first', async () => {
	await played({ callbacks: { reorder: true } });
	await callbacks.wait(3);
	assert.deepEqual(typesSent(), ['end-of-call-report',
		'status-update ended', 'status-update in-progress']);
});

test('callbacks delayed: each waits', async () => {
	const from = Date.now();
	await played({ callbacks: { delay_ms: 120 } });
	assert.ok(Date.now() - from >= 350);
	const at = callbacks.received.map((r) => r.at);
	assert.ok(at[1] - at[0] >= 100 && at[2] - at[1] >= 100);
});

test('a report of 100 KB on demand, and the call reads the same', async () => {
	const call = await played({ report_bytes: 100000 });
	const { body } = callbacks.received.at(-1);
	assert.ok(body.length >= 100000 && body.length < 150000,
		`${body.length} bytes`);
	const report = JSON.parse(body).message;
	const { json } = await api('GET', `/call/${call.id}`);
	assert.deepEqual(json.artifact.messages, report.artifact.messages);
});

test('no retry unless a plan asks for it', async () => {
	callbacks.answer = () => ({ status: 503 });
	const { id } = await create();
	await sim.connect(id);
	await callbacks.wait(3);
	const sent = await waitFor(async () => {
		const { data } = await sim.callbacks();
		return data.length >= 3 && data;
	}, { what: 'notes of the messages' });
	await sleep(100);
	assert.equal(callbacks.received.length, 3);
	assert.deepEqual(sent.map((c) => c.status), [503, 503, 503]);
});

test('retries wait twice as long each time and end with success', async () => {
	let failures = 2;
	callbacks.answer = () => ({ status: failures-- > 0 ? 500 : 200 });
	const { id } = await (sim.plan({ callbacks: {
		drop: ['status-update'], retry: { max: 3, base_ms: 60 } } })
		.then(() => create()));
	await sim.connect(id);
	await callbacks.wait(3);
	const at = callbacks.received.map((r) => r.at);
	assert.ok(at[1] - at[0] >= 55 && at[2] - at[1] >= 110);
	await waitFor(async () => (await sim.callbacks()).total === 3);
	assert.deepEqual((await sim.callbacks()).data
		.map((c) => [c.attempt, c.status]), [[1, 500], [2, 500], [3, 200]]);
});

test('a callback that hangs is given up at its timeout', async () => {
	let release;
	const held = new Promise((resolve) => { release = resolve; });
	callbacks.answer = () => held;
	await sim.plan({ callbacks: { timeout_ms: 100,
		drop: ['end-of-call-report'] } });
	const { id } = await create();
	await sim.connect(id);
	await waitFor(async () => (await sim.callbacks()).total === 2);
	for (const entry of (await sim.callbacks()).data) {
		assert.equal(entry.status, 0);
		assert.equal(typeof entry.error, 'string');
	}
	await callbacks.wait(2);
	release({ status: 200 });
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1']) {
	test(`${signal} stops it at once, even with a callback in hand`,
		async () => {
			const other = await startSim({ build, dir: tempDir('sim'),
				callbackUrl: callbacks.url, nginxPort: await freePort() });
			let release;
			const held = new Promise((resolve) => { release = resolve; });
			callbacks.answer = () => held;
			const { json } = await api('POST', '/call', createBody(),
				{ base: other.url });
			await other.connect(json.id);
			await callbacks.wait(1);
			// Within its ten seconds; the callback may take twenty.
			const how = await other.process.stop(signal);
			assert.deepEqual(how, { status: 0, signal: null });
			release({ status: 200 });
			await other.stop();
		});
}

test('server messages fit Vapi\'s OpenAPI description',
	{ skip: openapiMissing }, async () => {
		await played({ callbacks: { also: ['hang', 'speech-update',
			'conversation-update'] } });
		await callbacks.wait(6);
		await sim.plan({ no_call_after_ms: 0 });
		await create();
		await callbacks.wait(8);
		const seen = new Set();
		for (const message of callbacks.messages()) {
			assert.deepEqual(violations(
				`ServerMessage${schemaName(message.type)}`, message),
			[], message.type);
			seen.add(message.type);
		}
		assert.deepEqual([...seen].sort(), ['conversation-update',
			'end-of-call-report', 'hang', 'speech-update', 'status-update']);
	});

test('GET /sim/calls/{id}/messages shows bodies and sends nothing', async () => {
	const { id } = await create();
	const bodies = await sim.messages(id);
	assert.equal(bodies.length, 9);
	assert.ok(bodies.every((b) => b.message.call.id === id));
	assert.equal(callbacks.received.length, 0);
});
