// Every server message of Vapi's OpenAPI description is answered as its type
// requires, whether it is about a call of ours or not.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { bodiesOf, branchesOf } from './lib/generate.js';
import { ASKING, openapiMissing, schemaName, violations }
	from './lib/openapi.js';
import { newCallSid } from './lib/twilio.js';
import { A, LINE, openWorld } from './lib/world.js';

const world = await openWorld();

const APPLIED = ['status-update', 'end-of-call-report', 'hang',
	'call.deleted'];

// A tool call that has no id cannot be answered, nor can a list of none.
const ids = (list) => (list ?? []).map((call) => call.id);

// What is wrong with the answer to this message; nothing: it is fine.
function faults(message, { status, body }) {
	if (status !== 200)
		return [`status ${status}`];
	const answer = JSON.parse(body);
	if (!ASKING.includes(message.type))
		return body === '{}' ? [] : [`answered ${body}`];
	const wrong = violations(
		`ServerMessageResponse${schemaName(message.type)}`, answer);
	if (message.type === 'assistant-request' && ['assistantId',
		'destination', 'error'].filter((n) => n in answer).length !== 1)
		wrong.push(`not exactly one way: ${body}`);
	if (message.type === 'tool-calls' && JSON.stringify(
		answer.results.map((r) => r.toolCallId)) !== JSON.stringify(
		ids(message.toolCallList)))
		wrong.push(`not one result a call: ${body}`);
	if (message.type === 'knowledge-base-request' &&
		!Array.isArray(answer.documents))
		wrong.push(`no documents: ${body}`);
	return wrong;
}

// The same message about a call of ours.
function about(message, row, metadata) {
	return { ...message, call: { ...message.call, id: row.vapi_call_id,
		assistantOverrides: { ...message.call?.assistantOverrides,
			metadata } } };
}

// The same about a call that rings now.
function ringing(message) {
	return { ...message, customer: { number: A.number },
		phoneNumber: { number: LINE }, call: { ...message.call,
			id: randomUUID(), phoneCallProviderId: newCallSid() } };
}

const kinds = openapiMissing ? [] : branchesOf('ServerMessage', 'message');

test('the description names its server messages', { skip: openapiMissing },
	() => {
		assert.ok(kinds.length >= 29, `${kinds.length}`);
		assert.equal(new Set(kinds).size, kinds.length);
	});

let count = 0;

for (const kind of kinds) {
	test(`${kind} is answered as its type requires`, async () => {
		const { [0]: row } = await world.rows('limit 1', []);
		const ours = row ?? await world.connected(A);
		const { metadata } = ours;
		const bodies = bodiesOf(kind);
		assert.ok(bodies.length >= 3);
		for (const { what, body } of bodies) {
			assert.deepEqual(violations(kind, body), [],
				`the generator: ${what}`);
			const since = await world.now();
			for (const message of [body, about(body, ours, metadata),
				...body.type === 'assistant-request' ?
					[ringing(body)] : []]) {
				const answer = await world.callback({ message });
				assert.deepEqual(faults(message, answer), [], what);
				count++;
			}
			const inbox = await world.inbox(since);
			if (!APPLIED.includes(body.type))
				continue;
			// One is nobody's, one is ours and applied.
			assert.equal(inbox.length, 2, what);
			assert.equal(inbox[0].verdict, 'quarantined', what);
			assert.notEqual(inbox[1].verdict, 'quarantined', what);
			assert.equal(inbox[1].call_id, ours.id, what);
		}
	});
}

test('an assistant-request of a caller of ours is given the assistant',
	{ skip: openapiMissing }, async () => {
		for (const { what, body } of
			bodiesOf('ServerMessageAssistantRequest')) {
			const { body: text } = await world.callback(
				{ message: ringing(body) });
			assert.equal(JSON.parse(text).assistantId, A.vapiId, what);
			count++;
		}
	});

test('how many bodies were made', { skip: openapiMissing }, (t) => {
	assert.ok(count > 29 * 3);
	t.diagnostic(`${kinds.length} schemas, ${count} messages answered`);
});

closing(world);
