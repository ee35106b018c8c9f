// The proof of a number, end to end: the simulator plays Twilio's REST API,
// the persons who answer, and carriers of all kinds. Where time has to pass,
// it passes in the database. The loop is in proof-loop.test.js.
// Servers: nginx, lighttpd
// Waits: for telephones that ring
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOP_PATH, newSid, openProof, QUICK } from './lib/claim.js';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { send } from './lib/http.js';
import { startReceiver } from './lib/receiver.js';
import { tenantKey } from './lib/threats.js';
import { claims, makeToken, newKey } from './lib/token.js';
import { verbOf } from './lib/twilio.js';
import { A, B, LINE } from './lib/world.js';

const { world, open, rung } = await openProof();
const TWILIO_MAY_TAKE_MS = 8000;	// to answer that it rings
const HELD_MS = 10000;	// of a place, for each attempt

// The newest call was rung after the answer, and is over.
const over = (claim) => waitFor(async () => (await claim.rows()).at(-1)
	.ended_at !== null, { what: 'the end of the call' });

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
		await over(claim);
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
		// Whatever stands around it, and however long it is.
		const typed = left === 3 ? `${code}${code}` : wrong;
		const { errors } = await claim.prove({ code: typed }, 422);
		assert.deepEqual(errors, [{ field: 'code', code: 'wrong_code',
			params: { n: left }, message: 'is not the ' +
			`code that was spoken; ${left} ${left === 1 ? 'try' : 'tries'} ` +
			'left' }]);
	}
	const none = await claim.prove({ code }, 409);
	assert.match(none.detail, /have one spoken/);
	assert.deepEqual([none.code, none.params], ['no_code_waits', {}]);
	await claim.until('code failed wrong_code');
});

test('many tries at once are five', async () => {
	const claim = await open({ phone: { keys: '5' } });
	await claim.prove({});
	await claim.until('code spoken');
	const code = await claim.code();
	// No clinic has more than 24 in hand.
	await world.idle();
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
		await world.plan({ phone_speed: 1 });
		await claim.prove({});
		const forged = await Promise.all(Array.from({ length: 40 }, (_, i) =>
			world.arrive([{ from: claim.number }, { from: LINE,
				ForwardedFrom: claim.number }, { from: LINE }][i % 3])));
		assert.deepEqual([...new Set(forged.map(({ verb }) => verb))],
			['Reject']);
		assert.equal(await claim.stands(), 'code ringing');
		await world.plan({ phone_speed: QUICK });
		await claim.until('code spoken');
		await claim.prove({ code: await claim.code() }, 200);
		// a hint, where nobody answers
		const none = await open({ phone: { answers: 'no-answer' } });
		await world.plan({ phone_speed: 1 });
		await none.prove({});
		await world.arrive({ from: none.number });
		await world.plan({ phone_speed: QUICK });
		await none.until('code failed forwarding_on');
		await over(none);
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
			if (claim === quiet)
				await over(claim);
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

// A clinic counts its free places by what it is refused. What is asked takes
// no longer than the places are held, or says nothing.
async function placesAfter(proofs, refused) {
	const { port } = proofs[0];
	const held = async () => Number(/^callward_threads_held (\d+)$/m.exec(
		(await world.get('/metrics', { port })).body)[1]);
	for (;;) {
		await waitFor(async () => await held() === 0,
			{ what: 'free places', timeoutMs: 60000 });
		const begun = performance.now();
		for (const claim of proofs)
			await claim.prove({});
		if (refused)
			await waitFor(async () => (await proofs[0].rows()).filter((row) =>
				row.reason === 'not_rung' && proofs.some((one) =>
					one.id === row.phone_number_id) &&
				Date.now() - new Date(row.started_at) < 3600000).length ===
				proofs.filter(({ active }) => !active).length,
			{ what: 'refusals' });
		const counted = await held();
		const file = await send({ port, path: '/api/calls.csv', headers: {
			Authorization: `Bearer ${makeToken(tenantKey,
				claims({ sub: proofs[0].user }))}` } });
		for (const claim of proofs)
			await claim.pass(90000);
		if (performance.now() - begun < HELD_MS)
			return [counted, file.status];
	}
}

test('D10 an attempt holds its place as long whether it rings or not',
	async (t) => {
		// Twilio refuses at once, or says nothing at all.
		const vendor = await startReceiver(() => ({ status: 400,
			body: '{"code":21215,"message":"no"}' }));
		t.after(() => vendor.stop());
		const { port } = await world.secondResponder(world.writeSettings(
			'places', { ...world.settings(), TWILIO_API_URL: vendor.url }));
		const user = 'user_places';
		const claim = async (number, active) => {
			const one = await open({ number, port, user });
			one.active = active;
			if (active)
				await world.addNumber({ user: 'user_holder', number });
			return one;
		};
		const active = [], free = [];
		for (let i = 0; i < 4; i++) {
			active.push(await claim(`+1555610000${i}`, true));
			free.push(await claim(`+1555611000${i}`, false));
		}
		for (const some of [active, free, [...active.slice(2),
			...free.slice(2)]])
			assert.deepEqual(await placesAfter(some, true), [4, 429]);
		assert.ok(vendor.received.length >= 6);
		vendor.answer = () => new Promise(() => {});
		assert.deepEqual(await placesAfter(free, false), [4, 429]);
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
		await over(claim);
		await claim.pass(60);
	}
	const fourth = await claim.prove({}, 429);
	assert.match(fourth.detail, /three codes/);
	assert.deepEqual([fourth.code, fourth.params], ['codes_per_day', {}]);
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
		await waitFor(() => /event=not_rung .*error 21215/.test(program.log()),
			{ what: 'line' });
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
		let answerNow;
		const held = new Promise((resolve) => { answerNow = resolve; });
		vendor.answer = () => held;
		await claim.pass(60);
		const { status, ms } = await claim.ask('POST',
			`${claim.path}/verification`, {});
		assert.equal(status, 202);
		assert.ok(ms < TWILIO_MAY_TAKE_MS, `${ms} ms`);
		await vendor.wait(3);
		answerNow({ status: 400 });
		await vendor.stop();
	});

test('without the account nobody can be rung', async () => {
	for (const [name, settings] of Object.entries({
		bare: { TWILIO_AUTH_TOKEN: 'trial-bare-token-0123456789' },
		shared: { TWILIO_AUTH_TOKEN: undefined,
			TWILIO_SHARED_KEYS: 'key:secret-of-a-shared-key-0123' } })) {
		const conf = world.writeSettings(name, { ...world.settings(),
			...settings });
		const { port } = await world.secondResponder(conf);
		const claim = await open({ port });
		assert.match((await claim.prove({}, 409)).detail,
			/TWILIO_AUTH_TOKEN together with its account/);
	}
});

// The routes ---------------------------------------------------------------

const routed = await open();

test('[verification:good] a clinic has its number rung', async () => {
	const claim = await open({ phone: { answers: 'busy' } });
	assert.equal((await claim.prove({})).id, claim.id);
	await over(claim);
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
		for (const id of ['00000000-0000-7000-8000-000000000000', 'x'])
			assert.deepEqual(other, shape(await routed.ask('POST',
				`/api/phone-numbers/${id}/verification`, body,
				{ user: A.user })));
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
	const unpressed = await routed.leg('key', {},
		{ id: '00000000-0000-4000-8000-000000000000' });
	assert.equal(verbOf(unpressed.body), 'Hangup');
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
	await over(claim);
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
