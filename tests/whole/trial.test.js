// A clinic tests its assistant: a scripted conversation in writing, and what
// is made of it.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { startReceiver } from './lib/receiver.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken, newKey } from './lib/token.js';
import { A, B, openWorld } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings });
const { cluster } = world;

const bearer = ({ user }, { key = tenantKey, ...more } = {}) => ({
	Authorization: `Bearer ${makeToken(key, claims({ sub: user, ...more }))}` });
async function ask(method, path, { as = A, body, headers,
	port = world.port } = {}) {
	const answer = await world.get(path, { port, method, headers: { ...bearer(as),
		...(body !== undefined && { 'Content-Type': 'application/json' }),
		...headers }, body: body && JSON.stringify(body) });
	return { ...answer, json: answer.body === '' ? null :
		JSON.parse(answer.body) };
}
const assistantOf = async ({ user }) => (await cluster.query(
	'select id from public.assistants where user_id = $1', [user]))[0].id;
const mine = await assistantOf(A);

async function made(more = {}, as = A) {
	const { status, json, body } = await ask('POST', '/api/assistant-tests', {
		as, body: { assistant_id: as === A ? mine : await assistantOf(as),
			name: 'Booking', script: 'Hello there\nI need a check-up',
			...more } });
	assert.equal(status, 201, body);
	return json;
}
const run = (id, more) => ask('POST', `/api/assistant-tests/${id}/run`, more);
const read = async (id, as = A) => (await ask('GET',
	`/api/assistant-tests/${id}`, { as })).json;
const ended = (id, as = A) => waitFor(async () => {
	const now = await read(id, as);
	return now.status !== 'running' && now;
}, { what: 'end of the run' });
// Runs of long ago do not count.
const forget = (ago = '1 hour') => cluster.query('update ' +
	'callward.audit_log set at = at - $1::interval where action = ' +
	'\'run_test\'', [ago]);

async function held(more, as = A) {
	const { id } = await made(more, as);
	const begun = await run(id, { as });
	assert.equal(begun.status, 202, begun.body);
	assert.equal(begun.json.id, id);
	assert.equal(begun.json.status, 'running');
	const now = await ended(id, as);
	// Its line of the log comes a moment after.
	await world.idle();
	await forget();
	return now;
}
const callOf = async (id) => (await cluster.query(
	'select * from public.calls where id = $1', [id]))[0];

// Another provider, which says nothing until it is told to: what a test wants
// to do meanwhile is done meanwhile.
const provider = await startReceiver(() => new Promise((resolve) =>
	provider.waiting.push(() => resolve({ body: JSON.stringify({
		id: randomUUID(), output: [{ role: 'assistant',
			content: 'Hello' }] }) }))));
provider.waiting = [];
provider.asked = (n) => waitFor(() => provider.waiting.length === n,
	{ what: `${n} who wait for an answer` });
provider.speak = () => provider.waiting.splice(0).forEach((answer) => answer());
after(() => provider.stop());
const second = await world.secondResponder(world.writeSettings('provider', {
	...world.settings(), VAPI_API_URL: provider.url }));
const slow = { port: second.port };

test('[test-run:good] a conversation is held, judged and filed', async () => {
	const one = await held({ expected: { phrases: ['THANK you  for calling',
		'You said: "I need a check-up"'], intent: null } });
	assert.equal(one.status, 'passed');
	assert.equal(one.score, 100);
	assert.equal(one.error, null);
	assert.deepEqual(one.result, { intent: null, phrases: [
		{ found: true, phrase: 'THANK you  for calling' },
		{ found: true, phrase: 'You said: "I need a check-up"' }] });
	assert.match(one.transcript, new RegExp('^User: Hello there\nAI: Hello, ' +
		'.*\nUser: I need a check-up\nAI: You said: .*$'));
	assert.ok(one.started_at < one.finished_at);
	const call = await callOf(one.call_id);
	assert.equal(call.user_id, A.user);
	assert.equal(call.assistant_id, mine);
	assert.equal(call.is_test, true);
	assert.equal(call.status, 'completed');
	assert.equal(call.caller_phone_number, 'test');
	assert.equal(call.assistant_phone_number, 'test');
	assert.equal(call.owner_rule, 'test');
	assert.equal(call.vapi_call_id, null);
	assert.equal(call.transcript, one.transcript);
	assert.deepEqual(call.messages.map(({ role }) => role),
		['user', 'bot', 'user', 'bot']);
	// From behind the answer of 202 until it was said: between these two.
	const talked = call.messages.at(-1).secondsFromStart;
	const took = (Date.parse(one.finished_at) - Date.parse(one.started_at)) /
		1000;
	assert.ok(call.duration_seconds >= Math.floor(talked + 0.5) &&
		call.duration_seconds <= Math.ceil(took), `${call.duration_seconds}, ` +
		`talked ${talked}, took ${took}`);
	assert.equal(Number(call.cost_usd), 0.01);
	const shown = (await ask('GET', `/api/calls/${one.call_id}`)).json;
	assert.equal(shown.is_test, true);
});

