// What the two logins of the program may do: asked of the catalog, and tried.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { report } from './lib/vapi.js';
import { A, B, UNKNOWN, openWorld, source } from './lib/world.js';

const world = await openWorld();
const { cluster } = world;
const SEVEN = ['assistants', 'phone_numbers', 'assistant_tests', 'intents',
	'subscriptions', 'working_hours', 'calls'];
const tables = (await cluster.query(
	`select schemaname || '.' || tablename as name from pg_tables
	where schemaname in ('public', 'callward') order by 1`))
	.map((row) => row.name);

// Something of both tenants to be seen in every table.
for (const tenant of [A, B]) {
	const row = await world.connected(tenant);
	await world.callback(report({ id: row.vapi_call_id,
		metadata: row.metadata }));
	for (const [table, columns, values] of [
		['assistant_tests', 'user_id', '$1'],
		['intents', 'user_id, name', '$1, \'book\''],
		['subscriptions', 'user_id, plan', '$1, \'basic\''],
		['working_hours', 'user_id, day_of_week', '$1, 1'],
	])
		await cluster.query(`insert into public.${table} (${columns}) ` +
			`values (${values})`, [tenant.user]);
}
await world.arrive({ from: UNKNOWN });

const denied = (promise, what) => assert.rejects(promise,
	(error) => error.code === '42501', what);

async function readable(role, table) {
	return (await cluster.query(`select attname from pg_attribute
		where attrelid = $2::regclass and attnum > 0 and not attisdropped
		    and has_column_privilege($1::name, attrelid, attnum, 'select')`,
	[role, table])).map((row) => row.attname);
}

test('there is something of two tenants to be seen', async () => {
	for (const table of SEVEN) {
		const rows = await cluster.query('select distinct user_id from ' +
			`public.${table} order by 1`);
		assert.deepEqual(rows.map((r) => r.user_id), [A.user, B.user],
			table);
	}
});

test('the webhook role has no privilege on any table', async () => {
	const rows = await cluster.query(
		`select c.oid::regclass::text as name, p as privilege
		from pg_class c join pg_namespace n on n.oid = c.relnamespace,
		    unnest(array['select', 'insert', 'update', 'delete', 'truncate',
		        'references', 'trigger']) p
		where n.nspname in ('public', 'callward')
		    and c.relkind in ('r', 'p', 'v', 'm', 'f')
		    and (has_table_privilege('callward_intake', c.oid, p)
		        or p in ('select', 'insert', 'update', 'references')
		        and has_any_column_privilege('callward_intake', c.oid, p))`);
	assert.deepEqual(rows, []);
	assert.ok(tables.length >= 11, 'there are tables to ask about');
});

test('the webhook role is refused by every table', async () => {
	for (const table of tables) {
		const [{ attname }] = await cluster.query('select attname from ' +
			'pg_attribute where attrelid = $1::regclass and attnum = 1',
		[table]);
		for (const statement of [`select * from ${table}`,
			`select ${attname} from ${table}`,
			`select count(*) from ${table}`, `delete from ${table}`,
			`insert into ${table} default values`, `truncate ${table}`,
			`update ${table} set ${attname} = ${attname}`])
			for (const tenant of [null, A.user])
				await denied(cluster.asTenant(tenant, statement, [],
					'callward_intake'), statement);
	}
});

