// Makes end-of-call-reports: each member that is kept is there or not, in any
// order, among whatever else. The same seed and index make the same report.
import { readFileSync } from 'node:fs';
import { Writer, randomFrom } from './writer.js';

const MIB = 1024 * 1024;
export const LARGE_EVERY = 4000;
const TYPE = 'end-of-call-report';
const METADATA = ['user_id', 'assistant_id', 'phone_number_id',
	'caller_phone_number', 'assistant_phone_number', 'call_id', 'seal'];

// endedReason => the call's state
export const reasons = new Map(readFileSync(new URL(
	'../../data/vapi-ended-reasons.tsv', import.meta.url), 'utf8')
	.split('\n').filter((line) => line !== '' && line[0] !== '#')
	.map((line) => line.split('\t')));
const REASONS = [...reasons.keys(), 'something-new', 'x'.repeat(2048),
	'x'.repeat(2049), '', 'é 😀'];
const IDS = ['019a-b.C_d', 'x'.repeat(64), 'x'.repeat(65), 'a b', '', 'é',
	'0b4f1f0a-7c1e-4d7c-9a3e-5c3d8e1f2a3b', 'y'.repeat(200)];
const SIDS = [`CA${'0aF9'.repeat(8)}`, 'CA01', '', `ca${'0'.repeat(32)}`,
	`CA${'g'.repeat(32)}`, `CA${'1'.repeat(33)}`, `CA${'2'.repeat(32)}`];
const ROLES = ['bot', 'assistant', 'user', 'bot', 'user', 'system', 'tool',
	'tool_calls', 'tool_call_result', 'Bot', '', 'user ', 'x'.repeat(17)];
const TIMES = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:01:15.158Z',
	'2026-01-01T01:00:15.1589999999999999999+01:00',
	'2026-01-01t00:00:15z', '2025-12-31T23:59:60Z', '2024-02-29T12:00:00Z',
	'2026-01-01T00:02:00-00:00', '2026-01-01T00:00:05.5-00:01',
	'2026-02-29T12:00:00Z', '2026-13-01T00:00:00Z', '2026-01-00T00:00:00Z',
	'2026-01-01T24:00:00Z', '2026-01-01T00:60:00Z', '2026-01-01T00:00:61Z',
	'2026-01-01 00:00:00Z', '2026-01-01T00:00:00', '2026-01-01T00:00:00.Z',
	'2026-01-01T00:00:00+24:00', '1969-12-31T23:59:59Z', 'yesterday', '',
	'0001-01-01T00:00:00Z', '0000-02-29T00:00:00Z', '9999-12-31T23:59:59Z',
	'2000-01-01T00:00:00Z', '1999-12-31T23:59:59.999Z', '1767225600',
	'1767225600123', '2100-01-01T00:00:00Z', '2099-12-31T23:59:59.999Z',
	'1970-01-01T00:00:00Z', '1970-01-01T00:00:00.001Z', '１026-01-01T00:00:00Z'];

// What is read of a message and of its call.
const TOLD = ['startedAt', 'endedAt', 'durationSeconds', 'durationMs',
	'durationMinutes', 'duration', 'cost', 'costs', 'costBreakdown',
	'recordingUrl', 'stereoRecordingUrl', 'summary', 'transcript', 'messages',
	'structuredData', 'destination', 'artifact', 'analysis'];

// The names that are read in each object; any other name is nobody's.
const READ = Object.fromEntries(Object.entries({
	message: ['type', 'status', 'endedReason', 'callId', 'timestamp',
		'toolCallList', 'toolCalls', 'call', 'customer', 'phoneNumber',
		'assistant', 'assistantOverrides', 'metadata', 'message', ...TOLD],
	call: ['id', 'phoneCallProviderId', 'endedReason', 'transport',
		'customer', 'phoneNumber', 'assistant', 'assistantOverrides',
		'metadata', ...TOLD],
	artifact: ['transcript', 'messages', 'recordingUrl',
		'stereoRecordingUrl', 'structuredOutputs', 'recording', 'transfers',
		'presignedMonoUrl', 'presignedStereoUrl', 'presignedCustomerUrl',
		'presignedAssistantUrl'],
	turn: ['role', 'message', 'content', 'text', 'secondsFromStart', 'time'],
	body: ['message', 'metadata'], transport: ['callSid', 'forwardedFrom'],
	party: ['number'], holder: ['metadata'], metadata: METADATA,
	recording: ['mono', 'stereoUrl'], mono: ['combinedUrl', 'url',
		'customerUrl', 'assistantUrl'], costs: ['total'], part: ['cost'],
	target: ['number', 'sipUri'],
	transfer: ['destination', 'status'],
}).map(([object, names]) => [object, new Set(names)]));