test('it is said to the clinic\'s assistant, turn after turn', async () => {
	await cluster.query('update public.assistants set language = \'es\' ' +
		'where id = $1', [mine]);
	await held({ script: '  first \n\n second\n' });
	const chats = (await world.sim.chats()).data.slice(-2);
	assert.deepEqual(chats.map(({ input, assistantId }) =>
		[input, assistantId]), [['first', A.vapiId], ['second', A.vapiId]]);
	assert.equal(chats[0].previousChatId, undefined);
	assert.equal(chats[1].previousChatId, chats[0].id);
	assert.deepEqual(chats[0].assistantOverrides,
		{ variableValues: { language: 'es' } });
});

test('what was expected and did not come is told', async () => {
	const one = await held({ expected: { phrases: ['thank you for calling',
		'we are closed', 'on Mars'] } });
	assert.equal(one.status, 'failed');
	assert.equal(one.score, 33.33);
	assert.deepEqual(one.result.phrases.map(({ found }) => found),
		[true, false, false]);
	assert.equal(one.error, null);
	assert.equal((await callOf(one.call_id)).status, 'completed');
});

test('what the tester says is not found in what the assistant says',
	async () => {
		const one = await held({ script: 'Hi', expected: {
			phrases: ['User: Hi'] } });
		assert.equal(one.score, 0);
	});

test('an intent is found where the assistant names it', async () => {
	for (const name of ['Book appointment', 'Cancel']) {
		const { status } = await ask('POST', '/api/intents', {
			body: { name } });
		assert.equal(status, 201);
	}
	const said = (script) => held({ script, expected: {
		intent: 'book_appointment' } });
	assert.equal((await said('I want to BOOK   appointment')).status, 'passed',
		'by its name, in the assistant\'s words');
	assert.equal((await said('filed as book_appointment, is it')).status,
		'passed', 'by its slug');
	assert.equal((await said('rebook_appointments')).status, 'failed');
	assert.deepEqual((await said('cancel')).result, { phrases: [],
		intent: { intent: 'book_appointment', found: false } });
});

test('nothing expected: it is enough that it was held', async () => {
	const one = await held();
	assert.equal(one.status, 'passed');
	assert.equal(one.score, 100);
});

test('one run at a time, and a tenant\'s alone', async () => {
	const [first, second] = [await made({ script: 'Hi' }), await made()];
	const others = await made({ script: 'Hi' }, B);
	assert.equal((await run(first.id, slow)).status, 202);
	const again = await run(first.id);
	assert.equal(again.status, 409);
	assert.equal(again.json.detail, 'this test is running already');
	assert.match((await run(second.id)).json.detail, /another test is running/);
	assert.equal((await run(others.id, { as: B, ...slow })).status, 202);
	await provider.asked(2);
	provider.speak();
	assert.equal((await ended(first.id)).status, 'passed');
	assert.equal((await ended(others.id, B)).status, 'passed');
	assert.equal((await run(second.id)).status, 202);
	await ended(second.id);
	await forget();
});

test('ten a minute', async () => {
	const { id } = await made({ script: 'Hi' });
	for (let i = 0; i < 10; i++) {
		assert.equal((await run(id)).status, 202, `${i}`);
		await ended(id);
	}
	const more = await run(id);
	assert.equal(more.status, 429);
	assert.match(more.json.detail, /10 tests .* a minute/);
	await forget();
	assert.equal((await run(id)).status, 202);
	await ended(id);
	await forget();
});

