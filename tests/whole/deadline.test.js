// Whatever is stopped, killed, busy or silent: a caller hears a sentence in time,
// and everybody else gets 503 with Retry-After.
// Servers: nginx, lighttpd
// Waits: for deadlines, which are short here
import assert from 'node:assert/strict';
import { closeSync, constants, openSync, readFileSync, readSync }
	from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { closing } from './lib/closing.js';
import { run, waitFor } from './lib/process.js';
import { serverName } from './lib/shipped.js';
import { hang } from './lib/vapi.js';
import { A, openWorld, source } from './lib/world.js';

// What the shipped configurations wait for is cut down, and has to be there.
const serverChanges = { nginx: [
	[/client_header_timeout 10s/g, 'client_header_timeout 1s'],
	[/limit_conn callward 100/g, 'limit_conn callward 4'],
	[/fastcgi_(read|send)_timeout 12s/g, 'fastcgi_$1_timeout 3500ms'],
	[/fastcgi_(read|send)_timeout 30s/g, 'fastcgi_$1_timeout 4s'],
], lighttpd: [
	[/server\.max-read-idle := 10/g, 'server.max-read-idle := 1'],
	[/"(read|write)-timeout" => 12/g, '"$1-timeout" => 4'],
	[/"(read|write)-timeout" => 30/g, '"$1-timeout" => 4'],
] }[serverName];
const THREADS = 4;
const world = await openWorld({ serverChanges, settings: { THREADS,
	ARRIVAL_MOST_MS: 3000, ASSISTANT_REQUEST_MOST_MS: 1000,
	VAPI_TIMEOUT_MS: 1500 } });
const patient = await world.connected(A);
const message = (more) => world.callback(hang({ id: patient.vapi_call_id,
	metadata: patient.metadata }), more);

// A statement waits for the lock that client holds.
const blocked = (client) => waitFor(async () => (await client.query(
	'select count(*) from pg_locks where not granted')).rows[0].count > 0,
{ what: 'a statement that waits for a lock' });

function assertSentence(answer) {
	assert.equal(answer.status, 200);
	assert.match(answer.headers['content-type'], /^text\/xml/);
	assert.match(answer.body, /<Response><Say>We are sorry/);
}
function assertComeAgain(answer) {
	assert.equal(answer.status, 503, answer.body);
	assert.match(answer.headers['retry-after'], /^\d+$/);
	assert.match(answer.headers['content-type'], /^application\/problem\+json/);
}

test('a web server waits 12 s for the answer to a caller, and no longer',
	() => {
		const conf = readFileSync(join(source,
			`${serverName}/callward.conf`), 'utf8');
		const seconds = (text) => [...text.matchAll(serverName === 'nginx' ?
			/fastcgi_read_timeout (\d+)s/g : /"read-timeout" => (\d+)/g)]
			.map((m) => Number(m[1]));
		assert.deepEqual(seconds(conf).sort(), [12, 30]);
	});

test('a responder that is stopped: a voice in time, and 503 for the rest',
	async () => {
		world.responder.signal('SIGSTOP');
		try {
			const all = Promise.all([message(), world.get('/api/me')]);
			assertSentence(await world.arrive({ from: A.number }));
			for (const answer of await all)
				assertComeAgain(answer);
		} finally {
			world.responder.signal('SIGCONT');
		}
		const before = await world.now();
		await waitFor(async () => (await world.arrive({ from: A.number }))
			.verb === 'Connect', { what: 'calls that are served again' });
		// Who was told to come again, or the sentence, is served no more.
		assert.deepEqual((await world.inbox(before)).filter((line) =>
			line.event_type === 'hang'), []);
		const { body } = await world.metrics();
		assert.match(body, /^callward_requests_abandoned_total [1-9]/m);
	});

test('a responder that dies over a request: 503', async () => {
	const doomed = await world.secondResponder();
	const client = await world.cluster.pool('postgres', 'callward').connect();
	try {
		await client.query('begin');
		await client.query('lock table callward.webhook_events');
		const asked = message({ port: doomed.port });
		await blocked(client);
		await doomed.program.stop('SIGKILL');
		assertComeAgain(await asked);
		assertComeAgain(await message({ port: doomed.port }));
		assertSentence(await world.arrive({ from: A.number },
			{ port: doomed.port }));
	} finally {
		await client.query('rollback');
		client.release();
	}
});