const ALL = new Set(Object.values(READ).flatMap((names) => [...names]));

function mix(seed, index) {
	let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ index;
	h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
	h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
	return h ^ (h >>> 16);
}

// A member: its name, how its value is written, and whether the first counts
// where it stands twice.
const loose = (name, write) => ({ name, write, loose: true });
const strict = (name, write) => ({ name, write, loose: false });

class Maker {
	// large  with something as large as it gets
	// about  {id, metadata}: the call that it has to be about, if any
	constructor(random, large, about) {
		this.random = random;
		this.w = new Writer(random);
		this.about = about;
		this.much = random.chance(2);
		this.large = large ? random.pick(['transcript', 'summary', 'turn',
			'turns', 'analysis', 'data', 'ignored']) : null;
		this.full = large ? 60 : random.pick(about === undefined ?
			[5, 10, 15, 25, 60] : [25, 60]);
	}

	// Is it this that is large in this report?
	isLarge(what) {
		if (this.large !== what)
			return false;
		this.large = null;
		return true;
	}

	// Some of the members, in any order, and others of any name.
	object(kind, members, always = []) {
		const { random, w } = this;
		const some = [...always, ...members.filter((m) =>
			this.full > random.below(100) || this.large === m.name)];
		const all = some.map((m) => [m.name, m.write]);
		for (let n = random.below(3); n > 0; n--)
			all.push([() => w.otherName(READ[kind]), () => this.ignored()]);
		for (let i = all.length - 1; i > 0; i--) {
			const j = random.below(i + 1);
			[all[i], all[j]] = [all[j], all[i]];
		}
		const twice = some.filter((m) => m.loose);
		if (twice.length > 0 && random.chance(4))
			all.push(this.again(random.pick(twice).name, all.pop()));
		w.object(all);
	}

	// The last member, and behind it one that is kept once more.
	again(name, [last, write]) {
		const { random, w } = this;
		const value = random.pick(['"again"', '[[]]', '{"a":1,"a":2}', '7',
			'01', 'null', '"\\ud800\\q"']);
		return [last, () => {
			write();
			w.addAs(`,"${name}" : ${value}`, '');
		}];
	}

	ignored() {
		if (this.isLarge('ignored'))
			this.w.add(this.random.pick([
				() => `[${'0,'.repeat(200000)}0]`,
				() => '['.repeat(1e6) + ']'.repeat(1e6),
				() => '{"a":'.repeat(2e5) + '0' + '}'.repeat(2e5),
				() => `{${'"a":0,'.repeat(2e5)}"a":1}`,
				() => `"${'\\u0000'.repeat(MIB)}"`,
			])());
		else if (this.much && this.random.chance(20))
			this.w.muchIgnored();
		else
			this.w.ignored();
	}

	// What is none of the texts or numbers that are expected.
	other() {
		const { random, w } = this;
		switch (random.below(6)) {
		case 0: return w.add('null');
		case 1: return w.add(random.pick(['true', 'false', '{}', '[]']));
		case 2: return w.add('7');
		case 3: return w.array([() => w.ignored(4)]);
		default: return w.object([[() => w.otherName(ALL),
			() => w.ignored(4)]]);
		}
	}

	text(large) {
		const { random, w } = this;
		if (large !== undefined && this.isLarge(large)) {
			const [text, bytes] = random.pick([['x', 1], ['é', 2],
				['\\ud83d', 3], ['😀', 4]]);
			w.add(`"${text.repeat(Math.floor(4 * MIB / bytes) +
				random.below(2))}"`);
		} else if (random.chance(80)) {
			w.text();
		} else {
			this.other();
		}
	}

