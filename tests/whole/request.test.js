// assistant-request: Vapi has the call and asks who answers it. Ownership is
// decided as for Twilio's webhook, and comes back under the same seal.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { openapiMissing, violations } from './lib/openapi.js';
import { waitFor } from './lib/process.js';
import { newCallSid } from './lib/twilio.js';
import { sealOf } from './lib/vapi.js';
import { A, B, LINE, LINE_VAPI_ID, UNKNOWN, openWorld } from './lib/world.js';

const FALLBACK = '+15554440002';
const SENTENCE = 'Nobody can answer at the moment.';
const world = await openWorld({ settings: {
	UNAVAILABLE_SENTENCE: SENTENCE } });

// Vapi asks about a new call; what it was answered, and the call's row.
async function ask(from, { to = LINE, ...more } = {}) {
	for (const number of [from, to])
		world.numbers.add(number);
	const done = await world.sim.message({ type: 'assistant-request', from,
		to, ...more });
	assert.equal(done.status, 200);
	assert.deepEqual(violationsOf(done.answer), []);
	const callSid = done.sent.message.call.phoneCallProviderId;
	return { ...done, callSid, row: await world.row(callSid) };
}

const violationsOf = (answer) => (openapiMissing ? [] :
	violations('ServerMessageResponseAssistantRequest', answer));

test('the owner\'s assistant answers, with sealed metadata', async () => {
	const asked = await world.sessionsAsked();
	for (const tenant of [A, B]) {
		const { answer, row, call } = await ask(tenant.number);
		assert.deepEqual(Object.keys(answer).sort(),
			['assistantId', 'assistantOverrides']);
		assert.equal(answer.assistantId, tenant.vapiId);
		const { metadata } = answer.assistantOverrides;
		assert.equal(metadata.user_id, tenant.user);
		assert.equal(metadata.caller_phone_number, tenant.number);
		assert.equal(metadata.assistant_phone_number, LINE);
		assert.equal(metadata.call_id, row.id);
		assert.equal(metadata.seal, sealOf(world.key, metadata));
		assert.equal(row.user_id, tenant.user);
		assert.equal(row.vapi_call_id, call);
		assert.equal(row.owner_rule, 'from');
	}
	assert.equal(await world.sessionsAsked(), asked, 'nothing was asked');
});

test('what is sealed into the answer opens in the report', async () => {
	const { call, callSid } = await ask(B.number);
	await world.sim.connect(call, callSid);
	const row = await waitFor(async () => {
		const now = await world.row(callSid);
		return now.status === 'completed' && now.transcript !== null && now;
	}, { what: 'report' });
	assert.equal(row.user_id, B.user);
	const [{ count }] = await world.cluster.asTenant(A.user,
		'select count(*) from public.calls where vapi_call_id = $1', [call]);
	assert.equal(count, 0);
});

test('the seal of one such call is not good for another', async () => {
	const first = await ask(A.number);
	const second = await ask(B.number);
	const since = await world.now();
	const answer = await world.callback({ message: { type: 'status-update',
		status: 'in-progress', call: { id: second.call, assistantOverrides: {
			metadata: first.answer.assistantOverrides.metadata } } } });
	assert.equal(answer.status, 200);
	const [line] = await world.inbox(since);
	assert.equal(line.verdict, 'quarantined');
	assert.notEqual((await world.row(second.callSid)).status, 'in-progress');
});

test('an unknown number is refused in words', async () => {
	const since = await world.now();
	const { answer, row } = await ask(UNKNOWN);
	assert.deepEqual(answer, { error: SENTENCE });
	assert.equal(row, undefined);
	const [line, ...more] = await world.inbox(since);
	assert.equal(more.length, 0);
	assert.equal(line.verdict, 'rejected');
	assert.equal(line.reason, 'unknown_number');
	assert.equal(line.details.from, UNKNOWN);
});

