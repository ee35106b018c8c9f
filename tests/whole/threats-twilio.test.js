// Attacks on Twilio's side. What stands here is short; other files go deeper.
// The id of a case is explained in doc/threats.md.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { refusals, serverName } from './lib/shipped.js';
import { TWILIO_TOKEN } from './lib/sim.js';
import { Threats } from './lib/threats.js';
import { encodeForm, formHeaders, sign, verbOf } from './lib/twilio.js';
import { report } from './lib/vapi.js';
import { rawHttp } from './lib/wire.js';
import { A, B, TWILIO_PATH, UNKNOWN, openWorld } from './lib/world.js';

const world = await openWorld();
const threats = new Threats(world);
const url = world.publicUrl + TWILIO_PATH;
world.numbers.add(UNKNOWN);

// A rejected caller: TwiML that says so, and no row.
async function rejected(about, what) {
	const answer = await world.arrive({ from: A.number, ...about });
	assert.equal(answer.status, 200, what);
	assert.equal(answer.verb, 'Reject', what);
	assert.equal(await world.row(answer.callSid), undefined, what);
}

test('T01 no signature', () => threats.withoutTrace(async () => {
	const form = threats.form();
	const answer = await send({ port: world.port, method: 'POST',
		path: TWILIO_PATH, body: encodeForm(form),
		headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
	assert.equal(answer.status, 403);
	assert.equal(answer.body, '');
}));

test('T02 a signature that is no signature', () =>
	threats.withoutTrace(async () => {
		const form = threats.form();
		const good = sign(url, form);
		for (const signature of ['', good.slice(1), `${good}=`, `${good}AAAA`,
			good.slice(0, -1), good.replace(/^./, '*'),
			Buffer.from(good, 'base64').toString('hex'), `${good} x`,
			`${good},`, '='.repeat(28), 'A'.repeat(28)])
			await threats.refused({ form, signature }, signature);
		// The other alphabet: only where it differs.
		for (let i = 0; ; i++) {
			const other = threats.form({ CallerName: `n${i}` });
			const plain = sign(url, other);
			if (!/[+/]/.test(plain))
				continue;
			await threats.refused({ form: other, signature: plain
				.replaceAll('+', '-').replaceAll('/', '_') }, 'base64url');
			break;
		}
	}));

test('T03 signed with another account\'s token', () =>
	threats.withoutTrace(async () => {
		const form = threats.form();
		for (const token of [`${TWILIO_TOKEN}x`, '', 'another-token'])
			await threats.refused({ form,
				signature: sign(url, form, token) }, token);
	}));

test('T04 one byte of the body changed', () =>
	threats.withoutTrace(async () => {
		const form = threats.form();
		const signature = sign(url, form);
		const body = encodeForm(form);
		for (const changed of [body.replace('5551111111', '5551111112'),
			`${body}&`.replace('ringing', 'Ringing'), `${body}&x=`,
			body.replace('inbound', 'inbounc')])
			await threats.refused({ form, signature, body: changed });
	}));

test('T05 the query is changed', () => threats.withoutTrace(async () => {
	const signedPath = `${TWILIO_PATH}?a=1&b=%2Fx`;
	for (const query of ['', '?', '?a=1', '?b=%2Fx&a=1', '?a=1&b=/x',
		'?a=1&b=%2fx', '?a=1&b=%2Fx&c', '?a=1&&b=%2Fx', '?a=2&b=%2Fx'])
		await threats.refused({ signedPath,
			path: TWILIO_PATH + query }, query);
}));

test('T06 signed for another scheme', async () => {
	const conf = world.writeSettings('scheme', { ...world.settings(),
		PUBLIC_URL: 'https://clinic.example' });
	const { port } = await world.secondResponder(conf);
	await threats.withoutTrace(async () => {
		const form = threats.form();
		const at = (origin) => ({ form, port,
			signature: sign(origin + TWILIO_PATH, form) });
		await threats.refused(at('http://clinic.example'));
		await threats.refused({ form, signature:
			sign(url.replace('http:', 'https:'), form) });
	});
	const form = threats.form();
	assert.equal((await threats.post({ form, port, signature:
		sign(`https://clinic.example${TWILIO_PATH}`, form) })).status, 200);
});

test('T07 forwarding headers are forged', async () => {
	const headers = { 'X-Forwarded-Proto': ['https', 'http'],
		'X-Forwarded-Host': ['evil.example', 'clinic.example'],
		'X-Forwarded-Port': ['443', '1'], 'X-Forwarded-For': '127.0.0.1',
		'Forwarded': 'proto=https;host=evil.example' };
	assert.equal((await threats.post({ headers })).status, 200);
	await threats.withoutTrace(async () => {
		for (const origin of ['https://evil.example', 'http://evil.example:1',
			'https://clinic.example']) {
			const form = threats.form();
			await threats.refused({ form, headers,
				signature: sign(origin + TWILIO_PATH, form) }, origin);
		}
	});
});

test('T08 the Host of another site', async () => {
	const headers = { Host: 'evil.example' };
	assert.equal((await threats.post({ headers })).status, 200,
		'it is no part of the address');
	await threats.withoutTrace(async () => {
		const form = threats.form();
		const signature = sign(`http://evil.example${TWILIO_PATH}`, form);
		await threats.refused({ form, headers, signature });
		for (const path of [`http://evil.example${TWILIO_PATH}`,
			`https://evil.example${TWILIO_PATH}`]) {
			const answer = await send({ port: world.port, method: 'POST',
				path, headers: formHeaders(sign(path, form)),
				body: encodeForm(form) });
			assert.ok([400, 403].includes(answer.status), path);
		}
	});
});

test('T09 the header in its other spelling', async () => {
	const without = { 'Content-Type': 'application/x-www-form-urlencoded' };
	const attempt = (form, headers) => send({ port: world.port,
		method: 'POST', path: TWILIO_PATH, body: encodeForm(form),
		headers: { ...without, ...headers } });
	await threats.withoutTrace(async () => {
		const form = threats.form();
		const [good, bad] = [sign(url, form), sign(url, form, 'x')];
		for (const name of ['X_Twilio_Signature', 'x_twilio_signature'])
			assert.ok(refusals(403, [name]).includes(
				(await attempt(form, { [name]: good })).status), name);
		for (const name of ['X_Twilio_Signature', 'X_Twilio-Signature',
			'X-Twilio_Signature'])
			for (const headers of [{ [name]: bad },
				{ [name]: good, 'X-Twilio-Signature': bad },
				{ 'X-Twilio-Signature': bad, [name]: good }])
				assert.ok(refusals(403, [name]).includes(
					(await attempt(form, headers)).status),
				JSON.stringify(Object.keys(headers)));
	});
	// Beside the real one: nginx never shows it to the responder, and what
	// is left is an honest request; lighttpd does, so that there are two.
	const form = threats.form();
	const answer = await attempt(form, { 'X_Twilio_Signature':
		sign(url, form, 'x'), 'X-Twilio-Signature': sign(url, form) });
	assert.ok((serverName === 'nginx' ? [200] :
		refusals(403, ['X_Twilio_Signature'])).includes(answer.status));
});

test('T10 two signatures', () => threats.withoutTrace(async () => {
	const form = threats.form();
	const [good, bad] = [sign(url, form), sign(url, form, 'x')];
	for (const both of [[good, bad], [bad, good], [good, good]])
		assert.equal((await threats.post({ form, headers:
			{ 'X-Twilio-Signature': both } })).status, 403);
}));

test('T11 a border between name and value is shifted', async () => {
	for (const [name, glued] of [['From', 2], ['To', 3], ['CallSid', 5]]) {
		const form = threats.form();
		const value = form[name];
		const body = `${encodeForm({ ...form, [name]: undefined })}&` +
			encodeForm({ [name + value.slice(0, glued)]:
				value.slice(glued) });
		const lines = await threats.tenantsUntouched(async () => {
			const answer = await threats.post({ body,
				signature: sign(url, form) });
			// The signed text is the same: Twilio's own validator accepts.
			assert.equal(answer.status, 200, name);
			assert.equal(verbOf(answer.body), 'Reject', name);
		});
		assert.deepEqual(lines, [['rejected', 'malformed_request', null]]);
	}
});

test('T12 the first pair is moved into the address', () =>
	threats.withoutTrace(async () => {
		const form = threats.form();
		const [first] = Object.keys(form).sort();
		const signature = sign(url, form);
		const body = encodeForm({ ...form, [first]: undefined });
		for (const [path, status] of [
			[`${TWILIO_PATH}${first}${form[first]}`, 404],
			[`${TWILIO_PATH}?${first}${form[first]}`, 403],
			[`${TWILIO_PATH}/${first}${form[first]}`, 404]])
			assert.equal((await threats.post({ path, body, signature }))
				.status, status, path);
		// With a query the signed text is the same, and names no account.
		const signed = sign(`${url}?x=`, form);
		await threats.refused({ body, signature: signed,
			path: `${TWILIO_PATH}?x=${first}${form[first]}` });
	}));

test('T13 From twice', async () => {
	for (const From of [[A.number, UNKNOWN], [UNKNOWN, A.number],
		[A.number, B.number]]) {
		const form = threats.form({ From });
		const lines = await threats.tenantsUntouched(async () =>
			assert.equal(verbOf((await threats.post({ form })).body),
				'Reject'));
		assert.deepEqual(lines, [['rejected', 'malformed_request', null]]);
	}
});

test('T14 parameters in query and body', async () => {
	const from = encodeURIComponent(A.number);
	const form = threats.form({ From: UNKNOWN });
	await threats.tenantsUntouched(async () => assert.equal(verbOf(
		(await threats.post({ form, path: `${TWILIO_PATH}?From=${from}` }))
			.body), 'Reject'));
	const other = threats.form();
	await threats.post({ form: other,
		path: `${TWILIO_PATH}?From=${encodeURIComponent(B.number)}` });
	assert.equal((await world.row(other.CallSid)).user_id, A.user);
});

test('T15 an AccountSid that is not ours', () =>
	threats.withoutTrace(async () => {
		for (const AccountSid of [`AC${'f'.repeat(32)}`, undefined, '',
			'AC', threats.form().AccountSid.toUpperCase()])
			await threats.refused({ form: threats.form({ AccountSid }) },
				`${AccountSid}`);
	}));

test('T16 a line that is not ours', async () => {
	for (const To of ['+15558887777', 'anonymous', B.number]) {
		const form = threats.form({ To, Called: To });
		const lines = await threats.tenantsUntouched(async () =>
			assert.equal(verbOf((await threats.post({ form })).body),
				'Reject', To));
		assert.deepEqual(lines, [['rejected', 'unlisted_line', null]]);
	}
});

test('T17 the same request a second, an hour and a month later',
	async () => {
		const form = threats.form();
		const first = await threats.post({ form });
		assert.equal(verbOf(first.body), 'Connect');
		for (const ago of ['1 second', '1 hour', '30 days']) {
			for (const [table, times, key] of [
				['callward.call_answers', ['opened_at', 'answered_at'],
					'call_sid'],
				['public.calls', ['created_at'], 'twilio_call_sid']])
				await world.cluster.query(`update ${table} set ` +
					times.map((t) => `${t} = ${t} - interval '${ago}'`)
						.join(', ') + ` where ${key} = $1`, [form.CallSid]);
			await threats.tenantsUntouched(async () => assert.equal(
				(await threats.post({ form })).body, first.body, ago));
		}
	});

test('T18 the same CallSid from another number', async () => {
	const form = threats.form();
	const first = await threats.post({ form });
	for (const From of [B.number, UNKNOWN]) {
		const lines = await threats.tenantsUntouched(async () =>
			assert.equal(verbOf((await threats.post({ form:
				{ ...form, From } })).body), 'Reject'));
		assert.deepEqual(lines, [['rejected', 'call_sid_mismatch', null]]);
	}
	assert.equal((await threats.post({ form })).body, first.body);
});

test('T19 a hundred copies at once', async () => {
	const form = threats.form();
	const asked = await world.sessionsAsked();
	const answers = await Promise.all(Array.from({ length: 100 }, () =>
		threats.post({ form })));
	assert.equal(new Set(answers.map((a) => a.body)).size, 1);
	assert.equal(verbOf(answers[0].body), 'Connect');
	assert.equal(await world.sessionsAsked(), asked + 1);
	const [{ count }] = await world.cluster.query('select count(*) from ' +
		'public.calls where twilio_call_sid = $1', [form.CallSid]);
	assert.equal(count, 1);
});

test('T20 a caller whom the network does not vouch for is marked',
	async () => {
		for (const StirVerstat of [undefined, 'TN-Validation-Passed-A',
			'TN-Validation-Passed-B', 'TN-Validation-Passed-C',
			'TN-Validation-Failed-C', 'No-TN-Validation']) {
			const form = threats.form({ StirVerstat });
			await threats.post({ form });
			const row = await world.row(form.CallSid);
			assert.equal(row.stir_verstat, StirVerstat ?? null);
			assert.equal(row.user_id, A.user);
		}
	});

test('T21 an attestation that Twilio did not give', async () => {
	const passed = 'TN-Validation-Passed-A';
	for (const [path, more, headers] of [
		[`${TWILIO_PATH}?StirVerstat=${passed}`, {}, {}],
		[TWILIO_PATH, { 'SipHeader_StirVerstat': passed,
			'SipHeader_X-StirVerstat': passed, stirverstat: passed }, {}],
		[TWILIO_PATH, {}, { StirVerstat: passed }]]) {
		const form = threats.form({ StirVerstat: undefined, ...more });
		const answer = await threats.post({ form, path, headers });
		assert.equal(verbOf(answer.body), 'Connect');
		assert.equal((await world.row(form.CallSid)).stir_verstat, null);
	}
});

test('T22 a caller that is no number', async () => {
	for (const from of ['anonymous', '+266696687', 'client:user_a',
		`sip:${A.number}@evil.example`, '', '+१५५५१११११११', '+1 (555) 111-1111',
		'0015551111111', `${A.number}`.padEnd(40, '1'), '+', '%', '_',
		`${A.number}%`, `${A.number.slice(0, -1)}_`, `${A.number}\n`,
		`\u200e${A.number}`])
		await rejected({ from }, JSON.stringify(from));
});

test('T23 the number changes hands between call and report', async () => {
	const number = '+15554440023';
	await world.addNumber({ user: 'user_old', number });
	const { callSid } = await world.arrive({ from: number });
	const row = await world.row(callSid);
	await world.cluster.query('update public.phone_numbers set ' +
		'status = \'released\' where phone_number = $1', [number]);
	await world.addNumber({ user: 'user_new', number });
	for (const metadata of [row.metadata, undefined]) {
		assert.equal((await world.callback(report({ id: row.vapi_call_id,
			metadata }))).status, 200);
		const after = await world.row(callSid);
		assert.equal(after.user_id, 'user_old');
		assert.match(after.transcript, /appointment/);
	}
	const [{ count }] = await world.cluster.query('select count(*) from ' +
		'public.calls where user_id = \'user_new\'');
	assert.equal(count, 0);
});

test('T24 a caller that nobody knows', async () => {
	const lines = await threats.tenantsUntouched(async () => {
		await rejected({ from: UNKNOWN });
		await rejected({ from: '+442071838750' });
	});
	assert.deepEqual(lines,
		Array(2).fill(['rejected', 'unknown_number', null]));
});

test('T25 a flood from one number', async () => {
	const conf = world.writeSettings('flood', { ...world.settings(),
		CALLS_PER_MINUTE: 3 });
	const { port } = await world.secondResponder(conf);
	const number = '+15554440025';
	await world.addNumber({ user: A.user, number });
	const asked = await world.sessionsAsked();
	const answers = [];
	for (let i = 0; i < 20; i++)
		answers.push((await world.arrive({ from: number }, { port })).verb);
	assert.deepEqual(answers,
		[...Array(3).fill('Connect'), ...Array(17).fill('Say')]);
	assert.equal(await world.sessionsAsked(), asked + 3);
	assert.equal((await world.arrive({ from: B.number }, { port })).verb,
		'Connect', 'another tenant is not concerned');
});

test('T26 text that is XML, SQL or a new line elsewhere', async () => {
	const tables = Object.keys(await world.cluster.fingerprint());
	for (const text of ['</Say><Dial>+19005550100</Dial>',
		'\'; drop table public.calls; --', '$1', 'a\r\nb\u2028c\u0007']) {
		const form = threats.form({ CallerName: text, StirVerstat: text,
			'SipHeader_X-Note': text, ErrorCode: text });
		const answer = await threats.post({ form });
		assert.equal(verbOf(answer.body), 'Connect', text);
		assert.equal(answer.body.includes('+1900'), false);
		assert.equal((await world.row(form.CallSid)).stir_verstat, text);
		const line = await world.logLine(answer);
		assert.match(line, /^time=\S+ level=\w+ event=request id=.* bytes_/);
		assert.doesNotMatch(line, /[\u2028\u0007]/);
	}
	assert.deepEqual(Object.keys(await world.cluster.fingerprint()), tables);
});

test('T27 bodies past all measure', () => threats.withoutTrace(async () => {
	const before = threats.residentMiB();
	const head = (length) => `POST ${TWILIO_PATH} HTTP/1.1\r\n` +
		`Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
		`X-Twilio-Signature: ${sign(url, threats.form())}\r\n` +
		`Content-Length: ${length}\r\nConnection: close\r\n\r\n`;
	for (const length of [100 * 2 ** 20, '9'.repeat(19)]) {
		const answer = await rawHttp(world.port, head(length) + 'x');
		assert.ok([400, 413].includes(answer.status), `${answer.head}`);
	}
	const form = threats.form();
	const good = encodeForm(form);
	for (const [body, status] of [['x=1&'.repeat(100000), 413],
		['x=1&'.repeat(16000), 403], [`${good}&x=%`, 403],
		[`${good}&x=%00`, 403], [`${good}&x=%ff%fe`, 403],
		['x'.repeat(60000), 403], ['&'.repeat(60000), 403], ['', 403]])
		assert.equal((await threats.post({ body, signature: sign(url, form) }))
			.status, status, body.slice(-9));
	assert.ok(threats.residentMiB() < before + 32);
}));

test('T28 another method, another type', () =>
	threats.withoutTrace(async () => {
		const form = threats.form();
		const headers = formHeaders(sign(url, form));
		for (const method of ['PUT', 'OPTIONS', 'DELETE', 'PATCH'])
			assert.equal((await threats.post({ form, method })).status, 405,
				method);
		for (const method of ['GET', 'HEAD']) {
			const answer = await send({ port: world.port, method,
				path: TWILIO_PATH, headers });
			assert.ok([403, 405].includes(answer.status), method);
		}
		for (const type of ['text/plain', 'multipart/form-data; boundary=x',
			'text/xml', 'application/octet-stream'])
			assert.equal((await threats.post({ form, headers:
				{ 'Content-Type': type } })).status, 415, type);
	}));

test('T29 a JSON body whose hash is not in the address', async () => {
	const body = JSON.stringify(threats.form());
	const hash = createHash('sha256').update(body).digest('hex');
	const attempt = (query, text = body) => {
		const path = TWILIO_PATH + query;
		return send({ port: world.port, method: 'POST', path, body: text,
			headers: { 'Content-Type': 'application/json',
				'X-Twilio-Signature': sign(world.publicUrl + path, {}) } });
	};
	await threats.withoutTrace(async () => {
		for (const query of ['', '?', '?bodySHA256', '?bodySHA256=',
			`?bodySHA256=${hash.slice(1)}`, `?bodysha256=${hash}`,
			`?bodySHA256=${hash}&bodySHA256=${'0'.repeat(64)}`])
			assert.equal((await attempt(query)).status, 403, query);
		assert.equal((await attempt(`?bodySHA256=${hash}`, `${body} `))
			.status, 403, 'another body');
	});
	assert.equal(verbOf((await attempt(`?bodySHA256=${hash}`)).body),
		'Connect', 'with its hash it is good');
});

closing(world);
