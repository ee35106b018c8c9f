// Each documented failure of Vapi's POST /call, as the simulator plays it:
// the caller hears a voice in time, the operator reads what to do.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { dialled } from './lib/twilio.js';
import { A, B, openWorld } from './lib/world.js';

const TWILIO_WAITS_MS = 15000;
const SLOW_MS = 12000;
const FALLBACK = '+15554440001';
const world = await openWorld({ settings: { VAPI_TIMEOUT_MS: 4000 } });
const number = '+15551110099';
await world.addNumber({ user: A.user, number, fallback: FALLBACK });
world.numbers.add(FALLBACK);


const CONCURRENCY = /raise the concurrency limit of the vapi organisation/;
const failures = {
	'validation': /400: check the assistant's and the line's vapi ids/,
	'validation-list': /400: check the assistant's and the line's vapi ids/,
	'key': /401: check VAPI_API_KEY/,
	'billing': /402: check the billing/,
	'not-found': /404: check the assistant's vapi id and VAPI_API_URL/,
	'rate-limit': /429: over the rate limit .* for 7 s more/,
	'over-concurrency': CONCURRENCY,
	'concurrency-blocked': CONCURRENCY,
	'server-error': /vapi answered 500: look at status/,
	'html-error': /vapi answered 502: look at status/,
	'unavailable': /vapi answered 503: look at status/,
	'html': /not the api's, check VAPI_API_URL/,
	'no-twiml': /no phoneCallProviderDetails.twiml: is the bypass/,
	'empty-twiml': /vapi's twiml/,
	'bad-twiml': /vapi's twiml/,
	'slow': /deadline|timed? ?out|too late|in time/i,
};

for (const [failure, hint] of Object.entries(failures)) {
	test(`${failure}: a voice in time, and a hint in the log`, async () => {
		await world.plan(failure === 'slow' ? { create_delay_ms: SLOW_MS } :
			{ create_failure: failure });
		const asked = await world.sessionsAsked();
		const first = await world.arrive({ from: A.number });
		assert.equal(first.status, 200);
		assert.equal(first.verb, 'Say');
		assert.ok(first.ms < (failure === 'slow' ? SLOW_MS : TWILIO_WAITS_MS));
		const line = await world.logLine(first);
		assert.match(line, hint);
		assert.match(line, /outcome=no_session/);
		const row = await world.row(first.callSid);
		assert.equal(row.status, 'failed');
		assert.equal(row.ended_reason, 'callward-no-session');
		await world.plan();
		const again = await world.arrive({ from: A.number,
			callSid: first.callSid });
		assert.equal(again.body, first.body, 'the first answer is kept');
		if (failure !== 'slow')
			assert.equal(await world.sessionsAsked(), asked + 1);
	});
}

test('a failure leads to the fallback of the number', async () => {
	await world.plan({ create_failure: 'billing' });
	const answer = await world.arrive({ from: number });
	assert.equal(dialled(answer.body), FALLBACK);
	assert.match(answer.body, /<Say>[^<]+<\/Say><Dial/);
	await world.plan();
});

test('what Vapi says of its callers does not reach the log', async () => {
	await world.plan({ create_failure: 'validation' });
	const answer = await world.arrive({ from: A.number });
	assert.doesNotMatch(await world.logLine(answer), /6d1f0c6e|Couldn/);
	await world.plan();
});

test('failures of one are not the others\'', async () => {
	await world.plan({ create_failure: 'rate-limit', create_fail_every: 2 });
	const verbs = [];
	for (const { number: from } of [A, B, A, B])
		verbs.push((await world.arrive({ from })).verb);
	await world.plan();
	assert.deepEqual(verbs, ['Connect', 'Say', 'Connect', 'Say']);
});

test('metrics count the failed sessions', async () => {
	const { body } = await world.metrics();
	const count = [...body.matchAll(
		/^callward_sessions_total{outcome="(?!ok")[^}]*} (\d+)$/gm)]
		.reduce((sum, m) => sum + Number(m[1]), 0);
	assert.equal(count, Object.keys(failures).length + 4, body);
});

closing(world);
