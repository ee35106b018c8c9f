// The voice webhook in its other forms: JSON whose hash stands in the address,
// and GET. Signed by Twilio's own SDK; any changed byte is refused.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import twilio from 'twilio';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { callForm, encodeBytes, encodeForm, formHeaders, newCallSid,
	sign, signBytes, verbOf } from './lib/twilio.js';
import { A, B, LINE, TWILIO_PATH, UNKNOWN, openWorld } from './lib/world.js';

const world = await openWorld();
const BATCH = 25;

const jsonRequest = (body, { path } = {}) => {
	const to = path ?? `${TWILIO_PATH}?bodySHA256=${
		twilio.getExpectedBodyHash(body)}`;
	return { method: 'POST', path: to, body, headers: {
		'Content-Type': 'application/json',
		'X-Twilio-Signature': sign(world.publicUrl + to, {}) } };
};

const getRequest = (query) => {
	const path = `${TWILIO_PATH}?${query}`;
	return { method: 'GET', path, headers: {
		'X-Twilio-Signature': sign(world.publicUrl + path, {}) } };
};

const about = (more) => callForm({ from: A.number, to: LINE, ...more });
const ask = (request) => send({ port: world.port, ...request });

// Every request is 403 with an empty body, and nothing is left of it.
async function refused(requests) {
	const before = await world.cluster.fingerprint();
	const asked = await world.sessionsAsked();
	assert.ok(requests.length > 0);
	for (let i = 0; i < requests.length; i += BATCH)
		await Promise.all(requests.slice(i, i + BATCH).map(async (r) => {
			const { status, body } = await ask(r);
			assert.equal(status, 403, JSON.stringify(r));
			assert.equal(body, '');
		}));
	assert.deepEqual(await world.cluster.fingerprint(), before);
	assert.equal(await world.sessionsAsked(), asked);
}

// A text with one character changed, for each of its places.
const changed = (text) => Array.from(text, (c, i) => text.slice(0, i) +
	(c === 'a' ? 'b' : 'a') + text.slice(i + 1));

test('JSON is served as a form would be', async () => {
	for (const tenant of [A, B]) {
		const form = about({ from: tenant.number });
		const { status, headers, body } =
			await ask(jsonRequest(JSON.stringify(form)));
		assert.equal(status, 200);
		assert.match(headers['content-type'], /^text\/xml/);
		assert.equal(verbOf(body), 'Connect');
		assert.equal((await world.row(form.CallSid)).user_id, tenant.user);
	}
	const { body } = await ask(jsonRequest(JSON.stringify(
		about({ from: UNKNOWN }))));
	assert.equal(verbOf(body), 'Reject');
});

test('JSON with other members, of any kind', async () => {
	const form = { ...about({}), Nested: { From: B.number }, List: [1, 2],
		Nothing: null, Number: 7.5, Yes: true, 'Ünï"code': 'é\u2028' };
	const { body } = await ask(jsonRequest(JSON.stringify(form, null, 1)));
	assert.equal(verbOf(body), 'Connect');
	assert.equal((await world.row(form.CallSid)).user_id, A.user);
});

test('JSON with any changed byte of the body is refused', async () => {
	const body = JSON.stringify(about({}));
	const good = jsonRequest(body);
	await refused(changed(body).map((b) => ({ ...good, body: b })));
	await refused([{ ...good, body: `${body} ` }, { ...good, body: '' },
		{ ...good, body: body.slice(0, -1) }]);
	assert.equal((await ask(good)).status, 200);
});

test('JSON with any changed byte of the query is refused', async () => {
	const good = jsonRequest(JSON.stringify(about({})));
	const [path, query] = good.path.split('?');
	await refused(changed(query).map((q) => ({ ...good,
		path: `${path}?${q}` })));
	await refused([{ ...good, path },
		{ ...good, path: `${path}?${query}&${query}` },
		{ ...good, path: `${path}?${query}&bodySHA256=${'0'.repeat(64)}` },
		{ ...good, path: `${path}?${query}&x=1` }]);
});

test('JSON with any changed byte of the signature is refused', async () => {
	const good = jsonRequest(JSON.stringify(about({})));
	const signature = good.headers['X-Twilio-Signature'];
	await refused(changed(signature).map((s) => ({ ...good,
		headers: { ...good.headers, 'X-Twilio-Signature': s } })));
});

test('JSON without its hash, or with another\'s, is refused', async () => {
	const body = JSON.stringify(about({}));
	const other = JSON.stringify(about({ from: B.number }));
	await refused([jsonRequest(body, { path: TWILIO_PATH }),
		jsonRequest(body, { path: `${TWILIO_PATH}?bodySHA256=` }),
		jsonRequest(body, { path: `${TWILIO_PATH}?bodysha256=${
			twilio.getExpectedBodyHash(body)}` }),
		{ ...jsonRequest(other), body },
		// A signature of the form's kind is none of JSON's.
		{ ...jsonRequest(body), headers: {
			'Content-Type': 'application/json', 'X-Twilio-Signature': sign(
				world.publicUrl + TWILIO_PATH, JSON.parse(body)) } }]);
});

