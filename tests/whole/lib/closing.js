// The last two tests of a file that has a world.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { waitFor } from './process.js';

export function closing(world) {
	// Also when a name that was asked for leaves these tests out.
	after(() => world.close());

	test('no secret and no number in full stands in the log', async () => {
		await waitFor(() => /request/.test(world.responder.log()),
			{ what: 'line about a request' });
		assert.deepEqual(world.leaks(), []);
	});

	test('everything stops when it is told to', async () => {
		for (const responder of world.responders) {
			const how = await responder.stop('SIGTERM', 20000);
			// Some were killed on purpose before.
			assert.ok(how.status === 0 || how.signal === 'SIGKILL',
				`${responder.name}: ${JSON.stringify(how)}`);
		}
		await world.close();
	});
}