test('no thread is free: a voice in time, and 503 for the rest', async () => {
	const client = await world.cluster.pool('postgres', 'callward').connect();
	let taken = [];
	try {
		await client.query('begin');
		await client.query('lock table callward.webhook_events');
		taken = Array.from({ length: THREADS }, () => message());
		await blocked(client);
		const calls = [world.arrive({ from: A.number }),
			world.arrive({ from: A.number })];
		const rest = [message(), world.get('/api/me'), world.get('/healthz')];
		for (const answer of await Promise.all(rest))
			assertComeAgain(answer);
		for (const answer of await Promise.all(calls)) {
			assertSentence(answer);
			const line = await world.logLine(answer);
			assert.match(line, /route=twilio .*outcome=late /);
			assert.match(line, /why="no thread was free within \d{4,} ms"/);
			assert.equal(await world.row(answer.callSid), undefined);
		}
	} finally {
		await client.query('rollback');
		client.release();
	}
	await Promise.all(taken);
	assert.equal((await world.arrive({ from: A.number })).verb, 'Connect');
});

// A pipe that the test holds open, and reads only in the end.
test('a log that nobody reads keeps nobody waiting', async () => {
	const pipe = join(world.dir, 'unread');
	await run('mkfifo', [pipe]);
	const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
	const { port, program } = await world.secondResponder(world.conf,
		{ under: ['/bin/sh', '-c', `exec "$0" "$@" 2>${pipe}`] });
	// A pipe holds 64 KiB, and each of them has a line of more than 128 bytes.
	for (let i = 0; i < 12; i++)
		await Promise.all(Array.from({ length: 50 }, async () =>
			assert.equal((await world.get('/healthz', { port })).status, 200)));
	assert.equal((await world.arrive({ from: A.number }, { port })).verb,
		'Connect');
	const stopped = program.stop();
	const all = [];
	const chunk = Buffer.alloc(65536);
	for (let done = false; !done;) {
		done = await Promise.race([stopped.then(() => true), sleep(5)]);
		for (let n = 1; n > 0;) {
			try {
				n = readSync(fd, chunk);
			} catch {
				n = 0;
			}
			all.push(Buffer.from(chunk.subarray(0, n)));
		}
	}
	closeSync(fd);
	assert.equal((await stopped).status, 0);
	const lines = Buffer.concat(all).toString().trim().split('\n');
	assert.equal(lines.filter((line) => / route=healthz /.test(line)).length,
		600);
	assert.match(lines.at(-1), / event=stopped /);
});

// A head that does not come, from another address than the calls.
function slowHead() {
	const socket = connect({ port: world.port, host: '127.0.0.1',
		localAddress: '127.0.0.2' });
	const ended = new Promise((resolve) => {
		for (const event of ['end', 'close', 'error'])
			socket.on(event, resolve);
	});
	socket.on('connect', () => socket.write('GET /healthz HTTP/1.1\r\nHost: x'));
	socket.resume();
	return { socket, ended };
}

test('many slow heads of one host keep nobody out, and end', async () => {
	const slow = Array.from({ length: 400 }, slowHead);
	try {
		assert.equal((await world.arrive({ from: A.number })).verb, 'Connect');
		assert.equal((await message()).status, 200);
		assert.equal((await world.get('/healthz')).status, 200);
		await Promise.all(slow.map((one) => one.ended));
	} finally {
		for (const { socket } of slow)
			socket.destroy();
	}
});

test('500 signed calls of one address at once are all served', async () => {
	const { port } = await world.secondResponder(world.writeSettings('many',
		{ ...world.settings(), THREADS: 256, ARRIVAL_MOST_MS: undefined,
			ASSISTANT_REQUEST_MOST_MS: undefined,
			VAPI_TIMEOUT_MS: undefined }));
	const answers = await Promise.all(Array.from({ length: 500 }, () =>
		world.arrive({ from: A.number },
			{ port, localAddress: '127.0.0.2' })));
	for (const { status, headers, verb } of answers) {
		assert.equal(status, 200);
		// The responder's own: nobody before it has turned one away.
		assert.ok(headers['x-request-id']);
		assert.ok(['Connect', 'Say'].includes(verb), verb);
	}
	assert.ok(answers.some(({ verb }) => verb === 'Connect'));
});

closing(world);
