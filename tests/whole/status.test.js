// Twilio's status callbacks, requests to the fallback address, and callers
// that are no number.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { run } from './lib/process.js';
import { startReceiver } from './lib/receiver.js';
import { callForm, encodeForm, formHeaders, newCallSid, sign }
	from './lib/twilio.js';
import { report } from './lib/vapi.js';
import { A, B, LINE, TWILIO_PATH, UNKNOWN, build, openWorld }
	from './lib/world.js';

const world = await openWorld();
const PATH = `${TWILIO_PATH}/status`;

// A status callback about a call; more: other parameters.
function tell(callSid, CallStatus, { from = A.number, ...more } = {}) {
	const form = callForm({ from, to: LINE, callSid, CallStatus,
		CallbackSource: 'call-progress-events', SequenceNumber: '0',
		Timestamp: 'Thu, 01 Jan 2026 00:00:00 +0000', ...more });
	return send({ port: world.port, method: 'POST', path: PATH,
		headers: formHeaders(sign(world.publicUrl + PATH, form)),
		body: encodeForm(form) });
}

async function told(...args) {
	const { status, body } = await tell(...args);
	assert.equal(status, 204);
	assert.equal(body, '');
}

// A call whose session could not be made: it never reached Vapi.
async function unserved(tenant = A) {
	await world.plan({ create_failure: 'no-twiml' });
	const { callSid } = await world.arrive({ from: tenant.number });
	await world.plan();
	return callSid;
}

const vapi = await startReceiver();
after(() => vapi.stop());
const late = await world.secondResponder(world.writeSettings('late',
	{ ...world.settings(), VAPI_API_URL: vapi.url }));

// A call that waits for a Vapi that answers too late: when it is told to.
async function waiting() {
	const callSid = newCallSid();
	let answerNow;
	const held = new Promise((resolve) => { answerNow = resolve; });
	vapi.clear();
	vapi.answer = () => held;
	const answer = world.arrive({ from: A.number, callSid }, late);
	await vapi.wait(1);
	return { callSid, ends: () => {
		answerNow({ status: 201, body: JSON.stringify({ id: randomUUID(),
			phoneCallProviderDetails: { twiml: '<Response/>' } }) });
		return answer;
	} };
}

for (const [word, status] of [['completed', 'completed'], ['busy', 'busy'],
	['failed', 'failed'], ['no-answer', 'no-answer'],
	['canceled', 'canceled']]) {
	test(`a call that Vapi has not yet is closed: ${word}`, async () => {
		const { callSid, ends } = await waiting();
		await told(callSid, word, { CallDuration: '7' });
		const row = await world.row(callSid);
		assert.equal(row.status, status);
		assert.equal(row.ended_reason, `twilio-${word}`);
		assert.equal(row.duration_seconds, 7);
		assert.notEqual(row.ended_at, null);
		await ends();
		assert.equal((await world.row(callSid)).status, status);
	});
}

test('a call that failed here stays failed', async () => {
	const callSid = await unserved();
	const before = await world.row(callSid);
	assert.equal(before.ended_reason, 'callward-no-session');
	await told(callSid, 'completed', { CallDuration: '3' });
	const row = await world.row(callSid);
	assert.equal(row.status, 'failed');
	assert.equal(row.ended_reason, 'callward-no-session');
	assert.deepEqual(row.ended_at, before.ended_at);
});

test('a call that reached Vapi ends with Vapi\'s words', async () => {
	for (const order of ['twilio first', 'vapi first']) {
		const { twilio_call_sid: callSid, vapi_call_id: id, metadata } =
			await world.connected(A);
		const ended = () => world.callback(report({ id, metadata,
			endedReason: 'customer-did-not-answer' }));
		if (order === 'vapi first')
			await ended();
		await told(callSid, 'completed', { CallDuration: '99' });
		if (order === 'twilio first')
			await ended();
		const row = await world.row(callSid);
		assert.equal(row.status, 'no-answer', order);
		assert.equal(row.ended_reason, 'customer-did-not-answer', order);
		assert.equal(row.duration_seconds, 15, order);
		assert.equal(row.ended_at, '2026-01-01 00:00:15.158+00', order);
	}
});

