// One clinic's dashboard is not everybody's: while it asks for more than its
// share, callers and the other clinics are answered.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { waitFor } from './lib/process.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { A, B, LINE, openWorld } from './lib/world.js';

const THREADS = 160;
const world = await openWorld({ settings: { ...tenantSettings, THREADS } });
const { cluster } = world;

const bearer = (user) => `Bearer ${makeToken(tenantKey,
	claims({ sub: user }))}`;
const ask = (path, user) => send({ port: world.port, path,
	headers: { Authorization: bearer(user) } });
const figure = async (name) => Number(new RegExp(`^callward_${name} (\\d+)$`,
	'm').exec((await world.get('/metrics')).body)[1]);
const of = (answers, status) => answers.filter((one) => one.status === status);

// Who changes a call waits for its row meanwhile; nobody else needs it.
async function whileRowsWait(rows, work) {
	const client = await cluster.pool('postgres', 'callward').connect();
	try {
		await client.query('begin');
		await client.query('select from public.calls ' +
			'where id = any ($1::uuid[]) for update',
		[rows.map((row) => row.id)]);
		return await work();
	} finally {
		await client.query('rollback');
		client.release();
	}
}
const rowOf = async (user) => (await cluster.query(`insert into public.calls
	(user_id, caller_phone_number, assistant_phone_number)
	values ($1, '+15550000001', $2) returning id, user_id`, [user, LINE]))[0];
const change = (row) => send({ port: world.port, method: 'PATCH',
	path: `/api/calls/${row.id}`, headers: { Authorization:
		bearer(row.user_id), 'Content-Type': 'application/json' },
	body: '{"notes":"x"}' });
const flood = (row, n) => Array.from({ length: n }, () => change(row));

async function callersAreAnswered() {
	for (let i = 0; i < 6; i++)
		assert.equal((await world.arrive({ from: B.number })).verb,
			'Connect');
}

test('a clinic that floods is told so, and the others are answered',
	async () => {
		const refused = await figure('dashboard_refused_total');
		const row = await rowOf(A.user);
		const asked = await whileRowsWait([row], async () => {
			const under = flood(row, 60);
			await waitFor(async () =>
				await figure('dashboard_refused_total') > refused,
			{ what: 'a refusal' });
			await callersAreAnswered();
			for (let i = 0; i < 6; i++)
				for (const path of ['/api/me', '/api/calls?limit=1'])
					assert.equal((await ask(path, B.user)).status, 200);
			assert.ok(await figure('dashboard_in_hand') <= 24);
			return under;
		});
		const answers = await Promise.all(asked);
		const many = of(answers, 429);
		assert.ok(many.length > 0 && many.length <= 36, `${many.length}`);
		assert.equal(await figure('dashboard_refused_total') - refused,
			many.length);
		for (const { headers, body } of many) {
			assert.equal(headers['retry-after'], '1');
			assert.match(JSON.parse(body).detail,
				/^24 requests of this clinic are under way; try again/);
		}
		assert.ok(of(answers, 200).length + of(answers, 503).length ===
			60 - many.length);
		await waitFor(async () => await figure('dashboard_in_hand') === 0,
			{ what: 'threads that are free' });
		assert.equal((await change(row)).status, 200);
	});

test('a clinic that keeps to its share is never told so', async () => {
	const refused = await figure('dashboard_refused_total');
	await Promise.all(Array.from({ length: 24 }, async () => {
		for (let i = 0; i < 20; i++)
			assert.equal((await ask('/api/me', A.user)).status, 200);
	}));
	assert.equal(await figure('dashboard_refused_total'), refused);
});

test('all clinics together leave the callers their half', async () => {
	const rows = [];
	for (let i = 0; i < 8; i++)
		rows.push(await rowOf(`user_flood${i}`));
	const refused = await figure('dashboard_refused_total');
	const asked = await whileRowsWait(rows, async () => {
		const under = rows.flatMap((row) => flood(row, 20));
		// None of them has more than its share: it is full, or was.
		await waitFor(async () => await figure('dashboard_refused_total') >
			refused, { what: 'a dashboard that is full' });
		await callersAreAnswered();
		return under;
	});
	const answers = await Promise.all(asked);
	const told = of(answers, 503).filter((one) =>
		one.headers['retry-after'] === '1');
	assert.ok(told.length > 0);
	assert.equal(of(answers, 429).length, 0);
	assert.equal((await ask('/api/me', B.user)).status, 200);
});

test('four files of a clinic at once, and no fifth', async () => {
	await cluster.query(`insert into public.calls (user_id,
		caller_phone_number, assistant_phone_number, notes)
	select $1, '+15550000001', $2, repeat('漢', 4000)
	from generate_series(1, 3000)`, ['user_slow', LINE]);
	const sockets = Array.from({ length: 4 }, () => {
		const socket = connect(world.port, '127.0.0.1', () => socket.write(
			'GET /api/calls.csv HTTP/1.1\r\nHost: x\r\n' +
			`Authorization: ${bearer('user_slow')}\r\n\r\n`));
		socket.on('error', () => {});
		socket.pause();
		return socket;
	});
	await waitFor(async () => await figure('threads_held') === 4,
		{ what: 'four that are slow' });
	const fifth = await ask('/api/calls.csv', 'user_slow');
	assert.equal(fifth.status, 429);
	assert.equal(fifth.headers['retry-after'], '1');
	assert.match(JSON.parse(fifth.body).detail,
		/^4 files, recordings, tests or proofs of this clinic are under way/);
	assert.equal((await ask('/api/me', 'user_slow')).status, 200);
	assert.equal((await ask('/api/calls.csv', B.user)).status, 200);
	for (const socket of sockets)
		socket.destroy();
	await waitFor(async () => await figure('threads_held') === 0,
		{ what: 'threads that are free' });
});

closing(world);
