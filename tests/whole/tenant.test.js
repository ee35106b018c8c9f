// What a clinic reads of its calls through the API, and that nothing it can
// write into a request makes it read another's.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { judge } from './lib/document.js';
import { run, waitFor } from './lib/process.js';
import { claims, commonKey, HEADER, makeToken, pem } from './lib/token.js';
import { report } from './lib/vapi.js';
import { A, B, build, LINE, openWorld } from './lib/world.js';

const pair = commonKey();
const world = await openWorld({ settings: { CLERK_ISSUER: 'callward-trial',
	CLERK_JWT_KEY: pem(pair).trim().replaceAll('\n', ' ') } });
const { cluster } = world;
const operator = world.writeSettings('token', {
	DATABASE_OWNER_URL: cluster.url('callward_operator'),
	TOKEN_KEY: pair.privateKey.export({ type: 'pkcs8', format: 'der' })
		.toString('base64') });

async function tokenOf(user) {
	const made = await run(join(build, 'callward'),
		['-c', operator, 'token', '--user', user]);
	assert.equal(made.status, 0, made.stderr);
	return made.stdout.trim();
}
A.token = await tokenOf(A.user);
B.token = await tokenOf(B.user);

// Every answer that was had, to be looked at in the end.
const had = [];

async function ask(path, { as = A, method, body, headers = {} } = {}) {
	const answer = await world.get(path, { method, body, headers: {
		Authorization: `Bearer ${as.token}`, ...headers } });
	had.push({ ...answer, path, as });
	return answer;
}

async function page(query, as = A) {
	const answer = await ask(`/api/calls${query}`, { as });
	assert.equal(answer.status, 200, `${query} ${answer.body}`);
	return JSON.parse(answer.body);
}

async function walk(query, as = A) {
	const all = [];
	let cursor;
	do {
		const { data, next_cursor: next } = await page(`?${query}` +
			(cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''), as);
		assert.ok(next === null || data.length > 0);
		all.push(...data);
		cursor = next;
	} while (cursor !== null);
	return all;
}

// Calls of both: two that were really made, and many that came together.
for (const tenant of [A, B]) {
	tenant.row = await world.connected(tenant);
	const about = { id: tenant.row.vapi_call_id,
		metadata: tenant.row.metadata };
	await world.callback(report({ ...about, artifact: {
		transcript: `AI: Hello\nUser: of ${tenant.user} alone\n`,
		recordingUrl: `https://storage.example/${tenant.user}.wav` } }));
	await world.callback(report({ ...about, analysis: {
		summary: `Again, of ${tenant.user} alone.` }, artifact: {
		transcript: `AI: Hello again, ${tenant.user} alone\n`,
		recordingUrl: `https://storage.example/${tenant.user}-2.wav` } }));
}
const MANY = 60;
async function addCalls(tenant, n, from = 1) {
	await cluster.query(
		`insert into public.calls (user_id, caller_phone_number,
		    assistant_phone_number, forwarded_from, twilio_call_sid, status,
		    created_at, transcript, summary)
		select $1, '+1555000' || lpad((i % 5)::text, 4, '0'), $2,
		    case when i % 10 = 0 then '+15550009999' end,
		    'CA' || md5($1 || i), (array['completed', 'busy', 'failed',
		        'no-answer', 'in-progress', 'canceled'])[i % 6 + 1],
		    '2026-01-01T00:00:00.123456Z'::timestamptz
		        + (i / 7) * interval '1 minute',
		    case i % 4 when 0 then 'Zahnweh, 100% sure_' || i
		        when 1 then 'it''s "quoted" \\ ' || i end,
		    case when i % 9 = 0 then 'Wants a RECALL' end
		from generate_series($3::integer, $4::integer) i`,
		[tenant.user, LINE, from, from + n - 1]);
}
await addCalls(A, MANY);
await addCalls(B, 9);
const stored = (where = 'true', params = []) => cluster.query(
	`select id from public.calls where user_id = 'user_a' and (${where})
	order by created_at desc, id desc`, params)
	.then((rows) => rows.map((row) => row.id));
