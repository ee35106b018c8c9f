// Where a caller is sent when the assistant cannot answer, and how many calls
// of a number are served.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { dialled } from './lib/twilio.js';
import { statusUpdate } from './lib/vapi.js';
import { LINE, openWorld, A } from './lib/world.js';

const world = await openWorld({ settings: { FALLBACKS_PER_MINUTE: 1 } });
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

test('a number that every caller has dials several times in an outage',
	async () => {
		const fallback = '+15556660033';
		const sorry = async (from, port, n) => {
			const sent = [];
			for (let i = 0; i < n; i++)
				sent.push((await sentTo(from, { port })).number);
			return sent.map((number) => (number === fallback ? 'x' :
				String(number))).join(' ');
		};
		const of = (name, settings) => world.secondResponder(
			world.writeSettings(name, { ...world.settings(),
				FALLBACKS_PER_MINUTE: 3, ...settings }));
		const [one, two] = [await of('three-a'), await of('three-b')];
		const from = await newNumber(fallback);
		assert.equal(await sorry(from, one.port, 2), 'x x');
		assert.equal(await sorry(from, two.port, 2), 'x null',
			'whichever process');
		assert.equal(await sorry(from, one.port, 1), 'null');
		const few = await of('two-at-once', { CALLS_AT_ONCE: 2 });
		assert.equal(await sorry(await newNumber(fallback), few.port, 3),
			'x x null', 'as many as may be at once');
		const rule = await newNumber(fallback);
		await cluster.query('update public.phone_numbers set match_rule = ' +
			'$2 where phone_number = $1', [rule, 'forwarded_from']);
		assert.equal((await world.arrive({ from: '+15551239876',
			ForwardedFrom: rule }, { port: one.port })).verb, 'Say');
		const again = await world.arrive({ from: '+15551239876',
			ForwardedFrom: rule }, { port: one.port });
		assert.equal(dialled(again.body), null, 'of another rule once');
		// Without the database the process knows by itself.
		const away = await newNumber(fallback);
		assert.equal(await sorry(away, one.port, 1), 'x');
		await cluster.stop();
		try {
			assert.equal(await sorry(away, one.port, 3), 'x x null');
		} finally {
			await cluster.start();
		}
		await waitFor(async () => (await world.get('/readyz'))
			.status === 200, { what: 'readyz' });
	});

