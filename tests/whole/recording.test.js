// A recording is played through us: as the simulator keeps it, and as storages
// keep it that do not behave.
// Servers: nginx, lighttpd
// Waits: for storages that are slow
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { waitFor } from './lib/process.js';
import { SIM_KEY } from './lib/sim.js';
import { freePort } from './lib/temp.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken, newKey } from './lib/token.js';
import { A, B, LINE, openWorld } from './lib/world.js';

const MIB = 1024 * 1024;
const world = await openWorld({ settings: tenantSettings });
const { cluster } = world;

const bearer = (tenant, { key = tenantKey, ...more } = {}) => ({
	Authorization: `Bearer ${makeToken(key,
		claims({ sub: tenant.user, ...more }))}` });
const play = (id, { as = A, range, headers, port = world.port } = {}) => send({
	port, path: `/api/calls/${id}/recording`,
	headers: { ...bearer(as), ...(range && { Range: range }), ...headers } });
const detail = (answer) => JSON.parse(answer.body).detail;
const lines = (action = 'play_recording') => cluster.query(
	'select user_id, actor, subject from callward.audit_log ' +
	'where action = $1 order by at', [action]);

// As the simulator keeps it ---------------------------------------------------

async function recorded(tenant) {
	const row = await world.connected(tenant);
	await world.sim.connect(row.vapi_call_id, row.twilio_call_sid);
	return waitFor(async () => {
		const now = await world.row(row.twilio_call_sid);
		return now.recording_url !== null && now;
	}, { what: 'recording' });
}
const [callA, callB] = [await recorded(A), await recorded(B)];
const silent = await world.connected(A);

async function ofSimulator({ vapi_call_id: id }) {
	const link = await fetch(`${world.sim.url}/call/${id}/mono-recording`, {
		headers: { authorization: `Bearer ${SIM_KEY}` }, redirect: 'manual' });
	const file = await fetch(link.headers.get('location'));
	return Buffer.from(await file.arrayBuffer());
}
const wav = await ofSimulator(callA);

test('[recording:good] a clinic listens to its call', async () => {
	const answer = await play(callA.id);
	assert.equal(answer.status, 200);
	assert.ok(answer.bytes.equals(wav));
	const { headers } = answer;
	assert.equal(headers['content-type'], 'audio/wav');
	assert.equal(headers['content-length'], String(wav.length));
	assert.equal(headers['accept-ranges'], 'bytes');
	assert.equal(headers['cache-control'], 'private, no-store');
	assert.equal(headers['content-disposition'], 'inline');
	assert.equal(headers['x-content-type-options'], 'nosniff');
	assert.equal(headers['content-range'], undefined);
	assert.match(await world.logLine(answer),
		new RegExp(` status=200 .* bytes_out=${wav.length}$`));
});

test('[recording:proof] a token of somebody else\'s key is refused',
	async () => {
		const answer = await play(callA.id,
			{ headers: bearer(A, { key: newKey() }) });
		assert.equal(answer.status, 401);
	});

test('[recording:tenant] another\'s is like one that is not there',
	async () => {
		const shape = ({ status, headers, body }) => {
			const { date, 'x-request-id': id, ...rest } = headers;
			assert.ok(date && id);
			return [status, rest, body.replaceAll(id, 'ID')];
		};
		const before = await lines();
		const missing = shape(await play(randomUUID()));
		assert.equal(missing[0], 404);
		for (const id of [callB.id, callB.id.toUpperCase(),
			callB.vapi_call_id, 'x', '..', `${callA.id}x`])
			assert.deepEqual(shape(await play(id)), missing, id);
		assert.deepEqual(shape(await play(callA.id, { as: B })), missing);
		assert.deepEqual(await lines(), before);
	});

