// callward-sim on demand: errors and limits of POST /call, metadata in every
// place, signed messages, messages that ask, Twilio's rarer requests.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import twilio from 'twilio';
import { ASKING, openapiMissing, schemaName, violations }
	from './lib/openapi.js';
import { METADATA, SIM_SECRET, TWILIO_TOKEN, createBody, useSim }
	from './lib/sim.js';

const FROM = '+15551111111';
const LINE = '+15559999999';
const HMAC_SECRET = 'trial-hmac-secret-0123456789';

const world = await useSim({ threads: 8 });
const { sim, callbacks, webhook, api, played } = world;

const create = () => api('POST', '/call', createBody());

// The messages of a call that has ended, as they came.
async function messagesOf(plan) {
	await played(plan);
	return callbacks.messages();
}

const at = (object, path) => path.split('.')
	.reduce((o, name) => o?.[name], object);

for (const [failure, status, what] of [
	['validation', 400, /"message":"Couldn't Get Assistant/],
	['validation-list', 400, /"message":\["assistantId must be a UUID"\]/],
	['key', 401, /Invalid Key\./], ['billing', 402, /Wallet Balance/],
	['not-found', 404, /Cannot POST/], ['rate-limit', 429, /Rate limit/],
	['over-concurrency', 400, /Over Concurrency Limit/],
	['concurrency-blocked', 201, /"concurrencyBlocked":true/],
	['server-error', 500, /Internal server error/],
	['html-error', 502, /^<html>/], ['unavailable', 503, /unavailable/],
	['html', 200, /^<html>/], ['no-twiml', 201, /"status":"queued"/],
	['empty-twiml', 201, /"twiml":""/], ['bad-twiml', 201, /<Resp>/],
]) {
	test(`create_failure ${failure}`, async () => {
		await sim.plan({ create_failure: failure });
		const answer = await create();
		assert.equal(answer.status, status);
		assert.match(answer.text, what);
		assert.match(answer.headers.get('content-type'),
			answer.text.startsWith('<') ? /^text\/html/ :
				/^application\/json/);
		assert.equal(answer.headers.get('retry-after'),
			{ 429: '7', 503: '2' }[status] ?? null);
		if (status === 201)
			assert.ok(!answer.text.includes('wss://') ||
				!answer.json.phoneCallProviderDetails?.twiml
					.includes('<Response'));
		else if (answer.json !== null)
			assert.equal(answer.json.statusCode, status);
		const { data: [line] } = await sim.calls();
		assert.equal(line.status, status);
		assert.equal(line.id === null, status !== 201);
	});
}

test('create_fail_every holds for a failure, too', async () => {
	await sim.plan({ create_failure: 'billing', create_fail_every: 2 });
	const statuses = [];
	for (let i = 0; i < 4; i++)
		statuses.push((await create()).status);
	assert.deepEqual(statuses, [201, 402, 201, 402]);
});

test('a plan names what it does not know', async () => {
	for (const plan of [{ create_failure: 'whatever' },
		{ metadata_place: 'elsewhere' }, { canary: 'x'.repeat(65) },
		{ canary: 7 }, { callbacks: { premature_report: 1 } },
		{ callbacks: { early: ['nothing'] } },
		{ callbacks: { timestamp_skew_ms: 1.5 } }])
		await assert.rejects(sim.plan(plan), /400/, JSON.stringify(plan));
	const plan = await sim.plan({ create_failure: 'key', canary: 'c',
		metadata_place: 'none', callbacks: { early: ['status-update'],
			premature_report: true, timestamp_ms: true,
			timestamp_skew_ms: -5 } });
	assert.deepEqual([plan.create_failure, plan.canary, plan.metadata_place,
		plan.callbacks.early, plan.callbacks.premature_report,
		plan.callbacks.timestamp_ms, plan.callbacks.timestamp_skew_ms],
	['key', 'c', 'none', ['status-update'], true, true, -5]);
});

const PLACES = { 'call.assistantOverrides': 'call.assistantOverrides.metadata',
	'call': 'call.metadata', 'assistant': 'assistant.metadata',
	'call.assistant': 'call.assistant.metadata', 'message': 'metadata',
	'none': null };

for (const [place, path] of Object.entries(PLACES)) {
	test(`metadata comes back in ${path ?? 'no place'} alone`, async () => {
		for (const message of await messagesOf({ metadata_place: place }))
			for (const other of Object.values(PLACES))
				if (other !== null)
					assert.deepEqual(at(message, other),
						other === path ? METADATA : undefined);
	});
}

test('a premature report is empty and comes before the end', async () => {
	const messages = await messagesOf({ callbacks: { premature_report: true } });
	assert.deepEqual(messages.map((m) => m.status ?? m.endedReason),
		['in-progress', 'call.in-progress.twilio-completed-call', 'ended',
			'customer-ended-call']);
	assert.deepEqual(messages[1].analysis, {});
	assert.equal(messages[1].artifact.transcript, '');
	assert.notEqual(messages[3].artifact.transcript, '');
});

test('messages before the answer of POST /call', async () => {
	await sim.plan({ callbacks: {
		early: ['status-update', 'end-of-call-report'] } });
	const { status } = await create();
	assert.equal(status, 201);
	assert.deepEqual(callbacks.messages().map((m) => m.status ??
		m.endedReason), ['ringing',
		'call.in-progress.twilio-completed-call']);
});

test('a canary is planted where secrets were seen', async () => {
	const canary = 'canary-4711';
	const messages = await messagesOf({ canary });
	const last = messages.at(-1);
	for (const path of ['artifact.variables.phoneNumber.twilioAuthToken',
		'artifact.variableValues.phoneNumber.twilioAuthToken',
		'artifact.variableValues.phoneNumber.server.secret',
		'phoneNumber.twilioAuthToken', 'phoneNumber.server.secret',
		'assistant.server.secret', 'call.phoneNumber.server.secret',
		'call.transport.callToken', 'artifact.logUrl'])
		assert.equal(at(last, path), canary, path);
	assert.ok(last.artifact.messages.some((m) =>
		m.toolCalls?.[0].function.arguments === canary));
	callbacks.clear();
	assert.ok((await messagesOf({})).every((m) =>
		!JSON.stringify(m).includes('canary')));
});

for (const [what, settings, plan, prefix, encoding, payload] of [
	['as documented', {}, {}, '', 'hex', (t, b) => `${t}.${b}`],
	['in milliseconds, base64, with a prefix', {
		VAPI_HMAC_ENCODING: 'base64', VAPI_HMAC_PREFIX: 'sha256=',
		VAPI_HMAC_HEADER: 'X-Vapi-Signature' },
	{ callbacks: { timestamp_ms: true } }, 'sha256=', 'base64',
	(t, b) => `${t}.${b}`],
	['over the body only', { VAPI_HMAC_PAYLOAD: '{body}',
		VAPI_HMAC_ALGORITHM: 'sha512' }, {}, '', 'hex', (t, b) => b],
]) {
	test(`messages are signed ${what}`, async () => {
		const signing = await world.another({ settings: {
			VAPI_HMAC_SECRET: HMAC_SECRET, ...settings } });
		await signing.plan(plan);
		await signing.message({ type: 'assistant-request', from: FROM,
			to: LINE });
		await signing.stop();
		const [{ headers, body }] = callbacks.received;
		const time = headers['x-timestamp'];
		assert.equal(headers['x-vapi-secret'], undefined);
		if (settings.VAPI_HMAC_PAYLOAD === undefined) {
			assert.match(time, plan.callbacks ? /^\d{13}$/ : /^\d{10}$/);
		} else {
			assert.equal(time, undefined);
		}
		const header = (settings.VAPI_HMAC_HEADER ?? 'x-signature')
			.toLowerCase();
		assert.equal(headers[header], prefix + createHmac(
			settings.VAPI_HMAC_ALGORITHM ?? 'sha256', HMAC_SECRET)
			.update(payload(time, body)).digest(encoding));
	});
}

test('an assistant-request that is answered becomes a call', async () => {
	const assistantId = '6d1f0c6e-2a57-4d0b-9a43-0d8d0f6f1a01';
	callbacks.answer = () => ({ body: JSON.stringify({ assistantId,
		assistantOverrides: { metadata: METADATA } }) });
	const done = await sim.message({ type: 'assistant-request', from: FROM,
		to: LINE });
	assert.equal(done.status, 200);
	assert.equal(done.answer.assistantId, assistantId);
	assert.equal(callbacks.received[0].headers['x-vapi-secret'], SIM_SECRET);
	const [asked] = callbacks.messages();
	assert.deepEqual(asked, done.sent.message);
	assert.equal(asked.call.id, done.call);
	assert.equal(asked.call.status, 'ringing');
	assert.match(asked.call.phoneCallProviderId, /^CA[0-9a-f]{32}$/);
	assert.equal(asked.customer.number, FROM);
	assert.equal(asked.phoneNumber.number, LINE);
	callbacks.answer = () => ({});
	await sim.connect(done.call, asked.call.phoneCallProviderId);
	await callbacks.wait(4);
	assert.deepEqual(callbacks.messages().at(-1).call.assistantOverrides,
		{ metadata: METADATA });
});

test('a refused assistant-request leaves no call', async () => {
	callbacks.answer = () => ({ body: '{"error":"Sorry"}' });
	const { call, answer } = await sim.message({ from: FROM, to: LINE,
		type: 'assistant-request' });
	assert.deepEqual(answer, { error: 'Sorry' });
	await assert.rejects(sim.connect(call), /404/);
});

test('what cannot be sent is told', async () => {
	await assert.rejects(sim.message({ type: 'hang' }), /404/);
	await assert.rejects(sim.message({ from: FROM }), /type/);
	await assert.rejects(sim.message({ type: 'assistant-request' }), /from/);
});

test('messages that ask fit Vapi\'s OpenAPI description',
	{ skip: openapiMissing }, async () => {
		const { json: { id } } = await create();
		for (const type of [...ASKING, 'transcript', 'conversation-update',
			'user-interrupted', 'hang']) {
			const { sent } = await sim.message({ type, from: FROM, to: LINE,
				call: type === 'assistant-request' ? undefined : id });
			assert.deepEqual(violations(
				`ServerMessage${schemaName(type)}`, sent.message), [], type);
		}
	});

// One `callward-sim call` and the request that it made.
async function called(...args) {
	const done = await sim.call('--from', FROM, '--to', LINE, ...args);
	assert.equal(done.status, 0, done.stderr + done.stdout);
	return webhook.received;
}

const valid = (request, params) => twilio.validateRequest(TWILIO_TOKEN,
	request.headers['x-twilio-signature'], webhook.url + request.url, params);

test('call --json: the body by its hash in the address', async () => {
	const [request] = await called('--json');
	assert.equal(request.method, 'POST');
	assert.equal(request.headers['content-type'], 'application/json');
	assert.equal(new URL(request.url, webhook.url).searchParams
		.get('bodySHA256'),
	createHash('sha256').update(request.body).digest('hex'));
	assert.ok(twilio.validateRequestWithBody(TWILIO_TOKEN,
		request.headers['x-twilio-signature'], webhook.url + request.url,
		request.body));
	assert.equal(JSON.parse(request.body).From, FROM);
});

test('call --get: everything in the address', async () => {
	const [request] = await called('--get');
	assert.equal(request.method, 'GET');
	assert.equal(request.body, '');
	assert.equal(new URL(request.url, webhook.url).searchParams.get('From'),
		FROM);
	assert.ok(valid(request, {}));
});

test('call --status: callbacks in the order given', async () => {
	webhook.answer = () => ({ status: 204, body: '' });
	const sid = `CA${'7'.repeat(32)}`;
	const all = await called('--call-sid', sid, '--status',
		'completed,ringing');
	const forms = all.map((r) => Object.fromEntries(
		new URLSearchParams(r.body)));
	assert.ok(all.every((r, i) => r.url === '/api/webhooks/twilio/status' &&
		valid(r, forms[i])));
	assert.deepEqual(forms.map((f) => [f.CallSid, f.CallStatus,
		f.SequenceNumber, f.CallDuration]),
	[[sid, 'completed', '3', '42'], [sid, 'ringing', '1', undefined]]);
	assert.ok(Math.abs(Date.parse(forms[0].Timestamp) - Date.now()) < 60000);
	webhook.clear();
	const [last] = await called('--call-sid', sid, '--status', 'busy');
	assert.equal(new URLSearchParams(last.body).get('SequenceNumber'), '0');
	assert.equal((await sim.call('--from', FROM, '--to', LINE, '--status',
		'busy')).status, 2, 'no CallSid to tell of');
});

test('call --error-code: a request to the fallback address', async () => {
	const [request] = await called('--error-code', '12100', '--param',
		'Unheard=of', '--param', 'SipHeader_X-Other=é&=');
	const form = Object.fromEntries(new URLSearchParams(request.body));
	assert.equal(form.ErrorCode, '12100');
	assert.equal(form.ErrorUrl, `${webhook.url}/api/webhooks/twilio`);
	assert.equal(form.Unheard, 'of');
	assert.equal(form['SipHeader_X-Other'], 'é&=');
	assert.ok(valid(request, form));
});

test('call: callers that are no number', async () => {
	for (const from of ['anonymous', 'sip:desk@pbx.example', 'client:desk']) {
		webhook.clear();
		const [request] = await called('--from', from);
		const form = Object.fromEntries(new URLSearchParams(request.body));
		assert.equal(form.From, from);
		assert.equal(form.FromCity, '');
		assert.equal(form.StirVerstat, '');
		assert.equal(form.SipDomain, from.startsWith('sip:') ?
			'pbx.example' : undefined);
		assert.ok(valid(request, form));
	}
});

test('call: a retry carries the same idempotency token', async () => {
	await called('--repeat', '2');
	const tokens = webhook.received
		.map((r) => r.headers['i-twilio-idempotency-token']);
	assert.equal(tokens.length, 2);
	assert.match(tokens[0], /^[0-9a-f-]{36}$/);
	assert.equal(tokens[0], tokens[1]);
});
