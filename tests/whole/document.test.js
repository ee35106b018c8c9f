// The description of the API: valid OpenAPI 3.1, the same routes as the
// program's, and true: a client that is made from it can do everything, and
// each answer is one that it names.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { OpenAPIClientAxios } from 'openapi-client-axios';
import { wrongArticles } from './lib/articles.js';
import { closing } from './lib/closing.js';
import { document, judge, operations } from './lib/document.js';
import { namedInC, namedInSql, problems, rows, unread } from
	'./lib/problems.js';
import { waitFor } from './lib/process.js';
import { claims, commonKey, makeToken, pem } from './lib/token.js';
import { report } from './lib/vapi.js';
import { A, openWorld, source } from './lib/world.js';

const pair = commonKey();
const world = await openWorld({ settings: { CLERK_ISSUER: 'callward-trial',
	CLERK_JWT_KEY: pem(pair).trim().replaceAll('\n', ' ') } });
const token = makeToken(pair, claims({ iss: 'callward-trial',
	exp: Math.floor(Date.now() / 1000) + 600 }));

// What the running program says of itself, and a client made from that.
const served = await world.get('/api/openapi.json');
const done = new Set();

async function clientWith(headers) {
	const api = new OpenAPIClientAxios({ definition: JSON.parse(served.body),
		axiosConfigDefaults: { headers, validateStatus: () => true,
			responseType: 'text', transformResponse: [(text) => text] } });
	return api.init();
}
const client = await clientWith({ Authorization: `Bearer ${token}` });
const stranger = await clientWith({});

// Do one operation and have the answer judged; its body, read.
async function ask(as, id, params, body, status) {
	const op = operations.find((one) => one.operationId === id);
	const answer = await as[id](params, body);
	const path = Object.entries(params ?? {}).reduce((text, [name, value]) =>
		text.replace(`{${name}}`, value), op.path);
	judge(op.method, path, { status: answer.status, headers: answer.headers,
		body: answer.data ?? '' });
	assert.equal(answer.status, status, `${id}: ${answer.data}`);
	if (status < 300)
		done.add(id);
	return /json/.test(answer.headers['content-type'] ?? '') ?
		JSON.parse(answer.data) : answer.data;
}
const call = (id, params, body, status = 200) =>
	ask(client, id, params, body, status);

test('[openapi:good] it is valid OpenAPI 3.1, and the program serves it with its address',
	async () => {
		const said = await new Validator().validate(
			structuredClone(document));
		assert.equal(said.valid, true, JSON.stringify(said.errors));
		const given = JSON.parse(served.body);
		assert.equal(given.servers[0].url, world.publicUrl);
		assert.deepEqual({ ...given, servers: document.servers }, document);
		const wrong = await new Validator().validate(
			{ ...structuredClone(document), paths: { nowhere: 1 } });
		assert.equal(wrong.valid, false);
	});

// Each place of the document, with what stands there.
function* places(value, path = '') {
	yield [path, value];
	if (value !== null && typeof value === 'object')
		for (const [name, one] of Object.entries(value))
			yield* places(one, `${path}/${name}`);
}
const all = [...places(document)];

test('a client that is made from it knows what is in every list', () => {
	const lists = all.filter(([, value]) =>
		[value?.type].flat().includes('array'));
	assert.ok(lists.length > 20, `${lists.length} lists`);
	for (const [path, { items }] of lists) {
		assert.equal(typeof items, 'object', path);
		assert.ok(Object.keys(items).length > 0, path);
	}
});

test('what is called E.164 has 6 to 15 digits', () => {
	const patterns = all.filter(([, value]) => value?.pattern !== undefined &&
		/E\.164/.test(value.description));
	assert.ok(patterns.length >= 3);
	const shortest = readFileSync(join(source,
		'tests/data/short-numbers.tsv'), 'utf8').split('\n')
		.filter((line) => line !== '' && !line.startsWith('#'))
		.map((line) => line.split('\t')[0]);
	assert.equal(shortest.length, 56);
	for (const [path, { pattern }] of patterns) {
		const number = new RegExp(pattern);
		for (const one of [...shortest, '+15551111111', '+123456789012345'])
			assert.match(one, number, path);
		for (const one of ['+12345', '+1234567890123456', '+012345678',
			'15551111111', '+1 555 111 1111'])
			assert.doesNotMatch(one, number, path);
	}
});

