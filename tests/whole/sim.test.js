// callward-sim behaves as the documented Vapi does, call by call. Needs
// CALLWARD_BUILD, the folder of the built programs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { VapiClient } from '@vapi-ai/server-sdk';
import { openapiMissing, propertiesOf, violations } from './lib/openapi.js';
import { waitFor } from './lib/process.js';
import { ASSISTANT, METADATA, NUMBER, SIM_KEY, createBody, inHand, startSim,
	useSim } from './lib/sim.js';
import { freePort, tempDir } from './lib/temp.js';

const build = process.env.CALLWARD_BUILD;
const { sim, callbacks, api, create, played } = await useSim({ threads: 32 });

test('POST /call in bypass mode answers 201 with a call and TwiML', async () => {
	const call = await create();
	assert.match(call.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
	assert.equal(call.status, 'queued');
	assert.equal(call.type, 'inboundPhoneCall');
	assert.equal(call.assistantId, ASSISTANT);
	assert.deepEqual(call.assistantOverrides.metadata, METADATA);
	assert.equal(call.createdAt, call.updatedAt);
	assert.ok(Math.abs(Date.parse(call.createdAt) - Date.now()) < 5000);
	assert.ok(!('phoneCallProviderBypassEnabled' in call));
	const { twiml: text } = call.phoneCallProviderDetails;
	assert.ok(text.startsWith('<?xml version="1.0" encoding="UTF-8"?>'));
	assert.ok(text.includes(`<Response><Connect><Stream url="wss://${
		new URL(sim.url).host}/stream/${call.id}">`));
	const seen = await sim.calls();
	assert.equal(seen.total, 1);
	assert.equal(seen.data[0].id, call.id);
	assert.equal(seen.data[0].status, 201);
	assert.deepEqual(seen.data[0].request, createBody());
});

test('without the bypass flag there is no TwiML', async () => {
	const call = await create({ phoneCallProviderBypassEnabled: false });
	assert.equal(call.type, 'outboundPhoneCall');
	assert.ok(!('phoneCallProviderDetails' in call));
});

test('a bad key or none is 401 and makes no call', async () => {
	for (const headers of [{ authorization: 'Bearer wrong' },
		{ authorization: SIM_KEY }, { authorization: '' }]) {
		const { status, json } = await api('POST', '/call', createBody(),
			{ headers });
		assert.equal(status, 401);
		assert.equal(json.error, 'Unauthorized');
		assert.equal(json.statusCode, 401);
		assert.match(json.message, /^Invalid Key\. /);
	}
	assert.equal((await api('GET', '/call', undefined,
		{ key: 'wrong' })).status, 401);
	assert.deepEqual((await api('GET', '/call')).json, []);
});

for (const [what, more, message] of [
	['an unknown property', { extra: 1 }, 'property extra should not exist'],
	['top-level metadata', { metadata: {} },
		'property metadata should not exist'],
	['an unknown property inside', { customer: { number: '+15551111111',
		nick: 'x' } }, 'customer.property nick should not exist'],
	['an unknown property of the overrides', { assistantOverrides: {
		server: { url: 'https://x', retries: 3 } } },
	'assistantOverrides.server.property retries should not exist'],
	['a number that is not E.164', { customer: { number: 'anonymous' } },
		/^customer\.number must be a valid phone number in the E\.164/],
	['a short number', { customer: { number: '+1',
		numberE164CheckEnabled: false } },
	'customer.number must be longer than or equal to 3 characters'],
	['a long name', { name: 'é'.repeat(41) },
		'name must be shorter than or equal to 40 characters'],
	['an assistant that is no UUID', { assistantId: 'receptionist' },
		'assistantId must be a UUID'],
	['a phone number as phoneNumberId', { phoneNumberId: '+15559999999' },
		'phoneNumberId must be a UUID'],
	['metadata of another type', { assistantOverrides: { metadata: 'x' } },
		'assistantOverrides.metadata must be an object'],
	['a flag of another type', { phoneCallProviderBypassEnabled: 'yes' },
		'phoneCallProviderBypassEnabled must be a boolean value'],
	['a duration out of bounds', { assistantOverrides: {
		maxDurationSeconds: 5 } },
	'assistantOverrides.maxDurationSeconds must not be less than 10'],
	['no assistant', { assistantId: undefined }, /^Need Either `assistantId`/],
	['no phone number', { phoneNumberId: null }, /^Need Either `phoneNumber/],
]) {
	test(`POST /call with ${what} is 400 and says so`, async () => {
		const { status, json } = await api('POST', '/call', createBody(more));
		assert.equal(status, 400);
		assert.equal(json.error, 'Bad Request');
		assert.equal(json.statusCode, 400);
		assert.equal(json.message.length, 1, JSON.stringify(json.message));
		assert.match(json.message[0], message instanceof RegExp ? message :
			new RegExp(`^${message.replace(/[.+]/g, '\\$&')}$`));
		const seen = await sim.calls();
		assert.deepEqual([seen.total, seen.data[0].id, seen.data[0].status],
			[1, null, 400]);
	});
}

test('several broken rules are all named; names just long enough pass',
	async () => {
		const { json } = await api('POST', '/call',
			createBody({ a: 1, b: 2, name: 3 }));
		assert.deepEqual(json.message, ['property a should not exist',
			'property b should not exist', 'name must be a string']);
		await create({ name: 'é'.repeat(40) });
		await create({ customer: { number: 'anonymous',
			numberE164CheckEnabled: false } });
	});

test('a body that is no JSON is 400, one over 1 MiB is 413', async () => {
	assert.equal((await api('POST', '/call', '{"a":')).status, 400);
	assert.equal((await api('POST', '/call', '[]')).status, 400);
	assert.equal((await api('POST', '/call',
		' '.repeat((1 << 20) + 1))).status, 413);
});

test('unknown paths and calls are 404', async () => {
	for (const path of ['/', '/calls', '/call/', '/call/x/y', '/call/none'])
		assert.equal((await api('GET', path)).status, 404, path);
	await assert.rejects(sim.connect('none'), /404/);
});

test('GET /call/{id} follows the call from queued to ended', async () => {
	await sim.plan({ ended_reason: 'silence-timed-out' });
	// It goes on when its first message has been answered.
	let goOn;
	const held = new Promise((resolve) => { goOn = resolve; });
	callbacks.answer = () => held;
	const { id } = await create();
	const get = async () => (await api('GET', `/call/${id}`)).json;
	assert.equal((await get()).status, 'queued');
	await sim.connect(id, 'CA00000000000000000000000000000001');
	const during = await get();
	assert.equal(during.status, 'in-progress');
	assert.equal(during.phoneCallProviderId,
		'CA00000000000000000000000000000001');
	assert.ok(during.startedAt >= during.createdAt);
	await assert.rejects(sim.connect(id), /409/);
	goOn({ status: 200 });
	await callbacks.wait(3);
	const ended = await get();
	assert.equal(ended.status, 'ended');
	assert.equal(ended.endedReason, 'silence-timed-out');
	assert.ok(ended.endedAt > ended.startedAt);
	assert.ok(ended.cost > 0);
	assert.equal(ended.costBreakdown.total, ended.cost);
	assert.ok(ended.artifact.transcript.startsWith('AI: Hello'));
	assert.ok(ended.analysis.summary.length > 10);
	const report = callbacks.messages().at(-1);
	assert.equal(report.artifact.transcript, ended.artifact.transcript);
	assert.equal(report.cost, ended.cost);
});

test('GET /call filters and pages, newest first', async () => {
	const other = '6d1f0c6e-2a57-4d0b-9a43-0d8d0f6f1aff';
	const made = [];
	for (let i = 0; i < 5; i++) {
		made.push(await create(i < 2 ? { assistantId: other } : {}));
		await sleep(3);
	}
	const ids = async (query) => (await api('GET', `/call${query}`)).json
		.map((c) => made.findIndex((m) => m.id === c.id));
	assert.deepEqual(await ids(''), [4, 3, 2, 1, 0]);
	assert.deepEqual(await ids('?limit=2'), [4, 3]);
	assert.deepEqual(await ids('?limit=0'), []);
	assert.deepEqual(await ids(`?assistantId=${other}`), [1, 0]);
	assert.deepEqual(await ids(`?phoneNumberId=${other}`), []);
	assert.deepEqual(await ids(`?id=${made[3].id}`), [3]);
	assert.deepEqual(await ids(`?createdAtLt=${made[2].createdAt}`), [1, 0]);
	assert.deepEqual(await ids(`?createdAtLe=${made[2].createdAt}`),
		[2, 1, 0]);
	assert.deepEqual(await ids(`?createdAtGt=${made[2].createdAt}`), [4, 3]);
	assert.deepEqual(await ids(`?createdAtGe=${made[2].createdAt}&limit=2`),
		[4, 3]);
	await sim.connect(made[0].id);
	await callbacks.wait(3);
	assert.deepEqual(await ids(`?updatedAtGt=${made[4].createdAt}`), [0]);
	for (const query of ['?limit=1001', '?limit=x', '?createdAtGt=today',
		'?page=2']) {
		const { status, json } = await api('GET', `/call${query}`);
		assert.equal(status, 400, query);
		assert.equal(json.error, 'Bad Request');
	}
});

test('equal seeds play equal calls, other seeds other ones', async () => {
	const play = async (seed) => {
		await sim.plan({ seed });
		const made = [];
		for (let i = 0; i < 3; i++)
			made.push(await create());
		const told = [];
		for (const { id } of made) {
			await sim.connect(id);
			await callbacks.wait(3);
			const report = callbacks.messages().at(-1);
			told.push([id, report.transcript, report.durationMs,
				report.cost, report.analysis]);
			callbacks.clear();
		}
		await sim.reset();
		return told;
	};
	const first = await play(7);
	assert.deepEqual(await play(7), first);
	const other = await play(8);
	assert.ok(first.every((told, i) => told[0] !== other[i][0]));
	assert.notDeepEqual(first.map((t) => t.slice(1)),
		other.map((t) => t.slice(1)));
	assert.equal(new Set(first.map((t) => t[0])).size, 3);
});

test('an id that is taken is passed by when a seed is given again',
	async () => {
		await sim.plan({ seed: 9 });
		const first = await create();
		await sim.plan({ seed: 9 });
		assert.notEqual((await create()).id, first.id);
		assert.equal((await api('GET', '/call')).json.length, 2);
	});

test('create_status and create_fail_every make POST /call fail', async () => {
	await sim.plan({ create_status: 429 });
	assert.equal((await api('POST', '/call', createBody())).status, 429);
	await sim.plan({ create_fail_every: 3 });
	const statuses = [];
	for (let i = 0; i < 6; i++)
		statuses.push((await api('POST', '/call', createBody())).status);
	assert.deepEqual(statuses, [201, 201, 500, 201, 201, 500]);
	assert.deepEqual((await sim.calls()).data.map((c) => c.status),
		[429, ...statuses]);
	assert.equal((await api('GET', '/call')).json.length, 4);
});

test('the plan is read back, and what a PUT leaves out is default', async () => {
	const seed = (await sim.plan()).seed;
	const plan = { create_delay_ms: 5, report_bytes: 9, callbacks: {
		double: true, drop: ['hang'], reorder: false, delay_ms: 1,
		retry: { max: 2, base_ms: 3 } } };
	const put = await sim.plan(plan);
	assert.equal(put.create_delay_ms, 5);
	assert.deepEqual(put.callbacks.drop, ['hang']);
	assert.deepEqual(put.callbacks.retry, { max: 2, base_ms: 3 });
	assert.deepEqual(await sim.plan(), put);
	const next = await sim.plan({});
	assert.equal(next.create_delay_ms, 0);
	assert.equal(next.callbacks.double, false);
	assert.equal(next.seed, seed);
});

for (const [plan, name] of [
	[{ create_dely_ms: 1 }, 'create_dely_ms'],
	[{ callbacks: { twice: true } }, 'callbacks.twice'],
	[{ callbacks: { retry: { n: 1 } } }, 'retry.n'],
	[{ callbacks: { drop: ['ping'] } }, 'callbacks.drop'],
	[{ create_status: 200 }, 'create_status'],
	[{ create_delay_ms: -1 }, 'create_delay_ms'],
	[{ report_bytes: 1.5 }, 'report_bytes'],
	[{ seed: 'x' }, 'seed'],
]) {
	test(`a plan with a bad ${name} is 400 and changes nothing`, async () => {
		await sim.plan({ call_ms: 77 });
		const { status, json } = await api('PUT', '/sim/plan', plan);
		assert.equal(status, 400);
		assert.ok(json.error.includes(name), json.error);
		assert.equal((await sim.plan()).call_ms, 77);
	});
}

test('the reset forgets calls, journals, the plan and what was to come',
	async () => {
		const plan = { call_ms: 2500 };
		await sim.plan(plan);
		const { id } = await create();
		await sim.connect(id);
		await callbacks.wait(1);
		await sim.reset();
		assert.equal((await sim.calls()).total, 0);
		assert.equal((await sim.plan()).call_ms, 0);
		assert.equal((await api('GET', `/call/${id}`)).status, 404);
		// When a later call has ended the time of the first is over, too.
		const later = await played(plan);
		assert.deepEqual(callbacks.messages().map((m) => m.call.id),
			[id, later.id, later.id, later.id]);
		assert.deepEqual([...new Set((await sim.callbacks()).data
			.map((c) => c.call_id))], [later.id]);
	});

test('the oldest calls are dropped when they take too much memory',
	async () => {
		const large = { assistantOverrides: {
			variableValues: { x: 'x'.repeat(1000000) } } };
		const first = await create(large);
		for (let i = 0; i < 60; i++)
			await create(large);
		assert.equal((await api('GET', `/call/${first.id}`)).status, 200);
		for (let i = 0; i < 10; i++)
			await create(large);
		assert.equal((await api('GET', `/call/${first.id}`)).status, 404);
		const seen = await sim.calls('?limit=1');
		assert.deepEqual([seen.total, seen.data.length], [71, 1]);
	});

test('300 callers wait at once; a stop does not wait for them', async () => {
	const big = await startSim({ build, dir: tempDir('sim'),
		callbackUrl: callbacks.url, nginxPort: await freePort(),
		threads: 320 });
	await big.plan({ create_delay_ms: 1500 });
	const from = Date.now();
	const answers = await Promise.all(Array.from({ length: 300 }, () =>
		api('POST', '/call', createBody(), { base: big.url })));
	const took = Date.now() - from;
	assert.ok(answers.every((a) => a.status === 201));
	assert.equal(new Set(answers.map((a) => a.json.id)).size, 300);
	assert.ok(took >= 1500 && took < 8000, `${took} ms`);
	await big.plan({ create_delay_ms: 60000 });
	await waitFor(() => inHand(big) === 0, { what: 'answers that are out' });
	const waiting = api('POST', '/call', createBody(), { base: big.url });
	await waitFor(() => inHand(big) === 1, { what: 'a caller who waits' });
	const stopAt = Date.now();
	big.process.signal('SIGUSR1');
	const [{ status }, how] = await Promise.all([waiting,
		big.process.exited]);
	assert.equal(status, 503);
	assert.deepEqual(how, { status: 0, signal: null });
	assert.ok(Date.now() - stopAt < 20000);
	await big.stop();
});

test('Vapi\'s SDK creates, gets and lists', async () => {
	const client = new VapiClient({ token: SIM_KEY, baseUrl: sim.url });
	const made = await client.calls.create({ assistantId: ASSISTANT,
		phoneNumberId: NUMBER, customer: { number: '+15551111111' },
		assistantOverrides: { metadata: METADATA } });
	const got = await client.calls.get({ id: made.id });
	assert.equal(got.id, made.id);
	assert.deepEqual(got.assistantOverrides.metadata, METADATA);
	const list = await client.calls.list({ limit: 5, assistantId: ASSISTANT,
		createdAtGt: new Date(Date.now() - 60000) });
	assert.deepEqual(list.map((c) => c.id), [made.id]);
	await assert.rejects(new VapiClient({ token: 'wrong', baseUrl: sim.url })
		.calls.get({ id: made.id }), (error) => error.statusCode === 401);
	await assert.rejects(client.calls.get({ id: 'none' }),
		(error) => error.statusCode === 404);
});

test('calls fit Vapi\'s OpenAPI description', { skip: openapiMissing },
	async () => {
		const call = await create({ name: 'A', assistantOverrides: {
			metadata: METADATA, variableValues: { clinic: 'A' } } });
		assert.deepEqual(violations('Call', call), []);
		await sim.connect(call.id, 'CA00000000000000000000000000000001');
		await callbacks.wait(3);
		const ended = (await api('GET', `/call/${call.id}`)).json;
		assert.equal(ended.status, 'ended');
		assert.deepEqual(violations('Call', ended), []);
	});

test('every property of the description\'s call request passes',
	{ skip: openapiMissing }, async () => {
		// A name that is not known is named; one that is, is not.
		const probe = async (schema, wrap, prefix) => {
			const names = propertiesOf(schema);
			assert.ok(names.length > 5);
			const { json } = await api('POST', '/call',
				wrap(Object.fromEntries([...names, 'nonsense']
					.map((name) => [name, null]))));
			assert.deepEqual((json.message ?? [])
				.filter((m) => /should not exist/.test(m)),
			[`${prefix}property nonsense should not exist`]);
		};
		await probe('CreateCallDTO', (o) => o, '');
		await probe('AssistantOverrides',
			(o) => createBody({ assistantOverrides: o }),
			'assistantOverrides.');
		await probe('CreateAssistantDTO',
			(o) => createBody({ assistant: o }), 'assistant.');
		await probe('CreateCustomerDTO', (o) => createBody({ customer: o }),
			'customer.');
		await probe('ImportTwilioPhoneNumberDTO',
			(o) => createBody({ phoneNumber: o }), 'phoneNumber.');
	});

// Last, because it ends what the others use.
test('after all of that it stops in order', async () => {
	// A sanitizer's findings are in the exit status.
	assert.deepEqual(await sim.stop(), { status: 0, signal: null },
		sim.process.log().split('\n')
			.filter((line) => !line.startsWith('time=')).join('\n'));
});
