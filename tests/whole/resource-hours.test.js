// Working hours as a clinic sets them: which rows can stand together, one by
// one and all at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { A, openWorld } from './lib/world.js';

// Of those who come at once none has to wait for a connection.
const world = await openWorld({ settings: { ...tenantSettings,
	TENANT_CONNECTIONS: 16 } });
const HOURS = '/api/working-hours';
const token = makeToken(tenantKey, claims({ sub: A.user }));

async function ask(method, path, body) {
	const answer = await world.get(path, { method, headers: {
		Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
	body: body && JSON.stringify(body) });
	return { status: answer.status, ...answer.body && {
		body: JSON.parse(answer.body) } };
}
// What is complained about, "field message" each; [] when it was taken.
const complaints = async (...request) => {
	const { status, body } = await ask(...request);
	assert.ok([200, 201, 422].includes(status), JSON.stringify(body));
	return (body.errors ?? []).map((one) => `${one.field} ${one.message}`);
};
const replace = (data) => complaints('PUT', HOURS, { data });
const number = (await ask('GET', '/api/phone-numbers')).body.data[0].id;
const open = (day, from, to, more = {}) => ({ day_of_week: day,
	open_time: from, close_time: to, ...more });
const special = (from, to, more = {}) => ({ specific_date: from,
	date_end: to, is_closed: true, ...more });

test('rows that can stand together', async () => {
	for (const rows of [
		[],
		[open(1, '09:00', '12:00'), open(1, '12:00', '18:00')],
		[open(1, '13:00', '18:00'), open(1, '09:00', '12:00')],
		[open(0, '00:00', '24:00'), open(6, '00:00', '24:00')],
		[open(1, '09:00', '18:00'),
			open(1, '09:00', '18:00', { phone_number_id: number })],
		[open(4, '09:00', '18:00'), special('2026-01-01', null)],
		[special('2026-01-01', '2026-01-03'), special('2026-01-04', null)],
		[special('2026-01-01', '2026-01-03'),
			special('2026-01-02', null, { phone_number_id: number })],
		[special('2026-12-24', '2026-12-31', { is_closed: false,
			open_time: '09:00', close_time: '12:00' }),
		special('2026-12-31', null, { is_closed: false, open_time: '12:00',
			close_time: '13:00' })],
	]) {
		assert.deepEqual(await replace(rows), [], JSON.stringify(rows));
		assert.equal((await ask('GET', HOURS)).body.data.length, rows.length);
	}
});

test('rows that cannot, and which of them is told', async () => {
	await replace([open(5, '10:00', '11:00')]);
	const before = (await ask('GET', HOURS)).body;
	for (const [rows, ...told] of [
		[[open(1, '09:00', '12:00'), open(1, '11:59', '18:00')],
			'data[1].open_time overlaps the hours from 09:00 to 12:00'],
		[[open(1, '10:00', '11:00'), open(2, '10:00', '11:00'),
			open(1, '09:00', '18:00'), open(2, '10:30', '10:31')],
		'data[2].open_time overlaps the hours from 10:00 to 11:00',
		'data[3].open_time overlaps the hours from 10:00 to 11:00'],
		[[open(1, '09:00', '12:00'), { day_of_week: 1, is_closed: true }],
			'data[1].day_of_week cannot be closed and have hours'],
		[[{ day_of_week: 1, is_closed: true }, open(1, '09:00', '12:00')],
			'data[1].day_of_week cannot be closed and have hours'],
		[[{ day_of_week: 1, is_closed: true },
			{ day_of_week: 1, is_closed: true }],
		'data[1].day_of_week is closed already'],
		[[special('2026-01-01', '2026-01-05'), special('2026-01-05', null)],
			'data[1].specific_date is closed already'],
		[[special('2026-01-05', null), special('2026-01-01', '2026-02-01', {
			is_closed: false, open_time: '09:00', close_time: '10:00' })],
		'data[1].specific_date cannot be closed and have hours'],
		[[special('2026-01-01', '2026-01-05', { is_closed: false,
			open_time: '09:00', close_time: '10:00' }),
		special('2026-01-03', null, { is_closed: false,
			open_time: '09:30', close_time: '09:40' })],
		'data[1].open_time overlaps the hours from 09:00 to 10:00'],
		[[open(1, '09:00', '10:00', { phone_number_id: number }),
			open(1, '09:00', '10:00', { phone_number_id: number })],
		'data[1].open_time overlaps the hours from 09:00 to 10:00'],
		[[{}, open(1, '9', '10:00'), 5, open(8, '10:00', '11:00')],
			'data[1].open_time must be a time such as 09:30',
			'data[2] must be an object',
			'data[3].day_of_week must be a day from 0, Sunday, to 6'],
		[[{}], 'data[0].close_time is required',
			'data[0].day_of_week is required, unless a date is given',
			'data[0].open_time is required'],
	])
		assert.deepEqual((await replace(rows)).sort(), told,
			JSON.stringify(rows));
	assert.deepEqual((await ask('GET', HOURS)).body, before,
		'a set with a fault changes nothing');
});

test('what is no set is refused', async () => {
	for (const body of [{}, { data: null }, { data: {} }, { data: 'x' },
		{ data: [], more: 1 }])
		assert.equal((await ask('PUT', HOURS, body)).status, 422);
	assert.equal((await ask('PUT', HOURS, [])).status, 400);
	assert.deepEqual(await replace(Array(501).fill({})),
		['data holds more than 500 rows']);
});

test('500 rows can be, and no more by another way', async () => {
	const rows = Array.from({ length: 500 }, (_, i) => special(
		new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10), null));
	assert.deepEqual(await replace(rows), []);
	const { status, body } = await ask('POST', HOURS,
		{ day_of_week: 1, is_closed: true });
	assert.equal(status, 409);
	assert.match(body.detail, /500/);
	assert.deepEqual([body.code, body.params], ['too_many_hours', { n: 500 }]);
	await replace([]);
});

