// Whatever is said or noted of a call finds it, in any spelling: at once, while
// its words are not made, and by its words then. Nothing is forgotten, whenever
// the responder ends.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { run, waitFor } from './lib/process.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { report } from './lib/vapi.js';
import { A, B, LINE, build, openWorld } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings });
const { cluster } = world;
const query = (...args) => cluster.query(...args);

function ask(path, { as = A, method = 'GET', json } = {}) {
	return world.get(path, { method, body: JSON.stringify(json), headers: {
		Authorization: `Bearer ${makeToken(tenantKey, claims({
			sub: as.user }))}`,
		...(json && { 'Content-Type': 'application/json' }) } });
}
async function page(filter, as) {
	const answer = await ask(`/api/calls?${filter}`, { as });
	assert.equal(answer.status, 200, answer.body);
	return JSON.parse(answer.body);
}
const found = async (q, as) => (await page(`q=${encodeURIComponent(q)}`, as))
	.data.map((call) => call.id);
const metric = async (name, port = world.port) => Number((await world.get('/metrics',
	{ port })).body.match(new RegExp(`^callward_${name} (\\d+)$`, 'm'))[1]);

// As if a worker had the tenant's calls in hand, until it is let go.
const hold = () => query(`insert into callward.index_turns
	(user_id, token, until) values ($1, gen_random_uuid(),
	now() + interval '1 hour')`, [A.user]);
const letGo = () => query('delete from callward.index_turns');
const hasWords = async (id) => (await query('select search_words is not null ' +
	'as yes from public.calls where id = $1', [id]))[0].yes;

test('a database in locale C folds nothing by itself', async () => {
	const [{ text }] = await query('select lower(\'Ü\') as text');
	assert.equal(text, 'Ü');
});

let call;
test('what a report brings is found at once, and by its words then',
	async () => {
		await hold();
		const row = await world.connected(A);
		call = row.id;
		assert.equal((await world.callback(report({
			analysis: { summary: 'Frau Müller und DÉJÀ VU', structuredData: {
				caller_name: 'Łukasz Straße' } },
			artifact: { transcript: `${'word '.repeat(8000)} Ζωή ΟΔΟΣ last` },
			call: { id: row.vapi_call_id, assistantOverrides: {
				metadata: row.metadata } } }))).status, 200);
		const all = async () => {
			for (const q of ['MÜLLER', 'muller', 'Mu\u0308ller', 'müll',
				'deja', 'déjà vu', 'STRASSE', 'lukasz', 'ζωη', 'οδός',
				'last muller', '1111'])
				assert.deepEqual(await found(q), [call], q);
			for (const q of ['uller', 'last nobody', 'ordw'])
				assert.deepEqual(await found(q), [], q);
			assert.deepEqual(await found('muller', B), []);
		};
		assert.equal(await hasWords(call), false);
		assert.equal((await page('')).indexing, 1);
		assert.equal((await page('', B)).indexing, 0);
		await all();
		await letGo();
		await cluster.indexed();
		assert.equal(await hasWords(call), true);
		assert.equal((await page('')).indexing, 0);
		await all();
	});

test('notes and tags are found, and not any more when they are gone',
	async () => {
		const change = async (json) => assert.equal((await ask(
			`/api/calls/${call}`, { method: 'PATCH', json })).status, 200);
		await change({ notes: 'Señora García', follow_up_note: 'rückrufen',
			tags: ['Notfälle'] });
		await cluster.indexed();
		for (const q of ['senora', 'GARCIA', 'ruckrufen', 'notfalle'])
			assert.deepEqual(await found(q), [call], q);
		assert.deepEqual((await page(`tag=${encodeURIComponent('Notfälle')}`))
			.data.map(({ id }) => id), [call]);
		await hold();
		await change({ notes: null, tags: [] });
		const words = (await query('select search_words::text as words ' +
			'from public.calls where id = $1', [call]))[0].words;
		assert.equal(words, null);
		assert.deepEqual(await found('senora'), []);
		assert.deepEqual(await found('notfalle'), []);
		assert.deepEqual(await found('ruckrufen'), [call]);
		await letGo();
		await cluster.indexed();
		assert.deepEqual(await found('senora'), []);
		assert.deepEqual(await found('ruckrufen'), [call]);
	});

