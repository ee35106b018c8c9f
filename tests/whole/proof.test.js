// The proof of a number, end to end: the simulator plays Twilio's REST API,
// the persons who answer, and carriers of all kinds. Where time has to pass,
// it passes in the database.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Claim, LOOP_PATH, newSid } from './lib/claim.js';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { send } from './lib/http.js';
import { startReceiver } from './lib/receiver.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken, newKey } from './lib/token.js';
import { verbOf } from './lib/twilio.js';
import { A, B, LINE, openWorld } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings });
await world.plan({ phone_speed: 100 });
const open = (options) => Claim.open(world, options);

// How many calls the simulated Twilio was asked to make.
const rung = async () => new Set((await world.sim.legs()).data
	.filter((note) => note.direction === 'outbound-api')
	.map((note) => note.call_sid)).size;

// What other tests left ringing is over.
const lapse = () => world.cluster.query('update callward.verifications ' +
	'set started_at = started_at - interval \'2 minutes\' ' +
	'where state = \'ringing\'');

const LISTENS = /<Gather [^>]*numDigits="8"/;
const REJECTS = /<Reject reason="rejected"\/>/;

// Possession ---------------------------------------------------------------

test('a person who answers and presses a key hears a code', async () => {
	const claim = await open({ phone: { keys: '5' } });
	const answer = await claim.prove({ step: 'code' });
	assert.equal(answer.id, claim.id);
	assert.equal(answer.status, 'pending');
	assert.deepEqual({ ...answer.verification, detail: '', started_at: '',
		expires_at: '' }, { step: 'code', state: 'ringing', reason: null,
		seen: null, detail: '', started_at: '', expires_at: '',
		tries_left: 5 });
	assert.equal(new Date(answer.verification.expires_at) -
		new Date(answer.verification.started_at), 60000);
	const spoken = await claim.until('code spoken');
	assert.match(spoken.detail, /Type it/);
	await waitFor(async () => (await claim.heard()).at(-1).words ===
		'Goodbye.', { what: 'the end of what is said' });
	const words = (await claim.heard()).map((h) => h.words);
	assert.match(words[0], /If it was you, press any key/);
	const code = await claim.code();
	assert.match(code, /^\d{6}$/);
	assert.equal(words.filter((w) => w.replace(/\D/g, '') === code).length,
		2, 'it is spoken twice');
	const spaced = `${code.slice(0, 3)} ${code.slice(3)}`;
	const proven = await claim.prove({ code: spaced }, 200);
	assert.equal(proven.verification.state, 'proven');
	assert.equal(proven.status, 'pending');
});

test('a clinic is spoken to in its language', async () => {
	const claim = await open({ phone: { keys: '5' } });
	assert.equal((await claim.ask('PATCH', '/api/me',
		{ language: 'es' })).status, 200);
	await claim.prove({});
	await claim.until('code spoken');
	assert.match((await claim.heard())[0].words, /pulse cualquier tecla/);
	await claim.prove({ code: await claim.code() }, 200);
});

test('a code stands nowhere, neither in the database nor in the log',
	async () => {
		const claim = await open({ phone: { keys: '5' } });
		await claim.prove({});
		await claim.until('code spoken');
		const code = await claim.code();
		const text = JSON.stringify(await world.cluster.query(
			'select v::text from callward.verifications v'));
		assert.ok(!text.replace(claim.number, '').includes(code));
		assert.ok(!world.responder.log().match(new RegExp(`\\b${code}\\b`)));
	});

for (const [what, phone, expected] of [
	['who presses nothing', { keys: '' }, 'code failed no_key'],
	['who hangs up', { keys: '', hang_up_ms: 2000 }, 'code failed no_key'],
	['a busy line', { answers: 'busy' }, 'code failed busy'],
])
	test(`no code for ${what}`, async () => {
		const claim = await open({ phone });
		await claim.prove({});
		await claim.until(expected);
		assert.ok(!(await claim.heard()).some((h) => /\d/.test(h.words)));
	});

