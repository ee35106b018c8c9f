#!/bin/bash
# A column that becomes a domain without constraints is not rewritten, but the
# partial indexes that name it are built anew.
#
# Guess, before it was run: such a domain is its base type by another name, so
# that ALTER COLUMN TYPE changes the catalog alone: no file of the table or of
# an index is new.
# Seen with PostgreSQL 18.7 (WebAssembly, @electric-sql/pglite 0.5.17) and with
# Debian's 15.18: the table keeps its file, and so do the indexes on the column
# and on others; a partial index whose condition names the column has a new one,
# made under the ACCESS EXCLUSIVE lock of the ALTER. With ten million rows that
# is what everybody waits for.
#
# Needs node and npm. Exits 0 as long as this is so.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts \
    @electric-sql/pglite@0.5.17 >/dev/null
cat >run.mjs <<'END'
import { PGlite } from '@electric-sql/pglite';

const db = await PGlite.create();
console.log((await db.query('show server_version')).rows[0].server_version);
await db.exec(`create domain state as text;
	create table calls (id integer primary key, status text);
	create index whole on calls (status);
	create index partly on calls (id) where status = 'open';
	create index other on calls (id) where id > 5`);
const names = ['calls', 'calls_pkey', 'whole', 'partly', 'other'];
const files = async () => Promise.all(names.map(async (name) => (await db.query(
	`select pg_relation_filenode('${name}') as n`)).rows[0].n));
const before = await files();
await db.exec('alter table calls alter status type state');
const after = await files();
const got = names.map((name, i) => `${name}: ${
	before[i] === after[i] ? 'kept' : 'new'}`);
console.log(got.join('\n'));
process.exit(got.join() === ['calls: kept', 'calls_pkey: kept', 'whole: kept',
	'partly: new', 'other: kept'].join() ? 0 : 1);
END
node run.mjs
