// Attacks on the dashboard's side: other tenants' ids, forged identities, and
// what stands between a browser and the responder. The id of a case is
// explained in doc/threats.md.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { run } from './lib/process.js';
import { startReceiver } from './lib/receiver.js';
import { tenantKey, tenantSettings, Threats } from './lib/threats.js';
import { claims, encode, HEADER, makeToken, newKey, nowS, pem }
	from './lib/token.js';
import { encodeForm, sign } from './lib/twilio.js';
import { hang, report } from './lib/vapi.js';
import { fastcgi, paramsFor, rawHttp } from './lib/wire.js';
import { A, B, build, TWILIO_PATH, VAPI_PATH, openWorld }
	from './lib/world.js';
import { join } from 'node:path';

const world = await openWorld({ settings: tenantSettings });
const threats = new Threats(world);
for (const tenant of [A, B, B]) {
	const row = await world.connected(tenant);
	await world.callback(report({ id: row.vapi_call_id,
		metadata: row.metadata }));
}
const rows = await world.rows('order by c.created_at', []);
const [ofA, ofB] = [A, B].map((tenant) =>
	rows.find((row) => row.user_id === tenant.user));

const as = (sub, more) => ({ Authorization:
	`Bearer ${makeToken(tenantKey, claims({ sub, ...more }))}` });
const ask = (path, { sub = A.user, headers = {}, ...more } = {}) =>
	world.get(path, { headers: { ...as(sub), ...headers }, ...more });
const told = ({ status, headers, body }) => ({ status,
	headers: Object.fromEntries(Object.entries(headers).filter(([name]) =>
		!['date', 'x-request-id'].includes(name))),
	body: body.replaceAll(headers['x-request-id'], 'ID') });
const idsOf = async (path, options) => {
	const answer = await ask(path, options);
	assert.equal(answer.status, 200, answer.body);
	return JSON.parse(answer.body).data.map((call) => call.id);
};

test('A01 ids of another tenant', async () => {
	assert.equal((await ask(`/api/calls/${ofA.id}`)).status, 200);
	const absent = told(await ask(`/api/calls/${randomUUID()}`));
	assert.equal(absent.status, 404);
	for (const row of rows.filter((r) => r.user_id === B.user)) {
		assert.deepEqual(told(await ask(`/api/calls/${row.id}`)), absent);
		for (const method of ['PATCH', 'DELETE', 'PUT', 'POST']) {
			const attempt = (id) => ask(`/api/calls/${id}`, { method,
				body: '{}', headers: { 'Content-Type': 'application/json' } });
			assert.deepEqual(told(await attempt(row.id)),
				told(await attempt(randomUUID())), method);
		}
	}
	assert.deepEqual(await idsOf('/api/calls'), [ofA.id]);
	for (const words of ['appointment', '%', ofB.id, B.number])
		for (const id of await idsOf(`/api/calls?q=${encodeURIComponent(
			words)}`))
			assert.equal(id, ofA.id);
	assert.deepEqual(await idsOf('/api/calls?number=' +
		encodeURIComponent(B.number)), []);
});

test('A02 ids that are guessed, bent or another tenant\'s', async () => {
	for (const id of ['1', '-1', '0', '9223372036854775808', 'null', '%00',
		'..', '*', `${ofA.id}x`, ofA.id.slice(1), `{${ofA.id}}`,
		`${ofA.id}%20`, `${ofB.id.slice(0, 8)}-%25`, '\'%20or%20true',
		ofB.vapi_call_id, ofB.twilio_call_sid, ofB.phone_number_id])
		assert.ok([400, 404].includes((await ask(`/api/calls/${id}`)).status),
			id);
	const cursor = `2999-01-01T00:00:00.000000Z_${ofB.id}`;
	assert.deepEqual(await idsOf(`/api/calls?cursor=${cursor}`), [ofA.id]);
	for (const query of ['limit=-1', 'limit=9223372036854775808', 'limit=0',
		'limit=101', 'cursor=x', `cursor=${ofB.id}`, 'status=%27',
		'cursor=x_' + ofB.id, 'since=x', 'until=2026-13-01T00:00:00Z',
		'limit=1&limit=2', 'since=0000-00-00T00:00:00Z',
		'since=0000-01-01T00:00:00Z'])
		assert.equal((await ask(`/api/calls?${query}`)).status, 422, query);
	for (const query of ['until=9999-12-31T23:59:59Z', 'number=%00', 'q=%00',
		'q=%ff', `sort=user_id&expand=${B.user}&fields=metadata`]) {
		const answer = await ask(`/api/calls?${query}`);
		assert.ok([200, 400, 422].includes(answer.status),
			`${query} ${answer.status}`);
		assert.equal(answer.body.includes(B.user), false, query);
	}
});

