// Metadata from each place where it has been seen, or from none; reports that
// come too early; messages that overtake the answer of POST /call.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { A, B, openWorld } from './lib/world.js';

const world = await openWorld();

// A call served by the simulator under a plan, to its end: its row.
async function played(tenant, plan) {
	await world.plan(plan);
	const answer = await world.arrive({ from: tenant.number });
	assert.equal(answer.verb, 'Connect');
	const { data } = await world.sim.calls('?limit=1');
	const { id } = data[0];
	await world.sim.connect(id, answer.callSid);
	// The last message says how the call ended, or comes first.
	const row = await waitFor(async () => {
		const { data } = await world.sim.callbacks(`?id=${id}&limit=100`);
		const now = await world.row(answer.callSid);
		return ['in-progress', 'ended'].every((status) =>
			data.some((c) => c.call_status === status)) &&
			now.transcript !== null && now;
	}, { what: 'end of the session' });
	return { id, row };
}

function assertWhole({ id, row }, tenant) {
	assert.equal(row.user_id, tenant.user);
	assert.equal(row.vapi_call_id, id);
	assert.equal(row.status, 'completed');
	for (const name of ['transcript', 'summary', 'messages', 'recording_url',
		'cost_usd', 'duration_seconds', 'started_at', 'ended_at',
		'structured_data', 'success_evaluation'])
		assert.notEqual(row[name], null, name);
}

for (const place of ['call.assistantOverrides', 'call', 'assistant',
	'call.assistant', 'message', 'none']) {
	test(`metadata in ${place}`, async () => {
		for (const tenant of [A, B]) {
			const since = await world.now();
			assertWhole(await played(tenant, { metadata_place: place }),
				tenant);
			const inbox = (await world.inbox(since))
				.filter((l) => l.provider === 'vapi');
			assert.ok(inbox.length >= 3);
			assert.ok(inbox.every((l) => l.verdict === 'accepted' &&
				l.user_id === tenant.user), JSON.stringify(inbox));
		}
	});
}

test('every kind of message at once changes nothing about the owner',
	async () => {
		for (const metadata_place of ['call', 'none'])
			assertWhole(await played(B, { metadata_place, callbacks: {
				double: true, reorder: true, premature_report: true,
				also: ['assistant.started', 'speech-update',
					'conversation-update', 'hang'] } }), B);
	});

test('a premature report is filled by the final one', async () => {
	const done = await played(A, { callbacks: { premature_report: true } });
	assertWhole(done, A);
	const [{ count }] = await world.cluster.query('select count(*) from ' +
		'public.calls where vapi_call_id = $1', [done.id]);
	assert.equal(count, 1);
});

test('the final report alone, the premature alone', async () => {
	assertWhole(await played(A, { callbacks: {
		drop: ['conversation-update'] } }), A);
	await world.plan({ callbacks: { early: ['end-of-call-report'],
		drop: ['end-of-call-report', 'status-update'] } });
	const { callSid, verb } = await world.arrive({ from: A.number });
	assert.equal(verb, 'Connect');
	const row = await world.row(callSid);
	assert.equal(row.ended_reason, 'call.in-progress.twilio-completed-call');
	assert.equal(row.transcript, null);
	assert.notEqual(row.vapi_call_id, null);
});

test('messages before the answer of POST /call find their call',
	async () => {
		const since = await world.now();
		const done = await played(B, { callbacks: {
			early: ['status-update', 'end-of-call-report'] } });
		assertWhole(done, B);
		const inbox = (await world.inbox(since))
			.filter((l) => l.provider === 'vapi');
		assert.ok(inbox.length >= 5);
		assert.ok(inbox.every((l) => l.user_id === B.user &&
			l.verdict !== 'quarantined'), JSON.stringify(inbox));
		const { data } = await world.sim.callbacks(`?id=${done.id}`);
		assert.deepEqual(data.slice(0, 2).map((c) => [c.status,
			c.call_status ?? c.type]),
		[[200, 'ringing'], [200, 'end-of-call-report']]);
	});

test('early messages without metadata are nobody\'s, and harm nobody',
	async () => {
		const since = await world.now();
		const done = await played(A, { metadata_place: 'none', callbacks: {
			early: ['status-update', 'end-of-call-report'] } });
		assertWhole(done, A);
		const inbox = (await world.inbox(since)).filter((l) =>
			l.provider === 'vapi');
		assert.deepEqual(inbox.slice(0, 2).map((l) => [l.verdict,
			l.user_id]), [['quarantined', null], ['quarantined', null]]);
	});

test('a snapshot of the call that says "queued" does not move it back',
	async () => {
		const done = await played(A, { callbacks: { double: true } });
		const { data } = await world.sim.calls('?limit=1');
		assert.equal(data[0].id, done.id);
		const messages = await world.sim.messages(done.id);
		assert.ok(messages.every((m) => m.message.call.status === 'queued'));
		assert.equal(done.row.status, 'completed');
	});

closing(world);
