// Vapi fails in every way it can: the caller hears a voice, the first answer
// stands, and nothing is asked a second time.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { startReceiver } from './lib/receiver.js';
import { freePort } from './lib/temp.js';
import { report } from './lib/vapi.js';
import { A, openWorld } from './lib/world.js';

const vapi = await startReceiver();
const SENTENCE = 'Sorry & <please> call "again" later, it\'s Zoë';
const world = await openWorld({ settings: { VAPI_API_URL: vapi.url,
	UNAVAILABLE_SENTENCE: SENTENCE } });
// Where a deadline has to run out it is a short one, and nowhere else.
const hasty = await world.secondResponder(world.writeSettings('hasty',
	{ ...world.settings(), VAPI_TIMEOUT_MS: 1000 }));
const twiml = '<Response><Hangup/></Response>';
const created = (changes = {}) => ({ status: 201, body: JSON.stringify({
	id: randomUUID(), phoneCallProviderDetails: { twiml }, ...changes }) });
const details = (value) => created({ phoneCallProviderDetails: value });

async function assertApology(answer, what) {
	assert.equal(answer.status, 200, what);
	assert.match(answer.headers['content-type'], /^text\/xml/, what);
	assert.equal(answer.body, '<?xml version="1.0" encoding="UTF-8"?>' +
		'<Response><Say>Sorry &amp; &lt;please&gt; call &quot;again&quot; ' +
		'later, it&apos;s Zoë</Say><Hangup/></Response>', what);
	const row = await world.row(answer.callSid);
	assert.equal(row.status, 'failed', what);
	assert.equal(row.ended_reason, 'callward-no-session', what);
	assert.equal(row.vapi_call_id, null, what);
	assert.notEqual(row.ended_at, null, what);
}

test('a Vapi that works is passed on', async () => {
	vapi.answer = () => created();
	const answer = await world.arrive({ from: A.number });
	assert.equal(answer.body, twiml);
});

for (const [what, answer] of Object.entries({
	'400': { status: 400, body: '{"message":["x"],"statusCode":400}' },
	'401': { status: 401, body: '{"message":"Invalid Key."}' },
	'402': { status: 402 }, '403': { status: 403 }, '404': { status: 404 },
	'409': { status: 409 },
	'429': { status: 429, headers: { 'retry-after': '0' } },
	'500': { status: 500 }, '502 in HTML': { status: 502,
		body: '<html><Response/></html>' },
	'503': { status: 503, headers: { 'retry-after': '0' } },
	'a redirect': { status: 302, headers: { location: '/elsewhere' } },
	'an empty 201': { status: 201, body: '' },
	'a 204': { status: 204, body: '' },
	'HTML with 200': { status: 200, body: '<html>Hello</html>' },
	'bytes that are nothing': { status: 201,
		body: Buffer.from([0, 255, 254, 123]) },
	'half an object': { status: 201, body: '{"id":"' },
	'a list': { status: 201, body: '[]' },
	'null': { status: 201, body: 'null' },
	'over a megabyte': () => created({ pad: 'x'.repeat(2 ** 20) }),
	'no TwiML': () => details({}), 'no details': () => details(undefined),
	'TwiML that is null': () => details({ twiml: null }),
	'empty TwiML': () => details({ twiml: '' }),
	'TwiML that is a list': () => details({ twiml: [twiml] }),
	'TwiML that is a word': () => details({ twiml: 'Response' }),
	'TwiML of another root': () => details({ twiml: '<Html/>' }),
	'TwiML with a document type': () => details({ twiml:
		`<!DOCTYPE x [<!ENTITY y "z">]>${twiml}` }),
	'TwiML over 64 kB': () => details({ twiml:
		`<Response>${' '.repeat(65536)}</Response>` }),
	'TwiML with a NUL': () => details({ twiml: `${twiml}\0` }),
	'no id': () => created({ id: undefined }),
	'an id that is a number': () => created({ id: 7 }),
	'an empty id': () => created({ id: '' }),
	'an id with a line break': () => created({ id: 'a\nb' }),
	'id twice': { status: 201, body: '{"id":"a","id":"b",' +
		`"phoneCallProviderDetails":{"twiml":"${twiml}"}}` },
})) {
	test(`Vapi answers ${what}`, async () => {
		vapi.clear();
		vapi.answer = typeof answer === 'function' ? answer : () => answer;
		const first = await world.arrive({ from: A.number });
		await assertApology(first, what);
		vapi.answer = () => created();
		const again = await world.arrive({ from: A.number,
			callSid: first.callSid });
		assert.equal(again.body, first.body, 'the first answer is kept');
		assert.equal(vapi.received.length, 1, 'asked once');
	});
}

test('Vapi is slower than the deadline', async () => {
	vapi.clear();
	let release;
	const held = new Promise((resolve) => { release = resolve; });
	vapi.answer = () => held;
	const first = await world.arrive({ from: A.number }, hasty);
	await assertApology(first, 'slow');
	release(created());
	const again = await world.arrive({ from: A.number,
		callSid: first.callSid });
	assert.equal(again.body, first.body);
	await vapi.wait(1);
	assert.equal(vapi.received.length, 1);
});

test('Vapi\'s answer comes late, byte by byte, or not whole', async () => {
	vapi.clear();
	vapi.answer = () => ({ ...created(),
		headers: { 'content-length': '100000' } });
	const first = await world.arrive({ from: A.number }, hasty);
	await assertApology(first, 'not whole');
	await vapi.wait(1);
	assert.equal(vapi.received.length, 1);
});

test('Vapi cannot be reached at all', async () => {
	const conf = world.writeSettings('refused', { ...world.settings(),
		VAPI_API_URL: `http://127.0.0.1:${await freePort()}` });
	const { port } = await world.secondResponder(conf);
	const first = await world.arrive({ from: A.number }, { port });
	await assertApology(first, 'refused');
	const again = await world.arrive({ from: A.number,
		callSid: first.callSid });
	assert.equal(again.body, first.body, 'also where Vapi can be reached');
});

test('a number without an assistant is told to the operator', async () => {
	const number = '+15554440000';
	await world.addNumber({ user: A.user, number, vapiId: null });
	vapi.clear();
	const answer = await world.arrive({ from: number });
	await assertApology(answer, 'none');
	assert.equal(vapi.received.length, 0);
	assert.match(await world.logLine(answer), /no assistant/);
});

test('a late report fills a failed call and does not revive it', async () => {
	let metadata;
	vapi.answer = (request) => {
		({ metadata } = JSON.parse(request.body).assistantOverrides);
		return { status: 500 };
	};
	const { callSid } = await world.arrive({ from: A.number });
	const sent = await world.callback(report({ id: randomUUID(), metadata }));
	assert.equal(sent.status, 200);
	const row = await world.row(callSid);
	assert.equal(row.status, 'failed');
	assert.equal(row.ended_reason, 'callward-no-session');
	assert.match(row.transcript, /An appointment/);
	const again = await world.arrive({ from: A.number, callSid });
	assert.equal(again.verb, 'Say');
});

closing(world);
test('the stand-in for Vapi ends', () => vapi.stop());
