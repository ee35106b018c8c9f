// What is asked of Vapi when a call arrives: the body of POST /call.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { openapiMissing, propertiesOf, violations } from './lib/openapi.js';
import { startReceiver } from './lib/receiver.js';
import { SIM_KEY } from './lib/sim.js';
import { sealOf } from './lib/vapi.js';
import { A, B, LINE, LINE_VAPI_ID, openWorld } from './lib/world.js';

const world = await openWorld();
const WITHHELD = 'anonymous';
const TO_LINE = '+15558888888';
await world.addLine(TO_LINE, LINE_VAPI_ID);
await world.addNumber({ user: 'user_to', number: TO_LINE, rule: 'to' });

async function asked(about) {
	const answer = await world.arrive(about);
	assert.equal(answer.verb, 'Connect', answer.body);
	const { data } = await world.sim.calls();
	return { answer, body: data.at(-1).request, row:
		await world.row(answer.callSid) };
}

test('the body validates against Vapi\'s description',
	{ skip: openapiMissing }, async () => {
		for (const about of [{ from: A.number }, { from: B.number },
			{ from: WITHHELD, to: TO_LINE },
			{ from: '+1 (555) 000', to: TO_LINE }]) {
			const { body } = await asked(about);
			const { phoneCallProviderBypassEnabled, ...documented } = body;
			assert.equal(phoneCallProviderBypassEnabled, true);
			assert.deepEqual(violations('CreateCallDTO', documented), []);
			const known = propertiesOf('CreateCallDTO');
			for (const name of Object.keys(documented))
				assert.ok(known.includes(name), name);
			for (const name of Object.keys(body.assistantOverrides))
				assert.ok(propertiesOf('AssistantOverrides')
					.includes(name), name);
		}
	});

test('the assistant, the line and the caller are named', async () => {
	const { body } = await asked({ from: B.number });
	assert.equal(body.phoneCallProviderBypassEnabled, true);
	assert.equal(body.assistantId, B.vapiId);
	assert.equal(body.phoneNumberId, LINE_VAPI_ID);
	assert.deepEqual(body.customer, { number: B.number });
});

test('a caller without a number is no reason to fail', async () => {
	const { body, row } = await asked({ from: WITHHELD, to: TO_LINE });
	assert.equal('customer' in body, false, 'of whom nothing is known');
	assert.equal(row.caller_phone_number, WITHHELD);
	assert.equal(row.owner_rule, 'to');
});

test('metadata names the owner in assistantOverrides alone', async () => {
	const { body, row } = await asked({ from: A.number });
	assert.equal('metadata' in body, false);
	const { seal, ...rest } = body.assistantOverrides.metadata;
	assert.deepEqual(rest, { user_id: A.user,
		assistant_id: row.assistant_id,
		phone_number_id: row.phone_number_id,
		caller_phone_number: A.number, assistant_phone_number: LINE,
		call_id: row.id });
	assert.ok(seal.length > 40);
	assert.deepEqual(row.metadata, body.assistantOverrides.metadata);
});

test('what the clinic set goes to its assistant', async () => {
	const { body: before } = await asked({ from: A.number });
	assert.deepEqual(Object.keys(before.assistantOverrides), ['metadata']);
	const set = (greeting, language, name) => world.cluster.query(
		'with a as (update public.assistants set greeting = $2, ' +
		'language = $3 where user_id = $1) insert into ' +
		'public.clinic_settings (user_id, name) values ($1, $4) ' +
		'on conflict (user_id) do update set name = excluded.name',
		[A.user, greeting, language, name]);
	const overrides = async (from) =>
		(await asked({ from })).body.assistantOverrides;
	const greeting = '¡Hola! "A" & <B>\n歯';
	await set(greeting, 'es-MX', 'Zoë\'s');
	const { metadata, ...rest } = await overrides(A.number);
	assert.deepEqual(rest, { firstMessage: greeting,
		variableValues: { language: 'es-MX', clinic_name: 'Zoë\'s' } });
	assert.equal(metadata.user_id, A.user);
	if (!openapiMissing)
		assert.deepEqual(violations('AssistantOverrides',
			{ metadata, ...rest }), []);
	assert.deepEqual(Object.keys(await overrides(B.number)), ['metadata'],
		'and to no other\'s');
	await set('', 'en', '');
	assert.deepEqual((await overrides(A.number)).variableValues,
		{ language: 'en' });
	await set(null, null, null);
	assert.deepEqual(Object.keys(await overrides(A.number)), ['metadata']);
});

