// What stops the start: settings that are missing, unknown, bad, or not the
// responder's to have. The line is named, and no secret is.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from './lib/process.js';
import { tempDir } from './lib/temp.js';

const program = join(process.env.CALLWARD_BUILD, 'callward.fcgi');
const dir = tempDir('cwset');
const path = join(dir, 'callward.conf');
const SECRETS = {
	DATABASE_URL: 'postgresql://callward_intake:pw-of-intake@/x?host=/none',
	DATABASE_TENANT_URL: 'postgresql://t:pw-of-tenant@/x?host=/none',
	TWILIO_AUTH_TOKEN: `AC${'0'.repeat(32)}:token-of-twilio`,
	VAPI_API_KEY: 'key-of-vapi-0123456789',
	VAPI_WEBHOOK_SECRET: 'secret-of-vapi-0123456789',
	METADATA_KEYS: `k1:${randomBytes(32).toString('base64')}`,
};
const GOOD = { ...SECRETS, PUBLIC_URL: 'https://clinic.example' };
const told = [SECRETS.METADATA_KEYS.slice(3), 'pw-of-intake',
	'pw-of-tenant', 'token-of-twilio', SECRETS.VAPI_API_KEY,
	SECRETS.VAPI_WEBHOOK_SECRET];

// The settings of the environment of whoever runs this are not meant.
const env = Object.fromEntries(Object.keys(process.env)
	.filter((name) => /^(DATABASE|TWILIO|VAPI|METADATA|CALLWARD)_/.test(name))
	.map((name) => [name, undefined]));

const textOf = (settings) => Object.entries(settings)
	.filter(([, value]) => value !== undefined)
	.map(([name, value]) => `${name}=${value}\n`).join('');

async function check(text, { args = ['-t', '-c', path], more = {} } = {}) {
	writeFileSync(path, text, { mode: 0o600 });
	const done = await run(program, args, { env: { ...env, ...more } });
	for (const secret of told)
		assert.equal((done.stdout + done.stderr).includes(secret), false,
			'no secret is told');
	return done;
}

// Refused with 78; the message matches all patterns.
async function refused(text, patterns, options) {
	const done = await check(text, options);
	const what = `${patterns.join(' ')}: ${done.stderr}`;
	assert.equal(done.status, 78, what);
	assert.equal(done.stdout, '', what);
	assert.match(done.stderr, /^callward\.fcgi: .+\n$/, what);
	for (const pattern of patterns)
		assert.match(done.stderr, pattern, what);
}

test('-t prints the settings with secrets masked', async () => {
	const done = await check(`# a comment\n\n${textOf(GOOD)}THREADS=12\n` +
		'LOG=stderr\n');
	assert.equal(done.status, 0, done.stderr);
	assert.match(done.stdout, /^PUBLIC_URL=https:\/\/clinic\.example$/m);
	assert.match(done.stdout, /^THREADS=12$/m);
	assert.match(done.stdout, /^CALLS_AT_ONCE=10$/m, 'a default');
	for (const name of Object.keys(SECRETS))
		assert.match(done.stdout, new RegExp(`^${name}=\\(set\\)$`, 'm'));
});