test('a call that reached Vapi and was never reported is closed', async () => {
	const { twilio_call_sid: callSid } = await world.connected(A);
	await told(callSid, 'completed', { CallDuration: '12' });
	const row = await world.row(callSid);
	assert.equal(row.status, 'completed');
	assert.equal(row.duration_seconds, 12);
	assert.equal(row.ended_reason, null);
});

test('callbacks out of order never go back', async () => {
	const { twilio_call_sid: callSid } = await world.connected(A);
	await told(callSid, 'completed', { SequenceNumber: '3' });
	await told(callSid, 'in-progress', { SequenceNumber: '2' });
	await told(callSid, 'ringing', { SequenceNumber: '1' });
	await told(callSid, 'initiated', { SequenceNumber: '0' });
	assert.equal((await world.row(callSid)).status, 'completed');
	const inbox = await world.cluster.query('select verdict from ' +
		'callward.webhook_events where twilio_call_sid = $1 and ' +
		'event_type = \'status\' order by received_at, id', [callSid]);
	assert.deepEqual(inbox.map((l) => l.verdict),
		['accepted', 'stale', 'stale', 'stale']);
});

test('the same callback twice is a duplicate', async () => {
	const { twilio_call_sid: callSid } = await world.connected(B);
	for (let i = 0; i < 2; i++)
		await told(callSid, 'completed', { from: B.number,
			CallDuration: '5' });
	const before = await world.row(callSid);
	await told(callSid, 'completed', { from: B.number, CallDuration: '5' });
	assert.deepEqual(await world.row(callSid), before);
});

test('the simulated Twilio tells it, in any order', async () => {
	const { twilio_call_sid: callSid } = await world.connected(A);
	const { status, lines } = await world.sim.call('--from', A.number, '--to',
		LINE, '--call-sid', callSid, '--status', 'completed,in-progress');
	assert.equal(status, 0);
	assert.deepEqual(lines.map((l) => l.status), ['204', '204']);
	const row = await world.row(callSid);
	assert.equal(row.status, 'completed');
	assert.equal(row.duration_seconds, 42);
});

test('only the caller of the call is believed', async () => {
	const { twilio_call_sid: callSid } = await world.connected(A);
	const since = await world.now();
	await told(callSid, 'failed', { from: B.number });
	assert.notEqual((await world.row(callSid)).status, 'failed');
	const [line, ...more] = await world.inbox(since);
	assert.equal(more.length, 0);
	assert.equal(line.verdict, 'quarantined');
	assert.equal(line.reason, 'call_sid_mismatch');
	assert.equal(line.user_id, null);
});

test('a call that was never seen is quarantined, one rejected is stale',
	async () => {
		const since = await world.now();
		await told(newCallSid(), 'completed');
		const [line] = await world.inbox(since);
		assert.equal(line.verdict, 'quarantined');
		assert.equal(line.reason, 'unknown_call');
		const { callSid } = await world.arrive({ from: UNKNOWN });
		const after = await world.now();
		await told(callSid, 'completed', { from: UNKNOWN });
		assert.deepEqual((await world.inbox(after))
			.filter((l) => l.verdict === 'quarantined'), []);
		assert.equal(await world.row(callSid), undefined);
	});

test('what is missing or no word of Twilio\'s is recorded', async () => {
	const { twilio_call_sid: callSid } = await world.connected(A);
	const before = await world.row(callSid);
	const since = await world.now();
	await told(undefined, 'completed', { CallSid: undefined });
	await told('CA7', 'completed');
	await told(callSid, 'exploded');
	await told(callSid, undefined, { CallStatus: undefined });
	await told(callSid, 'completed', { From: undefined });
	assert.deepEqual((await world.inbox(since)).map((l) => l.verdict),
		Array(5).fill('rejected'));
	assert.deepEqual(await world.row(callSid), before);
	for (const duration of ['-1', '1e9', '99999999999999', 'x', ''])
		await told(callSid, 'in-progress', { CallDuration: duration });
	assert.equal((await world.row(callSid)).duration_seconds, null);
});

test('what is optional never costs a status', async () => {
	for (const more of [{ CallDuration: '9'.repeat(140) },
		{ CallDuration: ['3', '4'] }, { Timestamp: 'x'.repeat(2000) },
		{ CallerName: ['a', 'b'] }, { ForwardedFrom: '9'.repeat(140) }]) {
		const { twilio_call_sid: callSid } = await world.connected(A);
		await told(callSid, 'completed', more);
		const row = await world.row(callSid);
		assert.equal(row.status, 'completed', JSON.stringify(more));
		assert.equal(row.duration_seconds, null);
	}
});

