// What was acknowledged while the database was away, frozen or locked is there
// afterwards, once, for its clinic, whatever became of the responder.
// Servers: nginx, lighttpd
// Waits: for a database that is away
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync,
	symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { run, waitFor } from './lib/process.js';
import { callForm, encodeForm, formHeaders, sign } from './lib/twilio.js';
import { report, statusUpdate } from './lib/vapi.js';
import { A, B, LINE, TWILIO_PATH, build, openWorld } from './lib/world.js';

const world = await openWorld({ spool: true });
const { cluster } = world;
const folder = join(world.stateDir, 'spool');
const STATUS_PATH = `${TWILIO_PATH}/status`;

const records = () => readdirSync(folder).sort();
const metric = async (name) => Number((await world.get('/metrics')).body
	.match(new RegExp(`^callward_${name} (\\d+)$`, 'm'))[1]);
const isEmpty = () => waitFor(async () => records().length === 0 &&
	JSON.parse((await world.get('/readyz')).body).spool === 0,
{ what: 'empty spool', timeoutMs: 30000 });
const ready = () => waitFor(async () =>
	(await world.get('/readyz')).status === 200,
{ what: 'recovery', timeoutMs: 30000 });
const about = (row) => ({ id: row.vapi_call_id, metadata: row.metadata });

function twilioStatus(row, from) {
	const form = callForm({ from, to: LINE, callSid: row.twilio_call_sid,
		CallStatus: 'completed', CallDuration: '17',
		CallbackSource: 'call-progress-events', SequenceNumber: '3' });
	return send({ port: world.port, method: 'POST', path: STATUS_PATH,
		headers: formHeaders(sign(world.publicUrl + STATUS_PATH, form)),
		body: encodeForm(form) });
}

// The lines of the inbox about a call, of this type.
const lines = (row, type) => cluster.query('select verdict, user_id, ' +
	'call_id, received_at from callward.webhook_events ' +
	'where call_id = $1 and event_type = $2 order by received_at',
[row.id, type]);

// The report is there: once, in its clinic's row.
async function isFiled(row, tenant, unsure = false) {
	const now = await world.row(row.twilio_call_sid);
	assert.equal(now.id, row.id);
	assert.equal(now.user_id, tenant.user);
	assert.equal(now.status, 'completed');
	assert.equal(now.duration_seconds, 15);
	assert.match(now.transcript, /An appointment/);
	assert.deepEqual(now.revisions, []);
	const told = await lines(row, 'end-of-call-report');
	assert.ok(told.some(({ verdict }) => verdict === 'accepted'));
	assert.ok(told.every((line) => line.user_id === tenant.user));
	// Where nobody knew whether it was stored, it was filed once more.
	assert.ok(told.length === 1 || unsure);
	assert.equal((await cluster.query('select count(*) from public.calls ' +
		'where vapi_call_id = $1', [row.vapi_call_id]))[0].count, 1);
}

// Two calls, one of each clinic, whose reports come while fault() is on.
async function survives(fault, mend, unsure) {
	const rows = [[await world.connected(A), A], [await world.connected(B), B]];
	await fault();
	for (const [row] of rows) {
		const answer = await world.callback(report(about(row)));
		assert.equal(answer.status, 200);
		assert.equal(answer.body, '{}');
		assert.match(await world.logLine(answer), / outcome=spooled /);
	}
	assert.equal(records().length, 2);
	await mend();
	await isEmpty();
	await ready();
	for (const [row, tenant] of rows)
		await isFiled(row, tenant, unsure);
}

test('an outage: all three kinds are kept, and filed afterwards', async () => {
	const [a, b] = [await world.connected(A), await world.connected(B)];
	await cluster.stop();
	const sent = new Date();
	for (const answer of [
		await world.callback(statusUpdate('in-progress', about(a))),
		await world.callback(report(about(a))),
		await world.callback(report({ id: b.vapi_call_id })),
		await twilioStatus(a, A.number),
	]) {
		assert.ok([200, 204].includes(answer.status));
		assert.match(await world.logLine(answer), / outcome=spooled /);
	}
	const names = records();
	assert.equal(names.length, 4);
	assert.equal(JSON.parse((await world.get('/readyz')).body).spool, 4);
	assert.equal(await metric('spool_records'), 4);
	assert.ok(await metric('spool_bytes') > 1000);
	for (const name of names) {
		const bytes = readFileSync(join(folder, name));
		assert.match(bytes.toString('latin1'), /^v1\.k1\./);
		for (const words of ['appointment', a.vapi_call_id, A.user,
			A.number, a.twilio_call_sid])
			assert.ok(!bytes.includes(words), `${words} in the clear`);
	}
	// What is no report is refused as before.
	assert.equal((await world.callback('{')).status, 503);
	await cluster.start();
	await isEmpty();
	await isFiled(a, A);
	await isFiled(b, B);
	const [status] = await lines(a, 'status');
	assert.equal(status.user_id, A.user);
	for (const line of await lines(a, 'end-of-call-report'))
		assert.ok(new Date(line.received_at) - sent < 60000 &&
			new Date(line.received_at) >= new Date(sent - 1000),
		'it came when it came');
	assert.ok(await metric('spool_applied_total') >= 4);
});