for (const answers of ['no-answer', 'not-in-service'])
	test(`nobody answers: ${answers}`, async () => {
		const claim = await open({ phone: { answers } });
		await claim.prove({});
		await waitFor(async () => (await claim.rows())[0].ended_at !== null,
			{ what: 'the end of the call' });
		assert.equal(await claim.stands(), 'code ringing');
		await claim.pass(60);
		assert.equal(await claim.stands(), 'code failed no_answer');
	});

test('five wrong codes, and the right one is too late', async () => {
	const claim = await open({ phone: { keys: '5' } });
	await claim.prove({});
	await claim.until('code spoken');
	const code = await claim.code();
	const wrong = String((Number(code) + 1) % 1000000).padStart(6, '0');
	for (const left of [4, 3, 2, 1, 0]) {
		const { errors } = await claim.prove({ code: wrong }, 422);
		assert.deepEqual(errors, [{ field: 'code', message: 'is not the ' +
			`code that was spoken; ${left} ${left === 1 ? 'try' : 'tries'} ` +
			'left' }]);
	}
	const { detail } = await claim.prove({ code }, 409);
	assert.match(detail, /have one spoken/);
	await claim.until('code failed wrong_code');
});

test('many tries at once are five', async () => {
	const claim = await open({ phone: { keys: '5' } });
	await claim.prove({});
	await claim.until('code spoken');
	const code = await claim.code();
	const answers = await Promise.all(Array.from({ length: 20 }, (_, i) =>
		claim.ask('POST', `${claim.path}/verification`, { code: String(
			(Number(code) + 1 + i) % 1000000).padStart(6, '0') })));
	const counts = {};
	for (const { status } of answers)
		counts[status] = (counts[status] ?? 0) + 1;
	assert.deepEqual(counts, { 409: 15, 422: 5 });
});

test('the right code, sent six times at once, is right each time', async () => {
	const claim = await open({ phone: { keys: '5' } });
	await claim.prove({});
	await claim.until('code spoken');
	const code = await claim.code();
	const send = () => claim.ask('POST', `${claim.path}/verification`,
		{ code });
	const answers = await Promise.all(Array.from({ length: 6 }, send));
	for (const { status, body } of [...answers, await send()]) {
		assert.equal(status, 200, body);
		assert.equal(JSON.parse(body).verification.state, 'proven');
	}
	await claim.prove({ code: String((Number(code) + 1) % 1e6)
		.padStart(6, '0') }, 409);
	assert.equal(await claim.stands(), 'code proven');
});

test('a code lapses after ten minutes', async () => {
	const claim = await open({ phone: { keys: '5' } });
	await claim.prove({});
	await claim.until('code spoken');
	await claim.pass(600);
	await claim.prove({ code: await claim.code() }, 409);
	assert.equal(await claim.stands(), 'code failed lapsed');
});

test('forwarding is on: no code is spoken', async () => {
	for (const carrier of ['own', 'caller', 'forwarded-from', 'diversion']) {
		const claim = await open({ phone: { forwards: 'always', to: LINE,
			carrier } });
		await claim.prove({});
		await claim.until('code failed forwarding_on');
		const [row] = await claim.rows();
		for (const leg of ['out', 'key'])
			assert.equal(verbOf((await claim.leg(leg, { Digits: '1',
				CallSid: row.call_sid }, { id: row.id })).body), 'Hangup',
			`${carrier} ${leg}: it is over`);
		assert.deepEqual(await claim.heard(), [], carrier);
	}
});

test('who forges the number as it is rung keeps nobody from the code',
	async () => {
		const claim = await open({ phone: { keys: '5', answer_ms: 20000 } });
		await world.plan({ phone_speed: 20 });
		await claim.prove({});
		const forged = await Promise.all(Array.from({ length: 40 }, (_, i) =>
			world.arrive([{ from: claim.number }, { from: LINE,
				ForwardedFrom: claim.number }, { from: LINE }][i % 3])));
		assert.deepEqual([...new Set(forged.map(({ verb }) => verb))],
			['Reject']);
		assert.equal(await claim.stands(), 'code ringing');
		await world.plan({ phone_speed: 100 });
		await claim.until('code spoken');
		await claim.prove({ code: await claim.code() }, 200);
		// a hint, where nobody answers
		const none = await open({ phone: { answers: 'no-answer' } });
		await none.prove({});
		await world.arrive({ from: none.number });
		await none.until('code failed forwarding_on');
	});