test('a status callback may come by GET', async () => {
	const { twilio_call_sid: callSid } = await world.connected(A);
	const path = `${PATH}?${encodeForm(callForm({ from: A.number, to: LINE,
		callSid, CallStatus: 'completed', CallDuration: '8' }))}`;
	const get = (signature) => send({ port: world.port, path,
		headers: { 'X-Twilio-Signature': signature } });
	assert.equal((await get(sign(`${world.publicUrl}${path}&x=1`, {})))
		.status, 403);
	assert.notEqual((await world.row(callSid)).status, 'completed');
	assert.equal((await get(sign(world.publicUrl + path, {}))).status, 204);
	assert.equal((await world.row(callSid)).duration_seconds, 8);
});

test('a status callback without a good signature leaves no trace',
	async () => {
		const { twilio_call_sid: callSid } = await world.connected(A);
		const before = await world.cluster.fingerprint();
		const form = callForm({ from: A.number, to: LINE, callSid,
			CallStatus: 'failed' });
		// The signature of the voice webhook is not good for this address.
		for (const signature of ['', 'x', sign(world.publicUrl + TWILIO_PATH,
			form)]) {
			const { status, body } = await send({ port: world.port,
				method: 'POST', path: PATH, headers: formHeaders(signature),
				body: encodeForm(form) });
			assert.equal(status, 403);
			assert.equal(body, '');
		}
		assert.deepEqual(await world.cluster.fingerprint(), before);
		assert.equal((await send({ port: world.port, path: PATH })).status,
			403);
		assert.equal((await send({ port: world.port, method: 'PUT',
			path: PATH })).status, 405);
	});

// Requests to the fallback address -------------------------------------------

test('the fallback address gives the first answer again', async () => {
	const { callSid, body } = await world.arrive({ from: A.number });
	const asked = await world.sessionsAsked();
	const again = await world.arrive({ from: A.number, callSid,
		ErrorCode: '11205', ErrorUrl: world.publicUrl + TWILIO_PATH });
	assert.equal(again.body, body);
	assert.match(await world.logLine(again), /error 11205/);
	assert.equal(await world.sessionsAsked(), asked);
});

test('a document that Twilio could not use is not given twice', async () => {
	const { callSid, body } = await world.arrive({ from: A.number });
	for (const code of ['12100', '12200', '12300']) {
		const again = await world.arrive({ from: A.number, callSid,
			ErrorCode: code, ErrorUrl: world.publicUrl + TWILIO_PATH });
		assert.equal(again.verb, 'Say', code);
		assert.notEqual(again.body, body);
		assert.match(await world.logLine(again),
			new RegExp(`error ${code}`));
	}
	const plain = await world.arrive({ from: A.number, callSid });
	assert.equal(plain.body, body, 'the stored answer is the same');
});

test('the fallback address alone serves a call like the first', async () => {
	const answer = await world.arrive({ from: A.number, ErrorCode: '11200',
		ErrorUrl: 'https://elsewhere.example/' });
	assert.equal(answer.verb, 'Connect');
	assert.equal((await world.row(answer.callSid)).user_id, A.user);
	const odd = await world.arrive({ from: A.number,
		ErrorCode: 'x\r\nevent=forged', ErrorUrl: '' });
	assert.equal(odd.verb, 'Connect');
	assert.doesNotMatch(world.responder.log(), /^event=forged/m);
});

test('the simulated Twilio asks the fallback address', async () => {
	const { status, lines } = await world.sim.call('--from', A.number,
		'--to', LINE, '--error-code', '11205');
	assert.equal(status, 0);
	assert.equal(lines[0].verb, 'Connect');
});

// Who calls --------------------------------------------------------------------

