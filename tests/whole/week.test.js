// Working hours as one edits them (web/lib/week.js): to rows and back, what is
// wrong with them, and what a pointer does to them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begun, dragged, grip, nextTime, placed, toModel, toRows, usualWeek,
	wrongIn } from '../../web/lib/week.js';

const NUMBER = '00000000-0000-4000-8000-000000000001';
const row = (more) => ({ phone_number_id: null, day_of_week: null,
	open_time: null, close_time: null, is_closed: false, specific_date: null,
	date_end: null, reason: null, ...more });
const time = (open, close) => ({ open, close });
const weekOf = (times) => ({ weeks: { '': [times, [], [], [], [], [], []] },
	special: [], whyClosed: {} });

// What the server would store of a model, read again.
const again = (model) => toModel(toRows(model).rows.map(row));

test('no rows are no week: always open', () => {
	assert.deepEqual(toModel([]), { weeks: {}, special: [], whyClosed: {} });
	assert.deepEqual(toRows({ weeks: {}, special: [] }),
		{ rows: [], places: [] });
});

test('rows become days in order, and the same rows again', () => {
	const model = toModel([
		row({ day_of_week: 1, open_time: '13:00', close_time: '18:00' }),
		row({ day_of_week: 1, open_time: '08:00', close_time: '12:00' }),
		row({ day_of_week: 6, is_closed: true }),
		row({ phone_number_id: NUMBER, day_of_week: 0, open_time: '00:00',
			close_time: '24:00' }),
		row({ specific_date: '2027-01-01', is_closed: true }),
		row({ specific_date: '2026-12-24', date_end: '2026-12-26',
			open_time: '09:00', close_time: '10:00', reason: 'Short' }),
		row({ specific_date: '2026-12-24', date_end: '2026-12-26',
			open_time: '11:00', close_time: '12:00', reason: 'Short' }),
		row({}),
	]);
	assert.deepEqual(model.weeks[''][1],
		[time('08:00', '12:00'), time('13:00', '18:00')]);
	assert.deepEqual(model.weeks[''][6], []);
	assert.deepEqual(model.weeks[NUMBER][0], [time('00:00', '24:00')]);
	assert.deepEqual(model.special.map((day) => [day.from, day.to, day.closed,
		day.times.length, day.reason]), [
		['2026-12-24', '2026-12-26', false, 2, 'Short'],
		['2027-01-01', '', true, 0, '']]);
	assert.deepEqual(again(model), model);
});

test('the reason of a weekly row stays, also where the hours are dragged', () => {
	const rows = [
		row({ day_of_week: 1, open_time: '08:00', close_time: '12:00',
			reason: 'Surgery' }),
		row({ day_of_week: 1, open_time: '13:00', close_time: '18:00' }),
		row({ phone_number_id: NUMBER, day_of_week: 0, is_closed: true,
			reason: 'Sunday' }),
	];
	const model = toModel(rows);
	assert.deepEqual(again(model), model);
	model.weeks[''][1] = dragged(model.weeks[''][1],
		{ n: 0, part: 'open' }, 60);
	assert.deepEqual(toRows(model).rows.filter((one) => one.reason !== null)
		.map((one) => [one.phone_number_id, one.day_of_week, one.is_closed,
			one.open_time, one.reason]), [
		[null, 1, undefined, '09:00', 'Surgery'],
		[NUMBER, 0, true, undefined, 'Sunday']]);
});

test('a week without any hours is closed, not always open', () => {
	const { rows } = toRows(weekOf([]));
	assert.equal(rows.length, 7);
	assert.ok(rows.every((one) => one.is_closed));
	assert.deepEqual(again(weekOf([])), weekOf([]));
});