const idsOf = (rows) => rows.map((row) => row.id);

// What there is ---------------------------------------------------------------

// What a clinic is that has set nothing.
const unset = { name: null, timezone: 'UTC', language: 'en', country: null,
	open_action: 'assistant', closed_action: 'assistant',
	after_hours_message: null };

test('me: who I am, and what there is of mine', async () => {
	for (const tenant of [A, B]) {
		const answer = await ask('/api/me', { as: tenant });
		assert.equal(answer.status, 200);
		assert.deepEqual(JSON.parse(answer.body), { user_id: tenant.user,
			role: 'owner', person_id: tenant.user, person_name: null,
			...unset, country: 'US', assistants: 1, phone_numbers: 1 });
	}
});

test('a tenant nobody has heard of has nothing', async () => {
	for (const user of ['user_c', 'USER_A', 'user_', '-']) {
		const as = { user, token: await tokenOf(user) };
		assert.deepEqual(JSON.parse((await ask('/api/me', { as })).body),
			{ user_id: user, role: 'owner', person_id: user,
				person_name: null, ...unset, assistants: 0,
				phone_numbers: 0 });
		assert.deepEqual(await page('', as), { data: [],
			next_cursor: null, indexing: 0 });
		assert.equal((await ask(`/api/calls/${A.row.id}`, { as })).status,
			404);
	}
});

test('a call has the columns by name, and neither metadata nor the address ' +
	'of a recording', async () => {
	const [first] = (await page('?limit=1')).data;
	const listed = ['after_hours', 'assistant_id', 'assistant_phone_number',
		'caller_name', 'caller_phone_number', 'cost_usd', 'created_at',
		'duration_seconds', 'ended_at', 'ended_reason', 'follow_up_state',
		'has_recording', 'id', 'intent', 'is_test', 'missed', 'owner_rule',
		'phone_number_id', 'started_at', 'status', 'stir_verstat', 'success_evaluation', 'summary', 'tags',
		'twilio_call_sid', 'updated_at', 'vapi_call_id'];
	assert.deepEqual(Object.keys(first).sort(), listed);
	assert.equal(first.id, A.row.id);
	assert.equal(first.has_recording, true);
	const answer = await ask(`/api/calls/${A.row.id}`);
	assert.equal(answer.status, 200);
	const call = JSON.parse(answer.body);
	assert.deepEqual(Object.keys(call).sort(), [...listed, 'analysis',
		'assistant_name', 'details', 'follow_up_at', 'follow_up_by',
		'follow_up_by_id', 'follow_up_note', 'messages', 'notes',
		'phone_number', 'phone_number_label',
		'revisions', 'structured_data', 'transcript'].sort());
	assert.equal(call.phone_number, A.number);
	assert.equal(call.assistant_name, 'Front desk');
	assert.match(call.transcript, /user_a alone/);
	assert.equal(call.status, 'completed');
	assert.equal(call.caller_phone_number, A.number);
	for (const name of listed)
		assert.deepEqual(call[name], first[name], name);
});

test('pages of any size hold every call once, newest first', async () => {
	const all = await stored();
	assert.equal(all.length, MANY + 1);
	for (const limit of [1, 2, 7, 8, 25, 60, 61, 62, 100])
		assert.deepEqual(idsOf(await walk(`limit=${limit}`)), all,
			`limit ${limit}`);
	assert.equal((await page('')).data.length, 25);
});

test('a call that comes in meanwhile moves nothing', async () => {
	const all = await stored();
	const first = await page('?limit=20');
	await addCalls(A, 1, 1000);
	const rest = await page('?limit=100&cursor=' +
		encodeURIComponent(first.next_cursor));
	assert.deepEqual([...idsOf(first.data), ...idsOf(rest.data)], all);
	await cluster.query('delete from public.calls where ' +
		'twilio_call_sid = \'CA\' || md5(\'user_a1000\')');
});

