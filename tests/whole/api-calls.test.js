// The calls of a clinic as its front desk uses them: filters, search, what one
// writes about a call, and who read what.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { createHash, createHmac, hkdfSync, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Api, DAY, makeCalls, parseCsv, tokenFor } from './lib/api.js';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { tenantSettings } from './lib/threats.js';
import { callForm, encodeForm, formHeaders, sign } from './lib/twilio.js';
import { report } from './lib/vapi.js';
import { A, B, LINE, openWorld, source, TWILIO_PATH } from './lib/world.js';

const world = await openWorld({ settings: tenantSettings });
const { cluster } = world;
const api = new Api(world);
const { ask, got, ids, patch, audits } = api;
const query = (...args) => cluster.query(...args);
// Eleven minutes pass, as far as the audit is concerned.
const later = () => query('update callward.audit_log ' +
	'set at = at - interval \'11 minutes\'');

await makeCalls(world);

test('each filter, and each two of them, find what the table has',
	async () => {
		const [{ id: number }] = await query('select id from ' +
			'public.phone_numbers where user_id = $1', [A.user]);
		const filters = [
			['follow_up=open', 'follow_up_state = \'open\''],
			['follow_up=none', 'follow_up_state = \'none\''],
			['follow_up=needed', 'follow_up_state in ' +
				'(\'open\', \'in_progress\')'],
			['outcome=answered', 'status in ' +
				'(\'completed\', \'in-progress\', \'forwarding\')'],
			['outcome=missed', 'status in ' +
				'(\'no-answer\', \'busy\', \'failed\', \'canceled\')'],
			['outcome=after_hours', 'after_hours'],
			['status=busy', 'status = \'busy\''],
			['tag=vip', '\'vip\' = any (tags)'],
			['tag=ask+back', '\'ask back\' = any (tags)'],
			['intent=booking', 'intent = \'booking\''],
			[`phone_number_id=${number}`, `phone_number_id = '${number}'`],
			['number=%2B15550000003',
				'caller_phone_number = \'+15550000003\''],
			['since=2026-01-10T00:00:00Z',
				'created_at >= \'2026-01-10T00:00:00Z\''],
			['until=2026-01-10T00:00:00Z',
				'created_at < \'2026-01-10T00:00:00Z\''],
			// days of the clinic, which is in UTC, both included
			['from=2026-01-10', 'created_at >= \'2026-01-10T00:00:00Z\''],
			['to=2026-01-09', 'created_at < \'2026-01-10T00:00:00Z\''],
			['q=word', 'transcript like \'%word%\''],
			['q=r%C3%BCck', 'summary like \'Rück%\''],
		];
		for (const [one, where] of filters)
			for (const [two, also] of filters) {
				const names = [one, two].map((text) => text.split('=')[0]);
				if (one !== two && (names[0] === names[1] ||
					/^(from|to) (since|until)$/.test(names.join(' ')) ||
					/^(since|until) (from|to)$/.test(names.join(' '))))
					continue;
				const wanted = await query(
					`select id from public.calls where user_id = $1
						and ${where} and ${also}
					order by created_at desc, id desc`, [A.user]);
				const found = await ids(`${one}&${two === one ? '' : two}`);
				assert.deepEqual(found, wanted.map((row) => row.id),
					`${one} ${two}`);
				if (one === two)
					assert.ok(found.length > 0, one);
			}
	});

test('the document\'s filters are those that are read and stored', async () => {
	const document = JSON.parse(fs.readFileSync(
		new URL('../../doc/openapi.json', import.meta.url), 'utf8'));
	const named = (path, ...but) => document.paths[path].get.parameters
		.map((one) => one.name).filter((name) => !but.includes(name)).sort();
	const fields = (await query(`select attname from pg_attribute
		where attrelid = 'callward.call_filter'::regclass and attnum > 0
			and not attisdropped and attname not in ('terms', 'waiting')
			order by attname collate "C"`)).map((row) => row.attname);
	assert.deepEqual(named('/api/calls', 'limit', 'cursor'), fields);
	assert.deepEqual(named('/api/calls.csv', 'format', 'lang'), fields);
	const twice = await ask(`/api/calls?${fields
		.map((name) => `${name}=1&${name}=2`).join('&')}`);
	assert.equal(twice.status, 422);
	assert.deepEqual(JSON.parse(twice.body).errors
		.map(({ field, code }) => `${field} ${code}`).sort(),
	fields.map((name) => `${name} given_twice`));
});

