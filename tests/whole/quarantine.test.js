// What belongs to nobody is kept whole, and only the holder of the keys reads
// it again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { openWorld } from './lib/world.js';

const world = await openWorld();
const body = '{"message":{"type":"end-of-call-report","transcript":"Zahnärzte"';

async function quarantined() {
	const since = await world.now();
	assert.equal((await world.callback(body)).status, 200);
	const lines = await world.inbox(since);
	assert.deepEqual(lines.map((l) => l.reason), ['unreadable_json']);
	return (await world.cluster.query('select id, body from ' +
		'callward.webhook_events order by received_at desc limit 1'))[0];
}

test('the operator lists it without its content', async () => {
	const { id } = await quarantined();
	const list = await world.command('quarantine', 'list');
	const line = list.split('\n').find((l) => l.startsWith(id));
	assert.ok(line.includes('unreadable_json'));
	assert.ok(!list.includes('Zahn'));
});

test('it rests encrypted and is shown byte for byte', async () => {
	const row = await quarantined();
	assert.ok(row.body.length > body.length);
	assert.ok(!row.body.includes('Zahn'));
	const shown = await world.command('quarantine', 'show', row.id,
		'--responder', world.conf);
	assert.equal(shown, body);
});

test('an id of nothing is told', async () => {
	await assert.rejects(world.command('quarantine', 'show',
		'00000000-0000-4000-8000-000000000000', '--responder', world.conf),
	/no quarantined message has this id/);
});

closing(world);
