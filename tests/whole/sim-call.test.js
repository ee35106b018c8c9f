// `callward-sim call`: Twilio's webhook of a call that comes in, and how the
// TwiML that answers it is read and followed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import twilio from 'twilio';
import { SIM_KEY, SIM_SECRET, TWILIO_SID, TWILIO_TOKEN, startSim, useSim }
	from './lib/sim.js';
import { freePort, tempDir } from './lib/temp.js';

const build = process.env.CALLWARD_BUILD;
const { sim, callbacks, webhook, api, create, another } = await useSim({ threads: 32 });

function twiml(body, type = 'text/xml') {
	return { status: 200, body, headers: { 'content-type': type } };
}

const A = ['--from', '+15551111111', '--to', '+15559999999'];

test('call: a webhook with every parameter, signed as Twilio signs', async () => {
	const { status, lines } = await sim.call(...A,
		'--forwarded-from', '+15552222222', '--param', 'StirVerstat=',
		'--param', 'SipHeader_X-Note=a b&c=d+é');
	assert.equal(status, 0);
	assert.equal(lines.length, 1);
	assert.equal(lines[0].status, '200');
	assert.equal(lines[0].verb, 'Hangup');
	assert.match(lines[0].CallSid, /^CA[0-9a-f]{32}$/);
	const [request] = webhook.received;
	assert.match(request.headers['content-type'],
		/^application\/x-www-form-urlencoded/);
	const params = Object.fromEntries(new URLSearchParams(request.body));
	assert.equal(params.CallSid, lines[0].CallSid);
	assert.equal(params.AccountSid, TWILIO_SID);
	assert.equal(params.From, '+15551111111');
	assert.equal(params.Caller, '+15551111111');
	assert.equal(params.To, '+15559999999');
	assert.equal(params.Called, '+15559999999');
	assert.equal(params.ForwardedFrom, '+15552222222');
	assert.equal(params.CallStatus, 'ringing');
	assert.equal(params.Direction, 'inbound');
	assert.equal(params.ApiVersion, '2010-04-01');
	assert.equal(params.StirVerstat, '');
	assert.equal(params['SipHeader_X-Note'], 'a b&c=d+é');
	for (const who of ['From', 'To', 'Caller', 'Called'])
		for (const what of ['City', 'State', 'Zip', 'Country'])
			assert.ok(`${who}${what}` in params);
	assert.ok(request.headers['i-twilio-idempotency-token']);
	const url = `${webhook.url}/api/webhooks/twilio`;
	const signature = request.headers['x-twilio-signature'];
	assert.ok(twilio.validateRequest(TWILIO_TOKEN, signature, url, params));
	assert.ok(!twilio.validateRequest(TWILIO_TOKEN, signature, url,
		{ ...params, From: '+15552222222' }));
});

test('call: a shared key signs where there is one, and says so', async () => {
	const shared = await another({ settings: { SIM_TWILIO_SHARED_KEYS:
		'key:secret-of-a-shared-key,other:x' } });
	try {
		for (const form of [[], ['--get'], ['--json']]) {
			webhook.clear();
			const { status } = await shared.call(...A, ...form);
			assert.equal(status, 0);
			const [{ headers, body, url: path }] = webhook.received;
			const settings =
				headers['x-twilio-webhooks-signature-settings'];
			assert.equal(settings, 'key=key,algorithm=HMAC_SHA256');
			const params = form.length > 0 ? {} :
				Object.fromEntries(new URLSearchParams(body));
			assert.ok(twilio.validateRequest('secret-of-a-shared-key',
				headers['x-twilio-signature'], webhook.url + path, params,
				twilio.getSignatureAlgorithm(settings)), form[0]);
		}
	} finally {
		await shared.stop();
	}
});

test('call: the TwiML of Vapi is followed to the media stream', async () => {
	webhook.answer = async () => twiml((await create())
		.phoneCallProviderDetails.twiml);
	const { status, lines } = await sim.call(...A);
	assert.equal(status, 0);
	assert.equal(lines[0].verb, 'Connect');
	await callbacks.wait(3);
	const [{ id }] = (await sim.calls()).data;
	assert.equal((await api('GET', `/call/${id}`)).json.phoneCallProviderId,
		lines[0].CallSid);
});

test('call: --no-stream leaves the stream alone', async () => {
	webhook.answer = async () => twiml((await create())
		.phoneCallProviderDetails.twiml);
	assert.equal((await sim.call(...A, '--no-stream')).status, 0);
	const [{ id }] = (await sim.calls()).data;
	assert.equal((await api('GET', `/call/${id}`)).json.status, 'queued');
});