test('a database that is frozen: only the first wait for it', async () => {
	const rows = [];
	for (let i = 0; i < 6; i++)
		rows.push(await world.connected(i % 2 === 0 ? A : B));
	const put = (row) => world.callback(report(about(row)));
	cluster.signal('SIGSTOP');
	try {
		const [first, ...more] = rows;
		assert.equal((await put(first)).status, 200);
		const lines = await Promise.all(more.map(async (row) => {
			const answer = await put(row);
			assert.equal(answer.status, 200);
			return world.logLine(answer);
		}));
		// One of them may look whether it is back.
		assert.ok(lines.filter((line) => / db_ms=0 /.test(line)).length >=
			more.length - 1, lines.join(''));
		assert.equal(records().length, rows.length);
	} finally {
		cluster.signal('SIGCONT');
	}
	await isEmpty();
	for (const [i, row] of rows.entries())
		await isFiled(row, i % 2 === 0 ? A : B, true);
});

test('a table that is locked', async () => {
	const client = await cluster.pool('postgres', 'callward').connect();
	await survives(async () => {
		await client.query('begin');
		await client.query('lock table public.calls in access exclusive mode');
	}, async () => {
		await client.query('rollback');
		client.release();
	}, true);
});

test('a database that takes no writes', async () => {
	// New connections alone see it.
	const be = async (how) => {
		await cluster.query(`alter role callward_intake ${how}`);
		await cluster.query('select pg_terminate_backend(pid) from ' +
			"pg_stat_activity where usename = 'callward_intake'");
	};
	await survives(() => be('set default_transaction_read_only = on'),
		() => be('reset default_transaction_read_only'), true);
});

test('a responder that is killed in the outage', async () => {
	const first = world.responders[0];
	await survives(() => cluster.stop(), async () => {
		await first.stop('SIGKILL');
		writeFileSync(join(folder, `.new.${randomUUID()}`), 'half');
		await world.startResponder({ name: 'again', ready: false });
		await waitFor(async () => JSON.parse((await world.get('/readyz'))
			.body).spool === 2, { what: 'what was kept' });
		await cluster.start();
		await waitFor(() => records().every((name) => name.startsWith('.')),
			{ what: 'drain', timeoutMs: 30000 });
		for (const name of records())
			rmSync(join(folder, name));
	});
});

// callward spool, with the settings of the responder.
const spool = async (...args) => {
	const { status, stdout, stderr } = await run(join(build, 'callward'),
		['spool', ...args, '--responder', world.conf]);
	return [status, stdout, stderr];
};

test('by hand: callward spool status and drain', async () => {
	const [a, b] = [await world.connected(A), await world.connected(B)];
	await cluster.stop();
	for (const row of [a, b])
		assert.equal((await world.callback(report(about(row)))).status, 200);
	let [status, out, said] = await spool('drain');
	assert.equal(status, 1);
	assert.match(said, /a responder is running/);
	assert.match((await spool('status'))[1], /^responder\trunning$/m);
	await world.responders.at(-1).stop('SIGKILL');
	[status, out] = await spool('status');
	assert.equal(status, 0);
	assert.match(out, /^records\t2$/m);
	assert.match(out, /^oldest\t20\d\d-.*Z$/m);
	assert.match(out, /^responder\tnot running$/m);
	[status, out, said] = await spool('drain');
	assert.equal(status, 1, 'the database is away');
	assert.equal(records().length, 2);
	await cluster.start();
	assert.deepEqual((await spool('drain')).slice(0, 2),
		[0, '2 applied, 0 left\n']);
	await world.startResponder({ name: 'by-hand' });
	await isFiled(a, A);
	await isFiled(b, B);
	assert.match((await run(join(build, 'callward'), ['-c',
		world.operatorConf, 'doctor', '--responder', world.conf])).stdout,
	/^ok {3}spool: .*, 0 records$/m);
});

