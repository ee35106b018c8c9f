// The messages about a call come in any order, twice, or not at all; what is
// stored in the end does not depend on it.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { hang, report, statusUpdate } from './lib/vapi.js';
import { A, openWorld } from './lib/world.js';

const world = await openWorld();
const FIRST = Date.parse('2026-01-01T00:00:00.500Z');

const messages = {
	ringing: (about) => statusUpdate('ringing',
		{ ...about, timestamp: FIRST - 3000 }),
	'in-progress': (about) => statusUpdate('in-progress',
		{ ...about, timestamp: FIRST }),
	hang: (about) => hang({ ...about, timestamp: FIRST + 5000 }),
	ended: (about) => statusUpdate('ended', { ...about,
		timestamp: FIRST + 15000, endedReason: 'customer-ended-call' }),
	// Sent before the call was over: it says nothing yet.
	premature: (about) => report({ ...about,
		endedReason: 'call.in-progress.error-vapifault-x',
		endedAt: '2026-01-01T00:00:00.900Z', durationSeconds: 0,
		durationMs: 0, cost: 0, analysis: {}, artifact: { transcript: '' } }),
	report,
};

function* permutations(list) {
	if (list.length === 0)
		yield [];
	for (const [i, one] of list.entries())
		for (const rest of permutations(list.filter((_, j) => j !== i)))
			yield [one, ...rest];
}

async function tell(row, message) {
	const since = await world.now();
	const answer = await world.callback(message);
	assert.equal(answer.status, 200);
	const [line] = await world.inbox(since);
	assert.equal(line.call_id, row.id);
	return line;
}

const aboutOf = (row, more = {}) => ({ id: row.vapi_call_id,
	metadata: row.metadata, ...more });

// The row without what differs from call to call.
async function settled(row) {
	const { id, twilio_call_sid, vapi_call_id, metadata, created_at,
		updated_at, report_at, report_digest, ...rest } = await world.row(
		row.twilio_call_sid);
	return { ...rest, reported: report_at !== null };
}

async function play(order) {
	const row = await world.connected(A);
	for (const name of order)
		assert.equal((await world.callback(messages[name](aboutOf(row))))
			.status, 200);
	return settled(row);
}

test('any order of the messages ends in one row', async () => {
	const orders = [...permutations(Object.keys(messages))];
	assert.equal(orders.length, 720);
	const expected = await play(orders[0]);
	while (orders.length > 0) {
		const some = orders.splice(0, 8);
		for (const [i, end] of (await Promise.all(some.map(play))).entries())
			assert.deepEqual(end, expected, some[i].join(', '));
	}
	assert.equal(expected.status, 'completed');
	assert.equal(expected.ended_reason, 'customer-ended-call');
	assert.equal(expected.duration_seconds, 15);
	assert.equal(Number(expected.cost_usd), 0.0231);
	assert.equal(expected.reported, true);
	assert.deepEqual(expected.revisions, []);
	assert.match(expected.transcript, /An appointment/);
});

test('a message that comes twice is a duplicate', async () => {
	const row = await world.connected(A);
	for (const name of ['in-progress', 'ended', 'report']) {
		const message = messages[name](aboutOf(row));
		assert.equal((await tell(row, message)).verdict, 'accepted', name);
		const after = await world.row(row.twilio_call_sid);
		for (let i = 0; i < 2; i++)
			assert.equal((await tell(row, message)).verdict, 'duplicate',
				name);
		assert.deepEqual(await world.row(row.twilio_call_sid), after, name);
	}
});

// Not even a lock: the row is the very version that it was.
test('a report that comes again touches nothing but the inbox', async () => {
	const row = await world.connected(A);
	const sent = (signed, more) => messages.report({ ...aboutOf(row), ...more,
		artifact: { transcript: 'AI: Hello\n', messages: [{ role: 'bot',
			message: 'Hello', time: 1, secondsFromStart: 0.5 }],
		recordingUrl: `https://storage.example/mono.wav?signed=${signed}` } });
	const version = async () => (await world.cluster.query('select ' +
		'ctid::text, xmin::text, xmax::text, recording_url ' +
		'from public.calls where id = $1', [row.id]))[0];
	assert.equal((await tell(row, sent(1))).verdict, 'accepted');
	await world.cluster.indexed();
	const before = await version();
	for (const signed of [1, 2, 3])
		assert.equal((await tell(row, sent(signed))).verdict, 'duplicate');
	assert.deepEqual(await version(), before);
	assert.match(before.recording_url, /signed=1/);
	assert.equal((await tell(row, sent(4, { analysis: { summary: 'new' } })))
		.verdict, 'accepted', 'one that tells more is read');
});

test('a status never goes back', async () => {
	const row = await world.connected(A);
	const stands = async (status) => assert.equal((await world.row(
		row.twilio_call_sid)).status, status);
	const status = async (word, verdict) => assert.equal((await tell(row,
		statusUpdate(word, aboutOf(row)))).verdict, verdict, word);
	await status('in-progress', 'accepted');
	await stands('in-progress');
	await status('ringing', 'stale');
	await status('queued', 'stale');
	await stands('in-progress');
	await status('forwarding', 'accepted');
	await status('in-progress', 'stale');
	await stands('forwarding');
	await status('ended', 'accepted');
	await status('in-progress', 'stale');
	await stands('completed');
});

