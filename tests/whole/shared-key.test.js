// Webhooks that Twilio signs with a shared key: taken and refused as its own
// SDK takes and refuses them, and where we are stricter the table says why.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import twilio from 'twilio';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { refusals, serverName } from './lib/shipped.js';
import { TWILIO_TOKEN } from './lib/sim.js';
import { callForm, encodeForm, formHeaders, sign, verbOf }
	from './lib/twilio.js';
import { A, LINE, TWILIO_PATH, openWorld, source } from './lib/world.js';

const ID = 'webhooks_sharedkey_0123456789abcdef';
const SECRET = 'Shared+secret/of0the1first2key==';
const OTHER = 'another_key';
const OTHER_SECRET = 'secret-of-another-key-0123456789';
const SHARED = { TWILIO_SHARED_KEYS: `${ID}:${SECRET},${OTHER}:${
	OTHER_SECRET}` };
const SETTINGS = 'X-Twilio-Webhooks-Signature-Settings';
const [SHA1, SHA256] = ['HMAC_SHA1', 'HMAC_SHA256'];
const USUAL = `key=${ID},algorithm=${SHA256}`;

const world = await openWorld();
const url = world.publicUrl + TWILIO_PATH;
const responder = async (name, settings) => (await world.secondResponder(
	world.writeSettings(name, { ...world.settings(), ...settings }))).port;
const both = await responder('both', SHARED);
const alone = await responder('alone', { ...SHARED,
	TWILIO_AUTH_TOKEN: undefined });

const newForm = (more = {}) => callForm({ from: A.number, to: LINE,
	...more });
const signBy = (secret, algorithm, form, path = TWILIO_PATH) =>
	twilio.getExpectedTwilioSignature(secret, world.publicUrl + path, form,
		algorithm);

// settings: the header's value, several in a list; null: no header
function post({ form = newForm(), path = TWILIO_PATH, port = both,
	settings = USUAL, body = encodeForm(form), headers = {},
	signature = signBy(SECRET, SHA256, form, path) }) {
	return send({ port, method: 'POST', path, body, headers: {
		...formHeaders(signature), ...headers,
		...settings === null ? {} : { [SETTINGS]: settings } } });
}

const withoutTrace = (attempts) => world.withoutTrace(attempts);

async function assertRefused(request, what) {
	const answer = await post(request);
	assert.equal(answer.status, 403, what);
	assert.equal(answer.body, '', what);
	return answer;
}

// What the SDK's middleware decides, where it has both of the secrets.
function sdkTakes(settings, signature, form) {
	const headers = { 'X-Twilio-Signature': signature, [SETTINGS]: settings };
	const warn = mock.method(console, 'warn', () => {});
	let status = null;
	const response = { type: () => response, send: () => response,
		status: (code) => { status = code; return response; } };
	twilio.webhook(TWILIO_TOKEN, { url, sharedKeySecret: SECRET })(
		{ header: (name) => headers[name], body: form }, response,
		() => { status = 200; });
	warn.mock.restore();
	assert.ok([200, 403].includes(status), settings);
	return status === 200;
}

const noKey = 'the SDK has one key, and does not look at which is named';
const shape = 'what is not name=value is not what Twilio sends';
const twice = 'a name that comes twice is a header that came twice';

