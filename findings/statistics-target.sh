#!/bin/bash
# A statistics target of 0 does not take away what ANALYZE has found before.
#
# Guess, before it was run: after ALTER TABLE ... ALTER c SET STATISTICS 0 the
# next ANALYZE leaves no statistics of c.
# Seen with PostgreSQL 18.7 (WebAssembly, @electric-sql/pglite 0.5.17) and with
# 15.18: ANALYZE passes c over, and its old row in pg_statistic stays, and is
# planned with, for good. A target of 1 first brings it to the least there is.
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
const values = async () => (await db.query('select coalesce(array_length(' +
	'most_common_vals::text::text[], 1), 0) as n from pg_stats ' +
	'where tablename = \'t\' and attname = \'c\'')).rows[0]?.n ?? 'none';
console.log((await db.query('show server_version')).rows[0].server_version);
await db.exec('create table t (c text); insert into t ' +
	'select \'v\' || i % 5 from generate_series(1, 1000) i; analyze t');
const got = [`at first: ${await values()}`];
await db.exec('alter table t alter c set statistics 0; analyze t');
got.push(`after a target of 0: ${await values()}`);
await db.exec('delete from t; analyze t');
got.push(`and with no row left: ${await values()}`);
console.log(got.join('\n'));
const want = ['at first: 5', 'after a target of 0: 5',
	'and with no row left: 5'];
process.exit(got.join() === want.join() ? 0 : 1);
END
node run.mjs
