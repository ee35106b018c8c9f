// Who may announce a call: Twilio's signature, made by Twilio's own SDK, and
// everything that is not quite it.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { refusals } from './lib/shipped.js';
import { TWILIO_SID, TWILIO_TOKEN } from './lib/sim.js';
import { callForm, encodeForm, formHeaders, newCallSid, sign, verbOf }
	from './lib/twilio.js';
import { A, LINE, TWILIO_PATH, UNKNOWN, openWorld } from './lib/world.js';

const world = await openWorld();
const url = world.publicUrl + TWILIO_PATH;
world.numbers.add(UNKNOWN);

const newForm = (more = {}) => callForm({ from: A.number, to: LINE,
	...more });

function post({ form = newForm(), path = TWILIO_PATH, body =
	encodeForm(form), signature = sign(world.publicUrl + path, form),
headers = {}, port = world.port }) {
	return send({ port, method: 'POST', path, body,
		headers: { ...formHeaders(signature), ...headers } });
}

const withoutTrace = (attempts) => world.withoutTrace(attempts);

async function assertRefused(request, what) {
	const answer = await post(request);
	assert.equal(answer.status, 403, what);
	assert.equal(answer.body, '', what);
}

// Each byte in turn changed to two others.
function* changed(text) {
	for (let i = 0; i < text.length; i++)
		for (const bits of [0x01, 0x10]) {
			const bytes = Buffer.from(text);
			bytes[i] ^= bits;
			yield [bytes.toString('latin1'), `byte ${i} of ${text}`];
		}
}

test('a webhook signed by Twilio\'s own SDK is accepted', async () => {
	for (const path of [TWILIO_PATH, `${TWILIO_PATH}?a=1&b=%2F%20x&a=0`,
		`${TWILIO_PATH}?`, `${TWILIO_PATH}?q=it's`]) {
		const answer = await post({ path });
		assert.equal(answer.status, 200, path);
		assert.equal(verbOf(answer.body), 'Connect', path);
	}
	const unusual = await post({ form: newForm({ CallerName: 'Zoë & <Co>+',
		Empty: '', 'Näme': '歯', SipHeader_X: ['b', 'a', 'b'] }) });
	assert.equal(verbOf(unusual.body), 'Connect');
});

test('any changed byte of the body is refused without a trace', async () => {
	const form = newForm();
	const signature = sign(url, form);
	await withoutTrace(async () => {
		for (const [body, what] of changed(encodeForm(form)))
			await assertRefused({ body, signature }, what);
		for (const body of [`${encodeForm(form)}&Digits=1`,
			`${encodeForm(form)}x`, encodeForm(form).slice(0, -1), ''])
			await assertRefused({ body, signature }, body);
	});
	assert.equal((await post({ form })).status, 200, 'unchanged it is good');
});

test('any changed byte of the signature is refused', async () => {
	const form = newForm();
	const good = sign(url, form);
	await withoutTrace(async () => {
		for (const [signature, what] of changed(good)) {
			// Not every byte can be sent in a header.
			if (/^[\x21-\x7e]+$/.test(signature))
				await assertRefused({ form, signature }, what);
		}
		for (const signature of ['', good.slice(0, -1), `${good}=`,
			`${good}${good}`, `${good},${good}`, `"${good}"`,
			good.toLowerCase(), 'x'.repeat(28), 'x'.repeat(4000)])
			await assertRefused({ form, signature }, signature);
	});
});

test('any changed byte of the query is refused', async () => {
	const query = 'clinic=7&x=%2Fy';
	const path = `${TWILIO_PATH}?${query}`;
	const form = newForm();
	const signature = sign(world.publicUrl + path, form);
	await withoutTrace(async () => {
		const queries = [...changed(query)].map(([one]) => one)
			.filter((one) => /^[\x21-\x7e]+$/.test(one) &&
				!one.includes('#'));
		assert.ok(queries.length > query.length);
		for (const one of [...queries, '', 'x=%2Fy&clinic=7',
			'clinic=7&x=/y', 'clinic=7&x=%2fy', `${query}&`])
			await assertRefused({ form, signature,
				path: `${TWILIO_PATH}?${one}` }, one);
		await assertRefused({ form, signature }, 'query removed');
	});
	assert.equal((await post({ form, path, signature })).status, 200);
});