test('A03 a user_id that somebody sends', async () => {
	const own = [ofA.id];
	for (const headers of [{}, { Cookie: `user_id=${B.user}` },
		{ 'User-Id': B.user, 'X-User-Id': B.user, 'X-Tenant': B.user,
			'user_id': B.user },
		{ 'X-Request-Claims': JSON.stringify({ sub: B.user }) }])
		for (const query of ['', `?user_id=${B.user}`,
			`?sub=${B.user}&tenant=${B.user}`])
			assert.deepEqual(await idsOf(`/api/calls${query}`, { headers }),
				own);
	assert.deepEqual(await idsOf('/api/calls', { method: 'GET',
		body: JSON.stringify({ user_id: B.user }),
		headers: { 'Content-Type': 'application/json' } }).catch(() => own),
	own);
	const me = JSON.parse((await ask(`/api/me?user_id=${B.user}`)).body);
	assert.equal(me.user_id, A.user);
});

test('A03 an organization or a role that somebody sends', async () => {
	// Here users are clinics: what a token says of organizations is nothing.
	const mine = { o: { id: B.user, rol: 'admin' }, org_id: B.user,
		org_role: 'org:admin', callward_login: B.user, tenant: B.user,
		callward_role: 'owner' };
	for (const headers of [as(A.user, mine), { 'Org-Id': B.user,
		'X-Organization': B.user, 'X-Clerk-Org-Id': B.user,
		'X-Callward-Login': B.user, Cookie: `org_id=${B.user}` }])
		for (const query of ['', `?org_id=${B.user}`, `?organization=${B.user}`,
			`?login=${B.user}&role=owner`])
			assert.deepEqual(await idsOf(`/api/calls${query}`, { headers }),
				[ofA.id]);
	const change = (body) => ask('/api/people/me', { method: 'PATCH',
		body: JSON.stringify(body),
		headers: { 'Content-Type': 'application/json' } });
	for (const body of [{ role: 'owner' }, { person_id: 'user_z' },
		{ user_id: B.user, name: 'x' }])
		assert.equal((await change(body)).status, 422, JSON.stringify(body));
});

test('A04 tokens that prove nothing', async () => {
	const other = newKey();
	const bent = (more, how, header = {}) => makeToken(tenantKey,
		claims(more), { ...HEADER, ...header }, how);
	const refused = async (headers, what) => {
		const answer = await world.get('/api/calls', { headers });
		assert.ok([400, 401].includes(answer.status), what);
		assert.equal(answer.body.includes(ofA.id), false, what);
	};
	for (const [what, token] of Object.entries({
		'alg none': bent({}, 'none', { alg: 'none' }),
		'HS256 with the public key': bent({}, pem(tenantKey),
			{ alg: 'HS256' }),
		'another key': makeToken(other),
		'another key with jku, x5u and jwk': makeToken(other, claims(),
			{ ...HEADER, jku: 'https://evil.example/k', x5u:
				'https://evil.example/c', jwk: other.publicKey
				.export({ format: 'jwk' }) }),
		'expired': bent({ exp: nowS() - 6 }), 'not yet': bent(
			{ nbf: nowS() + 60 }), 'iss': bent({ iss: 'https://x.example' }),
		'no sub': bent({ sub: undefined }), 'empty sub': bent({ sub: '' }),
		'sub a list': bent({ sub: [A.user] }),
		'sub with a NUL': bent({ sub: `${A.user}\u0000` }),
		'claims changed': (() => {
			const parts = bent({}).split('.');
			parts[1] = encode(claims({ sub: B.user }));
			return parts.join('.');
		})() }))
		await refused({ Authorization: `Bearer ${token}` }, what);
	const good = as(A.user).Authorization;
	await refused({ Authorization: [good, as(B.user).Authorization] }, 'two');
	await refused({}, 'none');
	const huge = await world.get('/api/me', { headers: { Authorization:
		`Bearer ${'x'.repeat(2 ** 20)}` } }).catch(() => ({ status: 431 }));
	assert.ok([400, 401, 413, 431].includes(huge.status), `${huge.status}`);
});

test('A05 a session lasts as long as its token, and is its sub\'s',
	async () => {
		const status = async (more) => (await world.get('/api/me',
			{ headers: as(A.user, more) })).status;
		assert.equal(await status({ exp: nowS() + 2 }), 200);
		assert.equal(await status({ exp: nowS() - 6 }), 401);
		assert.equal(await status({ sts: 'pending' }), 401);
		for (const o of [{ id: 'org_b', rol: 'admin' }, { id: B.user }])
			assert.deepEqual(await idsOf('/api/calls', { headers:
				as(A.user, { o, org_id: B.user }) }), [ofA.id]);
	});

