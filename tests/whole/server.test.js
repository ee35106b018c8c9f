// The shipped configuration of the web server, health, metrics.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { waitFor } from './lib/process.js';
import { hang, report } from './lib/vapi.js';
import { A, UNKNOWN, VAPI_PATH, openWorld } from './lib/world.js';

const world = await openWorld();

// Prometheus' text format as {name{labels}: value}; throws where it is not.
function parse(text) {
	const samples = new Map();
	const types = new Map();
	assert.ok(text.endsWith('\n'));
	for (const line of text.slice(0, -1).split('\n')) {
		const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/
			.exec(line);
		if (type !== null) {
			assert.equal(types.has(type[1]), false, `twice: ${line}`);
			types.set(type[1], type[2]);
			continue;
		}
		if (/^# HELP [a-z_]+ .+$/.test(line))
			continue;
		const sample = new RegExp('^([a-z_]+)(\\{(?:[a-z_]+="(?:[^"\\\\]|\\\\["\\\\n])*",?)*' +
			'\\})? (-?[0-9.e+]+)$').exec(line);
		assert.notEqual(sample, null, line);
		const family = sample[1].replace(/_(bucket|sum|count)$/, '');
		assert.ok(types.has(sample[1]) || types.get(family) === 'histogram',
			line);
		const key = sample[1] + (sample[2] ?? '');
		assert.equal(samples.has(key), false, `twice: ${line}`);
		samples.set(key, Number(sample[3]));
	}
	return samples;
}

const metrics = async () => {
	const answer = await world.metrics();
	assert.equal(answer.status, 200);
	assert.match(answer.headers['content-type'], /^text\/plain/);
	return parse(answer.body);
};

test('health and readiness', async () => {
	const health = await world.get('/healthz');
	assert.equal(health.status, 200);
	assert.deepEqual(JSON.parse(health.body), { status: 'ok' });
	const ready = await world.get('/readyz');
	assert.equal(ready.status, 200);
	assert.deepEqual(JSON.parse(ready.body),
		{ status: 'ok', database: 'ok', spool: 0 });
});

test('metrics count what happens and name nobody', async () => {
	const before = await metrics();
	const row = await world.connected(A);
	await world.arrive({ from: A.number, callSid: row.twilio_call_sid });
	await world.arrive({ from: UNKNOWN });
	const about = { id: row.vapi_call_id, metadata: row.metadata };
	for (let i = 0; i < 2; i++)
		await world.callback(report(about));
	await world.callback(hang({ id: 'nobody' }));
	await world.callback('{}', { headers: {} });
	const after = await metrics();
	const grown = (key) => after.get(key) - (before.get(key) ?? 0);
	assert.equal(grown('callward_calls_total{verdict="new"}'), 1);
	assert.equal(grown('callward_calls_total{verdict="repeat"}'), 1);
	assert.equal(grown('callward_calls_total{verdict="unknown"}'), 1);
	assert.equal(grown('callward_sessions_total{outcome="ok"}'), 1);
	for (const verdict of ['accepted', 'duplicate', 'quarantined'])
		assert.equal(grown(`callward_messages_total{verdict="${verdict}"}`),
			1, verdict);
	assert.equal(grown('callward_requests_total{route="twilio",' +
		'status="2xx"}'), 3);
	assert.equal(grown('callward_requests_total{route="vapi",' +
		'status="4xx"}'), 1);
	assert.equal(after.get('callward_requests_in_hand'), 1, 'this one');
	assert.equal(after.get('callward_body_bytes_in_hand'), 0);
	const { body } = await world.metrics();
	for (const word of [A.user, A.number.slice(1), row.id,
		row.vapi_call_id])
		assert.equal(body.includes(word), false, word);
});

test('a histogram\'s buckets add up', async () => {
	const samples = await metrics();
	const name = 'callward_request_seconds';
	const buckets = [...samples].filter(([key]) =>
		key.startsWith(`${name}_bucket{route="twilio"`));
	assert.ok(buckets.length > 5);
	for (let i = 1; i < buckets.length; i++)
		assert.ok(buckets[i][1] >= buckets[i - 1][1]);
	assert.match(buckets.at(-1)[0], /le="\+Inf"/);
	assert.equal(buckets.at(-1)[1],
		samples.get(`${name}_count{route="twilio"}`));
});

test('what a header says of the sender\'s address opens no metrics',
	async () => {
		// From this machine all comes from loopback, so the responder's
		// other clients are played by a server block of nginx.
		const port = await world.addServerBlock('REMOTE_ADDR "192.0.2.7"');
		assert.equal((await world.get('/healthz', { port })).status, 200);
		for (const headers of [{}, { 'X-Forwarded-For': '127.0.0.1' },
			{ 'X-Real-IP': '127.0.0.1' }, { 'Remote-Addr': '127.0.0.1' },
			{ 'Forwarded': 'for=127.0.0.1' }]) {
			const answer = await world.get('/metrics', { port, headers });
			assert.equal(answer.status, 403, JSON.stringify(headers));
			assert.doesNotMatch(answer.body, /callward_/);
		}
	});

test('the server\'s access log holds no number', async () => {
	await world.get(`/healthz?From=${encodeURIComponent(A.number)}`);
	const log = await waitFor(() => {
		const text = world.servers[0].accessLog();
		return /"GET \/healthz" 200/.test(text) && text;
	}, { what: 'line of the access log' });
	assert.equal(log.includes(A.number.slice(1)), false);
});

test('while the responder is down callers hear a sentence and Vapi waits',
	async () => {
		const row = await world.connected(A);
		await world.responder.stop();
		const before = await world.cluster.fingerprint();
		const answer = await world.arrive({ from: A.number });
		assert.equal(answer.status, 200);
		assert.match(answer.headers['content-type'], /^text\/xml/);
		assert.equal(answer.verb, 'Say');
		assert.match(answer.body, /^<\?xml[^>]*><Response><Say>[^<]+<\/Say>/);
		assert.match(answer.body, /<Hangup\/><\/Response>$/);
		const callback = await world.callback(report({
			id: row.vapi_call_id, metadata: row.metadata }));
		assert.equal(callback.status, 503);
		assert.equal((await world.get('/readyz')).status, 503);
		assert.equal((await world.get('/healthz')).status, 503);
		assert.ok((await world.get('/metrics')).status >= 500);
		assert.equal((await world.get('/nothing')).status, 404);
		assert.deepEqual(await world.cluster.fingerprint(), before);

		await world.startResponder({ name: 'again' });
		assert.equal((await world.callback(report({ id: row.vapi_call_id,
			metadata: row.metadata }))).status, 200);
		assert.equal((await world.row(row.twilio_call_sid)).status,
			'completed');
	});

test('a body that the server refuses is refused as the responder would',
	async () => {
		const answer = await send({ port: world.port, method: 'POST',
			path: VAPI_PATH, body: Buffer.alloc(18 * 1024 * 1024),
			headers: { 'Content-Type': 'application/json' } });
		assert.equal(answer.status, 413);
	});

closing(world);
