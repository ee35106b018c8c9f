// A clinic's working hours as one edits them, and as the server keeps them, a
// row an interval. It knows nothing of the page.
//
//	{weeks: {'': week, [number's id]: week}, special: [day],
//	    whyClosed: {"NUMBER DAY": reason}}
//	week  seven lists of {open, close}, from Sunday; a number without one
//	      follows '', and without '' it is open always
//	day   {number, from, to, closed, times: [{open, close}], reason}
//
// A row of a week may have a reason. Nobody edits it here, but it stays: in its
// interval, or in whyClosed for a day without any.
//
// Times are "08:30"; a day ends at "24:00". What is wrong is told by the name
// of a field: "week.NUMBER.DAY.N.open_time", "special.N.specific_date".
const DAYS = [0, 1, 2, 3, 4, 5, 6];

// In minutes: what a pointer can tell apart, and the end of a day.
export const STEP = 15;
export const END = 24 * 60;
const emptyWeek = () => DAYS.map(() => []);
export const usualWeek = () => DAYS.map((day) => day >= 1 && day <= 5
	? [{ open: '09:00', close: '17:00' }] : []);

export function minutes(time) {
	const [h, m] = time.split(':').map(Number);
	return h * 60 + m;
}

function timeOf(n) {
	const two = (part) => String(part).padStart(2, '0');
	return `${two(Math.floor(n / 60))}:${two(n % 60)}`;
}

const snap = (n) => Math.round(n / STEP) * STEP;

const byOpening = (times) => [...times].sort((a, b) =>
	a.open.localeCompare(b.open));

export function toModel(rows) {
	const weeks = {}, whyClosed = {};
	const special = new Map();

	for (const row of rows) {
		const number = row.phone_number_id ?? '';
		const time = { open: row.open_time ?? '00:00',
			close: row.close_time ?? '24:00' };
		if (row.specific_date !== null) {
			const key = [number, row.specific_date, row.date_end, row.reason,
				row.is_closed].join(' ');
			if (!special.has(key))
				special.set(key, { number, from: row.specific_date,
					to: row.date_end ?? '', closed: row.is_closed, times: [],
					reason: row.reason ?? '' });
			if (!row.is_closed)
				special.get(key).times.push(time);
		} else if (row.day_of_week !== null) {
			weeks[number] ??= emptyWeek();
			if (!row.is_closed)
				weeks[number][row.day_of_week].push(row.reason
					? { ...time, reason: row.reason } : time);
			else if (row.reason)
				whyClosed[`${number} ${row.day_of_week}`] = row.reason;
		}
	}
	for (const week of Object.values(weeks))
		DAYS.forEach((day) => week[day] = byOpening(week[day]));
	return { weeks, whyClosed, special: [...special.values()].sort((a, b) =>
		a.from.localeCompare(b.from)) };
}

// {rows, places}: what is sent, and for each row where it stands in the model.
export function toRows({ weeks, special, whyClosed = {} }) {
	const rows = [], places = [];
	const add = (place, row) => {
		places.push(place);
		rows.push(row);
	};
	const each = (place, times, row, why = row.reason) => {
		if (times.length === 0)
			add(place, { ...row, is_closed: true, reason: why ?? null });
		times.forEach(({ open, close, reason }, n) => add(`${place}.${n}`,
			{ ...row, open_time: open, close_time: close,
				reason: row.reason ?? reason ?? null }));
	};

	for (const [number, week] of Object.entries(weeks)) {
		DAYS.forEach((day) => each(`week.${number}.${day}`, week[day],
			{ phone_number_id: number || null, day_of_week: day },
			whyClosed[`${number} ${day}`]));
	}
	special.forEach((day, n) => each(`special.${n}`,
		day.closed ? [] : day.times, { phone_number_id: day.number || null,
			specific_date: day.from, date_end: day.to || null,
			reason: day.reason.trim() || null }));
	return { rows, places };
}

