// Each route of fcgi/route.c in five ways: a good request, a bad proof, a
// tenant who is not the owner, a request that is too large, and while the
// database is away. tests/guards/routes reads the names, [route:case].
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { tenantKey, tenantSettings, Threats } from './lib/threats.js';
import { claims, makeToken, newKey } from './lib/token.js';
import { callForm, encodeForm, formHeaders, sign, verbOf }
	from './lib/twilio.js';
import { report } from './lib/vapi.js';
import { A, B, LINE, TWILIO_PATH, openWorld } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings });
const threats = new Threats(world);
const STATUS_PATH = `${TWILIO_PATH}/status`;
const KIB64 = 64 * 1024;
const MIB16 = 16 * 1024 * 1024;

// A call of each, with its session.
const [rowA, rowB] = [await world.connected(A), await world.connected(B)];

const bearer = (user, key = tenantKey) => ({ headers: {
	Authorization: `Bearer ${makeToken(key, claims({ sub: user }))}` } });
const asA = () => bearer(A.user);
const get = (path, more) => world.get(path, more);
const json = (answer) => JSON.parse(answer.body);

const about = (tenant, more = {}) => callForm({ from: tenant.number,
	to: LINE, ...more });
function postForm(path, form, signature = sign(world.publicUrl + path, form)) {
	return send({ port: world.port, method: 'POST', path,
		headers: formHeaders(signature), body: encodeForm(form) });
}
function getForm(form, key, to = TWILIO_PATH) {
	const path = `${to}?${encodeForm(form)}`;
	return get(path, { headers: { 'X-Twilio-Signature':
		sign(world.publicUrl + path, {}, key) } });
}
const ended = (row, from = A) => ({ ...about(from), CallStatus: 'completed',
	CallSid: row.twilio_call_sid, CallbackSource: 'call-progress-events',
	SequenceNumber: '3', Timestamp: 'Thu, 01 Jan 2026 00:00:00 +0000' });
const reportOf = (row, sealed = row) => report({ id: row.vapi_call_id,
	metadata: sealed.metadata });

async function refuses(attempt, status) {
	await threats.withoutTrace(async () => {
		const answer = await attempt();
		assert.ok([status].flat().includes(answer.status),
			`${answer.status}`);
		assert.doesNotMatch(answer.body, /user_a|user_b|callward_/);
	});
}

const same = async (row) => assert.deepEqual(
	await world.row(row.twilio_call_sid), row);

test('[twilio:good] a signed call gets its assistant', async () => {
	const answer = await postForm(TWILIO_PATH, about(A));
	assert.equal(answer.status, 200);
	assert.equal(verbOf(answer.body), 'Connect');
});

test('[twilio:proof] a wrong signature is refused', () => refuses(
	() => postForm(TWILIO_PATH, about(A), 'x'.repeat(28)), 403));

test('[twilio:tenant] a call is filed under its number\'s owner alone',
	async () => {
		const form = about(B);
		await postForm(TWILIO_PATH, form);
		const row = await world.row(form.CallSid);
		assert.equal(row.user_id, B.user);
		assert.equal((await get(`/api/calls/${row.id}`, asA())).status, 404);
	});

test('[twilio:large] a form over 64 KiB is refused', () => refuses(
	() => postForm(TWILIO_PATH, about(A, { X: 'x'.repeat(KIB64) })), 413));

test('[twilio-get:good] the same by GET', async () => {
	const answer = await getForm(about(A));
	assert.equal(answer.status, 200);
	assert.equal(verbOf(answer.body), 'Connect');
});

test('[twilio-get:proof] a wrong signature is refused', () => refuses(
	() => getForm(about(A), 'x'), 403));

test('[twilio-get:tenant] a call is filed under its number\'s owner alone',
	async () => {
		const form = about(B);
		await getForm(form);
		assert.equal((await world.row(form.CallSid)).user_id, B.user);
	});

test('[twilio-get:large] an address past all measure is refused',
	() => refuses(() => getForm(about(A, { X: 'x'.repeat(KIB64) })),
		[400, 414, 431]));

test('[twilio-status:proof] a wrong signature is refused', () => refuses(
	() => postForm(STATUS_PATH, ended(rowA), 'x'.repeat(28)), 403));

test('[twilio-status:tenant] another\'s number does not end a call',
	async () => {
		assert.equal((await postForm(STATUS_PATH, ended(rowA, B))).status,
			204);
		await same(rowA);
	});

test('[twilio-status:large] a form over 64 KiB is refused', () => refuses(
	() => postForm(STATUS_PATH, { ...ended(rowA), X: 'x'.repeat(KIB64) }),
	413));

test('[twilio-status:good] a call that ended is closed', async () => {
	await world.plan({ create_failure: 'no-twiml' });
	const form = about(A);
	await postForm(TWILIO_PATH, form);
	await world.plan();
	const answer = await postForm(STATUS_PATH,
		ended({ twilio_call_sid: form.CallSid }));
	assert.equal(answer.status, 204);
	assert.equal((await world.row(form.CallSid)).status, 'failed');
});

test('[twilio-status-get:good] the same by GET', async () => {
	await world.plan({ create_failure: 'no-twiml' });
	const form = about(A);
	await postForm(TWILIO_PATH, form);
	await world.plan();
	const answer = await getForm(ended({ twilio_call_sid: form.CallSid }),
		undefined, STATUS_PATH);
	assert.equal(answer.status, 204);
	assert.equal((await world.row(form.CallSid)).status, 'failed');
});

test('[twilio-status-get:proof] a wrong signature is refused', () => refuses(
	() => getForm(ended(rowA), 'x', STATUS_PATH), 403));