	url() {
		const { random, w } = this;
		if (random.chance(2))
			w.add(`"${'é'.repeat(1000)}${'x'.repeat(47 +
				random.below(3))}"`);
		else if (random.chance(60))
			w.spelled(`https://a.example/${random.below(1000)}`);
		else
			this.text();
	}

	word(words) {
		if (this.random.chance(90))
			this.w.spelled(this.random.pick(words));
		else
			this.other();
	}

	time() {
		if (this.random.chance(90))
			this.word(TIMES);
		else
			this.text();
	}

	number() {
		if (this.random.chance(5))
			this.w.spelled(this.random.pick(['7', '0.25', '1e3', '-0', ' 15 ',
				'1e999', '01', '+1', '0x10', '1'.repeat(63), '1e-400']));
		else if (this.random.chance(85))
			this.w.number(false);
		else if (this.random.chance(50))
			this.w.text();
		else
			this.other();
	}

	tree() {
		const { random, w } = this;
		if (this.isLarge('data'))
			w.add(`{"a":${random.pick([
				() => `"${'x'.repeat(random.pick([200, 600]) * 1024)}"`,
				() => `[${'[7],'.repeat(150000)}0]`,
				() => `{${Array.from({ length: 9000 },
					(_, i) => `"n\\u0000${i}":${i}`).join()}}`,
			])()}}`);
		else if (random.chance(10))
			w.deepKept();
		else if (random.chance(70))
			w.kept(8);
		else
			w.add(random.pick(['{}', '[]', ' [ ] ', 'null', '"text"', '7',
				'{ }']));
	}

	// Numbers and words stand in it as they are kept.
	success() {
		const { random, w } = this;
		w.space();
		switch (random.below(5)) {
		case 0: return w.add(random.pick(['true', 'false', 'null', '[]']));
		case 1: return w.number(true);
		case 2: return w.kept(3);
		default: return w.spelled(random.pick(['true', 'Good', '7', '',
			'x'.repeat(2048), 'x'.repeat(2049)]));
		}
	}

	analysis() {
		const { random, w } = this;
		if (random.chance(8))
			return this.tree();
		const list = [];
		for (let n = random.below(4); n > 0; n--)
			list.push(() => w.kept(4, 1));
		const all = w.keptMembers(list);
		const ours = [];
		if (random.chance(this.full))
			ours.push(['summary', random.pick([() => w.text(),
				() => w.text(), () => w.add('null'), () => w.add('7'),
				() => w.kept(3)])]);
		if (random.chance(this.full))
			ours.push(['structuredData', () => this.data()]);
		if (random.chance(this.full / 4))
			ours.push(['structuredDataMulti',
				() => w.array([() => this.data()])]);
		if (random.chance(this.full))
			ours.push(['successEvaluation', () => this.success()]);
		if (this.isLarge('analysis'))
			ours.push(['large', () => w.add(`"${'x'.repeat(random.pick(
				[200, 600]) * 1024)}"`)]);
		return w.object(random.chance(50) ? [...ours, ...all] :
			[...all, ...ours]);
	}

	// By a name that is looked for, or that nearly is, something to be noted.
	named() {
		const { random, w } = this;
		return [random.pick(['Call Summary', 'summary', 'Success', 'intent',
			'success_evaluation', 'callerName', 'Patient-Name', 'name',
			'customer', 'Summary of it', 'Intake', 'é']), () => {
			switch (random.below(6)) {
			case 0: return w.add(random.pick(['true', 'null', '7', '{}']));
			case 1: return w.kept(3);
			case 2: return w.object([['name', () => w.spelled('Maria')],
				['Intent', () => w.spelled('new')]]);
			default: return w.spelled(random.pick(['Book Appointment',
				'booking', 'Maria Lopez', 'Unknown', 'true', '2nd', '',
				' x ']));
			}
		}];
	}

