// The clinic itself as its dashboard has it: what it is called and wants, its
// plan, and what the page is told before anybody signed in.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Api } from './lib/api.js';
import { closing } from './lib/closing.js';
import { tenantSettings } from './lib/threats.js';
import { B, LINE, openWorld } from './lib/world.js';

const world = await openWorld({ settings: { ...tenantSettings,
	CLERK_PUBLISHABLE_KEY: 'pk_test_Y2FsbHdhcmQ' } });
const { cluster } = world;
const api = new Api(world);
const { ask, got } = api;
const query = (...args) => cluster.query(...args);

test('[me-change:good] what a clinic is called and wants is kept', async () => {
	const me = await got('/api/me');
	const set = { name: 'Dental Østerbro', timezone: 'Europe/Copenhagen',
		language: 'es', country: 'DK', open_action: 'fallback',
		closed_action: 'message', after_hours_message: 'We open at eight.' };
	const answer = await ask('/api/me', { method: 'PATCH', json: set });
	assert.equal(answer.status, 200, answer.body);
	assert.deepEqual(JSON.parse(answer.body), { ...me, ...set });
	assert.deepEqual(await got('/api/me'), { ...me, ...set });
	assert.equal((await got('/api/me', { as: B })).name, null);
	const back = JSON.parse((await ask('/api/me', { method: 'PATCH',
		json: { name: null, after_hours_message: '' } })).body);
	assert.deepEqual(back, { ...me, ...set, name: null,
		after_hours_message: null });
	for (const timezone of ['EST5EDT', 'posixrules', 'localtime', 'Japan',
		'posix/Europe/Paris', 'right/UTC', 'Mars/Base5', 'utc', 'Europe/paris',
		'Etc/GMT+99', 'Europe//Paris', 'Europe/Paris/']) {
		const refused = await ask('/api/me', { method: 'PATCH',
			json: { timezone } });
		assert.equal(refused.status, 422, timezone);
		assert.deepEqual(JSON.parse(refused.body).errors, [{
			field: 'timezone', code: 'not_a_time_zone', params: {}, message:
				'must be a time zone such as America/New_York' }]);
	}
	for (const timezone of ['UTC', 'Etc/GMT+5', 'America/Port-au-Prince',
		'America/Argentina/Buenos_Aires', 'Europe/Copenhagen']) {
		assert.equal((await ask('/api/me', { method: 'PATCH',
			json: { timezone } })).status, 200, timezone);
		assert.equal((await got('/api/analytics')).timezone, timezone);
		assert.equal((await got('/api/analytics?tz=' +
			encodeURIComponent(timezone))).timezone, timezone);
	}
	for (const [json, field] of [[{ timezone: 'Mars/Base' }, 'timezone'],
		[{ timezone: '../../etc' }, 'timezone'], [{ timezone: null },
			'timezone'], [{ language: 'x' }, 'language'],
		[{ open_action: 'message' }, 'open_action'],
		[{ name: 'x'.repeat(81) }, 'name'], [{ user_id: 'x' }, 'user_id'],
		[{ assistants: 2 }, 'assistants']]) {
		const refused = await ask('/api/me', { method: 'PATCH', json });
		assert.equal(refused.status, 422, refused.body);
		assert.equal(JSON.parse(refused.body).errors[0].field, field);
	}
	assert.deepEqual(await got('/api/me'), back);
	await ask('/api/me', { method: 'PATCH', json: { timezone: 'UTC' } });
});

test('[config:good] the page learns how one signs in before anybody did', async () => {
	const answer = await world.get('/api/config');
	assert.equal(answer.status, 200);
	assert.equal(answer.headers['cache-control'], 'no-cache');
	const { version, ...rest } = JSON.parse(answer.body);
	assert.match(version, /^[0-9]+\./);
	assert.deepEqual(rest, { clerk_publishable_key: 'pk_test_Y2FsbHdhcmQ',
		clerk_tenant: 'user', desk_recordings: true });
});