test('each filter finds what the table has', async () => {
	const at = '2026-01-01T00:03:00.123456Z';
	for (const [query, where, ...params] of [
		['status=busy', 'status = \'busy\''],
		['status=ringing', 'false'],
		['number=%2B15550000003', 'caller_phone_number = $1',
			'+15550000003'],
		['number=%2B15550009999', 'forwarded_from = $1', '+15550009999'],
		['number=%2B1+(555)+000-0003', 'caller_phone_number = $1',
			'+15550000003'],
		[`number=%2B${LINE.slice(1)}`, 'true'],
		['number=%2B1555', 'false'],
		['number=1555', 'false'],
		...['(555)+000-0003', '1+555+000+0003', '011+1+555+000+0003',
			'555%E2%80%93000%C2%A00003', 'tel:555-000-0003', '000-0003',
			'0003', '(555)+000-0003+x12'].flatMap((typed) =>
			[`number=${typed}`, `q=${typed}`].map((query) => [query,
				'caller_phone_number = $1', '+15550000003'])),
		['q=0003&number=000-0003', 'caller_phone_number = $1',
			'+15550000003'],
		[`q=${LINE.slice(-4)}`, 'true'],
		['q=003', 'false'], ['number=003', 'false'],
		[`since=${at}`, 'created_at >= $1', at],
		[`until=${at}`, 'created_at < $1', at],
		['since=2026-01-01T02:03:00.123456%2B02:00', 'created_at >= $1',
			at],
		[`since=${at}&until=2026-01-01T00:05:00Z`,
			'created_at >= $1 and created_at < $2', at,
			'2026-01-01T00:05:00Z'],
		['since=2026-01-01t00:00:00z&until=2026-01-01t00:00:00z', 'false'],
		['q=zahnweh', 'transcript like \'Zahnweh%\''],
		['q=ZAHN', 'transcript like \'Zahnweh%\''],
		['q=ahnweh', 'false'],
		['q=recall', 'summary like \'%RECALL\''],
		['q=recall+zahn', 'summary like \'%RECALL\' ' +
			'and transcript like \'Zahnweh%\''],
		['q=100%25', 'transcript like \'Zahnweh%\''],
		['q=sure_24', 'transcript like \'%sure\\_24\''],
		['q=%27s+%22quo', 'transcript like \'it%\''],
		['q=%5C', 'false'], ['q=%22', 'false'],
		['q=%27+or+%27%27%3D%27', 'false'],
		['q=alone', 'id = $1', A.row.id],
		['status=busy&q=zahnweh&number=%2B15550000002',
			'status = \'busy\' and transcript like \'Zahnweh%\' ' +
			'and caller_phone_number = $1', '+15550000002'],
		['status=&number=&since=&until=&q=&limit=', 'true'],
	]) {
		const wanted = await stored(where, params);
		assert.deepEqual(idsOf(await walk(query)), wanted, query);
		if (where !== 'false')
			assert.ok(wanted.length > 0 || query.includes('&q='), query);
	}
});

// What is wrong with a question ----------------------------------------------

