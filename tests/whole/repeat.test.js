// The same CallSid again: at once, later, from another process, after the
// first copy died. One row, one session, one answer.
// Servers: nginx, lighttpd
// Waits: for first answers that are late
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { inHand } from './lib/sim.js';
import { newCallSid } from './lib/twilio.js';
import { A, B, LINE, UNKNOWN, openWorld } from './lib/world.js';

const COPIES = 100;
const world = await openWorld();
const { cluster } = world;
// It waits for the first copy as long as its own would take: not for long.
const second = await world.secondResponder(world.writeSettings('second',
	{ ...world.settings(), VAPI_TIMEOUT_MS: 3000 }));

async function count(table, callSid) {
	const column = table === 'callward.call_answers' ? 'call_sid' :
		'twilio_call_sid';
	return (await cluster.query(`select count(*) from ${table} ` +
		`where ${column} = $1`, [callSid]))[0].count;
}

async function duplicates(callSid) {
	return (await cluster.query('select count(*) from ' +
		'callward.webhook_events where twilio_call_sid = $1 ' +
		'and verdict = \'duplicate\'', [callSid]))[0].count;
}

function copies(n, about, ports = [world.port]) {
	return Promise.all(Array.from({ length: n }, (_, i) =>
		world.arrive(about, { port: ports[i % ports.length] })));
}

for (const [words, ports, delay] of [
	['at once', [world.port], 0],
	['at once while Vapi is slow', [world.port], 500],
	['at once at two processes', [world.port, second.port], 300],
]) {
	test(`${COPIES} copies ${words} are one call`, async () => {
		await world.plan({ create_delay_ms: delay });
		const asked = await world.sessionsAsked();
		const callSid = newCallSid();
		const answers = await copies(COPIES, { from: A.number, callSid },
			ports);
		assert.deepEqual([...new Set(answers.map((a) => a.status))], [200]);
		assert.equal(new Set(answers.map((a) => a.body)).size, 1);
		assert.equal(answers[0].verb, 'Connect');
		assert.equal(await world.sessionsAsked(), asked + 1);
		assert.equal(await count('public.calls', callSid), 1);
		assert.equal(await count('callward.call_answers', callSid), 1);
		assert.equal(await duplicates(callSid), COPIES - 1);
		await world.plan();
	});
}

test('copies of a rejected call are answered alike', async () => {
	const callSid = newCallSid();
	const since = await world.now();
	const answers = await copies(20, { from: UNKNOWN, callSid });
	assert.equal(new Set(answers.map((a) => a.body)).size, 1);
	assert.equal(answers[0].verb, 'Reject');
	const lines = await world.inbox(since);
	assert.equal(lines.filter((l) => l.verdict === 'rejected').length, 1);
	assert.equal(await count('public.calls', callSid), 0);
});

test('a failure is the first answer like any other', async () => {
	await world.plan({ create_status: 500 });
	const callSid = newCallSid();
	const first = await world.arrive({ from: A.number, callSid });
	assert.equal(first.verb, 'Say');
	await world.plan();
	const asked = await world.sessionsAsked();
	for (const port of [world.port, second.port])
		assert.equal((await world.arrive({ from: A.number, callSid },
			{ port })).body, first.body);
	assert.equal(await world.sessionsAsked(), asked);
	assert.equal((await world.row(callSid)).status, 'failed');
});

test('a repeat days later gets the first answer', async () => {
	const first = await world.arrive({ from: A.number });
	const { callSid } = first;
	await cluster.query('update callward.call_answers set opened_at = ' +
		'opened_at - interval \'20 days\', answered_at = answered_at - ' +
		'interval \'20 days\' where call_sid = $1', [callSid]);
	await cluster.query('update public.calls set created_at = created_at - ' +
		'interval \'20 days\' where twilio_call_sid = $1', [callSid]);
	const asked = await world.sessionsAsked();
	const again = await world.arrive({ from: A.number, callSid });
	assert.equal(again.body, first.body);
	assert.equal(await world.sessionsAsked(), asked);
	assert.equal(await count('public.calls', callSid), 1);
});

test('a repeat after the number changed hands is still the first call',
	async () => {
		const first = await world.arrive({ from: B.number });
		await cluster.query('update public.phone_numbers set ' +
			'status = \'released\' where phone_number = $1', [B.number]);
		await world.addNumber({ user: 'user_new', number: B.number });
		const asked = await world.sessionsAsked();
		const again = await world.arrive({ from: B.number,
			callSid: first.callSid });
		assert.equal(again.body, first.body);
		assert.equal(await world.sessionsAsked(), asked);
		assert.equal((await world.row(first.callSid)).user_id, B.user);
		const next = await world.connected(B);
		assert.equal(next.user_id, 'user_new', 'a new call is the new one\'s');
	});

test('the same CallSid from another number is rejected and recorded',
	async () => {
		const first = await world.arrive({ from: A.number });
		const since = await world.now();
		const asked = await world.sessionsAsked();
		for (const from of [B.number, UNKNOWN]) {
			const other = await world.arrive({ from,
				callSid: first.callSid });
			assert.equal(other.verb, 'Reject');
		}
		const lines = await world.inbox(since);
		assert.deepEqual(lines.map((l) => [l.verdict, l.reason]),
			Array(2).fill(['rejected', 'call_sid_mismatch']));
		assert.equal(await world.sessionsAsked(), asked);
		assert.equal((await world.row(first.callSid)).user_id, A.user);
		assert.equal((await world.arrive({ from: A.number,
			callSid: first.callSid })).body, first.body, 'and the call stands');
	});

test('a caller whose first copy died is told so, once and for all',
	async () => {
		await world.plan({ create_delay_ms: 7000 });
		const asked = await world.sessionsAsked();
		const callSid = newCallSid();
		const lost = world.arrive({ from: A.number, callSid })
			.catch(() => null);
		await waitFor(() => world.row(callSid), { what: 'the first copy' });
		await waitFor(() => inHand(world.sim) > 0, { what: 'its request' });
		second.waiting = copies(10, { from: A.number, callSid },
			[second.port]);
		world.responders[0].signal('SIGKILL');
		await world.responders[0].exited;
		const answers = await second.waiting;
		await lost;
		assert.equal(new Set(answers.map((a) => a.body)).size, 1);
		assert.deepEqual([...new Set(answers.map((a) => a.status))], [200]);
		assert.equal(answers[0].verb, 'Say', 'a voice for the caller');
		const row = await world.row(callSid);
		assert.equal(row.status, 'failed');
		assert.equal(row.ended_reason, 'callward-first-attempt-lost');
		assert.equal(row.user_id, A.user);
		await world.plan();
		const again = await world.arrive({ from: A.number, callSid },
			{ port: second.port });
		assert.equal(again.body, answers[0].body);
		// The simulator notes a request when its delay is over.
		await waitFor(async () => await world.sessionsAsked() > asked,
			{ what: 'note of the first request' });
		assert.equal(await world.sessionsAsked(), asked + 1);
		assert.equal(await count('public.calls', callSid), 1);
	});

test('while nobody serves, nginx has a sentence for the caller', async () => {
	const answer = await world.arrive({ from: A.number, to: LINE });
	assert.equal(answer.status, 200);
	assert.match(answer.headers['content-type'], /^text\/xml/);
	assert.equal(answer.verb, 'Say');
	assert.equal(await world.row(answer.callSid), undefined);
});

closing(world);