test('the seal is the one that another program makes of it', async () => {
	for (const from of [A.number, B.number]) {
		const { metadata } = (await asked({ from })).body
			.assistantOverrides;
		assert.equal(metadata.seal, sealOf(world.key, metadata));
		const other = { ...metadata, user_id: 'user_c' };
		assert.notEqual(metadata.seal, sealOf(world.key, other));
	}
});

test('a copy at the top level is sent only when it is set', async () => {
	const vapi = await startReceiver(() => ({ status: 201,
		body: JSON.stringify({ id: '0190163d-8694-739b-aea5-966c26f8ad91',
			phoneCallProviderDetails: { twiml: '<Response/>' } }) }));
	const conf = world.writeSettings('top', { ...world.settings(),
		VAPI_API_URL: vapi.url, VAPI_TOP_LEVEL_METADATA: 'yes' });
	const { port } = await world.secondResponder(conf);
	const answer = await world.arrive({ from: A.number }, { port });
	await vapi.stop();
	assert.equal(answer.body, '<Response/>', 'byte for byte');
	const [request] = vapi.received;
	assert.equal(request.method, 'POST');
	assert.equal(request.url, '/call');
	assert.equal(request.headers.authorization, `Bearer ${SIM_KEY}`);
	assert.match(request.headers['content-type'], /^application\/json/);
	const body = JSON.parse(request.body);
	assert.deepEqual(body.metadata, body.assistantOverrides.metadata);
	assert.equal(body.metadata.user_id, A.user);
});

test('Vapi\'s TwiML is passed on byte for byte', async () => {
	const twiml = '\n<?xml version="1.0"?>\r\n<Response>\t<Connect>' +
		'<Stream url="wss://x.example/?a=1&amp;b=2"/></Connect>' +
		'<!-- Zoë 歯 --></Response>\n ';
	const vapi = await startReceiver(() => ({ status: 200,
		body: JSON.stringify({ id: '0190163d-8694-739b-aea5-966c26f8ad92',
			phoneCallProviderDetails: { twiml } }) }));
	const conf = world.writeSettings('twiml', { ...world.settings(),
		VAPI_API_URL: vapi.url });
	const { port } = await world.secondResponder(conf);
	const first = await world.arrive({ from: A.number }, { port });
	const again = await world.arrive({ from: A.number,
		callSid: first.callSid }, { port });
	await vapi.stop();
	assert.equal(first.body, twiml);
	assert.match(first.headers['content-type'], /^text\/xml/);
	assert.equal(again.body, twiml);
	assert.equal(vapi.received.length, 1);
});

test('a Vapi call that is another call\'s is not bound twice', async () => {
	const taken = (await world.connected(A)).vapi_call_id;
	const vapi = await startReceiver(() => ({ status: 201,
		body: JSON.stringify({ id: taken, phoneCallProviderDetails: {
			twiml: '<Response><Hangup/></Response>' } }) }));
	const conf = world.writeSettings('taken', { ...world.settings(),
		VAPI_API_URL: vapi.url });
	const { port } = await world.secondResponder(conf);
	const answer = await world.arrive({ from: B.number }, { port });
	await vapi.stop();
	assert.equal(answer.status, 200);
	assert.equal(answer.verb, 'Say');
	const row = await world.row(answer.callSid);
	assert.equal(row.vapi_call_id, null);
	assert.equal(row.status, 'failed');
	const [{ count }] = await world.cluster.query('select count(*) from ' +
		'callward.sessions where vapi_call_id = $1', [taken]);
	assert.equal(count, 1);
});

closing(world);
