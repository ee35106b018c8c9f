// Writes JSON texts with spellings of its own, at random. A text is written
// twice at once: as it is sent, and as its twin that JSON.parse takes. They
// differ only where a text holds what is no JSON but has to be passed over, or
// a name twice, of which JSON.parse would take the last.

export function randomFrom(seed) {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), state | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return (t ^ (t >>> 14)) >>> 0;
	};
	const below = (n) => next() % n;
	return { below, chance: (percent) => below(100) < percent,
		pick: (list) => list[below(list.length)] };
}

const WORDS = ['AI: Hello', 'User: ', 'an appointment ', 'please. ', 'x', '',
	' ', 'transcript', '"quoted"', '{}', '[,]', ':', '// ', 'null', 'é', 'ü',
	'漢字', '😀', '\u2028', '\ufeff', '\ufffd', '\uffff', '\u{10ffff}', '\x7f',
	'\u0085', '\ud7ff', '\ue000', '\\', '/', '\b\f\n\r\t', '\x01', '\x1f'];
// What a text holds only escaped, if at all.
const ESCAPES = ['\\u0000', '\\ud83d', '\\ude00', '\\ud83d\\ude00',
	'\\uD83D\\uDE00', '\\ud83d\\ud83d', '\\ud83d\\ud83d\\ude00',
	'\\ude00\\ud83d', '\\ud83d\\u0041', '\\ud83dx', '\\ud83d\\n',
	'\\ud83d\\\\ude00', '\\ud83d\\u0000\\ude00', '\\udbff\\udfff',
	'\\ud800\\udc00', '\\u0041', '\\u00e9', '\\u00E9', '\\u6F22', '\\uFFFF',
	'\\ufffd', '\\u005c', '\\u0022', '\\/', '\\"', '\\\\', '\\b\\f\\n\\r\\t',
	'\\u001f', '\\u2028', '\\u007F', '\\\\u0000', '\\udfff', '\\udbff'];
// What no text may hold: [as sent, how it is read].
const LIES = [['\\q', '\\ufffd'], ['\\é', '\\ufffd'], ['\\😀', '\\ufffd'],
	['\\0', '\\ufffd'], ['\\\'', '\\ufffd'], ['\\U0041', '\\ufffd0041'],
	['\\x41', '\\ufffd41'], ['\\uzz', '\\ufffdzz'], ['\\u12g4', '\\ufffd12g4'],
	['\n', '\\n'], ['\t', '\\t'], ['\x1f', '\\u001f'], ['\x01', '\\u0001'],
	['\0', '\\ufffd'],
	...[[0xff], [0xc0, 0x80], [0xf5, 0x80], [0xed, 0xa0, 0x80],
		[0xf4, 0x90, 0x80, 0x80], [0xe0, 0x80, 0xaf], [0x80], [0xbf],
	].map((bytes) => [Buffer.from(bytes), '\\ufffd'.repeat(bytes.length)]),
	...[[0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98]].map((bytes) =>
		[Buffer.from([...bytes, 0x78]),
			`${'\\ufffd'.repeat(bytes.length)}x`])];
const NO_VALUES = ['01', 'NaN', '-', '+1', '.5', '1.', '1e', 'Infinity', '-01',
	'undefined', 'True', 'nul', 'nullx', '0x10', '1e+', '--1', '1.2.3', 'e'];
const digits = (r, n) => String(1 + r.below(9)).padEnd(n, '7');
const NUMBERS = [(r) => String(r.below(1000)), (r) => `-${r.below(100)}`,
	() => '0', () => '-0', () => '-0.0',
	(r) => `${r.below(5000)}.${r.below(1000)}`, (r) => `${r.below(100)}.5`,
	(r) => `0.00${r.below(1e6)}`, (r) => `${r.below(100)}e${r.below(4)}`,
	(r) => `${r.below(100)}.25E+${r.below(4)}`,
	(r) => `${r.below(100)}e-${r.below(9)}`,
	(r) => `1767225${r.below(1e6)}000`,
	(r) => String(r.below(2 ** 31) * 2 ** 20 + 0.5)];
// At the bounds of what is kept as a number.
const FAR = [(r) => digits(r, 60 + r.below(6)), (r) => digits(r, 63),
	(r) => digits(r, 64), (r) => `-${digits(r, 62)}`,
	(r) => `-${digits(r, 63)}`, (r) => digits(r, 500),
	() => `0.${'0'.repeat(60)}1`, () => `0.${'0'.repeat(62)}1`,
	() => '1e308', () => '1.8e308', () => '1e999', () => '-1e309',
	() => '1e-300', () => '5e-324', () => '2e-324', () => '1e-999',
	() => '0e999', () => '0.0e-999', () => `1e${'9'.repeat(40)}`,
	() => `1e-${'9'.repeat(70)}`, () => `1e${'0'.repeat(80)}`,
	() => '1e0000001'];
