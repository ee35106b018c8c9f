// Attacks on the process, its host and people's privacy. The id of a case is
// explained in doc/threats.md.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync }
	from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { start, waitFor, waitForListener } from './lib/process.js';
import { startReceiver } from './lib/receiver.js';
import { TWILIO_TOKEN } from './lib/sim.js';
import { tenantKey, tenantSettings, Threats } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { callForm, encodeForm, sign } from './lib/twilio.js';
import { hang, report, statusUpdate } from './lib/vapi.js';
import { rawHttp } from './lib/wire.js';
import { A, build, LINE, source, TWILIO_PATH, openWorld }
	from './lib/world.js';

// PostgreSQL logs as it does where nobody set anything.
const world = await openWorld({ settings: tenantSettings,
	postgres: { log_min_messages: 'warning' } });
const threats = new Threats(world);
const bearer = { Authorization: `Bearer ${makeToken(tenantKey, claims())}` };
const secret = { 'X-Vapi-Secret': world.settings().VAPI_WEBHOOK_SECRET };
const secrets = () => [TWILIO_TOKEN, ...Object.values(secret),
	world.settings().VAPI_API_KEY, world.key.slice(3),
	...Object.values(world.cluster.passwords)];

const installed = (tool) => process.env.PATH.split(':')
	.some((dir) => existsSync(join(dir, tool)));
const needs = (tool) => (installed(tool) ? {} :
	{ skip: `${tool} is not installed` });
const proc = (pid, name) => readFileSync(`/proc/${pid}/${name}`, 'latin1');
const childrenOf = (pid) => readdirSync(`/proc/${pid}/task`)
	.flatMap((task) => proc(pid, `task/${task}/children`).trim().split(' '))
	.filter((child) => child !== '').map(Number);

// One of every kind of request, good and bad.
async function everyRequest({ port }) {
	const asked = { port };
	const call = await world.arrive({ from: A.number }, asked);
	await world.arrive({ from: A.number, callSid: call.callSid }, asked);
	await world.arrive({ from: '+15550147200' }, asked);
	await threats.post({ port, signature: 'x' });
	const row = await world.row(call.callSid);
	const about = { id: row.vapi_call_id, metadata: row.metadata };
	await world.callback(report(about), asked);
	await world.callback(statusUpdate('ended', about), asked);
	await world.callback(report({ ...about, metadata: { user_id: 'x' } }),
		asked);
	await world.callback('{', asked);
	await world.callback('{', { port, headers: {} });
	for (const path of ['/api/me', '/api/calls?q=appointment',
		`/api/calls/${row.id}`, `/api/calls/${randomUUID()}`,
		'/api/calls?limit=x', '/healthz', '/readyz', '/metrics', '/api/x'])
		await world.get(path, { port, headers: bearer });
	return 19;
}

// System calls that reach for the file system, other programs or the network.
const REACH = ['open', 'openat', 'creat', 'unlink', 'unlinkat', 'rename',
	'renameat', 'renameat2', 'mkdir', 'mkdirat', 'rmdir', 'link', 'linkat',
	'symlink', 'symlinkat', 'truncate', 'mknod', 'mknodat', 'chmod', 'fchmod',
	'fchmodat', 'chown', 'fchown', 'fchownat', 'execve', 'execveat', 'fork',
	'vfork', 'clone', 'clone3', 'ptrace', 'connect', 'bind'];

const mayWrite = (line) => /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND/
	.test(line);

