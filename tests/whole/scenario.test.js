// The scenario that everything must keep true: two clinics share a line.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from './lib/process.js';
import { closing } from './lib/closing.js';
import { A, B, LINE, UNKNOWN, openWorld } from './lib/world.js';

const world = await openWorld();
const sids = {};

const seen = async (tenant) => (await world.cluster.asTenant(tenant.user,
	'select twilio_call_sid as sid from public.calls order by 1'))
	.map((row) => row.sid);

test('the assistant of each clinic answers its own calls', async () => {
	for (const tenant of [A, B]) {
		const answer = await world.arrive({ from: tenant.number });
		assert.equal(answer.status, 200);
		assert.match(answer.headers['content-type'], /^text\/xml/);
		assert.equal(answer.verb, 'Connect');
		sids[tenant.user] = answer.callSid;
		const { data } = await world.sim.calls();
		const { request } = data.at(-1);
		assert.equal(request.assistantId, tenant.vapiId);
		assert.equal(request.customer.number, tenant.number);
		assert.equal(request.assistantOverrides.metadata.user_id,
			tenant.user);
	}
});

test('a call from any other number is rejected', async () => {
	const asked = await world.sessionsAsked();
	const since = await world.now();
	const answer = await world.arrive({ from: UNKNOWN });
	assert.equal(answer.status, 200);
	assert.equal(answer.body, '<?xml version="1.0" encoding="UTF-8"?>' +
		'<Response><Reject reason="rejected"/></Response>');
	assert.equal(await world.row(answer.callSid), undefined);
	assert.equal(await world.sessionsAsked(), asked);
	const [line, ...more] = await world.inbox(since);
	assert.equal(more.length, 0);
	assert.equal(line.verdict, 'rejected');
	assert.equal(line.reason, 'unknown_number');
	assert.equal(line.details.from, UNKNOWN);
	assert.equal(line.details.to, LINE);
});

test('each clinic sees its own calls and no others', async () => {
	assert.deepEqual(await seen(A), [sids[A.user]]);
	assert.deepEqual(await seen(B), [sids[B.user]]);
	for (const [me, other] of [[A, B], [B, A]]) {
		const [{ count }] = await world.cluster.asTenant(me.user,
			'select count(*) from public.calls where user_id = $1 ' +
			'or twilio_call_sid = $2', [other.user, sids[other.user]]);
		assert.equal(count, 0);
	}
});

test('a call is stored with everything that decided about it', async () => {
	const row = await world.row(sids[A.user]);
	assert.equal(row.user_id, A.user);
	assert.equal(row.caller_phone_number, A.number);
	assert.equal(row.assistant_phone_number, LINE);
	assert.equal(row.owner_rule, 'from');
	assert.equal(row.status, 'initiated');
	assert.equal(row.stir_verstat, 'TN-Validation-Passed-A');
	assert.match(row.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
	assert.match(row.vapi_call_id, /^[0-9a-f-]{36}$/);
	const [number] = await world.cluster.query('select id, assistant_id ' +
		'from public.phone_numbers where phone_number = $1', [A.number]);
	assert.equal(row.phone_number_id, number.id);
});

test('what Vapi says at the end is stored for the owner alone', async () => {
	for (const tenant of [A, B]) {
		const row = await world.row(sids[tenant.user]);
		await world.sim.connect(row.vapi_call_id, sids[tenant.user]);
	}
	for (const tenant of [A, B]) {
		const row = await waitFor(async () => {
			const now = await world.row(sids[tenant.user]);
			return now.report_at !== null && now;
		}, { what: 'report' });
		assert.equal(row.status, 'completed');
		assert.equal(row.ended_reason, 'customer-ended-call');
		assert.ok(row.transcript.length > 0);
		assert.ok(row.summary.length > 0);
		assert.ok(row.messages.length > 0);
		assert.ok(row.duration_seconds > 0);
		assert.ok(Number(row.cost_usd) > 0);
		assert.match(row.recording_url, /^http/);
	}
	const transcripts = async (tenant) => (await world.cluster.asTenant(
		tenant.user, 'select transcript from public.calls'))
		.map((r) => r.transcript);
	const [[a], [b]] = [await transcripts(A), await transcripts(B)];
	assert.notEqual(a, b);
	// The simulator notes a message when it has the answer.
	const data = await waitFor(async () => {
		const { data: sent } = await world.sim.callbacks();
		return sent.length >= 6 && sent;
	}, { what: 'notes of the messages' });
	assert.deepEqual([...new Set(data.map((c) => c.status))], [200]);
});

// What doc/ownership.md shows under "A and B", as it is written there.
test('call show tells what was sealed, and a changed copy is refused',
	async () => {
		const row = await world.row(sids[B.user]);
		const shown = Object.fromEntries((await world.command('call', 'show',
			row.id)).trim().split('\n').map((line) => line.split('\t')));
		const { data: calls } = await world.sim.calls();
		const { request } = calls.find((c) => c.id === row.vapi_call_id);
		assert.equal(shown.vapi_call_id, row.vapi_call_id);
		assert.match(shown.since, /^20\d\d-.*Z$/);
		const sealed = JSON.parse(shown.metadata);
		assert.deepEqual(sealed, request.assistantOverrides.metadata);
		const [stored] = await world.cluster.query('select metadata, ' +
			'(select count(*) from callward.sessions s where s.call_id = ' +
			'c.id and strpos(s::text, $2) > 0) as times from ' +
			'public.calls c where id = $1', [row.id, B.number]);
		assert.deepEqual(stored, { metadata: null, times: 0 });

		const since = await world.now();
		const answer = await world.callback(JSON.stringify({ message: {
			type: 'status-update', status: 'ended', call: { id: 'any',
				assistantOverrides: { metadata: { ...sealed,
					user_id: A.user } } } } }));
		assert.equal(answer.status, 200);
		assert.deepEqual((await world.inbox(since)).map((line) =>
			[line.verdict, line.reason]), [['quarantined', 'bad_metadata']]);

		const [{ id }] = await world.cluster.query('insert into ' +
			'public.calls (user_id, caller_phone_number, ' +
			'assistant_phone_number) values ($1, $2, $3) returning id',
		[B.user, B.number, LINE]);
		await assert.rejects(world.command('call', 'show', id),
			/this call has no session/);
		await world.cluster.query('delete from public.calls where id = $1',
			[id]);
		await assert.rejects(world.command('call', 'show', id),
			/no call has this id/);
	});

test('the simulated Twilio is served like the real one', async () => {
	const done = await world.sim.call('--from', A.number, '--to', LINE,
		'--repeat', '2');
	assert.equal(done.status, 0, done.stderr);
	assert.equal(done.lines.length, 2);
	for (const line of done.lines) {
		assert.equal(line.status, '200');
		assert.equal(line.verb, 'Connect');
		assert.equal(line.CallSid, done.lines[0].CallSid);
	}
	const row = await waitFor(async () => {
		const now = await world.row(done.lines[0].CallSid);
		return now.report_at !== null && now;
	}, { what: 'report' });
	assert.equal(row.user_id, A.user);
});

closing(world);