test('a file of secrets that others can read is told, and served', async () => {
	const value = join(dir, 'token');
	const text = textOf({ ...GOOD, TWILIO_AUTH_TOKEN: undefined,
		TWILIO_AUTH_TOKEN_FILE: value, LOG_FILE: join(dir, 'log-target') });
	writeFileSync(value, `${SECRETS.TWILIO_AUTH_TOKEN}\n`);
	writeFileSync(join(dir, 'log-target'), 'stderr\n', { mode: 0o644 });
	const told = async (mode, valueMode) => {
		writeFileSync(path, text);
		chmodSync(path, mode);
		chmodSync(value, valueMode);
		const done = await run(program, ['-t', '-c', path], { env });
		assert.equal(done.status, 0, done.stderr);
		return done.stderr.split('\n').filter((line) => line !== '');
	};
	const warning = (name) => `callward.fcgi: warning: ${name}: others can ` +
		'read or write this file; remedy: chmod o= on it';
	for (const mode of [0o600, 0o640, 0o660, 0o400])
		assert.deepEqual(await told(mode, mode), [], mode.toString(8));
	for (const mode of [0o644, 0o604, 0o642]) {
		assert.deepEqual(await told(mode, 0o600), [warning(path)]);
		assert.deepEqual(await told(0o640, mode),
			[warning('TWILIO_AUTH_TOKEN_FILE')]);
	}
	assert.deepEqual((await told(0o644, 0o644)).sort(), [warning(path),
		warning('TWILIO_AUTH_TOKEN_FILE')].sort());
	// The start says so in the log; a listener that cannot be ends it.
	const started = await run(program, ['-c', path, '--listen',
		`unix:${join(dir, 'none', 'x.sock')}`], { env });
	assert.notEqual(started.status, 0);
	for (const name of [path, 'TWILIO_AUTH_TOKEN_FILE'])
		assert.match(started.stderr, new RegExp('level=warn ' +
			`event=settings_exposed .*why="[^"]*${name.split('/').at(-1)}: ` +
			'others can read or write this file'));
});

for (const name of ['DATABASE_URL', 'PUBLIC_URL', 'TWILIO_AUTH_TOKEN',
	'VAPI_API_KEY', 'METADATA_KEYS']) {
	test(`a missing ${name} stops the start`, async () => {
		await refused(textOf({ ...GOOD, [name]: undefined }),
			[new RegExp(name)]);
		await refused(textOf({ ...GOOD, [name]: '' }), [new RegExp(name)]);
	});
}

const NO_ACCOUNT = /^callward\.fcgi: warning: no number can be proven: /m;

test('Twilio is proven by a token, by shared keys or by both', async () => {
	told.push('secret-of-key');
	const shared = 'k:secret-of-key,j:secret-of-key-2';
	for (const [settings, warned] of [
		[{ TWILIO_SHARED_KEYS: shared }, false],
		[{ TWILIO_SHARED_KEYS: shared, TWILIO_AUTH_TOKEN: undefined }, true],
		[{ TWILIO_SHARED_KEYS: shared, TWILIO_AUTH_TOKEN: '' }, true],
		[{ TWILIO_AUTH_TOKEN: 'token-of-twilio' }, true], [{}, false]]) {
		const done = await check(textOf({ ...GOOD, ...settings }));
		assert.equal(done.status, 0, done.stderr);
		assert.equal(NO_ACCOUNT.test(done.stderr), warned);
		for (const name of ['TWILIO_AUTH_TOKEN', 'TWILIO_SHARED_KEYS'])
			assert.ok(done.stdout.includes(`${name}=${{ ...GOOD,
				...settings }[name] ? '(set)' : '(not set)'}\n`), name);
	}
	await refused(textOf({ ...GOOD, TWILIO_AUTH_TOKEN: undefined }),
		[/missing: TWILIO_AUTH_TOKEN \(or TWILIO_SHARED_KEYS\)/]);
	const value = join(dir, 'keys');
	writeFileSync(value, `${shared}\n`, { mode: 0o644 });
	const done = await check(textOf({ ...GOOD,
		TWILIO_SHARED_KEYS_FILE: value }));
	assert.equal(done.status, 0, done.stderr);
	assert.match(done.stderr, /warning: TWILIO_SHARED_KEYS_FILE: others can /);
});