let kept;
test('H05 a record that is put back, or copied, changes nothing', async () => {
	const row = await world.connected(A);
	await cluster.stop();
	await world.callback(report(about(row)));
	const [name] = records();
	kept = { name, bytes: readFileSync(join(folder, name)) };
	await cluster.start();
	await isEmpty();
	await isFiled(row, A);
	const before = await world.row(row.twilio_call_sid);
	const putBack = async () => {
		writeFileSync(join(folder, '.new.back'), kept.bytes,
			{ mode: 0o600 });
		renameSync(join(folder, '.new.back'), join(folder, name));
		await isEmpty();
	};
	await putBack();
	assert.deepEqual(await world.row(row.twilio_call_sid), before);
	await cluster.query('delete from callward.webhook_events');
	await putBack();
	assert.deepEqual(await world.row(row.twilio_call_sid), before);
	// Under another name it is nobody's.
	const other = `${randomUUID().slice(0, 14)}7${randomUUID().slice(15)}.vapi`;
	writeFileSync(join(folder, other), kept.bytes, { mode: 0o600 });
	await waitFor(() => world.responders.at(-1).log().includes(other),
		{ what: 'alarm' });
	assert.match(world.responders.at(-1).log(), new RegExp(
		`event=spool_record_bad record=${other} error=auth why=`));
	await waitFor(async () => JSON.parse((await world.get('/readyz')).body)
		.spool === 1, { what: 'its count' });
	assert.deepEqual(await world.row(row.twilio_call_sid), before);
	rmSync(join(folder, other));
});

test('H06 a record that was changed stays, and holds nobody up', async () => {
	const changed = Buffer.from(kept.bytes);
	changed[changed.length - 20] ^= 1;
	writeFileSync(join(folder, kept.name), changed, { mode: 0o600 });
	await waitFor(() => world.responders.at(-1).log().includes(
		`event=spool_record_bad record=${kept.name} `), { what: 'alarm' });
	const row = await world.connected(B);
	await cluster.stop();
	await world.callback(report(about(row)));
	await cluster.start();
	await waitFor(() => records().length === 1,
		{ what: 'drain', timeoutMs: 30000 });
	await isFiled(row, B);
	assert.deepEqual(readFileSync(join(folder, kept.name)), changed);
	assert.equal(world.responders.at(-1).log().match(
		/event=spool_record_bad /g).length, 2, 'told once');
	rmSync(join(folder, kept.name));
	await isEmpty();
});

test('the outcome does not depend on the order in the spool', async () => {
	const messages = {
		ringing: (row) => world.callback(statusUpdate('ringing', about(row))),
		ended: (row) => world.callback(statusUpdate('ended',
			{ ...about(row), endedReason: 'customer-ended-call' })),
		report: (row) => world.callback(report(about(row))),
		status: (row) => twilioStatus(row, A.number),
	};
	const orders = [['ringing', 'ended', 'report', 'status'],
		['status', 'report', 'ended', 'ringing'],
		['report', 'ringing', 'status', 'ended'],
		['ended', 'status', 'ringing', 'report']];
	const rows = [];
	for (const _ of orders)
		rows.push(await world.connected(A));
	await cluster.stop();
	for (const [i, order] of orders.entries())
		for (const name of order)
			assert.ok([200, 204].includes((await messages[name](rows[i]))
				.status), name);
	await cluster.start();
	await isEmpty();
	const ends = [];
	for (const row of rows) {
		const { id, twilio_call_sid, vapi_call_id, metadata, created_at,
			updated_at, report_at, report_digest, ...rest } =
			await world.row(row.twilio_call_sid);
		ends.push(rest);
		assert.equal((await cluster.query('select count(*) from ' +
			'callward.webhook_events where call_id = $1 and event_type in ' +
			"('status', 'status-update', 'end-of-call-report')", [id]))[0]
			.count, 4);
	}
	for (const end of ends)
		assert.deepEqual(end, ends[0]);
	assert.equal(ends[0].status, 'completed');
});

