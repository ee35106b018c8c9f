// How the responder starts and stops.
// Waits: for programs to end
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { fastcgiServer, startNginx } from './lib/nginx.js';
import { start, waitFor, waitForListener } from './lib/process.js';
import { freePort } from './lib/temp.js';
import { newCallSid } from './lib/twilio.js';
import { A, build, openWorld } from './lib/world.js';

const world = await openWorld();
const program = join(build, 'callward.fcgi');
let idleMs = Infinity;

const now = () => Number(process.hrtime.bigint()) / 1e6;

// Run with fd 0 as given, to its end.
function runWith(stdin, args = ['-c', world.conf]) {
	return new Promise((resolve, reject) => {
		const child = spawn(program, args, { timeout: 10000,
			stdio: [stdin, 'ignore', 'pipe'] });
		let stderr = '';
		child.stderr.on('data', (data) => { stderr += data; });
		child.on('error', reject);
		child.on('close', (status, signal) =>
			resolve({ status, signal, stderr }));
		if (stdin === 'pipe')
			child.stdin.end();
	});
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1']) {
	test(`${signal} ends it at once when it is idle`, async () => {
		const { port, program: responder } = await world.secondResponder();
		assert.equal((await world.get('/healthz', { port })).status, 200);
		const began = now();
		const how = await responder.stop(signal);
		idleMs = Math.min(idleMs, now() - began);
		assert.deepEqual(how, { status: 0, signal: null });
		assert.match(responder.log(), /stopped/);
	});

	test(`${signal} lets a call in hand end well`, async () => {
		// Longer than a busy machine keeps us from telling it to stop.
		await world.plan({ create_delay_ms: 4000 });
		const { port, program: responder } = await world.secondResponder();
		const callSid = newCallSid();
		let answered = false;
		const waiting = world.arrive({ from: A.number, callSid }, { port })
			.then((answer) => {
				answered = true;
				return answer;
			});
		await waitFor(() => world.row(callSid), { what: 'the call' });
		const began = now();
		const stopped = responder.stop(signal, 20000);
		assert.equal(answered, false);
		const answer = await waiting;
		assert.equal(answer.status, 200);
		assert.equal(answer.verb, 'Connect');
		assert.deepEqual(await stopped, { status: 0, signal: null });
		const ms = now() - began;
		assert.ok(idleMs < ms, `idle ${idleMs} ms, at work ${ms} ms`);
		assert.notEqual((await world.row(callSid)).vapi_call_id, null);
		await world.plan();
	});
}

test('SIGHUP does not end it', async () => {
	const { port, program: responder } = await world.secondResponder();
	responder.signal('SIGHUP');
	assert.equal((await world.get('/healthz', { port })).status, 200);
	assert.deepEqual(await responder.stop(), { status: 0, signal: null });
});

test('a socket of its own is removed at the end, a stale one replaced',
	async () => {
		const socket = join(world.dir, 'own.sock');
		const run = () => world.startResponder({ name: 'own', socket,
			ready: false });
		const first = await run();
		first.signal('SIGKILL');
		await first.exited;
		assert.ok(existsSync(socket), 'left behind');
		const second = await run();
		const third = await runWith('ignore',
			['-c', world.conf, '--listen', `unix:${socket}`]);
		assert.equal(third.status, 2, 'somebody listens there');
		await second.stop();
		assert.equal(existsSync(socket), false);
	});

test('it listens on a port of loopback when it is told to', async () => {
	const port = await freePort();
	const responder = await start({ name: 'tcp', dir: world.dir,
		command: program,
		args: ['-c', world.conf, '--listen', `127.0.0.1:${port}`],
		ready: () => waitForListener(port) });
	assert.deepEqual(await responder.stop(), { status: 0, signal: null });
});

test('an fd 0 that is no socket is named plainly', async () => {
	const path = join(world.dir, 'nothing');
	writeFileSync(path, '');
	const file = openSync(path, 'r');
	for (const stdin of ['ignore', 'pipe', file]) {
		const how = await runWith(stdin);
		assert.equal(how.status, 2);
		assert.match(how.stderr, /fd 0/);
		assert.match(how.stderr, /socket/);
	}
	closeSync(file);
});

test('a connection on fd 0 is no listener', async () => {
	// Node gives a child its 'overlapped' pipes as connected sockets.
	const how = await runWith('overlapped');
	assert.equal(how.status, 2);
	assert.match(how.stderr, /fd 0/);
});

test('it serves under spawn-fcgi on the socket of fd 0', async () => {
	const port = await freePort();
	const socket = join(world.dir, 'spawned.sock');
	const spawned = await start({ name: 'spawned', dir: world.dir,
		command: 'spawn-fcgi', args: ['-n', '-s', socket, '--', program,
			'-c', world.conf], ready: () => waitForListener(socket) });
	const nginx = await startNginx({ dir: world.dir, name: 'spawned-nginx',
		http: fastcgiServer({ port, socket }), ports: [port] });
	await waitFor(async () => (await world.get('/readyz', { port }))
		.status === 200, { what: 'readyz' });
	const answer = await world.arrive({ from: A.number }, { port });
	assert.equal(answer.verb, 'Connect');
	assert.deepEqual(await spawned.stop(), { status: 0, signal: null });
	assert.ok(existsSync(socket), 'the socket is not its own to remove');
	await nginx.stop();
});

test('places to listen that cannot be are refused', async () => {
	for (const where of ['', 'unix:', 'nowhere', '127.0.0.1:0',
		'127.0.0.1:99999', '0.0.0.0:9000', '8.8.8.8:9000',
		`unix:/nowhere/${'x'.repeat(200)}`, 'unix:/nowhere/at/all']) {
		const how = await runWith('ignore', ['-c', world.conf, '--listen',
			where]);
		assert.equal(how.status, 2, where);
		assert.match(how.stderr, /^callward\.fcgi: /, where);
	}
});

closing(world);
