// Times as the clinic's clock shows them. The server speaks UTC instants and
// local days ("2026-01-31"); the browser's own zone and clock never matter.
import { now } from './clock.js';
import { language, number, t } from './i18n.js';

let zone = 'UTC';
const formats = new Map();

export function setZone(name) {
	try {
		new Intl.DateTimeFormat('en', { timeZone: name });
		zone = name;
	} catch {
		zone = 'UTC';
	}
}

function formatter(options, timeZone = zone, tag = language.get()) {
	const key = JSON.stringify([tag, timeZone, options]);

	if (!formats.has(key))
		formats.set(key, new Intl.DateTimeFormat(tag, { timeZone, ...options }));
	return formats.get(key);
}

const format = (when, ...how) => formatter(...how).format(when);

const CLOCK = { hour: 'numeric', minute: '2-digit' };
const SHORT = { month: 'short', day: 'numeric' };
const DATE = { year: 'numeric', month: 'short', day: 'numeric' };
const FULL = { weekday: 'long', year: 'numeric', month: 'long',
	day: 'numeric', ...CLOCK };
const NUMBERS = { ...DATE, month: 'numeric', ...CLOCK, second: 'numeric',
	hourCycle: 'h23' };

export const clock = (iso) => format(new Date(iso), CLOCK);
export const date = (iso) => format(new Date(iso), DATE);
export const full = (iso) => format(new Date(iso), FULL);

// What the clock shows now in a zone, with the day; null where the browser
// knows no such zone.
export function clockIn(name) {
	try {
		return format(now(), { weekday: 'long', ...CLOCK }, name);
	} catch {
		return null;
	}
}

// The instant at which a clock in UTC shows what the clinic's shows at this
// one. By parts: what a locale makes of them differs from browser to browser.
function shown(at) {
	const n = Object.fromEntries(formatter(NUMBERS, zone, 'en-US')
		.formatToParts(at).map((p) => [p.type, Number(p.value)]));

	return Date.UTC(n.year, n.month - 1, n.day, n.hour, n.minute, n.second);
}

// The clinic's day of an instant, as "2026-01-31".
export const dayOf = (when) =>
	new Date(shown(when)).toISOString().slice(0, 10);

function addDays(day, n) {
	const at = new Date(`${day}T12:00:00Z`);

	at.setUTCDate(at.getUTCDate() + n);
	return at.toISOString().slice(0, 10);
}

// A day's own words; it has no zone.
export const dayDate = (day) =>
	format(new Date(`${day}T12:00:00Z`), DATE, 'UTC');
export const dayShort = (day) =>
	format(new Date(`${day}T12:00:00Z`), SHORT, 'UTC');
export const dayLong = (day) => format(new Date(`${day}T12:00:00Z`),
	{ weekday: 'short', ...SHORT }, 'UTC');

// 0 = Sunday, as the server counts.
export const weekday = (n, style = 'short') => format(
	new Date(Date.UTC(2023, 0, 1 + n, 12)), { weekday: style }, 'UTC');
// "3 PM", or "15:00" where a bare number would not be taken for an hour.
export const hour = (n) => format(new Date(Date.UTC(2023, 0, 1, n)),
	formatter(CLOCK).resolvedOptions().hour12 ? { hour: 'numeric' } : CLOCK,
	'UTC');

// The days of a week in the order of the language.
export function weekdays() {
	const locale = new Intl.Locale(language.get());
	const info = locale.getWeekInfo?.() ?? locale.weekInfo;
	const first = (info?.firstDay ?? 7) % 7;

	return [0, 1, 2, 3, 4, 5, 6].map((n) => (n + first) % 7);
}

// "14:05" today, "yesterday 14:05", "12 Jan, 14:05", with the year if another.
export function when(iso) {
	const at = new Date(iso);
	const current = dayOf(now());
	const day = dayOf(at);

	if (day === current)
		return clock(iso);
	if (day === addDays(current, -1))
		return t('time.yesterday', { time: clock(iso) });
	return format(at, { ...(day.slice(0, 4) === current.slice(0, 4)
		? SHORT : DATE), ...CLOCK });
}

// 75 -> "1:15", 3675 -> "1:01:15".
export function stopwatch(seconds) {
	const s = Math.max(0, Math.floor(seconds));
	const two = (n) => String(n).padStart(2, '0');
	const head = s >= 3600
		? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}`
		: String(Math.floor(s / 60));

	return `${head}:${two(s % 60)}`;
}

const unit = (value, name) => number(value, { style: 'unit', unit: name,
	unitDisplay: 'narrow' });

// 45 -> "45s", 75 -> "1m 15s", 7260 -> "2h 1m"; exact: "2h 1m 9s".
export function duration(seconds, { exact = false } = {}) {
	const s = Math.round(seconds);
	const rounded = exact || s < 3600 ? s : Math.round(s / 60) * 60;
	const parts = [[Math.floor(rounded / 3600), 'hour'],
		[Math.floor(rounded / 60) % 60, 'minute'], [rounded % 60, 'second']];
	const told = parts.filter(([value]) => value > 0);

	return (told.length > 0 ? told : parts.slice(-1))
		.map(([value, name]) => unit(value, name)).join(' ');
}