test('how a call ended follows from its reason', async () => {
	for (const [endedReason, status] of [
		['customer-busy', 'busy'], ['customer-did-not-answer', 'no-answer'],
		['phone-call-provider-bypass-enabled-but-no-call-received',
			'no-answer'],
		['assistant-not-found', 'failed'],
		['call.in-progress.error-vapifault-x', 'failed'],
		['silence-timed-out', 'completed'],
		['a-reason-of-tomorrow', 'completed']])
		for (const make of [report, (about) => statusUpdate('ended', about)]) {
			const row = await world.connected(A);
			await tell(row, make(aboutOf(row, { endedReason })));
			const end = await world.row(row.twilio_call_sid);
			assert.equal(end.status, status, endedReason);
			assert.equal(end.ended_reason, endedReason);
		}
});

test('a later, emptier report erases nothing', async () => {
	const row = await world.connected(A);
	await tell(row, report(aboutOf(row)));
	const full = await settled(row);
	await tell(row, report(aboutOf(row, { analysis: {}, artifact: {},
		cost: undefined, durationSeconds: undefined, durationMs: undefined,
		startedAt: undefined, endedAt: undefined, endedReason: undefined })));
	await tell(row, report(aboutOf(row, { analysis: null, artifact: null,
		summary: '', transcript: '', messages: [] })));
	assert.deepEqual(await settled(row), full);
});

test('a premature report is filled by the one that follows', async () => {
	const row = await world.connected(A);
	await tell(row, report(aboutOf(row, { analysis: {}, artifact: {},
		cost: undefined })));
	await tell(row, report(aboutOf(row)));
	const end = await world.row(row.twilio_call_sid);
	assert.match(end.transcript, /An appointment/);
	assert.equal(end.summary, 'An appointment was asked for.');
	assert.equal(Number(end.cost_usd), 0.0231);
});

test('a report from before the end does not stand', async () => {
	const early = { endedReason: 'call.in-progress.twilio-completed-call',
		durationSeconds: 0, cost: 0, analysis: {},
		artifact: { transcript: '' } };
	const late = { endedReason: 'customer-ended-call', durationSeconds: 120,
		cost: 0.2, artifact: { transcript: 'AI: Hi' } };
	for (const reports of [[early, late], [late, early],
		[early, early, late, early]]) {
		const row = await world.connected(A);
		for (const rest of reports)
			await tell(row, { message: { type: 'end-of-call-report',
				call: { id: row.vapi_call_id }, ...rest } });
		const end = await world.row(row.twilio_call_sid);
		assert.equal(end.ended_reason, 'customer-ended-call');
		assert.equal(end.duration_seconds, 120);
		assert.equal(Number(end.cost_usd), 0.2);
		assert.equal(end.transcript, 'AI: Hi');
		assert.deepEqual(end.revisions, []);
	}
});

test('a second, different report is kept as a revision', async () => {
	const row = await world.connected(A);
	await tell(row, report(aboutOf(row)));
	const first = await world.row(row.twilio_call_sid);
	const other = report(aboutOf(row, { cost: 9.5, artifact: {
		transcript: 'AI: Something else\n' } }));
	const line = await tell(row, other);
	assert.equal(line.verdict, 'accepted');
	assert.equal(line.reason, 'revision');
	const end = await world.row(row.twilio_call_sid);
	assert.equal(end.transcript, first.transcript);
	assert.equal(end.cost_usd, first.cost_usd);
	assert.equal(end.revisions.length, 1);
	assert.deepEqual(end.revisions[0].values, { cost_usd: 9.5,
		transcript: 'AI: Something else\n' });
	assert.equal((await tell(row, other)).verdict, 'duplicate');
	for (let i = 0; i < 9; i++)
		await tell(row, report(aboutOf(row, { cost: 10 + i })));
	assert.ok((await world.row(row.twilio_call_sid)).revisions.length <= 5,
		'they are bounded');
});

test('all messages at once end in the same row', async () => {
	const row = await world.connected(A);
	const all = Object.values(messages).map((make) => make(aboutOf(row)));
	const answers = await Promise.all([...all, ...all, ...all]
		.map((message) => world.callback(message)));
	assert.deepEqual([...new Set(answers.map((a) => a.status))], [200]);
	const other = await world.connected(A);
	for (const make of Object.values(messages))
		await tell(other, make(aboutOf(other)));
	assert.deepEqual(await settled(row), await settled(other));
});

test('the simulator doubles, drops and reorders', async () => {
	for (const callbacks of [{ double: true }, { reorder: true },
		{ drop: ['status-update'] },
		{ double: true, reorder: true, also: ['hang', 'speech-update'] }]) {
		await world.plan({ callbacks, report_bytes: 100000 });
		const row = await world.connected(A);
		await world.sim.connect(row.vapi_call_id, row.twilio_call_sid);
		const end = await waitFor(async () => {
			const now = await world.row(row.twilio_call_sid);
			return now.report_at !== null && now.status === 'completed' &&
				now;
		}, { what: 'end of the call' });
		assert.equal(end.ended_reason, 'customer-ended-call');
		await world.plan();
	}
});

closing(world);
