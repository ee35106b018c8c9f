// Compares what the reader keeps of reports with what the second reader does.
//
//   node main.js --reader build/tests/fuzz/kept [--count N] [--seed S]
//       [--from INDEX] [--large-every N]
//
// TAP on stdout. One report again: --seed S --from INDEX --count 1 shows it.
// One report in N is very large.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { keep, same } from './reader.js';
import { LARGE_EVERY, makeReport } from './reports.js';

const BATCH = 256;
const BATCH_BYTES = 4 * 1024 * 1024;
const { values: given } = parseArgs({ options: { reader: { type: 'string' },
	count: { type: 'string', default: '20000' },
	from: { type: 'string', default: '0' }, seed: { type: 'string' },
	'large-every': { type: 'string', default: String(LARGE_EVERY) } } });
const [count, from] = [Number(given.count), Number(given.from)];
const seed = Number(given.seed ?? randomInt(2 ** 31));
const largeEvery = Number(given['large-every']);
const program = spawn(given.reader, { stdio: ['pipe', 'pipe', 'inherit'] });
program.stdin.on('error', () => {});

// The next n lines of its answers; fewer if it ends before.
let [lines, rest] = [[], []];
const chunks = program.stdout[Symbol.asyncIterator]();
async function answers(n) {
	while (lines.length < n) {
		const { value: chunk, done: ended } = await chunks.next();
		if (ended)
			break;
		let at = 0;
		for (let end; (end = chunk.indexOf(10, at)) >= 0; at = end + 1) {
			rest.push(chunk.subarray(at, end));
			lines.push(String(rest.length === 1 ? rest[0] :
				Buffer.concat(rest)));
			rest = [];
		}
		rest.push(chunk.subarray(at));
	}
	return lines.splice(0, n);
}

const FIELDS = ['type', 'vapi_call_id', 'twilio_call_sid', 'ended_reason',
	'status', 'told', 'transcript', 'messages', 'summary', 'analysis',
	'structured_data', 'details'];
const TOLD = ['started_at', 'ended_at', 'duration_seconds', 'recording_url',
	'success_evaluation', 'cost_usd'];
const DETAILS = ['recording', 'intent', 'caller_name', 'forwarded_to',
	'transfers'];
// How often something was kept, so that nobody compares nothing.
const seen = Object.fromEntries([...FIELDS, ...TOLD, ...DETAILS].map((name) =>
	[name, 0]));
Object.assign(seen, { 'a character that cannot be': 0, 'no JSON': 0 });
let differences = 0;

function compare(index, { twin, differ }, line) {
	const want = keep(JSON.parse(twin), twin.length > 100000);
	let got;
	try {
		got = JSON.parse(line);
	} catch (error) {
		got = { error: `no JSON: ${error.message}` };
	}
	for (const name of FIELDS) {
		seen[name] += want[name] !== undefined;
		if (same(got[name], want[name]))
			continue;
		differences++;
		console.log(`# seed ${seed}, index ${index}: ${name}`);
		if (count > 1)
			break;
		console.log(`#  got ${JSON.stringify(got[name] ?? got)}\n` +
			`# want ${JSON.stringify(want[name])}`);
	}
	for (const name of TOLD)
		seen[name] += want.told?.[name] !== undefined;
	for (const name of DETAILS)
		seen[name] += want.told?.details?.[name] !== undefined;
	seen['a character that cannot be'] += line.includes('\ufffd');
	seen['no JSON'] += differ;
	return differences < 20;
}

let [done, bytes, goOn] = [0, 0, true];
const began = Date.now();

async function settle(batch) {
	const told = await answers(batch.length);
	for (const [i, line] of told.entries()) {
		goOn = compare(batch[i].index, batch[i], line) && goOn;
		if (++done % 500000 === 0)
			console.log(`# ${done} executions, ${differences} differ, ` +
				`${Math.round((Date.now() - began) / 1000)} s`);
	}
	if (told.length < batch.length) {
		differences++;
		goOn = false;
		console.log(`# the reader died: seed ${seed}, index ` +
			batch[told.length].index);
	}
}

let waiting = [];
for (let index = from; index < from + count && goOn;) {
	const batch = [];
	const parts = [];
	for (let n = 0; n < BATCH_BYTES && batch.length < BATCH &&
		index < from + count; index++) {
		const { sent, twin, differ } = makeReport(seed, index, undefined,
			largeEvery);
		const head = Buffer.alloc(4);
		head.writeUInt32LE(sent.length);
		parts.push(head, sent);
		batch.push({ index, twin, differ });
		n += sent.length;
		bytes += sent.length;
		if (count === 1)
			console.log(`# ${sent.toString('latin1').slice(0, 20000)}`);
	}
	program.stdin.write(Buffer.concat([...parts, Buffer.alloc(4)]));
	await settle(waiting);
	waiting = batch;
}
if (goOn)
	await settle(waiting);
program.stdin.end();

console.log(`# ${done} executions, seed ${seed}, ${differences} differ, ` +
	`${Math.round(bytes / done)} bytes a report, ` +
	`${Math.round(done / (Date.now() - began) * 1000)} executions/s`);
console.log(`# ${Object.entries(seen).map(([name, n]) => `${name} ${n}`)
	.join(', ')}`);
// Few are so large that something is left out.
const never = Object.keys(seen).filter((name) => seen[name] === 0 &&
	count >= (name === 'details' ? 500000 : 10000));
console.log(`${differences === 0 ? '' : 'not '}ok 1 - what is kept of a ` +
	'report is what a second reader keeps');
console.log(`${never.length === 0 ? '' : 'not '}ok 2 - of every kind some ` +
	`was kept${never.length === 0 ? '' : `, not ${never}`}`);
console.log('1..2');
process.exitCode = differences === 0 && never.length === 0 ? 0 : 1;