test('pages of a search and of a filter hold each call once', async () => {
	for (const filter of ['q=word', 'number=%2B15550000003',
		'outcome=missed', 'follow_up=needed', 'tag=vip&outcome=answered',
		'q=word&until=2026-01-10T00:00:00Z']) {
		const all = await ids(filter);
		const walked = [];
		let cursor = '';
		do {
			const page = await got(`/api/calls?limit=3&${filter}${cursor}`);
			walked.push(...page.data.map((row) => row.id));
			cursor = page.next_cursor &&
				`&cursor=${encodeURIComponent(page.next_cursor)}`;
		} while (cursor);
		assert.deepEqual(walked, all, filter);
		assert.ok(all.length > 3, filter);
	}
});

test('a cursor is a place in time, whoever\'s list it came from', async () => {
	const { next_cursor: cursor } = await got('/api/calls?limit=5');
	const at = Date.parse(cursor.slice(0, cursor.indexOf('_')));
	const { data } = await got('/api/calls?limit=100&cursor=' +
		encodeURIComponent(cursor), { as: B });
	const own = new Set((await query('select id from public.calls ' +
		'where user_id = $1', [B.user])).map(({ id }) => id));
	assert.ok(data.length > 0);
	for (const call of data)
		assert.ok(own.has(call.id) && Date.parse(call.created_at) <= at);
});

// Seven years in which each call has nearly all letters in its transcript.
const FAR = 'user_far';
const LETTERS = 'q=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q+r+s+t+u+v+w+x+y+z';
await query(`insert into public.calls (user_id, caller_phone_number,
	assistant_phone_number, status, transcript, created_at)
select $1, '+15550000001', $2, 'completed',
	'a b c d e f g h i j k l m n o p q r s t u v w x y'
		|| case when i in (50, 51, 2390, 2440) then ' z' else '' end,
	$3::timestamptz - i * interval '1 day'
from generate_series(1, 2600) i`, [FAR, LINE, new Date(DAY)]);
await cluster.giveWords(FAR);

test('a page of much work ends early, and the next ones go on', async () => {
	const as = { user: FAR };
	const all = (await query('select id from public.calls where user_id = $1' +
		' and transcript like \'%z\' order by created_at desc', [FAR]))
		.map((row) => row.id);
	const first = await got(`/api/calls?${LETTERS}`, { as });
	assert.deepEqual(first.data.map((row) => row.id), all.slice(0, 2));
	const at = Date.parse(first.next_cursor.split('_')[0]);
	assert.ok(at < Date.parse(first.data[1].created_at));
	assert.ok(at > DAY - 2600 * 86400e3);
	const walked = [];
	let empty = 0;
	let cursor = '';
	do {
		const page = await got(`/api/calls?limit=1&${LETTERS}${cursor}`,
			{ as });
		walked.push(...page.data.map((row) => row.id));
		empty += page.data.length === 0 && page.next_cursor !== null;
		cursor = page.next_cursor &&
			`&cursor=${encodeURIComponent(page.next_cursor)}`;
	} while (cursor);
	assert.deepEqual(walked, all);
	assert.ok(empty > 0);
	const rows = parseCsv((await ask(`/api/calls.csv?format=raw&${LETTERS}`,
		{ as })).body);
	assert.deepEqual(rows.slice(1).map((row) => row[0]), all);
	const last = parseCsv((await ask(`/api/calls.csv?format=raw&${LETTERS}` +
		'&until=2025-12-01T00:00:00Z', { as })).body);
	assert.deepEqual(last.slice(1).map((row) => row[0]), all.slice(2));
});

