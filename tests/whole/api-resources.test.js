// Each route of what a clinic sets by itself, in five ways: a good request, a
// bad proof, somebody else's, one that is too large, and while the database is
// away. tests/guards/routes reads the names, [route:case].
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { tenantKey, tenantSettings, Threats } from './lib/threats.js';
import { claims, makeToken, newKey } from './lib/token.js';
import { A, B, openWorld } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings });
const threats = new Threats(world);
const KIB64 = 64 * 1024;

const otherKey = newKey();
function ask(method, path, body, { as = A, key = tenantKey } = {}) {
	return world.get(path, { method, headers: {
		Authorization: `Bearer ${makeToken(key, claims({ sub: as.user }))}`,
		...body === undefined ? {} : { 'Content-Type': 'application/json' } },
	body: typeof body === 'object' ? JSON.stringify(body) : body });
}
async function askJson(status, ...request) {
	const answer = await ask(...request);
	assert.equal(answer.status, status, answer.body);
	return status === 204 ? answer.body : JSON.parse(answer.body);
}

// The answer without what differs from one request to the next.
function bare({ status, body, headers }) {
	const { date, ...rest } = headers;
	assert.ok(date !== '');
	return JSON.stringify([status, rest, body])
		.replaceAll(headers['x-request-id'], 'ID');
}

// One resource each: where it is, a body to add the nth of it, and a change.
let made = 0;
for (const tenant of [A, B])
	tenant.assistant = (await askJson(200, 'GET', '/api/assistants',
		undefined, { as: tenant })).data[0].id;
const numbers = { path: '/api/phone-numbers', change: { label: 'Front' },
	body: (n) => ({ phone_number: `+1555300${1000 + n}` }) };
const assistants = { path: '/api/assistants', change: { greeting: 'Hi' },
	body: (n) => ({ name: `Voice ${n}` }) };
const hours = { path: '/api/working-hours', change: { reason: 'Holiday' },
	body: (n) => ({ specific_date: `20${10 + n}-01-01`, is_closed: true }) };
const intents = { path: '/api/intents', change: { description: 'Why' },
	body: (n) => ({ name: `Intent ${n}` }) };
const trials = { path: '/api/assistant-tests', change: { name: 'Other' },
	body: (n, { assistant }) => ({ assistant_id: assistant,
		name: `Test ${n}`, script: 'hello' }) };
const kinds = [numbers, assistants, hours, intents, trials];
const add = (kind, as = A) => askJson(201, 'POST', kind.path,
	kind.body(++made, as), { as });
for (const kind of kinds) {
	kind.mine = await add(kind);
	kind.theirs = await add(kind, B);
}
const at = (kind, { id }) => `${kind.path}/${id}`;
const mine = (kind) => at(kind, kind.mine);
const theirs = (kind) => at(kind, kind.theirs);
const list = async (kind, as = A) => (await askJson(200, 'GET', kind.path,
	undefined, { as })).data;

// What is asked of each route -------------------------------------------------

