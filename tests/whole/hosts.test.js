// What stands between the responder and its database: a host that takes the
// connection and says nothing, and a pooler that takes transactions apart.
// Waits: for hosts that say nothing
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { startSplitter } from './lib/pooler.js';
import { run, waitFor } from './lib/process.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { A, B, build, openWorld } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings });
const { cluster } = world;
await world.connected(A);

const ask = (port, user, path, method = 'GET', body = undefined) => send({
	port, method, path, body, headers: {
		Authorization: `Bearer ${makeToken(tenantKey, claims({ sub: user }))}`,
		...body === undefined ? {} : { 'Content-Type': 'application/json' } } });

async function doctor(conf) {
	const done = await run(join(build, 'callward'), ['-c',
		world.operatorConf, 'doctor', '--responder', conf]);
	return done.stdout.split('\n').filter((line) =>
		/^FAIL (database|dashboard)/.test(line));
}

// The kernel takes connections for it, and nobody reads them.
async function silentHost() {
	const sockets = new Set();
	const server = createServer({ pauseOnConnect: true },
		(socket) => sockets.add(socket));
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	server.unref();
	after(() => {
		for (const socket of sockets)
			socket.destroy();
		server.close();
	});
	return { port: server.address().port, asked: () => sockets.size };
}

test('a first host that says nothing is passed over', async () => {
	const silent = await silentHost();
	const url = (role) => `host=127.0.0.1,${cluster.socketDir} ` +
		`port=${silent.port},5432 dbname=callward user=${role} ` +
		`password=${cluster.passwords[role]} target_session_attrs=read-write`;
	const conf = world.writeSettings('silent', { ...world.settings(),
		DATABASE_URL: url('callward_intake'),
		DATABASE_TENANT_URL: url('callward_tenant') });
	const { port } = await world.secondResponder(conf);
	assert.equal((await world.arrive({ from: A.number }, { port })).verb,
		'Connect');
	const page = await ask(port, A.user, '/api/calls');
	assert.equal(page.status, 200, page.body);
	assert.ok(page.body.includes(A.number));
	assert.ok(silent.asked() >= 2, 'it was asked first');
	assert.deepEqual(await doctor(conf), []);
});

test('a statement that ran without its tenant is answered to nobody',
	async () => {
		const pooler = await startSplitter(cluster);
		after(() => pooler.stop());
		const conf = world.writeSettings('apart', { ...world.settings(),
			PREPARED: 'no', DATABASE_URL: pooler.url('callward_intake'),
			DATABASE_TENANT_URL: pooler.url('callward_tenant') });
		const { port, program } = await world.secondResponder(conf);
		assert.equal((await world.arrive({ from: A.number }, { port })).verb,
			'Connect', 'callers are served: their statements set it');
		const before = await cluster.fingerprint();
		for (const user of [A.user, B.user])
			for (const path of ['/api/calls', '/api/calls.csv', '/api/me',
				'/api/phone-numbers', '/api/assistants', '/api/intents',
				'/api/subscription', '/api/working-hours', '/api/assistant-tests',
				'/api/analytics?since=2026-01-01T00:00:00Z' +
					'&until=2026-02-01T00:00:00Z&timezone=UTC',
				'/api/calls/0190b8a0-0000-7000-8000-000000000000',
				'/api/intents/0190b8a0-0000-7000-8000-000000000000']) {
				const answer = await ask(port, user, path);
				assert.equal(answer.status, 503, `${path} ${answer.body}`);
			}
		assert.equal((await ask(port, A.user, '/api/intents', 'POST',
			'{"name":"Lost"}')).status, 503);
		assert.deepEqual(await cluster.fingerprint(), before);
		const wrong =
			/event=wrong_tenant .*tenant_calls: its transaction was not/;
		await waitFor(() => wrong.test(program.log()), { what: 'line' });
		const said = await doctor(conf);
		assert.equal(said.length, 1, said.join('\n'));
		assert.match(said[0], /transactions apart.*Pgpool-II/);
	});

closing(world);