	// Structured data, or outputs of an assistant.
	data() {
		const { random, w } = this;
		if (random.chance(50) || this.large === 'data')
			return this.tree();
		const [name, value] = this.named();
		const [other, theirs] = this.named();
		if (random.chance(50))
			return w.object(name === other ? [[name, value]] :
				[[name, value], [other, theirs]]);
		const output = (label, write) => () => w.object([
			['name', () => w.spelled(label)], ['result', write]]);
		return w.object([['a1', output(name, value)],
			['b2', output(other, theirs)]]);
	}

	target() {
		const { random, w } = this;
		if (random.chance(30))
			return random.chance(50) ? this.other() :
				w.spelled('+15557770001');
		return this.object('target', [loose('number',
			() => this.word(['+15557770001', '', 'x'.repeat(257)])),
		loose('sipUri', () => this.word(['sip:desk@clinic.example', ' ']))]);
	}

	transfers() {
		const { random, w } = this;
		const list = [];
		for (let n = random.below(4); n > 0; n--)
			list.push(() => (random.chance(10) ? this.other() : this.object(
				'transfer', [loose('destination', () => this.target()),
					loose('status', () => this.word(['busy', 'No_Answer',
						'canceled', 'voicemail', '7', '']))])));
		return w.array(list);
	}

	parts() {
		const list = [];
		for (let n = this.random.below(4); n > 0; n--)
			list.push(() => (this.random.chance(10) ? this.other() :
				this.object('part', [loose('cost', () => this.number())])));
		return this.w.array(list);
	}

	turn() {
		const { random, w } = this;
		if (random.chance(5))
			return w.ignored(5);
		const text = () => this.text('turn');
		this.object('turn', [loose('secondsFromStart', () => this.number()),
			loose('time', () => this.number()), loose('message', text),
			loose('content', text), loose('text', text)],
		random.chance(90) ? [loose('role', () => this.word(ROLES))] : []);
	}

	turns() {
		const { random, w } = this;
		if (this.isLarge('turns'))
			return w.add(`[${'{"role":"user","content":"Yes"},'
				.repeat(4997 + random.below(6))}{"role":"bot"}]`);
		if (random.chance(10))
			return this.other();
		const list = [];
		for (let n = random.below(6); n > 0; n--)
			list.push(() => this.turn());
		return w.array(list);
	}

	metadata() {
		const { random } = this;
		if (random.chance(15))
			return this.other();
		return this.object('metadata', METADATA.map((name) =>
			strict(name, () => this.word(['user_a', 'x', 'v2.x', '+1555']))));
	}

	// Of a live report only ours stands where we put it.
	holder(ours) {
		const { random, about, w } = this;
		if (random.chance(10))
			return this.other();
		const metadata = about === undefined || !ours ?
			() => this.metadata() : () => w.add('null');
		return this.object('holder', [strict('metadata', metadata)]);
	}

	ourHolder() {
		const { about, w } = this;
		this.object('holder', [], [strict('metadata', () => w.object(
			Object.entries(about.metadata).map(([name, value]) =>
				[name, () => w.spelled(value)])))]);
	}

	party() {
		if (this.random.chance(10))
			return this.other();
		return this.object('party', [strict('number',
			() => this.word(['+15551111111', '']))]);
	}

	call() {
		const { random, about, w } = this;
		if (about === undefined && random.chance(4))
			return this.other();
		const members = [...this.told(loose),
			strict('endedReason', () => this.word(REASONS)),
			strict('customer', () => this.party()),
			strict('phoneNumber', () => this.party()),
			strict('assistant', () => this.holder(false)),
			strict('metadata', () => this.metadata())];
		if (about !== undefined) {
			const always = [strict('id', () => w.spelled(about.id))];
			(about.metadata === undefined ? members : always).push(
				strict('assistantOverrides', () => (about.metadata ===
					undefined ? this.holder(true) : this.ourHolder())));
			return this.object('call', members, always);
		}
		return this.object('call', [...members,
			strict('id', () => this.word(IDS)),
			strict('phoneCallProviderId', () => this.word(SIDS)),
			strict('transport', () => this.transport()),
			strict('assistantOverrides', () => this.holder(true))]);
	}

