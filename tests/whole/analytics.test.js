// The figures, beside the same figures made here from the rows, in zones whose
// days are not all of 24 hours and whose hours do not begin with UTC's.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { randomFrom } from './lib/model.js';
import { waitFor } from './lib/process.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { A, B, LINE, openWorld } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings });
const { cluster } = world;

function ask(query, user = A.user) {
	return world.get(`/api/analytics?${new URLSearchParams(query)}`, {
		headers: { Authorization:
			`Bearer ${makeToken(tenantKey, claims({ sub: user }))}` } });
}
async function figures(query, user) {
	const answer = await ask(query, user);
	assert.equal(answer.status, 200, answer.body);
	return JSON.parse(answer.body);
}

// The clock of a zone ---------------------------------------------------------

const formats = new Map();
function clockOf(ms, zone) {
	if (!formats.has(zone))
		formats.set(zone, new Intl.DateTimeFormat('en-US', { timeZone: zone,
			hourCycle: 'h23', year: 'numeric', month: '2-digit',
			day: '2-digit', hour: '2-digit' }));
	const part = Object.fromEntries(formats.get(zone).formatToParts(ms)
		.map(({ type, value }) => [type, value]));
	const date = `${part.year}-${part.month}-${part.day}`;
	return { date, hour: Number(part.hour),
		weekday: new Date(`${date}T00:00:00Z`).getUTCDay() };
}
const addDays = (date, n) => new Date(Date.parse(`${date}T00:00:00Z`) +
	n * 86400000).toISOString().slice(0, 10);
function datesOf(first, last) {
	const all = [];
	for (let date = first; date <= last; date = addDays(date, 1))
		all.push(date);
	return all;
}
// The moment at which a day of the zone begins, by halving.
function beginOf(date, zone) {
	let low = Date.parse(`${date}T00:00:00Z`) - 36 * 3600000;
	let high = low + 72 * 3600000;
	while (high - low > 1) {
		const middle = Math.floor((low + high) / 2);
		if (clockOf(middle, zone).date >= date)
			high = middle;
		else
			low = middle;
	}
	return high;
}

// The same figures from the rows ----------------------------------------------

const ANSWERED = ['completed', 'in-progress', 'forwarding'];
const MISSED = ['no-answer', 'busy', 'failed', 'canceled'];
const count = (rows, of) => rows.filter(of).length;
const sum = (rows, of) => rows.reduce((all, row) => all + (of(row) ?? 0), 0);

function totalsOf(rows) {
	const answered = count(rows, (r) => ANSWERED.includes(r.status));
	const seconds = sum(rows, (r) => r.duration);
	return { calls: rows.length, answered,
		missed: count(rows, (r) => MISSED.includes(r.status)),
		after_hours: count(rows, (r) => r.afterHours), seconds,
		average_seconds: answered === 0 ? 0 :
			Math.round(seconds / answered * 10) / 10,
		successes: count(rows, (r) => r.success === true),
		rated: count(rows, (r) => r.success !== null),
		cost_usd: Math.round(sum(rows, (r) => r.cost) * 10000) / 10000,
		follow_up_open: count(rows, (r) =>
			['open', 'in_progress'].includes(r.followUp)) };
}

