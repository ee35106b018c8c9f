// callward-sim as Twilio's REST API and the telephones behind it: a call is
// made with Twilio's own SDK, rung, answered or forwarded back to us, and
// what is said and pressed on one leg is heard on the other.
// Needs CALLWARD_BUILD, the folder of the built programs.
// Waits: for telephones that ring
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import twilio from 'twilio';
import { waitFor } from './lib/process.js';
import { SIM_KEY, TWILIO_SID, TWILIO_TOKEN, useSim } from './lib/sim.js';

const CLINIC = '+15551111111';
const LINE = '+15559999999';
const DESK = '+15558888888';
const CALLS = `/2010-04-01/Accounts/${TWILIO_SID}/Calls`;
const VOICE = '/api/webhooks/twilio';
const TONES = '739105';

const { sim, webhook } = await useSim({ threads: 16 });
const client = twilio(TWILIO_SID, TWILIO_TOKEN);
client.api.baseUrl = sim.url;

// What is answered: path without query -> TwiML, or a function of the form.
let script;

const say = (text) => `<Response><Say>${text}</Say></Response>`;

beforeEach(async () => {
	await sim.plan({ phone_speed: 50 });
	script = {};
	webhook.answer = (request) => {
		const step = script[request.url.split('?')[0]];
		return { status: step === undefined ? 404 : 200,
			headers: { 'content-type': 'text/xml' },
			body: typeof step === 'function' ? step(form(request)) : step };
	};
});

const form = (request) => Object.fromEntries(new URLSearchParams(
	request.method === 'GET' ? request.url.split('?')[1] : request.body));
const asked = (path) => webhook.received
	.filter((r) => r.url.split('?')[0] === path);
const url = (path) => webhook.url + path;

const make = (more = {}) => client.calls.create({ to: CLINIC, from: DESK,
	url: url('/out'), ...more });

async function ended(sid) {
	return waitFor(async () => {
		const call = await client.calls(sid).fetch();
		return ['queued', 'ringing', 'in-progress'].includes(call.status) ?
			null : call;
	}, { what: 'the end of the call' });
}

async function raw(path, { method = 'POST', body, auth = `${TWILIO_SID}:${
	TWILIO_TOKEN}` } = {}) {
	const res = await fetch(sim.url + path, { method, body,
		headers: { 'content-type': 'application/x-www-form-urlencoded',
			authorization: `Basic ${Buffer.from(auth).toString('base64')}` } });
	return { status: res.status, json: await res.json() };
}

const words = async (number) => (await sim.phone(number)).heard
	.map((h) => h.words ?? h.tones);

test('a person answers, presses a key and hears what is said', async () => {
	script = { '/out': '<Response><Gather numDigits="1" action="key">' +
		'<Say>Press one if you asked for this.</Say></Gather>' +
		'<Say>Goodbye.</Say></Response>',
	'/key': say('Your code is 1 2 3 4 5 6.') };
	const made = await make();
	assert.match(made.sid, /^CA[0-9a-f]{32}$/);
	assert.equal(made.status, 'queued');
	assert.equal(made.accountSid, TWILIO_SID);
	assert.equal(made.direction, 'outbound-api');
	const call = await ended(made.sid);
	assert.equal(call.status, 'completed');
	assert.equal(call.to, CLINIC);
	assert.ok(call.endTime >= call.startTime);
	assert.deepEqual(await words(CLINIC), ['Press one if you asked for this.',
		'Your code is 1 2 3 4 5 6.']);
	const [first, second] = webhook.received.map(form);
	assert.deepEqual([first.CallSid, first.CallStatus, first.Direction,
		first.From, first.To, first.Digits],
	[made.sid, 'in-progress', 'outbound-api', DESK, CLINIC, undefined]);
	assert.deepEqual([second.Digits, second.FinishedOnKey], ['1', '']);
	for (const request of webhook.received)
		assert.ok(twilio.validateRequest(TWILIO_TOKEN,
			request.headers['x-twilio-signature'],
			webhook.url + request.url, form(request)));
});

