// The door of the dashboard: the same tokens judged by jose, by Clerk's own
// package and by the responder. Ours may be stricter, and then the list below
// says why; it may never take what one of the others refuses.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createClerkClient, verifyToken } from '@clerk/backend';
import { importSPKI, jwtVerify } from 'jose';
import { closing } from './lib/closing.js';
import { run, waitFor } from './lib/process.js';
import { claims, encode, HEADER, ISSUER, jwk, makeToken, newKey, nowS,
	OTHER_PARTY, PARTY, pem, signatureOf } from './lib/token.js';
import { build, openWorld } from './lib/world.js';

const pair = newKey();
const foreign = newKey();
const world = await openWorld({ settings: { CLERK_ISSUER: ISSUER,
	CLERK_JWT_KEY: pem(pair).trim().replaceAll('\n', ' '),
	CLERK_AUTHORIZED_PARTIES: `${PARTY}, ${OTHER_PARTY}` } });
const key = await importSPKI(pem(pair), 'RS256');

const me = (token, { port, headers } = {}) => world.get('/api/me',
	{ port: port ?? world.port, headers: headers ??
		{ Authorization: `Bearer ${token}` } });

const as = (more) => makeToken(pair, claims(more));
const without = (name) => makeToken(pair, claims({ [name]: undefined }));
const headed = (more, how) => makeToken(pair, claims(),
	{ ...HEADER, ...more }, how);
const text = (change) => makeToken(pair, change(JSON.stringify(claims())));
const change = (part, edit) => {
	const parts = makeToken(pair).split('.');
	parts[part] = edit(parts[part]);
	return parts.join('.');
};
const der = pair.publicKey.export({ type: 'spki', format: 'der' });
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' +
	'0123456789-_';
// 256 bytes end in a character whose last four bits carry nothing.
const stray = (s) => s.slice(0, -1) +
	ALPHABET[ALPHABET.indexOf(s.at(-1)) | 1];
function plain() {	// a token whose signature has one of the two letters
	for (;;) {
		const parts = makeToken(pair, claims({ jti: `${Math.random()}` }))
			.split('.');
		if (/[-_]/.test(parts[2]))
			return [parts[0], parts[1], parts[2].replaceAll('-', '+')
				.replaceAll('_', '/')].join('.');
	}
}
function padded() {	// claims with '=' behind, signed so
	const payload = claims();
	while (encode(payload).length % 4 !== 3)
		payload.jti += 'x';
	const input = `${encode(HEADER)}.${encode(payload)}=`;
	return `${input}.${signatureOf(pair, input)}`;
}

