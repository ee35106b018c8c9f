// The second reader: what is kept of a report that JSON.parse has read, told
// from what the headers of lib promise and written anew.
import { reasons } from './reports.js';

const TEXT_BYTES = 4 * 1024 * 1024;
const TREE_BYTES = 256 * 1024;
const TURNS = 5000;
const DEPTH = 64;
const WORD_BYTES = 128;
const LONG_BYTES = 2048;

const isObject = (v) => typeof v === 'object' && v !== null &&
	!Array.isArray(v);
const own = (v, name) => (isObject(v) && Object.hasOwn(v, name) ? v[name] :
	undefined);
// The value at a path of names; undefined where there is none.
const at = (value, one, two, three) => {
	const inner = own(value, one);
	return two === undefined ? inner : three === undefined ?
		own(inner, two) : own(own(inner, two), three);
};
const storable = (text) => (text.isWellFormed() && !text.includes('\0') ?
	text : text.toWellFormed().replaceAll('\0', '\ufffd'));
const first = (values, take) => {
	for (const value of values) {
		const taken = take(value);
		if (taken !== undefined)
			return taken;
	}
	return undefined;
};

// tell()  is called where a text is over
function textOf(value, max, tell = () => {}) {
	if (typeof value !== 'string' || value === '')
		return undefined;
	const text = storable(value);
	if (text.length * 3 <= max || Buffer.byteLength(text) <= max)
		return text;
	tell();
	return undefined;
}

function treeOf(value, depth = 1) {
	if (typeof value === 'string')
		return storable(value);
	if (typeof value !== 'object' || value === null)
		return value;
	if (depth > DEPTH)
		return null;
	if (Array.isArray(value))
		return value.map((v) => treeOf(v, depth + 1));
	const out = Object.create(null);
	for (const name of Object.keys(value))
		if (!(storable(name) in out))
			out[storable(name)] = treeOf(value[name], depth + 1);
	return out;
}

// How large it is depends on how it is spelled, so none is near the bound.
function keptTree(value, large, tell) {
	if (typeof value !== 'object' || value === null ||
		Object.keys(value).length === 0)
		return undefined;
	const tree = treeOf(value);
	if (large && Buffer.byteLength(JSON.stringify(tree)) > TREE_BYTES) {
		tell();
		return undefined;
	}
	return tree;
}

const daysIn = (year, month) => new Date(Date.UTC(2000 + year % 400, month,
	0)).getUTCDate();

function timeOf(value) {
	if (typeof value !== 'string')
		return 0;
	const m = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/
		.exec(textOf(value, LONG_BYTES) ?? '');
	if (m === null)
		return 0;
	const [year, month, day, hour, minute, second] = m.slice(1, 7)
		.map(Number);
	const [hours, minutes] = [Number(m[9] ?? 0), Number(m[10] ?? 0)];
	if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 60 || hours > 23 ||
		minutes > 59)
		return 0;
	const date = new Date(0);
	date.setUTCFullYear(year, month - 1, day);
	date.setUTCHours(hour, minute, second,
		Number((m[7] ?? '').padEnd(3, '0').slice(0, 3)));
	const offset = (hours * 60 + minutes) * 60000;
	return Math.max(0, date.getTime() - (m[8] === '-' ? -offset : offset));
}

function durationOf(m, started, ended) {
	const seconds = first([[m.durationSeconds, 1], [m.durationMs, 0.001],
		[m.durationMinutes, 60], [m.duration, 1]], ([value, factor]) => {
		const s = typeof value === 'number' ? value * factor : -1;
		return s >= 0 && s < 2147483647 ? Math.floor(s + 0.5) : undefined;
	});
	if (seconds !== undefined)
		return seconds;
	const ms = ended - started;
	return started > 0 && ms >= 0 && Math.floor(ms / 1000) < 2147483647 ?
		Math.floor((ms + 500) / 1000) : -1;
}

// To six places; a number right between two goes to the even one, as C does.
function costOf(values) {
	const usd = first(values, (v) =>
		(typeof v === 'number' && v >= 0 && v < 100000 ? v : undefined));
	if (usd === undefined)
		return undefined;
	const exact = Math.abs(usd).toFixed(60);
	const [whole, places] = exact.split('.');
	if (!/^50*$/.test(places.slice(6)))
		return usd.toFixed(6).replace(/^(?!-)/, Object.is(usd, -0) ? '-' : '');
	const n = BigInt(whole + places.slice(0, 6));
	const even = String(n % 2n === 0n ? n : n + 1n).padStart(7, '0');
	return `${even.slice(0, -6)}.${even.slice(-6)}`;
}

// "%.15g"
function shortest15(v) {
	if (v === 0)
		return Object.is(v, -0) ? '-0' : '0';
	let [digits, exponent] = v.toExponential(14).split('e');
	const exact = Math.abs(v).toExponential(80).split('e')[0]
		.replace('.', '');
	if (/^50*$/.test(exact.slice(15)) && Number(exact[14]) % 2 === 0)
		digits = (v < 0 ? '-' : '') + exact[0] + '.' + exact.slice(1, 15);
	exponent = Number(exponent);
	const trimmed = digits.replace(/\.?0+$/, '');
	if (exponent >= -4 && exponent < 15) {
		const minus = digits[0] === '-' ? '-' : '';
		const all = digits.replace(/[-.]/g, '');
		const text = exponent < 0 ? `0.${'0'.repeat(-exponent - 1)}${all}` :
			`${all.slice(0, exponent + 1)}.${all.slice(exponent + 1)}`;
		return minus + text.replace(/\.?0*$/, '');
	}
	return `${trimmed}e${exponent < 0 ? '-' : '+'}` +
		String(Math.abs(exponent)).padStart(2, '0');
}