const SPACES = ['', ' ', '  ', '\n', '\t', '\r\n', ' \n\t\r '];
const NAMES = ['id', 'Id', 'name', 'a', 'b', '', '0', '1', '__proto__',
	'constructor', 'toString', 'createdAt', 'variables', 'stereoRecordingUrl',
	'server', 'model', 'voice', 'x', 'é', '😀', 'Transcript', 'TYPE',
	'twilioAuthToken', 'messagesOpenAIFormatted', 'monitor', 'squad', 'nodes',
	'x'.repeat(70)];

const escapeOf = (unit) => `\\u${unit.toString(16).padStart(4, '0')}`;

// Names that are nearly one of ours.
const NEAR = [(n) => `"${n}\\u0000"`, (n) => `"\\u0000${n}"`,
	(n) => `"${n}\\ud800"`, (n) => `"\\udc00${n}"`,
	(n) => `"${n[0]}\\ud83d${n.slice(1)}"`, (n) => `"${n.toUpperCase()}2"`,
	(n) => `"${n} "`, (n) => `"${n[0]}\\u0000${n.slice(1)}"`,
	(n) => `"${n}\\ufffd"`, (n) => `"_${n}"`,
	(n) => `"${escapeOf(n.charCodeAt(0))}${n.slice(1)}s_"`];
const WRONG_ENDS = [Buffer.from('\\q'), Buffer.from('\\u'),
	Buffer.from([0xff]), Buffer.from([0]), Buffer.from('\n')];
const KEPT_NAMES = [['a', 'b', '\0', 'ü', 'summary2'],
	['0', '1', '__proto__', 'x', ''],
	['a\ud800', 'a\udc00', 'a\0', 'a\ufffd', 'a'],
	['😀', '\ud83d', '\ude00', 'aa', '"']];
const quoted = new Map();	// texts that come often

export class Writer {
	constructor(random) {
		this.random = random;
		this.twin = '';
		this.differ = [];	// {at, n, sent}: n of the twin, and what is sent
		this.spaced = random.chance(15);
		this.lies = random.chance(30);
	}

	add(text) {
		this.twin += text;
	}

	addAs(sent, twin) {
		this.differ.push({ at: this.twin.length, n: twin.length, sent });
		this.twin += twin;
	}

	space() {
		if (this.spaced)
			this.twin += this.random.pick(SPACES);
	}

	// The bytes that are sent.
	sent() {
		if (this.differ.length === 0)
			return Buffer.from(this.twin);
		const parts = [];
		let at = 0;
		let text = '';
		for (const d of this.differ) {
			text += this.twin.slice(at, d.at);
			at = d.at + d.n;
			if (Buffer.isBuffer(d.sent)) {
				parts.push(Buffer.from(text), d.sent);
				text = '';
			} else {
				text += d.sent;
			}
		}
		const last = Buffer.from(text + this.twin.slice(at));
		return parts.length === 0 ? last : Buffer.concat([...parts, last]);
	}

	// A text that is known, whole characters spelled at random.
	spelled(text) {
		const { random } = this;
		if (!random.chance(10)) {
			let as = quoted.get(text);
			if (as === undefined)
				quoted.set(text, as = JSON.stringify(text));
			this.twin += as;
			return;
		}
		let out = '"';
		for (const character of text) {
			const escaped = [...Array(character.length).keys()].map((i) =>
				escapeOf(character.charCodeAt(i)));
			if (random.chance(60))
				out += JSON.stringify(character).slice(1, -1);
			else if (random.chance(50))
				out += escaped.join('');
			else
				out += escaped.map((e) => `\\u${e.slice(2)
					.toUpperCase()}`).join('');
		}
		this.twin += `${out}"`;
	}

	// Any text, of at least `least` bytes.
	text(least = 0) {
		const { random } = this;
		this.twin += '"';
		for (let n = random.below(6); n > 0; n--) {
			const kind = random.below(10);
			if (kind < 6)
				this.twin += JSON.stringify(random.pick(WORDS))
					.slice(1, -1);
			else if (kind < 9 || !this.lies)
				this.twin += random.pick(ESCAPES);
			else
				this.addAs(...random.pick(LIES));
		}
		if (least > 0)
			this.twin += random.pick(['x', 'é', '\\u0041', 'ab c',
				'\\ud83d', '😀']).repeat(least);
		this.twin += '"';
	}

	// asText: a number that is not kept as one is its spelling as a text;
	// otherwise it counts as not told.
	number(asText) {
		const { random } = this;
		const sent = random.pick(random.chance(75) ? NUMBERS : FAR)(random);
		const value = Number(sent);
		const held = sent.length <= 63 && Number.isFinite(value) &&
			(value !== 0 || !/[1-9]/.test(sent.replace(/[eE].*/, '')));
		if (held)
			this.twin += sent;
		else
			this.addAs(sent, asText ? JSON.stringify(sent) : 'null');
	}