// The loop -----------------------------------------------------------------

for (const [carrier, rule, seen, call] of [
	['own', 'from', { from: 'number', forwarded_from: 'absent',
		diversion: 'absent' }, (number) => ({ from: number })],
	['forwarded-from', 'forwarded_from', { from: 'line',
		forwarded_from: 'number', diversion: 'absent' },
	(number) => ({ from: '+15557650001', ForwardedFrom: number })],
	['diversion', 'diversion', { from: 'line', forwarded_from: 'absent',
		diversion: 'number' }, (number) => ({ from: '+15557650001',
		SipHeader_Diversion: `<sip:${number}@192.0.2.1>` })],
])
	test(`a number is proven through a carrier: ${carrier}`, async () => {
		const claim = await (await open()).possess();
		assert.equal((await world.arrive(call(claim.number))).verb, 'Reject');
		await claim.phone({ forwards: 'always', to: LINE, carrier });
		await claim.prove({ step: 'loop' });
		const done = await claim.until('loop done');
		assert.deepEqual(done.seen, seen);
		const number = await claim.object();
		assert.equal(number.status, 'active');
		assert.equal(number.match_rule, rule);
		assert.notEqual(number.verified_at, null);
		const { callSid } = await world.arrive(call(claim.number));
		const row = await world.row(callSid);
		assert.equal(row.user_id, claim.user);
		assert.equal(row.owner_rule, rule);
	});

test('a call that comes back on another line of ours counts', async () => {
	const other = '+15559999998';
	await world.addLine(other, '6b1f0c52-6a3f-4a55-9d1e-1d0d5c1b9a02');
	for (const carrier of ['own', 'forwarded-from']) {
		const claim = await open({ phone: { forwards: 'always', to: other,
			carrier } });
		await claim.prove({});
		await claim.until('code failed forwarding_on');
		await claim.pass(60);
		await claim.possess();
		await claim.phone({ forwards: 'always', to: other, carrier });
		await claim.prove({ step: 'loop' });
		await claim.until('loop done');
	}
});

for (const carrier of ['caller', 'line'])
	test(`a carrier that does not tell the number: ${carrier}`, async () => {
		const claim = await (await open()).possess();
		await claim.phone({ forwards: 'always', to: LINE, carrier });
		await claim.prove({ step: 'loop' });
		const { seen } = await claim.until('loop failed number_not_carried');
		assert.deepEqual(seen, { from: 'line', forwarded_from: 'absent',
			diversion: 'absent' });
		assert.equal((await claim.object()).status, 'pending');
	});

test('a line that does not forward', async () => {
	const claim = await (await open()).possess();
	await claim.prove({ step: 'loop' });
	await waitFor(async () => (await claim.heard())
		.some((h) => h.tones !== undefined), { what: 'tones' });
	assert.ok((await claim.heard())
		.some((h) => /tries whether this number forwards/.test(h.words)));
	assert.equal(await claim.stands(), 'loop ringing');
	await claim.pass(60);
	await claim.until('loop failed not_back');
	assert.equal((await claim.object()).status, 'pending');
});

test('possession comes first, and lapses', async () => {
	const claim = await open();
	const { detail } = await claim.prove({ step: 'loop' }, 409);
	assert.match(detail, /spoken code/);
	await claim.possess();
	await claim.pass(30 * 60);
	assert.equal(await claim.stands(), 'code failed lapsed');
	await claim.prove({ step: 'loop' }, 409);
});