test('an unknown, repeated or shapeless line is named', async () => {
	const good = textOf(GOOD);
	const next = good.split('\n').length;
	const line = new RegExp(`callward\\.conf[: ]+(line )?${next}\\b`);
	for (const [extra, word] of [['NO_SUCH_NAME=1', /NO_SUCH_NAME/],
		['threads=12', line], ['PUBLIC_URL=https://x.example',
			/PUBLIC_URL/], ['just words', line], ['=1', line],
		[' THREADS=12', line], ['SIM_SEED=1', /SIM_SEED/],
		['export THREADS=12', line]])
		await refused(`${good}${extra}\n`, [line, word]);
});

test('a bad value names its setting and its line', async () => {
	for (const [name, value] of [['THREADS', '0'], ['THREADS', '8193'],
		['THREADS', 'many'], ['THREADS', '1.5'], ['THREADS', '-1'],
		['THREADS', '1e3'], ['THREADS', '99999999999999999999'],
		['LANES', '0'], ['PREPARED', 'maybe'], ['VAPI_TIMEOUT_MS', '10'],
		['CALLS_AT_ONCE', '-1'], ['DIAL_PREFIXES', '1'],
		['DIAL_PREFIXES', '+'], ['DIAL_PREFIXES', '+1,'],
		['LOG', 'nowhere'], ['UNAVAILABLE_SENTENCE', '\x01\xff'],
		['VAPI_TOP_LEVEL_METADATA', '2']])
		await refused(`${textOf({ ...GOOD })}${name}=${value}\n`,
			[new RegExp(name)]);
	for (const [name, value] of [
		['PUBLIC_URL', 'clinic.example'], ['PUBLIC_URL', 'ftp://x.example'],
		['PUBLIC_URL', 'https://'], ['PUBLIC_URL', 'https://x.example/?a=1'],
		['VAPI_API_URL', 'http://api.example'],
		['VAPI_API_URL', 'https://user:pass@api.example'],
		['TWILIO_API_URL', 'http://10.0.0.1'],
		['TWILIO_AUTH_TOKEN', 'token-of-twilio:AC0'],
		['TWILIO_AUTH_TOKEN', `AC${'0'.repeat(31)}:token-of-twilio`],
		['VAPI_WEBHOOK_SECRET', 'short'],
		['METADATA_KEYS', SECRETS.METADATA_KEYS.slice(3)],
		['METADATA_KEYS', SECRETS.METADATA_KEYS.slice(0, -4)],
		['METADATA_KEYS', `${SECRETS.METADATA_KEYS},${SECRETS
			.METADATA_KEYS}`],
	]) {
		const settings = { ...GOOD, [name]: value };
		const line = Object.keys(settings).indexOf(name) + 1;
		await refused(textOf(settings), [new RegExp(name),
			new RegExp(`\\b${line}\\b`)]);
	}
});

test('a deadline that is too long counts as the longest, and is told',
	async () => {
		const most = { VAPI_TIMEOUT_MS: 7500, ARRIVAL_MOST_MS: 10500,
			ASSISTANT_REQUEST_MOST_MS: 6000 };
		for (const [name, ms] of Object.entries(most)) {
			const long = await check(textOf({ ...GOOD, [name]: ms + 1 }));
			assert.equal(long.status, 0, long.stderr);
			assert.match(long.stdout, new RegExp(`^${name}=${ms}$`, 'm'));
			assert.match(long.stderr, new RegExp('warning: ' +
				`${name} \\(.*callward\\.conf.*\\): ${ms + 1} counts as ${ms}`));
			const short = await check(textOf({ ...GOOD, [name]: ms - 1 }));
			assert.match(short.stdout, new RegExp(`^${name}=${ms - 1}$`, 'm'));
			assert.equal(short.stderr.includes(name), false);
		}
		const { stdout } = await check(textOf(GOOD));
		for (const [name, ms] of Object.entries(most))
			assert.match(stdout, new RegExp(`^${name}=${ms}$`, 'm'));
	});

