// A plan's seconds: when they are used up, callers get the sentence and the
// fallback, never a dead line; and the operator's command that sets plans.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { became, Clinic, CONNECTED } from './lib/clinic.js';
import { closing } from './lib/closing.js';
import { dialled } from './lib/twilio.js';
import { report } from './lib/vapi.js';
import { A, openWorld } from './lib/world.js';

const SENTENCE = 'Nobody can answer at the moment.';
const world = await openWorld({ settings: {
	UNAVAILABLE_SENTENCE: SENTENCE } });

const plan = ({ user }, ...options) => world.command('subscription', 'set',
	'--user', user, '--plan', 'Small', ...options);

// A call of the clinic's from some time ago, or from now: so it is in the
// period of now, even when a month has just begun.
const used = ({ user }, seconds, { ago = '0 seconds', test = false,
	reason = 'customer-ended-call' } = {}) => world.cluster.query(
	'insert into public.calls (user_id, created_at, duration_seconds, ' +
	'is_test, ended_reason, status, caller_phone_number, ' +
	'assistant_phone_number) values ($1, now() - $2::interval, $3, $4, $5, ' +
	'\'completed\', \'x\', \'y\')', [user, ago, seconds, test, reason]);

async function served(clinic) {
	const call = await clinic.call();
	assert.equal(call.verb, 'Connect', call.body);
	assert.equal(became(call), `${CONNECTED} false`);
	return call;
}

async function capped(clinic, number = clinic.fallback) {
	const call = await clinic.call();
	assert.ok(call.body.includes(`<Say>${SENTENCE}</Say>`), call.body);
	assert.equal(dialled(call.body), number);
	assert.equal(call.sessions, 0);
	assert.equal(became(call), 'no-answer callward-over-plan false');
	assert.equal(call.row.user_id, clinic.user);
	return call;
}

test('without a plan nothing is counted', async () => {
	const clinic = await Clinic.open(world);
	await used(clinic, 1000000);
	await served(clinic);
	await plan(clinic);
	await served(clinic);
});

test('what a report tells is used, and at the cap the fallback is dialled',
	async () => {
		const clinic = await Clinic.open(world);
		await plan(clinic, '--seconds', '30');
		for (let i = 0; i < 2; i++) {
			const { row } = await served(clinic);
			await world.callback(report({ id: row.vapi_call_id,
				metadata: row.metadata }));
		}
		const call = await capped(clinic);
		assert.match(await world.logLine(call), / outcome=capped /);
		await capped(clinic, null);

		await plan(clinic, '--seconds', '31');
		await served(clinic);
		const again = await clinic.call({ callSid: call.callSid });
		assert.equal(again.body, call.body, 'a repeat hears the same');
	});

test('another clinic has its own', async () => {
	const clinic = await Clinic.open(world), other = await Clinic.open(world);
	for (const one of [clinic, other])
		await plan(one, '--seconds', '60');
	await used(clinic, 60);
	await capped(clinic);
	await served(other);
});

test('tests, forwarded calls and older periods are not used', async () => {
	const clinic = await Clinic.open(world);
	await plan(clinic, '--seconds', '60', '--from', new Date(Date.now() -
		3600000).toISOString(), '--until', new Date(Date.now() +
		3600000).toISOString());
	await used(clinic, 1000, { test: true });
	await used(clinic, 1000, { reason: 'callward-forwarded' });
	await used(clinic, 1000, { ago: '61 minutes' });
	await used(clinic, 59);
	await served(clinic);
	await used(clinic, 1, { ago: '59 minutes' });
	await capped(clinic);
});

test('a period that nobody renewed goes on by the month', async () => {
	const clinic = await Clinic.open(world);
	const day = 86400000, at = (days) => new Date(Date.now() +
		days * day).toISOString();
	// Far from the day of the month that it is today.
	await plan(clinic, '--seconds', '60', '--from', at(-410), '--until',
		at(-380));
	await used(clinic, 1000, { ago: '381 days' });
	await used(clinic, 1000, { ago: '32 days' });
	await served(clinic);
	await used(clinic, 60);
	await capped(clinic);
});

test('overage: served on', async () => {
	const clinic = await Clinic.open(world);
	await plan(clinic, '--seconds', '60', '--cap', 'overage');
	await used(clinic, 1000);
	await served(clinic);
});

test('a plan that ended includes nothing, and no limit is none', async () => {
	const clinic = await Clinic.open(world);
	await plan(clinic, '--seconds', '60');
	await served(clinic);
	await world.command('subscription', 'end', '--user', clinic.user);
	await capped(clinic);
	await plan(clinic, '--seconds', 'none');
	await used(clinic, 1000);
	await served(clinic);
});

test('who wants its fallback gets it without a sentence, at the cap too',
	async () => {
		const clinic = await Clinic.open(world);
		await plan(clinic, '--seconds', '0');
		await clinic.set({ open_action: 'fallback' });
		const call = await clinic.call();
		assert.match(call.body, /<Response><Dial>/);
		assert.equal(dialled(call.body), clinic.fallback);
		assert.equal(became(call), 'forwarding callward-forwarded false');
		await capped(clinic, null);
		const none = await Clinic.open(world, { fallback: null });
		await plan(none, '--seconds', '0');
		await none.set({ open_action: 'fallback' });
		await capped(none, null);
	});

test('closed, the message is said at the cap too', async () => {
	const clinic = await Clinic.open(world);
	await plan(clinic, '--seconds', '0');
	await clinic.hours(false);
	await clinic.set({ closed_action: 'message',
		after_hours_message: 'Closed' });
	const call = await clinic.call();
	assert.match(call.body, /Closed/);
	assert.equal(became(call), 'no-answer callward-after-hours true');
	await clinic.set({ closed_action: 'assistant' });
	const next = await clinic.call();
	assert.equal(dialled(next.body), clinic.fallback);
	assert.equal(became(next), 'no-answer callward-over-plan true');
});

test('a call that Vapi announces meets the same', async () => {
	const clinic = await Clinic.open(world);
	await plan(clinic, '--seconds', '10');
	assert.equal((await clinic.request()).answer.assistantId, A.vapiId);
	await used(clinic, 10);
	const asked = await clinic.request();
	assert.deepEqual(asked.answer, { destination: { type: 'number',
		number: clinic.fallback, message: SENTENCE } });
	assert.equal(became(asked), 'no-answer callward-over-plan false');
});

closing(world);