test('A06 the issuer\'s keys cannot be had', async () => {
	const issuer = await startReceiver(() => ({ status: 500 }));
	const conf = world.writeSettings('keys', { ...world.settings(),
		CLERK_ISSUER: issuer.url, CLERK_JWT_KEY: undefined });
	const { port } = await world.secondResponder(conf);
	const attempt = () => world.get('/api/me', { port,
		headers: as(A.user, { iss: issuer.url }) });
	assert.equal((await attempt()).status, 503);
	issuer.answer = () => ({ body: JSON.stringify({ keys: [{
		...tenantKey.publicKey.export({ format: 'jwk' }),
		kid: HEADER.kid, use: 'sig', alg: 'RS256' }] }) });
	// Asked again once the pause after a failure is over; never believed
	// meanwhile.
	const { status } = await attempt();
	assert.ok([200, 503].includes(status), `${status}`);
	await issuer.stop();
	assert.equal((await attempt()).status, status);
});

test('A07 who may speak FastCGI, and what forged parameters do',
	async () => {
		assert.equal(statSync(world.socket).mode & 0o777, 0o660);
		for (const where of ['0.0.0.0:9000', '[::]:9000', '8.8.8.8:9000',
			'0:9000']) {
			const done = await run(join(build, 'callward.fcgi'),
				['-c', world.conf, '--listen', where]);
			assert.equal(done.status, 2, where);
		}
		for (const more of [[['REMOTE_USER', A.user]],
			[['HTTP_REMOTE_USER', A.user]], [['user_id', A.user]],
			[['request.jwt.claims', `{"sub":"${A.user}"}`]],
			[['HTTP_X_FORWARDED_USER', A.user], ['HTTPS', 'on']]])
			assert.equal((await fastcgi(world.socket,
				paramsFor('GET', '/api/calls', more))).status, 401);
		const form = threats.form();
		const body = encodeForm(form);
		const good = sign(world.publicUrl + TWILIO_PATH, form);
		const post = (more, path = TWILIO_PATH) => fastcgi(world.socket,
			paramsFor('POST', path, [['CONTENT_TYPE',
				'application/x-www-form-urlencoded'], ['CONTENT_LENGTH',
				String(body.length)], ...more]), body);
		await threats.withoutTrace(async () => {
			for (const more of [[], [['HTTP_X_TWILIO_SIGNATURE', 'x']],
				[['HTTP_X_TWILIO_SIGNATURE', good],
					['HTTP_X_TWILIO_SIGNATURE', good]],
				[['TWILIO_AUTH_TOKEN', 'x'], ['PUBLIC_URL',
					'http://evil.example'], ['HTTP_X_TWILIO_SIGNATURE',
					sign(`http://evil.example${TWILIO_PATH}`, form)]]])
				assert.equal((await post(more)).status, 403);
			assert.equal((await post([['HTTP_X_TWILIO_SIGNATURE', good],
				['PATH_INFO', '/x']])).status, 404);
		});
		assert.equal((await post([['HTTP_X_TWILIO_SIGNATURE', good]]))
			.status, 200);
	});

test('A08 the header Proxy', async () => {
	const proxy = await startReceiver();
	const conf = world.writeSettings('proxy', world.settings());
	const { port } = await world.secondResponder(conf, { env: {
		http_proxy: proxy.url, HTTP_PROXY: proxy.url, all_proxy: proxy.url,
		ALL_PROXY: proxy.url, https_proxy: proxy.url } });
	for (const to of [world.port, port]) {
		const answer = await threats.post({ port: to, headers: {
			'Proxy': proxy.url, 'Http-Proxy': proxy.url } });
		assert.match(answer.body, /<Connect>/);
	}
	assert.equal(proxy.received.length, 0);
	await proxy.stop();
});