	// members  [name, how its value is written]
	object(members) {
		this.twin += '{';
		for (let i = 0; i < members.length; i++) {
			if (i > 0)
				this.twin += ',';
			this.member(...members[i]);
		}
		this.space();
		this.twin += '}';
	}

	member(name, write) {
		this.space();
		if (typeof name === 'string')
			this.spelled(name);
		else
			name();
		this.space();
		this.twin += ':';
		this.space();
		write();
		this.space();
	}

	array(writes) {
		this.twin += '[';
		for (let i = 0; i < writes.length; i++) {
			if (i > 0)
				this.twin += ',';
			this.space();
			writes[i]();
			this.space();
		}
		this.twin += ']';
	}

	// A name that is none of `ours`.
	otherName(ours) {
		const { random } = this;
		const own = [...ours];
		const kind = random.below(10);
		if (kind < 6 || own.length === 0) {
			const name = random.pick(NAMES);
			return this.spelled(ours.has(name) ? `${name}2` : name);
		}
		const near = random.pick(own);
		if (kind === 6 && this.lies)
			return this.addAs(Buffer.concat([Buffer.from(`"${near}`),
				random.pick(WRONG_ENDS),
				Buffer.from('"')]), '"?"');
		this.twin += random.pick(NEAR)(near);
	}

	// Anything that nobody keeps.
	ignored(budget = 8) {
		const { random } = this;
		if (budget > 1 && random.chance(45)) {
			const n = random.below(Math.min(budget, 5));
			const list = [];
			for (let i = 0; i < n; i++)
				list.push(() => this.ignored(budget - n));
			return random.chance(50) ? this.array(list) :
				this.object(list.map((write) =>
					[() => this.ignoredName(), write]));
		}
		switch (random.below(8)) {
		case 0: return this.add('null');
		case 1: return this.add(random.pick(['true', 'false']));
		case 2: case 3: return this.number(false);
		case 4: return this.lies ?
			this.addAs(random.pick(NO_VALUES), '0') : this.add('{}');
		default: return this.text();
		}
	}

	ignoredName() {
		if (this.random.chance(70))
			this.spelled(this.random.pick(NAMES));
		else
			this.text();
	}

	// Much of what nobody keeps.
	muchIgnored() {
		const { random } = this;
		const n = random.pick([3, 40, 64, 65, 66, 130, 300,
			random.chance(20) ? 5000 : 513]);
		const [open, close] = random.pick([['[', ']'], ['{"a":', '}'],
			['[{"a":1,"a":', '}]'], ['[0,', ',0]'], ['[\n', '\r]'],
			['{"":[],"transcript":', ',"":"\\ud800"}']]);
		switch (random.below(8)) {
		case 0: case 1: case 2: case 3:
			this.twin += open.repeat(n);
			this.ignored(2);
			this.twin += close.repeat(n);
			return;
		case 4:
			this.twin += `[${'0,'.repeat(n)}0]`;
			return;
		case 5:
			this.twin += `{${'"a":{},'.repeat(n)}"a":0}`;
			return;
		case 6:
			this.twin += `"${'\\ud83d'.repeat(n)}"`;
			return;
		default:
			this.twin += `-1${'0'.repeat(n)}.5e${'1'.repeat(n)}`;
		}
	}

	// Anything, all of which is kept.
	kept(budget, depth = 0) {
		const { random } = this;
		if (budget > 1 && (depth === 0 || random.chance(45))) {
			const n = random.below(Math.min(budget, 5));
			const list = [];
			for (let i = 0; i < n; i++)
				list.push(() => this.kept(budget - n, depth + 1));
			return random.chance(40) ? this.array(list) :
				this.object(this.keptMembers(list));
		}
		switch (random.below(6)) {
		case 0: return this.add('null');
		case 1: return this.add(random.pick(['true', 'false']));
		case 2: case 3: return this.number(true);
		default: return this.text();
		}
	}

	// Names that differ when JSON.parse has read them, and now and then one
	// that stands twice and of which it sees the first.
	keptMembers(writes) {
		const { random } = this;
		const names = random.pick(KEPT_NAMES);
		const members = writes.map((write, i) => [() => this.add(
			JSON.stringify(names[i])), write]);
		if (members.length > 0 && random.chance(15)) {
			const name = JSON.stringify(names[0]);
			const last = members[members.length - 1][1];
			members[members.length - 1][1] = () => {
				last();
				this.addAs(`,${name}:[{"again":"\\ud800\\q"}]`, '');
			};
		}
		return members;
	}

	deepKept() {
		const n = 60 + this.random.below(12);
		const [open, close] = this.random.pick([['[', ']'], ['{"a":', '}'],
			['["é",', ',1]'], ['{"a\\u0000":[', ']}']]);
		this.twin += open.repeat(n);
		this.kept(3);
		this.twin += close.repeat(n);
	}
}