test('a call that is deleted is found by nobody, waiting or not', async () => {
	const { id } = await world.connected(A);
	await query('update public.calls set status = \'completed\', ' +
		'transcript = \'ephemeral\' where id = $1', [id]);
	await cluster.indexed();
	assert.deepEqual(await found('ephemeral'), [id]);
	await query('update public.calls set summary = \'passing\' where id = $1',
		[id]);
	await query('delete from public.calls where id = $1', [id]);
	assert.deepEqual(await found('ephemeral'), []);
	assert.deepEqual(await found('passing'), []);
	await cluster.indexed();
});

test('calls that wait with more words than memory holds at once', async () => {
	await hold();
	await query(`insert into public.calls (user_id, caller_phone_number,
		assistant_phone_number, status, transcript)
		select $1, '+15550000001', $2, 'completed', (select string_agg(
			to_hex(c * 20000 + 65536 + w), ' ')
			from generate_series(0, 19999) w)
		from generate_series(1, 34) c`, [A.user, LINE]);
	assert.equal((await found('1adb0')).length, 1);
	await query('delete from public.calls where caller_phone_number = ' +
		'\'+15550000001\'');
	await letGo();
	await cluster.indexed();
});

const many = (word, n) => query(`insert into public.calls (user_id,
	caller_phone_number, assistant_phone_number, status, transcript)
	select case when i % 2 = 0 then $1 else $2 end, '+15550000001', $3,
		'completed', $4 from generate_series(1, $5::integer) i`,
[A.user, B.user, LINE, word, n]);

test('a worker that is killed in the middle has forgotten nothing', async () => {
	// It waits in the midst of a batch.
	await query(`create function public.stand() returns trigger
		language plpgsql as $$ begin
			perform pg_advisory_xact_lock_shared(7);
			return new;
		end $$`);
	await query('create trigger stand before update of search_words ' +
		'on public.calls for each row execute function public.stand()');
	const holder = await cluster.pool('postgres', 'callward').connect();
	await holder.query('select pg_advisory_lock(7)');
	await many('steadfast', 100);
	await waitFor(async () => (await query('select from pg_locks ' +
		'where locktype = \'advisory\' and not granted')).length > 0,
	{ what: 'worker in the middle' });
	await world.responders[0].stop('SIGKILL');
	await query('select pg_terminate_backend(pid) from pg_stat_activity ' +
		'where application_name = \'callward-words\'');
	await holder.query('select pg_advisory_unlock(7)');
	holder.release();
	assert.equal((await query('select from public.calls where ' +
		'transcript = \'steadfast\' and search_words is not null')).length, 0);
	await query('drop trigger stand on public.calls');
	// Its turn is over.
	await query('update callward.index_turns set until = now()');
	world.responder = await world.startResponder({ name: 'again' });
	await waitFor(() => metric('words_indexed_total').then((n) => n >= 100),
		{ what: 'words of all' });
	await cluster.indexed();
	for (const as of [A, B])
		assert.equal((await page('q=steadfast&limit=100', as)).data.length,
			50);
});

test('several responders share what waits', async () => {
	const { port, program } = await world.secondResponder();
	const before = await metric('words_indexed_total');
	await many('shared', 400);
	await cluster.indexed();
	await waitFor(async () => await metric('words_indexed_total') - before +
		await metric('words_indexed_total', port) >= 400,
	{ what: 'what both have done' });
	assert.equal(await metric('words_failed_total', port), 0);
	assert.deepEqual((await query('select count(*) as n, ' +
		'count(search_words) as found from public.calls ' +
		'where transcript = \'shared\'')), [{ n: 400, found: 400 }]);
	await program.stop();
});

test('what waits can be seen from outside', async () => {
	await query(`insert into callward.to_index (user_id, call_id, at, due_at)
		select $1, gen_random_uuid(), now() - interval '10 minutes',
			now() + interval '1 hour' from generate_series(1, 3)`, [A.user]);
	await waitFor(async () => await metric('words_waiting') === 3,
		{ what: 'count of what waits' });
	assert.ok(await metric('words_oldest_seconds') >= 600);
	const doctor = async () => (await run(join(build, 'callward'), ['-c',
		world.operatorConf, 'doctor', '--responder', world.conf])).stdout;
	assert.match(await doctor(), /^WARN words: a call has waited 10 minutes/m);
	await query('delete from callward.to_index');
	assert.match(await doctor(), /^ok   words: no call has waited long/m);
});

closing(world);