// Made when it is judged: some of them live for seconds only.
const tokens = {
	'a session, version 2': () => makeToken(pair),
	'a session, version 1': () => as({ v: undefined, sts: undefined,
		jti: undefined, org_id: 'org_1', org_role: 'org:admin' }),
	'the other party': () => as({ azp: OTHER_PARTY }),
	'no typ': () => headed({ typ: undefined }),
	'no cat': () => headed({ cat: undefined }),
	'no kid': () => headed({ kid: undefined }),
	'another kid': () => headed({ kid: 'ins_two' }),
	'a name nobody knows in the header': () => headed({ oiat: 1, x: [{}] }),
	'a claim nobody knows': () => as({ x: { y: [1, 'z'] } }),
	'an audience': () => as({ aud: 'somebody' }),
	'an active organization': () => as({ o: { id: 'org_1', rol: 'admin' } }),
	'somebody acts as the user': () => as({ act: { sub: 'user_z' } }),
	'a fraction in exp': () => as({ exp: nowS() + 50.5 }),
	'exp far ahead': () => as({ exp: 1e15 }),
	'expired 2 s ago': () => as({ exp: nowS() - 2 }),
	'expired 6 s ago': () => as({ exp: nowS() - 6 }),
	'expired long ago': () => as({ exp: 1 }),
	'exp zero': () => as({ exp: 0 }),
	'exp negative': () => as({ exp: -nowS() }),
	'no exp': () => without('exp'),
	'exp null': () => as({ exp: null }),
	'exp a text': () => as({ exp: String(nowS() + 60) }),
	'no nbf': () => without('nbf'),
	'nbf 3 s ahead': () => as({ nbf: nowS() + 3 }),
	'nbf 9 s ahead': () => as({ nbf: nowS() + 9 }),
	'nbf a text': () => as({ nbf: '1' }),
	'no iat': () => without('iat'),
	'iat 3 s ahead': () => as({ iat: nowS() + 3 }),
	'iat 9 s ahead': () => as({ iat: nowS() + 9 }),
	'iat a text': () => as({ iat: '1' }),
	'no iss': () => without('iss'),
	'iss of another': () => as({ iss: 'https://clerk.other.example' }),
	'iss with a slash': () => as({ iss: `${ISSUER}/` }),
	'iss a list': () => as({ iss: [ISSUER] }),
	'iss of the trial': () => as({ iss: 'callward-trial' }),
	'no azp': () => without('azp'),
	'azp empty': () => as({ azp: '' }),
	'azp of another': () => as({ azp: 'https://other.example' }),
	'azp with a slash': () => as({ azp: `${PARTY}/` }),
	'azp the beginning of one': () => as({ azp: PARTY.slice(0, -1) }),
	'azp both of them': () => as({ azp: `${PARTY}, ${OTHER_PARTY}` }),
	'azp a list': () => as({ azp: [PARTY] }),
	'no sub': () => without('sub'),
	'sub empty': () => as({ sub: '' }),
	'sub a number': () => as({ sub: 1 }),
	'sub a list': () => as({ sub: ['user_a'] }),
	'sub null': () => as({ sub: null }),
	'sub with a NUL': () => as({ sub: 'user_a\u0000' }),
	'sub with a space': () => as({ sub: 'user_a ' }),
	'sub of 65 letters': () => as({ sub: 'u'.repeat(65) }),
	'signed in, but not yet done': () => as({ sts: 'pending' }),
	'alg none, not signed': () => headed({ alg: 'none' }, 'none'),
	'alg none, signed': () => headed({ alg: 'none' }),
	'alg None, not signed': () => headed({ alg: 'None' }, 'none'),
	'no alg': () => headed({ alg: undefined }),
	'alg in small letters': () => headed({ alg: 'rs256' }),
	'HS256 with the PEM': () => headed({ alg: 'HS256' }, pem(pair)),
	'HS256 with the PEM, trimmed': () => headed({ alg: 'HS256' },
		pem(pair).trim()),
	'HS256 with the key in base64': () => headed({ alg: 'HS256' },
		der.toString('base64')),
	'RS256 said, HS256 done': () => headed({}, pem(pair)),
	'PS256': () => headed({ alg: 'PS256' }, 'PS256'),
	'RS256 said, PS256 done': () => headed({}, 'PS256'),
	'RS384': () => headed({ alg: 'RS384' }, 'RS384'),
	'RS512': () => headed({ alg: 'RS512' }, 'RS512'),
	'RS256 said, RS512 done': () => headed({}, 'RS512'),
	'typ at+jwt': () => headed({ typ: 'at+jwt' }),
	'typ jwt': () => headed({ typ: 'jwt' }),
	'typ a number': () => headed({ typ: 1 }),
	'a machine': () => headed({ cat: 'cl_B7d4PD333AAA' }),
	'a category nobody knows': () => headed({ cat: 'cl_B7d4PD999AAA' }),
	'crit': () => headed({ crit: ['exp'] }),
	'crit empty': () => headed({ crit: [] }),
	'b64 false': () => headed({ b64: false, crit: ['b64'] }),
	'kid a number': () => headed({ kid: 1 }),
	'kid of 300 letters': () => headed({ kid: 'k'.repeat(300) }),
	'jku to elsewhere, signed by us': () => headed(
		{ jku: 'https://other.example/jwks.json' }),
	'jwk of another, signed by it': () => makeToken(foreign, claims(),
		{ ...HEADER, jwk: jwk(foreign, 'ins_one') }),
	'jku and x5u of another, signed by it': () => makeToken(foreign,
		claims(), { ...HEADER, jku: 'https://other.example/jwks.json',
			x5u: 'https://other.example/cert.pem' }),
	'signed by another': () => makeToken(foreign),
	'a claim changed': () => change(1, () => encode(claims(
		{ sub: 'user_b' }))),
	'the header changed': () => change(0, () => encode(
		{ ...HEADER, kid: 'ins_two' })),
	'signature cut': () => change(2, (s) => s.slice(0, -4)),
	'no signature': () => change(2, () => ''),
	'signature longer': () => change(2, (s) => s + 'AAAA'),
	'signature of zeros': () => change(2, () => encode(Buffer.alloc(256))),
	'signature padded': () => change(2, (s) => `${s}==`),
	'signature with stray bits': () => change(2, stray),
	'signature in the other alphabet': plain,
	'claims padded': padded,
	'a space in it': () => change(1, (s) => `${s.slice(0, 9)} ` +
		s.slice(9)),
	'two parts': () => makeToken(pair).split('.').slice(0, 2).join('.'),
	'four parts': () => `${makeToken(pair)}.AAAA`,
	'a dot behind': () => `${makeToken(pair)}.`,
	'five parts': () => 'a.b.c.d.e',
	'no token': () => 'x',
	'sub twice': () => text((s) => s.replace('{',
		'{"sub":"user_b",')),
	'sub twice, one in disguise': () => text((s) => s.replace('{',
		'{"\\u0073ub":"user_b",')),
	'exp twice': () => text((s) => s.replace('{', '{"exp":1,')),
	'alg twice': () => makeToken(pair, claims(), JSON.stringify(HEADER)
		.replace('{', '{"alg":"none",')),
	'claims are no JSON': () => makeToken(pair, 'user_a'),
	'claims are cut': () => text((s) => s.slice(0, -1)),
	'claims with more behind': () => text((s) => `${s}{}`),
	'claims are a list': () => text((s) => `[${s}]`),
	'claims are a text': () => text((s) => JSON.stringify(s)),
	'claims begin with a mark of order': () => text((s) => `\ufeff${s}`),
	'claims are no UTF-8': () => makeToken(pair, Buffer.concat([
		Buffer.from(JSON.stringify(claims({ x: '' })).slice(0, -2)),
		Buffer.from([0xff, 0x22, 0x7d])])),
	'claims 100 deep': () => as({ x: JSON.parse('['.repeat(100) +
		']'.repeat(100)) }),
	'the header is a list': () => makeToken(pair, claims(), [HEADER]),
};

