// Two people who write about one call: whoever read what stood there before
// the other's change is told so, and nothing of theirs is written.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { judge } from './lib/document.js';
import { waitFor } from './lib/process.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { report } from './lib/vapi.js';
import { A, B, openWorld } from './lib/world.js';

// Of those who come at once none has to wait for a connection.
const world = await openWorld({ settings: { ...tenantSettings,
	TENANT_CONNECTIONS: 16 } });
const { cluster } = world;
const row = await world.connected(A);
const path = `/api/calls/${row.id}`;

async function ask(at, { as = A, method = 'GET', json, match } = {}) {
	const answer = await world.get(at, { method,
		body: json && JSON.stringify(json), headers: {
			'Authorization': 'Bearer ' +
				makeToken(tenantKey, claims({ sub: as.user })),
			...(json && { 'Content-Type': 'application/json' }),
			...(match !== undefined && { 'If-Match': match }) } });
	judge(method, at, answer);
	return answer;
}
const patch = (json, match, more) => ask(path,
	{ method: 'PATCH', json, match, ...more });
const read = async () => {
	const answer = await ask(path);
	return { tag: answer.headers.etag, call: JSON.parse(answer.body) };
};
const refused = (answer) => {
	assert.equal(answer.status, 412, answer.body);
	assert.equal(answer.headers['content-type'], 'application/problem+json');
	assert.equal(answer.headers.etag, undefined);
	const { code, params, detail } = JSON.parse(answer.body);
	assert.deepEqual([code, params, detail], ['changed_meanwhile', {},
		'this call was changed after it was read']);
};

test('of two who read the same, the second writes nothing', async () => {
	const { tag, call } = await read();
	assert.match(tag, /^"[0-9a-f]{32}"$/);
	const first = await patch({ follow_up_note: 'of Ana' }, tag);
	assert.equal(first.status, 200, first.body);
	const stands = await world.row(row.twilio_call_sid);
	refused(await patch({ follow_up_note: 'of Ben', tags: ['x'] }, tag));
	refused(await patch({}, tag));
	assert.deepEqual(await world.row(row.twilio_call_sid), stands);

	// The answer of a change has the tag that the next one needs.
	const now = await read();
	assert.equal(first.headers.etag, now.tag);
	assert.notEqual(now.tag, tag);
	const second = await patch({ follow_up_note: 'of Ben' }, now.tag);
	assert.equal(JSON.parse(second.body).follow_up_note, 'of Ben');
	const back = await patch({ follow_up_note: call.follow_up_note });
	assert.equal(back.headers.etag, tag, 'what was there has its old tag');
});

test('each of what a clinic writes makes another tag, and nothing else does',
	async () => {
		const tags = [(await read()).tag];
		for (const json of [{ follow_up_state: 'open' },
			{ follow_up_note: 'a' }, { follow_up_by: 'a' }, { tags: ['a'] },
			{ tags: ['a', 'b'] }, { notes: 'a' }])
			tags.push((await patch(json)).headers.etag);
		assert.equal(new Set(tags).size, tags.length, tags.join(' '));
		const { tag, call } = await read();
		await world.callback(report({ id: row.vapi_call_id,
			metadata: row.metadata, artifact: {
				transcript: 'AI: Hello\nUser: Good morning\n' } }));
		const later = await read();
		assert.notEqual(later.call.transcript, call.transcript);
		assert.equal(later.tag, tag);
		assert.equal((await patch({ notes: 'b' }, tag)).status, 200);
	});

test('several tags, any tag, and one that was made weak on the way',
	async () => {
		const other = `"${'0'.repeat(32)}"`;
		for (const make of [(tag) => `${other}, ${tag}`,
			(tag) => `,${tag} ,, ${other},`, () => '*',
			(tag) => `W/${tag}`, (tag) => `"\u00e9",${tag}`])
			assert.equal((await patch({ notes: randomUUID() },
				make((await read()).tag))).status, 200, `${make}`);
		const stands = await world.row(row.twilio_call_sid);
		for (const match of [other, `${other},"${'1'.repeat(32)}"`, '""',
			'"*"', '"\u00e9"'])
			refused(await patch({ notes: 'x' }, match));
		for (const match of ['x', '"', '"a" "b"', '"a"b', '*,"a"', 'W/',
			'w/"a"', ',', (await read()).tag.slice(1, -1)]) {
			const answer = await patch({ notes: 'x' }, match);
			assert.equal(answer.status, 400, match);
		}
		assert.deepEqual(await world.row(row.twilio_call_sid), stands);
	});

test('without If-Match the last one wins, as before', async () => {
	await read();
	for (const notes of ['one', 'two'])
		assert.equal(JSON.parse((await patch({ notes })).body).notes, notes);
});

test('a mistake is told before a change, and another\'s call is none',
	async () => {
		const other = `"${'0'.repeat(32)}"`;
		assert.equal((await patch({ notes: 7 }, other)).status, 422);
		const { tag } = await read();
		for (const match of [tag, other, '*']) {
			const answer = await patch({ notes: 'mine' }, match, { as: B });
			assert.equal(answer.status, 404);
			assert.doesNotMatch(answer.body, /user_a/);
		}
		assert.equal((await ask(`/api/calls/${randomUUID()}`,
			{ method: 'PATCH', json: {}, match: other })).status, 404);
		assert.equal((await read()).tag, tag);
	});

test('of many at the same moment one writes', async () => {
	for (let round = 0; round < 10; round++) {
		const { tag } = await read();
		const answers = await Promise.all(Array.from({ length: 6 }, (_, i) =>
			patch({ notes: `${round} ${i}` }, tag)));
		const done = answers.filter((one) => one.status === 200);
		assert.equal(done.length, 1);
		answers.filter((one) => one !== done[0]).forEach(refused);
		assert.equal((await read()).call.notes,
			JSON.parse(done[0].body).notes);
	}
});

test('who waits for another\'s change is told of it', async () => {
	const { tag } = await read();
	const other = await cluster.pool('postgres', 'callward').connect();
	await other.query('begin');
	await other.query('update public.calls set notes = $2 where id = $1',
		[row.id, 'of the other']);
	const late = patch({ notes: 'late' }, tag);
	await waitFor(async () => (await cluster.query('select from ' +
		'pg_stat_activity where usename = $1 and wait_event_type = $2',
	['callward_tenant', 'Lock'])).length > 0, { what: 'waiting' });
	await other.query('commit');
	other.release();
	refused(await late);
	assert.equal((await read()).call.notes, 'of the other');
});

test('a change that was refused leaves no line in the audit', async () => {
	await cluster.query('update callward.audit_log ' +
		'set at = at - interval \'11 minutes\'');
	const lines = async () => (await cluster.query(
		'select count(*)::int as n from callward.audit_log'))[0].n;
	const before = await lines();
	refused(await patch({ notes: 'x' }, '"x"'));
	assert.equal(await lines(), before);
	// One for the change, one for what its answer holds.
	await patch({ notes: 'x' });
	assert.equal(await lines(), before + 2);
});

closing(world);