test('what the server refuses is told where it stands', () => {
	const { weeks } = weekOf([time('09:00', '10:00'), time('09:30', '11:00')]);
	const { places } = toRows({ weeks, special: [{ number: NUMBER,
		from: '2026-12-24', to: '', closed: false, reason: '',
		times: [time('09:00', '10:00'), time('11:00', '12:00')] }] });
	assert.deepEqual(placed({ 'data[1].open_time': 'a',
		'data[2].day_of_week': 'b', 'data[9].close_time': 'c',
		'data[9].date_end': 'd', 'data[99].open_time': 'e', data: 'f' }, places),
	{ 'week..0.1.open_time': 'a', 'week..1.day_of_week': 'b',
		'special.0.1.close_time': 'c', 'special.0.date_end': 'd',
		'data[99].open_time': 'e', data: 'f' });
});

test('what is wrong is found before it is sent', () => {
	for (const [times, wrong] of [
		[[time('09:00', '17:00')], {}],
		[[time('09:00', '12:00'), time('12:00', '24:00')], {}],
		[[time('', '17:00')], { 'week..0.0.open_time': 'time' }],
		[[time('09:00', '')], { 'week..0.0.close_time': 'time' }],
		[[time('09:00', '09:00')], { 'week..0.0.close_time': 'order' }],
		[[time('22:00', '02:00')], { 'week..0.0.close_time': 'order' }],
		[[time('09:00', '12:00'), time('11:59', '13:00')],
			{ 'week..0.1.open_time': 'overlap' }],
	])
		assert.deepEqual(wrongIn(weekOf(times)), wrong, JSON.stringify(times));
	const special = (more) => wrongIn({ weeks: {}, special: [{ number: '',
		from: '2026-12-24', to: '', closed: true, times: [], reason: '',
		...more }] });
	assert.deepEqual(special({}), {});
	assert.deepEqual(special({ from: '' }),
		{ 'special.0.specific_date': 'date' });
	assert.deepEqual(special({ to: '2026-12-23' }),
		{ 'special.0.date_end': 'dates' });
	assert.deepEqual(special({ closed: false }),
		{ 'special.0.is_closed': 'none' });
});

test('a pointer takes hold of an edge, a body, or free time', () => {
	const times = [time('08:00', '12:00'), time('13:00', '18:00')];
	assert.deepEqual(grip(times, 485, 20), { n: 0, part: 'open' });
	assert.deepEqual(grip(times, 715, 20), { n: 0, part: 'close' });
	assert.deepEqual(grip(times, 600, 20), { n: 0, part: 'both' });
	assert.deepEqual(grip(times, 900, 20), { n: 1, part: 'both' });
	assert.equal(grip(times, 300, 20), null);
});

test('what is dragged stays within the day and off its neighbours', () => {
	const times = [time('08:00', '12:00'), time('13:00', '18:00')];
	const drag = (n, part, by) => dragged(times, { n, part }, by)[n];
	assert.deepEqual(drag(0, 'open', -37), time('07:30', '12:00'));
	assert.deepEqual(drag(0, 'open', 900), time('11:45', '12:00'));
	assert.deepEqual(drag(0, 'close', 900), time('08:00', '13:00'));
	assert.deepEqual(drag(0, 'both', -900), time('00:00', '04:00'));
	assert.deepEqual(drag(0, 'both', 900), time('09:00', '13:00'));
	assert.deepEqual(drag(1, 'close', 900), time('13:00', '24:00'));
	assert.deepEqual(begun(times, 1201)[2], time('20:00', '20:15'));
	assert.deepEqual(begun([], 1440), [time('23:45', '24:00')]);
	assert.equal(begun(times, 490), null);
});

test('more hours come after the last', () => {
	assert.deepEqual(nextTime([]), time('09:00', '17:00'));
	assert.deepEqual(nextTime([time('08:00', '12:00')]), time('13:00', '17:00'));
	assert.deepEqual(nextTime([time('08:00', '23:00')]), time('23:45', '24:00'));
	assert.equal(usualWeek().flat().length, 5);
});
