// Clinics that share a line, a random life, and a model of it: whatever comes
// in whatever order, the database holds what the model holds, and nobody sees
// a row of another's. MODEL_SEED plays a run again, MODEL_OPERATIONS makes it
// longer.
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { Model, randomFrom } from './lib/model.js';
import { run } from './lib/process.js';
import { commonKey, pem } from './lib/token.js';
import { encodeForm, formHeaders, newCallSid, sign } from './lib/twilio.js';
import { hang, report, sealOf, statusUpdate } from './lib/vapi.js';
import { A, B, LINE, build, openWorld } from './lib/world.js';

const OPERATIONS = Number(process.env.MODEL_OPERATIONS ?? 3000);
const SEED = Number(process.env.MODEL_SEED ?? randomInt(2 ** 31));
// Without a wish for a number there is a limit to the time.
const UNTIL = process.env.MODEL_OPERATIONS === undefined ?
	Date.now() + 40000 : Infinity;
const LEAST = Math.min(OPERATIONS, 300);
const COMPARED_EVERY = 1000;
const CLAIMS_MOST = 1000;	// rows of a clinic in phone_numbers

const pair = commonKey();
const world = await openWorld({ settings: { CLERK_ISSUER: 'callward-trial',
	CLERK_TENANT: 'either',
	CLERK_JWT_KEY: pem(pair).trim().replaceAll('\n', ' ') } });
const { cluster } = world;
const random = randomFrom(SEED);
const model = new Model();
const users = [A.user, B.user, 'user_c', 'org_m'];
// Ids of tokens: the clinics' own, and one that leads to a clinic by a link.
const logins = [...users, 'org_l'];
const links = new Map();	// login -> clinic
const numbers = [A.number, B.number, '+15554440001', '+15554440002',
	'+15554440003'];
const answers = new Map();	// CallSid -> {from, body}
const tokens = new Map();
let words = 0;

const operator = world.writeSettings('token', {
	DATABASE_OWNER_URL: cluster.url('callward_operator'),
	TOKEN_KEY: pair.privateKey.export({ type: 'pkcs8', format: 'der' })
		.toString('base64') });
const makeToken = async (...args) => (await run(join(build, 'callward'),
	['-c', operator, 'token', ...args])).stdout.trim();
// One person works for both organizations, as one's owner or at its desk.
for (const login of logins)
	for (const role of login.startsWith('org_') ? ['owner', 'desk'] : ['owner'])
		tokens.set(`${login} ${role}`, await makeToken(...role === 'owner' &&
			!login.startsWith('org_') ? ['--user', login] : ['--user',
			'user_p', '--org', login, '--role', role]));
for (const { id, user_id: user, phone_number: number, status }
	of await cluster.query('select * from public.phone_numbers'))
	model.claims.set(id, { user, number, status });

// One transaction of a tenant's own that stays.
async function tenantDoes(user, text, params) {
	const client = await cluster.pool('callward_tenant', 'callward')
		.connect();
	try {
		await client.query('begin');
		await client.query('select set_config(\'request.jwt.claims\', $1, ' +
			'true)', [JSON.stringify({ sub: user, callward_role: 'owner' })]);
		const done = await client.query(text, params);
		await client.query('commit');
		return done;
	} catch (error) {
		await client.query('rollback');
		throw error;
	} finally {
		client.release();
	}
}

// Whom a login acts for; null: for nobody.
const clinicOf = (login) => links.get(login) ??
	([...links.values()].includes(login) ? null : login);
// A login of this clinic, if it has one.
const loginOf = (user) => logins.find((one) => clinicOf(one) === user);

async function ask(user, path, { role = 'owner', login = loginOf(user),
	...more } = {}) {
	const answer = await world.get(path, { ...more, headers: {
		'Content-Type': 'application/json',
		Authorization: `Bearer ${tokens.get(`${login} ${role}`)}` } });
	return { status: answer.status, json: JSON.parse(answer.body),
		text: answer.body };
}

// The calls of late more often than others.
function anyCall() {
	const all = [...model.calls.values()];
	return random.pick(random.chance(0.8) ? all.slice(-12) : all);
}

// What is done ----------------------------------------------------------------

async function arrive() {
	const from = random.pick(numbers);
	const holder = model.holder(from);
	const answer = await world.arrive({ from });
	const row = await world.row(answer.callSid);
	answers.set(answer.callSid, { from, body: answer.body });
	assert.equal(answer.status, 200);
	assert.equal(answer.verb, holder === null ? 'Reject' : 'Connect');
	assert.equal(row?.user_id, holder?.user);
	if (holder === null) {
		model.rejected++;
		return;
	}
	assert.equal(row.phone_number_id, holder.id);
	assert.equal(row.metadata.user_id, holder.user);
	model.addCall({ id: row.id, user: holder.user, claim: holder.id, from,
		sid: answer.callSid, vapiId: row.vapi_call_id });
}

