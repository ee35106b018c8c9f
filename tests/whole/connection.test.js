// A connection of the dashboard's login that was used for one clinic and then
// for another: whatever ended the first transaction, the next begins as
// nobody. (D04, D05, D17, D19 of the list of threats.)
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { run } from './lib/process.js';
import { A, B, openWorld } from './lib/world.js';

const world = await openWorld();
const { cluster } = world;
for (const tenant of [A, B])
	await world.connected(tenant);

const client = await cluster.pool('callward_tenant', 'callward').connect();
let held = true;
const giveBack = () => {
	if (held)
		client.release(true);
	held = false;
};
after(giveBack);

const claim = (user) => client.query('select set_config(' +
	'\'request.jwt.claims\', $1, true)', [JSON.stringify({ sub: user })]);
const owners = async () => (await client.query('select user_id from ' +
	'public.calls order by 1')).rows.map((row) => row.user_id);

const endings = {
	'a commit': () => client.query('commit'),
	'a rollback': () => client.query('rollback'),
	'an error, and a rollback': async () => {
		await assert.rejects(client.query('select 1/0'));
		await client.query('rollback');
	},
	'an error, and a commit': async () => {
		await assert.rejects(client.query('select 1/0'));
		await client.query('commit');
	},
	'a savepoint that is rolled back': async () => {
		await client.query('savepoint s');
		await claim(B.user);
		await client.query('rollback to savepoint s');
		assert.deepEqual(await owners(), [A.user]);
		await client.query('commit');
	},
	'a savepoint that is released': async () => {
		await client.query('savepoint s');
		await claim(B.user);
		await client.query('release savepoint s');
		// The inner value stands until the end of the transaction.
		assert.deepEqual(await owners(), [B.user]);
		await client.query('commit');
	},
	'a cancelled query': async () => {
		await client.query('set local statement_timeout = 50');
		await assert.rejects(client.query('select pg_sleep(10)'),
			(error) => error.code === '57014');
		await client.query('rollback');
	},
	'discard all': async () => {
		await client.query('commit');
		await client.query('discard all');
	},
	'reset all': async () => {
		await client.query('commit');
		await client.query('reset all');
	},
};

for (const [what, end] of Object.entries(endings)) {
	test(`D04: after ${what} the next is nobody, then its own`, async () => {
		await client.query('begin');
		await claim(A.user);
		assert.deepEqual(await owners(), [A.user]);
		await end();
		assert.deepEqual(await owners(), []);
		await client.query('begin');
		assert.deepEqual(await owners(), []);
		await assert.rejects(client.query('insert into public.intents ' +
			'(user_id, name) values ($1, $2)', [A.user, 'x']),
		(error) => error.code === '42501');
		await client.query('rollback');
		await client.query('begin');
		await claim(B.user);
		assert.deepEqual(await owners(), [B.user]);
		await client.query('commit');
	});
}

test('D05: one prepared statement shows each tenant its own', async () => {
	const text = 'select user_id from public.calls where $1::text <> \'\'';
	for (const [user, expected] of [[A.user, [A.user]], [B.user, [B.user]],
		['', []], [A.user, [A.user]]].flatMap((one) => Array(7).fill(one))) {
		await client.query('begin');
		await claim(user);
		const { rows } = await client.query({ name: 'mine', text,
			values: ['x'] });
		assert.deepEqual(rows.map((row) => row.user_id), expected);
		await client.query('commit');
	}
});

test('D19: the login cannot leave its role or its policies', async () => {
	await client.query('begin');
	await claim(A.user);
	await client.query('reset role');
	await client.query('set session authorization default');
	assert.deepEqual(await owners(), [A.user]);
	await client.query('set local row_security = off');
	await assert.rejects(owners(), (error) => error.code === '42501');
	await client.query('rollback');
	for (const statement of ['set session authorization postgres',
		'alter role callward_tenant bypassrls',
		'alter table public.calls disable row level security',
		'create policy p on public.calls using (true)',
		'drop policy tenant_wall on public.calls',
		'grant callward_writer to callward_tenant',
		'create function public.f() returns int language sql as \'select 1\'',
		'copy public.calls to program \'cat\'',
		'copy public.calls (user_id) to \'/tmp/x\''])
		await assert.rejects(client.query(statement),
			(error) => error.code === '42501', statement);
});

test('D17: a dump by a login of the program fails loudly', async () => {
	giveBack();
	for (const role of ['callward_tenant', 'callward_intake']) {
		const done = await run(`${cluster.bin}/pg_dump`,
			['-d', cluster.url(role), '-t', 'public.calls', '--data-only']);
		assert.notEqual(done.status, 0);
		assert.match(done.stderr, /row-level security|permission denied/);
		assert.equal(done.stdout.includes(A.number), false);
	}
});

closing(world);