test('[subscription:good] a plan, and how much of it is used', async () => {
	const user = 'user_plan';
	const none = await got('/api/subscription', { as: { user } });
	assert.deepEqual([none.plan, none.included_seconds, none.used_seconds,
		none.percent, none.warning, none.capped, none.calls],
	[null, null, 0, null, false, false, 0]);
	const month = new Date();
	assert.equal(Date.parse(none.current_period_start), Date.UTC(
		month.getUTCFullYear(), month.getUTCMonth(), 1));
	await query(`insert into public.subscriptions (user_id, plan, status,
		included_seconds, current_period_start, current_period_end)
	values ($1, 'small', 'active', 1000, now() - interval '10 days',
		now() + interval '20 days')`, [user]);
	const use = (seconds, more = '') => query(`insert into public.calls
		(user_id, caller_phone_number, assistant_phone_number, status,
		duration_seconds, is_test, created_at)
	values ($1, '+15550000001', $2, 'completed', $3, ${more || 'false'},
		now() - interval '1 day')`, [user, LINE, seconds]);
	await use(500);
	await use(9999, 'true');
	await query(`insert into public.calls (user_id, caller_phone_number,
		assistant_phone_number, duration_seconds, created_at)
	values ($1, 'x', 'x', 9999, now() - interval '11 days')`, [user]);
	const half = await got('/api/subscription', { as: { user } });
	assert.deepEqual([half.plan, half.status, half.included_seconds,
		half.used_seconds, half.remaining_seconds, half.percent,
		half.warning, half.capped, half.cap_behaviour, half.calls],
	['small', 'active', 1000, 500, 500, 50, false, false, 'fallback', 1]);
	await use(300);
	const warned = await got('/api/subscription', { as: { user } });
	assert.deepEqual([warned.percent, warned.warning, warned.capped],
		[80, true, false]);
	await use(201);
	const over = await got('/api/subscription', { as: { user } });
	assert.deepEqual([over.used_seconds, over.remaining_seconds,
		over.percent, over.capped], [1001, 0, 100.1, true]);
	assert.equal((await got('/api/subscription')).plan, null);
});

test('a plan\'s period has the days of the clinic\'s clock', async () => {
	const user = 'user_period';
	await query('insert into public.clinic_settings (user_id, timezone) ' +
		'values ($1, \'Pacific/Kiritimati\')', [user]);
	for (const [from, until, ...days] of [
		// midnight there is at 10:00Z
		['2026-01-31T10:00:00Z', '2126-02-01T10:00:00Z', '2026-02-01',
			'2126-02-01'],
		['2026-01-31T09:59:59Z', '2126-02-01T10:00:01Z', '2026-01-31',
			'2126-02-02']]) {
		await query('delete from public.subscriptions where user_id = $1',
			[user]);
		await query('insert into public.subscriptions (user_id, plan, ' +
			'current_period_start, current_period_end) ' +
			'values ($1, \'small\', $2, $3)', [user, from, until]);
		const plan = await got('/api/subscription', { as: { user } });
		assert.deepEqual([plan.first_day, plan.last_day], days);
	}
});

test('[me-change:tenant] one clinic sets nothing of another\'s', async () => {
	const before = await got('/api/me');
	assert.equal((await ask('/api/me?user_id=user_a', { as: B,
		method: 'PATCH', json: { name: 'Of B' } })).status, 200);
	assert.equal((await got('/api/me', { as: B })).name, 'Of B');
	assert.deepEqual(await got('/api/me'), before);
});

test('[subscription:tenant] a plan is its clinic\'s', async () => {
	const seen = await got('/api/subscription?user_id=user_plan');
	assert.equal(seen.plan, null);
});

// Who may not, what is too large, and without the database -------------------

const change = { path: '/api/me', method: 'PATCH', body: '{}' };
const plan = { path: '/api/subscription' };
const figures = { path: '/api/analytics' };

api.refusesStrangers(['[me-change:proof] a stranger sets nothing', change],
	['[subscription:proof] a stranger sees no plan', plan],
	['[analytics:proof] a stranger sees no figures', figures]);
api.refusesLarge(['[me-change:large] and so are settings', change]);
api.failsWithoutDatabase(
	['[me-change:database] nothing is said to be set', change],
	['[subscription:database] the plan is away', plan],
	['[analytics:database] the figures are away', figures]);

test('[config:database] one can be told how to sign in all the same',
	async () => assert.equal((await world.get('/api/config')).status, 200));

closing(world);
