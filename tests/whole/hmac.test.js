// Vapi's HMAC credential as it can be configured: where it is set, it alone
// proves, and nothing that is not signed leaves a trace.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { SIM_SECRET, startSim } from './lib/sim.js';
import { freePort, tempDir } from './lib/temp.js';
import { waitFor } from './lib/process.js';
import { statusUpdate } from './lib/vapi.js';
import { A, LINE, TWILIO_PATH, VAPI_PATH, build, openWorld }
	from './lib/world.js';

const SECRET = 'trial-hmac-secret-0123456789';
const world = await openWorld({ settings: { VAPI_HMAC_SECRET: SECRET,
	VAPI_WEBHOOK_SECRET: undefined } });

// How a credential may be configured, and how it then signs.
const WAYS = {
	'as documented': {},
	'in milliseconds': { ms: true },
	'in base64': { encoding: 'base64' },
	'with a prefix': { prefix: 'sha256=' },
	'by SHA-512': { algorithm: 'sha512' },
	'by SHA-1': { algorithm: 'sha1' },
	'over the body only': { payload: '{body}' },
	'over method and address': { payload:
		'{method} {url} {timestamp} {body}' },
	'under another header': { header: 'X-Vapi-Signature',
		timestampHeader: 'X-Vapi-Time' },
};

const settingsOf = (way) => ({ VAPI_HMAC_ENCODING: way.encoding,
	VAPI_HMAC_PREFIX: way.prefix, VAPI_HMAC_ALGORITHM: way.algorithm,
	VAPI_HMAC_PAYLOAD: way.payload, VAPI_HMAC_HEADER: way.header,
	VAPI_HMAC_TIMESTAMP_HEADER: way.timestampHeader });

// The headers that prove body. at: of the sender's clock.
function proof(body, { ms = false, encoding = 'hex', prefix = '',
	algorithm = 'sha256', payload = '{timestamp}.{body}',
	header = 'x-signature', timestampHeader = 'x-timestamp',
	secret = SECRET, at = Date.now() } = {}) {
	const time = String(ms ? at : Math.floor(at / 1000));
	const text = payload.replace('{timestamp}', time)
		.replace('{method}', 'POST')
		.replace('{url}', world.publicUrl + VAPI_PATH)
		.replace('{body}', () => body);
	return { [timestampHeader]: time, [header]: prefix +
		createHmac(algorithm, secret).update(text).digest(encoding) };
}

const body = JSON.stringify(statusUpdate('in-progress',
	{ id: randomUUID(), note: 'Zahnärzte 歯' }));

async function refused(headers, { text = body, port } = {}) {
	const before = await world.cluster.fingerprint();
	const answer = await world.callback(text, { headers,
		...port === undefined ? {} : { port } });
	assert.equal(answer.status, 401, JSON.stringify(headers));
	assert.deepEqual(await world.cluster.fingerprint(), before);
}

for (const [what, way] of Object.entries(WAYS)) {
	test(`signed ${what}`, async () => {
		const { port, program } = await world.secondResponder(
			world.writeSettings('hmac', { ...world.settings(),
				...settingsOf(way) }));
		const good = proof(body, way);
		const { status } = await world.callback(body, { headers: good, port });
		assert.equal(status, 200);
		const header = (way.header ?? 'x-signature');
		const signature = good[header];
		for (let i = 0; i < signature.length; i++) {
			const wrong = signature.slice(0, i) +
				(signature[i] === '0' ? '1' : '0') + signature.slice(i + 1);
			const answer = await world.callback(body, { port,
				headers: { ...good, [header]: wrong } });
			assert.equal(answer.status, 401, `${i}`);
		}
		for (const wrong of [proof(body, { ...way, secret: `${SECRET}x` }),
			proof(`${body} `, way), { 'X-Vapi-Secret': SIM_SECRET },
			{ Authorization: `Bearer ${SECRET}` }])
			await refused(wrong, { port });
		if (way.prefix !== undefined)
			await refused({ ...good,
				[header]: signature.slice(way.prefix.length) }, { port });
		await program.stop();
	});
}

