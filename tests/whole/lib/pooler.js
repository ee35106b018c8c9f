// Between the responder and PostgreSQL: PgBouncer of the system, and a stand-in
// for poolers that take a flight apart.
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { start, waitForListener } from './process.js';

// An address of the cluster, in another folder.
const through = (cluster, role, dir) => cluster.url(role)
	.replace(/host=.*/, `host=${dir}`);

// settings  of the pooler, more than these
export async function startPgbouncer(cluster, { name = 'pgbouncer',
	size = 1, settings = {} } = {}) {
	const dir = join(cluster.dir, name);
	mkdirSync(dir, { mode: 0o755 });
	writeFileSync(join(dir, 'users.txt'), Object.entries(cluster.passwords)
		.map(([role, password]) => `"${role}" "${password}"\n`).join(''));
	const lines = { listen_port: 5432, unix_socket_dir: dir,
		auth_type: 'scram-sha-256', auth_file: join(dir, 'users.txt'),
		admin_users: 'postgres',
		pool_mode: 'transaction', default_pool_size: size,
		max_client_conn: 500, server_login_retry: 1, ...settings };
	writeFileSync(join(dir, 'pgbouncer.ini'), '[databases]\n' +
		`callward = host=${cluster.socketDir}\n[pgbouncer]\n` +
		Object.entries(lines).map(([key, value]) =>
			`${key} = ${value}\n`).join(''));
	// It leaves its socket in a folder of its own user.
	if (process.getuid() === 0)
		chownSync(dir, ...cluster.owner());
	const [command, ...args] = [...cluster.as, 'pgbouncer',
		join(dir, 'pgbouncer.ini')];
	const program = await start({ name, command, args, dir: cluster.dir,
		env: { PATH: `${process.env.PATH}:/usr/sbin` },
		ready: () => waitForListener(join(dir, '.s.PGSQL.5432'),
			{ timeoutMs: 20000 }).then(() => true) });
	return { dir, program, url: (role) => through(cluster, role, dir),
		// A command of its console.
		async tell(text) {
			const client = new pg.Client({ host: dir, port: 5432,
				user: 'postgres', database: 'pgbouncer',
				password: cluster.passwords.postgres });
			await client.connect();
			try {
				return (await client.query(text)).rows;
			} finally {
				await client.end();
			}
		} };
}

// The messages of one direction, one by one. bare: the first has no type.
function messages(bare, each) {
	let bytes = Buffer.alloc(0);
	return (data) => {
		bytes = Buffer.concat([bytes, data]);
		for (;;) {
			const head = bare ? 0 : 1;
			if (bytes.length < head + 4)
				return;
			const length = head + bytes.readUInt32BE(head);
			if (bytes.length < length)
				return;
			each(bare ? '' : String.fromCharCode(bytes[0]),
				bytes.subarray(0, length));
			bytes = bytes.subarray(length);
			bare = false;
		}
	};
}

const SYNC = Buffer.from([0x53, 0, 0, 0, 4]);

// As Pgpool-II in raw mode: each statement of a flight is a transaction of its
// own, and nobody is told. apart(): does it, now?
export async function startSplitter(cluster, { apart = () => true } = {}) {
	const dir = join(cluster.dir, 'splitter');
	mkdirSync(dir, { mode: 0o755 });
	const sockets = new Set();
	const server = createServer((client) => {
		const behind = connect(join(cluster.socketDir, '.s.PGSQL.5432'));
		const ours = [];	// of each Sync on its way: is it ours?
		for (const [one, other] of [[client, behind], [behind, client]]) {
			sockets.add(one);
			one.on('error', () => other.destroy());
			one.on('close', () => {
				sockets.delete(one);
				other.destroy();
			});
		}
		client.on('data', messages(true, (type, message) => {
			behind.write(message);
			if (type === 'S')
				ours.push(false);
			if (type === 'E' && apart()) {
				ours.push(true);
				behind.write(SYNC);
			}
		}));
		behind.on('data', messages(false, (type, message) => {
			if (type !== 'Z' || !ours.shift())
				client.write(message);
		}));
	});
	await new Promise((resolve) =>
		server.listen(join(dir, '.s.PGSQL.5432'), resolve));
	server.unref();
	return { dir, url: (role) => through(cluster, role, dir),
		stop: () => new Promise((resolve) => {
			for (const socket of sockets)
				socket.destroy();
			server.close(resolve);
		}) };
}