// The header, what it is signed with, whether the SDK takes it, and why we do
// not.
const TABLE = [
	[USUAL, SECRET, SHA256, true],
	[USUAL, SECRET, SHA1, false],
	[USUAL, TWILIO_TOKEN, SHA256, false],
	[USUAL, TWILIO_TOKEN, SHA1, false],
	[`key=${ID},algorithm=HMAC_SHA1`, SECRET, SHA1, true],
	[`key=${ID},algorithm=HMAC_SHA1`, SECRET, SHA256, false],
	[`key=${ID}`, SECRET, SHA1, true],
	[`key=${ID}`, SECRET, SHA256, false],
	[`key=${ID},algorithm=`, SECRET, SHA1, true],
	[`key=${ID},algorithm=hmac_sha256`, SECRET, SHA256, true],
	[`key=${ID},algorithm=Hmac_Sha1`, SECRET, SHA1, true],
	[`key = ${ID} , algorithm = HMAC_SHA256`, SECRET, SHA256, true],
	[`key=${ID},\talgorithm=\tHMAC_SHA256`, SECRET, SHA256, true],
	[`algorithm=HMAC_SHA256,key=${ID}`, SECRET, SHA256, true],
	[`version=2,${USUAL},x=y=z`, SECRET, SHA256, true],
	[`key=${ID},Algorithm=HMAC_SHA256`, SECRET, SHA1, true],
	[`key=${ID},Algorithm=HMAC_SHA256`, SECRET, SHA256, false],
	[`key=${ID},algorithm=HMAC_SHA512`, SECRET, SHA256, false],
	[`key=${ID},algorithm=HMAC_MD5`, SECRET, SHA1, false],
	[`key=${ID},algorithm=SHA256`, SECRET, SHA256, false],
	[`key=${ID},algorithm=HMAC_SHA256;`, SECRET, SHA256, false],
	['', TWILIO_TOKEN, SHA1, true],
	['', SECRET, SHA1, false],
	['', SECRET, SHA256, false],
	['key=unknown,algorithm=HMAC_SHA256', SECRET, SHA256, true, noKey],
	[`key=${ID.toUpperCase()},algorithm=HMAC_SHA256`, SECRET, SHA256, true,
		noKey],
	[`key=${OTHER},algorithm=HMAC_SHA256`, SECRET, SHA256, true, noKey],
	[`KEY=${ID},algorithm=HMAC_SHA256`, SECRET, SHA256, true, noKey],
	['algorithm=HMAC_SHA256', SECRET, SHA256, true, noKey],
	['key=,algorithm=HMAC_SHA256', SECRET, SHA256, true, noKey],
	['key', SECRET, SHA1, true, shape],
	[ID, SECRET, SHA1, true, shape],
	[`${USUAL},`, SECRET, SHA256, true, shape],
	[`,${USUAL}`, SECRET, SHA256, true, shape],
	[`${USUAL},x`, SECRET, SHA256, true, shape],
	[`${USUAL}, ${USUAL}`, SECRET, SHA256, true, twice],
	[`${USUAL},key=${ID}`, SECRET, SHA256, true, twice],
	[`${USUAL},key=${OTHER}`, SECRET, SHA256, true, twice],
	[`${USUAL},algorithm=HMAC_SHA1`, SECRET, SHA256, true, twice],
	[`key=${ID},algorithm=,algorithm=HMAC_SHA256`, SECRET, SHA256, true,
		twice],
];

test('the SDK and Callward decide alike, but for what the table says',
	async () => {
		for (const [settings, secret, algorithm, taken, stricter] of TABLE) {
			const form = newForm();
			const signature = signBy(secret, algorithm, form);
			const what = `${settings} by ${algorithm}`;
			assert.equal(sdkTakes(settings, signature, form), taken, what);
			const answer = await post({ form, signature, settings });
			assert.equal(answer.status,
				taken && stricter === undefined ? 200 : 403, what);
			assert.equal(verbOf(answer.body),
				answer.status === 200 ? 'Connect' : null, what);
		}
	});

test('where accounts are named, the form\'s has to be one, beside a key too',
	async () => {
		const form = newForm({ AccountSid: `AC${'f'.repeat(32)}` });
		await withoutTrace(() => assertRefused({ form }, 'of another account'));
		assert.equal((await post({ form, port: alone })).status, 200);
	});

