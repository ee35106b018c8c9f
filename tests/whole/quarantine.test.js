// What belongs to nobody is kept whole, and only the holder of the keys reads
// it again.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { run, waitFor } from './lib/process.js';
import { hang, report, rest, seal, statusUpdate } from './lib/vapi.js';
import { A, B, build, openWorld } from './lib/world.js';

const world = await openWorld();
const body = '{"message":{"type":"end-of-call-report","transcript":"Zahnärzte"';

async function quarantined() {
	const since = await world.now();
	assert.equal((await world.callback(body)).status, 200);
	const lines = await world.inbox(since);
	assert.deepEqual(lines.map((l) => l.reason), ['unreadable_json']);
	return (await world.cluster.query('select id, body from ' +
		'callward.webhook_events order by received_at desc limit 1'))[0];
}

test('the operator lists it without its content', async () => {
	const { id } = await quarantined();
	const list = await world.command('quarantine', 'list');
	const line = list.split('\n').find((l) => l.startsWith(id));
	assert.ok(line.includes('unreadable_json'));
	assert.ok(!list.includes('Zahn'));
});

test('it rests encrypted and is shown byte for byte', async () => {
	const row = await quarantined();
	assert.ok(row.body.length > body.length);
	assert.ok(!row.body.includes('Zahn'));
	const shown = await world.command('quarantine', 'show', row.id,
		'--responder', world.conf);
	assert.equal(shown, body);
});

test('an id of nothing is told', async () => {
	await assert.rejects(world.command('quarantine', 'show',
		'00000000-0000-4000-8000-000000000000', '--responder', world.conf),
	/no quarantined message has this id/);
});

// Applying --------------------------------------------------------------------

const THEN = '2026-01-05T10:00:00.000Z';
const when = (at) => new Date(at).toISOString();

// A line as an earlier responder left it; body null: none was kept. Its id.
async function keep(body, { reason = 'unreadable_json', type = null,
	at = THEN, key = world.key } = {}) {
	const id = randomUUID();
	const text = body === null || typeof body === 'string' ? body :
		JSON.stringify(body);
	await world.cluster.query('insert into callward.webhook_events (id, ' +
		'received_at, provider, event_type, verdict, reason, body_sha256, ' +
		'body_bytes, body) values ($1, $2, \'vapi\', $3, \'quarantined\', ' +
		'$4, $5, $6, $7)', [id, at, type, reason,
		createHash('sha256').update(text ?? '').digest(),
		Buffer.byteLength(text ?? ''),
		text === null ? null : rest(key, id, text)]);
	return id;
}

const line = async (id) => (await world.cluster.query(
	'select * from callward.webhook_events where id = $1', [id]))[0];

// What apply says, line by line, and its exit code.
async function apply(...args) {
	const done = await run(join(build, 'callward'), ['-c', world.operatorConf,
		'quarantine', 'apply', ...args, '--responder', world.conf]);
	return { code: done.status, told: done.stderr, lines: done.stdout
		.split('\n').filter((l) => l !== '').map((l) => l.split('\t')) };
}

// The row without when it was last written.
async function stored(row) {
	const { updated_at, ...more } = await world.row(row.twilio_call_sid);
	return more;
}

const aboutOf = (row) => ({ id: row.vapi_call_id, metadata: row.metadata });
const reportOf = (row, more) => '{"message":{"type":"end-of-call-report",' +
	`"call":{"id":"${row.vapi_call_id}"},${more}}}`;

test('what earlier rules kept is applied, once', async () => {
	for (const [reason, rest, words] of [
		['unreadable_json', '"artifact":{"transcript":"AI: ok","messages":' +
			'[{"role":"tool_call_result","result":"note \\ud83d"}]}',
		'AI: ok'],
		['unreadable_json', '"artifact":{"transcript":"AI: \\u0000","messages":' +
			'[]}', 'AI: \ufffd'],
		['bad_metadata', '"assistant":{"metadata":{"user_id":"user_a"}},' +
			'"artifact":{"transcript":"AI: Hi"}', 'AI: Hi']]) {
		const row = await world.connected(B);
		const id = await keep(reportOf(row, rest), { reason });
		assert.deepEqual(await apply(id), { code: 0, told: '',
			lines: [[id, 'accepted', '']] });
		const end = await stored(row);
		assert.equal(end.user_id, B.user);
		assert.equal(end.transcript, words);
		assert.equal(end.status, 'completed');
		assert.equal(when(end.report_at), THEN);
		const now = await line(id);
		assert.equal(now.verdict, 'accepted');
		assert.equal(now.event_type, 'end-of-call-report');
		assert.equal(now.provider_call_id, row.vapi_call_id);
		assert.equal(now.user_id, B.user);
		assert.equal(now.call_id, row.id);
		assert.equal(now.body, null);
		assert.equal(now.details.quarantined_as, reason);
		assert.notEqual(now.applied_at, null);
		assert.equal(when(now.received_at), THEN);

		const again = await apply(id);
		assert.equal(again.code, 0);
		assert.deepEqual(again.lines, [[id, 'duplicate', 'applied before']]);
		assert.deepEqual(await stored(row), end);
		assert.deepEqual(await line(id), now);
	}
});