test('A09 requests that two readers read differently', () =>
	threats.withoutTrace(async () => {
		const body = JSON.stringify(hang({ id: ofA.vapi_call_id,
			metadata: ofA.metadata }));
		const head = (...lines) => [`POST ${VAPI_PATH} HTTP/1.1`, ...lines,
			'Content-Type: application/json', 'Connection: close', '', '']
			.join('\r\n');
		const secret = 'X-Vapi-Secret: ' +
			world.settings().VAPI_WEBHOOK_SECRET;
		const length = `Content-Length: ${body.length}`;
		const within = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
		for (const [what, text] of Object.entries({
			'length and chunks': head('Host: x', secret, 'Content-Length: 6',
				'Transfer-Encoding: chunked') + `0\r\n\r\n${within}`,
			'two lengths': head('Host: x', secret, length,
				'Content-Length: 3') + body,
			'two hosts': head('Host: x', 'Host: y', secret, length) + body,
			'no host': head(secret, length) + body,
			'a space before the colon': head('Host: x', secret,
				`Content-Length : ${body.length}`) + body,
			'a header of 60 kB': head('Host: x', secret, length,
				`X-Long: ${'x'.repeat(60000)}`) + body,
			'an odd encoding': head('Host: x', secret,
				'Transfer-Encoding: xchunked') + `0\r\n\r\n${within}`,
			'a length with a sign': head('Host: x', secret,
				`Content-Length: +${body.length}`) + body,
		})) {
			const answer = await rawHttp(world.port, text);
			assert.ok([null, 400, 411, 413, 431, 501].includes(answer.status),
				`${what}: ${answer.head}`);
			assert.doesNotMatch(answer.body, /callward_requests/, what);
		}
	}));

test('A10 a body that is shorter than it was said', () =>
	threats.withoutTrace(async () => {
		const body = JSON.stringify(hang({ id: ofA.vapi_call_id,
			metadata: ofA.metadata }));
		const secret = world.settings().VAPI_WEBHOOK_SECRET;
		const answer = await rawHttp(world.port, [
			`POST ${VAPI_PATH} HTTP/1.1`, 'Host: x',
			`X-Vapi-Secret: ${secret}`, 'Content-Type: application/json',
			`Content-Length: ${body.length + 9}`, '', body].join('\r\n'),
		{ half: true, timeoutMs: 3000 });
		assert.ok([null, 400, 408].includes(answer.status), answer.head);
		for (const length of [body.length + 1, 2 * body.length, '-1',
			'1e3', '0x9', '9'.repeat(30)]) {
			const direct = await fastcgi(world.socket, paramsFor('POST',
				VAPI_PATH, [['HTTP_X_VAPI_SECRET', secret],
					['CONTENT_TYPE', 'application/json'],
					['CONTENT_LENGTH', String(length)]]), body);
			assert.ok([400, 413].includes(direct.status),
				`${length}: ${direct.head}`);
		}
	}));

const PROBLEM = ['detail', 'errors', 'request_id', 'status', 'title', 'type'];
const INNER = new RegExp(['select', 'insert', 'sqlstate', 'constraint',
	'relation', 'callward_', 'postgres', 'permission denied', 'libpq',
	'\\.c:', 'user_[ab]', 'public\\.', '0x'].join('|'), 'i');

function assertTellsNothing(answer, what) {
	assert.ok(answer.status >= 400, what);
	assert.equal(answer.headers['content-type'],
		'application/problem+json', what);
	for (const name of Object.keys(JSON.parse(answer.body)))
		assert.ok(PROBLEM.includes(name), `${what}: ${name}`);
	assert.doesNotMatch(answer.body, INNER, what);
}

test('A12 an error tells nothing of the inside', async () => {
	const secret = { 'X-Vapi-Secret': world.settings().VAPI_WEBHOOK_SECRET,
		'Content-Type': 'application/json' };
	for (const [what, path, options] of [
		['422', '/api/calls?limit=x&status=user_b&cursor=select'],
		['404', `/api/calls/${ofB.id}`], ['no such page', '/api/nothing'],
		['405', '/api/me', { method: 'DELETE' }],
		['401', '/api/me', { headers: { Authorization: 'Bearer a.b.c' } }],
		['415', TWILIO_PATH, { method: 'POST', body: 'x',
			headers: { 'Content-Type': 'text/plain' } }],
		['413', VAPI_PATH, { method: 'POST', headers: secret,
			body: Buffer.alloc(2 ** 24 + 1) }]]) {
		const answer = await ask(path, options);
		assert.equal(answer.status, Number(what) || 404);
		assertTellsNothing(answer, what);
	}
	// The database refuses what was always allowed.
	const lab = async (right, attempt) => {
		await world.cluster.query(`revoke ${right.replace('TO', 'from')}`);
		const answer = await attempt();
		await world.cluster.query(`grant ${right.replace('TO', 'to')}`);
		assert.ok(answer.status >= 500, right);
		assertTellsNothing(answer, right);
	};
	const [{ door }] = await world.cluster.query('select oid::regprocedure ' +
		'as door from pg_proc where proname = \'apply_event\'');
	await lab('select (summary) on public.calls TO callward_tenant',
		() => ask('/api/calls'));
	await lab(`execute on function ${door} TO callward_intake`,
		() => world.callback(hang({ id: ofA.vapi_call_id,
			metadata: ofA.metadata })));
	assert.equal((await ask('/api/calls')).status, 200);
});

closing(world);