for (const [what, fallback] of [
	['a line of ours', LINE], ['another line of ours', GUARDED_LINE],
	['another country', '+442071838750'], ['a premium number', '+19005550100'],
	['the Caribbean', '+18765550100'], ['the Caribbean', '+12425550100'],
	['the Caribbean', '+18095550100'], ['Puerto Rico', '+17875550100'],
	['American Samoa', '+16845550100'], ['Guam', '+16715550100'],
	['the Marianas', '+16705550100'], ['a personal number', '+15005550100'],
	['a personal number', '+15335550100'], ['the carriers\'', '+17005550100'],
	['the government\'s', '+17105550100'], ['the Yukon', '+18675550100'],
	['the exchange 976', '+12129760100'],
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

// What one clinic must not get of another's -------------------------------------

// A number that patients' calls come through.
async function newForwarding(fallback) {
	const number = `+1555700${String(++numbers).padStart(4, '0')}`;
	world.numbers.add(fallback);
	await world.addNumber({ user: `user_${numbers}`, number, fallback,
		rule: 'forwarded_from' });
	return number;
}

const through = async (from, number, { port = world.port } = {}) => {
	const answer = await world.arrive({ from, ForwardedFrom: number },
		{ port });
	assert.equal(answer.status, 200);
	return { ...answer, number: dialled(answer.body) };
};

test('a call of two owners gets the fallback of neither', async () => {
	const own = await newNumber('+15556660010');
	const other = await newForwarding();
	await world.plan();
	assert.equal((await world.arrive({ from: own })).verb, 'Connect');
	const since = await world.now();
	const both = await through(own, other);
	assert.equal(both.verb, 'Say');
	assert.equal(both.number, null);
	assert.equal((await world.inbox(since))[0].reason, 'owner_conflict');
	assert.equal((await world.arrive({ from: own, to: GUARDED_LINE,
		ForwardedFrom: other })).body.includes(LINE_FALLBACK), true,
	'where the line has one, it is that');
});

test('a clinic that is busy has its own fallback, or none', async () => {
	const conf = world.writeSettings('busy', { ...world.settings(),
		CALLS_AT_ONCE: 1 });
	const { port } = await world.secondResponder(conf);
	const [a, b] = [await newForwarding('+15556660011'),
		await newForwarding()];
	const patient = '+15554440011';
	await world.plan();
	assert.equal((await through(patient, a, { port })).verb, 'Connect');
	assert.equal((await through('+15554440012', b, { port })).verb,
		'Connect');
	const over = await through(patient, b, { port });
	assert.equal(over.verb, 'Say');
	assert.equal(over.number, null);
});

test('one clinic\'s fallback is not in the way of another\'s', async () => {
	const [a, b] = [await newForwarding('+15556660013'),
		await newForwarding('+15556660014')];
	const patient = '+15554440013';
	await world.plan({ create_status: 500 });
	assert.equal((await through(patient, a)).number, '+15556660013');
	assert.equal((await through(patient, b)).number, '+15556660014');
	assert.equal((await through(patient, b)).number, null);
	assert.equal((await through(patient, a, { port: second.port })).number,
		null, 'nor by another process');
});

test('callers who withhold their number are counted by the clinic\'s',
	async () => {
		const [a, b] = [await newForwarding('+15556660015'),
			await newForwarding('+15556660016')];
		assert.equal((await through('anonymous', a)).number, '+15556660015');
		assert.equal((await through('anonymous', b)).number, '+15556660016');
		for (const from of ['anonymous', '+266696687', ''])
			for (const { port } of [world, second])
				assert.equal((await through(from, a, { port })).number, null,
					from);
	});

test('a call that was answered keeps its clinic\'s fallback', async () => {
	const fallback = '+15556660017';
	const a = await newForwarding(fallback);
	const patient = '+15554440017';
	await world.plan();
	const first = await through(patient, a);
	assert.equal(first.verb, 'Connect');
	const again = await world.arrive({ from: patient, ForwardedFrom: a,
		callSid: first.callSid, ErrorCode: '12100' }, { port: second.port });
	assert.equal(dialled(again.body), fallback,
		'also in a process that knows nothing of it');
});

async function databaseBack() {
	await cluster.start();
	await waitFor(async () => (await world.get('/readyz')).status === 200,
		{ what: 'readyz' });
}

test('while the database is away nobody gets another clinic\'s', async () => {
	const [a, b] = [await newForwarding('+15556660018'),
		await newForwarding('+15556660019')];
	const patient = '+15554440018';
	await world.plan();
	for (const from of [patient, 'anonymous'])
		assert.equal((await through(from, a)).verb, 'Connect');
	await cluster.stop();
	for (const from of [patient, 'anonymous']) {
		assert.equal((await through(from, b)).number, null, from);
		assert.equal((await through(from, a)).number, '+15556660018', from);
		assert.equal((await through(from, a)).number, null, 'once a minute');
	}
	await databaseBack();
});

test('while it is away who was never seen gets the line\'s', async () => {
	await world.arrive({ from: await newNumber('+15556660020'),
		to: GUARDED_LINE });
	await cluster.stop();
	const [here, there] = [await world.arrive({ from: '+15554440019',
		to: GUARDED_LINE }), await world.arrive({ from: '+15554440019' })];
	assert.equal(dialled(here.body), LINE_FALLBACK);
	assert.equal(dialled(there.body), null, 'where the line has one');
	await databaseBack();
});

test('what is remembered ends after FALLBACK_MEMORY_S', async () => {
	const { port } = await world.secondResponder(world.writeSettings('forgets',
		{ ...world.settings(), FALLBACK_MEMORY_S: 0 }));
	const a = await newForwarding('+15556660021');
	assert.equal((await through('+15554440020', a, { port })).verb,
		'Connect');
	await cluster.stop();
	assert.equal((await through('+15554440020', a, { port })).number, null);
	await databaseBack();
});

test('who has the number now is remembered, also while closed', async () => {
	const [theirs, moved] = ['+15556660001', '+15556000001'];
	world.numbers.add(theirs);
	await world.addNumber({ user: A.user, number: moved, fallback: theirs });
	assert.equal((await world.arrive({ from: moved })).verb, 'Connect');
	await world.cluster.query('update public.phone_numbers set status = ' +
		'\'released\' where phone_number = $1', [moved]);
	await world.addNumber({ user: 'user_closed', number: moved });
	await world.cluster.query('insert into public.clinic_settings (user_id, ' +
		'closed_action, after_hours_message) values (\'user_closed\', ' +
		'\'message\', \'Closed\')');
	await world.cluster.query('insert into public.working_hours (user_id, ' +
		'day_of_week, is_closed) select \'user_closed\', d, true ' +
		'from generate_series(0, 6) d');
	const closed = await world.arrive({ from: moved });
	assert.match(closed.body, /Closed/);
	await world.cluster.stop();
	try {
		const away = await world.arrive({ from: moved });
		assert.ok(!away.body.includes(theirs), away.body);
	} finally {
		await world.cluster.start();
	}
});

closing(world);