// Where the three differ: ours refuses what another takes, and why.
const stricter = [
	['jose asks for no exp by itself', 'no exp'],
	['jose minds iat only where an age is asked for', 'iat 9 s ahead'],
	['Clerk\'s package has no option for the issuer', 'no iss',
		'iss of another', 'iss with a slash', 'iss a list',
		'iss of the trial'],
	['jose knows no azp; Clerk\'s package of this version lets a missing ' +
		'one pass', 'no azp', 'azp empty', 'azp of another',
	'azp with a slash', 'azp the beginning of one', 'azp both of them',
	'azp a list'],
	['a tenant is a text of 1 to 64 plain characters', 'no sub',
		'sub empty', 'sub a number', 'sub a list', 'sub null',
		'sub with a NUL', 'sub with a space', 'sub of 65 letters'],
	['their packages leave sts to who calls them',
		'signed in, but not yet done'],
	['a token of another kind is no session', 'typ at+jwt', 'typ jwt',
		'typ a number', 'a machine', 'a category nobody knows'],
	['nothing is critical that we do not know', 'crit', 'crit empty',
		'b64 false'],
	['a key\'s name is a text of a sane length', 'kid a number',
		'kid of 300 letters'],
	['one value has one spelling', 'signature padded',
		'signature with stray bits', 'signature in the other alphabet',
		'claims padded'],
	['two readers of a name that stands twice may differ', 'sub twice',
		'sub twice, one in disguise', 'exp twice', 'alg twice'],
	['JSON is UTF-8 without a mark of order, of a sane depth',
		'claims begin with a mark of order', 'claims are no UTF-8',
		'claims 100 deep'],
];
const reasons = new Map(stricter.flatMap(([reason, ...names]) =>
	names.map((name) => [name, reason])));