test('a hundred a day, also when the tests are removed, and then it is said when',
	async () => {
		const { id } = await made({ script: 'Hi' });
		await forget('2 days');
		await cluster.query(`insert into callward.audit_log (user_id, actor,
			action, at) select $1::text, $1, 'run_test', now() - i *
			interval '10 minutes' from generate_series(1, 98) i`, [A.user]);
		const doomed = await made({ script: 'Hi' });
		assert.equal((await run(doomed.id)).status, 202);
		assert.equal((await ask('DELETE',
			`/api/assistant-tests/${doomed.id}`)).status, 204);
		assert.equal((await run(id)).status, 202);
		await ended(id);
		await world.idle();
		const more = await run(id);
		assert.equal(more.status, 429);
		assert.match(more.json.detail, new RegExp('^100 tests were run ' +
			'within 24 hours: the next one can begin at \\d\\d:\\d\\d ' +
			'\\(UTC\\)$'));
		const at = new Date(Date.now() + (24 * 60 - 98 * 10) * 60000);
		const told = /\d\d:\d\d/.exec(more.json.detail)[0];
		assert.equal(more.json.code, 'tests_per_day');
		assert.deepEqual(more.json.params, { n: 100, time: told, zone: 'UTC' });
		assert.ok([at, new Date(at - 60000), new Date(at - 120000)].some(
			(time) => time.toISOString().slice(11, 16) === told), told);
		const others = await made({ script: 'Hi' }, B);
		assert.equal((await run(others.id, { as: B })).status, 202);
		await ended(others.id, B);
		await forget('2 days');
		assert.equal((await run(id)).status, 202);
		await ended(id);
		await forget();
	});

test('none when the plan\'s seconds are used up', async () => {
	const { id } = await made({ script: 'Hi' });
	await cluster.query(`insert into public.subscriptions (user_id, plan,
		status, included_seconds) values ($1, 'small', 'active', 60)`,
	[A.user]);
	const [call] = await cluster.query(`insert into public.calls (user_id,
		caller_phone_number, assistant_phone_number, owner_rule, status,
		duration_seconds) values ($1, '1', '2', 'from', 'completed', 59)
		returning id`, [A.user]);
	assert.equal((await run(id)).status, 202);
	await ended(id);
	await cluster.query('update public.calls set duration_seconds = 60 ' +
		'where id = $1', [call.id]);
	const asked = (await world.sim.chats()).total;
	const more = await run(id);
	assert.equal(more.status, 409);
	assert.match(more.json.detail, /^the seconds of your plan are used up: /);
	assert.equal((await world.sim.chats()).total, asked);
	await cluster.query('update public.subscriptions set cap_behaviour = ' +
		'\'overage\' where user_id = $1', [A.user]);
	assert.equal((await run(id)).status, 202);
	await ended(id);
	await cluster.query('delete from public.subscriptions where user_id = $1',
		[A.user]);
	await forget();
});

test('what cannot be kept ends the run all the same', async () => {
	await cluster.query(`create function public.refuse() returns trigger
		language plpgsql as $$ begin
			if new.transcript like '%AI:%' then
				raise exception 'no' using errcode = '22003';
			end if;
			return new;
		end $$`);
	await cluster.query('create trigger refuse before insert on ' +
		'public.calls for each row execute function public.refuse()');
	const one = await held({ script: 'Hi' });
	await cluster.query('drop function public.refuse cascade');
	assert.equal(one.status, 'error');
	assert.match(one.error, /^what was said could not be kept; ask your/);
	assert.equal((await callOf(one.call_id)).status, 'failed');
	await waitFor(() => new RegExp(`level=warn event=trial .*test=${one.id} ` +
		'outcome=error .*error=').test(world.responder.log()),
	{ what: 'line' });
});

test('[test-run:proof] a token of somebody else\'s key is refused',
	async () => {
		const { id } = await made();
		assert.equal((await run(id, { headers: bearer(A,
			{ key: newKey() }) })).status, 401);
		assert.equal((await run(id, { headers: bearer(A,
			{ act: { sub: 'user_support' } }) })).status, 403);
		assert.equal((await read(id)).status, 'queued');
	});

test('[test-run:tenant] another\'s test is like one that is not there',
	async () => {
		const theirs = await made({}, B);
		const asked = (await world.sim.chats()).total;
		const bare = ({ status, body, headers }) => [status,
			body.replaceAll(headers['x-request-id'], 'ID')];
		const missing = bare(await run(randomUUID()));
		assert.equal(missing[0], 404);
		for (const id of [theirs.id, 'x', '..'])
			assert.deepEqual(bare(await run(id)), missing, id);
		assert.equal((await read(theirs.id, B)).status, 'queued');
		assert.equal((await world.sim.chats()).total, asked);
	});

test('an assistant that is not at the provider yet', async () => {
	const { json } = await ask('POST', '/api/assistants',
		{ body: { name: 'New' } });
	const { id } = await made({ assistant_id: json.id });
	const answer = await run(id);
	assert.equal(answer.status, 422);
	assert.deepEqual(answer.json.errors, [{ field: 'assistant_id',
		code: 'not_at_provider', params: {}, message:
		'has no assistant at the provider yet; ask your operator' }]);
	assert.equal((await read(id)).status, 'queued');
});