const lists = async (kind) => {
	const fresh = await add(kind);
	const rows = await list(kind);
	assert.deepEqual(rows.find((row) => row.id === fresh.id), fresh);
	assert.ok(rows.some((row) => row.id === kind.mine.id));
	await askJson(204, 'DELETE', at(kind, fresh));
};
const listsOwn = async (kind) => {
	const ids = (rows) => new Set(rows.map((row) => row.id));
	const [ours, others] = [ids(await list(kind)), ids(await list(kind, B))];
	assert.ok(ours.has(kind.mine.id) && others.has(kind.theirs.id));
	assert.ok([...ours].every((id) => !others.has(id)));
};
const adds = async (kind) => {
	const answer = await ask('POST', kind.path, kind.body(++made, A));
	assert.equal(answer.status, 201, answer.body);
	const object = JSON.parse(answer.body);
	assert.equal(answer.headers.location, at(kind, object));
	assert.equal(answer.headers['cache-control'], 'private, no-store');
	assert.deepEqual(await askJson(200, 'GET', answer.headers.location),
		object);
	await askJson(204, 'DELETE', at(kind, object));
};
// What is added is the token's; nobody else can be named.
const addsOwn = (kind) => threats.withoutTrace(async () => {
	for (const field of ['user_id', 'tenant', 'sub']) {
		const { errors } = await askJson(422, 'POST', kind.path,
			{ ...kind.body(++made, A), [field]: B.user });
		assert.deepEqual(errors, [{ field, code: 'unknown_field', params: {},
			message: 'is not a field of this' }]);
	}
});
const gets = async (kind) => {
	const object = await askJson(200, 'GET', mine(kind));
	assert.equal(object.id, kind.mine.id);
};
const changes = async (kind) => {
	const changed = await askJson(200, 'PATCH', mine(kind), kind.change);
	assert.deepEqual(changed, { ...kind.mine, ...kind.change,
		updated_at: changed.updated_at });
	assert.deepEqual(await askJson(200, 'GET', mine(kind)), changed);
	kind.mine = changed;
};
const removes = async (kind) => {
	const object = await add(kind);
	const answer = await ask('DELETE', at(kind, object));
	assert.equal(answer.status, 204);
	assert.equal(answer.body, '');
	assert.equal((await ask('GET', at(kind, object))).status, 404);
	assert.equal((await ask('DELETE', at(kind, object))).status, 404);
	assert.equal((await ask('PATCH', at(kind, object), kind.change)).status,
		404);
	assert.ok(!(await list(kind)).some((row) => row.id === object.id));
};
const replaces = async ({ path }) => {
	const before = await list(hours);
	const data = [{ day_of_week: 1, open_time: '09:00', close_time: '12:00' },
		{ day_of_week: 1, open_time: '13:00', close_time: '24:00' }];
	const answer = await askJson(200, 'PUT', path, { data });
	assert.deepEqual(answer.data.map((row) => [row.day_of_week,
		row.open_time, row.close_time]),
	data.map((row) => Object.values(row)));
	assert.deepEqual(answer, await askJson(200, 'GET', path));
	assert.ok(before.every((old) =>
		!answer.data.some((row) => row.id === old.id)));
	[hours.mine] = answer.data;
};
const replacesOwn = async ({ path }) => {
	const others = await list(hours, B);
	await askJson(200, 'PUT', path, { data: [hours.body(++made)] });
	[hours.mine] = await list(hours);
	assert.deepEqual(await list(hours, B), others);
	const { errors } = await askJson(422, 'PUT', path, { data: [
		{ ...hours.body(++made), phone_number_id: numbers.theirs.id }] });
	assert.deepEqual(errors, [{ field: 'data[0].phone_number_id',
		code: 'unknown_number', params: {}, message: 'is not one of your numbers' }]);
};