test('nobody presses: <Gather> falls through', async () => {
	await sim.phone(CLINIC, { keys: '' });
	script = { '/out': '<Response><Gather numDigits="1" timeout="3"/>' +
		'<Say>Goodbye.</Say></Response>' };
	await ended((await make()).sid);
	assert.equal(webhook.received.length, 1);
	assert.deepEqual(await words(CLINIC), ['Goodbye.']);
});

// The line that the number forwards to takes the tones of the other leg.
function loop() {
	script = {
		'/out': `<Response><Pause length="2"/><Play digits="ww${TONES}"/>` +
			'<Pause length="5"/></Response>',
		[VOICE]: '<Response><Gather input="dtmf" numDigits="6" ' +
			'timeout="15" action="/tones?a=b&amp;c=d"/></Response>',
		'/tones': say('Thank you.') };
}

for (const [carrier, seen] of [
	['own', { From: CLINIC }],
	['caller', { From: DESK }],
	['forwarded-from', { From: DESK, ForwardedFrom: CLINIC }],
	['diversion', { From: DESK, SipHeader_Diversion:
		`<sip:${CLINIC}@192.0.2.9>;reason=unconditional` }],
	['line', { From: DESK, ForwardedFrom: LINE }],
]) {
	test(`a forwarded call comes back: carrier ${carrier}`, async () => {
		await sim.phone(CLINIC, { forwards: 'always', to: LINE, carrier });
		loop();
		const { sid } = await make();
		assert.equal((await ended(sid)).status, 'completed');
		const [arrival] = asked(VOICE).map(form);
		assert.notEqual(arrival.CallSid, sid);
		assert.equal(arrival.Direction, 'inbound');
		assert.equal(arrival.CallStatus, 'ringing');
		assert.equal(arrival.To, LINE);
		assert.deepEqual([arrival.From, arrival.ForwardedFrom,
			arrival.SipHeader_Diversion],
		[seen.From, seen.ForwardedFrom, seen.SipHeader_Diversion]);
		const [tones] = asked('/tones');
		assert.equal(tones.url, '/tones?a=b&c=d');
		assert.equal(form(tones).Digits, TONES);
		assert.equal(form(tones).CallSid, arrival.CallSid);
		assert.equal(form(tones).CallStatus, 'in-progress');
		assert.ok(twilio.validateRequest(TWILIO_TOKEN,
			tones.headers['x-twilio-signature'],
			webhook.url + tones.url, form(tones)));
		assert.deepEqual(await words(DESK), ['Thank you.']);
		assert.deepEqual(await words(LINE), [TONES]);
		assert.deepEqual(await words(CLINIC), []);
	});
}

test('tones that nobody listens for are lost', async () => {
	await sim.phone(CLINIC, { forwards: 'always', to: LINE });
	loop();
	script['/out'] = `<Response><Play digits="${TONES}"/>` +
		'<Pause length="60"/></Response>';
	script[VOICE] = '<Response><Say>One moment.</Say>' +
		'<Pause length="10"/><Gather numDigits="6" timeout="2" ' +
		'action="/tones"/><Say>Nothing came.</Say></Response>';
	const { sid } = await make();
	await ended(sid);
	assert.equal(asked('/tones').length, 0);
	assert.deepEqual(await words(DESK), ['One moment.', 'Nothing came.']);
	const notes = (await sim.legs(`?id=${sid}`)).data;
	assert.deepEqual(notes.filter((n) => n.event === 'tones heard')
		.map((n) => n.value), ['0 of 6 tones were listened for']);
});

for (const [what, phone, reason] of [
	['busy', { answers: 'busy', forwards: 'busy' }, 'user-busy'],
	['unanswered', { answers: 'no-answer', forwards: 'unanswered',
		forward_ms: 5000 }, 'no-answer'],
]) {
	test(`a line that forwards when ${what}`, async () => {
		await sim.phone(CLINIC, { ...phone, to: LINE,
			carrier: 'diversion' });
		loop();
		assert.equal((await ended((await make()).sid)).status, 'completed');
		assert.equal(form(asked('/tones')[0]).Digits, TONES);
		assert.equal(form(asked(VOICE)[0]).SipHeader_Diversion,
			`<sip:${CLINIC}@192.0.2.9>;reason=${reason}`);
	});
}