test('a changed byte of the path leads nowhere', async () => {
	const form = newForm();
	const signature = sign(url, form);
	await withoutTrace(async () => {
		for (const [path, what] of changed(TWILIO_PATH)) {
			if (!/^\/[\x21-\x7e]+$/.test(path) || /[?#]/.test(path))
				continue;
			const answer = await post({ form, signature, path });
			assert.ok([400, 404].includes(answer.status), what);
		}
	});
});

test('no signature, or more than one, is refused', async () => {
	const form = newForm();
	const good = sign(url, form);
	const bad = sign(url, form, 'another-token');
	const without = formHeaders(good);
	delete without['X-Twilio-Signature'];
	const attempt = (headers) => send({ port: world.port, method: 'POST',
		path: TWILIO_PATH, body: encodeForm(form),
		headers: { ...without, ...headers } });
	await withoutTrace(async () => {
		for (const headers of [{}, { 'X-Twilio-Signature': [good, good] },
			{ 'X-Twilio-Signature': [good, bad] },
			{ 'X-Twilio-Signature': [bad, good] },
			{ 'X_Twilio_Signature': good },
			{ 'X_Twilio_Signature': good, 'X-Twilio-Signature': bad },
			{ 'Authorization': `Bearer ${good}` }]) {
			const answer = await attempt(headers);
			assert.ok(refusals(403, Object.keys(headers))
				.includes(answer.status), JSON.stringify(headers));
			assert.ok(answer.status === 400 || answer.body === '');
		}
	});
});

test('another account\'s token and a foreign AccountSid are refused',
	async () => {
		const foreign = newForm({ AccountSid: `AC${'f'.repeat(32)}` });
		const none = newForm({ AccountSid: undefined });
		const both = newForm({ AccountSid: [TWILIO_SID,
			foreign.AccountSid] });
		const lower = newForm({ AccountSid: TWILIO_SID.toLowerCase() });
		await withoutTrace(async () => {
			await assertRefused({ signature: sign(url, newForm(),
				`${TWILIO_TOKEN}x`) }, 'token');
			for (const form of [foreign, none, both, lower])
				await assertRefused({ form }, form.AccountSid);
		});
	});

test('what headers and the request line say of the address is no part of it',
	async () => {
		const headers = { 'Host': 'evil.example',
			'X-Forwarded-Proto': ['https', 'http'],
			'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Port': '1',
			'Forwarded': 'host=evil.example' };
		const good = await post({ headers });
		assert.equal(good.status, 200);
		const form = newForm();
		await withoutTrace(() => assertRefused({ form, headers,
			signature: sign(`https://evil.example${TWILIO_PATH}`, form) }));
		const absolute = (host) => send({ port: world.port, method: 'POST',
			path: `http://${host}${TWILIO_PATH}`,
			headers: formHeaders(sign(url, form)), body: encodeForm(form) });
		assert.equal((await absolute(`127.0.0.1:${world.port}`)).status, 200);
		await withoutTrace(async () => assert.equal(
			(await absolute('evil.example')).status, 400));
	});

// B2 of the documents: ports and credentials are spelt in several ways.
for (const [publicUrl, good, bad] of [
	['https://clinic.example', ['https://clinic.example',
		'https://clinic.example:443'], ['https://clinic.example:80',
		'http://clinic.example', 'https://clinic.example:8443',
		'https://CLINIC.example']],
	['http://127.0.0.1:1234', ['http://127.0.0.1:1234', 'http://127.0.0.1'],
		['http://127.0.0.1:1235', 'http://127.0.0.1:80',
			'https://127.0.0.1:1234']],
]) {
	test(`addresses that are ${publicUrl} in other words`, async () => {
		const conf = world.writeSettings(`other-${good.length}`,
			{ ...world.settings(), PUBLIC_URL: publicUrl });
		const { port } = await world.secondResponder(conf);
		for (const origin of good) {
			const form = newForm();
			const answer = await post({ form, port,
				signature: sign(origin + TWILIO_PATH, form) });
			assert.equal(answer.status, 200, origin);
		}
		await withoutTrace(async () => {
			for (const origin of bad) {
				const form = newForm();
				await assertRefused({ form, port, signature:
					sign(origin + TWILIO_PATH, form) }, origin);
			}
		});
	});
}

test('a parameter moved between name and value makes no call', async () => {
	const form = newForm();
	const signature = sign(url, form);
	const digits = form.From.slice(2);
	const body = encodeForm({ ...form, From: undefined })
		.concat(`&From%2B1=${digits}`);
	const asked = await world.sessionsAsked();
	const answer = await post({ body, signature });
	assert.equal(answer.status, 200, 'the signed text is the same');
	assert.equal(verbOf(answer.body), 'Reject');
	assert.equal(await world.row(form.CallSid), undefined);
	assert.equal(await world.sessionsAsked(), asked);
});

test('two values of one parameter are not guessed between', async () => {
	for (const name of ['From', 'To', 'CallSid']) {
		const form = newForm();
		const two = { ...form, [name]: [form[name],
			name === 'CallSid' ? newCallSid() : UNKNOWN] };
		const asked = await world.sessionsAsked();
		const answer = await post({ form: two });
		assert.equal(verbOf(answer.body), 'Reject', name);
		assert.equal(await world.row(form.CallSid), undefined, name);
		assert.equal(await world.sessionsAsked(), asked, name);
	}
});

test('only the body says who calls, not the query', async () => {
	const path = `${TWILIO_PATH}?From=${encodeURIComponent(A.number)}` +
		'&StirVerstat=TN-Validation-Passed-A';
	const rejected = await post({ path, form: newForm({ From: UNKNOWN }) });
	assert.equal(verbOf(rejected.body), 'Reject');
	const form = newForm({ StirVerstat: undefined });
	assert.equal(verbOf((await post({ path, form })).body), 'Connect');
	assert.equal((await world.row(form.CallSid)).stir_verstat, null);
});

closing(world);