test('the owner\'s connection is refused, wherever it comes from',
	async () => {
		const owner = 'postgresql://owner:pw-of-owner@/x';
		told.push('pw-of-owner');
		await refused(`${textOf(GOOD)}DATABASE_OWNER_URL=${owner}\n`,
			[/DATABASE_OWNER_URL/]);
		await refused(textOf(GOOD), [/DATABASE_OWNER_URL/],
			{ more: { DATABASE_OWNER_URL: owner } });
	});

test('the environment and files give values, too', async () => {
	const file = join(dir, 'secret');
	writeFileSync(file, `${SECRETS.VAPI_API_KEY}\n`, { mode: 0o600 });
	const fromFile = await check(textOf({ ...GOOD, VAPI_API_KEY: undefined,
		VAPI_API_KEY_FILE: file }));
	assert.equal(fromFile.status, 0, fromFile.stderr);
	await refused(textOf({ ...GOOD, VAPI_API_KEY: undefined,
		VAPI_API_KEY_FILE: `${file}-not` }), [/VAPI_API_KEY_FILE/]);
	const fromEnv = await check(textOf({ ...GOOD, PUBLIC_URL: undefined }),
		{ more: { PUBLIC_URL: 'https://env.example', THREADS: '3' } });
	assert.equal(fromEnv.status, 0, fromEnv.stderr);
	assert.match(fromEnv.stdout, /^PUBLIC_URL=https:\/\/env\.example$/m);
	assert.match(fromEnv.stdout, /^THREADS=3$/m);
	await refused(textOf(GOOD), [/THREADS/, /environment/],
		{ more: { THREADS: 'x' } });
	const named = await check(textOf(GOOD), { args: ['-t'],
		more: { CALLWARD_CONF: path } });
	assert.equal(named.status, 0, named.stderr);
});

test('a settings file that is not there is named', async () => {
	await refused(textOf(GOOD), [/not-there\.conf/],
		{ args: ['-t', '-c', join(dir, 'not-there.conf')] });
	await refused(textOf(GOOD), [/callward/], { args: ['-t', '-c', dir] });
});

test('bad settings stop the start without -t as well', async () => {
	await refused(`${textOf(GOOD)}NO_SUCH_NAME=1\n`, [/NO_SUCH_NAME/],
		{ args: ['-c', path, '--listen', `unix:${join(dir, 's')}`] });
});

// Refused by the check and by the start, in the same words.
async function refusedByBoth(settings, name, words) {
	const text = textOf({ ...GOOD, ...settings });
	await refused(text, [new RegExp(`${name} \\(`), words]);
	await refused(text, [new RegExp(`${name} \\(`), words],
		{ args: ['-c', path, '--listen', `unix:${join(dir, 's')}`] });
}