test('an unlisted line and callers that are no number are refused',
	async () => {
		for (const [from, to] of [[A.number, '+15558887777'],
			['anonymous', LINE], ['sip:desk@pbx.example', LINE]]) {
			const { answer, row } = await ask(from, { to });
			assert.deepEqual(answer, { error: SENTENCE });
			assert.equal(row, undefined);
		}
	});

test('the same request again is answered the same', async () => {
	const order = { call: randomUUID(), call_sid: newCallSid() };
	const first = await ask(A.number, order);
	const copies = await Promise.all(Array.from({ length: 20 },
		() => ask(A.number, order)));
	for (const copy of copies)
		assert.deepEqual(copy.answer, first.answer);
	const rows = await world.cluster.query('select id from public.calls ' +
		'where twilio_call_sid = $1', [order.call_sid]);
	assert.deepEqual(rows, [{ id: first.row.id }]);
});

test('the first of many copies at once decides for all', async () => {
	const order = { call: randomUUID(), call_sid: newCallSid() };
	const copies = await Promise.all(Array.from({ length: 20 },
		() => ask(B.number, order)));
	for (const copy of copies)
		assert.deepEqual(copy.answer, copies[0].answer);
	assert.equal(copies[0].answer.assistantId, B.vapiId);
});

test('the same CallSid from another number is refused', async () => {
	const order = { call: randomUUID(), call_sid: newCallSid() };
	await ask(A.number, order);
	const other = await ask(B.number, order);
	assert.deepEqual(other.answer, { error: SENTENCE });
	assert.equal(other.row.user_id, A.user);
});

test('a call that Twilio announced is not answered a second way',
	async () => {
		const { callSid } = await world.arrive({ from: A.number });
		const { answer } = await ask(A.number, { call_sid: callSid });
		assert.deepEqual(answer, { error: SENTENCE });
	});

test('a number without an assistant has its fallback', async () => {
	const number = '+15551110088';
	world.numbers.add(FALLBACK);
	await world.addNumber({ user: A.user, number, vapiId: null,
		fallback: FALLBACK });
	const { answer, row } = await ask(number);
	assert.deepEqual(answer, { destination: { type: 'number',
		number: FALLBACK, message: SENTENCE } });
	assert.equal(row.status, 'failed');
	const again = await ask(number);
	assert.deepEqual(again.answer, { error: SENTENCE },
		'never twice within a minute');
});

test('two owners of one call get the fallback of the line', async () => {
	const line = '+15559990088';
	const number = '+15551110089';
	world.numbers.add(FALLBACK);
	await world.addLine(line, LINE_VAPI_ID, '--fallback', FALLBACK);
	await world.addNumber({ user: B.user, number: line, rule: 'to',
		vapiId: B.vapiId });
	await world.addNumber({ user: A.user, number, vapiId: A.vapiId });
	const { answer, row } = await ask(number, { to: line });
	assert.equal(answer.destination?.number, FALLBACK);
	assert.equal(row, undefined);
});

test('a caller who withholds the number reaches the owner by another rule',
	async () => {
		const line = '+15553330051';
		await world.addLine(line, LINE_VAPI_ID);
		await world.addNumber({ user: 'user_own', number: line, rule: 'to',
			vapiId: B.vapiId });
		for (const customer of [undefined, {}, { number: '' },
			{ number: 'anonymous' }, { number: '+266696687' }]) {
			const call = { id: randomUUID(),
				phoneCallProviderId: newCallSid() };
			const { body } = await world.callback({ message: {
				type: 'assistant-request', customer, call,
				phoneNumber: { number: line } } });
			const answer = JSON.parse(body);
			assert.equal(answer.assistantId, B.vapiId,
				JSON.stringify(customer));
			const row = await world.row(call.phoneCallProviderId);
			assert.equal(row.user_id, 'user_own');
			assert.equal(row.caller_phone_number,
				customer?.number || 'anonymous');
			const { metadata } = answer.assistantOverrides;
			assert.equal(metadata.seal, sealOf(world.key, metadata));
			await world.callback({ message: { type: 'status-update',
				status: 'in-progress', call: { id: call.id,
					assistantOverrides: { metadata } } } });
			assert.equal((await world.row(call.phoneCallProviderId)).status,
				'in-progress');
		}
		const since = await world.now();
		const { body } = await world.callback({ message: {
			type: 'assistant-request', phoneNumber: { number: LINE },
			call: { id: randomUUID(), phoneCallProviderId: newCallSid() } } });
		assert.deepEqual(JSON.parse(body), { error: SENTENCE });
		assert.equal((await world.inbox(since))[0].reason, 'unknown_number');
	});