// The server's "data[3].open_time" by the name that the field has here.
export function placed(fields, places) {
	return Object.fromEntries(Object.entries(fields).map(([name, message]) => {
		const [, nth, field] = /^data\[(\d+)\]\.(\w+)$/.exec(name) ?? [];
		const place = places[nth];
		if (place === undefined)
			return [name, message];
		const ofDay = place.startsWith('special.') &&
			!field.endsWith('_time');
		return [`${ofDay ? place.split('.').slice(0, 2).join('.') : place}` +
			`.${field}`, message];
	}));
}

function wrongTimes(place, times) {
	const wrong = {};

	times.forEach(({ open, close }, n) => {
		if (!open)
			wrong[`${place}.${n}.open_time`] = 'time';
		else if (!close)
			wrong[`${place}.${n}.close_time`] = 'time';
		else if (close <= open)
			wrong[`${place}.${n}.close_time`] = 'order';
		else if (times.some((other, m) => m < n && other.open < close &&
			open < other.close))
			wrong[`${place}.${n}.open_time`] = 'overlap';
	});
	return wrong;
}

// {field: 'time', 'date', 'order', 'overlap', 'dates' or 'none'}.
export function wrongIn({ weeks, special }) {
	const wrong = {};

	for (const [number, week] of Object.entries(weeks)) {
		DAYS.forEach((day) => Object.assign(wrong,
			wrongTimes(`week.${number}.${day}`, week[day])));
	}
	special.forEach((day, n) => {
		if (!day.from)
			wrong[`special.${n}.specific_date`] = 'date';
		else if (day.to && day.to < day.from)
			wrong[`special.${n}.date_end`] = 'dates';
		if (!day.closed && day.times.length === 0)
			wrong[`special.${n}.is_closed`] = 'none';
		if (!day.closed)
			Object.assign(wrong, wrongTimes(`special.${n}`, day.times));
	});
	return wrong;
}

// An interval for a day that has some: after the last, with a gap if there is
// room for one.
export function nextTime(times) {
	const last = Math.max(-1, ...times.filter((time) => time.close)
		.map((time) => minutes(time.close)));

	if (last < 0)
		return { open: '09:00', close: '17:00' };
	const open = Math.min(last + 60, END - STEP);
	return { open: timeOf(open), close: timeOf(Math.min(open + 240, END)) };
}

// What the pointer takes hold of at this minute; near: how many minutes an
// edge reaches. {n, part: 'open', 'close' or 'both'}, or null for free time.
export function grip(times, at, near) {
	for (const [n, { open, close }] of times.entries()) {
		const [from, to] = [minutes(open), minutes(close)];
		const edge = Math.min(near, (to - from) / 3);
		if (Math.abs(at - to) <= edge)
			return { n, part: 'close' };
		if (Math.abs(at - from) <= edge)
			return { n, part: 'open' };
		if (at > from && at < to)
			return { n, part: 'both' };
	}
	return null;
}

// The times after interval n was dragged by so many minutes; it keeps its
// length or at least a quarter of an hour, and off its neighbours.
export function dragged(times, { n, part }, by) {
	const from = minutes(times[n].open), to = minutes(times[n].close);
	const others = times.filter((_, m) => m !== n);
	const low = Math.max(0, ...others.map((one) => minutes(one.close))
		.filter((end) => end <= from));
	const high = Math.min(END, ...others.map((one) => minutes(one.open))
		.filter((begin) => begin >= to));
	const within = (value, least, most) =>
		Math.min(Math.max(snap(value), least), most);
	let [open, close] = [from, to];

	if (part === 'open')
		open = within(from + by, low, to - STEP);
	else if (part === 'close')
		close = within(to + by, from + STEP, high);
	else {
		open = within(from + by, low, high - (to - from));
		close = open + to - from;
	}
	return times.map((one, i) => i !== n ? one
		: { ...one, open: timeOf(open), close: timeOf(close) });
}

// The times with one more, begun at this minute of free time; null where there
// is no room.
export function begun(times, at) {
	const open = Math.min(Math.floor(at / STEP) * STEP, END - STEP);
	const next = { open: timeOf(open), close: timeOf(open + STEP) };

	return times.some((one) => one.open < next.close && next.open < one.close)
		? null : [...times, next];
}