test('every word of a search must stand, as a beginning, in any case',
	async () => {
		const of = async (where) => (await query('select id from ' +
			`public.calls where user_id = $1 and ${where} ` +
			'order by created_at desc, id desc', [A.user]))
			.map((row) => row.id);
		for (const [q, where] of [
			['WORD12', 'transcript like \'%word12%\''],
			['word12 neil', 'transcript like \'%word12%\''],
			['neil o', 'transcript like \'%Neil%\''],
			['o\'neil', 'transcript like \'%Neil%\''],
			['hold on', 'transcript like \'%on-hold%\''],
			['bold', 'transcript like \'%bold%\''],
			['example', 'transcript like \'%a@b.example%\''],
			['a@b.example', 'transcript like \'%a@b.example%\''],
			['Déjà', 'transcript like \'%Déjà%\''],
			['word gewünscht',
				'transcript like \'%word%\' and summary like \'Rück%\''],
			['ord12', 'false'], ['word12 nobody', 'false'],
			['\\', 'false'], ['\'', 'false'], ['& | ! ( ) :* <->', 'false'],
			['word12 | nobody', 'false'], ['!word12', 'transcript like ' +
				'\'%word12%\''], ['word12:*', 'transcript like ' +
				'\'%word12%\'']])
			assert.deepEqual(await ids(`q=${encodeURIComponent(q)}`),
				await of(where), q);
	});

test('what a report brings is found, and by its tenant alone', async () => {
	assert.deepEqual(await ids('q=user+hello'), [A.row.id]);
	assert.deepEqual(await ids('q=user_a', A), [A.row.id]);
	assert.deepEqual(await ids('q=user_b', A), []);
	assert.deepEqual(await ids(`number=%2B${A.number.slice(1)}`, B), []);
	assert.deepEqual(await ids('q=word', { user: 'user_c' }), []);
});

// What one writes about a call -----------------------------------------------

// A call of A's that a report of these members ended, as the API has it.
async function told({ call, ...members }) {
	const { id, vapi_call_id: vapiId, metadata, twilio_call_sid: sid } =
		await world.connected(A);
	assert.equal((await world.callback(report({ analysis: {}, artifact: {},
		cost: undefined, durationSeconds: undefined, durationMs: undefined,
		startedAt: undefined, endedAt: undefined, ...members,
		call: { ...call, id: vapiId, assistantOverrides: { metadata } } })))
		.status, 200);
	return { ...await got(`/api/calls/${id}`), sid };
}
const desk = { type: 'number', number: '+15557770001' };

test('what structured outputs say is the call\'s, and a name is found',
	async () => {
		const call = await told({ artifact: { structuredOutputs: {
			'a10ce184-c397-49f0-94b2-da862db33833': { name: 'Call Summary',
				result: 'A check-up was booked.' },
			'b10ce184-c397-49f0-94b2-da862db33833': { name: 'Intake',
				result: { intent: 'Book-Checkup', successEvaluation: true,
					customer: { name: 'Xiomara Quint' } } } } } });
		assert.equal(call.summary, 'A check-up was booked.');
		assert.equal(call.intent, 'book_checkup');
		assert.equal(call.success_evaluation, 'true');
		assert.equal(call.caller_name, 'Xiomara Quint');
		assert.equal(call.structured_data['Call Summary'], call.summary);
		assert.deepEqual(await ids('q=xiomara'), [call.id]);
		assert.deepEqual(await ids('intent=book_checkup'), [call.id]);
		assert.equal((await got('/api/calls?q=xiomara')).data[0].caller_name,
			'Xiomara Quint');
	});

test('any sign of a recording, a cost in parts, half of it in the call',
	async () => {
		const call = await told({ costs: [{ type: 'transport', cost: 0.0036 },
			{ type: 'vapi', cost: '0.0125' }], call: {
			startedAt: 1767225600, endedAt: '1767225615158',
			analysis: { summary: 'Only a question.' }, artifact: {
				recording: { stereoUrl: 'https://storage.example/s.wav' },
				transcript: [{ role: 'assistant', message: 'Good day.' },
					{ role: 'user', message: 'Are you open?' }] } } });
		assert.equal(call.has_recording, true);
		assert.equal(call.cost_usd, 0.0161);
		assert.equal(Date.parse(call.started_at), 1767225600000);
		assert.equal(call.duration_seconds, 15);
		assert.equal(call.summary, 'Only a question.');
		assert.equal(call.transcript, 'AI: Good day.\nUser: Are you open?\n');
		assert.deepEqual([call.missed, call.details, call.caller_name],
			[false, {}, null]);
	});

