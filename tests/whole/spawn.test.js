// lighttpd that starts the responder itself: lighttpd/callward-spawn.conf.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startLighttpd } from './lib/lighttpd.js';
import { waitFor } from './lib/process.js';
import { adapted } from './lib/shipped.js';
import { freePort } from './lib/temp.js';
import { A, build, openWorld, source } from './lib/world.js';

const world = await openWorld();
const port = await freePort();
const log = join(world.dir, 'spawned.log');
const socket = join(world.dir, 'spawned.sock');

function shipped(name, changes) {
	const path = join(world.dir, name);
	writeFileSync(path, adapted(join(source, 'lighttpd', name), changes));
	return path;
}

const conf = world.writeSettings('spawned', { ...world.settings(),
	VAPI_WEBHOOK_SECRET: undefined });
const server = await startLighttpd({ dir: world.dir, port, name: 'spawner',
	include: [
		shipped('callward.conf', [
			[/\/usr\/share\/callward\/lighttpd/g, join(source, 'lighttpd')],
			[/\/var\/log\/lighttpd\/callward\.log/g,
				join(world.dir, 'spawner.access')]]),
		shipped('callward-spawn.conf', [
			[/\/usr\/libexec\/callward\.fcgi/g, join(build, 'callward.fcgi')],
			[/\/run\/lighttpd\/callward\.sock/g, socket],
			[/\/etc\/callward\/callward\.conf/g, conf],
			[/"LOG" => "stderr"/g, `"LOG" => "file:${log}",
				"VAPI_WEBHOOK_SECRET" =>
				"${world.settings().VAPI_WEBHOOK_SECRET}"`]]),
	] });

const ready = () => waitFor(async () =>
	(await world.get('/readyz', { port })).status === 200,
{ what: 'readyz', timeoutMs: 20000 });
const children = () => readFileSync(
	`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')
	.trim().split(' ').filter((pid) => pid !== '').map(Number);

test('it starts one process, with settings from file and environment',
	async () => {
		await ready();
		assert.equal(children().length, 1);
		const environment = readFileSync(`/proc/${children()[0]}/environ`,
			'utf8').split('\0').filter((line) => line !== '')
			.map((line) => line.split('=')[0]).sort();
		// lighttpd adds the third for PHP's sake.
		assert.deepEqual(environment.filter((name) =>
			!['LANG', 'PATH', 'PHP_FCGI_CHILDREN', 'TZ'].includes(name)),
		['CALLWARD_CONF', 'LOG', 'VAPI_WEBHOOK_SECRET']);
		assert.equal((await world.arrive({ from: A.number }, { port })).verb,
			'Connect');
		await waitFor(() => /event=request .*route=twilio/.test(
			readFileSync(log, 'utf8')), { what: 'line of the log' });
	});

test('a process that dies is started again', async () => {
	const [pid] = children();
	process.kill(pid, 'SIGKILL');
	const answer = await world.arrive({ from: A.number }, { port });
	assert.equal(answer.status, 200);
	assert.ok(['Say', 'Connect'].includes(answer.verb), answer.verb);
	await ready();
	assert.equal(children().length, 1);
	assert.notEqual(children()[0], pid);
	// lighttpd may answer in its place once more.
	await waitFor(async () => (await world.arrive({ from: A.number },
		{ port })).verb === 'Connect', { what: 'a call that is started' });
});

test('it ends with the server', async () => {
	const [pid] = children();
	await server.stop();
	await waitFor(() => {
		try {
			process.kill(pid, 0);
			return false;
		} catch {
			return true;
		}
	}, { what: 'end of the responder' });
	assert.match(readFileSync(log, 'utf8'), /event=stopped/);
	await world.close();
});