test('an attacker calls in with a forged From at the same moment',
	async () => {
		const claim = await (await open()).possess();
		// it rings for a while before it is forwarded
		await claim.phone({ answers: 'no-answer', forwards: 'unanswered',
			forward_ms: 30000, to: LINE, carrier: 'forwarded-from' });
		await world.plan({ phone_speed: 20 });
		await claim.prove({ step: 'loop' });
		const forged = await world.arrive({ from: claim.number });
		assert.match(forged.body, LISTENS);
		assert.doesNotMatch(forged.body, /verification=/);
		const answers = [];
		for (const Digits of ['00000000', '12345678', '99999999', '31415926'])
			answers.push((await claim.leg('in', { CallSid: forged.callSid,
				From: claim.number, To: LINE, Digits })).body);
		assert.deepEqual(answers.map(verbOf),
			['Gather', 'Gather', 'Gather', 'Hangup'], 'three guesses');
		assert.equal(await claim.stands(), 'loop ringing');
		const { seen } = await claim.until('loop done');
		assert.equal(seen.forwarded_from, 'number');
		assert.equal((await claim.object()).match_rule, 'forwarded_from');
		await world.plan({ phone_speed: 100 });
		assert.equal(await world.row(forged.callSid), undefined);
	});

test('tones of one attempt do nothing for another', async () => {
	const [one, two] = [await (await open()).possess(),
		await (await open()).possess()];
	await one.prove({ step: 'loop' });
	await waitFor(async () => (await one.heard())
		.some((h) => h.tones !== undefined), { what: 'tones' });
	const tones = (await one.heard()).at(-1).tones.replace(/\D/g, '')
		.slice(0, 8);
	await two.phone({ answers: 'no-answer' });
	await two.prove({ step: 'loop' });
	const leg = await world.arrive({ from: two.number });
	assert.match(leg.body, LISTENS);
	// whoever answers `one` may prove `one` by them, and not `two`
	await two.leg('in', { CallSid: leg.callSid, Digits: tones });
	assert.equal(await two.stands(), 'loop ringing');
	assert.equal(await one.stands(), 'loop failed number_not_carried');
	assert.deepEqual((await one.object()).verification.seen,
		{ from: 'other', forwarded_from: 'absent', diversion: 'absent' });
});

const listened = (answers) =>
	answers.filter(({ body }) => LISTENS.test(body)).length;
const many = (calls, about) => Promise.all(Array.from({ length: calls },
	() => world.arrive(about)));

test('who calls in all the time takes no room from the true call',
	async () => {
		for (const carrier of ['own', 'forwarded-from', 'diversion']) {
			await lapse();
			await world.cluster.query(
				'delete from callward.verification_legs');
			const claim = await (await open()).possess();
			const attacker = await (await open()).possess();
			for (const one of [claim, attacker])
				await one.phone({ answers: 'no-answer' });
			await attacker.prove({ step: 'loop' });
			await claim.phone({ answers: 'no-answer',
				forwards: 'unanswered', forward_ms: 30000, to: LINE,
				carrier });
			await world.plan({ phone_speed: 10 });
			await claim.prove({ step: 'loop' });
			// the attacker's own number, strangers, and forged ones
			const [own, strangers, forged] = await Promise.all([
				many(40, { from: attacker.number }),
				many(12, { from: '+15557650009' }),
				many(20, { from: claim.number })]);
			assert.deepEqual([own, strangers, forged].map(listened),
				[30, 10, 20], carrier);
			if (carrier !== 'own')
				assert.equal(listened(await many(20,
					{ from: claim.number })), 10);
			assert.equal(await claim.stands(), 'loop ringing');
			await world.plan({ phone_speed: 100 });
			await claim.until('loop done');
		}
		assert.match((await world.arrive({ from: A.number })).body,
			/<Connect/);
	});

test('a repeat of a call that came back gets its first answer', async () => {
	const claim = await (await open()).possess();
	await lapse();
	await world.cluster.query('delete from callward.verification_legs');
	await claim.phone({ answers: 'no-answer' });
	await claim.prove({ step: 'loop' });
	const first = await world.arrive({ from: claim.number });
	assert.match(first.body, LISTENS);
	await claim.pass(61);
	assert.equal((await world.arrive({ from: claim.number,
		callSid: first.callSid })).body, first.body);
	assert.match((await world.arrive({ from: claim.number })).body, REJECTS);
});

// Whose it is --------------------------------------------------------------

