#!/bin/bash
# PostgreSQL's jsonb does not take every zero that JSON has.
#
# Guess, before it was run: a JSON number that is zero is taken whatever its
# exponent says, since its value is 0 in every JSON reader.
# Seen with PostgreSQL 18.7 (WebAssembly, @electric-sql/pglite 0.5.17) and with
# 15.18: 0e-16383 is taken, and costs 16,385 characters each time it is read;
# 0e-16384 is refused with SQLSTATE 22003, "value overflows numeric format".
# So one harmless number makes a document unstorable, and a shorter one makes
# it long.
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
const read = async (json) => {
	try {
		const { rows } = await db.query('select length($1::jsonb::text) as n',
			[json]);
		return `${rows[0].n} characters`;
	} catch (error) {
		return error.code;
	}
};
console.log((await db.query('show server_version')).rows[0].server_version);
const got = [];
for (const json of ['0', '0e5', '0e-16383', '0e-16384', '0e99999'])
	got.push(`${json}: ${await read(json)}`);
console.log(got.join('\n'));
const want = ['0: 1 characters', '0e5: 1 characters',
	'0e-16383: 16385 characters', '0e-16384: 22003', '0e99999: 1 characters'];
process.exit(got.join() === want.join() ? 0 : 1);
END
node run.mjs