async function arriveAgain() {
	const [sid, first] = random.pick([...answers]);
	const forged = random.chance(0.2);
	const from = forged ? random.pick(numbers.filter((n) =>
		n !== first.from)) : first.from;
	const answer = await world.arrive({ from, callSid: sid });
	assert.equal(answer.status, 200);
	if (forged) {
		assert.equal(answer.verb, 'Reject');
		model.rejected++;
	} else
		assert.equal(answer.body, first.body);
}

const sealed = (metadata) => ({ ...metadata,
	seal: sealOf(world.key, metadata) });

const metadataOf = (call) => sealed({ user_id: call.user, assistant_id: null,
	phone_number_id: call.claim, caller_phone_number: call.from,
	assistant_phone_number: LINE, call_id: call.id });

// What comes with a message, and what it vouches for.
function proofs(call, other) {
	const mine = { call: call.id, user: call.user, claim: call.claim,
		from: call.from };
	const stranger = random.pick(users.filter((u) => u !== call.user));
	// An owner and a number that fit each other, and not the call.
	const theirs = { user: stranger,
		claim: model.claimsOf(stranger)[0]?.id ?? null };
	const fresh = { id: randomUUID(), user: random.pick(users),
		claim: random.pick([...model.claims.keys()]), from: call.from };
	return [
		[8, () => [metadataOf(call), call.vapiId, mine]],
		[3, () => [undefined, call.vapiId, null]],
		[1, () => [undefined, randomUUID(), null]],
		[1, () => [{ ...metadataOf(call), user_id: stranger }, call.vapiId,
			'bad']],
		[1, () => [{ ...metadataOf(call), seal: undefined }, call.vapiId,
			'bad']],
		[1, () => [{ ...metadataOf(other), seal: metadataOf(call).seal,
			caller_phone_number: '+15550009999' }, call.vapiId, 'bad']],
		// Genuine seals in the wrong place, or of an owner who is none.
		[2, () => [metadataOf(call), other.vapiId, mine]],
		[1, () => [metadataOf(call), randomUUID(), mine]],
		[2, () => [metadataOf({ ...call, user: stranger }), call.vapiId,
			{ ...mine, user: stranger }]],
		[1, () => [metadataOf({ ...call, ...theirs }), randomUUID(),
			{ ...mine, ...theirs }]],
		[2, () => [metadataOf(fresh), randomUUID(), { call: fresh.id,
			user: fresh.user, claim: fresh.claim, from: fresh.from }]],
		[1, () => [metadataOf(fresh), call.vapiId, { call: fresh.id,
			user: fresh.user, claim: fresh.claim, from: fresh.from }]],
	];
}

function weighted(list) {
	let left = random.below(list.reduce((sum, [weight]) => sum + weight, 0));
	for (const [weight, what] of list)
		if ((left -= weight) < 0)
			return what;
	throw new Error('no weights');
}

const REASONS = { 'customer-ended-call': 'completed',
	'customer-busy': 'busy', 'customer-did-not-answer': 'no-answer',
	'assistant-not-found': 'failed' };

// A message, and what it says to the model.
function saying(about) {
	const reason = random.pick(Object.keys(REASONS));
	const status = random.pick(['ringing', 'in-progress', 'forwarding']);
	return weighted([
		[4, () => [statusUpdate(status, about), { status }]],
		[2, () => [statusUpdate('ended', { ...about, endedReason: reason }),
			{ status: REASONS[reason], reason }]],
		[1, () => [hang(about), {}]],
		[4, () => {
			const said = random.chance(0.2) ? 'again' : `words ${++words}`;
			return [report({ ...about, endedReason: reason,
				artifact: { transcript: said } }),
			{ report: true, status: REASONS[reason], reason, words: said }];
		}],
	])();
}

async function vapiSays() {
	if (model.calls.size < 2)
		return arrive();
	const call = anyCall();
	const [metadata, id, seal] = weighted(proofs(call, anyCall()))();
	const [body, said] = saying({ id, metadata });
	const answer = await world.callback(body);
	assert.equal(answer.status, 200);
	model.message({ vapiId: id, seal, ...said });
}