test('D10 a number that is active elsewhere looks like one nobody answers',
	async () => {
		const taken = await open({ number: B.number });
		const quiet = await open({ phone: { answers: 'no-answer' } });
		const plain = (object, claim) => JSON.stringify(object)
			.replaceAll(claim.id, 'ID').replaceAll(claim.number, 'NUMBER')
			.replaceAll(/"20\d\d-[^"]*"/g, '"TIME"');
		const told = [];
		const calls = [await rung()];
		for (const claim of [taken, quiet]) {
			const list = [plain(await claim.prove({ step: 'code' }), claim)];
			await waitFor(async () => claim === taken ||
				(await claim.rows())[0].ended_at !== null,
			{ what: 'the end of the call' });
			for (const seconds of [1, 40, 19, 3600]) {
				list.push(plain(await claim.object(), claim));
				await claim.pass(seconds);
			}
			list.push(plain(await claim.object(), claim));
			list.push(JSON.parse((await claim.ask('POST',
				`${claim.path}/verification`, { code: '123456' })).body)
				.detail);
			told.push(list);
			calls.push(await rung());
		}
		assert.deepEqual(told[0], told[1]);
		assert.deepEqual(calls.map((n) => n - calls[0]), [0, 0, 1],
			'nobody is rung, or one');
		const call = await world.arrive({ from: B.number });
		assert.equal((await world.row(call.callSid)).user_id, B.user);
	});

test('a number that becomes active elsewhere meanwhile is not taken',
	async () => {
		const claim = await (await open()).possess();
		await claim.phone({ forwards: 'always', to: LINE, carrier: 'own' });
		await world.addNumber({ user: 'user_other', number: claim.number });
		await claim.prove({ step: 'loop' });
		assert.equal(await claim.stands(), 'loop ringing');
		await claim.pass(60);
		await claim.until('loop failed not_back');
		assert.equal((await claim.object()).status, 'pending');
	});

test('while several claim it, the operator decides', async () => {
	const one = await open();
	const two = await open({ number: one.number });
	await one.possess();
	await one.phone({ forwards: 'always', to: LINE,
		carrier: 'diversion' });
	await one.prove({ step: 'loop' });
	await one.until('loop waiting_operator');
	assert.equal((await one.object()).status, 'pending');
	assert.equal(await two.stands(), null);
	await one.prove({}, 409);
	assert.match(await world.command('number', 'list', '--user', one.user),
		/pending\tdiversion\t.*\tproven/);
	await world.command('number', 'add', '--user', one.user, '--number',
		one.number);
	await one.until('loop done');
	const number = await one.object();
	assert.deepEqual([number.status, number.match_rule],
		['active', 'diversion']);
});

// Limits -------------------------------------------------------------------

test('once the others have given it up, it can be proven anew', async () => {
	const one = await open();
	const two = await open({ number: one.number });
	await one.possess();
	await one.phone({ forwards: 'always', to: LINE, carrier: 'own' });
	await one.prove({ step: 'loop' });
	await one.until('loop waiting_operator');
	await one.pass(60);
	await one.prove({}, 409);
	assert.equal((await two.ask('DELETE', two.path)).status, 204);
	assert.equal(await one.stands(), 'loop failed lapsed');
	// possession is good for a while
	await one.prove({ step: 'loop' });
	await one.until('loop done');
	assert.equal((await one.object()).status, 'active');
});

test('a number is rung once a minute, by whomever', async () => {
	const one = await open({ phone: { answers: 'busy' } });
	const two = await open({ number: one.number });
	await one.prove({});
	for (const claim of [one, two])
		assert.match((await claim.prove({}, 429)).detail, /wait a minute/);
	await one.pass(60);
	await two.prove({});
});

