// The list of calls as a file: for people, for programs, of any length, and of
// one clinic alone.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Api, makeCalls, parseCsv } from './lib/api.js';
import { closing } from './lib/closing.js';
import { waitFor } from './lib/process.js';
import { tenantSettings } from './lib/threats.js';
import { A, B, LINE, openWorld, source } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings });
const { cluster } = world;
const api = new Api(world);
const { ask, ids, audits } = api;
const query = (...args) => cluster.query(...args);

await makeCalls(world);

const COLUMNS = ['id', 'created_at', 'status', 'caller_phone_number',
	'assistant_phone_number', 'duration_seconds', 'ended_reason',
	'after_hours', 'intent', 'success_evaluation', 'summary',
	'follow_up_state', 'tags', 'notes', 'cost_usd', 'is_test'];

test('[calls-csv:good] the file has every call, in the list\'s order, and no formula',
	async () => {
		const before = (await audits('export_calls')).length;
		const answer = await ask('/api/calls.csv?format=raw');
		assert.equal(answer.status, 200);
		assert.equal(answer.headers['content-type'],
			'text/csv; charset=utf-8');
		assert.equal(answer.headers['content-disposition'],
			'attachment; filename="calls.csv"');
		assert.equal(answer.headers['cache-control'], 'private, no-store');
		assert.equal(answer.headers['x-content-type-options'], 'nosniff');
		const [head, ...rows] = parseCsv(answer.body);
		assert.deepEqual(head, COLUMNS);
		assert.deepEqual(rows.map((row) => row[0]), await ids(''));
		for (const row of rows) {
			assert.equal(row.length, COLUMNS.length);
			for (const text of row)
				assert.doesNotMatch(text, /^[-=+@\t\r]/);
		}
		const odd = rows.find((row) => row[9] !== '' && row[12] !== '');
		assert.deepEqual([odd[3], odd[9], odd[12], odd[13]],
			['\'+15550000005', '\'=1+1', 'vip; ask back',
				'\'@SUM("a,b")']);
		assert.deepEqual((await audits('export_calls')).slice(before),
			[{ user_id: A.user, actor: A.user, subject: null }]);
	});

test('no cell is a formula, however its first character is hidden or written',
	async () => {
		const user = 'user_cells';
		const cells = ['=1', '+1', '-1', '@x', '\t=1', '\r=1', '\n=1', '＝1',
			'＋1', '－1', '＠x', '﹦1', '﹢1', ' =1', '\u00a0=1', '\u200b=1',
			'\ufeff=1', '\x0b=1', '\x0c=1', '\x1f=1', ' \u2060\u3000＝1',
			'\tx', '\rx'];
		const plain = ['a=1', ';=1', 'a;=cmd()', '"=1', ' a\t=1', '1-2',
			'Déjà "vu"', ''];
		for (const [i, text] of [...cells, ...plain].entries())
			await query(`insert into public.calls (user_id,
				caller_phone_number, assistant_phone_number, owner_rule,
				notes, tags, duration_seconds, cost_usd, created_at)
			values ($1, '1', '2', 'from', $2, array['a', 'b'], 5, 0.25,
				now() - $3 * interval '1 minute')`, [user, text, i]);
		const { body } = await ask('/api/calls.csv?format=raw', { as: { user } });
		assert.deepEqual(parseCsv(body).slice(1).map((row) => row[13]),
			[...cells.map((text) => `'${text}`), ...plain]);
		// Texts stand in quotes, so that no semicolon parts them; figures
		// and times do not.
		const [, first] = body.split('\r\n');
		assert.match(first, new RegExp('^[0-9a-f-]{36},[0-9TZ:-]{20},"initiated",' +
			'"1","2",5,,f,,,,"none","a; b","\'=1",0\\.250*,f$'));
		assert.match(body, /,"a;=cmd\(\)",/);
		assert.match(body, /,"Déjà ""vu["]{3},/);
		const table = await ask('/api/calls.csv', { as: { user } });
		assert.deepEqual(parseCsv(table.body).slice(1).map((row) => row[15]),
			[...cells.map((text) => `'${text}`), ...plain]);
	});

// The words of the page, which the file has too.
const pageWords = (language) => JSON.parse(fs.readFileSync(
	join(source, `web/lang/${language}.json`), 'utf8'));