function expected(all, first, last, zone) {
	const days = datesOf(first, last);
	const rows = all.filter((r) => !r.test)
		.map((r) => ({ ...r, ...clockOf(r.at, zone) }));
	const now = rows.filter((r) => r.date >= first && r.date <= last);
	const from = addDays(first, -days.length);
	const before = rows.filter((r) => r.date >= from && r.date < first);
	const totals = totalsOf(now);
	const previous = totalsOf(before);
	const tally = (key) => [...new Set(now.map((r) => r[key]))]
		.filter((name) => name !== null)
		.map((name) => ({ [key]: name,
			calls: count(now, (r) => r[key] === name) }))
		.sort((a, b) => b.calls - a.calls || (a[key] < b[key] ? -1 : 1));
	return { since: beginOf(first, zone),
		until: beginOf(addDays(last, 1), zone), timezone: zone, totals,
		previous,
		change: Object.fromEntries(Object.keys(totals).map((key) => [key,
			previous[key] === 0 ? null :
				Math.round((totals[key] - previous[key]) * 1000 /
					previous[key]) / 10])),
		days: days.map((date) => {
			const of = totalsOf(now.filter((r) => r.date === date));
			return { date, calls: of.calls, answered: of.answered,
				missed: of.missed, after_hours: of.after_hours,
				seconds: of.seconds };
		}),
		hours: Array.from({ length: 168 }, (_, i) => ({
			weekday: Math.floor(i / 24), hour: i % 24,
			calls: count(now, (r) => r.weekday === Math.floor(i / 24) &&
				r.hour === i % 24) })),
		outcomes: tally('status'),
		intents: tally('intent').map((one) => ({ ...one,
			name: one.intent === 'booking' ? 'Book a visit' : null })) };
}

function close(one, two) {
	for (const [key, value] of Object.entries(two))
		assert.ok(value === null ? one[key] === null :
			Math.abs(one[key] - value) < 0.11, `${key} ${one[key]} ${value}`);
	assert.deepEqual(Object.keys(one).sort(), Object.keys(two).sort());
}

function compare(got, wanted) {
	assert.equal(Date.parse(got.since), wanted.since, 'since');
	assert.equal(Date.parse(got.until), wanted.until, 'until');
	for (const key of ['timezone', 'totals', 'previous', 'days', 'hours',
		'outcomes'])
		assert.deepEqual(got[key], wanted[key], key);
	assert.deepEqual(got.intents.map(({ intent, name, calls }) =>
		({ intent, calls, name })), wanted.intents);
	close(got.change, wanted.change);
}

// Calls of A and B around the days on which clocks change ---------------------

const EVALUATIONS = [['true', true], ['True', true], ['8', true],
	['good', true], ['80%', true], ['false', false], ['3', false],
	['Poor', false], [null, null], ['x'.repeat(41), null]];
const { below, pick } = randomFrom(11);
function makeCalls(from, to, n) {
	return Array.from({ length: n }, () => {
		const [evaluation, success] = pick(EVALUATIONS);
		const status = pick([...ANSWERED, ...MISSED, 'initiated', 'ringing']);
		return { at: from + below(to - from), status, evaluation,
			success, duration: pick([null, 0, 1, 59, 600]),
			cost: pick([null, 0, 0.1234, 1.5]), test: below(8) === 0,
			afterHours: below(4) === 0,
			followUp: pick(['none', 'none', 'open', 'in_progress', 'done']),
			intent: pick([null, 'booking', 'billing']) };
	});
}
async function store(user, calls) {
	await cluster.query(`insert into public.calls (user_id,
		caller_phone_number, assistant_phone_number, status, created_at,
		success_evaluation, duration_seconds, cost_usd, is_test, after_hours,
		follow_up_state, structured_data)
	select $1, '+15550000001', $2, c ->> 'status',
		to_timestamp((c ->> 'at')::numeric / 1000), c ->> 'evaluation',
		(c ->> 'duration')::integer, (c ->> 'cost')::numeric,
		(c ->> 'test')::boolean, (c ->> 'afterHours')::boolean,
		c ->> 'followUp', case when c ->> 'intent' is not null
			then jsonb_build_object('intent', c ->> 'intent') end
	from jsonb_array_elements($3::jsonb) c`,
	[user, LINE, JSON.stringify(calls)]);
	return calls;
}
const ms = (text) => Date.parse(text);
const callsA = await store(A.user, [
	...makeCalls(ms('2026-02-20T00:00:00Z'), ms('2026-03-20T00:00:00Z'), 700),
	...makeCalls(ms('2025-10-20T00:00:00Z'), ms('2025-11-10T00:00:00Z'), 500),
	...makeCalls(ms('2026-04-01T00:00:00Z'), ms('2026-04-09T00:00:00Z'), 300),
	...makeCalls(ms('2026-09-05T00:00:00Z'), ms('2026-09-08T00:00:00Z'), 200),
	...makeCalls(ms('2026-10-23T00:00:00Z'), ms('2026-11-03T00:00:00Z'), 600),
	// at the very edges of a day of 23 hours, and of one of 25
	...['2026-03-08T04:59:59.999Z', '2026-03-08T05:00:00Z',
		'2026-03-09T03:59:59.999Z', '2026-03-09T04:00:00Z',
		'2025-11-02T03:59:59.999Z', '2025-11-02T04:00:00Z',
		'2025-11-02T05:30:00Z', '2025-11-02T06:30:00Z',
		'2025-11-03T04:59:59.999Z', '2025-11-03T05:00:00Z']
		.map((text) => ({ ...makeCalls(0, 1, 1)[0], test: false,
			at: ms(text) }))]);
