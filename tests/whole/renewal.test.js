// Connections that are CONNECTION_MAX_AGE old are replaced, one at a time, and
// nobody who calls or reads meanwhile notices; nor where no other can be had.
import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { run, waitFor } from './lib/process.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { A, B, openWorld } from './lib/world.js';

const LANES = 2, TENANTS = 6;
const MANY = 12;	// backends of each login
const PATIENCE_MS = 120000;
const world = await openWorld({ settings: { ...tenantSettings, LANES,
	TENANT_CONNECTIONS: TENANTS, CONNECTION_MAX_AGE: 1 } });
const { cluster } = world;
const KINDS = 3; // of connections: lanes, the dashboard's, that of words
const log = () => world.responders[0].log();
const told = (event) => log().split(`event=${event}`).length - 1;

const read = ({ user }, path = '/api/calls') => send({ port: world.port,
	method: 'GET', path, headers: { Authorization:
		`Bearer ${makeToken(tenantKey, claims({ sub: user }))}` } });

// Calls of both clinics, and pages of both, all at once.
async function round() {
	const [answers, pages] = await Promise.all([
		Promise.all([A, B, A, B].map(({ number }) =>
			world.arrive({ from: number }))),
		Promise.all([A, B].flatMap((tenant) =>
			Array(TENANTS / 2).fill(tenant)).map((tenant) => read(tenant)))]);
	for (const { status, verb } of answers)
		assert.deepEqual([status, verb], [200, 'Connect']);
	for (const { status, body } of pages)
		assert.equal(status, 200, body);
}

// The backends of a login, as "role pid": a pid may come again, in theory.
const backends = async (role) => (await cluster.query('select pid, ' +
	'backend_start from pg_stat_activity where usename = $1 and ' +
	'application_name in (\'callward\', \'callward-dashboard\')', [role]))
	.map(({ pid, backend_start: since }) => `${pid} ${since}`);

async function metric(name) {
	const { body } = await world.get('/metrics');
	return Number(new RegExp(`^callward_${name} (\\d+)$`, 'm').exec(body)[1]);
}

// Go on until each login had so many backends, one after the other; the most
// that both had at a time.
async function serveThrough(many) {
	const seen = { callward_intake: new Set(), callward_tenant: new Set() };
	const until = Date.now() + PATIENCE_MS;
	let most = 0;
	while (Object.values(seen).some(({ size }) => size < many) &&
		Date.now() < until) {
		await round();
		let now = 0;
		for (const [role, all] of Object.entries(seen))
			for (const one of await backends(role)) {
				all.add(one);
				now++;
			}
		most = Math.max(most, now);
	}
	for (const [role, { size }] of Object.entries(seen))
		assert.ok(size >= many, `${role}: ${size} backends`);
	return most;
}

test('every connection is renewed many times, and nobody notices', async () => {
	const most = await serveThrough(MANY);
	// One more than there are; one that was let go is seen for a moment.
	assert.ok(most <= LANES + 1 + TENANTS + 2, `${most} at a time`);
	assert.ok(await metric('database_renewals_total') >= MANY);
	assert.ok(await metric('database_connects_total') <= LANES + 1,
		'a lane does not connect by itself');
	for (const event of ['database_away', 'dashboard_database_away',
		'connection_not_renewed'])
		assert.equal(told(event), 0, event);
});

test('connections that nobody uses are renewed, too', async () => {
	const before = { callward_intake: await backends('callward_intake'),
		callward_tenant: await backends('callward_tenant') };
	for (const [role, old] of Object.entries(before))
		await waitFor(async () => {
			const now = await backends(role);
			return old.every((one) => !now.includes(one));
		}, { what: `other backends of ${role}`, timeoutMs: PATIENCE_MS });
});

test('where no other can be had the old ones serve', async () => {
	const limit = async (n) => {
		for (const role of ['callward_intake', 'callward_tenant'])
			await cluster.query(`alter role ${role} connection limit ${n}`);
	};
	await round();
	await limit(1);
	await waitFor(() => told('connection_not_renewed') === KINDS,
		{ what: 'a line of each kind', timeoutMs: PATIENCE_MS });
	const renewed = await metric('database_renewals_total');
	const refused = () => cluster.program.log().split('too many connections').length;
	const before = refused();
	await waitFor(async () => {
		await round();
		return refused() >= before + 6;
	}, { what: 'further attempts', timeoutMs: PATIENCE_MS });
	assert.equal(await metric('database_renewals_total'), renewed);
	assert.equal(told('connection_not_renewed'), KINDS, 'said once');
	await limit(-1);
	await waitFor(() => told('connection_renewed') === KINDS,
		{ what: 'all to be let in', timeoutMs: PATIENCE_MS });
	await serveThrough(MANY);
	for (const event of ['database_away', 'dashboard_database_away'])
		assert.equal(told(event), 0, event);
});

// A zone of which nothing else here makes use; its file is replaced in a mount
// namespace that the server has to itself.
test('what tzdata changes reaches the dashboard', async (t) => {
	const system = '/usr/share/zoneinfo', rules = join(world.dir, 'zoneinfo');
	const apart = ['unshare', '-m', 'sh', '-c',
		`mount --bind ${rules} ${system} && exec "$@"`, 'sh'];
	await run('cp', ['-a', system, rules]);
	const possible = await run(apart[0], [...apart.slice(1), 'true']);
	if (possible.status !== 0) {
		t.skip('no mount namespace for the server: this wants root');
		return;
	}
	await cluster.stop();
	cluster.as = [...apart, ...cluster.as];
	await cluster.start();
	const figures = () => read(A, '/api/analytics?tz=Europe/Andorra');
	await waitFor(async () => (await figures()).status === 200,
		{ what: 'the database', timeoutMs: PATIENCE_MS });
	const hours = async () =>
		JSON.stringify(JSON.parse((await figures()).body).hours);
	const before = await hours();
	rmSync(join(rules, 'Europe/Andorra'));
	copyFileSync(join(system, 'Asia/Tokyo'), join(rules, 'Europe/Andorra'));
	const [{ same }] = await cluster.query('select now() at time zone ' +
		'\'Europe/Andorra\' = now() at time zone \'Asia/Tokyo\' as same');
	if (!same) {
		t.skip('this PostgreSQL brings rules of its own');
		return;
	}
	await waitFor(async () => await hours() !== before,
		{ what: 'the new rules', timeoutMs: PATIENCE_MS });
});

closing(world);