test('the file for people: their words, the clinic\'s clock, numbers in groups',
	async () => {
		const user = 'user_table';
		const as = { user };
		await ask('/api/me', { as, method: 'PATCH', json: {
			timezone: 'America/Chicago', country: 'US' } });
		const [{ id: line }] = await query('insert into public.phone_numbers ' +
			'(user_id, phone_number, label) values ($1, $2, $3) returning id',
		[user, '+442079460018', 'Front "desk"']);
		await query('insert into public.intents (user_id, name, slug) ' +
			'values ($1, \'Book a visit\', \'book_visit\')', [user]);
		const states = ['initiated', 'ringing', 'in-progress', 'forwarding',
			'completed', 'no-answer', 'busy', 'failed', 'canceled'];
		const follow = ['none', 'open', 'in_progress', 'done'];
		for (const [i, status] of states.entries())
			await query(`insert into public.calls (user_id,
				caller_phone_number, assistant_phone_number, status,
				phone_number_id, structured_data, details, follow_up_state,
				follow_up_note, follow_up_by, notes, after_hours,
				duration_seconds, created_at)
			values ($1, $2, '+15559999999', $3, $4,
				'{"intent":"book_visit"}',
				case when $5 = 'open' then '{"caller_name":"=Eve"}'::jsonb
				    when $5 = 'none' then '{"caller_name":"Ann"}' end,
				$5, 'Ring back', 'Ann', $6, $7, 75,
				'2026-07-01T12:00:00Z'::timestamptz
					- $8 * interval '1 month')`,
			[user, i === 1 ? 'anonymous' : i === 2 ? '=1+1' : '+15551111111',
				status, i === 3 ? null : line, follow[i % 4],
				['+1 555 111 1111', '+1 555 111 1111 ', '+1555', '+1  2',
					'+1 =2', '-1 2', '+1 2\n+3', '+12 34', '+1 555-1'][i],
				i % 2 === 1, i]);
		for (const [language, head] of [['en', 'Time (America/Chicago)'],
			['es', 'Hora (America/Chicago)']]) {
			const words = pageWords(language);
			const { body, bytes } = await ask(
				`/api/calls.csv?lang=${language}`, { as });
			assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
			const [names, ...rows] = parseCsv(body);
			assert.equal(names[0], head);
			assert.equal(names.length, 20);
			assert.ok(rows.every((row) => row.length === names.length));
			const column = (n) => rows.map((row) => row[n]);
			assert.equal(column(0)[0], '2026-07-01 07:00:00');
			assert.equal(column(0)[7], '2025-12-01 06:00:00');
			assert.deepEqual(column(1), states.map((one) =>
				words[`status.${one}`]));
			assert.deepEqual(column(2).slice(0, 4), ['+1 555 111 1111',
				words['call.withheld'], '\'=1+1', '+1 555 111 1111']);
			assert.deepEqual(column(3).slice(0, 3), ['Ann', '\'=Eve', '']);
			assert.deepEqual(column(4).slice(2, 5),
				['+44 207 946 0018', '', '+44 207 946 0018']);
			assert.deepEqual(column(5).slice(2, 4), ['Front "desk"', '']);
			assert.equal(column(6)[0], '75');
			assert.deepEqual(column(7).slice(0, 2), language === 'en' ?
				['No', 'Yes'] : ['No', 'Sí']);
			assert.equal(column(8)[0], 'Book a visit');
			assert.deepEqual(column(11).slice(0, 4), follow.map((one) =>
				words[`follow_up.${one}`]));
			assert.deepEqual(rows[0].slice(12, 14), ['Ring back', 'Ann']);
			// No apostrophe for a number in groups, and for nothing else.
			assert.deepEqual(column(15), ['+1 555 111 1111',
				'\'+1 555 111 1111 ', '\'+1555', '\'+1  2', '\'+1 =2', '\'-1 2',
				'\'+1 2\n+3', '+12 34', '\'+1 555-1']);
			assert.match(column(19)[0], /^[0-9a-f-]{36}$/);
		}
		const raw = await ask('/api/calls.csv?format=raw&lang=es', { as });
		assert.deepEqual(parseCsv(raw.body).slice(1).map((row) => row[13])
			.slice(0, 1), ['\'+1 555 111 1111'], 'raw: as ever');
		for (const [accepted, found] of [['es-MX,en;q=0.5', 'Hora'],
			['fr, es;q=0.8, en;q=0.7', 'Hora'], ['en-GB', 'Time'],
			['xx', 'Time'], [`${'a,'.repeat(50)}es`, 'Time']]) {
			const { body } = await ask('/api/calls.csv', { as,
				headers: { 'Accept-Language': accepted } });
			assert.ok(body.startsWith(`\ufeff"${found} (`), accepted);
		}
		for (const wrong of ['lang=fr', 'format=xlsx'])
			assert.equal((await ask(`/api/calls.csv?${wrong}`, { as })).status,
				422);
	});

