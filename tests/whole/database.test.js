// The database is away: at the start, later, in the middle of a call. Callers
// hear a voice, callbacks come again, and nothing is stored by halves.
// Waits: for a database that is away
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { startReceiver } from './lib/receiver.js';
import { dialled, newCallSid } from './lib/twilio.js';
import { report } from './lib/vapi.js';
import { A, B, UNKNOWN, openWorld } from './lib/world.js';

// One lane, so that what /readyz says of it is true of the next statement:
// each lane finds out for itself that the database is back.
const world = await openWorld({ startDatabase: false,
	settings: { VAPI_TIMEOUT_MS: 3000, LANES: 1, FALLBACKS_PER_MINUTE: 1 } });
const { cluster } = world;
const FALLBACK = '+15556660001';
const GUARDED = '+15556660000';

const ready = async () => (await world.get('/readyz')).status;
const isReady = () => waitFor(async () => await ready() === 200,
	{ what: 'recovery', timeoutMs: 30000 });
const secret = { 'X-Vapi-Secret': 'wrong' };
const early = { callSid: newCallSid() };

test('it starts without the database and says so', async () => {
	assert.equal((await world.get('/healthz')).status, 200);
	const answer = await world.get('/readyz');
	assert.equal(answer.status, 503);
	const { status, database, spool } = JSON.parse(answer.body);
	assert.notEqual(status, 'ok');
	assert.notEqual(database, 'ok');
	assert.equal(spool, 0);
});

test('without the database callers hear a voice and callbacks come again',
	async () => {
		for (const from of [A.number, UNKNOWN]) {
			const answer = await world.arrive({ from, ...early });
			assert.equal(answer.status, 200);
			assert.equal(answer.verb, 'Say');
		}
		const answer = await world.callback(report({ id: newCallSid() }));
		assert.equal(answer.status, 503);
		assert.match(answer.headers['content-type'],
			/^application\/problem\+json/);
		assert.equal((await world.callback(report({ id: 'x' }),
			{ headers: secret })).status, 401);
		assert.equal((await world.callback('{')).status, 503,
			'even quarantine has to be kept');
		assert.equal(await world.sessionsAsked(), 0);
	});

test('it recovers by itself, and a retry is a first attempt', async () => {
	await cluster.start();
	await isReady();
	const [{ count }] = await cluster.query(
		'select count(*) from callward.call_answers');
	assert.equal(count, 0, 'nothing was stored meanwhile');
	const answer = await world.arrive({ from: A.number, ...early });
	assert.equal(answer.verb, 'Connect');
	assert.equal((await world.row(early.callSid)).user_id, A.user);
});

test('a fallback is remembered while the database is away', async () => {
	await world.addNumber({ user: B.user, number: GUARDED,
		fallback: FALLBACK });
	assert.equal((await world.arrive({ from: GUARDED })).verb, 'Connect');
	const row = await world.connected(A);
	const before = await cluster.fingerprint();
	await cluster.stop();
	assert.equal(await ready(), 503);
	const answers = [];
	for (let i = 0; i < 2; i++)
		answers.push(await world.arrive({ from: GUARDED }));
	assert.equal(dialled(answers[0].body), FALLBACK);
	assert.equal(dialled(answers[1].body), null, 'once in a minute');
	assert.equal((await world.arrive({ from: A.number })).verb, 'Say');
	const message = report({ id: row.vapi_call_id, metadata: row.metadata });
	assert.equal((await world.callback(message)).status, 503);
	await cluster.start();
	await isReady();
	assert.deepEqual(await cluster.fingerprint(), before);
	assert.equal((await world.callback(message)).status, 200);
	assert.equal((await world.row(row.twilio_call_sid)).status, 'completed');
});