test('a browser seeks: every range is the file\'s', async () => {
	const last = wav.length - 1;
	for (const [range, from, to] of [['bytes=0-', 0, last],
		['bytes=0-0', 0, 0], ['bytes=0-1', 0, 1], ['bytes=100-', 100, last],
		['bytes=100-199', 100, 199], [`bytes=${last}-`, last, last],
		[`bytes=${last}-${last + 9}`, last, last],
		['bytes=44-99999999999', 44, last], ['bytes=-1', last, last],
		['bytes=-500', last - 499, last], ['bytes=-99999999', 0, last],
		['bytes= 7-9 ', 7, 9]]) {
		const answer = await play(callA.id, { range });
		assert.equal(answer.status, 206, range);
		assert.equal(answer.headers['content-range'],
			`bytes ${from}-${to}/${wav.length}`, range);
		assert.equal(answer.headers['content-type'], 'audio/wav');
		assert.ok(answer.bytes.equals(wav.subarray(from, to + 1)), range);
	}
});

test('a range that is none is ignored', async () => {
	for (const range of ['bytes=', 'bytes=-', 'bytes=x-', 'bytes=9-5',
		'bytes=+1-2', 'bytes=0-1,5-6', 'items=0-1', '0-1', 'bytes 0-1',
		'bytes=0-99999999999999999999']) {
		const answer = await play(callA.id, { range });
		assert.equal(answer.status, 200, range);
		assert.ok(answer.bytes.equals(wav), range);
	}
	const answer = await play(callA.id, { range: 'bytes=0-9',
		headers: { 'If-Range': '"then"' } });
	assert.equal(answer.status, 200, 'a version that we cannot know');
});