test('what goes wrong at the provider is a sentence, and a call that failed',
	async () => {
		for (const [plan, sentence] of [
			[{ create_status: 401 }, /^line 1: .*your operator.* key$/],
			[{ create_status: 402 }, /^line 1: .*your operator/],
			[{ create_status: 404 }, /^line 1: .*your operator/],
			[{ create_status: 429 }, /^line 1: .*in a minute$/],
			[{ create_status: 500 }, /^line 1: .*run the test again$/],
		]) {
			await world.plan({ create_fail_every: 1, ...plan });
			const one = await held({ expected: { phrases: ['x'] } });
			assert.equal(one.status, 'error');
			assert.match(one.error, sentence);
			assert.equal(one.score, null);
			assert.equal(one.result, null);
			assert.equal(one.transcript, 'User: Hello there');
			const call = await callOf(one.call_id);
			assert.equal(call.status, 'failed');
			assert.equal(call.ended_reason, 'callward-test-error');
			await waitFor(() => new RegExp(`event=trial .*test=${one.id} ` +
				'outcome=error .*why="?vapi').test(world.responder.log()),
			{ what: 'line' });
		}
		await world.plan();
	});

test('a second line that fails keeps what was said before', async () => {
	await world.plan({ create_fail_every: 2, create_status: 500 });
	await world.sim.reset();
	await world.plan({ create_fail_every: 2, create_status: 500 });
	const one = await held();
	await world.plan();
	assert.match(one.error, /^line 2: /);
	assert.match(one.transcript, /^User: Hello there\nAI: .*\nUser: I need/);
});

test('a run whose process died does not stand in the way', async () => {
	const { id } = await made();
	const died = (ago) => cluster.query('update public.assistant_tests ' +
		'set status = \'running\', started_at = now() - $2::interval ' +
		'where id = $1', [id, ago]);
	await died('2 minutes 50 seconds');
	assert.equal((await run(id)).status, 409);
	await died('3 minutes 1 second');
	const [old] = [await read(id)];
	assert.equal(old.status, 'error', 'it is shown for what it is');
	assert.match(old.error, /interrupted; run it again/);
	const other = await made();
	assert.equal((await run(other.id)).status, 202);
	await ended(other.id);
	assert.equal((await read(id)).status, 'error');
	await forget();
});

test('a test that is removed meanwhile leaves no call', async () => {
	const { id } = await made({ script: 'Hi' });
	await run(id, slow);
	await provider.asked(1);
	assert.equal((await ask('DELETE', `/api/assistant-tests/${id}`)).status,
		204);
	const [{ count }] = await cluster.query(
		'select count(*) from public.calls');
	provider.speak();
	await waitFor(() => new RegExp(`test=${id} outcome=absent`).test(
		second.program.log()), { what: 'end' });
	assert.deepEqual(await cluster.query('select count(*) from public.calls'),
		[{ count }]);
});

test('a database that is away for a moment loses no run', async () => {
	// Away is counted in attempts, since how long they take is a machine's.
	await cluster.query('create sequence public.attempts');
	await cluster.query(`create function public.away() returns trigger
		language plpgsql security definer as $$ begin
			if nextval('public.attempts') <= 2 then
				perform pg_terminate_backend(pg_backend_pid());
				perform pg_sleep(60);
			end if;
			return new;
		end $$`);
	await cluster.query('create trigger away before insert on ' +
		'public.calls for each row execute function public.away()');
	const { id } = await made({ script: 'Hi' });
	await run(id);
	const one = await ended(id);
	await cluster.query('drop function public.away cascade');
	assert.equal(one.status, 'passed');
	assert.deepEqual(await cluster.query(
		'select last_value from public.attempts'), [{ last_value: 3 }]);
});

test('a stop ends a run that waits, and says so', async () => {
	const { id } = await made();
	assert.equal((await run(id, slow)).status, 202);
	await provider.asked(1);
	// An answer would be waited for for 20 seconds.
	const began = Date.now();
	await second.program.stop('SIGTERM', 30000);
	assert.ok(Date.now() - began < 10000, `${Date.now() - began} ms`);
	const [row] = await cluster.query('select status, error from ' +
		'public.assistant_tests where id = $1', [id]);
	assert.equal(row.status, 'error');
	assert.match(row.error, /^line 1: .*again/);
});

test('[test-run:database] without the database it is 503', async () => {
	const { id } = await made();
	await cluster.stop();
	assert.equal((await run(id)).status, 503);
	await cluster.start();
	await waitFor(async () => (await run(id)).status === 202,
		{ what: 'recovery' });
	await ended(id);
});

closing(world);