test('a caller who was put through in vain was missed', async () => {
	const figures = async () => (await got('/api/analytics?days=1')).totals;
	const before = await figures();
	const vain = await told({ destination: desk, artifact: { transfers: [
		{ destination: desk, mode: 'blind-transfer', status: 'no-answer' },
		{ destination: { type: 'sip', sipUri: 'sip:desk@clinic.example' },
			status: 'busy' }] } });
	const through = await told({ artifact: { transfers: [
		{ destination: desk, status: 'connected' }] } });
	assert.deepEqual(vain.details, { forwarded_to: '+15557770001', transfers: [
		{ to: '+15557770001', status: 'no-answer' },
		{ to: 'sip:desk@clinic.example', status: 'busy' }] });
	assert.deepEqual([vain.status, vain.missed, through.missed],
		['completed', true, false]);
	assert.deepEqual(await ids('outcome=transferred'), [through.id, vain.id]);
	assert.ok((await ids('outcome=missed')).includes(vain.id));
	const answered = await ids('outcome=answered');
	assert.deepEqual([answered.includes(vain.id),
		answered.includes(through.id)], [false, true]);
	const after = await figures();
	assert.deepEqual([after.calls, after.missed, after.answered].map(
		(n, i) => n - [before.calls, before.missed, before.answered][i]),
	[2, 1, 1]);

	// The carrier's seconds are those of the whole call.
	const path = `${TWILIO_PATH}/status`;
	const form = callForm({ from: A.number, to: LINE, callSid: through.sid,
		CallStatus: 'completed', CallDuration: '93' });
	assert.equal((await send({ port: world.port, method: 'POST', path,
		headers: formHeaders(sign(world.publicUrl + path, form)),
		body: encodeForm(form) })).status, 204);
	const { details, duration_seconds: seconds } =
		await got(`/api/calls/${through.id}`);
	assert.equal(details.call_seconds, 93);
	assert.equal(seconds, 93, 'which stands where the assistant told none');
});

test('[call-change:good] follow-up, tags and notes are kept and shown', async () => {
	const before = await got(`/api/calls/${A.row.id}`);
	assert.deepEqual([before.follow_up_state, before.tags, before.notes],
		['none', [], null]);
	const set = { follow_up_state: 'open', follow_up_note: ' Call\r\nback ',
		follow_up_by: 'Ana', tags: ['vip', 'new', 'vip', ' '],
		notes: 'Speaks Spanish\n\tand 🦷' };
	const answer = await patch(A.row.id, set);
	assert.equal(answer.status, 200, answer.body);
	const call = JSON.parse(answer.body);
	assert.deepEqual({ ...before, ...set, tags: ['vip', 'new'],
		follow_up_note: 'Call\nback', follow_up_at: call.follow_up_at,
		updated_at: call.updated_at }, call);
	assert.ok(Math.abs(Date.parse(call.follow_up_at) - Date.now()) < 60000);
	assert.deepEqual(await got(`/api/calls/${A.row.id}`), call);
	assert.deepEqual(await ids('tag=new'), [A.row.id]);

	const less = JSON.parse((await patch(A.row.id, { notes: null,
		follow_up_note: '', tags: [] })).body);
	assert.deepEqual([less.notes, less.follow_up_note, less.tags,
		less.follow_up_state, less.follow_up_by, less.follow_up_at],
	[null, null, [], 'open', 'Ana', call.follow_up_at]);
	assert.deepEqual(await ids('tag=new'), []);
	assert.ok((await ids('q=user+hello')).includes(A.row.id));
	assert.equal((await patch(A.row.id, {})).status, 200);
});

// The code and the parameters of a message.
const coded = {
	'must be none, open, in_progress or done': ['not_one_of',
		{ words: 'none, open, in_progress', last: 'done' }],
	'is required': ['required', {}],
	'is longer than 1000 characters': ['too_long', { n: 1000 }],
	'is longer than 80 characters': ['too_long', { n: 80 }],
	'is longer than 40 characters': ['too_long', { n: 40 }],
	'must be text': ['not_text', {}],
	'holds a character that cannot be shown': ['unprintable', {}],
	'must be a list of texts': ['not_texts', {}],
	'holds more than 20 texts': ['too_many_texts', { n: 20 }],
	'is not a field of this': ['unknown_field', {}],
};