test('[twilio-status-get:tenant] another\'s number does not end a call',
	async () => {
		assert.equal((await getForm(ended(rowA, B), undefined, STATUS_PATH))
			.status, 204);
		await same(rowA);
	});

test('[twilio-status-get:large] an address past all measure is refused',
	() => refuses(() => getForm({ ...ended(rowA), X: 'x'.repeat(KIB64) },
		undefined, STATUS_PATH), [400, 414, 431]));

test('[vapi:proof] a wrong secret is refused', () => refuses(
	() => world.callback(reportOf(rowA),
		{ headers: { 'X-Vapi-Secret': 'wrong' } }), 401));

test('[vapi:tenant] a seal of one clinic opens no other\'s call',
	async () => {
		assert.equal((await world.callback(reportOf(rowB, rowA))).status,
			200);
		await same(rowA);
		await same(rowB);
	});

test('[vapi:large] a message over 16 MiB is refused', () => refuses(
	() => world.callback(Buffer.alloc(MIB16 + 1, 'x')), 413));

test('[vapi:good] a report is stored', async () => {
	assert.equal((await world.callback(reportOf(rowA))).status, 200);
	assert.equal((await world.row(rowA.twilio_call_sid)).status,
		'completed');
});

test('[me:good] a clinic learns who it is', async () => {
	const answer = await get('/api/me', asA());
	assert.equal(answer.status, 200);
	assert.match(answer.body, /user_a/);
});

test('[me:proof] a token of somebody else\'s key is refused',
	() => refuses(() => get('/api/me', bearer(A.user, newKey())), 401));

test('[me:tenant] and never another clinic', async () => {
	const answer = await get('/api/me?user_id=user_a', bearer(B.user));
	assert.equal(answer.status, 200);
	assert.doesNotMatch(answer.body, /user_a/);
});

test('[calls:good] a clinic lists its calls', async () => {
	const answer = await get('/api/calls?limit=100', asA());
	assert.equal(answer.status, 200);
	assert.ok(json(answer).data.some((call) => call.id === rowA.id));
});

test('[calls:proof] a token of somebody else\'s key is refused',
	() => refuses(() => get('/api/calls', bearer(A.user, newKey())), 401));

test('[calls:tenant] and no other\'s', async () => {
	const { data } = json(await get('/api/calls?limit=100', asA()));
	const owned = await world.cluster.query(
		'select id from public.calls where user_id = $1', [A.user]);
	assert.deepEqual(data.map((call) => call.id).sort(),
		owned.map((call) => call.id).sort());
});

test('[call:good] a clinic reads its call', async () => {
	const answer = await get(`/api/calls/${rowA.id}`, asA());
	assert.equal(answer.status, 200);
	assert.equal(json(answer).id, rowA.id);
});

test('[call:proof] a token of somebody else\'s key is refused',
	() => refuses(() => get(`/api/calls/${rowA.id}`,
		bearer(A.user, newKey())), 401));

test('[call:tenant] another\'s call is like one that is not there',
	async () => {
		const shape = ({ status, body }) => [status,
			{ ...JSON.parse(body), request_id: null }];
		const other = shape(await get(`/api/calls/${rowB.id}`, asA()));
		assert.equal(other[0], 404);
		assert.deepEqual(other, shape(await get('/api/calls/' +
			'00000000-0000-7000-8000-000000000000', asA())));
	});

test('[healthz:good] it lives', async () => {
	const answer = await get('/healthz');
	assert.equal(answer.status, 200);
	assert.deepEqual(json(answer), { status: 'ok' });
});

test('[readyz:good] it is ready', async () => {
	const answer = await get('/readyz');
	assert.equal(answer.status, 200);
	assert.equal(json(answer).database, 'ok');
});

test('[metrics:good] this machine reads the metrics', async () => {
	const answer = await world.metrics();
	assert.equal(answer.status, 200);
	assert.match(answer.body, /^callward_requests_total/m);
});

test('[metrics:proof] another machine does not', async () => {
	const port = await world.addServerBlock('REMOTE_ADDR "192.0.2.7"');
	await refuses(() => get('/metrics', { port }), 403);
});

test('then the database goes away', () => world.cluster.stop());

test('[twilio:database] a caller hears a sentence', async () => {
	const answer = await postForm(TWILIO_PATH, about(A));
	assert.equal(answer.status, 200);
	assert.equal(verbOf(answer.body), 'Say');
});

test('[twilio-get:database] by GET too', async () => {
	const answer = await getForm(about(A));
	assert.equal(answer.status, 200);
	assert.equal(verbOf(answer.body), 'Say');
});

for (const [name, ask] of [
	['[twilio-status:database] a status is not acknowledged',
		() => postForm(STATUS_PATH, ended(rowB, B))],
	['[twilio-status-get:database] by GET neither',
		() => getForm(ended(rowB, B), undefined, STATUS_PATH)],
	['[vapi:database] a message is not acknowledged',
		() => world.callback(reportOf(rowB))],
	['[me:database] who one is cannot be told',
		() => get('/api/me', asA())],
	['[calls:database] calls are away, not gone',
		() => get('/api/calls', asA())],
	['[call:database] a call is away, not absent',
		() => get(`/api/calls/${rowA.id}`, asA())],
	['[readyz:database] it is not ready', () => get('/readyz')],
])
	test(name, async () => {
		const answer = await ask();
		assert.equal(answer.status, 503);
		assert.match(answer.headers['content-type'],
			/^application\/(problem\+)?json/);
	});

test('[healthz:database] it lives all the same', async () =>
	assert.equal((await get('/healthz')).status, 200));

test('[metrics:database] metrics tell what was not served', async () => {
	const answer = await world.metrics();
	assert.equal(answer.status, 200);
	assert.match(answer.body,
		/^callward_requests_total\{route="calls",status="5xx"\} 1$/m);
});

closing(world);
