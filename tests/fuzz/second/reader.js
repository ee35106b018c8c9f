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

// Blanks and line ends at its ends do not count.
function shortOf(value, max) {
	const text = textOf(value, max)?.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
	return text === '' ? undefined : text;
}

// A number, or a text that is one.
function numberOf(value) {
	if (typeof value === 'number')
		return value;
	const text = shortOf(value, 64) ?? '';
	const v = Number(text);
	return text.length <= 63 && Number.isFinite(v) &&
		/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) &&
		(v !== 0 || !/^[^eE]*[1-9]/.test(text)) ? v : undefined;
}

function dateOf(text) {
	const m = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/
		.exec(text);
	if (m === null)
		return -1;
	const [year, month, day, hour, minute, second] = m.slice(1, 7)
		.map(Number);
	const [hours, minutes] = [Number(m[9] ?? 0), Number(m[10] ?? 0)];
	if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 60 || hours > 23 ||
		minutes > 59)
		return -1;
	const date = new Date(0);
	date.setUTCFullYear(year, month - 1, day);
	date.setUTCHours(hour, minute, second,
		Number((m[7] ?? '').padEnd(3, '0').slice(0, 3)));
	const offset = (hours * 60 + minutes) * 60000;
	return date.getTime() - (m[8] === '-' ? -offset : offset);
}

// Seconds, milliseconds or ISO text, of this century; undefined: none.
function timeOf(value) {
	const n = numberOf(value) ?? -1;
	const ms = n < 0 ? dateOf(shortOf(value, 64) ?? '') :
		n < 1e11 ? n * 1000 : n;
	return ms >= Date.UTC(2000, 0) && ms < Date.UTC(2100, 0) ?
		Math.floor(ms + 0.5) : undefined;
}

// The values at these paths, of the message and then of its call.
const spots = (m, ...paths) => [m, own(m, 'call')].flatMap((level) =>
	paths.map((path) => path.split('.').reduce(own, level)));

function durationOf(m, started, ended) {
	const units = [1, 0.001, 60, 1];
	const seconds = first(spots(m, 'durationSeconds', 'durationMs',
		'durationMinutes', 'duration').map((v, i) => [v, units[i % 4]]),
	([value, factor]) => {
		const s = typeof value === 'number' ? value * factor : -1;
		return s >= 0 && s < 2147483647 ? Math.floor(s + 0.5) : undefined;
	});
	if (seconds !== undefined)
		return seconds;
	const s = (ended - started) / 1000;
	return s >= 0 && s < 2147483647 ? Math.floor(s + 0.5) : undefined;
}

function sumOf(list) {
	const parts = list.filter((item) => own(item, 'cost') !== undefined)
		.map((item) => numberOf(item.cost) ?? -1);
	return parts.length > 0 && parts.every((v) => v >= 0) ?
		parts.reduce((sum, v) => sum + v, 0) : undefined;
}

// To six places; a number right between two goes to the even one, as C does.
function costOf(values) {
	const usd = first(values, (value) => {
		const v = Array.isArray(value) ? sumOf(value) : numberOf(value);
		return v >= 0 && v < 100000 ? v : undefined;
	});
	if (usd === undefined)
		return undefined;
	const exact = Math.abs(usd).toFixed(60);
	const [whole, places] = exact.split('.');
	if (!/^50*$/.test(places.slice(6)))
		return Number(usd.toFixed(6));
	const n = BigInt(whole + places.slice(0, 6));
	const even = String(n % 2n === 0n ? n : n + 1n).padStart(7, '0');
	return Number(`${even.slice(0, -6)}.${even.slice(-6)}`);
}

// What assistants note: [name, value] of the first members, of an output its
// own name and result.
function noted(value, tell = () => {}) {
	const all = Array.isArray(value) ? value.map((v) => ['', v]) :
		isObject(value) ? Object.entries(value) : [];
	const seen = [];
	let bytes = 0;
	for (const [key, item] of all) {
		bytes += Buffer.byteLength(JSON.stringify(item));
		if (seen.length === 64 || bytes > TREE_BYTES) {
			tell();
			break;
		}
		if (own(item, 'result') === undefined)
			seen.push([key, item]);
		else
			seen.push([textOf(item.name, Infinity) ?? key, item.result]);
	}
	return seen;
}

const plain = (name) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

// The first value by one of the names that take() takes, in the body's order.
function within(value, names, take) {
	const look = (members, parent, depth) => first(members, ([name, v]) => {
		const key = plain(name);
		const known = names.includes(key) ||
			key === 'name' && parent !== '' && names.includes(`${parent}name`);
		const taken = known ? take(v) : undefined;
		return taken !== undefined || depth === 3 || !isObject(v) ? taken :
			look(Object.entries(v), key, depth + 1);
	});
	return look(noted(value), '', 1);
}

const resultsOf = (value, tell) => {
	const out = Object.create(null);
	for (const [name, v] of noted(value, tell))
		if (name !== '' && !(name in out))
			out[name] = v;
	return out;
};