test('what names no call is refused and recorded', async () => {
	const call = { id: randomUUID(), phoneCallProviderId: newCallSid() };
	const customer = { number: A.number };
	const phoneNumber = { number: LINE };
	const since = await world.now();
	const bodies = [{}, { call }, { customer, phoneNumber },
		{ call: { id: call.id }, customer, phoneNumber },
		{ call: { phoneCallProviderId: call.phoneCallProviderId }, customer,
			phoneNumber }, { call, phoneNumber }, { call, customer },
		{ call: 7, customer: [], phoneNumber: 'x' }];
	for (const body of bodies) {
		const { status, body: text } = await world.callback({ message: {
			type: 'assistant-request', ...body } });
		assert.equal(status, 200);
		assert.deepEqual(JSON.parse(text), { error: SENTENCE });
	}
	const inbox = await world.inbox(since);
	assert.deepEqual(inbox.map((line) => line.verdict),
		bodies.map(() => 'rejected'));
});

test('metadata that does not open is kept apart, and refused in words',
	async () => {
		const { answer } = await ask(A.number);
		const { metadata } = answer.assistantOverrides;
		const since = await world.now();
		const sent = { customer: { number: A.number },
			phoneNumber: { number: LINE } };
		for (const [type, want] of [
			['assistant-request', { error: SENTENCE }],
			['knowledge-base-request', { documents: [] }],
			['hang', {}]]) {
			const { status, body } = await world.callback({ message: { type,
				...sent, call: { id: randomUUID(),
					phoneCallProviderId: newCallSid(),
					metadata: { ...metadata, user_id: B.user } } } });
			assert.equal(status, 200);
			assert.deepEqual(JSON.parse(body), want);
		}
		assert.deepEqual((await world.inbox(since)).map((l) => l.reason),
			['bad_metadata', 'bad_metadata', 'bad_metadata']);
	});

test('limits hold here, too', async () => {
	const conf = world.writeSettings('limited', { ...world.settings(),
		CALLS_PER_MINUTE: 2 });
	const number = '+15551110087';
	await world.addNumber({ user: A.user, number });
	const { port } = await world.secondResponder(conf);
	const answers = [];
	for (let i = 0; i < 3; i++) {
		const { body } = await world.callback({ message: {
			type: 'assistant-request', customer: { number },
			phoneNumber: { number: LINE }, call: { id: randomUUID(),
				phoneCallProviderId: newCallSid() } } }, { port });
		answers.push(Object.keys(JSON.parse(body))[0]);
	}
	assert.deepEqual(answers, ['assistantId', 'assistantId', 'error']);
});

test('without the database the caller is told in words', async () => {
	const conf = world.writeSettings('away', { ...world.settings(),
		DATABASE_URL: `postgresql://callward_intake@/x?host=${world.dir}` });
	const { port } = await world.secondResponder(conf, { ready: false });
	const { status, body } = await world.callback({ message: {
		type: 'assistant-request', customer: { number: A.number },
		phoneNumber: { number: LINE }, call: { id: randomUUID(),
			phoneCallProviderId: newCallSid() } } }, { port });
	assert.equal(status, 200);
	assert.deepEqual(JSON.parse(body), { error: SENTENCE });
});

closing(world);