test('what is wrong is told at its field, and nothing is set', async () => {
	const before = await got(`/api/calls/${A.row.id}`);
	for (const [json, field, message] of [
		[{ follow_up_state: 'later' }, 'follow_up_state',
			'must be none, open, in_progress or done'],
		[{ follow_up_state: null }, 'follow_up_state', 'is required'],
		[{ follow_up_state: ['open'] }, 'follow_up_state',
			'must be none, open, in_progress or done'],
		[{ follow_up_note: 'x'.repeat(1001) }, 'follow_up_note',
			'is longer than 1000 characters'],
		[{ follow_up_by: '🦷'.repeat(81) }, 'follow_up_by',
			'is longer than 80 characters'],
		[{ notes: 7 }, 'notes', 'must be text'],
		[{ notes: 'a\u0007b' }, 'notes',
			'holds a character that cannot be shown'],
		...['\u0085', '\u2028', '\u202e', '\u2066', '\u2069'].map((c) =>
			[{ tags: [`a${c}b`] }, 'tags',
				'holds a character that cannot be shown']),
		[{ tags: 'vip' }, 'tags', 'must be a list of texts'],
		[{ tags: [1] }, 'tags', 'must be a list of texts'],
		[{ tags: ['x'.repeat(41)] }, 'tags',
			'is longer than 40 characters'],
		[{ tags: Array.from({ length: 21 }, (_, i) => `${i}`) }, 'tags',
			'holds more than 20 texts'],
		[{ status: 'failed' }, 'status', 'is not a field of this'],
		[{ user_id: B.user }, 'user_id', 'is not a field of this'],
	]) {
		const answer = await patch(A.row.id, { follow_up_by: 'Eve', ...json });
		assert.equal(answer.status, 422, answer.body);
		const [{ code, params, ...said }, ...others] =
			JSON.parse(answer.body).errors;
		assert.deepEqual([said, others], [{ field, message }, []]);
		assert.deepEqual([code, params], coded[message]);
	}
	assert.deepEqual(await got(`/api/calls/${A.row.id}`), before);
	assert.equal((await patch(A.row.id, { follow_up_by: '🦷'.repeat(80) }))
		.status, 200);
});

test('a body that is no JSON object is 400, another type 415', async () => {
	for (const body of ['', '{', '[]', 'null', '"x"', '{"a":1,"a":2}',
		'{"notes":"\\u0000"}', '{"notes":"\\ud800"}'])
		assert.equal((await patch(A.row.id, undefined, { body })).status,
			400, body);
	for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
		assert.equal((await patch(A.row.id, {}, { type })).status, 415);
	assert.equal((await patch(A.row.id, {},
		{ type: 'Application/JSON; charset=utf-8' })).status, 200);
});

test('[call-change:tenant] nobody writes about another\'s call', async () => {
	const before = await world.row(B.row.twilio_call_sid);
	for (const id of [B.row.id, randomUUID(), 'x', B.row.twilio_call_sid]) {
		const answer = await patch(id, { notes: 'mine', tags: ['x'] });
		assert.equal(answer.status, 404, id);
		assert.doesNotMatch(answer.body, /user_b/);
	}
	const acting = tokenFor(B.user, { act: { sub: 'user_z' } });
	assert.equal((await patch(B.row.id, { notes: 'x' }, { token: acting }))
		.status, 403);
	assert.deepEqual(await world.row(B.row.twilio_call_sid), before);
});

test('JSON is what it says it is', async () => {
	for (const path of ['/api/calls', '/api/me', '/api/calls/x'])
		assert.equal((await ask(path)).headers['x-content-type-options'],
			'nosniff', path);
});

// Who read what ---------------------------------------------------------------

test('reading a call leaves a line, and so does who acts as the clinic',
	async () => {
		await later();
		const before = (await audits('read_call')).length;
		await got(`/api/calls/${A.row.id}`);
		await ask(`/api/calls/${A.row.id}`,
			{ token: tokenFor(A.user, { act: { sub: 'user_z' } }) });
		await ask(`/api/calls/${A.row.id}`,
			{ token: tokenFor(A.user, { act: { iss: 'x' } }) });
		await ask(`/api/calls/${B.row.id}`);
		await ask(`/api/calls/${randomUUID()}`);
		await got('/api/calls');
		assert.deepEqual((await audits('read_call')).slice(before), [
			{ user_id: A.user, actor: A.user, subject: A.row.id },
			{ user_id: A.user, actor: 'user_z', subject: A.row.id },
			{ user_id: A.user, actor: 'unnamed', subject: A.row.id }]);
	});