	transport() {
		if (this.random.chance(10))
			return this.other();
		return this.object('transport', [
			strict('callSid', () => this.word(SIDS)),
			strict('forwardedFrom', () => this.word(['+15552222222']))]);
	}

	artifact() {
		if (this.large === null && this.random.chance(4))
			return this.other();
		return this.object('artifact', [
			loose('transcript', () => this.text('transcript')),
			loose('messages', () => this.turns()),
			...['recordingUrl', 'stereoRecordingUrl', 'presignedMonoUrl',
				'presignedStereoUrl', 'presignedCustomerUrl',
				'presignedAssistantUrl'].map((name) =>
				loose(name, () => this.url())),
			loose('structuredOutputs', () => this.data()),
			loose('transfers', () => this.transfers()),
			loose('recording', () => this.recording())]);
	}

	recording() {
		if (this.random.chance(10))
			return this.other();
		if (this.random.chance(10))
			return this.url();
		return this.object('recording', [loose('stereoUrl',
			() => this.url()), loose('mono', () =>
			(this.random.chance(10) ? this.other() : this.object('mono',
				['combinedUrl', 'url', 'customerUrl', 'assistantUrl'].map(
					(name) => loose(name, () => this.url())))))]);
	}

	// What a message and its call may both tell.
	told(kind) {
		const { random } = this;
		return [
			loose('startedAt', () => this.time()),
			loose('endedAt', () => this.time()),
			loose('durationSeconds', () => this.number()),
			loose('durationMs', () => this.number()),
			loose('durationMinutes', () => this.number()),
			loose('cost', () => this.number()),
			loose('costs', () => this.parts()),
			loose('costBreakdown', () => (random.chance(20) ? this.other() :
				this.object('costs', [loose('total',
					() => this.number())]))),
			loose('recordingUrl', () => this.url()),
			loose('stereoRecordingUrl', () => this.url()),
			loose('summary', () => this.text('summary')),
			loose('transcript', () => (random.chance(10) ? this.turns() :
				this.text('transcript'))),
			loose('messages', () => this.turns()),
			loose('structuredData', () => this.data()),
			loose('destination', () => this.target()),
			kind('artifact', () => this.artifact()),
			kind('analysis', () => this.analysis())];
	}

	message(flat) {
		const { random, about } = this;
		const always = [];
		const members = [];
		if (!flat || random.chance(50))
			always.push(strict('type', () => this.w.spelled(TYPE)));
		else
			always.push(loose('duration', () => this.number()));
		if (always[0].name === 'type')
			members.push(loose('duration', () => this.number()));
		if (about !== undefined)
			always.push(strict('call', () => this.call()));
		else
			members.push(strict('call', () => this.call()),
				strict('callId', () => this.word(IDS)));
		if (flat && random.chance(20))
			always.push(strict('message', () => this.w.add(random.pick(
				['null', '[{}]', '"message"', '7', '[]']))));
		this.object('message', [...members,
			...this.told(strict), loose('timestamp', () => this.number()),
			loose('toolCallList', () => this.other()),
			strict('endedReason', () => this.word(REASONS)),
			strict('status', () => this.word(['ended', 'x'])),
			strict('customer', () => this.party()),
			strict('phoneNumber', () => this.party()),
			strict('assistant', () => this.holder(false)),
			strict('assistantOverrides', () => this.holder(true)),
			strict('metadata', () => this.metadata())], always);
	}

	body() {
		const { random, w } = this;
		w.space();
		if (random.chance(10))
			this.message(true);
		else
			this.object('body', [strict('metadata', () =>
				this.metadata())], [strict('message', () =>
				this.message(false))]);
		w.space();
	}
}

// The report of that index: its bytes, and the text for JSON.parse. One in
// largeEvery is very large, which takes as long as a few thousand others.
export function makeReport(seed, index, about, largeEvery = LARGE_EVERY) {
	const maker = new Maker(randomFrom(mix(seed, index)),
		index % largeEvery === 0, about);
	maker.body();
	return { sent: maker.w.sent(), twin: maker.w.twin,
		differ: maker.w.differ.length > 0 };
}
