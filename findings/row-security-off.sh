#!/bin/bash
# With row_security = off PostgreSQL refuses to make a function that it would
# refuse to run, but only where the function's language is sql.
#
# Guess, before it was run: making a function reads no row, so row_security,
# which is about rows, has no say in it; and if it had, it would for every
# language alike.
# Seen with PostgreSQL 18.7 (WebAssembly, @electric-sql/pglite 0.5.17) and with
# Debian's 15.18: an owner whose table has forced row level security makes a
# function that counts its rows. With row_security = on both are made. With off
# (as pg_dump sets it, and as a migration does that wants no row left out) the
# one in language sql is refused with SQLSTATE 42501, "query would be affected
# by row-level security policy", and the same query in plpgsql is made.
#
# Needs node and npm. Exits 0 as long as this is so.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts \
    @electric-sql/pglite@0.5.17 >/dev/null
cat >run.mjs <<'END_OF_RUN'
import { PGlite } from '@electric-sql/pglite';

const db = await PGlite.create();
console.log((await db.query('show server_version')).rows[0].server_version);
await db.exec(`create role keeper;
	grant usage, create on schema public to keeper;
	set role keeper;
	create table notes (owner text);
	alter table notes enable row level security, force row level security;
	create policy own on notes using (owner = 'a')`);
const bodies = { sql: 'select count(*) from notes',
	plpgsql: 'begin return (select count(*) from notes); end' };
const got = [];
for (const security of ['on', 'off']) {
	await db.exec(`set row_security = ${security}`);
	for (const [language, body] of Object.entries(bodies))
		got.push(`${security} ${language}: ${await db.exec(
			`create or replace function count_${language}() returns bigint
			language ${language} stable as $$${body}$$`)
			.then(() => 'made', (error) => error.code)}`);
}
console.log(got.join('\n'));
process.exit(got.join() === ['on sql: made', 'on plpgsql: made',
	'off sql: 42501', 'off plpgsql: made'].join() ? 0 : 1);
END_OF_RUN
node run.mjs
