// Messages of Vapi's that are nearly as large as they may be: each is stored
// or kept, however much memory reading it took.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { report } from './lib/vapi.js';
import { A, openWorld } from './lib/world.js';

const MIB = 1024 * 1024;
const world = await openWorld();

// What was said, in turns of 4 KB; no transcript beside them.
function said(bytes) {
	const turns = [];
	for (let n = 0; n < bytes; n += 4096)
		turns.push({ role: 'user', message: 'a'.repeat(4096),
			secondsFromStart: n / 4096 });
	return { messages: turns };
}

test('a report of 15 MiB is stored whole', async () => {
	const call = await world.connected(A);
	const artifact = said(14.5 * MIB);
	const answer = await world.callback(report({ id: call.vapi_call_id,
		metadata: call.metadata, artifact }));
	assert.equal(answer.status, 200);
	const row = await world.row(call.twilio_call_sid);
	assert.equal(row.status, 'completed');
	assert.equal(row.messages.length, artifact.messages.length);
});

test('one that belongs to nobody is kept whole', async () => {
	const since = await world.now();
	const answer = await world.callback(report({ id: 'nobody',
		artifact: said(14.5 * MIB) }));
	assert.equal(answer.status, 200);
	const [event] = await world.inbox(since);
	assert.equal(event.verdict, 'quarantined');
	assert.equal(event.reason, 'unknown_call');
});

closing(world);
