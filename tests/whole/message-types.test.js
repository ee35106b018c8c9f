// Every type of server message that Vapi's package names is answered and
// counted by its name; that a call was deleted at Vapi is noted at the call.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Vapi } from '@vapi-ai/server-sdk';
import { closing } from './lib/closing.js';
import { openapiMissing, schemas } from './lib/openapi.js';
import { waitFor } from './lib/process.js';
import { hang, report } from './lib/vapi.js';
import { A, B, openWorld, source } from './lib/world.js';

const world = await openWorld();

const expected = new Map(readFileSync(join(source,
	'tests/data/vapi-message-types.tsv'), 'utf8').split('\n')
	.filter((line) => line !== '' && !line.startsWith('#'))
	.map((line) => line.split('\t')));

function message(type, about) {
	const body = hang(about);
	body.message.type = type;
	return body;
}

// How many of each type were counted: {name: n}.
async function counted() {
	const { body } = await world.metrics();
	return new Map([...body.matchAll(
		/^callward_message_types_total\{type="((?:[^"\\]|\\.)*)"\} (\d+)$/gm)]
		.map(([, name, n]) => [JSON.parse(`"${name}"`), Number(n)]));
}

test('the list is the one of Vapi\'s package', (t) => {
	const named = new Set(Object.entries(Vapi)
		.filter(([name]) => /^ServerMessage.*(?<!TranscriptTranscript)Type$/
			.test(name) || /ServerMessagesItem$/.test(name))
		.flatMap(([, values]) => Object.values(values)));
	assert.ok(named.size >= 44, `${named.size} types`);
	assert.deepEqual([...expected.keys()].sort(), [...named].sort());
	const rest = [...expected].filter(([, what]) => what === 'acknowledged');
	t.diagnostic(`${named.size} types, ${rest.length} only counted`);
});

test('and that of Vapi\'s description', { skip: openapiMissing }, () => {
	const named = schemas().ServerMessage.properties.message.oneOf
		.flatMap(({ $ref }) => schemas()[$ref.split('/').at(-1)]
			.properties.type.enum);
	assert.deepEqual(named.filter((type) => !expected.has(type)), []);
});

test('each is answered 200 and counted by its name', async () => {
	const { vapi_call_id: id, metadata } = await world.connected(A);
	const before = await counted();
	assert.deepEqual([...before.keys()].sort(),
		[...expected.keys(), 'other'].sort());
	for (const [type, what] of expected) {
		const since = await world.now();
		const answer = await world.callback(message(type, { id, metadata }));
		assert.equal(answer.status, 200, type);
		if (['applied', 'acknowledged'].includes(what))
			assert.equal(answer.body, '{}', type);
		const lines = (await world.inbox(since)).filter((line) =>
			line.event_type === type && line.user_id === A.user);
		assert.equal(lines.length, what === 'applied' ? 1 : 0, type);
	}
	for (const [type, n] of await counted())
		assert.equal(n - before.get(type), expected.has(type) ? 1 : 0, type);
});

test('what nobody has heard of is answered and counted as other', async () => {
	const before = await counted();
	const types = ['of-tomorrow', 'x'.repeat(300), '"} 1\n', 'Hang', '', 7,
		null, ['hang']];
	for (const type of types)
		assert.equal((await world.callback(message(type,
			{ id: randomUUID() }))).status, 200);
	const after = await counted();
	assert.equal(after.size, expected.size + 1, 'no name from outside');
	for (const [type, n] of after)
		assert.equal(n - before.get(type),
			type === 'other' ? types.length : 0, type);
});

test('a call that was deleted at Vapi is noted in the inbox and kept',
	async () => {
		for (const bare of [false, true]) {
			const call = await world.connected(A);
			const about = { id: call.vapi_call_id, metadata: call.metadata };
			await world.callback(report(about));
			const stored = await world.row(call.twilio_call_sid);
			const since = await world.now();
			const answer = await world.callback(message('call.deleted',
				bare ? { id: about.id } : about));
			assert.equal(answer.status, 200);
			const lines = await world.inbox(since);
			assert.equal(lines.length, 1);
			assert.equal(lines[0].event_type, 'call.deleted');
			assert.equal(lines[0].verdict, 'accepted');
			assert.equal(lines[0].user_id, A.user);
			assert.equal(lines[0].call_id, call.id);
			assert.deepEqual(await world.row(call.twilio_call_sid), stored);
		}
	});

test('a call that Vapi could not delete is a line of the log', async () => {
	const { vapi_call_id: id } = await world.connected(A);
	assert.equal((await world.callback(message('call.delete.failed',
		{ id }))).status, 200);
	assert.equal((await world.callback(message('call.delete.failed',
		{ id: 'x y=z' }))).status, 200);
	const lines = () => world.responder.log().split('\n')
		.filter((line) => line.includes('event=call_not_deleted '))
		.map((line) => line.replace(/^.* event/, 'event')
			.replace(/id=\S+ /, ''));
	const remedy = 'remedy="delete it again at Vapi"';
	await waitFor(() => lines().includes(
		`event=call_not_deleted vapi_call=${id} ${remedy}`) &&
		lines().at(-1) === `event=call_not_deleted ${remedy}`,
	{ what: 'line about each' });
});

test('by the rules of every other message', async () => {
	const a = await world.connected(A);
	const b = await world.connected(B);
	const calls = await world.cluster.query('select count(*) as n ' +
		'from public.calls');
	for (const [about, reason] of [
		[{ id: randomUUID() }, 'unknown_call'],
		[{ id: a.vapi_call_id, metadata: b.metadata }, 'owner_mismatch'],
		[{ id: a.vapi_call_id, metadata: { ...a.metadata,
			user_id: B.user } }, 'bad_metadata'],
		[{ metadata: a.metadata }, 'no_call_id']]) {
		const since = await world.now();
		assert.equal((await world.callback(message('call.deleted', about)))
			.status, 200);
		const lines = await world.inbox(since);
		assert.deepEqual(lines.map((one) => [one.verdict, one.reason,
			one.user_id, one.call_id]),
		[['quarantined', reason, null, null]]);
	}
	// Nor does it make the row of a call that is not there any more.
	const since = await world.now();
	await world.cluster.query('delete from public.calls where id = $1',
		[b.id]);
	await world.callback(message('call.deleted',
		{ id: b.vapi_call_id, metadata: b.metadata }));
	assert.deepEqual((await world.inbox(since)).map((one) => one.reason),
		['unknown_call']);
	assert.equal((await world.cluster.query('select count(*) as n ' +
		'from public.calls'))[0].n, calls[0].n - 1);
});

closing(world);
