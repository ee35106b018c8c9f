// The second step of the proof: a call that comes back through the carrier,
// what carried the number, and who else may call in meanwhile.
// Servers: nginx, lighttpd
// Waits: for telephones that ring
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openProof, QUICK } from './lib/claim.js';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { verbOf } from './lib/twilio.js';
import { A, LINE } from './lib/world.js';

const { world, open, lapse } = await openProof();

const LISTENS = /<Gather [^>]*numDigits="8"/;
const REJECTS = /<Reject reason="rejected"\/>/;

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
		// it rings until the telephones are made quick again
		await claim.phone({ answers: 'no-answer', forwards: 'unanswered',
			forward_ms: 30000, to: LINE, carrier: 'forwarded-from' });
		await world.plan({ phone_speed: 1 });
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
		await world.plan({ phone_speed: QUICK });
		const { seen } = await claim.until('loop done');
		assert.equal(seen.forwarded_from, 'number');
		assert.equal((await claim.object()).match_rule, 'forwarded_from');
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
// A few at a time, since each of them is answered within a bound.
async function many(calls, about) {
	const answers = [];
	while (answers.length < calls)
		answers.push(...await Promise.all(Array.from(
			{ length: Math.min(8, calls - answers.length) },
			() => world.arrive(about))));
	return answers;
}

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
			await world.plan({ phone_speed: 1 });
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
			await world.plan({ phone_speed: QUICK });
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

closing(world);