test('its sentences have the right article', () => {
	const texts = all.filter(([path, value]) => typeof value === 'string' &&
		/\/(summary|description|title)$/.test(path));
	assert.ok(texts.length > 100);
	for (const [path, text] of texts)
		assert.deepEqual(wrongArticles(text), [], path);
});

test('it has the routes of the program, and no others', () => {
	const rows = [...readFileSync(join(source, 'fcgi/route.c'), 'utf8')
		.matchAll(/^\t\{ "[\w-]+", "([A-Z]+)",\s+"(\/[^"]*)"/gm)]
		.map(([, method, path]) => `${method} ${path}`)
		.filter((name) => / \/api\/(?!webhooks)/.test(name));
	assert.ok(rows.length > 30, `${rows.length} rows`);
	assert.deepEqual(operations.map((one) => one.name).sort(), rows.sort());
});

test('it has the codes of the program, and no others', () => {
	assert.equal(problems.length, rows);
	assert.ok(rows > 60);
	assert.deepEqual(document.components.schemas.ProblemCode.enum,
		problems.map((one) => one.code));
});

test('each code that is named is in the table, and none is left over', () => {
	const codes = problems.map((one) => one.code);
	assert.equal(new Set(codes).size, codes.length);
	assert.equal(unread, 0, 'a call whose code cannot be read');
	assert.ok(namedInSql.length > 30);
	assert.deepEqual(namedInSql.filter((code) => !codes.includes(code)), []);
	assert.deepEqual(problems.filter(({ member, code }) =>
		!namedInC.includes(member) && !namedInSql.includes(code)), []);
});

// A call from its first word to its report.
const row = await world.connected(A);
await world.sim.connect(row.vapi_call_id, row.twilio_call_sid);
await waitFor(async () => (await world.row(row.twilio_call_sid))
	.recording_url !== null, { what: 'the report' });

test('the clinic', async () => {
	await call('getConfig');
	await call('getOpenapi');
	await call('getMe');
	const me = await call('updateMe', null, { name: 'Dr. Example',
		timezone: 'America/New_York', closed_action: 'message' });
	assert.equal(me.timezone, 'America/New_York');
	assert.deepEqual(await call('listPeople'), { data: [{ id: A.user,
		name: null, is_me: true }] });
	const { data: [person] } = await call('updatePerson', null,
		{ name: 'Dr. Example' });
	assert.equal(person.name, 'Dr. Example');
	await call('getSubscription');
	await call('updateMe', null, { timezone: 'Mars/Base' }, 422);
});

test('calls and their figures', async () => {
	const { data } = await call('listCalls', { limit: 1 });
	const { id } = data[0];
	assert.equal(id, row.id);
	await call('getCall', { id });
	const changed = await call('updateCall', { id }, {
		follow_up_state: 'open', tags: ['new'], notes: 'Call back.' });
	assert.equal(changed.follow_up_state, 'open');
	assert.match(await call('exportCalls', {}), new RegExp(id));
	assert.equal((await call('getAnalytics', {})).totals.calls, 1);
	assert.ok((await call('getRecording', { id })).length > 1000);
	await call('listCalls', { limit: 0 }, null, 422);
	await call('updateCall', { id }, { follow_up_state: 'gone' }, 422);
	await call('getCall', { id: randomUUID() }, null, 404);
});

test('a call of which a second report says otherwise', async () => {
	const { id, vapi_call_id: vapiId, metadata } = await world.connected(A);
	const about = { id: vapiId, metadata };
	const to = (number) => ({ type: 'number', number });
	await world.callback(report({ ...about, destination: to('+15557770001') }));
	await world.callback(report({ ...about, endedReason: 'voicemail',
		destination: to('+15557770002'),
		durationSeconds: 99, durationMs: undefined, cost: 1.5,
		analysis: { summary: 'Otherwise.', structuredData: ['x'],
			successEvaluation: 'false' },
		artifact: { transcript: 'AI: Good day\n', messages: [{ role: 'bot',
			message: 'Good day', secondsFromStart: 0.5,
			time: 1767225600123 }] } }));
	const { messages, revisions } = await call('getCall', { id });
	assert.ok(messages.length > 1);
	assert.equal(revisions.length, 1);
	const { Revision } = document.components.schemas;
	assert.deepEqual(Object.keys(revisions[0].values).sort(),
		Object.keys(Revision.properties.values.properties).sort());
});

// One of each kind: made, read, listed, changed, and removed in the end.
const kinds = {
	Assistant: { made: { name: 'Night desk', greeting: 'Good evening.' },
		change: { language: 'es' }, wrong: { name: '' } },
	PhoneNumber: { made: { phone_number: '+1 555 777 0001', label: 'Desk' },
		change: { label: 'Front' }, wrong: { phone_number: 'x' } },
	WorkingHour: { made: { day_of_week: 1, open_time: '08:00',
		close_time: '12:00' }, change: { close_time: '13:00' },
	wrong: { day_of_week: 9 } },
	Intent: { made: { name: 'Book a visit' }, change: { is_enabled: false },
		wrong: {} },
	AssistantTest: { made: { name: 'Books', script: 'I want a visit.' },
		change: { script: 'I want a visit.\nTomorrow.' },
		wrong: { name: 'x' } },
};
const made = {};
for (const [kind, { made: body, change, wrong }] of Object.entries(kinds)) {
	test(`${kind}: made, read, listed, changed`, async () => {
		if (kind === 'AssistantTest')
			body.assistant_id = (await call('listAssistants')).data
				.find((one) => one.has_vapi_assistant).id;
		const { id } = made[kind] = await call(`create${kind}`, null, body,
			201);
		await call(`get${kind}`, { id });
		assert.ok((await call(`list${kind}s`)).data
			.some((one) => one.id === id));
		const [[name, value]] = Object.entries(change);
		assert.equal((await call(`update${kind}`, { id }, change))[name],
			value);
		await call(`create${kind}`, null, wrong, 422);
		await call(`get${kind}`, { id: randomUUID() }, null, 404);
	});
}

test('the week at once', async () => {
	const { data } = await call('replaceWorkingHours', null, { data: [
		{ day_of_week: 2, open_time: '08:00', close_time: '12:00' },
		{ day_of_week: 2, open_time: '13:00', close_time: '17:00' },
		{ specific_date: '2027-01-01', is_closed: true }] });
	assert.equal(data.length, 3);
	made.WorkingHour = data[0];
});

test('a number is rung', async () => {
	const { id } = made.PhoneNumber;
	await call('verifyPhoneNumber', { id }, { step: 'dance' }, 422);
	const { verification } = await call('verifyPhoneNumber', { id },
		{ step: 'code' }, 202);
	assert.equal(verification.step, 'code');
});

test('an assistant\'s test is run', async () => {
	const { id } = made.AssistantTest;
	await call('runAssistantTest', { id }, null, 202);
	await waitFor(async () => !['queued', 'running'].includes(
		(await call('getAssistantTest', { id })).status),
	{ what: 'the end of the test' });
});

for (const kind of Object.keys(kinds))
	test(`${kind}: removed`, async () => {
		const { id } = made[kind];
		await call(`delete${kind}`, { id }, null, 204);
		await call(`get${kind}`, { id }, null, 404);
	});

test('whoever brings no token is told so, as the document says', async () => {
	for (const op of operations.filter((one) => one.security === undefined))
		await ask(stranger, op.operationId, op.path.includes('{') ?
			{ id: row.id } : null, op.requestBody ? {} : null, 401);
});

test('[openapi:database] it is there without the database', async () => {
	await world.cluster.stop();
	const again = await world.get('/api/openapi.json');
	assert.equal(again.status, 200);
	assert.equal(again.body, served.body);
	await world.cluster.start();
});

test('nothing of it was left out', () => {
	assert.deepEqual(operations.map((one) => one.operationId)
		.filter((id) => !done.has(id)), []);
});

closing(world);