test('a range behind the end is told how long it is', async () => {
	for (const range of [`bytes=${wav.length}-`, 'bytes=99999999-',
		`bytes=${wav.length}-${wav.length + 5}`, 'bytes=-0']) {
		const answer = await play(callA.id, { range });
		assert.equal(answer.status, 416, range);
		assert.equal(answer.headers['content-range'],
			`bytes */${wav.length}`);
		assert.equal(answer.headers['cache-control'], 'private, no-store');
		assert.match(detail(answer), /past the recording's end/);
	}
});

test('a call without a recording says so', async () => {
	const answer = await play(silent.id);
	assert.equal(answer.status, 404);
	assert.equal(detail(answer), 'this call has no recording');
});

test('who listens leaves a line, whatever part it is, and one in ten minutes',
	async () => {
	const since = (await lines()).length;
	for (const range of [undefined, 'bytes=0-9', 'bytes=-9', 'bytes=50-']) {
		await cluster.query('update callward.audit_log ' +
			'set at = at - interval \'11 minutes\'');
		await play(callA.id, { range });
		await play(callA.id, { range: 'bytes=60-' });
	}
	await play(silent.id);
	await play(callA.id, { headers: bearer(A,
		{ act: { sub: 'user_support' } }) });
	assert.deepEqual((await lines()).slice(since), [
		...Array(4).fill({ user_id: A.user, actor: A.user,
			subject: callA.id }),
		{ user_id: A.user, actor: 'user_support', subject: callA.id }]);
});

test('a link of no life at all: 503, and nothing about it', async () => {
	await world.plan({ recording_ttl_ms: 0 });
	const answer = await play(callA.id);
	await world.plan();
	assert.equal(answer.status, 503);
	assert.match(detail(answer), /try again in a minute/);
	const line = await world.logLine(answer);
	assert.match(line, /storage answered 403 to a fresh link/);
	assert.doesNotMatch(line, /token=/);
});

// As others keep it -----------------------------------------------------------

// A Vapi and its storage in one: what each file is, and what was asked.
const provider = {
	asked: [],
	files: {},
	async start() {
		this.port = await freePort();
		this.url = `http://127.0.0.1:${this.port}`;
		this.server = createServer((req, res) => {
			this.asked.push({ url: req.url, headers: req.headers });
			const [, id] = /^\/(?:call|file)\/([^/?]+)/.exec(req.url);
			const file = this.files[id];
			if (req.url.startsWith('/call/'))
				(file.link ?? this.link).call(this, req, res, id);
			else
				(file.serve ?? this.serve).call(this, req, res, file);
		});
		await new Promise((resolve) => this.server.listen(this.port,
			'127.0.0.1', resolve));
	},
	link(req, res, id) {
		res.writeHead(302, { Location: `${this.url}/file/${id}?sign=secret` })
			.end();
	},
	serve(req, res, { bytes, type = 'audio/mpeg' }) {
		const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(req.headers.range);
		if (Number(from) >= bytes.length) {
			res.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` })
				.end();
			return;
		}
		const part = bytes.subarray(Number(from), Number(to) + 1);
		res.writeHead(206, { 'Content-Type': type, 'Content-Range':
			`bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`,
		'Content-Length': part.length }).end(part);
	},
	whole(req, res, { bytes }) {
		res.writeHead(200, { 'Content-Type': 'audio/wav' }).end(bytes);
	},
};
await provider.start();
after(() => {
	provider.server.closeAllConnections();
	provider.server.close();
});
const second = await world.secondResponder(world.writeSettings('provider', {
	...world.settings(), VAPI_API_URL: provider.url, THREADS: 8 }));
const at = { port: second.port };

// A call of A's whose recording is this file; its id. kind: as a report told of
// it, where there was no address that is kept.
async function keep(file, kind) {
	const id = randomUUID();
	provider.files[id] = file;
	await cluster.query(`insert into public.calls (id, user_id,
		caller_phone_number, assistant_phone_number, owner_rule, status,
		vapi_call_id, recording_url, details)
		values ($1::uuid, $2, $3, $4, 'from', 'completed', $1::text,
		$5, $6)`, [id, A.user, A.number, LINE,
		kind ? null : 'https://storage.example/x.wav',
		kind ? { recording: kind } : null]);
	return id;
}
const large = randomBytes(5 * MIB + 12345);

test('a long one comes whole, in pieces that are asked for one by one',
	async () => {
		const id = await keep({ bytes: large });
		provider.asked.length = 0;
		const answer = await play(id, at);
		assert.equal(answer.status, 200);
		assert.equal(answer.headers['content-type'], 'audio/mpeg');
		assert.ok(answer.bytes.equals(large));
		const [link, ...parts] = provider.asked;
		assert.equal(link.headers.authorization, `Bearer ${SIM_KEY}`);
		assert.equal(parts.length, 6);
		for (const { url, headers } of parts) {
			assert.match(url, /\?sign=secret$/);
			assert.equal(headers.authorization, undefined);
			const [, from, to] = /(\d+)-(\d+)$/.exec(headers.range);
			assert.ok(to - from < MIB);
		}
		const middle = await play(id, { ...at, range: `bytes=${2 * MIB - 5}-` });
		assert.equal(middle.status, 206);
		assert.ok(middle.bytes.equals(large.subarray(2 * MIB - 5)));
	});

test('where only a stereo one exists it is asked for; of one side the whole first',
	async () => {
		const bytes = randomBytes(1000);
		// There is no whole one of a call of which one side was kept.
		const link = function (req, res, id) {
			if (req.url.endsWith('/mono-recording'))
				res.writeHead(404).end();
			else
				provider.link(req, res, id);
		};
		for (const [kind, asked] of [['mono', ['mono']],
			['stereo', ['stereo']], ['customer', ['mono', 'customer']],
			['assistant', ['mono', 'assistant']]]) {
			const id = await keep(asked.length > 1 ? { bytes, link } :
				{ bytes }, kind);
			provider.asked.length = 0;
			const answer = await play(id, at);
			assert.ok(answer.bytes.equals(bytes), kind);
			assert.deepEqual(provider.asked.map(({ url }) => url)
				.filter((url) => url.startsWith('/call/')),
			asked.map((one) => `/call/${id}/${one}-recording`));
		}
	});

test('a link that lapses while it is played is asked for again', async () => {
	let links = 0;
	const id = await keep({ bytes: large,
		link(req, res, file) {
			links++;
			provider.link(req, res, `${file}?${links}`.replace('?', '/'));
		},
		serve(req, res, file) {
			file.reads = (file.reads ?? 0) + 1;
			// The first link is good for three pieces.
			if (req.url.includes('/1?') && file.reads > 3)
				res.writeHead(403).end('<Error/>');
			else
				provider.serve(req, res, file);
		} });
	const answer = await play(id, at);
	assert.equal(answer.status, 200);
	assert.ok(answer.bytes.equals(large));
	assert.equal(links, 2);
});

test('a storage without ranges is played, and seeks', async () => {
	const id = await keep({ bytes: large, serve: provider.whole });
	const answer = await play(id, at);
	assert.equal(answer.status, 200);
	assert.ok(answer.bytes.equals(large));
	const part = await play(id, { ...at, range: 'bytes=3000000-3000999' });
	assert.equal(part.status, 206);
	assert.equal(part.headers['content-range'],
		`bytes 3000000-3000999/${large.length}`);
	assert.ok(part.bytes.equals(large.subarray(3000000, 3001000)));
	const beyond = await play(id, { ...at, range: `bytes=${large.length}-` });
	assert.equal(beyond.status, 416);
});

test('a storage without ranges and without end is given up', async () => {
	const id = await keep({ serve(req, res) {
		res.writeHead(200, { 'Content-Type': 'audio/wav' });
		const more = () => {
			while (res.write(large))
				continue;
		};
		res.on('drain', more);
		more();
	} });
	const answer = await play(id, at);
	assert.equal(answer.status, 503);
	assert.match(detail(answer), /too large/);
	await waitFor(async () => /^callward_body_bytes_in_hand 0$/m.test(
		(await world.get('/metrics', at)).body),
	{ what: 'memory that is given back' });
});

test('what is no audio is bytes to a browser', async () => {
	for (const [type, shown] of [['text/html', 'application/octet-stream'],
		['image/svg+xml', 'application/octet-stream'],
		['audio/', 'application/octet-stream'],
		['audio/x"y', 'application/octet-stream'],
		['audio/wav; x=<script>', 'audio/wav'],
		['audio/x-m4a', 'audio/x-m4a']]) {
		const answer = await play(await keep({ bytes: large.subarray(0, 99),
			type }), at);
		assert.equal(answer.headers['content-type'], shown, type);
		assert.equal(answer.headers['x-content-type-options'], 'nosniff');
	}
});

const says = (status) => ({ link: (req, res) => res.writeHead(status).end() });

test('what the provider refuses is told so that one can act', async () => {
	for (const [file, status, sentence] of [
		[says(404), 410, /^the recording has expired at the provider$/],
		[says(410), 410, /expired/], [says(401), 503, /your operator/],
		[says(403), 503, /your operator/], [says(500), 503, /try again/],
		[says(429), 503, /try again/], [says(200), 503, /try again/],
		[{ serve: (req, res) => res.writeHead(404).end() }, 410, /expired/],
		[{ serve: (req, res) => res.writeHead(500).end() }, 503, /try again/],
		[{ serve: (req, res) => req.socket.destroy() }, 503, /try again/],
		[{ serve: (req, res) => res.writeHead(302,
			{ Location: provider.url }).end() }, 503, /try again/],
	]) {
		const answer = await play(await keep(file), at);
		assert.equal(answer.status, status, answer.body);
		assert.match(detail(answer), sentence);
		assert.doesNotMatch(answer.body, /vapi|sign=|127\.0\.0\.1/i);
		const line = await world.logLine(answer);
		assert.match(line, / why="?(vapi|the rec|rec)/, line);
		assert.doesNotMatch(line, /secret|sign=/);
	}
});

test('V16 a link to a recording leads nowhere inside', async () => {
	const asked = provider.asked.length;
	const links = ['http://10.0.0.1/x', 'http://169.254.169.254/latest',
		'http://192.168.1.1/', 'http://[fd00::1]/', 'http://0.0.0.0/',
		'ftp://127.0.0.1/x', 'file:///etc/passwd', 'gopher://127.0.0.1:1/',
		`http://vapi.example@127.0.0.1:${provider.port}/file/x`];
	for (const Location of links) {
		const answer = await play(await keep({
			link: (req, res) => res.writeHead(302, { Location }).end() }), at);
		assert.equal(answer.status, 503, Location);
	}
	assert.equal(provider.asked.length - asked, links.length);
});

test('an answer that breaks off is no whole one', async () => {
	const id = await keep({ bytes: large,
		serve(req, res, file) {
			file.reads = (file.reads ?? 0) + 1;
			if (file.reads > 2)
				req.socket.destroy();
			else
				provider.serve(req, res, file);
		} });
	await assert.rejects(play(id, at));
	const line = await waitFor(() => second.program.log().split('\n')
		.find((one) => one.includes(`call=${id} `)), { what: 'line' });
	assert.match(line, /status=200 .* why="cut after \d+ bytes/);
});

// The client goes away when it has had some of it.
function leave(id) {
	return new Promise((resolve, reject) => {
		const socket = connect(second.port, '127.0.0.1', () => socket.write(
			`GET /api/calls/${id}/recording HTTP/1.1\r\nHost: x\r\n` +
			`Authorization: ${bearer(A).Authorization}\r\n\r\n`));
		socket.once('data', () => {
			socket.destroy();
			resolve();
		});
		socket.on('error', reject);
	});
}

test('when the listener has gone, no more is asked for', async () => {
	const endless = Buffer.alloc(60 * MIB);
	const id = await keep({ bytes: endless });
	provider.asked.length = 0;
	await leave(id);
	await waitFor(() => second.program.log().split('\n')
		.find((one) => one.includes(`call=${id} `)), { what: 'line' });
	assert.ok(provider.asked.length < 50, `${provider.asked.length}`);
});

test('slow listeners do not hold every thread', async () => {
	const id = await keep({ bytes: Buffer.alloc(60 * MIB) });
	const lines = second.program.log().split('\n').length - 1;
	const sockets = Array.from({ length: 8 }, () => {
		const socket = connect(second.port, '127.0.0.1', () => socket.write(
			`GET /api/calls/${id}/recording HTTP/1.1\r\nHost: x\r\n` +
			`Authorization: ${bearer(A).Authorization}\r\n\r\n`));
		socket.on('error', () => {});
		socket.pause();
		return socket;
	});
	const refused = await waitFor(() => second.program.log().split('\n')
		.slice(lines).filter((one) => one.includes('route=recording ') &&
			one.includes('status=503')).length >= 5, { what: 'refusals' });
	assert.ok(refused);
	for (let i = 0; i < 20; i++)
		assert.equal((await world.get('/healthz', at)).status, 200);
	for (const socket of sockets)
		socket.destroy();
	await waitFor(async () => /^callward_threads_held 0$/m.test(
		(await world.get('/metrics', at)).body),
	{ what: 'threads that are free' });
});

// Plays it by a socket of its own, at most a chunk in 40 ms: 60 MiB take longer
// than any stop.
function listen(id) {
	const listener = { had: 0, socket: connect(second.port, '127.0.0.1',
		() => listener.socket.write(
			`GET /api/calls/${id}/recording HTTP/1.1\r\nHost: x\r\n` +
			`Authorization: ${bearer(A).Authorization}\r\n\r\n`)) };
	listener.socket.on('error', () => {});
	listener.socket.on('data', (chunk) => {
		listener.had += chunk.length;
		listener.socket.pause();
		setTimeout(() => listener.socket.resume(), 40);
	});
	return listener;
}

test('a stop cuts what is still played, and what is still fetched', async () => {
	const written = await keep({ bytes: Buffer.alloc(60 * MIB) });
	// It ends while a piece is asked for: five seconds, two for each.
	const fetched = await keep({ bytes: Buffer.alloc(60 * MIB),
		serve: (req, res, file) =>
			setTimeout(() => provider.serve(req, res, file), 2000) });
	const listeners = [written, fetched].map(listen);
	for (const one of listeners)
		await waitFor(() => one.had > MIB / 2, { what: 'audio' });
	const began = Date.now();
	await second.program.stop('SIGTERM', 20000);
	assert.ok(Date.now() - began > 4000, 'not at once');
	for (const one of listeners) {
		assert.ok(one.had < 60 * MIB);
		one.socket.destroy();
	}
	for (const id of [written, fetched])
		assert.match(second.program.log(), new RegExp(
			`call=${id} .* why="cut after \\d+ bytes: no time left"`));
});

test('[recording:database] without the database it is 503', async () => {
	await cluster.stop();
	assert.equal((await play(callA.id)).status, 503);
	await cluster.start();
	await waitFor(async () => (await play(callA.id)).status === 200,
		{ what: 'recovery' });
});

closing(world);