await store(B.user, makeCalls(ms('2026-03-01T00:00:00Z'),
	ms('2026-03-20T00:00:00Z'), 50));
await cluster.query('insert into public.intents (user_id, name, slug) ' +
	'values ($1, \'Book a visit\', \'booking\'), ' +
	'($2, \'Of B\', \'billing\')', [A.user, B.user]);

for (const [zone, first, last] of [
	['America/New_York', '2026-03-05', '2026-03-11'],
	['America/New_York', '2026-03-08', '2026-03-08'],
	['America/New_York', '2025-10-30', '2025-11-05'],
	['America/New_York', '2025-11-02', '2025-11-02'],
	['Asia/Kolkata', '2026-03-01', '2026-03-14'],
	['Asia/Kathmandu', '2026-03-08', '2026-03-09'],
	['Australia/Lord_Howe', '2026-04-03', '2026-04-07'],
	['Pacific/Kiritimati', '2026-03-07', '2026-03-09'],
	// midnight is left out, and comes twice
	['America/Santiago', '2026-09-06', '2026-09-06'],
	['Atlantic/Azores', '2026-10-24', '2026-10-24'],
	['Atlantic/Azores', '2026-10-25', '2026-10-25'],
	['America/Havana', '2025-11-01', '2025-11-02'],
	['UTC', '2025-12-01', '2026-04-30']])
	test(`${zone} from ${first} to ${last}`, async () => {
		const wanted = expected(callsA, first, last, zone);
		assert.ok(wanted.totals.calls > 5);
		// any moment of the first day, and any behind the last one's begin
		for (const [since, until] of [[wanted.since, wanted.until],
			[wanted.since + 3600000 * 5, wanted.until - 3600000 * 7]])
			compare(await figures({ tz: zone,
				since: new Date(since).toISOString(),
				until: new Date(until).toISOString() }), wanted);
		// the days themselves, and so many until the last
		compare(await figures({ tz: zone, from: first, to: last }), wanted);
		compare(await figures({ tz: zone, to: last,
			days: datesOf(first, last).length }), wanted);
	});