test('the webhook role has its few doors and no others', async () => {
	// A door runs with its owner's rights; other functions give none.
	const rows = await cluster.query(
		`select distinct p.proname as name from pg_proc p
		join pg_namespace n on n.oid = p.pronamespace
		where n.nspname in ('public', 'callward') and p.prosecdef
		    and has_function_privilege('callward_intake', p.oid, 'execute')
		order by 1`);
	const definers = new Set((await cluster.query('select proname from ' +
		'pg_proc where prosecdef')).map((row) => row.proname));
	const folder = join(source, 'sql/statements');
	const called = readdirSync(folder)
		.map((file) => readFileSync(join(folder, file), 'utf8'))
		.filter((text) => /^-- role: intake$/m.test(text))
		.flatMap((text) => [...text.matchAll(/callward\.([a-z_]+)\s*\(/g)])
		.map((match) => match[1]).filter((name) => definers.has(name));
	assert.ok(called.includes('open_call'));
	// The self-check asks one more.
	assert.deepEqual(rows.map((row) => row.name),
		[...new Set([...called, 'wrong_routes'])].sort());
});

test('neither login is a member of a role or goes past policies',
	async () => {
		const rows = await cluster.query(
			`select rolname, rolsuper or rolbypassrls or rolcreaterole
			    or rolcreatedb or rolreplication as powerful,
			    (select count(*) from pg_auth_members m
			    where m.member = r.oid) as memberships
			from pg_roles r
			where rolname in ('callward_intake', 'callward_tenant')`);
		assert.equal(rows.length, 2);
		for (const row of rows) {
			assert.equal(row.powerful, false);
			assert.equal(row.memberships, 0);
		}
		for (const role of ['callward_intake', 'callward_tenant'])
			for (const other of ['callward_writer', 'callward_resolver',
				'callward_owner', 'postgres'])
				await denied(cluster.asTenant(null, `set role ${other}`, [],
					role), `${role} to ${other}`);
	});

test('the tenant role sees nothing without a tenant', async () => {
	for (const table of SEVEN) {
		const columns = await readable('callward_tenant',
			`public.${table}`);
		assert.ok(columns.includes('user_id'), table);
		const statement = `select ${columns.join(', ')} from public.${table}`;
		assert.deepEqual(await cluster.asTenant(null, statement), [], table);
		for (const nobody of ['', 'user_c', 'USER_A', 'user_a '])
			assert.deepEqual(await cluster.asTenant(nobody, statement), [],
				`${table} as "${nobody}"`);
		const mine = await cluster.asTenant(A.user, statement);
		assert.ok(mine.length > 0, table);
		assert.ok(mine.every((row) => row.user_id === A.user), table);
	}
});

test('claims that are no JSON are an error, not everything', async () => {
	const client = await cluster.pool('callward_tenant', 'callward')
		.connect();
	try {
		for (const claims of ['user_a', '{', '"user_a"', '[]', 'null',
			'{"sub":null}', '{"sub":""}', '{}', '{"SUB":"user_a"}']) {
			await client.query('begin');
			await client.query('select set_config(' +
				'\'request.jwt.claims\', $1, true)', [claims]);
			const seen = await client.query('select id from public.calls')
				.then((result) => result.rows.length, () => 0);
			await client.query('rollback');
			assert.equal(seen, 0, claims);
		}
	} finally {
		client.release();
	}
});

test('the tenant of one transaction is gone in the next', async () => {
	const client = await cluster.pool('callward_tenant', 'callward')
		.connect();
	try {
		const count = async () => (await client.query(
			'select count(*) from public.calls')).rows[0].count;
		await client.query('begin');
		await client.query('select set_config(' +
			'\'request.jwt.claims\', $1, true)',
		[JSON.stringify({ sub: A.user })]);
		assert.ok(await count() > 0);
		await client.query('commit');
		assert.equal(await count(), 0);
	} finally {
		client.release();
	}
});

test('the tenant role cannot read a seal or another schema\'s tables',
	async () => {
		const columns = await readable('callward_tenant', 'public.calls');
		assert.equal(columns.includes('metadata'), false);
		await denied(cluster.asTenant(A.user,
			'select metadata from public.calls'));
		for (const table of tables.filter((t) => t.startsWith('callward.')))
			await denied(cluster.asTenant(A.user,
				`select * from ${table}`), table);
	});

test('the tenant role cannot write as or into another tenant', async () => {
	const as = (text, params) => cluster.asTenant(A.user, text, params);
	await denied(as('insert into public.intents (user_id, name) ' +
		'values ($1, $2)', [B.user, 'x']), 'insert for another');
	await denied(cluster.asTenant(null, 'insert into public.intents ' +
		'(user_id, name) values ($1, $2)', [A.user, 'x']), 'for nobody');
	await denied(as('update public.intents set user_id = $1', [B.user]));
	for (const statement of ['insert into public.calls (user_id) ' +
		'values (\'user_a\')', 'delete from public.calls',
	'update public.calls set status = \'completed\'',
	'update public.phone_numbers set phone_number = \'+15550000000\'',
	'update public.phone_numbers set status = \'active\'',
	'update public.phone_numbers set vapi_assistant_id = \'x\'',
	'update public.assistants set vapi_assistant_id = \'x\'',
	'truncate public.intents'])
		await denied(as(statement), statement);
	for (const statement of ['update public.intents set name = name ' +
		'where user_id = $1 returning id',
	'delete from public.intents where user_id = $1 returning id'])
		assert.deepEqual(await as(statement, [B.user]), []);
	const [number] = await cluster.query('select id from ' +
		'public.phone_numbers where user_id = $1', [B.user]);
	await assert.rejects(cluster.query('update public.calls set ' +
		'phone_number_id = $1 where user_id = $2', [number.id, A.user]),
	(error) => error.code === '23503', 'not even the superuser can');
});

closing(world);