async function twilioSays() {
	if (model.calls.size === 0)
		return arrive();
	const call = anyCall();
	const known = call.sid !== null && random.chance(0.8);
	const sid = known ? call.sid : newCallSid();
	const from = random.chance(0.8) ? call.from : random.pick(numbers);
	const status = random.pick(['ringing', 'in-progress', 'completed',
		'busy', 'no-answer', 'failed', 'canceled']);
	const path = '/api/webhooks/twilio/status';
	const form = { AccountSid: world.settings().TWILIO_AUTH_TOKEN
		.split(':')[0], CallSid: sid, From: from, To: LINE,
	CallStatus: status };
	const answer = await send({ port: world.port, method: 'POST', path,
		headers: formHeaders(sign(world.publicUrl + path, form)),
		body: encodeForm(form) });
	assert.equal(answer.status, 204);
	model.twilioStatus({ sid, from, status });
}

async function changeHands() {
	const number = random.pick(numbers);
	const holder = model.holder(number);
	if (holder !== null) {
		await cluster.query('update public.phone_numbers set status = ' +
			'\'released\' where id = $1', [holder.id]);
		model.claims.get(holder.id).status = 'released';
		if (random.chance(0.2))
			return;
	}
	const user = random.pick(users.filter((u) => u !== holder?.user));
	const [{ id }] = await cluster.query('insert into public.phone_numbers ' +
		'(user_id, phone_number, status, vapi_assistant_id) values ' +
		'($1, $2, \'active\', $3) returning id', [user, number, A.vapiId]);
	model.claims.set(id, { user, number, status: 'active' });
}

// The operator may have given it more.
const hasRoom = (user) => model.claimsOf(user).length < CLAIMS_MOST;

async function claim() {
	const [user, number] = [random.pick(users), random.pick(numbers)];
	const added = tenantDoes(user, 'insert into public.phone_numbers ' +
		'(phone_number) values ($1) returning id, status', [number]);
	if (!hasRoom(user)) {
		await assert.rejects(added, /1000 rows are the most there can be/);
		return;
	}
	const { rows: [{ id, status }] } = await added;
	assert.equal(status, 'pending');
	model.claims.set(id, { user, number, status });
}

// A tenant deletes a number's row of its own, or tries with another's.
async function deleteClaim() {
	const idle = [...model.claims].filter(([, c]) => c.status !== 'active');
	if (idle.length === 0)
		return claim();
	const [id, { user }] = random.pick(idle);
	const who = random.chance(0.7) ? user : random.pick(users);
	const { rowCount } = await tenantDoes(who, 'delete from ' +
		'public.phone_numbers where id = $1', [id]);
	assert.equal(rowCount, who === user ? 1 : 0);
	if (who === user)
		model.drop(id);
	return undefined;
}

async function readList() {
	const user = random.pick(users);
	const limit = 1 + random.below(100);
	const { status, json } = await ask(user, `/api/calls?limit=${limit}`);
	assert.equal(status, 200);
	assert.deepEqual(json.data.map((c) => [c.id, c.status, c.vapi_call_id]),
		model.callsOf(user).slice(-limit).reverse()
			.map((c) => [c.id, c.status, c.vapiId]));
	const me = await ask(user, '/api/me');
	assert.equal(me.json.user_id, user);
	assert.equal(me.json.phone_numbers, model.claimsOf(user)
		.filter((c) => c.status !== 'released').length);
}

async function readOne() {
	if (model.calls.size === 0)
		return arrive();
	const call = anyCall();
	const user = random.pick(users);
	const { status, json, text } = await ask(user, `/api/calls/${call.id}`);
	if (user === call.user) {
		assert.equal(status, 200);
		assert.deepEqual([json.status, json.ended_reason, json.transcript,
			json.twilio_call_sid, json.phone_number_id,
			json.revisions.length], [call.status, call.reason, call.words,
			call.sid, call.claim, call.revisions.length]);
		return undefined;
	}
	const none = await ask(user, `/api/calls/${randomUUID()}`);
	assert.equal(status, 404);
	assert.equal(text.replace(json.request_id, ''),
		none.text.replace(none.json.request_id, ''));
	return undefined;
}

// The operator lets an organization lead to a clinic, or no longer.
async function link() {
	const linked = links.get('org_l');
	if (linked === undefined) {
		const user = random.pick(users.filter((one) => one !== 'org_m'));
		await world.command('tenant', 'link', '--user', user, '--org',
			'org_l');
		links.set('org_l', user);
	} else {
		await world.command('tenant', 'unlink', '--org', 'org_l');
		links.delete('org_l');
	}
}

