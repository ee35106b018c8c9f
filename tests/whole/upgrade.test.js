// The functions are replaced while the responder serves: what fits goes on, and
// nobody hears of it; what does not is refused before a process is replaced.
//
// CALLWARD_OTHER_BUILD names the build folder, in its source tree, of another
// version: then two programs serve, each on the functions of the other.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, readFileSync, readdirSync, rmSync,
	writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { A, openWorld, source } from './lib/world.js';

const EVERY_MS = 20;	// 50 calls a second
const world = await openWorld();
const ours = join(source, 'sql');
const version = 100 + readdirSync(join(ours, 'migrations')).length;
const newer = `0${version}_newer.sql`;

const migrate = (dir) => world.command('migrate', '--dir', dir);
const readiness = async () => {
	const { status, body } = await world.get('/readyz');
	return { status, functions: JSON.parse(body).functions };
};

// Another version's folder of SQL: what change says of each function, and a
// migration more.
function otherSql(name, change, migration) {
	const dir = join(world.dir, name);
	rmSync(dir, { recursive: true, force: true });
	cpSync(ours, dir, { recursive: true });
	for (const folder of readdirSync(join(dir, 'functions')))
		for (const file of readdirSync(join(dir, 'functions', folder)))
			change(file.slice(0, -'.sql'.length),
				join(dir, 'functions', folder, file));
	if (migration !== undefined)
		writeFileSync(join(dir, 'migrations', migration), 'select 1;\n');
	return dir;
}

const edit = (path, pattern, by) => {
	const text = readFileSync(path, 'utf8');
	assert.match(text, pattern);
	writeFileSync(path, text.replace(pattern, by));
};

// Calls that come at their times, whatever became of those before, until done.
async function callsUntil(done, more) {
	const calls = [];
	let over = false;
	done = done.finally(() => over = true);
	const began = performance.now();
	while (!over || calls.length < 50) {
		const at = performance.now();
		calls.push(world.arrive({ from: A.number }, more).then((answer) => ({
			verb: answer.verb, ms: performance.now() - at })));
		await sleep(Math.max(0, began + calls.length * EVERY_MS -
			performance.now()));
	}
	await done;
	return Promise.all(calls);
}

test('functions, triggers and rights are replaced while calls come, and ' +
	'nobody hears of it',
	async (t) => {
		const all = otherSql('all', (name, path) =>
			appendFileSync(path, '-- another version\n'));
		// Who changes these one by one deadlocks with calls.
		for (const file of ['triggers.sql', 'access.sql'])
			appendFileSync(join(all, file), '-- another version\n');
		const calls = await callsUntil((async () => {
			for (let i = 0; i < 3; i++) {
				assert.match(await migrate(all), /^\d+ functions$/m);
				assert.match(await migrate(ours), /^\d+ functions$/m);
			}
		})());
		assert.deepEqual(calls.filter((call) => call.verb !== 'Connect'), []);
		const longest = Math.max(...calls.map((call) => call.ms));
		t.diagnostic(`${calls.length} calls while 6 sets of functions were ` +
			`applied, the longest waited ${Math.round(longest)} ms`);
	});

test('functions of another version are told and refuse nothing', async () => {
	assert.deepEqual(await readiness(),
		{ status: 200, functions: undefined });
	await migrate(otherSql('other', (name, path) => {
		if (name === 'ping')
			appendFileSync(path, '-- another version\n');
	}));
	assert.deepEqual(await readiness(), { status: 200, functions: 'other' });
	const second = await world.secondResponder();
	assert.equal((await world.arrive({ from: A.number },
		{ port: second.port })).verb, 'Connect');
	const told = () => second.program.log().split('event=functions_other')
		.length - 1;
	await waitFor(() => told() > 0, { what: 'line' });
	assert.equal(told(), 1, 'told once');
	assert.equal((await world.check(world.conf)).status, 0);
	await second.program.stop();
	await migrate(ours);
	assert.deepEqual(await readiness(),
		{ status: 200, functions: undefined });
});

test('a database with a newer migration is served on', async () => {
	await migrate(otherSql('newer', () => {}, newer));
	const second = await world.secondResponder();
	for (const port of [world.port, second.port]) {
		assert.equal((await world.arrive({ from: A.number }, { port }))
			.verb, 'Connect');
		assert.equal((await world.get('/readyz', { port })).status, 200);
	}
	assert.equal((await world.check(world.conf)).status, 0);
	await second.program.stop();
	await world.cluster.query('delete from callward.schema_migrations ' +
		'where version = $1', [version]);
	await migrate(ours);
});

test('a function that answers in another type is asked once more',
	async () => {
		const since = await world.now();
		const status = (await world.callback('{')).status;
		await migrate(otherSql('typed', (name, path) => {
			if (name === 'record_event')
				edit(path, /returns uuid/, 'returns text');
		}));
		for (let i = 0; i < 8; i++)
			assert.equal((await world.callback('{')).status, status);
		assert.equal((await world.inbox(since)).length, 9);
		await migrate(ours);
		assert.equal((await world.callback('{')).status, status);
	});

test('where one has other parameters, -t is 78 and the process goes on',
	async () => {
		await migrate(otherSql('parameters', (name, path) => {
			if (name === 'find_answer')
				edit(path, /find_answer\(\s*call_sid text/,
					'find_answer(mine boolean, call_sid text');
		}));
		const checked = await world.check(world.conf);
		assert.equal(checked.status, 78, checked.stdout);
		assert.equal(checked.stdout, '');
		assert.match(checked.stderr, /statement find_answer does not fit/);
		assert.equal((await world.arrive({ from: A.number })).verb, 'Connect');
		assert.deepEqual(await readiness(),
			{ status: 200, functions: 'other' });
		await migrate(ours);
		assert.equal((await world.check(world.conf)).status, 0);
	});

const other = process.env.CALLWARD_OTHER_BUILD;
if (other !== undefined)
	test('two versions serve, each on the functions of the other', async (t) => {
		const theirs = join(other, '..', 'sql');
		const noneIsTold = (calls, who) => {
			assert.deepEqual(calls.filter((call) =>
				call.verb !== 'Connect'), [], who);
			t.diagnostic(`${who}: ${calls.length} calls, the longest ` +
				`waited ${Math.round(Math.max(...calls.map((call) =>
					call.ms)))} ms`);
		};
		noneIsTold(await callsUntil(migrate(theirs)), 'while functions come');
		assert.deepEqual(await readiness(),
			{ status: 200, functions: 'other' });
		noneIsTold(await callsUntil(sleep(2000)), 'on theirs');
		await migrate(ours);
		assert.equal((await world.check(world.conf, other)).status, 0);
		const { port } = await world.secondResponder(world.conf,
			{ from: other });
		assert.match((await world.get('/readyz', { port })).body,
			/"functions":"other"/);
		noneIsTold(await callsUntil(sleep(2000), { port }),
			'their program on ours');
	});

closing(world);
