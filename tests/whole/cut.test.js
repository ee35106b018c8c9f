// A file that is cut on its way looks cut to whoever takes it: a list of half
// the calls is no list. The failures are the database's, and a reader's who
// takes nothing for so long that nobody waits any more.
// Servers: nginx, lighttpd
// Waits: for readers and deadlines
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { LINE, openWorld } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings });
const { cluster } = world;
const USER = 'user_cut';
const ROWS = 3000;

// More than all buffers on the way hold.
await cluster.query(`insert into public.calls (user_id, caller_phone_number,
	assistant_phone_number, created_at, notes)
select $1, '+15550000001', $2, now() - i * interval '1 minute',
	repeat('漢', 4000)
from generate_series(1, $3::integer) i`, [USER, LINE, ROWS]);

// Begin to take the file; what comes is what the client saw in the end.
function begin() {
	const taker = { bytes: 0, lines: 0 };
	taker.end = new Promise((resolve) => {
		const end = (how) => resolve(how);
		taker.started = new Promise((started) => {
			const req = request({ host: '127.0.0.1', port: world.port,
				path: '/api/calls.csv', agent: false, headers: {
					Authorization: `Bearer ${makeToken(tenantKey,
						claims({ sub: USER }))}` } });
			req.on('error', () => end('aborted'));
			req.on('response', (res) => {
				taker.res = res;
				taker.status = res.statusCode;
				res.on('data', (chunk) => {
					taker.bytes += chunk.length;
					taker.lines += chunk.toString('latin1')
						.split('\n').length - 1;
					if (taker.waits)
						res.pause();
					started();
				});
				res.on('error', () => end('aborted'));
				res.on('end', () => end(res.complete ? 'whole' : 'aborted'));
			});
			req.end();
		});
	});
	return taker;
}
async function beginAndWait() {
	const taker = begin();
	taker.waits = true;
	await taker.started;
	return taker;
}
function goOn(taker) {
	taker.waits = false;
	taker.res.resume();
	return taker.end;
}
const cuts = () => world.responder.log().split('\n')
	.filter((line) => line.includes('route=calls-csv') &&
		line.includes('why="cut after '));

test('who takes all of it has a whole file', async () => {
	const taker = begin();
	assert.equal(await taker.end, 'whole');
	assert.equal(taker.status, 200);
	assert.equal(taker.lines, ROWS + 1);
});

test('who comes back after nobody waited any more has no whole one',
	async () => {
		const taker = await beginAndWait();
		const [line] = await waitFor(() => cuts().length > 0 && cuts(),
			{ what: 'the cut', timeoutMs: 150000 });
		assert.match(line, /went away/);
		assert.equal(await goOn(taker), 'aborted');
		assert.equal(taker.status, 200);
		assert.ok(taker.lines < ROWS);
	});

test('a file whose database goes away in its middle is no whole one',
	async () => {
		const before = cuts().length;
		const taker = await beginAndWait();
		await cluster.stop();
		assert.equal(await goOn(taker), 'aborted');
		assert.equal(taker.status, 200);
		assert.ok(taker.lines < ROWS);
		await waitFor(() => cuts().length > before, { what: 'its line' });
		await cluster.start();
	});

closing(world);