test('any changed byte of the body is refused', async () => {
	const headers = proof(body);
	const bytes = Buffer.from(body);
	const before = await world.cluster.fingerprint();
	for (let i = 0; i < bytes.length; i++) {
		const changed = Buffer.from(bytes);
		changed[i] ^= 1;
		assert.equal((await world.callback(changed, { headers })).status,
			401, `${i}`);
	}
	assert.deepEqual(await world.cluster.fingerprint(), before);
});

test('a time outside of the window is refused', async () => {
	for (const ms of [false, true]) {
		for (const off of [-310, 310, -86400, 86400 * 365])
			await refused(proof(body, { ms, at: Date.now() + off * 1000 }));
		for (const off of [-280, 280]) {
			const { status } = await world.callback(body, { headers:
				proof(body, { ms, at: Date.now() + off * 1000 }) });
			assert.equal(status, 200, `${off} s`);
		}
	}
});

test('a time that is another\'s, none or no number is refused', async () => {
	const good = proof(body);
	const time = Number(good['x-timestamp']);
	for (const other of [String(time + 1), `${time}000`, `0${time}`,
		`+${time}`, ` ${time}.0`, '', 'now', `${time}e0`, '-1',
		'9'.repeat(30)])
		await refused({ ...good, 'x-timestamp': other });
	const { 'x-timestamp': none, ...rest } = good;
	assert.ok(none);
	await refused(rest);
	await refused({ 'x-timestamp': good['x-timestamp'] });
});

test('more than one signature, or other credentials alone, are refused',
	async () => {
		const good = proof(body);
		await refused({ ...good, 'x-signature': [good['x-signature'],
			good['x-signature']] });
		await refused({ ...good, 'x-signature': [good['x-signature'],
			'0'.repeat(64)] });
		await refused({ ...good, 'x-timestamp': [good['x-timestamp'],
			good['x-timestamp']] });
		await refused({ 'X-Vapi-Secret': SIM_SECRET });
		await refused({ 'X-Vapi-Secret': SECRET });
		await refused({ Authorization: `Bearer ${SECRET}` });
		await refused({});
		await refused({ 'x-signature': SECRET,
			'x-timestamp': good['x-timestamp'] });
	});

test('without proof no body is looked at', async () => {
	for (const text of ['', '{', '[]', 'x'.repeat(70000), '\0'])
		await refused({ 'x-signature': '0'.repeat(64), 'x-timestamp':
			String(Math.floor(Date.now() / 1000)) }, { text });
});

test('the simulated Vapi signs by the same settings', async () => {
	const sim = await startSim({ build, dir: tempDir('sim'),
		callbackUrl: world.publicUrl + VAPI_PATH,
		twilioUrl: world.publicUrl + TWILIO_PATH,
		nginxPort: await freePort(), threads: 8, settings: {
			VAPI_HMAC_SECRET: SECRET } });
	const order = { type: 'assistant-request', from: A.number, to: LINE };
	const done = await sim.message(order);
	assert.equal(done.status, 200);
	assert.equal(done.answer.assistantId, A.vapiId);
	const { phoneCallProviderId: callSid } = done.sent.message.call;
	await sim.connect(done.call, callSid);
	await waitFor(async () => (await world.row(callSid)).transcript !== null,
		{ what: 'report' });
	await sim.plan({ callbacks: { timestamp_ms: true } });
	assert.equal((await sim.message(order)).status, 200);
	await sim.plan({ callbacks: { timestamp_skew_ms: -400000 } });
	assert.equal((await sim.message(order)).status, 401, 'stale');
	await sim.stop();
});

test('settings that cannot be meant stop the start', async () => {
	for (const [name, value] of [['VAPI_HMAC_PAYLOAD', '{timestamp}'],
		['VAPI_HMAC_ALGORITHM', 'md5'], ['VAPI_HMAC_ENCODING', 'utf8'],
		['VAPI_HMAC_HEADER', 'x signature'], ['VAPI_HMAC_WINDOW_S', '0'],
		['VAPI_HMAC_SECRET', 'short']]) {
		const conf = world.writeSettings('bad', { ...world.settings(),
			[name]: value });
		const { status, stderr } = await world.check(conf);
		assert.equal(status, 78, name);
		assert.match(stderr, new RegExp(name));
	}
});

closing(world);
