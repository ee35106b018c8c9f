// Needs: pgbouncer
// PgBouncer in transaction mode, as Debian has it: 1.18 keeps no prepared
// statements, newer ones do. Either way no caller is told of it, and whatever
// ends a transaction on its one connection, no clinic is answered with
// another's rows, or nobody's.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { closing } from './lib/closing.js';
import { startPgbouncer } from './lib/pooler.js';
import { run, waitFor } from './lib/process.js';
import { send } from './lib/http.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { report } from './lib/vapi.js';
import { A, B, build, openWorld } from './lib/world.js';

const CALLERS = 200;
const ANSWERS = 200;	// of their own, at least, while so much is broken off
const BROKEN = 20;
const PATIENCE_MS = 120000;
const world = await openWorld({ simThreads: 320, settings: tenantSettings });
const { cluster } = world;
for (const tenant of [A, B])
	await world.connected(tenant);
const poolers = [];
after(async () => {
	for (const pooler of poolers)
		await pooler.program.stop('SIGINT').catch(() => {});
});

async function open(name, { pooler: more, ...settings } = {}) {
	const pooler = await startPgbouncer(cluster, { name, ...more });
	poolers.push(pooler);
	const conf = world.writeSettings(name, { ...world.settings(),
		DATABASE_URL: pooler.url('callward_intake'),
		DATABASE_TENANT_URL: pooler.url('callward_tenant'), ...settings });
	return { pooler, conf, ...await world.secondResponder(conf) };
}

const told = (program) =>
	program.log().split('event=statements_unnamed').length - 1;

const version = /PgBouncer (\d+)\.(\d+)/.exec((await run('pgbouncer',
	['--version'], { env: { PATH: `${process.env.PATH}:/usr/sbin` } }))
	.stdout).slice(1).map(Number);
const keeps = version[0] > 1 || version[1] >= 21;

test(`${CALLERS} callers, and none hears the apology`, async () => {
	const { port, program } = await open('crowd', { pooler: { size: 2 } });
	const answers = await Promise.all(Array.from({ length: CALLERS },
		() => world.arrive({ from: A.number }, { port })));
	const apologies = answers.filter((a) => a.verb !== 'Connect').length;
	assert.equal(apologies, 0, `${apologies} of ${CALLERS}`);
	assert.equal((await world.get('/readyz', { port })).status, 200);
	const row = await world.row(answers[0].callSid);
	assert.equal((await world.callback(report({ id: row.vapi_call_id,
		metadata: row.metadata }), { port })).status, 200);
	assert.equal(told(program), keeps ? 0 : 1);
	assert.equal(/callward migrate|database_away/.test(program.log()), false,
		program.log());
	if (!keeps)
		await waitFor(() => /PREPARED=no.*PgBouncer 1\.21/.test(program.log()),
			{ what: 'remedy' });
});

test('a statement that was prepared on another connection', async () => {
	const { port, program, pooler } = await open('elsewhere', { LANES: 1,
		DATABASE_TENANT_URL: undefined });
	assert.equal((await world.arrive({ from: A.number }, { port })).verb,
		'Connect');
	assert.equal(told(program), 0, 'it goes by name');
	// The pooler takes another connection for the same client.
	await pooler.tell('reconnect callward');
	await waitFor(async () => (await pooler.tell('show servers')).length === 0,
		{ what: 'end of its connections' });
	for (let i = 0; i < 5; i++)
		assert.equal((await world.arrive({ from: A.number }, { port })).verb,
			'Connect');
	assert.equal(told(program), keeps ? 0 : 1);
	assert.equal((await world.get('/readyz', { port })).status, 200);
	await pooler.program.stop('SIGINT');
});