async function judge(make) {
	const token = make();
	const taken = (promise) => promise.then(() => true, () => false);
	const answer = await me(token);
	assert.ok(answer.status === 200 || answer.status === 401,
		`${answer.status} ${answer.body}`);
	return { ours: answer.status === 200,
		jose: await taken(jwtVerify(token, key,
			{ algorithms: ['RS256'], issuer: ISSUER, clockTolerance: 5 })),
		clerk: await taken(verifyToken(token, { jwtKey: pem(pair),
			authorizedParties: [PARTY, OTHER_PARTY] })) };
}

// Some are good or bad for seconds only: whoever judges late, judges another.
const judged = (make) => waitFor(async () => {
	const began = Date.now();
	const verdict = await judge(make);
	return Date.now() - began < 1000 && verdict;
}, { what: 'judgement within a second' });

const differences = [];
const word = (taken) => (taken ? 'takes' : 'refuses').padEnd(7);

for (const [name, make] of Object.entries(tokens)) {
	test(`token: ${name}`, async () => {
		const { ours, jose, clerk } = await judged(make);
		assert.ok(!ours || (jose && clerk), 'ours is laxer: ' +
			`jose ${word(jose)}, Clerk ${word(clerk)}`);
		if (ours === jose && ours === clerk)
			return assert.equal(reasons.get(name), undefined,
				'no difference any more');
		differences.push(`${word(ours)} ${word(jose)} ${word(clerk)} ` +
			`${name}: ${reasons.get(name)}`);
		assert.ok(reasons.has(name), 'a difference without a reason');
	});
}

// Whose it is: Clerk's package says who and of which organization, and as what.
// Where it finds one ours finds the same, or refuses.
const clerk = createClerkClient({ jwtKey: pem(pair), secretKey: 'sk_test_x',
	publishableKey: `pk_test_${btoa('clerk.callward.example$')}` });
