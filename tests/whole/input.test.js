// Input that is not what it should be gets a clear answer and loses nothing.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { callForm, encodeForm, formHeaders, sign, verbOf }
	from './lib/twilio.js';
import { hang, report, statusUpdate } from './lib/vapi.js';
import { A, LINE, TWILIO_PATH, VAPI_PATH, openWorld }
	from './lib/world.js';

const world = await openWorld();
const url = world.publicUrl + TWILIO_PATH;
const secret = { 'X-Vapi-Secret': world.settings().VAPI_WEBHOOK_SECRET };

const postForm = (body, headers) => send({ port: world.port,
	method: 'POST', path: TWILIO_PATH, body, headers });

const withoutTrace = (attempts) => world.withoutTrace(attempts);

function assertProblem(answer, status, what) {
	assert.equal(answer.status, status, what);
	assert.match(answer.headers['content-type'],
		/^application\/problem\+json/, what);
	const problem = JSON.parse(answer.body);
	assert.equal(problem.status, status, what);
	assert.equal(typeof problem.title, 'string', what);
	assert.equal(typeof problem.type, 'string', what);
	assert.equal(problem.request_id, answer.headers['x-request-id'], what);
}

test('every answer carries a request id of ours', async () => {
	const ids = new Set();
	for (const path of ['/healthz', '/readyz', '/api/calls/x', VAPI_PATH,
		TWILIO_PATH]) {
		const answer = await world.get(path,
			{ headers: { 'X-Request-Id': 'mine' } });
		const id = answer.headers['x-request-id'];
		assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, path);
		ids.add(id);
	}
	assert.equal(ids.size, 5);
});

test('a wrong method is 405 and names the right one', async () => {
	await withoutTrace(async () => {
		for (const [path, right, wrong] of [
			[TWILIO_PATH, 'POST', ['PUT', 'DELETE', 'PATCH', 'OPTIONS']],
			[VAPI_PATH, 'POST', ['GET', 'PUT', 'DELETE', 'OPTIONS']],
			['/healthz', 'GET', ['POST', 'PUT', 'DELETE']],
			['/readyz', 'GET', ['POST']], ['/metrics', 'GET', ['POST']]])
			for (const method of wrong) {
				const answer = await send({ port: world.port, path, method,
					headers: secret, body: 'x' });
				assertProblem(answer, 405, `${method} ${path}`);
				assert.ok(answer.headers.allow.split(', ').includes(right));
			}
	});
});

test('a GET of the webhook proves itself, too', async () => {
	await withoutTrace(async () => {
		const query = encodeForm(callForm({ from: A.number, to: LINE }));
		for (const headers of [{}, { 'X-Twilio-Signature': 'x'.repeat(28) }]) {
			const answer = await world.get(`${TWILIO_PATH}?${query}`,
				{ headers });
			assert.equal(answer.status, 403);
			assert.equal(answer.body, '');
		}
	});
});

test('a wrong type of body is 415', async () => {
	const form = callForm({ from: A.number, to: LINE });
	await withoutTrace(async () => {
		for (const type of ['text/plain', 'multipart/form-data; boundary=x',
			'application/x-www-form-urlencoded-not', 'text/xml', 'x']) {
			const answer = await postForm(encodeForm(form), {
				'X-Twilio-Signature': sign(url, form), 'Content-Type': type });
			assertProblem(answer, 415, type);
		}
	});
	const answer = await postForm(encodeForm(form), {
		'X-Twilio-Signature': sign(url, form), 'Content-Type':
			'Application/X-WWW-Form-Urlencoded; charset=UTF-8' });
	assert.equal(answer.status, 200, 'however it is spelt');
});

test('a form that cannot be read is refused', async () => {
	const form = callForm({ from: A.number, to: LINE });
	const good = encodeForm(form);
	const headers = formHeaders(sign(url, form));
	await withoutTrace(async () => {
		for (const body of [`${good}&x=%`, `${good}&x=%4`, `${good}&x=%zz`,
			`${good}&x=%00`, `${good}&x=%ff`, `${good}&x=\xff`,
			`${good}&x=a\0b`, `${good}${'&x=1'.repeat(5000)}`,
			'&'.repeat(1000), '=', '%', good.replaceAll('=', '')]) {
			const answer = await postForm(Buffer.from(body, 'latin1'),
				headers);
			assert.equal(answer.status, 403, body.slice(-20));
			assert.equal(answer.body, '');
		}
	});
});