test('a line that forwards when unanswered is answered first', async () => {
	await sim.phone(CLINIC, { forwards: 'unanswered', to: LINE });
	script = { '/out': say('Hello.') };
	await ended((await make()).sid);
	assert.deepEqual(await words(CLINIC), ['Hello.']);
	assert.equal(asked(VOICE).length, 0);
});

for (const [twiml, status, expected] of [
	['<Reject reason="busy"/>', 'busy', 'busy'],
	['<Reject/>', 'no-answer', 'no-answer'],
	['<Hangup/>', 'completed', 'completed'],
]) {
	test(`a forwarded call that meets ${twiml} ends ${status}`, async () => {
		await sim.phone(CLINIC, { forwards: 'always', to: LINE });
		script = { '/out': say('Hello.'), [VOICE]:
			`<Response>${twiml}</Response>`, [`${VOICE}/status`]: '<Response/>' };
		const call = await ended((await make()).sid);
		assert.equal(call.status, status);
		await waitFor(() => asked(`${VOICE}/status`).length === 1,
			{ what: 'status callback of the line' });
		const told = form(asked(`${VOICE}/status`)[0]);
		assert.equal(told.CallSid, form(asked(VOICE)[0]).CallSid);
		assert.deepEqual([told.CallStatus, told.SequenceNumber,
			told.Direction], [expected, '0', 'inbound']);
		assert.equal(asked('/out').length, status === 'completed' ? 1 : 0);
	});
}

const EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

for (const [phone, expected] of [
	[{}, ['initiated', 'ringing', 'in-progress', 'completed']],
	[{ answers: 'busy' }, ['initiated', 'busy']],
	[{ answers: 'no-answer' }, ['initiated', 'ringing', 'no-answer']],
	[{ answers: 'not-in-service' }, ['initiated', 'failed']],
	[{ answer_ms: 50000 }, ['initiated', 'ringing', 'no-answer']],
]) {
	test(`status callbacks: ${expected.join(', ')}`, async () => {
		await sim.phone(CLINIC, phone);
		script = { '/out': say('one two three four five six seven'),
			'/status': '<Response/>' };
		const { sid } = await make({ timeout: 10,
			statusCallback: url('/status?a=1'), statusCallbackEvent: EVENTS });
		const last = expected.at(-1);
		assert.equal((await ended(sid)).status, last);
		await waitFor(() => asked('/status').length === expected.length,
			{ what: 'status callbacks' });
		const told = asked('/status').map(form)
			.sort((a, b) => a.SequenceNumber - b.SequenceNumber);
		assert.deepEqual(told.map((t) => t.CallStatus), expected);
		assert.deepEqual(told.map((t) => t.SequenceNumber),
			expected.map((_, i) => String(i)));
		assert.ok(told.every((t) => t.CallSid === sid &&
			t.Direction === 'outbound-api' &&
			t.CallbackSource === 'call-progress-events'));
		assert.equal(told[0].CallDuration, undefined);
		const seconds = Number(told.at(-1).CallDuration);
		assert.ok(last === 'completed' ? seconds >= 2 && seconds <= 60 :
			seconds === 0, `${seconds} s`);
		for (const request of asked('/status'))
			assert.ok(twilio.validateRequest(TWILIO_TOKEN,
				request.headers['x-twilio-signature'],
				webhook.url + request.url, form(request)));
	});
}

test('without StatusCallbackEvent the end alone is told', async () => {
	script = { '/out': say('Hello.'), '/status': '<Response/>' };
	await ended((await make({ statusCallback: url('/status'),
		statusCallbackMethod: 'GET' })).sid);
	await waitFor(() => asked('/status').length === 1);
	const [request] = asked('/status');
	assert.equal(request.method, 'GET');
	assert.equal(form(request).CallStatus, 'completed');
	assert.equal(form(request).SequenceNumber, '0');
});