// Someone else's is like one that is not there, and stays as it is.
const likeNone = (method) => (kind) => threats.withoutTrace(async () => {
	const body = method === 'PATCH' ? kind.change : undefined;
	const other = bare(await ask(method, theirs(kind), body));
	assert.match(other, /^\[404,/);
	for (const id of [randomUUID(), 'x', '1'])
		assert.equal(bare(await ask(method, at(kind, { id }), body)), other);
});
const target = { GET: mine, PATCH: mine, DELETE: mine };
const refuses = (method, where) => (kind) => threats.withoutTrace(async () => {
	const path = (where ?? target[method])(kind);
	const body = ['POST', 'PATCH', 'PUT'].includes(method) ? {} : undefined;
	for (const key of [otherKey, null]) {
		const answer = key === null ?
			await world.get(path, { method, body: body && '{}', headers:
				body ? { 'Content-Type': 'application/json' } : {} }) :
			await ask(method, path, body, { key });
		assert.equal(answer.status, 401);
	}
});
const all = (kind) => kind.path;
const tooLarge = (method, where, most = KIB64) => (kind) =>
	threats.withoutTrace(async () => {
		const answer = await ask(method, where(kind),
			`{"name":"${'x'.repeat(most)}"}`);
		assert.equal(answer.status, 413);
	});
const away = (method, where) => async (kind) => {
	const body = { POST: kind.body(++made, A), PATCH: kind.change,
		PUT: { data: [] } }[method];
	const answer = await ask(method, where(kind), body);
	assert.equal(answer.status, 503, answer.body);
	assert.equal(answer.headers['content-type'], 'application/problem+json');
};

// The routes ------------------------------------------------------------------

for (const [name, check] of [
	['[phone-numbers:good] a clinic lists its phone numbers', lists],
	['[phone-numbers:proof] nobody lists them unproven', refuses('GET', all)],
	['[phone-numbers:tenant] and none of another', listsOwn],
	['[phone-number-add:good] it adds a number', adds],
	['[phone-number-add:proof] nobody adds one unproven', refuses('POST', all)],
	['[phone-number-add:tenant] nor one for another clinic', addsOwn],
	['[phone-number-add:large] nor one over 64 KiB', tooLarge('POST', all)],
	['[phone-number:good] one alone', gets],
	['[phone-number:proof] nobody reads it unproven', refuses('GET')],
	['[phone-number:tenant] theirs is like none', likeNone('GET')],
	['[phone-number-change:good] it changes what is named', changes],
	['[phone-number-change:proof] nobody does it unproven', refuses('PATCH')],
	['[phone-number-change:tenant] theirs is like none', likeNone('PATCH')],
	['[phone-number-change:large] nor by over 64 KiB', tooLarge('PATCH', mine)],
	['[phone-number-remove:good] it removes one', removes],
	['[phone-number-remove:proof] nobody does it unproven', refuses('DELETE')],
	['[phone-number-remove:tenant] theirs is like none', likeNone('DELETE')],
])
	test(name, () => check(numbers));

for (const [name, check] of [
	['[assistants:good] a clinic lists its assistants', lists],
	['[assistants:proof] nobody lists them unproven', refuses('GET', all)],
	['[assistants:tenant] and none of another', listsOwn],
	['[assistant-add:good] it adds an assistant', adds],
	['[assistant-add:proof] nobody adds one unproven', refuses('POST', all)],
	['[assistant-add:tenant] nor one for another clinic', addsOwn],
	['[assistant-add:large] nor one over 64 KiB', tooLarge('POST', all)],
	['[assistant:good] one alone', gets],
	['[assistant:proof] nobody reads it unproven', refuses('GET')],
	['[assistant:tenant] theirs is like none', likeNone('GET')],
	['[assistant-change:good] it changes what is named', changes],
	['[assistant-change:proof] nobody does it unproven', refuses('PATCH')],
	['[assistant-change:tenant] theirs is like none', likeNone('PATCH')],
	['[assistant-change:large] nor by over 64 KiB', tooLarge('PATCH', mine)],
	['[assistant-remove:good] it removes one', removes],
	['[assistant-remove:proof] nobody does it unproven', refuses('DELETE')],
	['[assistant-remove:tenant] theirs is like none', likeNone('DELETE')],
])
	test(name, () => check(assistants));

for (const [name, check] of [
	['[hours:good] a clinic lists its hours', lists],
	['[hours:proof] nobody lists them unproven', refuses('GET', all)],
	['[hours:tenant] and none of another', listsOwn],
	['[hours-row-add:good] it adds a row of hours', adds],
	['[hours-row-add:proof] nobody adds one unproven', refuses('POST', all)],
	['[hours-row-add:tenant] nor one for another clinic', addsOwn],
	['[hours-row-add:large] nor one over 64 KiB', tooLarge('POST', all)],
	['[hours-replace:good] all rows are replaced at once', replaces],
	['[hours-replace:proof] nobody does that unproven', refuses('PUT', all)],
	['[hours-replace:tenant] nor to those of another clinic', replacesOwn],
	['[hours-replace:large] nor a larger set', tooLarge('PUT', all, 4 * KIB64)],
	['[hours-row:good] one alone', gets],
	['[hours-row:proof] nobody reads it unproven', refuses('GET')],
	['[hours-row:tenant] theirs is like none', likeNone('GET')],
	['[hours-row-change:good] it changes what is named', changes],
	['[hours-row-change:proof] nobody does it unproven', refuses('PATCH')],
	['[hours-row-change:tenant] theirs is like none', likeNone('PATCH')],
	['[hours-row-change:large] nor by over 64 KiB', tooLarge('PATCH', mine)],
	['[hours-row-remove:good] it removes one', removes],
	['[hours-row-remove:proof] nobody does it unproven', refuses('DELETE')],
	['[hours-row-remove:tenant] theirs is like none', likeNone('DELETE')],
])
	test(name, () => check(hours));

for (const [name, check] of [
	['[intents:good] a clinic lists its intents', lists],
	['[intents:proof] nobody lists them unproven', refuses('GET', all)],
	['[intents:tenant] and none of another', listsOwn],
	['[intent-add:good] it adds an intent', adds],
	['[intent-add:proof] nobody adds one unproven', refuses('POST', all)],
	['[intent-add:tenant] nor one for another clinic', addsOwn],
	['[intent-add:large] nor one over 64 KiB', tooLarge('POST', all)],
	['[intent:good] one alone', gets],
	['[intent:proof] nobody reads it unproven', refuses('GET')],
	['[intent:tenant] theirs is like none', likeNone('GET')],
	['[intent-change:good] it changes what is named', changes],
	['[intent-change:proof] nobody does it unproven', refuses('PATCH')],
	['[intent-change:tenant] theirs is like none', likeNone('PATCH')],
	['[intent-change:large] nor by over 64 KiB', tooLarge('PATCH', mine)],
	['[intent-remove:good] it removes one', removes],
	['[intent-remove:proof] nobody does it unproven', refuses('DELETE')],
	['[intent-remove:tenant] theirs is like none', likeNone('DELETE')],
])
	test(name, () => check(intents));

for (const [name, check] of [
	['[tests:good] a clinic lists its tests', lists],
	['[tests:proof] nobody lists them unproven', refuses('GET', all)],
	['[tests:tenant] and none of another', listsOwn],
	['[test-add:good] it adds a test', adds],
	['[test-add:proof] nobody adds one unproven', refuses('POST', all)],
	['[test-add:tenant] nor one for another clinic', addsOwn],
	['[test-add:large] nor one over 64 KiB', tooLarge('POST', all)],
	['[test:good] one alone', gets],
	['[test:proof] nobody reads it unproven', refuses('GET')],
	['[test:tenant] theirs is like none', likeNone('GET')],
	['[test-change:good] it changes what is named', changes],
	['[test-change:proof] nobody does it unproven', refuses('PATCH')],
	['[test-change:tenant] theirs is like none', likeNone('PATCH')],
	['[test-change:large] nor by over 64 KiB', tooLarge('PATCH', mine)],
	['[test-remove:good] it removes one', removes],
	['[test-remove:proof] nobody does it unproven', refuses('DELETE')],
	['[test-remove:tenant] theirs is like none', likeNone('DELETE')],
])
	test(name, () => check(trials));

test('then the database goes away', () => world.cluster.stop());

for (const [name, check] of [
	['[phone-numbers:database] a list is away, not empty', away('GET', all)],
	['[phone-number-add:database] nothing is added', away('POST', all)],
	['[phone-number:database] one is away, not absent', away('GET', mine)],
	['[phone-number-change:database] nothing is changed', away('PATCH', mine)],
	['[phone-number-remove:database] nothing is removed', away('DELETE', mine)],
])
	test(name, () => check(numbers));

for (const [name, check] of [
	['[assistants:database] a list is away, not empty', away('GET', all)],
	['[assistant-add:database] nothing is added', away('POST', all)],
	['[assistant:database] one is away, not absent', away('GET', mine)],
	['[assistant-change:database] nothing is changed', away('PATCH', mine)],
	['[assistant-remove:database] nothing is removed', away('DELETE', mine)],
])
	test(name, () => check(assistants));

for (const [name, check] of [
	['[hours:database] a list is away, not empty', away('GET', all)],
	['[hours-row-add:database] nothing is added', away('POST', all)],
	['[hours-replace:database] nothing is replaced', away('PUT', all)],
	['[hours-row:database] one is away, not absent', away('GET', mine)],
	['[hours-row-change:database] nothing is changed', away('PATCH', mine)],
	['[hours-row-remove:database] nothing is removed', away('DELETE', mine)],
])
	test(name, () => check(hours));

for (const [name, check] of [
	['[intents:database] a list is away, not empty', away('GET', all)],
	['[intent-add:database] nothing is added', away('POST', all)],
	['[intent:database] one is away, not absent', away('GET', mine)],
	['[intent-change:database] nothing is changed', away('PATCH', mine)],
	['[intent-remove:database] nothing is removed', away('DELETE', mine)],
])
	test(name, () => check(intents));

for (const [name, check] of [
	['[tests:database] a list is away, not empty', away('GET', all)],
	['[test-add:database] nothing is added', away('POST', all)],
	['[test:database] one is away, not absent', away('GET', mine)],
	['[test-change:database] nothing is changed', away('PATCH', mine)],
	['[test-remove:database] nothing is removed', away('DELETE', mine)],
])
	test(name, () => check(trials));

closing(world);