test('three codes a day, whatever the claim is called', async () => {
	const claim = await open({ phone: { answers: 'busy' } });
	for (let i = 0; i < 3; i++) {
		await claim.prove({});
		await claim.pass(60);
	}
	assert.match((await claim.prove({}, 429)).detail, /three codes/);
	assert.equal((await claim.ask('DELETE', claim.path)).status, 204);
	const again = JSON.parse((await claim.ask('POST', '/api/phone-numbers',
		{ phone_number: claim.number })).body);
	assert.notEqual(again.id, claim.id);
	assert.equal(JSON.parse((await claim.ask('POST',
		`/api/phone-numbers/${again.id}/verification`, {})).body).detail,
	'three codes for this number today: try again tomorrow');
	assert.equal((await claim.rows()).length, 3);
	// which leaves a turn to whose it is, and to a third
	for (let i = 0; i < 2; i++) {
		const owner = await open({ number: claim.number });
		await owner.possess();
		await owner.pass(60);
	}
});

test('numbers that must not be rung', async () => {
	const abroad = await open({ number: '+442071234567' });
	assert.match((await abroad.prove({}, 409)).detail, /ask the operator/);
	const costly = await open({ number: '+19005551234' });
	await costly.prove({}, 409);
	assert.deepEqual(await costly.rows(), []);
	const active = await open();
	await world.command('number', 'add', '--user', active.user, '--number',
		active.number);
	assert.match((await active.prove({}, 409)).detail, /in use/);
});

test('what is typed wrongly gets a sentence', async () => {
	const claim = await open();
	for (const [body, field] of [[{ step: 'other' }, 'step'],
		[{ code: '' }, 'code'], [{ code: 123456 }, 'code'],
		[{ step: 'code', code: '123456' }, 'code'], [{ x: 1 }, 'x']]) {
		const { errors } = await claim.prove(body, 422);
		assert.equal(errors[0].field, field);
	}
	assert.equal((await claim.ask('POST', `${claim.path}/verification`,
		[])).status, 400);
	assert.deepEqual(await claim.rows(), []);
});

// Twilio's side ------------------------------------------------------------

test('a call that Twilio refuses is told, and is not asked for twice',
	async () => {
		const vendor = await startReceiver(() => ({ status: 400,
			body: '{"code":21215,"message":"not allowed: +15556001234"}' }));
		const conf = world.writeSettings('refusing', { ...world.settings(),
			TWILIO_API_URL: vendor.url });
		const { port, program } = await world.secondResponder(conf);
		const claim = await open({ port });
		await claim.prove({});
		await waitFor(async () => (await claim.rows())[0].reason ===
			'not_rung', { what: 'the refusal' });
		assert.equal(await claim.stands(), 'code ringing');
		assert.equal(vendor.received.length, 1);
		assert.match(program.log(),
			/event=not_rung .*error 21215/);
		vendor.answer = () => ({ status: 500, body: '{}' });
		await claim.pass(60);
		assert.equal(await claim.stands(), 'code failed no_answer');
		await claim.prove({});
		await vendor.wait(2);
		assert.equal(await claim.stands(), 'code ringing',
			'it may ring all the same');
		assert.equal(vendor.received.length, 2);
		// The answer does not wait for Twilio: by its time, too, nobody
		// learns whether anybody is rung.
		vendor.answer = () => new Promise((resolve) =>
			setTimeout(() => resolve({ status: 400 }), 4000));
		await claim.pass(60);
		const { status, ms } = await claim.ask('POST',
			`${claim.path}/verification`, {});
		assert.equal(status, 202);
		assert.ok(ms < 3000, `${ms} ms`);
		await vendor.wait(3);
		await vendor.stop();
	});

test('without the account nobody can be rung', async () => {
	const conf = world.writeSettings('bare', { ...world.settings(),
		TWILIO_AUTH_TOKEN: 'trial-bare-token-0123456789' });
	const { port } = await world.secondResponder(conf);
	const claim = await open({ port });
	assert.match((await claim.prove({}, 409)).detail, /TWILIO_AUTH_TOKEN/);
});

// The routes ---------------------------------------------------------------

const routed = await open();

test('[verification:good] a clinic has its number rung', async () => {
	const claim = await open({ phone: { answers: 'busy' } });
	assert.equal((await claim.prove({})).id, claim.id);
});

test('[verification:proof] a token of somebody else\'s key is refused',
	async () => {
		const answer = await routed.ask('POST',
			`${routed.path}/verification`, {}, { key: newKey() });
		assert.equal(answer.status, 401);
		assert.deepEqual(await routed.rows(), []);
	});