test('a number that nobody described: +1555 answers, others do not',
	async () => {
		script = { '/out': say('Hello.') };
		assert.equal((await ended((await make({ to: '+15554443333' })).sid))
			.status, 'completed');
		assert.equal((await ended((await make({ to: '+493012345678' })).sid))
			.status, 'failed');
	});

test('a person who hangs up ends the call', async () => {
	await sim.phone(CLINIC, { hang_up_ms: 3000 });
	script = { '/out': '<Response><Say>One.</Say><Pause length="600"/>' +
		'<Say>Two.</Say></Response>' };
	assert.equal((await ended((await make()).sid)).status, 'completed');
	assert.deepEqual(await words(CLINIC), ['One.']);
});

test('<Gather>: finishOnKey, several of them, an empty result', async () => {
	await sim.phone(CLINIC, { keys: '25*1,#,' });
	script = { '/out': '<Response><Gather finishOnKey="*" action="a"/>' +
		'</Response>', '/a': '<Response><Gather action="b" method="GET"/>' +
		'</Response>', '/b': '<Response><Gather timeout="1" action="c" ' +
		'actionOnEmptyResult="true"/></Response>',
	'/c': '<Response><Gather input="speech" timeout="1"/>' +
		'<Redirect method="GET">/d?x=1</Redirect><Say>no</Say></Response>',
	'/d': say('The end.') };
	await ended((await make()).sid);
	const [a, b, c, d] = ['/a', '/b', '/c', '/d'].map((p) => asked(p)[0]);
	assert.deepEqual([form(a).Digits, form(a).FinishedOnKey], ['25', '*']);
	assert.equal(b.method, 'GET');
	assert.deepEqual([form(b).Digits, form(b).FinishedOnKey], ['', '#']);
	assert.equal(form(c).Digits, '');
	assert.equal(d.method, 'GET');
	assert.ok(twilio.validateRequest(TWILIO_TOKEN,
		d.headers['x-twilio-signature'], webhook.url + d.url, {}));
	assert.deepEqual(await words(CLINIC), ['The end.']);
});

test('TwiML in the order itself, and digits sent at once', async () => {
	await ended((await make({ url: undefined, sendDigits: 'ww12#',
		twiml: say('A &amp; B') })).sid);
	assert.deepEqual(await words(CLINIC), ['12#', 'A & B']);
	assert.equal(webhook.received.length, 0);
});

test('a document that cannot be had is an apology', async () => {
	const { sid } = await make({ url: url('/none') });
	assert.equal((await ended(sid)).status, 'completed');
	assert.match((await words(CLINIC))[0], /application error/);
	const notes = (await sim.legs(`?id=${sid}`)).data;
	assert.ok(notes.some((n) => n.event === 'error' &&
		n.value.startsWith('11217 ')));
});

test('an assistant answers a forwarded call as one that came in', async () => {
	await sim.phone(CLINIC, { forwards: 'always', to: LINE });
	const res = await fetch(`${sim.url}/call`, { method: 'POST',
		headers: { authorization: `Bearer ${SIM_KEY}` },
		body: JSON.stringify({ phoneCallProviderBypassEnabled: true,
			phoneNumberId: '6d1f0c6e-2a57-4d0b-9a43-0d8d0f6f1a02',
			assistantId: '6d1f0c6e-2a57-4d0b-9a43-0d8d0f6f1a01' }) });
	const made = await res.json();
	script = { '/out': '<Response><Pause length="600"/></Response>',
		[VOICE]: made.phoneCallProviderDetails.twiml };
	await ended((await make()).sid);
	const got = await fetch(`${sim.url}/call/${made.id}`,
		{ headers: { authorization: `Bearer ${SIM_KEY}` } });
	const call = await got.json();
	assert.equal(call.status, 'ended');
	assert.equal(call.phoneCallProviderId,
		form(asked(VOICE)[0]).CallSid);
});