test('a form over 64 KiB is 413, one of 64 KiB is served', async () => {
	const KIB64 = 64 * 1024;
	const form = callForm({ from: A.number, to: LINE, Padding: '' });
	form.Padding = 'x'.repeat(KIB64 - encodeForm(form).length);
	const full = await postForm(encodeForm(form),
		formHeaders(sign(url, form)));
	assert.equal(verbOf(full.body), 'Connect');
	await withoutTrace(async () => {
		form.Padding += 'x';
		assertProblem(await postForm(encodeForm(form),
			formHeaders(sign(url, form))), 413, 'signed');
		assertProblem(await postForm('x'.repeat(1000000),
			formHeaders('')), 413, 'unsigned');
	});
});

test('a call that lacks what names it is rejected and recorded', async () => {
	for (const [what, changes] of [
		['no CallSid', { CallSid: undefined }], ['empty', { CallSid: '' }],
		['short', { CallSid: `CA${'0'.repeat(31)}` }],
		['not hex', { CallSid: `CA${'g'.repeat(32)}` }],
		['of a message', { CallSid: `SM${'0'.repeat(32)}` }],
		['with a space', { CallSid: ` CA${'0'.repeat(32)}` }],
		['no From', { From: undefined }],
		['no To', { To: undefined }], ['empty To', { To: '' }],
		['a long From', { From: '1'.repeat(129) }],
		['a long To', { To: '1'.repeat(3000) }],
	]) {
		const since = await world.now();
		const calls = await world.cluster.query(
			'select count(*) from public.calls');
		const answer = await world.arrive({ from: A.number, ...changes });
		assert.equal(answer.status, 200, what);
		assert.equal(answer.verb, 'Reject', what);
		const lines = await world.inbox(since);
		assert.deepEqual(lines.map((l) => [l.verdict, l.reason, l.user_id]),
			[['rejected', 'malformed_request', null]], what);
		assert.deepEqual(await world.cluster.query(
			'select count(*) from public.calls'), calls, what);
	}
});

test('a caller that is nobody\'s number is no near match', async () => {
	for (const from of ['anonymous', '+266696687', 'client:user_a',
		`sip:${A.number}@evil.example`, '+1 (555) 111-1111',
		'0015551111111', '15551111111', `${A.number} `, ` ${A.number}`,
		`${A.number}0`, A.number.slice(0, -1), '+१५५५१११११११', '+1555111111_',
		'+1555111111%', '\'; drop table calls; --', 'user_a', '"', '\\',
		A.number.replace('+', '\uff0b')]) {
		const answer = await world.arrive({ from });
		assert.equal(answer.status, 200, from);
		assert.equal(answer.verb, 'Reject', from);
		assert.equal(await world.row(answer.callSid), undefined, from);
	}
});

test('text that means something elsewhere is only text', async () => {
	for (const name of ['<Dial>+19005550100</Dial>', '$(reboot)', '%s%n',
		'a\r\nSet-Cookie: x', '{"user_id":"user_b"}', '\u202e\u0007']) {
		const answer = await world.arrive({ from: A.number,
			CallerName: name, StirVerstat: name, FromCity: name });
		assert.equal(answer.verb, 'Connect', name);
		assert.equal(answer.headers['set-cookie'], undefined);
		assert.equal((await world.row(answer.callSid)).stir_verstat, name);
	}
});