async function clerkSays(token) {
	const state = await clerk.authenticateRequest(new Request(
		'https://api.callward.example/', { headers: {
			Authorization: `Bearer ${token}` } }),
	{ jwtKey: pem(pair), authorizedParties: [PARTY, OTHER_PARTY] });
	const auth = state.toAuth();
	return auth === null || auth.userId === null ? null : {
		user: auth.userId, organization: auth.orgId ?? null,
		owner: auth.orgRole === 'org:admin' };
}
const O = { id: 'org_1', rol: 'admin' };
const ones = { v: undefined, sts: undefined };
const seats = {
	'an owner, version 2': { o: O },
	'a member, version 2': { o: { ...O, rol: 'member' } },
	'a role of one\'s own, version 2': { o: { ...O, rol: 'nurse' } },
	'no role, version 2': { o: { id: 'org_1' } },
	'an owner, version 1': { ...ones, org_id: 'org_1', org_role: 'org:admin' },
	'a member, version 1': { ...ones, org_id: 'org_1', org_role: 'org:member' },
	'no organization, version 2': {},
	'no organization, version 1': ones,
	'both, the same, version 2': { o: { ...O, rol: 'member' },
		org_id: 'org_1', org_role: 'org:admin' },
	'both, the same, version 1': { ...ones, o: O, org_id: 'org_1',
		org_role: 'org:member' },
	'both, and different': { o: O, org_id: 'org_2', org_role: 'org:admin' },
	'o in version 1': { ...ones, o: O },
	'org_id in version 2': { org_id: 'org_1', org_role: 'org:admin' },
	'o null': { o: null },
	'o without an id': { o: { rol: 'admin' } },
	'o that is empty': { o: {} },
	'an organization of another shape': { o: { id: 'user_b', rol: 'admin' } },
	'version 3': { v: 3, o: O },
	'signed in, but not yet done': { o: O, sts: 'pending' },
};
let byOrganization, byEither;
test('then organizations are clinics, too', async () => {
	for (const CLERK_TENANT of ['organization', 'either']) {
		const { port } = await world.secondResponder(world.writeSettings(
			CLERK_TENANT, { ...world.settings(), CLERK_TENANT }));
		if (CLERK_TENANT === 'either')
			byEither = port;
		else
			byOrganization = port;
	}
});
for (const [name, more] of Object.entries(seats))
	test(`seat: ${name}`, async () => {
		const theirs = await clerkSays(as(more));
		for (const port of [world.port, byOrganization, byEither]) {
			const { status, body } = await me(as(more), { port });
			if (status === 401)
				continue;
			assert.notEqual(theirs, null, 'ours is laxer');
			const organization = port === world.port ? null
				: theirs.organization;
			if (organization === null && port === byOrganization) {
				assert.deepEqual([status, JSON.parse(body).code],
					[403, 'no_clinic']);
				continue;
			}
			const found = JSON.parse(body);
			assert.equal(status, 200, body);
			assert.equal(found.person_id, theirs.user);
			assert.equal(found.user_id, organization ?? theirs.user);
			assert.equal(found.role, organization === null || theirs.owner
				? 'owner' : 'desk');
		}
		// What has its shape is taken, and in user mode as ever.
		const good = !/different|without an id|empty|shape|version 3/
			.test(name) && theirs !== null;
		assert.equal((await me(as(more), { port: byEither })).status, good
			? 200 : 401);
		assert.equal((await me(as(more))).status, theirs === null ? 401 : 200);
	});

test('at least 40 tokens were judged, and the differences told', (t) => {
	const n = Object.keys(tokens).length;
	assert.ok(n >= 40);
	for (const name of reasons.keys())
		assert.ok(name in tokens, name);
	t.diagnostic(`${n} tokens, ${differences.length} differences:`);
	t.diagnostic('ours    jose    Clerk   token: reason');
	for (const line of differences)
		t.diagnostic(line);
});

// The header -----------------------------------------------------------------

test('a refusal says that a token is wanted, and nothing of it', async () => {
	const answer = await me(as({ exp: 1 }));
	assert.equal(answer.status, 401);
	assert.equal(answer.headers['www-authenticate'], 'Bearer');
	assert.equal(answer.headers['content-type'], 'application/problem+json');
	assert.deepEqual(Object.keys(JSON.parse(answer.body)).sort(),
		['request_id', 'status', 'title', 'type']);
});

test('the header is there once, and says Bearer', async () => {
	const token = makeToken(pair);
	for (const headers of [{}, { Authorization: '' },
		{ Authorization: token }, { Authorization: 'Bearer ' },
		{ Authorization: `bearer ${token}` },
		{ Authorization: `Bearer  ${token}` },
		{ Authorization: `Basic ${token}` },
		{ Authorization: `Bearer ${token}, Bearer ${token}` },
		{ Authorization: `Bearer ${token} ${token}` },
		{ Cookie: `__session=${token}` },
		{ 'X-Authorization': `Bearer ${token}` },
		{ Proxy: `Bearer ${token}` }])
		assert.equal((await me(null, { headers })).status, 401,
			JSON.stringify(Object.keys(headers)));
	for (const both of [[token, token], [token, 'x'], ['x', token]]) {
		const { status } = await me(null, { headers: {
			Authorization: both.map((t) => `Bearer ${t}`) } });
		assert.ok(status === 400 || status === 401, `${status}`);
	}
	const query = await world.get(`/api/me?token=${token}` +
		`&Authorization=Bearer%20${token}&__session=${token}`);
	assert.equal(query.status, 401);
});