test('many are applied, the oldest first, and no other', async () => {
	const row = await world.connected(A);
	const reason = 'too_large';
	const late = await keep(report(aboutOf(row)), { reason,
		at: '2026-02-01T00:00:02Z' });
	const early = await keep(statusUpdate('ended', aboutOf(row)), { reason,
		at: '2026-02-01T00:00:01Z' });
	const before = await keep(report(aboutOf(row)), { reason,
		at: '2026-01-31T23:59:59.999Z' });
	const other = await keep(report(aboutOf(row)),
		{ reason: 'owner_mismatch', at: '2026-01-07T00:00:00Z' });
	assert.deepEqual((await apply('--reason', reason, '--since', '2026-02-01'))
		.lines, [[early, 'accepted', ''], [late, 'accepted', '']]);
	// The same report came earlier: that is when the call was reported.
	assert.deepEqual((await apply('--reason', reason)).lines,
		[[before, 'accepted', '']]);
	assert.equal(when((await stored(row)).report_at),
		'2026-01-31T23:59:59.999Z');
	assert.equal((await line(before)).verdict, 'accepted');
	assert.equal((await line(other)).verdict, 'quarantined');
	assert.deepEqual(await apply('--reason', reason),
		{ code: 0, told: '', lines: [] });
});

test('a page is not the end', async () => {
	const row = await world.connected(A);
	const ids = [];
	for (let i = 0; i < 120; i++)
		ids.push(await keep(statusUpdate('in-progress',
			{ ...aboutOf(row), timestamp: Date.parse(THEN) }),
		{ reason: 'call_mismatch', at: '2026-03-01T00:00:00Z' }));
	const done = await apply('--reason', 'call_mismatch');
	assert.equal(done.code, 0);
	assert.deepEqual(done.lines.map(([id]) => id), ids.sort());
	assert.deepEqual(done.lines.map(([, verdict]) => verdict).sort(),
		['accepted', ...Array(119).fill('duplicate')]);
});

test('a call that has no row is made as of when its message came', async () => {
	const row = await world.connected(A);
	await world.cluster.query('delete from public.calls where id = $1',
		[row.id]);
	const id = await keep(report(aboutOf(row)));
	assert.equal((await apply(id)).code, 0);
	const [made] = await world.cluster.query(
		'select created_at, report_at, user_id, transcript ' +
		'from public.calls where id = $1', [row.id]);
	assert.equal(when(made.created_at), THEN);
	assert.equal(when(made.report_at), THEN);
	assert.equal(made.user_id, A.user);
	assert.match(made.transcript, /An appointment/);
});

test('what cannot be applied stays, and it says why', async () => {
	const row = await world.connected(A);
	const before = await stored(row);
	const forged = seal(world.key, { ...row.metadata, user_id: B.user });
	const kept = [];
	let second = 0;
	for (const [body, why, more] of [
		[hang(aboutOf(row)), /not an end-of-call-report/, { type: 'hang' }],
		[{ message: { type: 'speech-update', call: { id: 'x' } } },
			/not an end-of-call-report/],
		[null, /no body was kept/, { type: 'end-of-call-report' }],
		[report({ id: 'nobody-knows' }), /^unknown_call$/],
		[report({ id: row.vapi_call_id, metadata: { ...row.metadata,
			user_id: B.user } }), /^bad_metadata/],
		[report({ id: row.vapi_call_id, metadata: forged }),
			/^owner_mismatch$/],
		[report(aboutOf(row)), /its key, gone, is not among/,
			{ key: `gone:${Buffer.alloc(32, 7).toString('base64')}` }],
		['{"message":', /^unreadable_json/]]) {
		const id = await keep(body, { reason: 'no_call_id',
			at: new Date(Date.parse('2026-04-01') + 1000 * ++second),
			...more });
		kept.push({ id, why, was: await line(id) });
	}
	const done = await apply('--since', '2026-04-01T00:00:00Z', '--reason',
		'no_call_id');
	assert.equal(done.code, 1);
	assert.match(done.told, /6 of 6 messages were not applied/);
	assert.deepEqual(done.lines.map(([id, verdict]) => [id, verdict]),
		kept.map(({ id }) => [id, 'quarantined']));
	for (const [i, { id, why, was }] of kept.entries()) {
		assert.match(done.lines[i][2], why);
		assert.deepEqual(await line(id), was);
	}
	assert.deepEqual(await stored(row), before);
});