test('a row alone is held against the others, and not against itself',
	async () => {
		const first = (await ask('POST', HOURS, open(1, '09:00', '12:00')))
			.body;
		assert.deepEqual(await complaints('POST', HOURS,
			open(1, '11:00', '13:00')),
		['open_time overlaps the hours from 09:00 to 12:00']);
		const second = (await ask('POST', HOURS, open(1, '13:00', '18:00')))
			.body;
		const path = `${HOURS}/${second.id}`;
		assert.deepEqual(await complaints('PATCH', path,
			{ open_time: '14:00' }), []);
		assert.deepEqual(await complaints('PATCH', path,
			{ open_time: '11:00' }),
		['open_time overlaps the hours from 09:00 to 12:00']);
		assert.deepEqual(await complaints('PATCH', path,
			{ close_time: '13:00' }), ['close_time must be after the time ' +
			'of opening; what goes past midnight is two rows, to 24:00 and ' +
			'from 00:00']);
		assert.deepEqual(await complaints('PATCH', path, { is_closed: true }),
			['day_of_week cannot be closed and have hours']);
		assert.deepEqual(await complaints('PATCH', path,
			{ day_of_week: 2, is_closed: true }), []);
		const closed = (await ask('GET', path)).body;
		assert.deepEqual([closed.open_time, closed.close_time], [null, null]);
		assert.deepEqual(await complaints('PATCH', path,
			{ day_of_week: null, specific_date: '2026-01-01' }), []);
		assert.equal((await ask('DELETE', `${HOURS}/${first.id}`)).status,
			204);
	});

test('the list tells whether it is open now, by the clinic\'s clock',
	async () => {
		await replace([]);
		const always = (await ask('GET', HOURS)).body;
		assert.deepEqual(always, { data: [], open_now: true,
			timezone: 'UTC' });
		const day = (zone) => ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri',
			'Sat'].indexOf(new Intl.DateTimeFormat('en', { weekday: 'short',
			timeZone: zone }).format());
		for (const zone of ['Pacific/Kiritimati', 'Pacific/Niue']) {
			await world.cluster.query('insert into public.clinic_settings ' +
				'(user_id, timezone) values ($1, $2) on conflict (user_id) ' +
				'do update set timezone = excluded.timezone', [A.user, zone]);
			await replace([open(day(zone), '00:00', '24:00')]);
			const { open_now: now, timezone } =
				(await ask('GET', HOURS)).body;
			assert.deepEqual([now, timezone], [true, zone]);
			await replace([{ day_of_week: day(zone), is_closed: true }]);
			assert.equal((await ask('GET', HOURS)).body.open_now, false);
		}
	});

test('sets that come at once leave one whole set', async () => {
	const sets = Array.from({ length: 8 }, (_, i) => [
		open(1, `0${i}:00`, '12:00'), open(2, `0${i}:00`, '12:00')]);
	for (const errors of await Promise.all(sets.map(replace)))
		assert.deepEqual(errors, []);
	const { data } = (await ask('GET', HOURS)).body;
	assert.equal(data.length, 2);
	assert.equal(data[0].open_time, data[1].open_time);
});

closing(world);
