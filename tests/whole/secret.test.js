// Payloads carry secrets: tokens of imported numbers, secrets of servers,
// prompts, what tools were told. None of them is kept anywhere.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { newCallSid } from './lib/twilio.js';
import { report, seal, statusUpdate } from './lib/vapi.js';
import { A, B, LINE, openWorld } from './lib/world.js';

const CANARY = 'canary-Zq7mP2vK9xW4';
const world = await openWorld();

// The canary as it is and as it would stand in other clothes.
const clothes = [CANARY, Buffer.from(CANARY).toString('hex'),
	Buffer.from(CANARY).toString('base64').slice(0, 24), 'Zq7mP2vK9xW4'];

// What of it stands in a text.
const found = (text) => clothes.filter((c) => text.includes(c));

// Every row of every table as text, bytea as hex.
async function dump() {
	const tables = await world.cluster.query(
		`select format('%I.%I', schemaname, tablename) as name
		from pg_tables where schemaname in ('public', 'callward')`);
	const texts = {};
	for (const { name } of tables)
		texts[name] = (await world.cluster.query(
			`select t::text as row from ${name} t`))
			.map((r) => r.row).join('\n');
	return texts;
}

async function assertNowhere() {
	const texts = await dump();
	assert.ok(Object.keys(texts).length >= 10);
	for (const [table, text] of Object.entries(texts))
		assert.deepEqual(found(text), [], table);
	const { body } = await world.metrics();
	assert.match(body, /callward_/);
	assert.deepEqual(found(body), [], 'metrics');
	for (const program of [...world.responders, ...world.servers,
		world.cluster.program]) {
		assert.deepEqual(found(program.log()), [], program.name);
	}
}

test('the search would find it', async () => {
	await world.cluster.query('create table public.probe as select ' +
		'$1::bytea as b', [Buffer.from(`x${CANARY}y`)]);
	const texts = await dump();
	assert.notDeepEqual(found(texts['public.probe']), []);
	await world.cluster.query('drop table public.probe');
});

test('sessions of the simulator, every place and kind', async () => {
	for (const metadata_place of ['call.assistantOverrides', 'call',
		'assistant', 'call.assistant', 'message', 'none']) {
		await world.plan({ canary: CANARY, metadata_place, callbacks: {
			early: ['status-update', 'end-of-call-report'],
			premature_report: true, double: true,
			also: ['assistant.started', 'speech-update',
				'conversation-update', 'hang'] } });
		const { callSid } = await world.arrive({ from: A.number });
		const { data: [{ id }] } = await world.sim.calls('?limit=1');
		await world.sim.connect(id, callSid);
		await waitFor(async () => (await world.sim.callbacks(
			`?id=${id}&limit=100`)).data.filter((c) =>
			c.type === 'end-of-call-report').length >= 5,
		{ what: 'reports' });
		const messages = await world.sim.messages(id);
		assert.ok(messages.every((m) =>
			JSON.stringify(m).includes(CANARY)));
		await waitFor(async () => (await world.row(callSid)).transcript
			!== null, { what: 'final report' });
	}
	await assertNowhere();
});

test('messages that ask', async () => {
	await world.plan({ canary: CANARY });
	const { vapi_call_id: call } = await world.connected(A);
	for (const type of ['assistant-request', 'tool-calls', 'function-call',
		'transfer-destination-request', 'handoff-destination-request',
		'knowledge-base-request', 'voice-request', 'transcript',
		'call.endpointing.request', 'campaign.predial', 'model-output']) {
		const done = await world.sim.message({ type, from: A.number, to: LINE,
			call: type === 'assistant-request' ? undefined : call });
		assert.equal(done.status, 200, type);
		assert.deepEqual(found(JSON.stringify(done.answer)), [], type);
	}
	await assertNowhere();
});

test('what is quarantined, refused or unreadable', async () => {
	const { vapi_call_id: id, metadata } = await world.connected(B);
	const artifact = { variables: { phoneNumber: {
		twilioAuthToken: CANARY } } };
	const bodies = [
		report({ id, metadata: { ...metadata, user_id: A.user }, artifact }),
		report({ id: randomUUID(), artifact }),
		report({ id, metadata: { ...metadata, seal: CANARY } }),
		statusUpdate('in-progress', { id: randomUUID(), artifact }),
		{ message: CANARY }, [CANARY], CANARY,
		{ message: { type: 'assistant-request', customer: {
			number: A.number }, call: { secret: CANARY } } }];
	for (const body of bodies)
		assert.equal((await world.callback(JSON.stringify(body))).status,
			200);
	for (const text of [`{"a":"${CANARY}"`, `{"a":1,"a":"${CANARY}"}`,
		`${'['.repeat(65)}"${CANARY}"`])
		assert.equal((await world.callback(text)).status, 200);
	for (const headers of [{}, { 'X-Vapi-Secret': CANARY },
		{ Authorization: `Bearer ${CANARY}` }])
		assert.equal((await world.callback(report({ id, metadata, artifact }),
			{ headers })).status, 401);
	const [{ count }] = await world.cluster.query('select count(*) from ' +
		'callward.webhook_events where verdict = \'quarantined\'');
	assert.ok(count >= 9);
	await assertNowhere();
});

test('metadata beyond our names', async () => {
	const { metadata } = await world.connected(A);
	const made = seal(world.key, { ...metadata, call_id: randomUUID() });
	const id = randomUUID();
	const since = await world.now();
	const answer = await world.callback(report({ id, metadata: { ...made,
		vapiNote: CANARY, nested: { secret: CANARY } } }));
	assert.equal(answer.status, 200);
	const [line] = await world.inbox(since);
	assert.equal(line.verdict, 'accepted');
	const [row] = await world.rows('where s.vapi_call_id = $1', [id]);
	assert.deepEqual(row.metadata, made);
	await assertNowhere();
});

test('Twilio\'s parameters', async () => {
	const callSid = newCallSid();
	const answer = await world.arrive({ from: A.number, callSid,
		CallToken: CANARY, SipHeader_Authorization: CANARY, Secret: CANARY,
		CallerName: CANARY });
	assert.equal(answer.verb, 'Connect');
	assert.deepEqual(found(JSON.stringify((await world.sim.calls()).data)),
		[], 'Vapi is not told');
	await assertNowhere();
});

closing(world);