// A line that a test holds, so that whoever would apply it waits.
async function held(id) {
	const client = await world.cluster.pool('postgres', 'callward').connect();
	await client.query('begin');
	await client.query('select from callward.webhook_events where id = $1 ' +
		'for update', [id]);
	return client;
}
const waiting = async (n) => waitFor(async () => (await world.cluster.query(
	'select count(*)::int as n from pg_locks where not granted'))[0].n >= n,
{ what: `${n} that wait for the line` });

test('of two operators at once one applies a line, and both are told so',
	async () => {
		const row = await world.connected(A);
		const id = await keep(reportOf(row, '"transcript":"once"'));
		const client = await held(id);
		const both = [apply(id), apply(id)];
		await waiting(2);
		await client.query('commit');
		client.release();
		const done = await Promise.all(both);
		assert.deepEqual(done.map((one) => one.code), [0, 0]);
		assert.deepEqual(done.map((one) => one.lines[0][1]).sort(),
			['accepted', 'duplicate']);
	});

test('what another operator has applied meanwhile does not count as left',
	async () => {
		const row = await world.connected(A), reason = 'call_mismatch';
		const first = await keep(reportOf(row, '"transcript":"first"'),
			{ reason, at: '2026-01-05T10:00:01.000Z' });
		const next = await keep(report(aboutOf(await world.connected(B))),
			{ reason, at: '2026-01-05T10:00:02.000Z' });
		const client = await held(first);
		const all = apply('--reason', reason);
		await waiting(1);
		assert.equal((await apply(next)).code, 0);
		await client.query('commit');
		client.release();
		const done = await all;
		assert.deepEqual(done.lines, [[first, 'accepted', ''],
			[next, 'duplicate', 'applied before']]);
		assert.equal(done.code, 0, done.told);
	});

test('apply wants to know which, and takes no owner', async () => {
	const id = randomUUID();
	for (const args of [[], [id, '--reason', 'x'], [id, '--user', A.user],
		['--since', 'yesterday'], ['no-uuid']])
		assert.equal((await apply(...args)).code, 2, args.join(' '));
	const none = await apply(id);
	assert.equal(none.code, 1);
	assert.match(none.told, /no quarantined message has this id/);
});

// A place that is free again --------------------------------------------------

test('an end that was quarantined does not keep the line busy', async () => {
	const conf = world.writeSettings('busy', { ...world.settings(),
		CALLS_AT_ONCE: 1 });
	const { port } = await world.secondResponder(conf);
	const arrives = async () => (await world.arrive({ from: number },
		{ port })).verb;
	const number = '+15551110001';
	await world.addNumber({ user: A.user, number });
	const call = await world.arrive({ from: number }, { port });
	assert.equal(call.verb, 'Connect');
	const row = await world.row(call.callSid);
	const broken = async (message) => {
		const since = await world.now();
		const text = JSON.stringify(message);
		await world.callback(text.slice(0, -2));
		assert.deepEqual((await world.inbox(since)).map((l) => [l.reason,
			l.event_type, l.provider_call_id]), [['unreadable_json',
			message.message.type, row.vapi_call_id]]);
	};
	assert.notEqual(await arrives(), 'Connect');
	const before = await world.row(call.callSid);
	await broken(hang(aboutOf(row)));
	assert.notEqual(await arrives(), 'Connect', 'a slow assistant goes on');
	await broken(statusUpdate('in-progress', aboutOf(row)));
	assert.notEqual(await arrives(), 'Connect', 'a call that goes on, too');
	await broken(statusUpdate('ended', aboutOf(row)));
	assert.deepEqual(await world.row(call.callSid), before,
		'the clinic sees nothing of it');
	assert.equal(await arrives(), 'Connect', 'one that ended does not');
});

closing(world);
