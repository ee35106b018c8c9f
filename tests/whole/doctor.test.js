// callward doctor --online: the public address as it is reached from outside,
// and what Vapi knows. Vapi is played here, number and assistant by id.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { fastcgiServer, startNginx } from './lib/nginx.js';
import { run } from './lib/process.js';
import { SIM_KEY } from './lib/sim.js';
import { freePort } from './lib/temp.js';
import { A, B, LINE, LINE_VAPI_ID, build, openWorld } from './lib/world.js';

const world = await openWorld();
const known = { [`/phone-number/${LINE_VAPI_ID}`]: { number: LINE },
	[`/assistant/${A.vapiId}`]: {}, [`/assistant/${B.vapiId}`]: {} };
const asked = [];
let vapi = { ...known };

const server = createServer((req, res) => {
	asked.push(`${req.method} ${req.url}`);
	const right = req.headers.authorization === `Bearer ${SIM_KEY}`;
	const status = !right ? 401 : vapi[req.url] === undefined ? 404 : 200;
	res.writeHead(status, { 'Content-Type': 'application/json' });
	res.end(JSON.stringify(status === 200 ? vapi[req.url] : {}));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => server.close());

let nth = 0;

// The doctor's lines, and those that begin with FAIL.
async function doctor(settings = {}, ...options) {
	const conf = world.writeSettings(`doctor-${++nth}`, {
		...world.settings(), ...settings,
		VAPI_API_URL: `http://127.0.0.1:${server.address().port}` });
	const done = await run(join(build, 'callward'),
		['-c', world.operatorConf, 'doctor', '--responder', conf,
			...options]);
	const lines = done.stdout.trim().split('\n');
	const failed = lines.filter((line) => line.startsWith('FAIL '));
	assert.equal(done.status, failed.length > 0 ? 1 : 0, done.stderr);
	assert.ok(lines.every((line) => /^(ok  |FAIL) [^:]+: ./.test(line) ||
		line === 'SKIP dashboard: not set up (CLERK_ISSUER)'), done.stdout);
	assert.match(done.stderr, new RegExp('^\\d+ ok, 1 skipped, 0 warned, ' +
		`${failed.length} failed\n$`));
	for (const secret of [SIM_KEY, world.key.slice(3),
		...Object.values(world.cluster.passwords)])
		assert.equal((done.stdout + done.stderr).includes(secret), false);
	return { lines, failed };
}

test('a sound installation is sound from outside, and nothing is written',
	async () => {
		const before = await world.cluster.fingerprint();
		const since = await world.now();
		const { lines, failed } = await doctor({}, '--online', '--socket',
			world.socket);
		// The socket of these tests is for everybody.
		assert.deepEqual(failed.filter((l) => !/^FAIL socket/.test(l)), []);
		for (const line of ['ok   public url: ' +
			`${world.publicUrl}/healthz answers`,
		`ok   public url: ${world.publicUrl}/readyz answers`,
		'ok   long reports: 15 MiB reach the responder',
		'ok   signature online: a signed sample is taken',
		`ok   vapi line: ${LINE}`, `ok   vapi assistant: ${A.user}`,
		`ok   vapi assistant: ${B.user}`])
			assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`);
		const inbox = await world.inbox(since);
		assert.deepEqual(inbox.map((l) => [l.provider, l.verdict]),
			[['twilio', 'rejected']]);
		const now = await world.cluster.fingerprint();
		for (const table of Object.keys(before))
			if (table !== 'callward.webhook_events')
				assert.equal(now[table], before[table], table);
		assert.ok(asked.length >= 3);
		assert.ok(asked.every((line) => line.startsWith('GET ')));
	});

test('without --online nobody is asked', async () => {
	const before = [asked.length, await world.cluster.fingerprint()];
	const { lines } = await doctor();
	assert.equal(lines.some((line) => line.includes('vapi line')), false);
	assert.deepEqual([asked.length, await world.cluster.fingerprint()],
		before);
});

test('a key that Vapi refuses is told once', async () => {
	const { failed } = await doctor({
		VAPI_API_KEY: '0f0e0d0c0b0a09080706050403020100' }, '--online');
	assert.equal(failed.length, 1);
	assert.match(failed[0], /^FAIL vapi key: refused with 401; set VAPI_API_/);
});

test('ids that Vapi does not know, or knows otherwise, are named', async () => {
	vapi = { ...known, [`/assistant/${B.vapiId}`]: undefined,
		[`/phone-number/${LINE_VAPI_ID}`]: { number: '+15550001111' } };
	const { failed } = await doctor({}, '--online');
	vapi = known;
	assert.equal(failed.length, 3);
	assert.match(failed[0], /^FAIL vapi line: \+15559999999 has the id of /);
	assert.match(failed[1], /^FAIL vapi assistant: user_b: Vapi answers 404/);
	assert.match(failed[2],
		/^FAIL vapi assistant: \+15552222222: Vapi answers 404/);
});

test('a public address that leads nowhere is told', async () => {
	const { failed } = await doctor({
		PUBLIC_URL: `http://127.0.0.1:${await freePort()}` }, '--online');
	assert.deepEqual(failed.map((line) => line.split(':')[0]),
		['FAIL public url', 'FAIL public url', 'FAIL long reports',
			'FAIL signature online']);
});

test('another PUBLIC_URL than the responder has is found out', async () => {
	const { failed } = await doctor({
		PUBLIC_URL: `http://localhost:${world.port}` }, '--online');
	assert.equal(failed.length, 1, failed.join('\n'));
	assert.match(failed[0], new RegExp('^FAIL signature online: the ' +
		'responder takes itself to be at http://127\\.0\\.0\\.1/'));
});

test('another token than the responder has is found out', async () => {
	const { failed } = await doctor({
		TWILIO_AUTH_TOKEN: '00112233445566778899aabbccddeeff' }, '--online');
	assert.equal(failed.length, 1, failed.join('\n'));
	assert.match(failed[0], /refused, whatever address is signed/);
});

test('a shared key alone is tried as Twilio would use it', async () => {
	const port = await freePort();
	const socket = join(world.dir, 'shared.sock');
	const settings = { TWILIO_AUTH_TOKEN: undefined,
		TWILIO_SHARED_KEYS: 'key:0f1e2d3c4b5a69788796a5b4c3d2e1f0',
		PUBLIC_URL: `http://127.0.0.1:${port}` };
	world.servers.push(await startNginx({ dir: world.dir,
		name: 'nginx-shared', ports: [port],
		http: fastcgiServer({ port, socket, maxBody: '16m' }) }));
	await world.startResponder({ name: 'shared', socket, port, conf:
		world.writeSettings('shared', { ...world.settings(), ...settings }) });
	const { failed, lines } = await doctor(settings, '--online');
	assert.deepEqual(failed, []);
	assert.ok(lines.includes('ok   signature online: a signed sample is taken'),
		lines.join('\n'));
	assert.ok(lines.some((line) => line.startsWith('ok   TWILIO_AUTH_TOKEN: ' +
		'no number can be proven')), lines.join('\n'));
	for (const keys of ['key:00112233445566778899aabbccddeeff',
		'another:0f1e2d3c4b5a69788796a5b4c3d2e1f0']) {
		const other = await doctor({ ...settings, TWILIO_SHARED_KEYS: keys },
			'--online');
		assert.equal(other.failed.length, 1, other.failed.join('\n'));
		assert.match(other.failed[0],
			/refused, whatever address is signed; .*TWILIO_SHARED_KEYS/);
	}
});

test('a web server that stops long reports is found out', async () => {
	const port = await freePort();
	world.servers.push(await startNginx({ dir: world.dir,
		name: 'nginx-short', ports: [port], http: fastcgiServer({ port,
			socket: world.socket, maxBody: '1m' }) }));
	const { failed } = await doctor({
		PUBLIC_URL: `http://127.0.0.1:${port}` }, '--online');
	assert.ok(failed.some((line) => /^FAIL long reports: the web server /
		.test(line)), failed.join('\n'));
});

closing(world);