const now = '2026-01-01T00:00:00Z';
test('a query that is wrong is told field by field', async () => {
	for (const [query, ...fields] of [
		['limit=0', 'limit'], ['limit=101', 'limit'], ['limit=-1', 'limit'],
		['limit=1.5', 'limit'], ['limit=0x10', 'limit'],
		['limit=9223372036854775808', 'limit'],
		['limit=18446744073709551617', 'limit'],
		['limit=1&limit=2', 'limit'],
		['limit=+1', 'limit'],
		['cursor=x', 'cursor'], ['cursor=_', 'cursor'],
		[`cursor=${A.row.id}`, 'cursor'],
		[`cursor=${now}_`, 'cursor'], [`cursor=${now}_1`, 'cursor'],
		[`cursor=${now}_${A.row.id}_`, 'cursor'],
		[`cursor=infinity_${A.row.id}`, 'cursor'],
		[`cursor=${now}%20_${A.row.id}`, 'cursor'],
		[`cursor=0000-01-01T00:00:00Z_${A.row.id}`, 'cursor'],
		[`cursor=2026-01-01T00:00:00%2B23:59_${A.row.id}`, 'cursor'],
		[`cursor=2026-01-01T00:00:00.${'1'.repeat(300)}Z_${A.row.id}`,
			'cursor'],
		['status=ended', 'status'], ['status=COMPLETED', 'status'],
		['status=completed%27--', 'status'],
		['since=yesterday', 'since'], ['since=2026-01-01', 'since'],
		['since=now', 'since'], ['since=infinity', 'since'],
		['since=2026-02-30T00:00:00Z', 'since'],
		['since=2026-01-01T24:00:00Z', 'since'],
		['since=0000-01-01T00:00:00Z', 'since'],
		['until=0000-01-01T00:00:00Z', 'until'],
		['until=1767225600', 'until'],
		[`q=${'x'.repeat(201)}`, 'q'],
		[`number=${'1'.repeat(129)}`, 'number'],
		['follow_up=maybe', 'follow_up'], ['outcome=x', 'outcome'],
		['phone_number_id=1', 'phone_number_id'],
		[`tag=${'x'.repeat(201)}`, 'tag'],
		[`intent=${'x'.repeat(201)}`, 'intent'],
		['limit=x&status=x&since=x&until=x&cursor=x&q=' +
			`${'x'.repeat(201)}`, 'limit', 'cursor', 'status', 'since',
		'until', 'q'],
	]) {
		const answer = await ask(`/api/calls?${query}`);
		assert.equal(answer.status, 422, `${query} ${answer.body}`);
		assert.equal(answer.headers['content-type'],
			'application/problem+json');
		const problem = JSON.parse(answer.body);
		assert.equal(problem.status, 422);
		assert.equal(problem.request_id, answer.headers['x-request-id']);
		assert.deepEqual(problem.errors.map((one) => one.field).sort(),
			fields.sort(), query);
		for (const one of problem.errors)
			assert.match(one.message, /^[a-z]/);
	}
});

test('a time that the database would not read does not reach it',
	async () => {
		for (const time of ['2026-01-01T00:00:00%2B23:59',
			'2026-01-01T00:00:00-23:59', '9999-12-31T23:59:59Z',
			'2026-12-31T23:59:60Z', '2026-12-31T23:59:60.5Z',
			'0001-01-01T00:00:00%2B12:00',
			`2026-01-01T00:00:00.${'1'.repeat(300)}Z`])
			for (const name of ['since', 'until']) {
				const { status, body } = await ask(
					`/api/calls?${name}=${time}`);
				assert.ok(status === 200 || status === 422,
					`${name} ${time}: ${status} ${body}`);
			}
	});

test('a query that cannot be read is 400', async () => {
	for (const path of ['/api/calls', '/api/calls.csv', '/api/analytics'])
		for (const query of ['q=%zz', 'q=%', 'q=%00', 'q=%ff',
			'q=%ed%a0%80']) {
			const answer = await ask(`${path}?${query}`);
			assert.equal(answer.status, 400, `${path} ${query}`);
			judge('GET', path, answer);
		}
});

// Somebody else's ------------------------------------------------------------

// The answer without what differs from one request to the next.
function bare(answer) {
	const id = answer.headers['x-request-id'];
	const { date, ...headers } = answer.headers;
	assert.ok(id && date !== '');
	return JSON.stringify([answer.status, headers, answer.body])
		.replaceAll(id, 'ID');
}