for (const [what, more, code] of [
	['no To', { To: '' }, 21201],
	['a To that is no number', { To: 'clinic' }, 21211],
	['a To that is the From', { To: DESK }, 21211],
	['no From', { From: '' }, 21213],
	['a From that is no number', { From: '5558888888' }, 21212],
	['no Url', { Url: '' }, 21205],
	['a Url that is none', { Url: 'ftp://x/' }, 21205],
	['a method that is none', { Method: 'PUT' }, 21209],
	['a time that is none', { Timeout: 'long' }, 21208],
	['digits that are none', { SendDigits: 'abc' }, 21206],
]) {
	test(`a call with ${what} is refused with ${code}`, async () => {
		const { status, json } = await raw(`${CALLS}.json`, {
			body: new URLSearchParams({ To: CLINIC, From: DESK,
				Url: url('/out'), ...more }) });
		assert.equal(status, 400);
		assert.deepEqual([json.code, json.status, json.more_info],
			[code, 400, `https://www.twilio.com/docs/errors/${code}`]);
		assert.equal((await sim.legs()).total, 0);
	});
}

test('a wrong token or account is 401, an unknown call 404', async () => {
	const body = new URLSearchParams({ To: CLINIC, From: DESK,
		Url: url('/out') });
	const other = `AC${'9'.repeat(32)}`;
	for (const [path, auth] of [
		[`${CALLS}.json`, `${TWILIO_SID}:wrong`],
		[`${CALLS}.json`, `${other}:${TWILIO_TOKEN}`],
		[`/2010-04-01/Accounts/${other}/Calls.json`,
			`${other}:${TWILIO_TOKEN}`]]) {
		const { status, json } = await raw(path, { body, auth });
		assert.deepEqual([status, json.code, json.status], [401, 20003, 401]);
	}
	for (const path of [`${CALLS}/CA${'0'.repeat(32)}.json`,
		`${CALLS}/CA${'0'.repeat(32)}`]) {
		const { status, json } = await raw(path, { method: 'GET' });
		assert.deepEqual([status, json.code], [404, 20404]);
	}
	await assert.rejects(client.calls(`CA${'0'.repeat(32)}`).fetch(),
		(error) => error.code === 20404 && error.status === 404);
});

test('while a document is waited for, a quick world is no quicker than we are',
	async () => {
		await sim.phone(CLINIC, { forwards: 'always', to: LINE });
		loop();
		const answer = webhook.answer;
		// of this world that is 50 s, and who listens does so for 15
		webhook.answer = async (request) => {
			if (request.url.startsWith('/out'))
				await sleep(1000);
			return answer(request);
		};
		await ended((await make()).sid);
		assert.deepEqual(asked('/tones').map((r) => form(r).Digits), [TONES]);
	});

test('a simulator that stands still in quick calls loses none of them',
	async () => {
		loop();
		script['/out'] = '<Response><Pause length="10"/>' +
			`<Play digits="${TONES}"/><Pause length="5"/></Response>`;
		const sids = await Promise.all(Array.from({ length: 20 },
			async (_, i) => {
				const to = `+${Number(CLINIC) + i}`;
				await sim.phone(to, { forwards: 'always', to: LINE });
				return (await make({ to })).sid;
			}));
		await waitFor(() => asked('/out').length > 10);
		sim.process.signal('SIGSTOP');
		// of that world 50 s, and who listens does so for 15
		await sleep(1000);
		sim.process.signal('SIGCONT');
		for (const sid of sids)
			assert.equal((await ended(sid)).status, 'completed');
		assert.deepEqual(asked('/tones').map((r) => form(r).Digits),
			sids.map(() => TONES));
	});

test('who waits already is quicker when the world becomes so', async () => {
	await sim.plan({ phone_speed: 1 });
	await sim.phone(CLINIC, { answers: 'no-answer' });
	const { sid } = await make({ timeout: 600 });
	await waitFor(async () =>
		(await client.calls(sid).fetch()).status === 'ringing');
	await sim.plan({ phone_speed: 1000 });
	assert.equal((await ended(sid)).status, 'no-answer');
});