// Whoever asks sees the clinic that their login leads to, and no other.
async function readAs() {
	const [seat] = random.pick([...tokens]);
	const [login, role] = seat.split(' ');
	const user = clinicOf(login);
	const { status, json } = await ask(user, '/api/calls?limit=100',
		{ login, role });
	if (user === null) {
		assert.deepEqual([status, json.code], [403, 'no_clinic']);
		return;
	}
	assert.deepEqual(json.data.map((c) => c.id), model.callsOf(user)
		.slice(-100).reverse().map((c) => c.id));
	const me = await ask(user, '/api/me', { login, role });
	assert.deepEqual([me.json.user_id, me.json.role], [user, role]);
}

// The owner adds a number, the front desk does not.
async function claimAs() {
	const [seat] = random.pick([...tokens]);
	const [login, role] = seat.split(' ');
	const user = clinicOf(login);
	// What it had of its own could not be linked any more.
	if (user === 'org_l')
		return;
	const number = `+1555666${1000 + random.below(9000)}`;
	const { status, json } = await ask(user, '/api/phone-numbers', { login,
		role, method: 'POST', body: JSON.stringify({ phone_number: number }) });
	if (role === 'desk')
		assert.deepEqual([status, json.code], [403, 'owner_only']);
	else if (user === null)
		assert.deepEqual([status, json.code], [403, 'no_clinic']);
	else if (status !== 409 && status !== 422) {
		assert.equal(status, 201);
		model.claims.set(json.id, { user, number, status: 'pending' });
	}
}

// The whole database beside the whole model.
async function compare() {
	const seen = [];
	for (const user of users) {
		const rows = await cluster.asTenant(user, 'select id, user_id, ' +
			'status, ended_reason, transcript, coalesce(vapi_call_id, ' +
			'(select s.vapi_call_id from callward.tenant_sessions(' +
			'array[id]) s)) as vapi_call_id, ' +
			'twilio_call_sid, phone_number_id, jsonb_array_length(revisions)' +
			' as revisions, report_at is not null as reported ' +
			'from public.calls order by created_at, id');
		assert.deepEqual(rows.filter((r) => r.user_id !== user), []);
		assert.deepEqual(rows.map((r) => [r.id, r.status, r.ended_reason,
			r.transcript, r.vapi_call_id, r.twilio_call_sid,
			r.phone_number_id, r.revisions, r.reported]),
		model.callsOf(user).map((c) => [c.id, c.status, c.reason, c.words,
			c.vapiId, c.sid, c.claim, c.revisions.length, c.reported]));
		seen.push(rows.length);
		const claims = await cluster.asTenant(user, 'select id, ' +
			'phone_number, status from public.phone_numbers order by id');
		assert.deepEqual(claims.map((r) => [r.id, r.phone_number, r.status]),
			model.claimsOf(user).map((c) => [c.id, c.number, c.status])
				.sort(([a], [b]) => (a < b ? -1 : 1)));
	}
	const [all] = await cluster.query('select count(*) as calls, ' +
		'(select count(*) from callward.webhook_events where verdict = ' +
		'\'quarantined\') as quarantined, (select count(*) from ' +
		'callward.webhook_events where verdict = \'rejected\') as rejected ' +
		'from public.calls');
	assert.deepEqual(all, { calls: seen.reduce((a, b) => a + b),
		quarantined: model.quarantined, rejected: model.rejected });
}

const deeds = [[30, arrive], [5, arriveAgain], [40, vapiSays],
	[8, twilioSays], [4, changeHands], [2, claim], [2, deleteClaim],
	[6, readList], [6, readOne], [6, readAs], [3, claimAs], [1, link]];

test('D23 the database and the model agree after every deed', async (t) => {
	const done = new Map();
	let n = 0;
	t.diagnostic(`MODEL_SEED=${SEED}`);
	await arrive();
	for (; n < OPERATIONS && (Date.now() < UNTIL || n < LEAST ||
		done.size < deeds.length); n++) {
		const deed = weighted(deeds);
		try {
			await deed();
			if (n % COMPARED_EVERY === COMPARED_EVERY - 1)
				await compare();
		} catch (error) {
			error.message += ` (MODEL_SEED=${SEED}, deed ${n}: ` +
				`${deed.name})`;
			throw error;
		}
		done.set(deed.name, (done.get(deed.name) ?? 0) + 1);
	}
	await compare();
	t.diagnostic(`${n} operations: ${[...done].map(([name, times]) =>
		`${name} ${times}`).join(', ')}; ${model.calls.size} calls, ` +
		`${model.quarantined} quarantined, ${model.rejected} rejected, ` +
		'0 foreign rows');
	assert.ok(n >= LEAST, `only ${n} operations`);
	assert.ok(model.quarantined > 0 && model.rejected > 0);
	assert.equal(done.size, deeds.length, 'every deed was done');
});

closing(world);