test('where midnight comes twice, the hour between is of the day that begins',
	async () => {
		const user = 'user_azores';
		await cluster.query('insert into public.clinic_settings ' +
			'(user_id, timezone) values ($1, $2)', [user, 'Atlantic/Azores']);
		await store(user, ['2026-10-24T23:30Z', '2026-10-25T00:30Z',
			'2026-10-25T01:30Z', '2026-10-25T02:30Z'].map((text) =>
			({ ...makeCalls(0, 1, 1)[0], test: false, at: ms(text) })));
		for (const [date, calls, begin, end] of [
			['2026-10-24', 1, '2026-10-24T00:00Z', '2026-10-25T00:00Z'],
			['2026-10-25', 3, '2026-10-25T00:00Z', '2026-10-26T01:00Z']])
			for (const query of [{ from: date, to: date },
				{ to: date, days: 1 }, { since: `${date}T00:00:00Z`,
					until: `${date}T23:00:00Z` }]) {
				const got = await figures(query, user);
				assert.equal(got.totals.calls, calls, date);
				assert.deepEqual(got.days.map((one) => [one.date, one.calls]),
					[[date, calls]]);
				assert.equal(ms(got.since), ms(begin));
				assert.equal(ms(got.until), ms(end));
			}
		const { days, hours } = await figures({ from: '2026-10-24',
			to: '2026-10-25' }, user);
		assert.deepEqual(days.map((one) => one.calls), [1, 3]);
		assert.deepEqual(hours.filter((one) => one.calls > 0)
			.map((one) => [one.weekday, one.hour, one.calls]),
		[[0, 0, 2], [0, 1, 1], [6, 23, 1]]);
		const list = async (query) => JSON.parse((await world.get(
			`/api/calls?${query}`, { headers: { Authorization: `Bearer ${
				makeToken(tenantKey, claims({ sub: user }))}` } })).body).data
			.map((call) => call.created_at.slice(5, 16));
		assert.deepEqual(await list('from=2026-10-25'),
			['10-25T02:30', '10-25T01:30', '10-25T00:30']);
		assert.deepEqual(await list('to=2026-10-24'), ['10-24T23:30']);
	});

test('so many days are as many, and end with the server\'s today', async () => {
	const user = 'user_today';
	for (const zone of ['Pacific/Kiritimati', 'Etc/GMT+12']) {
		await cluster.query('insert into public.clinic_settings ' +
			'(user_id, timezone) values ($1, $2) on conflict (user_id) ' +
			'do update set timezone = $2', [user, zone]);
		for (const days of [1, 7, 400]) {
			const before = clockOf(Date.now(), zone).date;
			const got = (await figures({ days }, user)).days;
			assert.equal(got.length, days);
			assert.ok([before, clockOf(Date.now(), zone).date]
				.includes(got.at(-1).date), zone);
		}
	}
});

test('a day of 23 hours begins and ends with its clock', async () => {
	const { since, until } = await figures({ tz: 'America/New_York',
		since: '2026-03-08T12:00:00Z', until: '2026-03-08T13:00:00Z' });
	assert.equal(Date.parse(until) - Date.parse(since), 23 * 3600000);
});

test('[analytics:good] without a word: thirty days of the clinic\'s zone that end today',
	async () => {
		const zone = 'Australia/Lord_Howe';
		await cluster.query('insert into public.clinic_settings ' +
			'(user_id, timezone) values ($1, $2)', [A.user, zone]);
		const today = clockOf(Date.now(), zone).date;
		const { rows, ...got } = await figures({});
		assert.equal(rows, undefined);
		compare(got, expected(callsA, addDays(today, -29), today, zone));
		assert.equal(got.days.length, 30);
		const other = await figures({}, B.user);
		assert.equal(other.timezone, 'UTC');
	});

test('a clinic\'s own zone is one that can be asked for', async () => {
	for (const zone of ['Japan', 'EST5EDT', 'posixrules', 'Mars/Base5'])
		await assert.rejects(cluster.query(
			'insert into public.clinic_settings (user_id, timezone) ' +
			'values ($1, $2)', ['user_d', zone]), /no such time zone/, zone);
});

test('days that are over are counted after the answer, and say the same', async () => {
	const user = 'user_days';
	const range = { tz: 'Asia/Kathmandu', since: '2026-02-20T00:00:00Z',
		until: '2026-04-10T00:00:00Z' };
	const columns = 'caller_phone_number, assistant_phone_number, status, ' +
		'duration_seconds, after_hours, is_test, structured_data, ' +
		'success_evaluation, cost_usd, created_at';
	await cluster.query(`insert into public.calls (user_id, ${columns}) ` +
		`select $2, ${columns} from public.calls where user_id = $1`,
	[A.user, user]);
	const live = await figures(range, user);
	assert.ok(live.totals.calls > 300);
	await waitFor(async () => (await cluster.query('select from ' +
		'public.call_days where user_id = $1 and not is_stale', [user]))
		.length > 40, { what: 'counted days' });
	assert.deepEqual(await figures(range, user), live);
	await cluster.query('update public.calls set duration_seconds = ' +
		'duration_seconds + 1000 where id = (select id from public.calls ' +
		'where user_id = $1 and created_at >= $2 and created_at < $3 and ' +
		'duration_seconds > 0 and not is_test limit 1)',
	[user, '2026-03-01', '2026-04-01']);
	const late = await figures(range, user);
	assert.equal(late.totals.seconds, live.totals.seconds + 1000);
});