test('the vectors are those of the SDK', () => {
	const [keys, ...rows] = readFileSync(join(source,
		'tests/data/twilio-shared-keys.tsv'), 'utf8').trimEnd().split('\n')
		.filter((line) => !line.startsWith('#'))
		.map((line) => line.split('\t'));
	const secrets = Object.fromEntries(keys[1].split(',')
		.map((key) => key.split(':')));
	assert.equal(rows.length, 18);
	for (const [name, settings, address, body, signature] of rows) {
		const [, key] = /key *= *([a-z0-9_]+)/.exec(settings);
		const params = {};
		for (const [n, v] of body === '-' ? [] : new URLSearchParams(body))
			params[n] = params[n] === undefined ? v : [params[n], v].flat();
		assert.equal(twilio.getExpectedTwilioSignature(secrets[key], address,
			params, twilio.getSignatureAlgorithm(settings)), signature, name);
	}
});

test('one webhook, two keys: each by its own secret', async () => {
	const settings = `key=${OTHER},algorithm=HMAC_SHA256`;
	const form = newForm();
	assert.equal((await post({ form, settings,
		signature: signBy(OTHER_SECRET, SHA256, form) })).status, 200);
	await withoutTrace(() => assertRefused({ signature:
		signBy(OTHER_SECRET, SHA256, form), form }));
});

test('any changed byte is refused', () => withoutTrace(async () => {
	const form = newForm();
	const good = signBy(SECRET, SHA256, form);
	assert.equal(good.length, 44);
	for (let i = 0; i < good.length; i++) {
		const bytes = Buffer.from(good);
		bytes[i] ^= 1;
		const signature = bytes.toString('latin1');
		if (/^[\x21-\x7e]+$/.test(signature))
			await assertRefused({ form, signature }, signature);
	}
	for (const signature of ['', good.slice(0, 28), good.slice(0, -1),
		`${good}=`, `${good}${good}`, signBy(SECRET, SHA1, form),
		Buffer.from(good, 'base64').toString('hex'), sign(url, form)])
		await assertRefused({ form, signature }, signature);
	await assertRefused({ form, body: `${encodeForm(form)}&Digits=1` });
	const path = `${TWILIO_PATH}?a=1&b=%2Fx`;
	const signature = signBy(SECRET, SHA256, form, path);
	for (const query of ['', '?b=%2Fx&a=1', '?a=1&b=/x', '?a=1&b=%2fx'])
		await assertRefused({ form, signature, path: TWILIO_PATH + query },
			query);
}));

test('a header that comes twice is refused', () => withoutTrace(async () => {
	const form = newForm();
	const other = `key=${OTHER},algorithm=HMAC_SHA256`;
	for (const settings of [[USUAL, USUAL], [USUAL, other], [other, USUAL],
		[USUAL, 'x'], [USUAL, 'key=']])
		for (const signature of [undefined, sign(url, form)])
			await assertRefused({ form, settings, signature },
				settings.join());
	for (const settings of [[USUAL, ''], ['', USUAL], ['', '']]) {
		// A server may drop or join what is empty; nothing is gained by it.
		const answer = await post({ form, settings,
			signature: signBy(OTHER_SECRET, SHA256, form) });
		assert.equal(answer.status, 403);
	}
}));

test('the header in its other spelling', async () => {
	const name = SETTINGS.replaceAll('-', '_');
	const refused = async (request, headers) => {
		const answer = await post({ settings: null, headers, ...request });
		assert.ok(refusals(403, Object.keys(headers)).includes(answer.status));
	};
	await withoutTrace(async () => {
		await refused({}, { [name]: USUAL });
		const form = newForm();
		await refused({ form, signature: signBy(SECRET, SHA1, form) },
			{ [name]: `key=${ID}` });
		// Beside the real one lighttpd shows it to the responder, nginx not.
		if (serverName === 'lighttpd')
			await refused({ settings: USUAL }, { [name]: USUAL });
	});
	const form = newForm();
	const answer = await post({ form, settings: null,
		signature: sign(url, form), headers: { [name]: USUAL } });
	assert.ok((serverName === 'nginx' ? [200] : refusals(403, [name]))
		.includes(answer.status));
});

