// callward-sim's recordings: links, their lapse, parts of a file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { useSim } from './lib/sim.js';

const { sim, callbacks, api, create, played } = await useSim({ threads: 8 });

test('a redirect to a short-lived link, then audio with Range',
	async () => {
		const call = await played();
		for (const [kind, channels] of [['mono', 1], ['stereo', 2]]) {
			const res = await api('GET', `/call/${call.id}/${kind}-recording`);
			assert.equal(res.status, 302);
			const link = res.headers.get('location');
			assert.equal(new URL(link).origin, sim.url);
			const whole = await fetch(link);
			assert.equal(whole.status, 200);
			assert.equal(whole.headers.get('content-type'), 'audio/wav');
			const wav = Buffer.from(await whole.arrayBuffer());
			assert.equal(wav.toString('latin1', 0, 4), 'RIFF');
			assert.equal(wav.toString('latin1', 8, 16), 'WAVEfmt ');
			assert.equal(wav.readUInt32LE(4), wav.length - 8);
			assert.equal(wav.readUInt16LE(22), channels);
			assert.equal(wav.readUInt32LE(40), wav.length - 44);
			for (const [range, from, to] of [['bytes=0-99', 0, 99],
				['bytes=100-', 100, wav.length - 1],
				['bytes=-50', wav.length - 50, wav.length - 1],
				['bytes=40-99999999', 40, wav.length - 1]]) {
				const part = await fetch(link, { headers: { range } });
				assert.equal(part.status, 206, range);
				assert.equal(part.headers.get('content-range'),
					`bytes ${from}-${to}/${wav.length}`);
				assert.ok(Buffer.from(await part.arrayBuffer())
					.equals(wav.subarray(from, to + 1)), range);
			}
			const beyond = await fetch(link,
				{ headers: { range: `bytes=${wav.length}-` } });
			assert.equal(beyond.status, 416);
			assert.equal(beyond.headers.get('content-range'),
				`bytes */${wav.length}`);
		}
	});

test('no link, a forged or an expired one is 403', async () => {
	const call = await played();
	const linkOf = async () => new URL((await api('GET',
		`/call/${call.id}/mono-recording`)).headers.get('location'));
	const link = await linkOf();
	assert.equal((await fetch(link)).status, 200);
	const forged = new URL(link);
	forged.searchParams.set('expires', String(Date.now() + 1e6));
	assert.equal((await fetch(forged)).status, 403);
	const other = new URL(link);
	other.pathname = other.pathname.replace('.wav', '-stereo.wav');
	assert.equal((await fetch(other)).status, 403);
	const report = callbacks.messages().at(-1);
	assert.equal((await fetch(report.artifact.recordingUrl)).status, 403);
	assert.equal((await fetch(report.artifact.presignedMonoUrl)).status, 200);
	await sim.plan({ recording_ttl_ms: 1 });
	const brief = await linkOf();
	await sleep(20);
	assert.equal((await fetch(brief)).status, 403);
	assert.equal((await fetch(link)).status, 200);
});

test('none before the end, and only with the key', async () => {
	const { id } = await create();
	assert.equal((await api('GET', `/call/${id}/mono-recording`)).status, 404);
	assert.equal((await api('GET', `/call/${id}/mono-recording`, undefined,
		{ key: 'wrong' })).status, 401);
});