// Is this a call of the kind that a responder has no business with?
function isStray(line, { socket }) {
	const [, name, rest] = /^\d+ +(\w+)\((.*)$/.exec(line);
	const local = [`"${socket}"`, `"${world.cluster.socketDir}/.s.PGSQL.`,
		'"/var/run/nscd/socket"'];
	switch (name) {
	case 'open': case 'openat':
		return mayWrite(line) && !rest.includes('"/dev/null"');
	case 'clone': case 'clone3':
		return !rest.includes('CLONE_THREAD');
	case 'bind': case 'unlink':
		return !rest.includes(`"${socket}"`);
	case 'connect':
		return rest.includes('AF_UNIX') ?
			!local.some((path) => rest.includes(path)) :
			!(rest.includes(`htons(${world.simPort})`) &&
				rest.includes('"127.0.0.1"'));
	default:
		return true;
	}
}

test('H01 it writes no file, starts no program, reaches nobody else',
	needs('strace'), async () => {
		const trace = join(world.dir, 'trace');
		// A search for leaks traces, too, and there can be one alone.
		const second = await world.secondResponder(world.conf, { under: [
			'strace', '-f', '-qq', '-o', trace, '-e',
			`trace=${REACH.join(',')}`],
		env: { ASAN_OPTIONS: 'detect_leaks=0' } });
		const socket = join(world.dir, `second-${second.port}.sock`);
		await everyRequest(second);
		const [pid] = childrenOf(second.program.pid);
		process.kill(pid, 'SIGTERM');
		assert.equal((await second.program.exited).status, 0);
		// A build for coverage counts in .gcda files.
		const lines = readFileSync(trace, 'latin1').split('\n')
			.filter((line) => /^\d+ +\w+\(/.test(line) &&
				!line.includes('.gcda"'));
		assert.match(lines[0], /execve\(.*callward\.fcgi/);
		assert.ok(lines.some((line) => line.includes('.s.PGSQL.')));
		assert.ok(lines.some((line) => line.includes(
			`htons(${world.simPort})`)));
		assert.deepEqual(lines.slice(1).filter((line) =>
			isStray(line, { socket })), []);
	});

test('H02 secrets are in no argument, environment, child or core',
	async () => {
		const { pid } = world.responder;
		await everyRequest(world);
		for (const name of ['cmdline', 'environ']) {
			const text = await Promise.resolve().then(() => proc(pid, name))
				.catch((error) => error.code);
			for (const one of secrets())
				assert.equal(text.includes(one), false, name);
		}
		assert.deepEqual(childrenOf(pid), []);
		assert.match(proc(pid, 'limits'), /^Max core file size +0 +0 /m);

		// Another user's process, so that it shows who may look into it.
		const uid = process.getuid() || 65534;
		const dir = join(world.dir, 'other');
		const conf = world.writeSettings('other', world.settings());
		mkdirSync(dir);
		const under = process.getuid() !== 0 ? [] : ['setpriv',
			`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
		if (under.length > 0)
			for (const path of [dir, conf])
				chownSync(path, uid, uid);
		const socket = join(dir, 's');
		const [command, ...args] = [...under, join(build, 'callward.fcgi'),
			'-c', conf, '--listen', `unix:${socket}`];
		const other = await start({ name: 'other', dir, command, args,
			ready: () => waitForListener(socket) });
		world.responders.push(other);
		assert.match(proc(other.pid, 'status'), new RegExp(`^Uid:\\s+${uid}\\s`,
			'm'));
		assert.equal(statSync(`/proc/${other.pid}/environ`).uid, 0,
			'it is not dumpable');
		other.signal('SIGSEGV');
		assert.notEqual((await other.exited).status, 0);
		assert.deepEqual(readdirSync(dir).filter((f) => /core/.test(f)), []);
		world.responders.pop();
	});

test('H03 whatever arrives, a request is one line', async () => {
	const poison = 'x\r\ntime=2026 level=error event=request id=1 \u001b[2J' +
		'\u2028\u0085\u202e\u2066"\\';
	const wire = encodeURIComponent(poison);
	// What was asked before has its line by then, and this, too.
	await world.logLine(await world.metrics());
	const before = world.responder.log().length;
	let n = 0;
	const sent = async (promise) => {
		assert.notEqual((await promise).status, null);
		n++;
	};
	for (const name of ['From', 'To', 'CallSid', 'CallerName', 'AccountSid',
		'ErrorCode', 'StirVerstat', 'ForwardedFrom', 'SipHeader_Diversion'])
		await sent(threats.post({ form: threats.form({ [name]: poison }) }));
	await sent(threats.post({ form: threats.form({ [poison]: poison }) }));
	const row = await world.connected(A);
	n++;
	for (const more of [{ type: poison }, { id: poison },
		{ endedReason: poison }, { status: poison },
		{ metadata: { user_id: poison } },
		{ metadata: { ...row.metadata, seal: poison } },
		{ endedReason: 'x'.repeat(10 * 2 ** 20) }]) {
		const message = hang({ id: row.vapi_call_id, ...more });
		message.message.type = more.type ?? 'end-of-call-report';
		await sent(world.callback(message));
	}
	for (const path of [`/api/${wire}`, `/api/calls/${wire}`,
		`/api/calls?q=${wire}`, `/api/calls?limit=${wire}`])
		await sent(world.get(path, { headers: { ...bearer,
			'User-Agent': wire, 'X-Request-Id': wire } }));
	await sent(world.get('/api/me', { headers: {
		Authorization: `Bearer ${wire}` } }));
	await sent(world.get('/api/me', { headers: { Authorization: `Bearer ${
		makeToken(tenantKey, claims({ sub: poison, iss: poison }))}` } }));
	const lines = await waitFor(() => {
		const whole = world.responder.log().slice(before).split('\n')
			.slice(0, -1);
		return whole.length >= n && whole;
	}, { what: 'lines of the log' });
	for (const line of lines) {
		assert.match(line, /^time=\S+Z level=(info|warn) event=request id=/);
		assert.doesNotMatch(line,
			/[\u0000-\u001f\u0080-\u009f\u2028-\u202e\u2066-\u2069]/);
		assert.ok(line.length < 2048);
	}
	assert.equal(lines.length, n);
});

// People -------------------------------------------------------------------

const NAME = 'Xanthippe Canary';
const ILLNESS = 'zosterhidradenitis';
const PERSON = '+15550147258';
const CLINIC = '+15550147111';
const canaries = [NAME, NAME.replace(' ', '+'), NAME.replace(' ', '%20'),
	ILLNESS, PERSON.slice(1), CLINIC.slice(1), 'canary.wav'];
const personal = { CallerName: NAME, CallerCity: ILLNESS, Body: ILLNESS };
const words = (about) => ({ ...about, transcript: `${NAME}: ${ILLNESS}`,
	customer: { number: PERSON, name: NAME },
	artifact: { transcript: `${NAME} has ${ILLNESS}, call ${PERSON}`,
		recordingUrl: 'https://storage.example/canary.wav',
		messages: [{ role: 'user', message: `${NAME} ${ILLNESS}` }] },
	analysis: { summary: `${NAME}: ${ILLNESS}`,
		structuredData: { name: NAME, number: PERSON } } });

// Every path, with people in it.
async function speakOfPeople({ port = world.port, row } = {}) {
	const query = encodeForm({ ...personal, From: PERSON });
	const form = (more) => threats.form({ ...personal, ...more });
	for (const from of [PERSON, CLINIC, `${CLINIC} `, NAME])
		for (const more of [{}, { To: PERSON }, { ForwardedFrom: PERSON },
			{ CallSid: PERSON }, { ErrorCode: '11200', ErrorUrl: query }])
			await threats.post({ port, form: form({ From: from, ...more }) });
	for (const request of [{ signature: 'x' }, { body: 'x'.repeat(70000) +
		query }, { headers: { 'Content-Type': 'text/x' } },
	{ path: `${TWILIO_PATH}?${query}` }, { path: `${TWILIO_PATH}/status` },
	{ method: 'PUT' }])
		await threats.post({ port, form: form({ From: PERSON }), ...request });
	const path = `${TWILIO_PATH}?${encodeForm(form({ From: PERSON }))}`;
	await send({ port, path, headers: { 'X-Twilio-Signature':
		sign(world.publicUrl + path, {}) } });
	await send({ port, path });
	for (const message of [report(words({ id: row.vapi_call_id,
		metadata: row.metadata })), report(words({ id: PERSON })),
	report(words({ id: row.vapi_call_id, metadata: { user_id: NAME } })),
	report(words({ id: randomUUID(), metadata: undefined })),
	report(words({ id: row.vapi_call_id, metadata: row.metadata,
		endedReason: ILLNESS })), hang(words({ id: NAME }))]) {
		await world.callback(message, { port });
		await world.callback(message, { port, headers: {} });
		message.message.type = 'assistant-request';
		await world.callback(message, { port });
		message.message.type = NAME;
		await world.callback(message, { port });
		await world.callback(JSON.stringify(message).slice(0, -1), { port });
	}
	for (const where of [`calls?q=${ILLNESS}`, `calls?${query}`,
		`calls?number=${encodeURIComponent(PERSON)}`, `calls?limit=${ILLNESS}`,
		`calls/${row.id}?${query}`, `nothing?${query}`])
		for (const headers of [bearer, {}, { Authorization: `Bearer ${
			makeToken(tenantKey, claims({ sub: ILLNESS, exp: 1 }))}` }])
			await send({ port, path: `/api/${where}`, headers });
	await rawHttp(port, `GET /api/calls?${query} HTTP/9.9\r\n${NAME}\r\n\r\n`);
}

const logs = () => ({
	responder: world.responders.map((r) => r.log()).join(''),
	server: world.servers.map((s) => s.log()).join(''),
	access: world.servers.map((s) => s.accessLog()).join(''),
	postgres: readFileSync(join(world.dir, 'postgres.log'), 'utf8'),
});

function assertNobodyNamed(text, where) {
	for (const canary of canaries) {
		const at = text.indexOf(canary);
		assert.equal(at, -1, `${where}: ${text.slice(Math.max(0, at - 300),
			at + 100)}`);
	}
}

test('H04 people are named in no log, whatever goes wrong', async () => {
	world.numbers.add(PERSON);
	await world.addNumber({ user: A.user, number: CLINIC,
		fallback: '+15556660044' });
	const row = await world.row((await world.arrive({ from: CLINIC }))
		.callSid);
	await speakOfPeople({ row });
	await world.plan({ create_failure: 'validation', create_status: 400 });
	await threats.post({ form: threats.form({ ...personal, From: CLINIC }) });
	await world.plan();

	// The database refuses.
	const doors = await world.cluster.query('select oid::regprocedure as ' +
		'door from pg_proc where pronamespace = \'callward\'::regnamespace ' +
		'and prosecdef and has_function_privilege(\'callward_intake\', oid, ' +
		'\'execute\')');
	const all = (verb) => Promise.all(doors.map(({ door }) => world.cluster
		.query(`${verb} execute on function ${door} ` +
			(verb === 'grant' ? 'to' : 'from') + ' callward_intake')));
	await all('revoke');
	await world.cluster.query('revoke select (summary) on public.calls ' +
		'from callward_tenant');
	await speakOfPeople({ row });
	await all('grant');
	await world.cluster.query('grant select (summary) on public.calls ' +
		'to callward_tenant');

	// The responder dies over a request; the server tells of it in its way.
	await world.plan({ create_delay_ms: 7000 });
	const doomed = await world.secondResponder(world.conf, { name: 'doomed' });
	const path = `${TWILIO_PATH}?${encodeForm(callForm({ from: CLINIC,
		to: LINE, ...personal }))}`;
	const lost = send({ port: doomed.port, path, headers: {
		'X-Twilio-Signature': sign(world.publicUrl + path, {}) } })
		.catch(() => null);
	await waitFor(async () => (await world.cluster.query('select from ' +
		'callward.call_answers where answer is null')).length > 0,
	{ what: 'a call at work' });
	await doomed.program.stop('SIGKILL');
	await lost;
	await world.plan();
	await speakOfPeople({ port: doomed.port, row });

	// The database is away.
	await world.cluster.stop();
	await speakOfPeople({ row });
	const metrics = await world.metrics();
	await world.cluster.start();
	await waitFor(async () => (await world.get('/readyz')).status === 200,
		{ what: 'the database back', timeoutMs: 20000 });

	const written = logs();
	assert.match(written.responder, /event=request/);
	assert.match(written.access, /"GET \/api\/calls" /);
	assert.match(written.postgres, /permission denied/);
	for (const [where, text] of Object.entries({ ...written,
		metrics: metrics.body }))
		assertNobodyNamed(text, where);
	for (const one of secrets())
		for (const [where, text] of Object.entries(written))
			assert.equal(text.includes(one), false, where);
	// What the responder is about in all of this is still told.
	assert.match(written.responder, /error=\w+ why=/);
});

test('H07 no switch turns the checks off', async () => {
	const env = Object.fromEntries(['DEBUG', 'CALLWARD_DEBUG', 'INSECURE',
		'SKIP_SIGNATURE', 'DISABLE_SIGNATURE', 'TWILIO_VALIDATE',
		'NODE_ENV', 'ENV', 'TEST'].map((name) => [name,
		name === 'TWILIO_VALIDATE' ? 'no' : name.endsWith('ENV') ?
			'development' : '1']));
	const { port } = await world.secondResponder(world.conf, { env });
	await threats.withoutTrace(async () => {
		for (const headers of [{}, { 'X-Debug': '1', 'X-Test': '1' }]) {
			assert.equal((await threats.post({ port, signature: '', headers }))
				.status, 403);
			assert.equal((await world.callback('{}', { port, headers }))
				.status, 401);
			assert.equal((await world.get('/api/me?debug=1', { port, headers }))
				.status, 401);
		}
	});
	for (const name of Object.keys(env)) {
		const done = await world.check(world.writeSettings('switch',
			{ ...world.settings(), [name]: env[name] }));
		assert.equal(done.status, 78, name);
	}
	// Nothing but the table of settings is read from the environment.
	for (const dir of ['fcgi', 'lib'])
		for (const file of readdirSync(join(source, dir),
			{ recursive: true }).filter((name) => /\.[ch]$/.test(name)))
			assert.doesNotMatch(readFileSync(join(source, dir, file), 'utf8'),
				/\bgetenv\b/, file);
});

test('H08 an answer of Vapi\'s that grows when it is unpacked', async () => {
	const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, ' '));
	const vapi = await startReceiver(() => ({ status: 201, body: bomb,
		headers: { 'content-encoding': 'gzip' } }));
	const { port, program } = await world.secondResponder(
		world.writeSettings('bomb', { ...world.settings(),
			VAPI_API_URL: vapi.url }));
	const rss = () => Number(/VmHWM:\s+(\d+)/.exec(
		proc(program.pid, 'status'))[1]) / 1024;
	const before = rss();
	assert.equal((await world.arrive({ from: A.number }, { port })).verb,
		'Say');
	assert.equal(vapi.received.length, 1);
	assert.equal(vapi.received[0].headers['accept-encoding'], undefined);
	assert.ok(rss() < before + 16);
	await vapi.stop();
});

test('H09 a Vapi that cannot prove itself', needs('openssl'), async () => {
	const pem = (name) => join(world.dir, `${name}.pem`);
	execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes',
		'-keyout', pem('key'), '-out', pem('cert'), '-days', '1', '-subj',
		'/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
	{ stdio: 'ignore' });
	let heard = 0;
	const vapi = createServer({ key: readFileSync(pem('key')),
		cert: readFileSync(pem('cert')) }, (req, res) => {
		heard++;
		res.end('{}');
	});
	vapi.on('tlsClientError', () => {});
	await new Promise((resolve) => vapi.listen(0, '127.0.0.1', resolve));
	const secure = vapi.address().port;
	const plain = await startReceiver();
	for (const url of [`https://127.0.0.1:${secure}`,
		`https://localhost:${secure}`, `https://127.0.0.1:${
			new URL(plain.url).port}`]) {
		const { port } = await world.secondResponder(world.writeSettings(
			'tls', { ...world.settings(), VAPI_API_URL: url }));
		const answer = await world.arrive({ from: A.number }, { port });
		assert.equal(answer.verb, 'Say', url);
		assert.match(await world.logLine(answer), /outcome=no_session/);
	}
	assert.equal(heard, 0, 'nothing was told to it');
	assert.equal(plain.received.length, 0, 'nor without TLS');
	await plain.stop();
	await new Promise((resolve) => vapi.close(resolve));
});

test('H10 versions that are too old are refused', async () => {
	const configure = readFileSync(join(source, 'configure.ac'), 'utf8');
	const asked = [...configure.matchAll(
		/PKG_CHECK_MODULES\(\[\w+\], \[(\w+)( >= [0-9.]+)?\]\)/g)];
	assert.equal(asked.length, 5);
	for (const [, library, version] of asked)
		assert.notEqual(version, undefined, library);
	const [newest] = await world.cluster.query('delete from ' +
		'callward.schema_migrations where version = (select max(version) ' +
		'from callward.schema_migrations) returning version, name, sha256');
	const { port: older } = await world.secondResponder(world.conf,
		{ ready: false });
	await waitFor(async () => (await world.get('/readyz', { port: older }))
		.status === 503 && /event=self_check name=schema/.test(
		world.responders.at(-1).log()), { what: 'refusal' });
	assert.equal((await world.arrive({ from: A.number }, { port: older }))
		.verb, 'Say');
	await world.cluster.query('insert into callward.schema_migrations ' +
		'(version, name, sha256) values ($1, $2, $3)',
	[newest.version, newest.name, newest.sha256]);
	await waitFor(async () => (await world.get('/readyz', { port: older }))
		.status === 200, { what: 'readiness', timeoutMs: 20000 });
});

closing(world);