test('without the header the auth token proves, and nothing else',
	async () => {
		const form = newForm();
		assert.equal((await post({ form, settings: null,
			signature: sign(url, form) })).status, 200);
		await withoutTrace(async () => {
			for (const algorithm of [SHA1, SHA256])
				await assertRefused({ settings: null, form,
					signature: signBy(SECRET, algorithm, form) }, algorithm);
			await assertRefused({ settings: null, form,
				signature: signBy(TWILIO_TOKEN, SHA256, form) });
			await assertRefused({ form, signature: sign(url, form) },
				'with it the token proves nothing');
		});
	});

test('where no shared key is set, none proves', () => withoutTrace(async () => {
	const form = newForm();
	for (const settings of [USUAL, `key=${ID}`, 'key=,algorithm=HMAC_SHA1'])
		for (const signature of [signBy(SECRET, SHA256, form),
			signBy(TWILIO_TOKEN, SHA1, form), signBy('', SHA1, form),
			signBy('', SHA256, form)])
			await assertRefused({ form, settings, signature,
				port: world.port }, settings);
}));

test('shared keys alone serve every webhook, and nothing without them',
	async () => {
		assert.equal(verbOf((await post({ port: alone })).body), 'Connect');
		const foreign = newForm({ AccountSid: `AC${'f'.repeat(32)}` });
		assert.equal((await post({ port: alone, form: foreign })).status, 200,
			'the key proves the account');
		for (const [method, route] of [['POST', ''], ['GET', ''],
			['POST', '/status'], ['GET', '/status'], ['POST', '/loop']]) {
			const form = newForm({ CallStatus: 'completed' });
			const get = method === 'GET';
			const path = TWILIO_PATH + route +
				(get ? `?${encodeForm(form)}` : '');
			const attempt = (signature, settings) => send({ port: alone,
				method, path, body: get ? undefined : encodeForm(form),
				headers: { ...formHeaders(signature),
					...settings && { [SETTINGS]: settings } } });
			const params = get ? {} : form;
			const good = signBy(SECRET, SHA256, params, path);
			await withoutTrace(async () => {
				for (const [signature, settings] of [
					[signBy(TWILIO_TOKEN, SHA1, params, path)],
					[signBy('', SHA1, params, path)], [good],
					[good, `key=${OTHER},algorithm=HMAC_SHA256`],
					[`${good.slice(0, -2)}x=`, USUAL]]) {
					const answer = await attempt(signature, settings);
					assert.equal(answer.status, 403, method + route);
					assert.equal(answer.body, '');
				}
			});
			const answer = await attempt(good, USUAL);
			assert.ok([200, 204].includes(answer.status),
				`${method} ${route}: ${answer.status}`);
		}
	});

test('a JSON body, too', async () => {
	const body = JSON.stringify(newForm());
	const path = `${TWILIO_PATH}?bodySHA256=${
		twilio.getExpectedBodyHash(body)}`;
	const attempt = (text) => send({ port: alone, method: 'POST', path,
		body: text, headers: { 'Content-Type': 'application/json',
			'X-Twilio-Signature': signBy(SECRET, SHA256, {}, path),
			[SETTINGS]: USUAL } });
	assert.equal((await attempt(body.replace('ringing', 'Ringing'))).status,
		403);
	assert.equal(verbOf((await attempt(body)).body), 'Connect');
});

test('the log says why, and no secret', async () => {
	for (const [request, why] of [
		[{ settings: 'key=x' }, /name no key of TWILIO_SHARED_KEYS/],
		[{ settings: `key=${ID},algorithm=x` }, /algorithm is unknown/],
		[{ settings: 'x' }, /not name=value/],
		[{ settings: `${USUAL},key=x` }, /something twice/],
		[{ signature: 'x' }, /not 44 characters/],
		[{ settings: null, port: alone }, /no auth token/]]) {
		const answer = await assertRefused(request, why.source);
		assert.match(await world.logLine(answer), why);
	}
	const log = world.responders.map((r) => r.log()).join('');
	for (const secret of [SECRET, OTHER_SECRET, TWILIO_TOKEN])
		assert.equal(log.includes(secret), false);
	assert.equal(log.match(/event=proofs_impossible /g).length, 1);
});

closing(world);
