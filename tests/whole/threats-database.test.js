// Attacks on the database that show in the running system; the others are in
// tests/sql. The id of a case is explained in doc/threats.md.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { report } from './lib/vapi.js';
import { A, B, openWorld } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings,
	postgres: { log_min_messages: 'warning' } });
const { cluster } = world;
for (const tenant of [A, B]) {
	const row = await world.connected(tenant);
	await world.callback(report({ id: row.vapi_call_id,
		metadata: row.metadata }));
}

test('D01 a login that could do more is not served', async () => {
	await cluster.query('create role strong login bypassrls password \'x\'');
	await cluster.query('grant callward_intake to strong');
	for (const url of [cluster.url('postgres'),
		cluster.url('callward_operator'),
		`postgresql://strong:x@/callward?host=${cluster.socketDir}`]) {
		const before = await cluster.fingerprint();
		const { port, program } = await world.secondResponder(
			world.writeSettings('strong', { ...world.settings(),
				DATABASE_URL: url }), { ready: false });
		assert.equal((await world.get('/readyz', { port })).status, 503);
		const answer = await world.arrive({ from: A.number }, { port });
		assert.equal(answer.verb, 'Say');
		await waitFor(() => /event=self_check name=(role|owner)/
			.test(program.log()), { what: 'reason' });
		assert.deepEqual(await cluster.fingerprint(), before);
		await program.stop();
	}
	await cluster.query('drop role strong');
});

test('D02 every table of tenants has its walls', async () => {
	const tables = await cluster.query(`select c.relname as name,
		c.relrowsecurity and c.relforcerowsecurity as forced,
		array(select polpermissive || ' ' || polcmd::text || ' ' ||
		    (polqual is not null and polwithcheck is not null)
		    from pg_policy where polrelid = c.oid
		    and polname <> 'resolver_rows' and polname !~ '^owner_'
		    order by 1) as policies,
		exists (select from pg_policy where polrelid = c.oid
		    and polname ~ '^owner_' and polpermissive) as widened
		from pg_class c where relnamespace = 'public'::regnamespace
		and relkind in ('r', 'p') and exists (select from pg_attribute
		    where attrelid = c.oid and attname = 'user_id')`);
	assert.ok(tables.length >= 7);
	for (const { name, forced, policies, widened } of tables) {
		assert.equal(forced, true, name);
		assert.equal(widened, false, name);
		assert.deepEqual(policies, ['false * true', 'true * true'], name);
	}
});

test('D04 a connection that was another tenant\'s', async () => {
	const pool = cluster.pool('callward_tenant', 'callward');
	const set = (sub) => 'select set_config(\'request.jwt.claims\', ' +
		`'${JSON.stringify({ sub })}', true)`;
	const ends = {
		'commit': ['commit'], 'an error': ['select 1/0', 'rollback'],
		'an error, committed': ['select 1/0', 'commit'],
		'a savepoint': ['savepoint s', set(B.user), 'rollback to s', 'commit'],
		'a released savepoint': ['savepoint s', set(B.user), 'release s',
			'commit'],
		'a cancelled query': ['set local statement_timeout = 1',
			'select pg_sleep(1)', 'rollback'],
		'discard all': ['commit', 'discard all'],
		'reset all': ['commit', 'reset all'],
	};
	for (const [what, statements] of Object.entries(ends)) {
		const client = await pool.connect();
		const seen = async () => (await client.query(
			'select user_id from public.calls')).rows.map((r) => r.user_id);
		try {
			await client.query('begin');
			await client.query(set(A.user));
			assert.deepEqual(await seen(), [A.user], what);
			for (const statement of statements)
				await client.query(statement).catch(() => {});
			assert.deepEqual(await seen(), [], what);
			await assert.rejects(client.query('insert into public.intents ' +
				'(user_id, name) values ($1, $2)', [A.user, 'x']), what);
			await client.query('begin');
			await client.query(set(B.user));
			assert.deepEqual(await seen(), [B.user], what);
			await client.query('rollback');
		} finally {
			client.release();
		}
	}
	// And so through the responder, on connections that others had.
	const ask = (sub) => world.get('/api/calls', { headers: { Authorization:
		`Bearer ${makeToken(tenantKey, claims({ sub }))}` } });
	const subs = [A.user, B.user, 'user_c', A.user, 'user_c', B.user];
	const answers = await Promise.all(Array.from({ length: 60 }, (_, i) =>
		ask(subs[i % subs.length])));
	const expected = { [A.user]: A.number, [B.user]: B.number };
	answers.forEach(({ body }, i) => assert.deepEqual(JSON.parse(body).data
		.map((call) => call.caller_phone_number),
	[expected[subs[i % subs.length]]].filter((number) => number)));
});

test('D21 the database\'s log holds no value of ours', async () => {
	const words = 'zosterhidradenitis';
	const number = '+15550147021';
	await world.addNumber({ user: A.user, number });
	const row = await world.row((await world.arrive({ from: number }))
		.callSid);
	// Errors inside the statements of the responder: a constraint, a right
	// and a deadline.
	const lab = async (how, back) => {
		await cluster.query(how);
		await world.arrive({ from: number });
		await world.callback(report({ id: row.vapi_call_id,
			metadata: row.metadata, summary: words,
			artifact: { transcript: `${words} ${randomUUID()}` } }));
		await cluster.query(back);
	};
	await lab('alter table public.calls add constraint lab check ' +
		'(transcript is null and status <> \'initiated\') not valid',
	'alter table public.calls drop constraint lab');
	await lab('create unique index lab on public.calls (user_id, status, ' +
		'caller_phone_number) where transcript is null', 'drop index lab');
	await lab('revoke insert, update on public.calls from callward_writer',
		'grant insert, update on public.calls to callward_writer');
	const log = readFileSync(join(world.dir, 'postgres.log'), 'utf8');
	assert.match(log, /ERROR:.*violates/);
	assert.match(log, /ERROR:.*permission denied/);
	const leak = [words, number.slice(1), A.number.slice(1)]
		.filter((text) => log.includes(text));
	assert.deepEqual(leak, [], log.slice(0, 3000));
});

closing(world);
