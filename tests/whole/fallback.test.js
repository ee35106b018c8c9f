// Where a caller is sent when the assistant cannot answer, and how many calls
// of a number are served.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { dialled } from './lib/twilio.js';
import { statusUpdate } from './lib/vapi.js';
import { LINE, openWorld, A } from './lib/world.js';

const world = await openWorld();
const { cluster } = world;
const LINE_FALLBACK = '+15557770001';
const GUARDED_LINE = '+15557770000';
await world.addLine(GUARDED_LINE, A.vapiId, '--fallback', LINE_FALLBACK);
const second = await world.secondResponder();
await world.plan({ create_status: 500 });

// Each test has a number of its own: a caller is dialled once in a minute.
let numbers = 0;
async function newNumber(fallback) {
	const number = `+1555600${String(++numbers).padStart(4, '0')}`;
	world.numbers.add(fallback);
	await world.addNumber({ user: A.user, number, fallback });
	return number;
}

async function sentTo(from, { to = LINE, port = world.port, callSid } = {}) {
	const answer = await world.arrive({ from, to,
		...(callSid === undefined ? {} : { callSid }) }, { port });
	assert.equal(answer.status, 200);
	assert.equal(answer.verb, 'Say', 'a sentence first');
	const number = dialled(answer.body);
	assert.equal(answer.body.includes('<Hangup/>'), number === null);
	return { ...answer, number };
}

test('the number\'s fallback is dialled', async () => {
	const fallback = '+15556660001';
	const from = await newNumber(fallback);
	const first = await sentTo(from);
	assert.equal(first.number, fallback);
	const again = await sentTo(from, { callSid: first.callSid });
	assert.equal(again.body, first.body, 'a repeat is the same attempt');
});

test('the line\'s fallback is dialled where the number has none', async () => {
	const from = await newNumber();
	assert.equal((await sentTo(from, { to: GUARDED_LINE })).number,
		LINE_FALLBACK);
	const own = '+15556660002';
	assert.equal((await sentTo(await newNumber(own),
		{ to: GUARDED_LINE })).number, own, 'the number\'s comes first');
	assert.equal((await sentTo(await newNumber())).number, null);
});

test('a fallback is never dialled twice for one caller within a minute',
	async () => {
		const fallback = '+15556660003';
		const from = await newNumber(fallback);
		const first = await sentTo(from);
		assert.equal(first.number, fallback);
		assert.equal((await sentTo(from)).number, null);
		assert.equal((await sentTo(from, { port: second.port })).number,
			null, 'nor by another process');
		await cluster.query('update callward.call_answers set opened_at = ' +
			'opened_at - interval \'61 seconds\' where sender = $1', [from]);
		assert.equal((await sentTo(from, { port: second.port })).number,
			fallback, 'a minute later it is');
	});

for (const [what, fallback] of [
	['a line of ours', LINE], ['another line of ours', GUARDED_LINE],
	['another country', '+442071838750'], ['a premium number', '+19005550100'],
	['the Caribbean', '+18765550100'], ['the Caribbean', '+12425550100'],
	['the Caribbean', '+18095550100'], ['Puerto Rico', '+17875550100'],
]) {
	test(`${what} is not dialled: ${fallback}`, async () => {
		const from = await newNumber(fallback);
		assert.equal((await sentTo(from)).number, null);
		assert.equal((await sentTo(await newNumber(fallback),
			{ to: GUARDED_LINE })).number, LINE_FALLBACK,
		'the line\'s is dialled instead');
	});
}

test('DIAL_PREFIXES says what may be dialled', async () => {
	const conf = world.writeSettings('prefixes', { ...world.settings(),
		DIAL_PREFIXES: '+4420,+1876' });
	const { port } = await world.secondResponder(conf);
	for (const [fallback, allowed] of [['+442071838751', true],
		['+441614960000', false], ['+18765550101', true],
		['+15556660004', false], [LINE, false]]) {
		const { number } = await sentTo(await newNumber(fallback), { port });
		assert.equal(number, allowed ? fallback : null, fallback);
	}
});

test('the fallback of a call over the limit is dialled, and it is recorded',
	async () => {
		const conf = world.writeSettings('at-once', { ...world.settings(),
			CALLS_AT_ONCE: 2 });
		const { port } = await world.secondResponder(conf);
		const fallback = '+15556660005';
		const from = await newNumber(fallback);
		await world.plan();
		const asked = await world.sessionsAsked();
		const rows = [];
		for (let i = 0; i < 2; i++) {
			const answer = await world.arrive({ from }, { port });
			assert.equal(answer.verb, 'Connect');
			rows.push(await world.row(answer.callSid));
		}
		const since = await world.now();
		const over = await sentTo(from, { port });
		assert.equal(over.number, fallback);
		assert.equal(await world.row(over.callSid), undefined);
		assert.equal(await world.sessionsAsked(), asked + 2);
		const [line] = await world.inbox(since);
		assert.equal(line.verdict, 'rejected');
		assert.equal(line.reason, 'too_many_calls');
		assert.equal((await world.arrive({ from: await newNumber() },
			{ port })).verb, 'Connect', 'others are not concerned');

		await world.callback(statusUpdate('ended', { id: rows[0].vapi_call_id,
			metadata: rows[0].metadata }));
		assert.equal((await world.arrive({ from }, { port })).verb,
			'Connect', 'a call that ended makes room');
		assert.equal((await world.arrive({ from }, { port })).verb, 'Say');
	});

test('a call that nobody talks in counts for a minute', async () => {
	const conf = world.writeSettings('stale', { ...world.settings(),
		CALLS_AT_ONCE: 1 });
	const { port } = await world.secondResponder(conf);
	const from = await newNumber();
	await world.plan();
	const call = () => world.arrive({ from }, { port });
	const age = (callSid, seconds) => cluster.query('update public.calls ' +
		'set created_at = created_at - make_interval(secs => $2) ' +
		'where twilio_call_sid = $1', [callSid, seconds]);
	const first = await call();
	assert.equal(first.verb, 'Connect');
	assert.equal((await call()).verb, 'Say');
	await age(first.callSid, 61);
	const next = await call();
	assert.equal(next.verb, 'Connect');
	const row = await world.row(next.callSid);
	await world.callback(statusUpdate('in-progress', {
		id: row.vapi_call_id, metadata: row.metadata }));
	await age(next.callSid, 61);
	assert.equal((await call()).verb, 'Say', 'one in progress counts on');
	await age(next.callSid, 600);
	assert.equal((await call()).verb, 'Connect', 'as long as it may last');
});

test('new calls of a number are limited in a minute', async () => {
	const conf = world.writeSettings('per-minute', { ...world.settings(),
		CALLS_PER_MINUTE: 3 });
	const { port } = await world.secondResponder(conf);
	const from = await newNumber();
	await world.plan();
	const verbs = [];
	for (let i = 0; i < 5; i++) {
		const { callSid, verb } = await world.arrive({ from }, { port });
		verbs.push(verb);
		const row = await world.row(callSid);
		if (row !== undefined)
			await world.callback(statusUpdate('ended', {
				id: row.vapi_call_id, metadata: row.metadata }));
	}
	assert.deepEqual(verbs, ['Connect', 'Connect', 'Connect', 'Say', 'Say']);
});

closing(world);