test('a change that answers with what was said leaves a line, too',
	async () => {
		await later();
		const before = (await audits('read_call')).length;
		const answer = await patch(A.row.id, {});
		assert.match(JSON.parse(answer.body).transcript, /Hello/);
		assert.equal((await patch(B.row.id, {})).status, 404);
		assert.equal((await patch(A.row.id, { notes: 1 })).status, 422);
		assert.deepEqual((await audits('read_call')).slice(before),
			[{ user_id: A.user, actor: A.user, subject: A.row.id }]);
	});

test('a call read again and again leaves one line in ten minutes',
	async () => {
		await later();
		const before = (await audits('read_call')).length;
		for (let i = 0; i < 5; i++) {
			await got(`/api/calls/${A.row.id}`);
			await patch(A.row.id, {});
		}
		assert.equal((await audits('read_call')).length, before + 1);
		await later();
		await got(`/api/calls/${A.row.id}`);
		assert.equal((await audits('read_call')).length, before + 2);
	});

test('who lists or searches as the clinic leaves a line for each', async () => {
	const lines = async () => (await query('select user_id, actor, action, ' +
		'subject from callward.audit_log order by at')).map((line) =>
		[line.user_id, line.actor, line.action, line.subject]);
	const acting = tokenFor(A.user, { act: { sub: 'user_z' } });
	const as = async (path, token = acting) => {
		const answer = await ask(path, { token });
		assert.equal(answer.status, 200, answer.body);
		return JSON.parse(answer.body);
	};
	await later();
	const before = (await lines()).length;
	await got('/api/calls');
	await got('/api/calls?q=hello');
	await as('/api/calls', tokenFor(A.user, { act: { sub: A.user } }));
	assert.equal((await lines()).length, before, 'the clinic itself: none');

	const { next_cursor: cursor } = await as('/api/calls?limit=1');
	for (const query of ['q=hello', 'q=smith', `number=${'%2B15550000005'}`,
		'status=busy', `limit=1&cursor=${encodeURIComponent(cursor)}`])
		await as(`/api/calls?${query}`);
	await as('/api/calls', tokenFor(A.user, { act: { iss: 'x' } }));
	await as('/api/calls', tokenFor(B.user, { act: { sub: 'user_z' } }));
	const left = (await lines()).slice(before);
	assert.deepEqual(left.map((line) => [...line.slice(0, 3),
		line[3].replace(/#[0-9a-f]{16}$/, '#')]), [
		[A.user, 'user_z', 'list_calls', '#'],
		[A.user, 'user_z', 'search_calls', 'q #'],
		[A.user, 'user_z', 'search_calls', 'q #'],
		[A.user, 'user_z', 'search_calls', 'number #'],
		[A.user, 'user_z', 'list_calls', 'status #'],
		[A.user, 'user_z', 'list_calls', 'cursor #'],
		[A.user, 'unnamed', 'list_calls', '#'],
		[B.user, 'user_z', 'list_calls', '#']]);
	assert.doesNotMatch(JSON.stringify(left), /hello|smith|0000005/,
		'what was looked for stands nowhere');
	// Nor is it found by trying all numbers, without the responder's key.
	const asked = '{"number":"+15550000005"}';
	const key = hkdfSync('sha256', Buffer.from(world.key.slice(3), 'base64'),
		'', 'callward question v1', 32);
	assert.deepEqual([createHash('sha256'), createHmac('sha256', key)]
		.map((made) => left[3][3] ===
			`number #${made.update(asked).digest('hex').slice(0, 16)}`),
	[false, true]);
	// A page that refreshes asks the same.
	await as('/api/calls');
	await as('/api/calls?q=smith');
	assert.equal((await lines()).length, before + left.length);
	await later();
	await as('/api/calls?q=smith');
	assert.equal((await lines()).length, before + left.length + 1);
});
// Who may not, what is too large, and without the database -------------------

const change = { path: `/api/calls/${A.row.id}`, method: 'PATCH', body: '{}' };

api.refusesStrangers(['[call-change:proof] a stranger writes nothing', change]);
api.refusesLarge(['[call-change:large] notes without end are refused', change]);
api.failsWithoutDatabase(
	['[call-change:database] nothing is said to be kept', change]);

closing(world);