test('the database goes while Vapi is at work', async () => {
	let answerNow;
	const held = new Promise((resolve) => { answerNow = resolve; });
	const vapi = await startReceiver(() => held);
	const { port } = await world.secondResponder(world.writeSettings('held',
		{ ...world.settings(), VAPI_API_URL: vapi.url,
			VAPI_TIMEOUT_MS: 8000 }));
	const callSid = newCallSid();
	const asked = await world.sessionsAsked();
	const waiting = world.arrive({ from: B.number, callSid }, { port });
	await vapi.wait(1);
	await cluster.stop();
	answerNow({ status: 201, body: JSON.stringify({ id: randomUUID(),
		phoneCallProviderDetails: { twiml: '<Response/>' } }) });
	const answer = await waiting;
	assert.equal(answer.status, 200);
	assert.equal(answer.verb, 'Say');
	await cluster.start();
	await isReady();
	const row = await world.row(callSid);
	assert.equal(row.vapi_call_id, null);
	assert.equal(row.metadata, null);
	const again = await world.arrive({ from: B.number, callSid });
	assert.equal(again.status, 200);
	assert.equal(again.verb, 'Say', 'its session is not asked for again');
	assert.equal(await world.sessionsAsked(), asked);
	assert.equal(vapi.received.length, 1);
	await vapi.stop();
	assert.equal((await world.row(callSid)).status, 'failed');
	assert.equal((await world.arrive({ from: B.number, callSid })).body,
		again.body);
});

test('connections that break under load cost no call twice', async () => {
	const CALLS = 60;
	const { port } = await world.secondResponder(world.writeSettings('lanes',
		{ ...world.settings(), LANES: 4 }));
	await world.plan({ create_delay_ms: 50 });
	const before = await world.sessionsAsked();
	const sids = Array.from({ length: CALLS }, newCallSid);
	let done = false;
	const breaking = (async () => {
		let broken = 0;
		while (!done || broken === 0)
			broken += (await cluster.query('select ' +
				'pg_terminate_backend(pid) from pg_stat_activity ' +
				'where usename = \'callward_intake\'')).length;
		return broken;
	})();
	const answers = await Promise.all(sids.map((callSid) =>
		world.arrive({ from: A.number, callSid }, { port })));
	done = true;
	assert.ok(await breaking > 0);
	await world.plan();
	for (const answer of answers) {
		assert.equal(answer.status, 200);
		assert.ok(['Connect', 'Say'].includes(answer.verb), answer.verb);
	}
	const rows = await world.rows('where c.twilio_call_sid = any ($1)',
		[sids]);
	assert.equal(new Set(rows.map((r) => r.twilio_call_sid)).size,
		rows.length);
	for (const answer of answers.filter((a) => a.verb === 'Connect')) {
		const row = rows.find((r) =>
			r.twilio_call_sid === answer.callSid);
		assert.match(row?.vapi_call_id ?? '', /^[0-9a-f-]{36}$/);
		assert.ok(answer.body.includes(row.vapi_call_id));
	}
	const { data } = await world.sim.calls();
	const calls = data.slice(before)
		.map((c) => c.request.assistantOverrides.metadata.call_id);
	assert.equal(new Set(calls).size, calls.length, 'each call once');
	assert.ok(calls.length <= CALLS);
});

// Without room for a temporary file, or where nothing may be written at all,
// a database answers, and is no use.
test('a database that takes no writes is not ready', async () => {
	const change = async (text) => {
		await cluster.query(`alter system ${text}`);
		await cluster.query('select pg_reload_conf()');
	};
	await isReady();
	for (const name of ['default_transaction_read_only = on',
		'temp_file_limit = 0']) {
		await change(`set ${name}`);
		const answer = await waitFor(async () => {
			const got = await world.get('/readyz');
			return got.status !== 200 && got;
		}, { what: 'a database that is not ready' });
		assert.equal(answer.status, 503);
		assert.match(answer.headers['retry-after'], /^\d+$/);
		assert.equal(JSON.parse(answer.body).database, 'takes no writes');
		await change(`reset ${name.split(' ')[0]}`);
		await isReady();
	}
});

test('who asks whether it is ready makes no commit', async () => {
	const ids = async () => Number((await cluster.query('select ' +
		'pg_snapshot_xmax(pg_current_snapshot()) as n'))[0].n);
	const [before, began] = [await ids(), Date.now()];
	let asked = 0;
	while (await ids() === before || asked < 150)
		await Promise.all(Array.from({ length: 10 }, async () => {
			assert.equal((await world.get('/readyz')).status, 200);
			asked++;
		}));
	const commits = await ids() - before;
	const seconds = (Date.now() - began) / 1000;
	assert.ok(commits <= seconds + 2, `${commits} in ${seconds} s`);
});

closing(world);
