// The dashboard on a server that only follows another: what reads is answered,
// and who has read stands in the log, since the audit takes no line there.
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

const statuses = async () => {
	const found = [];
	for (const path of NOTED)
		found.push((await ask(path)).status);
	return found;
};
const before = await statuses();

test('a standby serves what reads, 503 what writes, and logs who has read',
	async () => {
		writeFileSync(signal, '', { mode: 0o644 });
		await restart();
		const [{ standby }] = await world.cluster.query(
			'select pg_is_in_recovery() as standby');
		assert.equal(standby, true);
		for (const path of READS)
			assert.equal((await ask(path)).status, 200, path);
		assert.deepEqual([before[0], before[2]], [200, 200]);
		assert.deepEqual(await statuses(), before);
		for (const told of [`action=read_call subject=${row.id}`,
			`action=play_recording subject=${row.id}`,
			'action=export_calls subject=calls.csv'])
			await waitFor(() => new RegExp('event=read id=[0-9a-f-]+ ' +
				`tenant=user_a actor=user_a ${told}$`, 'm')
				.test(world.responder.log()), { what: told });
		const changed = await ask(`/api/calls/${row.id}`, { method: 'PATCH',
			body: '{"notes":"x"}' });
		assert.equal(changed.status, 503);
	});

test('the primary serves all of it', async () => {
	rmSync(signal);
	await restart();
	const told = world.responder.log().match(/event=read /g).length;
	assert.deepEqual(await statuses(), before);
	assert.equal(world.responder.log().match(/event=read /g).length, told,
		'the audit has them here');
});

closing(world);