for (const parallel of [false, true]) {
	test(`call: --repeat sends the same webhook ${parallel ? 'at once' :
		'one after the other'}`, async () => {
		let now = 0, most = 0, allAreThere;
		const all = new Promise((resolve) => { allAreThere = resolve; });
		webhook.answer = async () => {
			most = Math.max(most, ++now);
			if (now === 20)
				allAreThere();
			await (parallel ? all : sleep(5));
			now--;
			return twiml('<Response><Reject reason="rejected"/></Response>');
		};
		const { status, lines } = await sim.call(...A, '--call-sid',
			'CA00000000000000000000000000000009', '--repeat', '20',
			...(parallel ? ['--parallel'] : []));
		assert.equal(status, 0);
		assert.equal(lines.length, 20);
		assert.ok(lines.every((l) => l.verb === 'Reject' &&
			l.CallSid === 'CA00000000000000000000000000000009'));
		assert.equal(most, parallel ? 20 : 1);
		assert.equal(new Set(webhook.received.map((r) => r.body)).size, 1);
		assert.equal(new Set(webhook.received.map((r) =>
			r.headers['i-twilio-idempotency-token'])).size, 1);
	});
}

for (const [what, answer, error] of [
	['a document type', twiml('<!DOCTYPE x><Response/>'), '12100'],
	['a tag left open', twiml('<Response><Say>hi</Response>'), '12100'],
	['a bare ampersand', twiml('<Response><Say>a & b</Say></Response>'),
		'12100'],
	['a line before the declaration', twiml('\n<?xml version="1.0"?>' +
		'<Response/>'), '12100'],
	['an attribute without quotes', twiml('<Response><Pause length=1/>' +
		'</Response>'), '12100'],
	['nothing', twiml(''), '12100'],
	['text behind the root', twiml('<Response/>x'), '12100'],
	['another root', twiml('<response><Hangup/></response>'), '12200'],
	['an unknown verb', twiml('<Response><Shout/></Response>'), '12200'],
	['JSON', { status: 200, body: '{}' }, '12300'],
	['an error status', { status: 502, body: 'x' }, '11217'],
	['over 64 kB', twiml(`<Response><Say>${'x'.repeat(70000)}</Say>` +
		'</Response>'), '11750'],
]) {
	test(`call: an answer with ${what} is error ${error}`, async () => {
		webhook.answer = () => answer;
		const { status, lines } = await sim.call(...A);
		assert.equal(status, 1);
		assert.equal(lines.length, 1);
		assert.equal(lines[0].verb, 'none');
		assert.ok(lines[0].error.startsWith(`"${error} `), lines[0].error);
	});
}

for (const [what, body, verb] of [
	['an empty document', '<?xml version="1.0" encoding="UTF-8"?>' +
		'<!-- x --><Response/>\n', 'none'],
	['a sentence', '<Response><Say language=\'en-US\'>A &amp; B</Say>' +
		'<Hangup/></Response>', 'Say'],
	['a number', '<Response>\n  <Dial callerId="+1">\n<Number>+15551111111' +
		'</Number></Dial></Response>', 'Dial'],
]) {
	test(`call: ${what} is valid`, async () => {
		webhook.answer = () => twiml(body);
		const { status, lines } = await sim.call(...A);
		assert.equal(status, 0);
		assert.equal(lines[0].verb, verb);
	});
}

test('call: what cannot be reached is tried twice, with the same CallSid',
	async () => {
		const dir = tempDir('sim');
		const lost = await startSim({ build, dir,
			callbackUrl: callbacks.url, nginxPort: await freePort(),
			twilioUrl: `http://127.0.0.1:${await freePort()}/x` });
		const { status, lines } = await lost.call(...A);
		await lost.stop();
		assert.equal(status, 1);
		assert.equal(lines.length, 2);
		assert.ok(lines.every((l) => l.status === '0' &&
			l.error.startsWith('"11205 ')));
		assert.equal(lines[0].CallSid, lines[1].CallSid);
	});

test('usage errors exit 2, settings errors 78, secrets stay out', async () => {
	assert.equal((await sim.call('--from', '+15551111111')).status, 2);
	assert.equal((await sim.call(...A, '--repeat', '0')).status, 2);
	const bad = await sim.call(...A, '-c', '/nonexistent/sim.conf');
	assert.equal(bad.status, 78);
	assert.match(bad.stderr, /sim\.conf/);
	for (const secret of [SIM_KEY, SIM_SECRET, TWILIO_TOKEN, '5551111111'])
		assert.ok(!sim.process.log().includes(secret));
	assert.equal(bad.stdout, '');
});
