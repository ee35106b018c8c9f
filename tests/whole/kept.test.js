// Reports among arbitrary JSON, through the binary into the database: the row
// holds what a second reader keeps, and nothing is quarantined. KEPT_SEED
// makes the same reports again, KEPT_REPORTS more of them.
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { keep, same } from '../fuzz/second/reader.js';
import { makeReport } from '../fuzz/second/reports.js';
import { closing } from './lib/closing.js';
import { sealOf } from './lib/vapi.js';
import { A, B, openWorld } from './lib/world.js';

const REPORTS = Number(process.env.KEPT_REPORTS ?? 200);
const SEED = Number(process.env.KEPT_SEED ?? randomInt(2 ** 31));
const AT_ONCE = 4;
const TOLD = ['started_at', 'ended_at', 'duration_seconds', 'recording_url',
	'success_evaluation', 'cost_usd', 'details'];
const FIELDS = [...TOLD, 'transcript', 'messages', 'summary', 'analysis',
	'structured_data', 'ended_reason', 'status'];

const world = await openWorld();
const b = await world.connected(B);

// A call that has no row yet and a seal that names its owner; now and then one
// that has a row and no seal.
async function newCall(index) {
	if (index % 20 === 0) {
		const row = await world.connected(A);
		return { row: row.id, about: { id: row.vapi_call_id } };
	}
	const row = randomUUID();
	const metadata = { ...b.metadata, call_id: row };
	metadata.seal = sealOf(world.key, metadata);
	return { row, about: { id: randomUUID(), metadata } };
}

async function stored(id) {
	const iso = (name) => `to_char(c.${name} at time zone 'UTC', ` +
		`'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${name}`;
	const [row] = await world.cluster.query(`select c.*, ${
		iso('started_at')}, ${iso('ended_at')}, ` +
		'c.cost_usd::float8 as cost from public.calls c where id = $1', [id]);
	assert.ok(row !== undefined, 'there is a row');
	return { ...row, cost_usd: row.cost };
}

async function compare(index) {
	const { row, about } = await newCall(index);
	const { sent, twin } = makeReport(SEED, index, about);
	const kept = keep(JSON.parse(twin), twin.length > 100000);
	const want = { ...kept, ...kept.told };
	const answer = await world.callback(sent);
	assert.equal(answer.status, 200);
	assert.equal(answer.body, '{}');
	const got = await stored(row);
	assert.equal(got.vapi_call_id, about.id);
	for (const name of FIELDS)
		assert.ok(same(got[name] ?? undefined, want[name]),
			`${name}: ${JSON.stringify(got[name])?.slice(0, 2000)} is not ` +
			JSON.stringify(want[name])?.slice(0, 2000));
	return Object.fromEntries(FIELDS.map((name) =>
		[name, want[name] !== undefined]));
}

test('the row holds what a second reader keeps of a report', async (t) => {
	t.diagnostic(`KEPT_SEED=${SEED}`);
	const since = await world.now();
	const kept = Object.fromEntries(FIELDS.map((name) => [name, 0]));
	let next = 0;
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		while (next < REPORTS) {
			const index = next++;
			try {
				for (const [name, is] of Object.entries(
					await compare(index)))
					kept[name] += is;
			} catch (error) {
				error.message += ` (KEPT_SEED=${SEED}, report ${index})`;
				throw error;
			}
		}
	}));
	t.diagnostic(`${REPORTS} reports: ${Object.entries(kept).map(
		([name, n]) => `${name} ${n}`).join(', ')}`);
	for (const name of FIELDS)
		assert.ok(kept[name] > 0, `some ${name}`);
	assert.deepEqual(await world.cluster.query('select verdict, reason, ' +
		'count(*) from callward.webhook_events where provider = \'vapi\' ' +
		'and received_at > $1 group by 1, 2', [since]),
	[{ verdict: 'accepted', reason: null, count: REPORTS }]);
});

closing(world);
