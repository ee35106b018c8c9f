// The dashboard on a server that only follows another: what reads is answered,
// and what leaves a line about who has read is away for a while, not broken.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { report } from './lib/vapi.js';
import { A, openWorld } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings });
const signal = join(world.cluster.data, 'standby.signal');
const row = await world.connected(A);
await world.callback(report({ id: row.vapi_call_id, metadata: row.metadata }));

const ask = (path, more = {}) => world.get(path, { ...more, headers: {
	Authorization: `Bearer ${makeToken(tenantKey, claims({ sub: A.user }))}`,
	'Content-Type': 'application/json' } });
const READS = ['/api/calls', '/api/me', '/api/analytics', '/api/phone-numbers'];
const NOTED = [`/api/calls/${row.id}`, `/api/calls/${row.id}/recording`,
	'/api/calls.csv'];

async function restart() {
	await world.cluster.stop();
	await world.cluster.start();
	await waitFor(async () => (await ask('/api/calls')).status === 200,
		{ what: 'the list again' });
}

test('a standby serves what only reads, and 503 for what is noted',
	async () => {
		writeFileSync(signal, '', { mode: 0o644 });
		await restart();
		const [{ standby }] = await world.cluster.query(
			'select pg_is_in_recovery() as standby');
		assert.equal(standby, true);
		for (const path of READS)
			assert.equal((await ask(path)).status, 200, path);
		for (const path of NOTED)
			assert.equal((await ask(path)).status, 503, path);
		const changed = await ask(`/api/calls/${row.id}`, { method: 'PATCH',
			body: '{"notes":"x"}' });
		assert.equal(changed.status, 503);
	});

test('the primary serves all of it', async () => {
	rmSync(signal);
	await restart();
	for (const path of NOTED)
		assert.notEqual((await ask(path)).status, 503, path);
	assert.equal((await ask(`/api/calls/${row.id}`)).status, 200);
});

closing(world);