test('PREPARED=no says nothing, and the doctor says to set it', async () => {
	const { port, program, conf } = await open('unnamed', { PREPARED: 'no' });
	assert.equal((await world.arrive({ from: A.number }, { port })).verb,
		'Connect');
	assert.equal(told(program), 0);
	const doctor = async (path) => {
		const done = await run(join(build, 'callward'), ['-c',
			world.operatorConf, 'doctor', '--responder', path]);
		return done.stdout.split('\n').filter((line) =>
			/^FAIL (database|dashboard)/.test(line));
	};
	assert.deepEqual(await doctor(conf), []);
	assert.deepEqual(await doctor(world.conf), [], 'nor without a pooler');
	const named = await doctor(join(world.dir, 'crowd.conf'));
	assert.equal(named.length, keeps ? 0 : 2, named.join('\n'));
	for (const line of named)
		assert.match(line, /pooler.*PREPARED=no.*PgBouncer 1\.21.*max_prep/);
});

// Two clinics at once -----------------------------------------------------

const ask = (port, user, method, path, body) => send({ port, method, path,
	headers: { Authorization: `Bearer ${makeToken(tenantKey,
		claims({ sub: user }))}`,
	...body === undefined ? {} : { 'Content-Type': 'application/json' } },
	body: body === undefined ? undefined : JSON.stringify(body) });

// What an answer of 200 may hold: all of these, and none of the other's.
const marks = Object.fromEntries([A, B].map(({ user, number }) =>
	[user, [user, number, `Name of ${user}`]]));

async function judge(tally, answer, user, mark) {
	const other = user === A.user ? B.user : A.user;

	if (answer.status >= 500)
		tally.refused++;
	else if (marks[other].some((text) => answer.body.includes(text)))
		tally.others++;
	else if (answer.status >= 300 || !answer.body.includes(mark))
		tally.nobodys++;
	else
		tally.own++;
}

// A client that leaves in the middle, as a browser whose tab is closed.
function leaveSoon(port, user) {
	return Promise.race([ask(port, user, 'GET', '/api/calls'), sleep(2)])
		.catch(() => {});
}

for (const prepared of ['yes', 'no']) {
	test(`two clinics over one connection, PREPARED=${prepared}`,
		async (t) => {
			const { port, program, pooler } = await open(`two-${prepared}`,
				{ PREPARED: prepared, TENANT_CONNECTIONS: 8 });
			for (const { user } of [A, B])
				await ask(port, user, 'POST', '/api/intents',
					{ name: `Name of ${user}` });
			const tally = { own: 0, others: 0, nobodys: 0, refused: 0 };
			let done = false, broken = 0;
			// Now and then what runs is cancelled, or its connection ended.
			const breaking = (async () => {
				for (let i = 0; !done; i++) {
					const what = i % 10 === 9 ? 'pg_terminate_backend' :
						'pg_cancel_backend';
					broken += (await cluster.query(`select ${what}(pid) ` +
						'from pg_stat_activity where usename = ' +
						'\'callward_tenant\' and state <> \'idle\'')).length;
					await sleep(Math.random() * 100);
				}
			})();
			const round = () => Promise.all([A, B].flatMap(
				({ user, number }) => [
					['/api/calls', number],
					['/api/me', user],
					['/api/phone-numbers', number],
					['/api/intents', `Name of ${user}`],
				].map(async ([path, mark]) => judge(tally,
					await ask(port, user, 'GET', path), user, mark))
					.concat(leaveSoon(port, user),
						// A statement that fails, and takes its flight along.
						ask(port, user, 'POST', '/api/intents',
							{ name: `Name of ${user}` }))));
			const until = Date.now() + PATIENCE_MS;
			while ((tally.own < ANSWERS || broken < BROKEN) &&
				Date.now() < until)
				await round();
			done = true;
			await breaking;
			t.diagnostic(`${JSON.stringify(tally)}, ${broken} broken off`);
			const [{ count }] = await cluster.query('select count(*) from ' +
				'pg_stat_activity where usename = \'callward_tenant\' ' +
				'and application_name = \'callward-dashboard\'');
			assert.ok(count <= 1 + 1, `${count} connections`);
			assert.equal(program.log().includes('wrong_tenant'), false);
			assert.equal(tally.others, 0);
			assert.equal(tally.nobodys, 0);
			assert.ok(tally.own >= ANSWERS && broken >= BROKEN,
				JSON.stringify({ ...tally, broken }));
			await pooler.program.stop('SIGINT');
		});
}

closing(world);