test('[analytics:tenant] one sees one\'s own', async () => {
	const range = { tz: 'UTC', since: '2026-03-01T00:00:00Z',
		until: '2026-03-20T00:00:00Z' };
	const mine = await figures(range);
	const theirs = await figures(range, B.user);
	assert.ok(theirs.totals.calls <= 50 && theirs.totals.calls > 30);
	assert.ok(mine.totals.calls > 300);
	assert.deepEqual(theirs.intents.find((i) => i.intent === 'booking')?.name,
		null);
	const nobody = await figures(range, 'user_c');
	assert.equal(nobody.totals.calls, 0);
	assert.equal(nobody.hours.length, 168);
	assert.ok(Object.values(nobody.change).every((n) => n === null));
});

test('what cannot be asked is told at its field', async () => {
	for (const [query, field] of [
		[{ tz: 'Mars/Base' }, 'tz'], [{ tz: 'EST5EDT4' }, 'tz'],
		[{ tz: '+02:00' }, 'tz'], [{ tz: '../passwd' }, 'tz'],
		[{ tz: 'Mars/Base5' }, 'tz'], [{ tz: 'posix/Europe/Paris' }, 'tz'],
		[{ tz: 'EST5EDT' }, 'tz'], [{ tz: 'europe/paris' }, 'tz'],
		[{ tz: 'x'.repeat(65) }, 'tz'],
		[{ since: '2026-03-01' }, 'since'], [{ until: 'now' }, 'until'],
		[{ since: '2026-03-02T00:00:00Z', until: '2026-03-01T00:00:00Z' },
			'until'],
		[{ since: '2126-03-02T00:00:00Z' }, 'since'],
		[{ since: '2025-01-01T00:00:00Z', until: '2026-03-01T00:00:00Z' },
			'since'],
		[{ from: '2026-02-29' }, 'from'], [{ to: '0000-01-01' }, 'to'],
		[{ from: '2026-3-1' }, 'from'], [{ from: '2126-03-02' }, 'from'],
		[{ to: '2026-03-01T00:00:00Z' }, 'to'],
		[{ from: '2026-03-02', to: '2026-03-01' }, 'to'],
		[{ from: '2025-01-01', to: '2026-02-05' }, 'from'],
		[{ days: '0' }, 'days'], [{ days: '401' }, 'days'],
		[{ days: 'x' }, 'days'], [{ days: '7', from: '2026-03-01' }, 'days'],
		// a day beside an instant
		...['since', 'until'].flatMap((instant) => [['from', '2026-03-01'],
			['to', '2026-03-01'], ['days', '7']].map(([name, value]) =>
			[{ [instant]: '2026-03-01T00:00:00Z', [name]: value }, name]))]) {
		const answer = await ask(query);
		assert.equal(answer.status, 422, JSON.stringify(query));
		const { errors } = JSON.parse(answer.body);
		assert.deepEqual(errors.map((one) => one.field), [field]);
		assert.ok(!/[{}]/.test(errors[0].message));
	}
	assert.equal((await figures({ since: '2025-01-01T00:00:00Z',
		until: '2026-02-05T00:00:00Z', tz: 'UTC' })).days.length, 400);
	assert.equal((await figures({ from: '2025-01-02', to: '2026-02-05' }))
		.days.length, 400);
});

closing(world);