test('too many calls at once are 429, and a reset ends them', async () => {
	await sim.phone(CLINIC, { answers: 'no-answer' });
	const made = await Promise.all(Array.from({ length: 140 }, () =>
		make({ timeout: 600 }).then((c) => c.sid, (e) => e.code)));
	assert.equal(made.filter((m) => m === 20429).length, 12);
	const sids = made.filter((m) => m !== 20429);
	await sim.reset();
	await assert.rejects(client.calls(sids[0]).fetch(), /not found/);
	await sim.plan({ phone_speed: 50 });
	script = { '/out': say('Hello.') };
	const call = await waitFor(() => make().catch(() => null));
	assert.equal((await ended(call.sid)).status, 'completed');
	assert.equal((await sim.legs(`?id=${sids[0]}`)).data.length, 0);
});

test('a call that outlives a reset leaves the later ones alone', async () => {
	let release;
	const held = new Promise((resolve) => { release = resolve; });
	const answer = webhook.answer;
	script = { '/out': say('Hello.') };
	webhook.answer = (request) => (form(request).To === CLINIC ?
		held.then(() => answer(request)) : answer(request));
	const { sid } = await make();
	await waitFor(() => asked('/out').length === 1);
	await sim.reset();
	await sim.plan({ phone_speed: 50 });
	const later = await make({ to: '+15554443333' });
	await ended(later.sid);
	release();
	await sleep(200);
	assert.equal((await client.calls(later.sid).fetch()).status, 'completed');
	await assert.rejects(client.calls(sid).fetch(), /not found/);
	assert.deepEqual(await words(CLINIC), []);
});

test('callward-sim phone describes a telephone and tells what it heard',
	async () => {
		const set = await sim.run('phone', '--number', '+1 555 111 1111',
			'--forwards', 'always', '--to', LINE, '--carrier', 'caller');
		assert.equal(set.status, 0, set.stderr);
		assert.equal(set.stdout, `${CLINIC} answers=person answer_ms=1000 ` +
			'keys=1 key_ms=500 hang_up_ms=0 forwards=always ' +
			`forward_ms=15000 to=${LINE} carrier=caller\n`);
		await sim.run('phone', '--number', CLINIC, '--keys', '');
		script = { '/out': say('Your code is 1 2 3.') };
		const { sid } = await make();
		await ended(sid);
		const got = await sim.run('phone', '--number', CLINIC);
		const [described, heard] = got.stdout.trim().split('\n');
		assert.match(described, /forwards=never/);
		assert.ok(heard.endsWith(`call_sid=${sid} from=${DESK} ` +
			'words="Your code is 1 2 3."'), heard);
		assert.equal((await sim.phones()).data.length, 1);
	});

for (const [what, args, message] of [
	['no number', [], null],
	['a bad number', ['--number', 'x'], /number/],
	['a bad kind', ['--number', CLINIC, '--answers', 'x'], /answers/],
	['nowhere to forward', ['--number', CLINIC, '--forwards', 'busy'], /to/],
	['a bad time', ['--number', CLINIC, '--key-ms', '-1'], /key_ms/],
	['a bad key', ['--number', CLINIC, '--keys', 'a'], /keys/],
]) {
	test(`callward-sim phone with ${what} fails`, async () => {
		const { status, stderr, stdout } = await sim.run('phone', ...args);
		assert.equal(status, message === null ? 2 : 1);
		assert.match(stderr, message ?? /usage/);
		assert.equal(stdout, '');
		assert.equal((await sim.phones()).data.length, 0);
	});
}

test('a stop does not wait for calls', async () => {
	await sim.plan({ phone_speed: 1 });
	await sim.phone(CLINIC, { forwards: 'always', to: LINE });
	script = { [VOICE]: '<Response><Pause length="600"/></Response>' };
	await make();
	await waitFor(() => asked(VOICE).length === 1);
	// Within ten seconds; the call would take as many minutes. A sanitizer's
	// findings are in the exit status.
	assert.deepEqual(await sim.stop(), { status: 0, signal: null },
		sim.process.log().split('\n')
			.filter((line) => !line.startsWith('time=')).join('\n'));
});
