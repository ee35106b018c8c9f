// Messages of Vapi's that are nearly as large as they may be: each is stored
// or kept, however much memory reading it took.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { report } from './lib/vapi.js';
import { A, openWorld } from './lib/world.js';

const MIB = 1024 * 1024;
const STORM = Number(process.env.STORM_REPORTS ?? 60);
const world = await openWorld();

// What was said, in turns of 4 KB; no transcript beside them.
function said(bytes) {
	const turns = [];
	for (let n = 0; n < bytes; n += 4096)
		turns.push({ role: 'user', message: 'a'.repeat(4096),
			secondsFromStart: n / 4096 });
	return { messages: turns };
}

test('a report of 15 MiB is stored whole', async () => {
	const call = await world.connected(A);
	const artifact = said(14.5 * MIB);
	const answer = await world.callback(report({ id: call.vapi_call_id,
		metadata: call.metadata, artifact }));
	assert.equal(answer.status, 200);
	const row = await world.row(call.twilio_call_sid);
	assert.equal(row.status, 'completed');
	assert.equal(row.messages.length, artifact.messages.length);
});

test('one that belongs to nobody is kept whole', async () => {
	const since = await world.now();
	const answer = await world.callback(report({ id: 'nobody',
		artifact: said(14.5 * MIB) }));
	assert.equal(answer.status, 200);
	const [event] = await world.inbox(since);
	assert.equal(event.verdict, 'quarantined');
	assert.equal(event.reason, 'unknown_call');
});

// The responder's memory in MiB: now, or at its most since the start.
const memory = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(
	readFileSync(`/proc/${world.responder.pid}/status`, 'utf8'))[1]) / 1024;

test(`${STORM} reports of a megabyte at once: none is refused, few are in hand`,
	async () => {
		await world.responder.stop();
		world.responder = await world.startResponder({ name: 'anew' });
		const calls = [];
		while (calls.length < STORM)
			calls.push(...await Promise.all(Array.from({ length: 20 }, () =>
				world.connected(A))));
		const artifact = said(MIB);
		const bodies = calls.map((call) => JSON.stringify(report({
			id: call.vapi_call_id, metadata: call.metadata, artifact })));
		const since = await world.now();
		const answers = await Promise.all(bodies.map((body) =>
			world.callback(body)));
		assert.deepEqual([...new Set(answers.map((a) => a.status))], [200]);
		const [{ count }] = await world.cluster.query('select count(*) from ' +
			'public.calls where report_at > $1 and ' +
			'jsonb_array_length(messages) = $2',
		[since, artifact.messages.length]);
		assert.equal(count, calls.length);
		const most = memory('VmHWM');
		assert.ok(most < (STORM < 250 ? 300 : 600), `${most} MiB at the most`);
		await waitFor(() => memory('VmRSS') < 100,
			{ what: 'memory that is given back' });
		assert.match((await world.metrics()).body,
			/^callward_body_memory_bytes 0$/m);
	});

closing(world);