test('callers that are no number are rejected, and recorded', async () => {
	for (const from of ['anonymous', 'unknown', 'client:desk',
		'sip:desk@pbx.example', '+266696687', 'RESTRICTED', '']) {
		const since = await world.now();
		const { status, lines } = await world.sim.call('--from', from, '--to',
			LINE);
		assert.equal(status, 0);
		assert.equal(lines[0].verb, 'Reject', from);
		const [line] = (await world.inbox(since)).filter((l) =>
			l.twilio_call_sid === lines[0].CallSid);
		assert.equal(line.verdict, 'rejected', from);
		assert.equal(await world.row(lines[0].CallSid), undefined);
	}
});

test('a withheld number is served where another rule finds the owner',
	async () => {
		const number = '+15551110077';
		await world.addNumber({ user: B.user, number,
			rule: 'forwarded_from', vapiId: B.vapiId });
		for (const from of ['anonymous', 'sip:desk@pbx.example',
			'client:desk']) {
			const { status, lines } = await world.sim.call('--from', from,
				'--to', LINE, '--forwarded-from', number);
			assert.equal(status, 0);
			assert.equal(lines[0].verb, 'Connect', from);
			const row = await world.row(lines[0].CallSid);
			assert.equal(row.user_id, B.user);
			assert.equal(row.caller_phone_number, from);
			assert.equal(row.owner_rule, 'forwarded_from');
		}
	});

const WITHHELD = ['anonymous', '+266696687', '+7378742833', '+2562533',
	'+8656696', '+86282452253', 'Restricted', 'unavailable', ''];

test('a caller who withholds the number is served like any other',
	async () => {
		const number = '+15551110078';
		await world.addNumber({ user: B.user, number,
			rule: 'forwarded_from', vapiId: B.vapiId });
		for (const from of WITHHELD) {
			const { callSid, verb } = await world.arrive({ from,
				ForwardedFrom: number });
			assert.equal(verb, 'Connect', from);
			const row = await world.row(callSid);
			assert.equal(row.user_id, B.user);
			assert.equal(row.caller_phone_number,
				from === '' ? 'anonymous' : from);
			const { data } = await world.sim.calls();
			assert.equal('customer' in data.at(-1).request, false, from);
			assert.equal(data.at(-1).request.assistantOverrides.metadata
				.user_id, B.user);
			const since = await world.now();
			await told(callSid, 'completed', { from: A.number });
			assert.equal((await world.inbox(since))[0].reason,
				'call_sid_mismatch');
			// It need not be told by the same word.
			await told(callSid, 'completed', { from: from === 'anonymous' ?
				'+266696687' : 'anonymous', CallDuration: '4' });
			assert.equal((await world.row(callSid)).duration_seconds, 4,
				from);
		}
	});

test('a row from before that holds such a number finds no call', async () => {
	const { cluster } = world;
	await cluster.query('alter table public.phone_numbers disable trigger user');
	await cluster.query('insert into public.phone_numbers (user_id, ' +
		'phone_number, status) values ($1, \'+266696687\', \'active\')',
	[A.user]);
	await cluster.query('alter table public.phone_numbers enable trigger user');
	for (const from of ['+266696687', 'anonymous'])
		assert.equal((await world.arrive({ from })).verb, 'Reject');
	const { stdout, status } = await run(join(build, 'callward'), ['-c',
		world.operatorConf, 'doctor', '--responder', world.conf]);
	assert.equal(status, 1);
	assert.match(stdout, /^FAIL numbers: user_a has \+266696687, which/m);
	await cluster.query('delete from public.phone_numbers where ' +
		'phone_number = \'+266696687\'');
});

test('parameters that nobody has heard of change nothing', async () => {
	const { status, lines } = await world.sim.call('--from', A.number,
		'--to', LINE, '--param', 'BrandNew=1', '--param', 'Ünïcode=é&=+%',
		'--param', 'SipHeader_X-Other=<x>', '--param', 'user_id=user_b',
		'--param', 'Empty=');
	assert.equal(status, 0);
	assert.equal(lines[0].verb, 'Connect');
	assert.equal((await world.row(lines[0].CallSid)).user_id, A.user);
});

test('a retry with the same token is one call', async () => {
	const asked = await world.sessionsAsked();
	const { status, lines } = await world.sim.call('--from', A.number,
		'--to', LINE, '--repeat', '5', '--parallel', '--no-stream');
	assert.equal(status, 0);
	assert.deepEqual(lines.map((l) => l.verb), Array(5).fill('Connect'));
	assert.equal(await world.sessionsAsked(), asked + 1);
});

closing(world);