function intentOf(value) {
	const word = shortOf(value, 50)?.replace(/[ \t-]/g, '_')
		.replace(/[A-Z]/g, (c) => c.toLowerCase());
	return /^[a-z][a-z0-9_]+$/.test(word ?? '') ? word : undefined;
}

const NOBODY = ['unknown', 'none', 'null', 'n/a', 'na', 'not provided',
	'not given', 'anonymous', 'caller', '-'];
function personOf(value) {
	const name = shortOf(value, 120);
	return name === undefined || NOBODY.includes(name.toLowerCase()) ||
		/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/.test(name) ?
		undefined : name;
}

const targetOf = (value) => shortOf(value, 256) ??
	shortOf(own(value, 'number'), 256) ?? shortOf(own(value, 'sipUri'), 256);

function transfersOf(value) {
	const list = (Array.isArray(value) ? value : []).filter(isObject)
		.slice(0, 20).map((item) => {
			const word = shortOf(item.status, 32)?.toLowerCase()
				.replace(/[_ ]/g, '-') ?? '';
			return { to: targetOf(item.destination) ?? null,
				status: !/^[a-z-]+$/.test(word) ? null :
					word === 'canceled' ? 'cancelled' : word };
		});
	return list.length > 0 ? list : undefined;
}

const isSign = (kind) => (value) =>
	(typeof value === 'string' && value !== '' ? kind : undefined);

const MONO = ['artifact.recordingUrl', 'artifact.recording.mono.combinedUrl',
	'artifact.recording.mono.url', 'artifact.recording', 'recordingUrl'];
const recordingOf = (m) => first(spots(m, ...MONO,
	'artifact.presignedMonoUrl'), isSign('mono')) ??
	first(spots(m, 'artifact.stereoRecordingUrl',
		'artifact.recording.stereoUrl', 'stereoRecordingUrl',
		'artifact.presignedStereoUrl'), isSign('stereo')) ??
	first(spots(m, 'artifact.recording.mono.customerUrl',
		'artifact.presignedCustomerUrl'), isSign('customer')) ??
	first(spots(m, 'artifact.recording.mono.assistantUrl',
		'artifact.presignedAssistantUrl'), isSign('assistant'));

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
		const message = first([at(item, 'message'), at(item, 'content'),
			at(item, 'text')], (v) => textOf(v, TEXT_BYTES, tell));
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

// Without what is not told; undefined: nothing is.
function filled(object) {
	const some = Object.entries(object).filter(([, v]) => v !== undefined);
	return some.length > 0 ? Object.fromEntries(some) : undefined;
}

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
	const time = (name) => first(spots(m, name), timeOf);
	const started = time('startedAt');
	const ended = time('endedAt');
	const iso = (ms) => (ms === undefined ? undefined :
		new Date(ms).toISOString());
	const OUTPUTS = 'artifact.structuredOutputs';
	// What stands at a place, or in the outputs behind it, level by level.
	const placed = (paths, names, take) => first([m, own(m, 'call')],
		(level) => first(paths.map((path) => path.split('.').reduce(own,
			level)), take) ?? within(OUTPUTS.split('.').reduce(own, level),
			names, take));
	const inData = (names, take) => first(spots(m, 'analysis.structuredData',
		'structuredData', 'analysis.structuredDataMulti', OUTPUTS),
	(v) => within(v, names, take));
	out.told = filled({ started_at: iso(started), ended_at: iso(ended),
		duration_seconds: durationOf(m, started, ended),
		recording_url: first(spots(m, ...MONO), (v) => textOf(v, LONG_BYTES)),
		success_evaluation: placed(['analysis.successEvaluation'],
			['success', 'successevaluation'], successOf),
		cost_usd: costOf(spots(m, 'cost', 'costBreakdown.total', 'costs')),
		details: filled({ recording: recordingOf(m),
			intent: inData(['intent'], intentOf),
			caller_name: inData(['callername', 'patientname',
				'customername'], personOf),
			forwarded_to: first(spots(m, 'destination'), targetOf),
			transfers: first(spots(m, 'artifact.transfers'),
				transfersOf) }) });
	out.summary = placed(['analysis.summary', 'summary'],
		['summary', 'callsummary'],
		(v) => textOf(v, TEXT_BYTES, over('summary')));
	out.transcript = first(spots(m, 'artifact.transcript', 'transcript'),
		(v) => textOf(v, TEXT_BYTES, over('transcript')));
	const turns = first(spots(m, 'artifact.messages', 'messages',
		'artifact.transcript', 'transcript'), (list) => {
		const some = turnsOf(list, over('messages'));
		return some.length > 0 ? some : undefined;
	});
	if (turns !== undefined) {
		out.messages = turns;
		out.transcript ??= transcriptOf(turns, over('transcript'));
	}
	out.analysis = first(spots(m, 'analysis'),
		(v) => keptTree(v, large, over('analysis')));
	const data = (v) => keptTree(v, large, over('structured_data'));
	out.structured_data = first([m, own(m, 'call')], (level) =>
		data(at(level, 'analysis', 'structuredData')) ??
		data(at(level, 'structuredData')) ?? data(resultsOf(at(level,
			'artifact', 'structuredOutputs'), over('structured_data'))));
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
