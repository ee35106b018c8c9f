// callward-sim answers chats as the documented Vapi does, with replies that a
// test can know beforehand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VapiClient } from '@vapi-ai/server-sdk';
import { openapiMissing, propertiesOf, violations } from './lib/openapi.js';
import { ASSISTANT, SIM_KEY, useSim } from './lib/sim.js';

const { sim } = await useSim({ threads: 8, seed: 7 });
const client = new VapiClient({ token: SIM_KEY, baseUrl: sim.url,
	maxRetries: 0 });

async function post(body, key = SIM_KEY) {
	const res = await fetch(`${sim.url}/chat`, { method: 'POST',
		headers: { authorization: `Bearer ${key}`,
			'content-type': 'application/json' },
		body: JSON.stringify(body) });
	return { status: res.status, retry: res.headers.get('retry-after'),
		json: await res.json().catch(() => null) };
}

const ask = (input, more = {}) => client.chats.create({ input,
	assistantId: ASSISTANT, ...more });
const said = (chat) => chat.output[0].content;
const DAY = / I could offer you [A-Z][a-z]+day [^.]+\.$/;

test('a chat repeats what was said and offers a time', async () => {
	const chat = await ask('Do you have time on "Friday"?');
	assert.match(chat.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
	assert.equal(chat.output.length, 1);
	assert.equal(chat.output[0].role, 'assistant');
	assert.ok(said(chat).startsWith('Hello, thank you for calling. ' +
		'You said: "Do you have time on "Friday"?".'), said(chat));
	assert.match(said(chat), DAY);
	assert.deepEqual(chat.messages, [{ role: 'user',
		content: 'Do you have time on "Friday"?' }]);
	assert.equal(chat.assistantId, ASSISTANT);
	assert.ok(Math.abs(new Date(chat.createdAt) - Date.now()) < 10000);
	assert.ok(chat.cost > 0);
	const got = await client.chats.get({ id: chat.id });
	assert.deepEqual(got, chat);
	assert.deepEqual((await sim.chats()).data.map((c) => c.id), [chat.id]);
});

test('a chat goes on where another one ended', async () => {
	const first = await ask('Hello');
	const second = await client.chats.create({ input: 'A cleaning, please',
		previousChatId: first.id });
	assert.ok(said(second).startsWith('You said: "A cleaning, please".'));
	assert.equal(said(second).match(DAY)[0], said(first).match(DAY)[0]);
	assert.deepEqual(second.messages.map((m) => [m.role, m.content]),
		[['user', 'Hello'], ['assistant', said(first)],
			['user', 'A cleaning, please']]);
	const third = await client.chats.create({ input: 'Bye',
		previousChatId: second.id });
	assert.equal(third.messages.length, 5);
});

test('messages as input are what was said so far', async () => {
	const chat = await ask([{ role: 'system', content: 'Be short.' },
		{ role: 'user', content: 'Hello' },
		{ role: 'assistant', content: 'Hi.' },
		{ role: 'user', content: 'A check-up' }]);
	assert.ok(said(chat).startsWith('You said: "A check-up".'));
	assert.equal(chat.messages.length, 4);
});

test('equal seeds answer alike, and calls are not disturbed', async () => {
	const play = async (seed) => {
		await sim.plan({ seed });
		const answers = [];
		for (const input of ['Hello', 'A toothache', 'Bye'])
			answers.push(said(await ask(input)));
		return answers;
	};
	const first = await play(11);
	await sim.reset();
	assert.deepEqual(await play(11), first);
	const others = [];
	for (let seed = 12; seed < 20; seed++)
		others.push((await play(seed)).join());
	assert.ok(others.some((o) => o !== first.join()));
});

for (const [what, body, message] of [
	['nobody to talk to', { input: 'x' }, /^Need Either `assistantId`/],
	['no input', { assistantId: ASSISTANT }, /^input must be/],
	['an empty input', { assistantId: ASSISTANT, input: '' }, /^input must/],
	['messages that are none', { assistantId: ASSISTANT, input: [{ a: 1 }] },
		/^input must be/],
	['an unknown member', { assistantId: ASSISTANT, input: 'x', more: 1 },
		/^property more should not exist$/],
	['an assistant that is no UUID', { assistantId: 'x', input: 'x' },
		/^assistantId must be a UUID$/],
	['a stream', { assistantId: ASSISTANT, input: 'x', stream: true },
		/not played/],
]) {
	test(`POST /chat with ${what} is 400`, async () => {
		const { status, json } = await post(body);
		assert.equal(status, 400);
		assert.equal(json.statusCode, 400);
		assert.equal(json.message.length, 1);
		assert.match(json.message[0], message);
	});
}

test('no key is 401, an unknown chat 404 or 400', async () => {
	const { status, json } = await post({ assistantId: ASSISTANT,
		input: 'x' }, 'wrong');
	assert.deepEqual([status, json.error], [401, 'Unauthorized']);
	await assert.rejects(client.chats.get({ id: ASSISTANT }),
		(error) => error.statusCode === 404);
	assert.equal((await post({ previousChatId: ASSISTANT, input: 'x' }))
		.status, 400);
	assert.equal((await sim.chats()).total, 0);
});

test('chats fail as calls do, by the same plan', async () => {
	await sim.plan({ create_failure: 'rate-limit' });
	const { status, retry } = await post({ assistantId: ASSISTANT,
		input: 'x' });
	assert.deepEqual([status, retry], [429, '7']);
	await sim.plan({ create_status: 503, create_fail_every: 2 });
	const statuses = [];
	for (let i = 0; i < 4; i++)
		statuses.push((await post({ assistantId: ASSISTANT,
			input: 'x' })).status);
	assert.deepEqual(statuses, [201, 503, 201, 503]);
	await sim.plan({ create_delay_ms: 300 });
	const from = Date.now();
	await ask('x');
	assert.ok(Date.now() - from >= 300);
});

test('chats fit Vapi\'s OpenAPI description', { skip: openapiMissing },
	async () => {
		const { json } = await post({ assistantId: ASSISTANT, name: 'A',
			input: 'x' });
		// Its messages have members that its own examples are without.
		const { messages, ...rest } = json;
		assert.equal(messages.length, 1);
		assert.deepEqual(violations('Chat', rest), []);
		const names = propertiesOf('CreateChatDTO');
		assert.ok(names.length > 5);
		const probe = await post(Object.fromEntries([...names, 'nonsense']
			.map((name) => [name, null])));
		assert.deepEqual(probe.json.message
			.filter((m) => /should not exist/.test(m)),
		['property nonsense should not exist']);
	});