test('the start and its check refuse the same', async () => {
	told.push('sk_live_', 'f'.repeat(32), 'password-left', 'secret-of-key');
	const SID = `AC${'f'.repeat(32)}`;
	const clerk = { CLERK_ISSUER: 'https://clerk.example' };
	for (const [settings, name, words] of [
		[{ ...clerk, CLERK_JWT_KEY: 'abc' }, 'CLERK_JWT_KEY', /2048/],
		[{ CLERK_JWT_KEY: 'abc' }, 'CLERK_JWT_KEY', /2048/],
		[{ CLERK_ISSUER: 'clerk.x' }, 'CLERK_ISSUER', /https address/],
		[{ CLERK_ISSUER: 'http://clerk.example',
			DATABASE_TENANT_URL: undefined }, 'CLERK_ISSUER',
		/https address/],
		...['/api', '/clinic/api/', '/api/webhooks', '/api/webhooks/twilio',
			'/api/webhooks/twilio/status', '/clinic/api/webhooks/vapi',
			'/api/webhooks/twilio/loop']
			.map((end) => [{ PUBLIC_URL: `https://clinic.example${end}` },
				'PUBLIC_URL', /before \/api/]),
		[{ CLERK_PUBLISHABLE_KEY: 'sk_live_Y2FsbHdhcmQ' },
			'CLERK_PUBLISHABLE_KEY', /pk_/],
		[{ CLERK_PUBLISHABLE_KEY: 'Y2FsbHdhcmQ' }, 'CLERK_PUBLISHABLE_KEY',
			/pk_/],
		...['org', 'Organization', 'user, either', 'both']
			.map((word) => [{ CLERK_TENANT: word }, 'CLERK_TENANT',
				/user, organization or either/]),
		[{ TWILIO_AUTH_TOKEN: SID }, 'TWILIO_AUTH_TOKEN', /SID/],
		[{ TWILIO_AUTH_TOKEN: `${SID}:${SID}` }, 'TWILIO_AUTH_TOKEN', /SID/],
		[{ TWILIO_AUTH_TOKEN: `SK${'f'.repeat(32)}` }, 'TWILIO_AUTH_TOKEN',
			/SID/],
		...['k', 'k:', ':secret-of-key', 'k:secret-of-key,',
			'k:secret-of-key,k:secret-of-key-2', 'k: secret-of-key',
			'k:secret-of-key, j:secret-of-key-2', 'k=:secret-of-key',
			`k:${SID}`, `k:${'secret-of-key'.repeat(20)}`,
			Array.from({ length: 17 }, (_, i) => `k${i}:secret-of-key`)
				.join()].map((value) => [{ TWILIO_SHARED_KEYS: value },
			'TWILIO_SHARED_KEYS', /key/]),
		[{ STATE_DIR: join(dir, 'not-there') }, 'STATE_DIR', /does not exist/],
		[{ STATE_DIR: path }, 'STATE_DIR', /not a folder/],
		[{ DATABASE_URL: 'postgresql://u:p@password-left@/x' },
			'DATABASE_URL', /malformed/],
		[{ DATABASE_TENANT_URL: 'postgresql:/u:password-left@localhost/x' },
			'DATABASE_TENANT_URL', /malformed/]])
		await refusedByBoth(settings, name, words);
});

test('what is like them and right is taken', async () => {
	const own = join(dir, 'state');
	mkdirSync(own, { mode: 0o700 });
	for (const settings of [{ PUBLIC_URL: 'https://api.example/apis' },
		{ PUBLIC_URL: 'https://x.example/api/v1' },
		{ PUBLIC_URL: 'https://x.example/api/webhooks-of-ours' },
		{ CLERK_PUBLISHABLE_KEY: 'pk_live_Y2FsbHdhcmQ' },
		{ CLERK_TENANT: 'organization', DESK_RECORDINGS: 'no' },
		{ CLERK_ISSUER: 'https://clerk.example', STATE_DIR: own },
		{ TWILIO_AUTH_TOKEN: 'f'.repeat(32) },
		{ DATABASE_URL: 'postgresql://u:p%40q@localhost/x' }])
		assert.equal((await check(textOf({ ...GOOD, ...settings }))).status,
			0, JSON.stringify(settings));
});

test('--help tells of every setting, --version of the version', async () => {
	const help = await check('', { args: ['--help'] });
	assert.equal(help.status, 0);
	assert.equal(help.stderr, '');
	for (const name of [...Object.keys(GOOD), 'THREADS', 'LANES', 'LOG'])
		assert.ok(help.stdout.includes(`  ${name} `), name);
	assert.equal(help.stdout.includes('DATABASE_OWNER_URL'), false);
	const version = await check('', { args: ['--version'] });
	assert.equal(version.status, 0);
	assert.match(version.stdout, /^callward\.fcgi \d+\.\d+/);
});

test('what is no option is usage: exit 2', async () => {
	for (const args of [['--no-such'], ['-x'], ['-c'], ['words'],
		['--listen']]) {
		const done = await check(textOf(GOOD), { args });
		assert.equal(done.status, 2, args.join(' '));
		assert.equal(done.stdout, '');
		assert.notEqual(done.stderr, '');
	}
});
