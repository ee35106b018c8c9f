#!/bin/bash
# An SQL function that is declared immutable is not inlined when its body calls
# concat, and is when the body says the same with ||.
#
# Guess, before it was run: the declaration is a promise that PostgreSQL takes
# as it stands, so that a single expression is inlined whatever it calls.
# Seen with PostgreSQL 18.7 (WebAssembly, @electric-sql/pglite 0.5.17) and with
# Debian's 15.18: a body may not be less stable than its function says, and
# concat is only stable, since it formats values of any type. EXPLAIN VERBOSE
# shows a call of the function for concat, and the expression itself for ||. A
# function that was called for each webhook took 65 us for that. Nothing tells:
# the answers are the same.
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
await db.exec('create table calls (sender text, recipient text)');
const bodies = { concat: 'concat(a, b)', operator: 'a || b' };
const got = [];
for (const [name, body] of Object.entries(bodies)) {
	await db.exec(`create function by_${name}(a text, b text) returns text
		language sql immutable return ${body}`);
	const plan = (await db.query(`explain (verbose, costs off)
		select by_${name}(sender, recipient) from calls`)).rows
		.map((row) => row['QUERY PLAN']).join(' ');
	console.log(plan);
	got.push(plan.includes(`by_${name}(`) ? 'called' : 'inlined');
}
console.log(got.join('\n'));
process.exit(got.join() === 'called,inlined' ? 0 : 1);
END
node run.mjs