test('an address has one reading', async () => {
	const body = JSON.stringify(hang({ id: 'x' }));
	await withoutTrace(async () => {
		for (const path of ['/api//webhooks/vapi', '//api/webhooks/vapi',
			'/api/webhooks/vapi/', '/api/./webhooks/vapi',
			'/api/x/../webhooks/vapi', '/%61pi/webhooks/vapi',
			'/api/webhooks/vap%69', '/api%2Fwebhooks/vapi',
			'/API/webhooks/vapi', '/api/webhooks/vapi;x',
			'/api/webhooks/vapi%3F', '/api/webhooks/vapi%20',
			'/api/webhooks/vapix', '/api/webhooks/vapi/x',
			'/api/webhooks', '/api/webhooks/', '/x/api/webhooks/vapi',
			'/api/webhooks/twilio/', '/api//webhooks/twilio']) {
			const answer = await send({ port: world.port, method: 'POST',
				path, body, headers: { ...secret,
					'Content-Type': 'application/json' } });
			assert.equal(answer.status, 404, path);
		}
		for (const path of ['//healthz', '/healthz/', '/./healthz',
			'/health%7A', '/healthz%00', '/../healthz', '/metrics/',
			'/HEALTHZ', '/healthz.', '/api'])
			assert.ok([400, 404].includes((await world.get(path)).status),
				path);
	});
	assert.equal((await world.get('/healthz?x=1')).status, 200);
});

async function reported(about) {
	const row = await world.connected(A);
	const answer = await world.callback(report({ id: row.vapi_call_id,
		metadata: row.metadata, ...about }));
	assert.equal(answer.status, 200);
	const after = await world.row(row.twilio_call_sid);
	assert.notEqual(after.report_at, null, 'the report is stored');
	assert.equal(after.status, 'completed');
	return after;
}

test('absurd numbers are not stored, and the report is', async () => {
	const nothing = { durationMs: undefined, durationSeconds: undefined,
		startedAt: undefined, endedAt: undefined };
	for (const value of [-1, 1e300, 1e18, 'much', null, true, {}, [15]]) {
		const row = await reported({ ...nothing, durationSeconds: value,
			cost: value });
		assert.equal(row.duration_seconds, null, JSON.stringify(value));
		assert.equal(row.cost_usd, null, JSON.stringify(value));
	}
	const inText = await reported({ ...nothing, durationSeconds: '15',
		cost: '15' });
	assert.deepEqual([inText.duration_seconds, Number(inText.cost_usd)],
		[null, 15], 'in a text a cost is told');
	for (const value of [0, 0.4, 2147483647.9, 12.5])
		assert.ok((await reported({ ...nothing, durationSeconds: value }))
			.duration_seconds !== 1);
	for (const time of ['yesterday', '', '2026-13-45T99:99:99Z', 7, null,
		'0000-00-00T00:00:00Z', '99999-01-01T00:00:00Z',
		'2026-01-01', '2026-01-01T00:00:00']) {
		const row = await reported({ ...nothing, startedAt: time,
			endedAt: time });
		assert.equal(row.started_at, null, time);
		assert.equal(row.duration_seconds, null, time);
	}
	const backwards = await reported({ ...nothing,
		startedAt: '2026-01-01T00:00:15Z', endedAt: '2026-01-01T00:00:00Z' });
	assert.equal(backwards.duration_seconds, null);
});

test('texts and lists past all measure are bounded', async () => {
	const row = await reported({ endedReason: 'x'.repeat(5000),
		analysis: { summary: 7, structuredData: 'x', successEvaluation: [] },
		artifact: { transcript: 'x'.repeat(5 * 1024 * 1024),
			recordingUrl: `https://x.example/${'x'.repeat(5000)}`,
			messages: Array.from({ length: 20000 }, (_, i) => ({
				role: 'user', message: `${i}`, secondsFromStart: i })) } });
	assert.equal(row.ended_reason, null);
	assert.equal(row.recording_url, null);
	assert.equal(row.summary, null);
	assert.equal(row.structured_data, null);
	assert.ok((row.transcript ?? '').length <= 4 * 1024 * 1024);
	assert.ok(row.messages.length <= 5000);
	for (const artifact of [null, 7, [], 'x', { messages: 'x' },
		{ messages: [null, 7, {}, { role: 7, message: [] }] },
		{ transcript: {} }, { recording: 7 }])
		assert.equal((await reported({ artifact, analysis: artifact }))
			.messages, null);
});

test('a status that is no word of Vapi\'s changes nothing', async () => {
	const row = await world.connected(A);
	for (const status of ['', 'ENDED', 'finished', 7, null, [], 'not-found']) {
		const answer = await world.callback(statusUpdate(status, {
			id: row.vapi_call_id, metadata: row.metadata }));
		assert.equal(answer.status, 200);
		assert.equal((await world.row(row.twilio_call_sid)).status,
			'initiated', JSON.stringify(status));
	}
});

closing(world);