test('a signed text that is no one clear object is refused', async () => {
	const form = about({});
	const text = JSON.stringify(form);
	await refused(['[]', 'null', '7', '"x"', '', '{', `${text}${text}`,
		`[${text}]`, text.replace('{', `{"From":"${B.number}",`),
		text.replace('{', '{"AccountSid":"AC1",'),
		JSON.stringify({ ...form, AccountSid: `AC${'f'.repeat(32)}` }),
		JSON.stringify({ ...form, From: `${A.number}\0` })]
		.map((body) => jsonRequest(body)));
});

test('the type of the body is not guessed', async () => {
	const form = about({});
	const json = JSON.stringify(form);
	const asForm = 'application/x-www-form-urlencoded';
	await refused([{ ...jsonRequest(json), headers: {
		...jsonRequest(json).headers, 'Content-Type': asForm } },
	{ method: 'POST', path: TWILIO_PATH, body: encodeForm(form), headers: {
		'Content-Type': 'application/json',
		'X-Twilio-Signature': sign(world.publicUrl + TWILIO_PATH, form) } }]);
});

test('GET is served as a form would be', async () => {
	for (const tenant of [A, B]) {
		const form = about({ from: tenant.number });
		const { status, headers, body } =
			await ask(getRequest(encodeForm(form)));
		assert.equal(status, 200);
		assert.match(headers['content-type'], /^text\/xml/);
		assert.equal(verbOf(body), 'Connect');
		assert.equal((await world.row(form.CallSid)).user_id, tenant.user);
	}
	const { body } = await ask(getRequest(encodeForm(
		about({ from: UNKNOWN }))));
	assert.equal(verbOf(body), 'Reject');
});

test('GET with any changed byte of the query is refused', async () => {
	const query = encodeForm(about({}));
	const good = getRequest(query);
	await refused(changed(query).map((q) => ({ ...good,
		path: `${TWILIO_PATH}?${q}` })));
	await refused([{ ...good, path: TWILIO_PATH },
		{ ...good, path: `${TWILIO_PATH}?${query}&From=${
			encodeURIComponent(B.number)}` },
		{ ...good, path: `${TWILIO_PATH}?${query}&` }]);
	assert.equal((await ask(good)).status, 200);
});

test('a GET and a POST of one CallSid are one call', async () => {
	const callSid = newCallSid();
	const asked = await world.sessionsAsked();
	const { body } = await ask(getRequest(encodeForm(about({ callSid }))));
	const again = await world.arrive({ from: A.number, callSid });
	const json = await ask(jsonRequest(JSON.stringify(about({ callSid }))));
	assert.equal(again.body, body);
	assert.equal(json.body, body);
	assert.equal(await world.sessionsAsked(), asked + 1);
});

// What nobody needs to serve a call costs none ---------------------------------

const FORWARDING = { user: 'user_fwd', number: '+15553330021',
	rule: 'forwarded_from' };
await world.addNumber(FORWARDING);
const PATIENT = '+15554445555';

// A form whose values may be bytes, as Twilio posts it.
async function post(more, path = TWILIO_PATH) {
	const form = Object.fromEntries(Object.entries(about(more))
		.filter(([, value]) => value !== undefined));
	const answer = await send({ port: world.port, method: 'POST', path,
		headers: formHeaders(signBytes(world.publicUrl + path, form)),
		body: encodeBytes(form) });
	return { ...answer, verb: verbOf(answer.body), callSid: form.CallSid };
}

const LATIN1 = Buffer.from('Praxis M\xfcller', 'latin1');
const LONG = '9'.repeat(140);

for (const [what, more] of [
	['a name that is not UTF-8', { CallerName: LATIN1 }],
	['a name with a NUL', { CallerName: 'a\0b' }],
	['a ForwardedFrom of 140 bytes', { ForwardedFrom: LONG }],
	['a ForwardedFrom that is not UTF-8', { ForwardedFrom: LATIN1 }],
	['an attestation of 140 bytes', { StirVerstat: LONG }],
	['an attestation that is not UTF-8', { StirVerstat: LATIN1 }],
	['a Called of 140 bytes', { Called: LONG }],
	['a Diversion that is not UTF-8', { Diversion: LATIN1 }],
	['a city that is not UTF-8', { FromCity: LATIN1, ToCity: LATIN1 }],
	['an ErrorCode of 140 bytes', { ErrorCode: LONG }],
])
	test(`${what} costs no call`, async () => {
		const answer = await post(more);
		assert.equal(answer.status, 200);
		assert.equal(answer.verb, 'Connect');
		const row = await world.row(answer.callSid);
		assert.equal(row.user_id, A.user);
		for (const name of ['forwarded_from', 'diversion'])
			assert.equal(row[name], null, name);
		assert.equal(row.stir_verstat,
			more.StirVerstat ? null : 'TN-Validation-Passed-A');
	});