test('a full spool refuses, and says so at half of it', async () => {
	const state = join(world.dir, 'small');
	mkdirSync(state, { mode: 0o700 });
	const rows = [];
	for (let i = 0; i < 10; i++)
		rows.push(await world.connected(i % 2 === 0 ? A : B));
	const small = await world.secondResponder(world.writeSettings('small',
		{ ...world.settings(), STATE_DIR: state, SPOOL_MAX_FILES: 10 }));
	await cluster.stop();
	const answers = [];
	for (const row of rows)
		answers.push(await world.callback(report(about(row)),
			{ port: small.port }));
	assert.deepEqual(answers.map(({ status }) => status),
		[...Array(9).fill(200), 503]);
	const told = (line) => small.program.log().split(line).length - 1;
	await waitFor(() => told(/event=spool_failed .*why="the spool is full"/) > 0,
		{ what: 'line about the refusal' });
	assert.equal(told('event=spool_half_full '), 1);
	await cluster.start();
	await waitFor(async () => JSON.parse((await world.get('/readyz',
		{ port: small.port })).body).spool === 0,
	{ what: 'service', timeoutMs: 30000 });
	assert.equal((await world.callback(report(about(rows[9])),
		{ port: small.port })).status, 200);
	for (const [i, row] of rows.entries())
		await isFiled(row, i % 2 === 0 ? A : B);
});

test('where no folder is set and there is none, it starts and says so',
	async (t) => {
		const { port, program } = await world.secondResponder(
			world.writeSettings('none', { ...world.settings(),
				STATE_DIR: undefined }));
		await waitFor(() => /event=started/.test(program.log()),
			{ what: 'start in the log' });
		if (!/event=no_spool/.test(program.log()))
			return t.skip('the folder of this build is there');
		assert.equal(program.log().match(/event=no_spool /g).length, 1);
		assert.equal(JSON.parse((await world.get('/readyz', { port })).body)
			.spool, 0);
	});

// What -t says of a STATE_DIR.
async function checked(more) {
	const done = await world.check(world.writeSettings('checked',
		{ ...world.settings(), ...more }));
	return [done.status, done.stderr];
}

test('-t refuses a record whose key is gone, and names the key', async () => {
	const state = join(world.dir, 'keys');
	mkdirSync(join(state, 'spool'), { recursive: true, mode: 0o700 });
	const { name, bytes } = kept;
	writeFileSync(join(state, 'spool', name), bytes, { mode: 0o600 });
	assert.equal((await checked({ STATE_DIR: state }))[0], 0);
	const next = `k2:${world.key.slice(3)}`;
	const [status, said] = await checked({ STATE_DIR: state,
		METADATA_KEYS: next });
	assert.equal(status, 78);
	assert.match(said, new RegExp(`STATE_DIR .*${name}: its key, k1, is not ` +
		'among METADATA_KEYS'));
	assert.equal((await checked({ STATE_DIR: state,
		METADATA_KEYS: `${next},${world.key}` }))[0], 0);
	writeFileSync(join(state, 'spool', name), 'v1.k1', { mode: 0o600 });
	assert.equal((await checked({ STATE_DIR: state,
		METADATA_KEYS: next }))[0], 0, 'one bad file stops nothing');
});

test('-t by root takes the folder of the responder\'s user, and says whose',
	async (t) => {
		if (process.getuid() !== 0)
			return t.skip('this is not root');
		const others = join(world.dir, 'others');
		mkdirSync(others, { mode: 0o700 });
		chownSync(others, 1, 1);
		const [status, said] = await checked({ STATE_DIR: others });
		assert.equal(status, 0, said);
		assert.match(said, /warning: STATE_DIR \(.*others belongs to user 1; /);
		const started = await run(join(build, 'callward.fcgi'), ['-c',
			join(world.dir, 'checked.conf'), '--listen',
			`unix:${join(world.dir, 'others.sock')}`]);
		assert.equal(started.status, 78);
		assert.match(started.stderr, /runs as \(0\); run it as that user$/m);
	});

test('-t refuses a STATE_DIR that is not ours alone', async () => {
	const open = join(world.dir, 'open');
	mkdirSync(open, { mode: 0o755 });
	const linked = join(world.dir, 'linked');
	symlinkSync(world.stateDir, linked);
	const gone = join(world.dir, 'gone');
	const nested = join(world.dir, 'nested');
	mkdirSync(nested, { mode: 0o700 });
	symlinkSync(folder, join(nested, 'spool'));
	for (const [dir, words] of [[open, /chmod 700/], [linked, /no.* folder/],
		[gone, /does not exist/], [nested, /no.* folder/]]) {
		const [status, said] = await checked({ STATE_DIR: dir });
		assert.equal(status, 78, dir);
		assert.match(said, words);
	}
	assert.equal((await checked({ STATE_DIR: undefined }))[0], 0);
});

closing(world);
