// A private PostgreSQL cluster: a socket in a folder, never a port; as user
// postgres when the tests run as root.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync,
	readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { run, start, waitFor } from './process.js';

// count(*) and whole rows as they are, not as dates and numbers of JavaScript.
pg.types.setTypeParser(20, Number);
pg.types.setTypeParser(1184, (text) => text);

const ROLES = ['callward_operator', 'callward_intake', 'callward_tenant'];

// CALLWARD_PG_BIN, or the newest that is installed.
function programs() {
	if (process.env.CALLWARD_PG_BIN)
		return process.env.CALLWARD_PG_BIN;
	const root = '/usr/lib/postgresql';
	const versions = existsSync(root) ? readdirSync(root) : [];
	const newest = versions.sort((a, b) => Number(b) - Number(a))
		.find((v) => existsSync(join(root, v, 'bin/postgres')));
	if (newest !== undefined)
		return join(root, newest, 'bin');
	return execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' })
		.trim();
}

function idOf(flag, user) {
	return Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
}

async function must(program, args, options) {
	const done = await run(program, args, options);
	if (done.status !== 0)
		throw new Error(`${program}: ${done.stderr}`);
}

function isAlive(pid) {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

// Whether it is for this process to make what will be kept, and not there.
function claim(template) {
	const maker = `${template}.maker`;
	return waitFor(() => {
		if (existsSync(template))
			return 'kept';
		try {
			writeFileSync(maker, String(process.pid), { flag: 'wx' });
			return 'claimed';
		} catch {
			if (!isAlive(Number(readFileSync(maker, 'utf8'))))
				rmSync(maker, { force: true });
			return null;
		}
	}, { what: template, timeoutMs: 60000 })
		.then((state) => state === 'claimed');
}

export class Cluster {
	// settings  more for postgresql.conf
	constructor(dir, settings = {}) {
		this.dir = dir;
		this.settings = settings;
		this.data = join(dir, 'pg');
		this.socketDir = join(dir, 's');
		this.bin = programs();
		this.passwords = Object.fromEntries(['postgres', ...ROLES]
			.map((role) => [role, randomBytes(16).toString('hex')]));
		this.pools = new Map();
		this.as = [];
		if (process.getuid() === 0)
			this.as = ['setpriv', '--reuid=postgres', '--regid=postgres',
				'--init-groups'];
	}

	// Whom its folders belong to, where the tests run as root.
	owner() {
		return [idOf('-u', 'postgres'), idOf('-g', 'postgres')];
	}

	command(program, args) {
		const [first, ...rest] = [...this.as, join(this.bin, program),
			...args];
		return [first, rest];
	}

	makeFolders() {
		for (const dir of [this.data, this.socketDir]) {
			mkdirSync(dir, { mode: dir === this.data ? 0o700 : 0o755 });
			if (process.getuid() === 0)
				chownSync(dir, ...this.owner());
		}
	}

	async make() {
		const passwordFile = join(this.dir, 'pgpw');
		this.makeFolders();
		writeFileSync(passwordFile, this.passwords.postgres, { mode: 0o644 });
		await must(...this.command('initdb', ['-D', this.data,
			'--username=postgres', '--auth=scram-sha-256',
			`--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C',
			'--wal-segsize=1', '--no-sync', '--no-instructions']),
		{ cwd: this.dir });
	}

	// Keep what a cluster that stands still holds, for copy(); who comes second
	// keeps nothing.
	async keep(template) {
		const folder = mkdtempSync(`${template}-`);
		await must('cp', ['-a', this.data, join(folder, 'pg')]);
		writeFileSync(join(folder, 'passwords'),
			JSON.stringify(this.passwords), { mode: 0o600 });
		try {
			renameSync(folder, template);
		} catch {
			rmSync(folder, { recursive: true });
		}
	}

	// Be a copy of what was kept, also by somebody who is about to; false: it
	// is for us to make and keep.
	async copy(template) {
		if (await claim(template))
			return false;
		this.makeFolders();
		this.passwords = JSON.parse(readFileSync(join(template,
			'passwords'), 'utf8'));
		await must('cp', ['-a', '--reflink=auto', `${template}/pg/.`,
			this.data]);
		return true;
	}

	async start() {
		const settings = { listen_addresses: '',
			unix_socket_directories: this.socketDir, max_connections: 60,
			shared_buffers: '32MB', log_min_messages: 'fatal', timezone: 'UTC',
			...this.settings };
		const [command, args] = this.command('postgres', ['-D', this.data,
			...Object.entries(settings)
				.flatMap(([name, value]) => ['-c', `${name}=${value}`])]);
		this.program = await start({ name: 'postgres', command, args,
			dir: this.dir, timeoutMs: 30000,
			ready: () => this.query('select 1', [], 'postgres', 'postgres')
				.then(() => true, () => false) });
	}

	// Away, as after a crash of its machine: connections end at once.
	async stop() {
		await Promise.all([...this.pools.values()].map((p) => p.end()));
		this.pools.clear();
		await this.program.stop('SIGINT', 20000);
	}

	// Every process of it stands still (SIGSTOP), or goes on (SIGCONT).
	signal(signal) {
		const { pid } = this.program;
		const pids = readdirSync('/proc').filter((name) => {
			try {
				return /^[0-9]+$/.test(name) && Number(readFileSync(
					`/proc/${name}/stat`, 'utf8')
					.replace(/^.*\) /s, '').split(' ')[1]) === pid;
			} catch {
				return false;
			}
		});
		// The postmaster first, so that it starts none meanwhile.
		for (const one of [pid, ...pids.map(Number)])
			try {
				process.kill(one, signal);
			} catch {}
	}

	url(role) {
		return `postgresql://${role}:${this.passwords[role]}@/callward` +
			`?host=${this.socketDir}`;
	}

	pool(role, database) {
		const key = `${role} ${database}`;
		if (!this.pools.has(key)) {
			const pool = new pg.Pool({ host: this.socketDir, database,
				user: role, password: this.passwords[role], max: 4 });
			// A connection that ended while idle is made anew.
			pool.on('error', () => {});
			this.pools.set(key, pool);
		}
		return this.pools.get(key);
	}

	// Rows of one statement; as the superuser unless a role is named.
	async query(text, params = [], role = 'postgres',
		database = 'callward') {
		return (await this.pool(role, database).query(text, params)).rows;
	}

	// The same as a role that acts for a tenant; null: for none.
	async asTenant(tenant, text, params = [], role = 'callward_tenant') {
		const client = await this.pool(role, 'callward').connect();
		try {
			await client.query('begin');
			if (tenant !== null)
				await client.query('select set_config(' +
					'\'request.jwt.claims\', $1, true)',
				[JSON.stringify({ sub: tenant })]);
			return (await client.query(text, params)).rows;
		} finally {
			await client.query('rollback');
			client.release();
		}
	}

	async createDatabase() {
		const ask = (text) => this.query(text, [], 'postgres', 'postgres');
		await ask('create role callward_operator login createrole ' +
			`password '${this.passwords.callward_operator}'`);
		await ask('create database callward owner callward_operator');
	}

	async setPasswords() {
		for (const role of ['callward_intake', 'callward_tenant'])
			await this.query(`alter role ${role} password ` +
				`'${this.passwords[role]}'`);
	}

	// No call waits for its words any more, where a responder makes them.
	indexed() {
		return waitFor(async () => (await this.query(`select from
			pg_stat_activity, callward.to_index
			where application_name = 'callward-words' limit 1`)).length === 0,
		{ what: 'words of all calls', timeoutMs: 30000 });
	}

	// The tenant's calls get the words of their transcripts at once, past the
	// queue: small letters with a space between two.
	async giveWords(tenant) {
		await this.query('delete from callward.to_index where user_id = $1',
			[tenant]);
		await this.query(`update public.calls set search_words =
			callward.search_words(user_id, created_at, array[
				caller_phone_number, assistant_phone_number], tags, intent,
				array(select callward.word_place(user_id, created_at) || w
					from string_to_table(transcript, ' ') w))
			where user_id = $1`, [tenant]);
	}

	// What stands in every table: {table: "rows checksum"}. Two that are
	// equal say that nothing was written in between: who writes a row, be it
	// the same, makes another version of it.
	async fingerprint() {
		await this.indexed();
		const [{ text }] = await this.query(
			`select string_agg(format('select %L as name, (select count(*) ||
				'' '' || coalesce(md5(string_agg(ctid || '' '' || xmin, '' ''
				order by ctid)), '''')
				from %I.%I) as print', schemaname || '.' || tablename,
				schemaname, tablename), ' union all ' order by schemaname,
				tablename) as text
			from pg_tables where schemaname in ('public', 'callward')`);
		return Object.fromEntries((await this.query(text))
			.map(({ name, print }) => [name, print]));
	}
}