test('[verification:tenant] another\'s number is like none', async () => {
	const shape = ({ status, body }) => [status,
		{ ...JSON.parse(body), request_id: null }];
	for (const body of [{}, { step: 'loop' }, { code: '123456' }]) {
		const other = shape(await routed.ask('POST',
			`${routed.path}/verification`, body, { user: A.user }));
		assert.equal(other[0], 404);
		assert.deepEqual(other, shape(await routed.ask('POST',
			'/api/phone-numbers/00000000-0000-7000-8000-000000000000' +
			'/verification', body, { user: A.user })));
	}
	assert.deepEqual(await routed.rows(), []);
});

test('who acts as the clinic may look, and not ring', async () => {
	const answer = await send({ port: world.port, method: 'POST',
		path: `${routed.path}/verification`, body: '{}', headers: {
			'Content-Type': 'application/json',
			Authorization: `Bearer ${makeToken(tenantKey, claims({
				sub: routed.user, act: { sub: 'user_support' } }))}` } });
	assert.equal(answer.status, 403);
	assert.deepEqual(await routed.rows(), []);
});

test('[verification:large] a body over 64 KiB is refused', async () => {
	const answer = await routed.ask('POST', `${routed.path}/verification`,
		{ code: 'x'.repeat(64 * 1024) });
	assert.equal(answer.status, 413);
});

test('[loop:good] what belongs to no attempt hears nothing', async () => {
	for (const leg of ['out', 'key', 'in', 'other', '']) {
		const answer = await routed.leg(leg, { Digits: '12345678' },
			{ id: '00000000-0000-4000-8000-000000000000' });
		assert.equal(answer.status, 200);
		assert.equal(verbOf(answer.body), 'Hangup', leg);
	}
	const status = await routed.leg('status', { CallStatus: 'completed' },
		{ id: '00000000-0000-4000-8000-000000000000' });
	assert.equal(status.status, 204);
});

test('[loop:proof] a wrong signature is refused', async () => {
	const claim = await open({ phone: { answers: 'no-answer' } });
	await claim.prove({});
	const [{ id }] = await claim.rows();
	for (const leg of ['out', 'key', 'in', 'status']) {
		const answer = await claim.leg(leg, { Digits: '1' },
			{ id, signature: 'x'.repeat(28) });
		assert.equal(answer.status, 403);
		assert.equal(answer.body, '');
	}
	assert.equal(await claim.stands(), 'code ringing');
});

test('[loop:tenant] another call than ours learns no code', async () => {
	const claim = await open({ phone: { answers: 'no-answer' } });
	await claim.prove({});
	await waitFor(async () => (await claim.rows())[0].call_sid !== null,
		{ what: 'the call\'s name' });
	const [{ id }] = await claim.rows();
	const CallSid = newSid();
	for (const leg of ['out', 'key'])
		assert.equal(verbOf((await claim.leg(leg, { CallSid, Digits: '1' },
			{ id })).body), 'Hangup');
	assert.equal(await claim.stands(), 'code ringing');
});

test('[loop:large] a form over 64 KiB is refused', async () => {
	const answer = await routed.leg('out', { X: 'x'.repeat(64 * 1024) });
	assert.equal(answer.status, 413);
});

test('then the database goes away', () => world.cluster.stop());

test('[verification:database] nobody is rung without a record', async () => {
	const calls = await rung();
	const answer = await routed.ask('POST', `${routed.path}/verification`,
		{});
	assert.equal(answer.status, 503);
	assert.equal(await rung(), calls);
});

test('[loop:database] who was rung hears a sentence', async () => {
	const id = '00000000-0000-4000-8000-000000000000';
	for (const leg of ['out', 'key', 'in']) {
		const answer = await routed.leg(leg, { Digits: '1' }, { id });
		assert.equal(answer.status, 200);
		assert.equal(verbOf(answer.body), 'Say');
	}
	const status = await routed.leg('status', { CallStatus: 'busy' }, { id });
	assert.equal(status.status, 503);
	assert.equal(LOOP_PATH, '/api/webhooks/twilio/loop');
});

closing(world);