test('a filtered file, an empty one, and what is wrong with a filter',
	async () => {
		for (const filter of ['outcome=missed&tag=vip',
			'from=2026-01-10&to=2026-01-20']) {
			const rows = parseCsv((await ask(`/api/calls.csv?format=raw&${filter}`)).body);
			assert.deepEqual(rows.slice(1).map((row) => row[0]),
				await ids(filter));
			assert.ok(rows.length > 2);
		}
		const before = (await audits('export_calls')).length;
		const none = await ask('/api/calls.csv?format=raw', { as: { user: 'user_c' } });
		assert.equal(none.body, `${COLUMNS.join(',')}\r\n`);
		for (const wrong of ['status=x', 'from=2026-02-30',
			'to=2026-01-10&since=2026-01-09T00:00:00Z'])
			assert.equal((await ask(`/api/calls.csv?${wrong}`)).status, 422);
		assert.equal((await audits('export_calls')).length, before + 1);
	});

test('a file of long cells comes whole, and each row once', async () => {
	const user = 'user_long';
	await query(`insert into public.calls (user_id, caller_phone_number,
		assistant_phone_number, notes, summary, created_at)
	select $1, '+15550000001', $2, repeat('漢"', 2000),
		case when i % 500 = 0 then repeat('x', 3000000) end,
		'2026-01-01T00:00:00Z'::timestamptz
			+ (i / 3) * interval '1 microsecond'
	from generate_series(1, 1500) i`, [user, LINE]);
	const answer = await ask('/api/calls.csv?format=raw', { as: { user } });
	const rows = parseCsv(answer.body).slice(1).map((row) => row[0]);
	const all = await query('select id from public.calls where user_id = ' +
		'$1 order by created_at desc, id desc', [user]);
	assert.deepEqual(rows, all.map((row) => row.id));
	assert.ok(answer.bytes.length > 12e6, `${answer.bytes.length}`);
});

test('a file of more rows than one page has each once', async () => {
	const user = 'user_many';
	await query(`insert into public.calls (user_id, caller_phone_number,
		assistant_phone_number, created_at)
	select $1, '+15550000001', $2, '2026-01-01T00:00:00Z'::timestamptz
		+ (i / 3) * interval '1 microsecond'
	from generate_series(1, 3000) i`, [user, LINE]);
	const rows = parseCsv((await ask('/api/calls.csv?format=raw', { as: { user } }))
		.body);
	const wanted = await query('select id from public.calls ' +
		'where user_id = $1 order by created_at desc, id desc', [user]);
	assert.deepEqual(rows.slice(1).map((row) => row[0]),
		wanted.map((row) => row.id));
});

// Each page is a transaction of its own, and an operator may link the login to
// another clinic between two of them: here by what the first page leaves.
test('a file that another clinic\'s rows would follow breaks off', async () => {
	const [user, other] = ['user_many', A.user];
	await query(`create function public.link_now() returns trigger
		language plpgsql security definer as $$ begin
			insert into callward.tenant_logins (login, user_id)
			values ('${user}', '${other}');
			return null;
		end $$`);
	await query(`create trigger link_now after insert on callward.audit_log
		for each row when (new.user_id = '${user}')
		execute function public.link_now()`);
	await assert.rejects(ask('/api/calls.csv?format=raw', { as: { user } }),
		/aborted|hang up|socket/);
	await query('drop trigger link_now on callward.audit_log');
	await query('drop function public.link_now()');
	const told = await waitFor(() => world.responder.log().split('\n').find(
		(line) => line.includes('route=calls-csv') &&
			line.includes('cut after')), { what: 'line about the file' });
	assert.match(told, /tenant=user_many .*the login leads to another tenant/);
	const [row] = parseCsv((await ask('/api/calls.csv?format=raw',
		{ as: { user } })).body).slice(1);
	assert.deepEqual(await query('select user_id from public.calls ' +
		'where id = $1', [row[0]]), [{ user_id: other }]);
	await query('delete from callward.tenant_logins');
});

test('[calls-csv:tenant] the file has the tenant\'s calls alone',
	async () => {
		const mine = new Set(await ids('', B));
		for (const [format, id] of [['raw', 0], ['table', 19]]) {
			const [, ...rows] = parseCsv((await ask(
				`/api/calls.csv?format=${format}`, { as: B })).body);
			assert.ok(rows.length > 50 &&
				rows.every((row) => mine.has(row[id])));
		}
	});

// Who may not, and without the database ---------------------------------------

const file = { path: '/api/calls.csv' };

api.refusesStrangers(['[calls-csv:proof] a stranger takes nothing away', file]);
api.failsWithoutDatabase(
	['[calls-csv:database] no file that looks whole', file]);

closing(world);
