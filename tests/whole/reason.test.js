// Every endedReason that is known lands in a state of the call, by whichever
// message it comes; none is lost.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { Vapi } from '@vapi-ai/server-sdk';
import { openapiMissing, schemas } from './lib/openapi.js';
import { report, statusUpdate } from './lib/vapi.js';
import { A, B, openWorld, source } from './lib/world.js';

const world = await openWorld();
const AT_ONCE = 16;

const expected = new Map(readFileSync(join(source,
	'tests/data/vapi-ended-reasons.tsv'), 'utf8').split('\n')
	.filter((line) => line !== '' && !line.startsWith('#'))
	.map((line) => line.split('\t')));

// done(item) for each, several at a time.
async function each(items, done) {
	const rest = [...items];
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		while (rest.length > 0)
			await done(rest.pop());
	}));
}

// A call for each reason, ended by the message that make() gives.
async function ended(tenant, reasons, make) {
	const reasonOf = new Map();
	await each(reasons, async (endedReason) => {
		const { id, vapi_call_id: vapiId, metadata } =
			await world.connected(tenant);
		const answer = await world.callback(make({ id: vapiId, metadata,
			endedReason }));
		assert.equal(answer.status, 200, endedReason);
		assert.equal(answer.body, '{}', endedReason);
		reasonOf.set(id, endedReason);
	});
	return { reasonOf, rows: await world.cluster.query('select id, ' +
		'status, ended_reason, ended_at, user_id from public.calls ' +
		'where id = any($1)', [[...reasonOf.keys()]]) };
}

function check({ reasonOf, rows }, tenant, statusOf) {
	assert.equal(rows.length, reasonOf.size, 'none is lost');
	for (const row of rows) {
		const reason = reasonOf.get(row.id);
		assert.equal(row.ended_reason, reason);
		assert.equal(row.status, statusOf(reason), reason);
		assert.equal(row.user_id, tenant.user);
		assert.notEqual(row.ended_at, null, reason);
	}
}

test('the list is the one of Vapi\'s description', { skip: openapiMissing },
	() => {
		const named = new Set(schemas().ServerMessageEndOfCallReport
			.properties.endedReason.enum);
		assert.deepEqual([...named].filter((r) => !expected.has(r)), []);
		assert.ok(named.size > 500);
	});

test('the list is the one of Vapi\'s package', (t) => {
	const named = new Set([Vapi.ServerMessageEndOfCallReportEndedReason,
		Vapi.ServerMessageStatusUpdateEndedReason,
		Vapi.CallEndedReason].flatMap((e) => Object.values(e)));
	assert.deepEqual([...named].filter((r) => !expected.has(r)), []);
	assert.ok(named.size >= 597);
	// What no table names is completed: that has to be meant.
	const rest = [...named].filter((r) => expected.get(r) === 'completed');
	t.diagnostic(`completed by default: ${rest.sort().join(', ')}`);
	assert.ok(rest.length < 35, rest.join());
	for (const reason of rest)
		assert.doesNotMatch(reason, /fault|failed-to-connect|pipeline/);
});

test('each reason in a report ends the call as it should', async (t) => {
	const done = await ended(A, expected.keys(), report);
	assert.equal(done.rows.length, expected.size);
	check(done, A, (reason) => expected.get(reason));
	t.diagnostic(`${done.rows.length} reasons`);
});

test('each reason in a status-update ends the call as it should',
	async () => {
		check(await ended(B, expected.keys(),
			(about) => statusUpdate('ended', about)), B,
		(reason) => expected.get(reason));
	});

test('a reason that nobody has heard of is kept as text', async () => {
	check(await ended(A, ['a-brand-new-reason', 'x'.repeat(128),
		'call.in-progress.error-Zürich', 'customer-busy ', 'null', '{}'],
	report), A, () => 'completed');
});

test('a reason that continues a known beginning is of its class', async () => {
	check(await ended(A, ['call.in-progress.error-vapifault-new',
		'call.in-progress.error-providerfault-new', 'pipeline-error-new',
		'call.start.error-new', 'assistant-request-failed-new',
		'call-start-error-new'], report), A, () => 'failed');
});

test('all of it is accepted, and nothing is quarantined', async () => {
	const verdicts = await world.cluster.query('select distinct verdict ' +
		'from callward.webhook_events');
	assert.deepEqual(verdicts, [{ verdict: 'accepted' }]);
});

closing(world);
