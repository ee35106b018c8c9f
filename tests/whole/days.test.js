// When a clinic's day begins: the database beside Intl, around every change of
// clocks in two years, in the zones of which both know the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { openWorld } from './lib/world.js';

const world = await openWorld();
const { cluster } = world;
const YEARS = ['2026-01-01T00:00:00Z', '2028-01-01T00:00:00Z'];

const formats = new Map();
function shown(ms, zone) {
	if (!formats.has(zone))
		formats.set(zone, new Intl.DateTimeFormat('en-US', { timeZone: zone,
			hourCycle: 'h23', year: 'numeric', month: 'numeric',
			day: 'numeric', hour: 'numeric', minute: 'numeric',
			second: 'numeric' }));
	const n = Object.fromEntries(formats.get(zone).formatToParts(ms)
		.map(({ type, value }) => [type, Number(value)]));
	return Date.UTC(n.year, n.month - 1, n.day, n.hour, n.minute, n.second);
}
function known(zone) {
	try {
		return shown(0, zone) !== undefined;
	} catch {
		return false;
	}
}
const dateOf = (ms, zone) => new Date(shown(ms, zone)).toISOString()
	.slice(0, 10);
// The first of the quarters of an hour that Intl shows on that day, or later.
function beginOf(day, zone) {
	const utc = Date.parse(`${day}T00:00:00Z`);
	for (let ms = utc - 15 * 3600000; ; ms += 900000)
		if (dateOf(ms, zone) >= day)
			return ms;
}

test('each day begins when Intl says so, where both know the same zone',
	async (t) => {
		// What the clock is ahead, every tenth day and beside each change.
		const offsets = await cluster.query(`
			select zone, extract(epoch from at)::float8 * 1000 as at,
			    extract(epoch from at at time zone zone
			        - at at time zone 'UTC')::float8 * 1000 as ahead
			from (
			    select name as zone, at, at at time zone name
			        - at at time zone 'UTC' as ahead,
			        lag(at at time zone name - at at time zone 'UTC')
			            over w as before,
			        lead(at at time zone name - at at time zone 'UTC')
			            over w as after,
			        row_number() over w as nth
			    from pg_timezone_names,
			        generate_series($1::timestamptz, $2, '24 hours') at
			    where name !~ '^posix'
			    window w as (partition by name order by at)
			) steps
			where nth % 10 = 0 or before <> ahead or after <> ahead
			order by zone, at`, YEARS);
		const zones = new Set(offsets.map(({ zone }) => zone));
		const strange = [...zones].filter((zone) => !known(zone));
		const other = new Set(offsets.filter(({ zone, at, ahead }) =>
			!strange.includes(zone) && shown(at, zone) - at !== ahead)
			.map(({ zone }) => zone));
		t.diagnostic(`${zones.size} zones; Intl does not know ` +
			`${strange.join(' ') || 'any less'}; the two differ about ` +
			`${[...other].join(' ') || 'none'}`);
		const same = [...zones].filter((zone) => !strange.includes(zone) &&
			!other.has(zone));
		assert.ok(same.length > 200, `${same.length}`);
		const days = await cluster.query(`
			select zone, day::text, extract(epoch from
			    callward.day_start(day, zone))::float8 * 1000 as begins
			from (
			    select distinct name as zone, ((at at time zone name)::date
			        + n) as day
			    from (
			        select name, at, at at time zone name
			            - at at time zone 'UTC' as ahead,
			            lag(at at time zone name - at at time zone 'UTC')
			                over (partition by name order by at) as before
			        from unnest($3::text[]) name,
			            generate_series($1::timestamptz, $2, '24 hours') at
			    ) steps, generate_series(-1, 1) n
			    where before <> ahead
			) around`, [...YEARS, same]);
		assert.ok(days.length > 1000, `${days.length}`);
		const wrong = days.filter(({ zone, day, begins }) =>
			begins !== beginOf(day, zone));
		assert.deepEqual(wrong, []);
		t.diagnostic(`${days.length} days`);
	});

closing(world);