function successOf(value) {
	if (typeof value === 'boolean')
		return String(value);
	return typeof value === 'number' ? shortest15(value) :
		textOf(value, LONG_BYTES);
}

function turnsOf(list, tell) {
	const turns = [];
	if (!Array.isArray(list))
		return turns;
	for (const item of list) {
		const role = at(item, 'role');
		if (!['bot', 'assistant', 'user'].includes(role))
			continue;
		const message = first([at(item, 'message'), at(item, 'content')],
			(v) => textOf(v, TEXT_BYTES, tell));
		if (message === undefined)
			continue;
		if (turns.length === TURNS) {
			tell();
			break;
		}
		const turn = { role, message };
		for (const name of ['secondsFromStart', 'time'])
			if (typeof at(item, name) === 'number')
				turn[name] = item[name];
		turns.push(turn);
	}
	return turns;
}

// Up to the first line that is too much.
function transcriptOf(turns, tell) {
	let text = '';
	let bytes = 0;
	for (const { role, message } of turns) {
		const line = `${role === 'user' ? 'User' : 'AI'}: ${message}\n`;
		if ((bytes += Buffer.byteLength(line)) > TEXT_BYTES) {
			tell();
			break;
		}
		text += line;
	}
	return text === '' ? undefined : text;
}

const hasContent = (v) => typeof v === 'object' && v !== null &&
	Object.keys(v).length > 0;

// large  whether its text is
export function keep(body, large) {
	const m = isObject(at(body, 'message')) ? body.message : body;
	const out = { type: 'end-of-call-report' };
	const left = new Set();
	const over = (name) => () => left.add(name);
	const word = (v) => textOf(v, WORD_BYTES);

	const id = first([at(m, 'call', 'id'), at(m, 'callId')], word);
	out.vapi_call_id = id !== undefined &&
		/^[A-Za-z0-9_.-]{1,64}$/.test(id) ? id : undefined;
	const sid = first([at(m, 'call', 'phoneCallProviderId'),
		at(m, 'call', 'transport', 'callSid')], word);
	out.twilio_call_sid = sid !== undefined &&
		/^CA[0-9a-fA-F]{32}$/.test(sid) ? sid : undefined;
	out.ended_reason = first([at(m, 'endedReason'),
		at(m, 'call', 'endedReason')], (v) => textOf(v, LONG_BYTES));
	out.status = reasons.get(out.ended_reason) ?? 'completed';
	out.started_ms = timeOf(m.startedAt);
	out.ended_ms = timeOf(m.endedAt);
	out.duration_s = durationOf(m, out.started_ms, out.ended_ms);
	out.recording_url = first([at(m, 'artifact', 'recordingUrl'),
		own(at(m, 'artifact', 'recording', 'mono'), 'combinedUrl'),
		at(m, 'recordingUrl'), at(m, 'call', 'recordingUrl')],
	(v) => textOf(v, LONG_BYTES));
	out.summary = first([at(m, 'analysis', 'summary'), at(m, 'summary'),
		at(m, 'call', 'summary')],
	(v) => textOf(v, TEXT_BYTES, over('summary')));
	out.transcript = first([at(m, 'artifact', 'transcript'),
		at(m, 'transcript'), at(m, 'call', 'transcript')],
	(v) => textOf(v, TEXT_BYTES, over('transcript')));
	const list = at(m, 'artifact', 'messages');
	const turns = turnsOf(hasContent(list) ? list : at(m, 'messages'),
		over('messages'));
	if (turns.length > 0) {
		out.messages = turns;
		out.transcript ??= transcriptOf(turns, over('transcript'));
	}
	out.analysis = keptTree(at(m, 'analysis'), large,
		over('analysis'));
	out.structured_data = first([at(m, 'analysis', 'structuredData'),
		at(m, 'structuredData'), at(m, 'artifact', 'structuredOutputs')],
	(v) => keptTree(v, large, over('structured_data')));
	out.success_evaluation = successOf(at(m, 'analysis',
		'successEvaluation'));
	out.cost_usd = costOf([at(m, 'cost'), at(m, 'costBreakdown', 'total'),
		at(m, 'call', 'cost')]);
	const names = ['transcript', 'messages', 'summary', 'analysis',
		'structured_data'].filter((name) => left.has(name));
	if (names.length > 0)
		out.details = { left_out: names };
	return out;
}

// Do two values say the same, whatever the order of members?
export function same(x, y) {
	if (x === y)
		return true;
	if (typeof x !== 'object' || typeof y !== 'object' || x === null ||
		y === null || Array.isArray(x) !== Array.isArray(y))
		return false;
	const names = Object.keys(x);
	return names.length === Object.keys(y).length && names.every((name) =>
		Object.hasOwn(y, name) && same(x[name], y[name]));
}