test('what comes twice with two values counts as not sent', async () => {
	const since = await world.now();
	for (const more of [
		{ ForwardedFrom: [FORWARDING.number, '+15553330022'] },
		{ StirVerstat: ['TN-Validation-Passed-A', 'No'] },
		{ Called: [LINE, '+15553330022'] },
		{ Diversion: ['tel:+15553330021', 'tel:+15553330022'] },
		{ CallStatus: ['ringing', 'busy'], ErrorCode: ['1', '2'] }]) {
		const form = about(more);
		const answer = await send({ port: world.port, method: 'POST',
			path: TWILIO_PATH, body: encodeForm(form), headers: formHeaders(
				sign(world.publicUrl + TWILIO_PATH, form)) });
		assert.equal(verbOf(answer.body), 'Connect', JSON.stringify(more));
		assert.equal((await world.row(form.CallSid)).user_id, A.user);
	}
	assert.deepEqual(await world.inbox(since), []);
});

test('nor is it a signal any more', async () => {
	const forwarded = { from: PATIENT, ForwardedFrom: FORWARDING.number };
	assert.equal((await post(forwarded)).verb, 'Connect');
	for (const Called of [LONG, LATIN1, ''])
		assert.equal((await post({ ...forwarded, Called })).verb, 'Reject',
			'without its guard ForwardedFrom says nothing');
	assert.equal((await post({ ...forwarded, Called: undefined })).verb,
		'Connect', 'as one may that was never sent');
});

test('the inbox has the bytes of what is no text', async () => {
	const since = await world.now();
	assert.equal((await post({ from: PATIENT, Diversion: LATIN1 })).verb,
		'Reject');
	const [{ details }] = await world.inbox(since);
	assert.equal(details.diversion, 'Praxis M\\xfcller');
});

test('what decides has to be text, and short', async () => {
	const before = await world.cluster.fingerprint();
	for (const name of ['From', 'To', 'CallSid', 'AccountSid'])
		for (const value of [LATIN1, 'a\0b'])
			assert.equal((await post({ [name]: value })).status, 403, name);
	assert.deepEqual(await world.cluster.fingerprint(), before);
	for (const name of ['From', 'To', 'CallSid'])
		assert.equal((await post({ [name]: LONG })).verb, 'Reject', name);
});

test('a changed byte of what is not text is refused all the same',
	async () => {
		const form = about({ CallerName: LATIN1 });
		const headers = formHeaders(signBytes(world.publicUrl + TWILIO_PATH,
			form));
		await refused([LATIN1.subarray(1), Buffer.from('Praxis M\xfbller',
			'latin1'), 'Praxis M\ufffdller'].map((CallerName) => ({
			method: 'POST', path: TWILIO_PATH, headers,
			body: encodeBytes({ ...form, CallerName }) })));
	});

test('the same by GET, and in JSON', async () => {
	const form = about({ CallerName: LATIN1, StirVerstat: LONG });
	const { body } = await ask(getRequest(encodeBytes(form)));
	assert.equal(verbOf(body), 'Connect');
	assert.equal((await world.row(form.CallSid)).stir_verstat, null);
	const other = about({ from: PATIENT, ForwardedFrom: FORWARDING.number });
	const text = JSON.stringify(other).replace(/}$/, ',"CallerName":"\\ud83d",' +
		'"FromCity":"a\\u0000","n":1e999,"Twice":"1","Twice":"2","deep":' +
		`${'['.repeat(1000)}${']'.repeat(1000)}}`);
	assert.equal(verbOf((await ask(jsonRequest(text))).body), 'Connect');
	assert.equal((await world.row(other.CallSid)).user_id, FORWARDING.user);
	const twice = JSON.stringify({ ...other, CallSid: newCallSid() })
		.replace(/}$/, ',"ForwardedFrom":"+15553330022"}');
	assert.equal(verbOf((await ask(jsonRequest(twice))).body), 'Reject');
});

test('the simulated Twilio sends both', async () => {
	for (const form of ['--json', '--get']) {
		const { status, lines } = await world.sim.call('--from', A.number,
			'--to', LINE, form);
		assert.equal(status, 0);
		assert.equal(lines[0].verb, 'Connect');
		assert.equal((await world.row(lines[0].CallSid)).user_id, A.user);
	}
});

closing(world);