test('somebody else\'s call and one that does not exist are one answer',
	async () => {
		const missing = bare(await ask(`/api/calls/${randomUUID()}`));
		assert.match(missing, /^\[404,/);
		for (const id of [B.row.id, B.row.id.toUpperCase(),
			...idsOf((await page('?limit=5', B)).data)])
			assert.equal(bare(await ask(`/api/calls/${id}`)), missing, id);
		for (const id of ['0', '1', '-1', '9223372036854775807',
			'9223372036854775808', '-9223372036854775809', 'x', 'null',
			'undefined', 'user_b', B.row.vapi_call_id + 'x',
			B.row.twilio_call_sid, B.row.id.replaceAll('-', ''),
			`${B.row.id}x`, B.row.id.slice(1), 'x'.repeat(3000),
			`${A.row.id}'--`, `${A.row.id};`])
			assert.equal(bare(await ask(`/api/calls/${id}`)), missing, id);
		assert.equal((await ask(`/api/calls/${A.row.id}`)).status, 200);
		assert.equal(bare(await ask(`/api/calls/${A.row.id}`, { as: B })),
			missing);
	});

test('they take one time', async () => {
	const took = { there: [], missing: [] };
	const middle = (list) => list.sort((a, b) => a - b)[list.length >> 1];
	for (let i = 0; i < 150; i++) {
		took.there.push((await ask(`/api/calls/${B.row.id}`)).ms);
		took.missing.push((await ask(`/api/calls/${randomUUID()}`)).ms);
	}
	const apart = Math.abs(middle(took.there) - middle(took.missing));
	assert.ok(apart < 1 + middle(took.missing) / 2, `${apart} ms`);
});

test('a method that is none of a call\'s is refused alike for all', async () => {
	for (const method of ['POST', 'PUT', 'DELETE']) {
		const answers = [];
		for (const id of [A.row.id, B.row.id, randomUUID()])
			answers.push(bare(await ask(`/api/calls/${id}`, { method,
				body: '{"user_id":"user_b"}' })));
		assert.match(answers[0], /^\[405,/);
		assert.equal(new Set(answers).size, 1, method);
	}
});

test('who one claims to be elsewhere is not looked at', async () => {
	const paths = ['/api/me', '/api/calls', `/api/calls/${A.row.id}`];
	for (const path of paths) {
		const plain = bare(await ask(path));
		for (const query of ['user_id=user_b', 'sub=user_b',
			'tenant=user_b', 'user_id%5B%5D=user_b',
			`token=${B.token.slice(0, 99)}`])
			assert.equal(bare(await ask(`${path}?${query}`)), plain, query);
		for (const headers of [{ 'X-User-Id': B.user }, { User_id: B.user },
			{ 'X-Remote-User': B.user }, { Remote_User: B.user },
			{ 'X-Forwarded-User': B.user }, { 'X-Tenant': B.user },
			{ Cookie: `user_id=user_b; __session=${B.token}` },
			{ 'X-Authorization': `Bearer ${B.token}` },
			{ 'Proxy-Authorization': `Bearer ${B.token}` },
			{ 'X-Original-URL': `/api/calls/${B.row.id}` },
			{ 'X-HTTP-Method-Override': 'DELETE' },
			{ 'X-Vapi-Secret': world.settings().VAPI_WEBHOOK_SECRET }])
			assert.equal(bare(await ask(path, { headers })), plain,
				Object.keys(headers)[0]);
		const bodied = await ask(path, { body: '{"user_id":"user_b"}',
			headers: { 'Content-Type': 'application/json' } });
		// A web server may refuse the body of a GET.
		if (bodied.status !== 400)
			assert.equal(bare(bodied), plain, 'a body');
	}
});

test('two tenants in one request are nobody', async () => {
	for (const both of [[A.token, B.token], [B.token, A.token],
		[A.token, A.token]]) {
		const answer = await ask('/api/me', { headers: {
			Authorization: both.map((token) => `Bearer ${token}`) } });
		assert.ok(answer.status === 400 || answer.status === 401,
			`${answer.status}`);
	}
});

test('the name of somebody else\'s call in a cursor shows mine', async () => {
	const theirs = await page('?limit=100', B);
	const mine = new Set(await stored());
	for (const { id, created_at: at } of theirs.data) {
		const time = new Date(at).toISOString();
		for (const other of [id, randomUUID()]) {
			const got = await page('?limit=100&cursor=' +
				encodeURIComponent(`${time}_${other}`));
			assert.ok(got.data.every((row) => mine.has(row.id)));
			assert.equal(got.data.length, (await stored(
				'(created_at, id) < ($1, $2)', [time, other])).length);
		}
	}
	assert.equal(theirs.data.length, 10);
});

test('who acts as the user reads', async () => {
	const as = { token: makeToken(pair, claims({ iss: 'callward-trial',
		act: { sub: 'user_z' } }), HEADER), user: A.user };
	assert.equal(JSON.parse((await ask('/api/me', { as })).body).user_id,
		A.user);
	assert.equal((await ask(`/api/calls/${A.row.id}`, { as })).status, 200);
	assert.equal((await ask(`/api/calls/${B.row.id}`, { as })).status, 404);
});

test('many of both at once get their own', async () => {
	const wanted = new Map([[A, idsOf((await page('', A)).data)],
		[B, idsOf((await page('', B)).data)]]);
	// Fewer of each than one clinic may have in hand.
	await Promise.all(Array.from({ length: 32 }, async (_, i) => {
		const as = i % 2 === 0 ? A : B;
		for (let n = 0; n < 4; n++)
			assert.deepEqual(idsOf((await page('', as)).data),
				wanted.get(as));
	}));
});

// The database ---------------------------------------------------------------

test('a database that was started again meanwhile costs no write', async () => {
	const write = () => ask(`/api/calls/${A.row.id}`, { method: 'PATCH',
		headers: { 'Content-Type': 'application/json' },
		body: '{"follow_up_note":null}' });
	const writes = () => Promise.all(Array.from({ length: 4 }, write));
	await writes();
	await cluster.stop();
	await cluster.start();
	for (const answer of await writes())
		assert.equal(answer.status, 200);
});

test('without the database it is 503, and later well again', async () => {
	await cluster.stop();
	for (const path of ['/api/me', '/api/calls', `/api/calls/${A.row.id}`,
		`/api/calls/${B.row.id}`]) {
		const answer = await ask(path);
		assert.equal(answer.status, 503, path);
		assert.equal(answer.headers['content-type'],
			'application/problem+json');
	}
	assert.equal((await ask('/api/calls/x')).status, 404);
	assert.equal((await ask('/api/calls?limit=x')).status, 422);
	const nobody = await world.get('/api/me');
	assert.equal(nobody.status, 401, 'proof comes first');
	await cluster.start();
	await waitFor(async () => (await ask('/api/me')).status === 200,
		{ what: 'recovery' });
	assert.deepEqual(idsOf(await walk('limit=60')), await stored());
});

// All that was answered ------------------------------------------------------

test('nothing is to be kept by anybody on the way', () => {
	const kept = had.filter((answer) => answer.headers['x-request-id'] &&
		answer.headers['cache-control'] !== 'private, no-store');
	assert.deepEqual(kept.map((answer) => answer.path), []);
	assert.ok(had.length > 700, `${had.length} answers`);
});

test('no answer has a seal, a recording\'s address or the other\'s words',
	() => {
		for (const { as, body, path } of had) {
			assert.doesNotMatch(body,
				/"metadata"|"seal"|v1\.k1\.|recording_url|storage\.example/,
				path);
			const other = as.user === A.user ? B : A;
			for (const text of [`${other.user} alone`, other.number,
				other.row.vapi_call_id, other.row.twilio_call_sid])
				assert.ok(!body.includes(text), `${path}: ${text}`);
		}
	});

test('no error has anything of the database in it', () => {
	const errors = had.filter((answer) => answer.status >= 400);
	assert.ok(errors.length > 100);
	for (const { body, path } of errors)
		assert.doesNotMatch(body, /sql|select|relation|constraint|syntax|pg_|postgres|tenant_|timestamp|socket/i,
			path);
});

closing(world);