test('a token of 9 KiB or of 1 MiB does no harm', async () => {
	for (const size of [7000, 1 << 20]) {
		const answer = await me(as({ x: 'x'.repeat(size) }))
			.catch((error) => ({ status: error.code }));
		assert.ok([400, 401, 413, 431, 'ECONNRESET', 'EPIPE']
			.includes(answer.status), `${answer.status}`);
	}
	assert.equal((await me(makeToken(pair))).status, 200);
});

test('bytes that no token has are refused, not believed', async () => {
	for (const token of ['\x80\xff', '..', '...', '.', ' ', 'e30.e30.',
		'e30.e30.e30', `${'A'.repeat(4000)}.A.A`])
		assert.equal((await me(token)).status, 401, token);
});

// The issuer's set of keys ---------------------------------------------------

const issuer = { keys: [], asked: 0, status: 200 };
const server = createServer((req, res) => {
	issuer.asked += req.url === '/.well-known/jwks.json' ? 1 : 1000;
	res.writeHead(issuer.status, { 'Content-Type': 'application/json' });
	res.end(JSON.stringify({ keys: issuer.keys }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => {
	server.closeAllConnections();
	server.close();
});
const url = `http://127.0.0.1:${server.address().port}`;
let second;	// a responder that asks for the keys
const bySet = (token) => me(token, { port: second.port });
const ofSet = (with_, header = {}) => makeToken(with_,
	claims({ iss: url }), { ...HEADER, ...header });

test('without any key nobody gets in: 503, and not 401', async () => {
	second = await world.secondResponder(world.writeSettings('set',
		{ ...world.settings(), CLERK_ISSUER: url,
			CLERK_JWT_KEY: undefined, TENANT_CONNECTIONS: 40 }));
	issuer.status = 500;
	assert.equal((await bySet(ofSet(pair))).status, 503);
	assert.equal(issuer.asked, 1);
});

test('keys are fetched once, for many who ask at once', async () => {
	issuer.status = 200;
	issuer.keys = [jwk(foreign, 'ins_old'), jwk(pair, 'ins_one')];
	const until = Date.now() + 20000;	// the failure is forgotten in 3 s
	while ((await bySet(ofSet(pair))).status !== 200)
		assert.ok(Date.now() < until, 'the keys are never asked again');
	const fetched = issuer.asked;
	const answers = await Promise.all(Array.from({ length: 20 },
		() => bySet(ofSet(pair))));
	assert.ok(answers.every((answer) => answer.status === 200));
	assert.equal(issuer.asked, fetched);
});

test('the key is the one that the token names', async () => {
	assert.equal((await bySet(ofSet(foreign, { kid: 'ins_old' }))).status,
		200);
	for (const [by, kid] of [[pair, 'ins_old'], [foreign, 'ins_one'],
		[pair, undefined], [pair, ''], [pair, 'INS_ONE']])
		assert.equal((await bySet(ofSet(by, { kid }))).status, 401, kid);
});

test('unknown keys make the issuer be asked once a minute at most',
	async () => {
		const before = issuer.asked;
		for (let i = 0; i < 20; i++)
			assert.equal((await bySet(ofSet(foreign, { kid: `k${i}` })))
				.status, 401);
		assert.ok(issuer.asked - before <= 1, `${issuer.asked - before}`);
	});

test('an issuer that is away keeps nobody out who was in', async () => {
	issuer.status = 500;
	assert.equal((await bySet(ofSet(pair))).status, 200);
	assert.equal((await bySet(ofSet(pair, { kid: 'ins_x' }))).status, 401);
	assert.equal((await bySet(ofSet(pair))).status, 200);
});

test('a trial\'s issuer is for loopback only', async () => {
	const check = async (PUBLIC_URL) => (await run(join(build,
		'callward.fcgi'), ['-t', '-c', world.writeSettings('trial',
		{ ...world.settings(), PUBLIC_URL, CLERK_ISSUER: 'callward-trial' })]));
	assert.equal((await check('http://127.0.0.1:28080')).status, 0);
	const refused = await check('https://callward.example');
	assert.equal(refused.status, 78);
	assert.match(refused.stderr, /trial/);
});

closing(world);
