// The calls of a clinic as its front desk uses them: filters, search, what one
// writes about a call, the list as a file, and who read what.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken, newKey } from './lib/token.js';
import { callForm, encodeForm, formHeaders, sign } from './lib/twilio.js';
import { report } from './lib/vapi.js';
import { A, B, LINE, openWorld, source, TWILIO_PATH } from './lib/world.js';

const world = await openWorld({ settings: { ...tenantSettings,
	CLERK_PUBLISHABLE_KEY: 'pk_test_Y2FsbHdhcmQ' } });
const { cluster } = world;

const tokenFor = (user, more) => makeToken(tenantKey,
	claims({ sub: user, ...more }));
function ask(path, { as = A, method = 'GET', json, body, token, type,
	headers = {} } = {}) {
	const text = json === undefined ? body : JSON.stringify(json);
	return world.get(path, { method, body: text, headers: {
		Authorization: `Bearer ${token ?? tokenFor(as.user)}`, ...headers,
		...(text === undefined ? {} :
			{ 'Content-Type': type ?? 'application/json' }) } });
}
async function got(path, more) {
	const answer = await ask(path, more);
	assert.equal(answer.status, 200, `${path} ${answer.body}`);
	return JSON.parse(answer.body);
}
const ids = async (query, as = A) =>
	(await got(`/api/calls?limit=100&${query}`, { as })).data
		.map((row) => row.id);
const patch = (id, json, more) => ask(`/api/calls/${id}`,
	{ method: 'PATCH', json, ...more });
const query = (...args) => cluster.query(...args);
const audits = (action) => query('select user_id, actor, subject ' +
	'from callward.audit_log where action = $1 order by at', [action]);
// Eleven minutes pass, as far as the audit is concerned.
const later = () => query('update callward.audit_log ' +
	'set at = at - interval \'11 minutes\'');

// One call of each that was made, and many of every kind.
for (const tenant of [A, B]) {
	tenant.row = await world.connected(tenant);
	await world.callback(report({ id: tenant.row.vapi_call_id,
		metadata: tenant.row.metadata,
		artifact: { transcript: `AI: Hello\nUser: of ${tenant.user}\n` } }));
}
const DAY = Date.parse('2026-02-01T00:00:00Z');
for (const tenant of [A, B])
	await query(`insert into public.calls (user_id, caller_phone_number,
		assistant_phone_number, twilio_call_sid, status, after_hours,
		is_test, follow_up_state, tags, structured_data, transcript,
		summary, phone_number_id, created_at, success_evaluation, notes)
	select $1::text, '+1555000' || lpad((i % 7)::text, 4, '0'), $2,
		'CA' || md5($1::text || i), (array['completed', 'no-answer',
			'busy', 'failed', 'in-progress', 'canceled',
			'forwarding'])[i % 7 + 1], i % 5 = 0, i % 11 = 0,
		(array['none', 'open', 'in_progress', 'done'])[i % 4 + 1],
		case when i % 6 = 0 then array['vip', 'ask back'] else '{}' end,
		case when i % 3 = 0 then '{"intent": "booking"}'::jsonb end,
		case when i % 2 = 0 then 'Déjà vu: word' || i
			|| ', on-hold O''Neil <b>bold</b> mail a@b.example' end,
		case when i % 8 = 0 then 'Rückruf gewünscht' end,
		case when i % 9 = 0 then (select id from public.phone_numbers
			where user_id = $1) end,
		$3::timestamptz - i * interval '31 hours',
		case when i = 12 then '=1+1' end,
		case when i = 12 then '@SUM("a,b")' end
	from generate_series(1, 60) i`,
	[tenant.user, LINE, new Date(DAY)]);

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
			and not attisdropped order by attname collate "C"`))
		.map((row) => row.attname);
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
	// A page that refreshes asks the same.
	await as('/api/calls');
	await as('/api/calls?q=smith');
	assert.equal((await lines()).length, before + left.length);
	await later();
	await as('/api/calls?q=smith');
	assert.equal((await lines()).length, before + left.length + 1);
});

// The list as a file -----------------------------------------------------------

// RFC 4180, strictly.
function parseCsv(file) {
	const text = file.replace(/^\ufeff/, '');
	const rows = [];
	let row = [];
	const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
	for (let m; (m = cell.exec(text)) !== null;) {
		row.push(m[1].startsWith('"') ?
			m[1].slice(1, -1).replaceAll('""', '"') : m[1]);
		if (m[2] !== ',')
			rows.push(row.splice(0));
		if (cell.lastIndex === text.length)
			return rows;
	}
	throw new Error('no CSV');
}

const COLUMNS = ['id', 'created_at', 'status', 'caller_phone_number',
	'assistant_phone_number', 'duration_seconds', 'ended_reason',
	'after_hours', 'intent', 'success_evaluation', 'summary',
	'follow_up_state', 'tags', 'notes', 'cost_usd', 'is_test'];

test('[calls-csv:good] the file has every call, in the list\'s order, and no formula',
	async () => {
		const before = (await audits('export_calls')).length;
		const answer = await ask('/api/calls.csv?format=raw');
		assert.equal(answer.status, 200);
		assert.equal(answer.headers['content-type'],
			'text/csv; charset=utf-8');
		assert.equal(answer.headers['content-disposition'],
			'attachment; filename="calls.csv"');
		assert.equal(answer.headers['cache-control'], 'private, no-store');
		assert.equal(answer.headers['x-content-type-options'], 'nosniff');
		const [head, ...rows] = parseCsv(answer.body);
		assert.deepEqual(head, COLUMNS);
		assert.deepEqual(rows.map((row) => row[0]), await ids(''));
		for (const row of rows) {
			assert.equal(row.length, COLUMNS.length);
			for (const text of row)
				assert.doesNotMatch(text, /^[-=+@\t\r]/);
		}
		const odd = rows.find((row) => row[9] !== '' && row[12] !== '');
		assert.deepEqual([odd[3], odd[9], odd[12], odd[13]],
			['\'+15550000005', '\'=1+1', 'vip; ask back',
				'\'@SUM("a,b")']);
		assert.deepEqual((await audits('export_calls')).slice(before),
			[{ user_id: A.user, actor: A.user, subject: null }]);
	});

test('no cell is a formula, however its first character is hidden or written',
	async () => {
		const user = 'user_cells';
		const cells = ['=1', '+1', '-1', '@x', '\t=1', '\r=1', '\n=1', '＝1',
			'＋1', '－1', '＠x', '﹦1', '﹢1', ' =1', '\u00a0=1', '\u200b=1',
			'\ufeff=1', '\x0b=1', '\x0c=1', '\x1f=1', ' \u2060\u3000＝1',
			'\tx', '\rx'];
		const plain = ['a=1', ';=1', 'a;=cmd()', '"=1', ' a\t=1', '1-2',
			'Déjà "vu"', ''];
		for (const [i, text] of [...cells, ...plain].entries())
			await query(`insert into public.calls (user_id,
				caller_phone_number, assistant_phone_number, owner_rule,
				notes, tags, duration_seconds, cost_usd, created_at)
			values ($1, '1', '2', 'from', $2, array['a', 'b'], 5, 0.25,
				now() - $3 * interval '1 minute')`, [user, text, i]);
		const { body } = await ask('/api/calls.csv?format=raw', { as: { user } });
		assert.deepEqual(parseCsv(body).slice(1).map((row) => row[13]),
			[...cells.map((text) => `'${text}`), ...plain]);
		// Texts stand in quotes, so that no semicolon parts them; figures
		// and times do not.
		const [, first] = body.split('\r\n');
		assert.match(first, new RegExp('^[0-9a-f-]{36},[0-9TZ:-]{20},"initiated",' +
			'"1","2",5,,f,,,,"none","a; b","\'=1",0\\.250*,f$'));
		assert.match(body, /,"a;=cmd\(\)",/);
		assert.match(body, /,"Déjà ""vu["]{3},/);
		const table = await ask('/api/calls.csv', { as: { user } });
		assert.deepEqual(parseCsv(table.body).slice(1).map((row) => row[15]),
			[...cells.map((text) => `'${text}`), ...plain]);
	});

// The words of the page, which the file has too.
const pageWords = (language) => JSON.parse(fs.readFileSync(
	join(source, `web/lang/${language}.json`), 'utf8'));

test('the file for people: their words, the clinic\'s clock, numbers in groups',
	async () => {
		const user = 'user_table';
		const as = { user };
		await ask('/api/me', { as, method: 'PATCH', json: {
			timezone: 'America/Chicago', country: 'US' } });
		const [{ id: line }] = await query('insert into public.phone_numbers ' +
			'(user_id, phone_number, label) values ($1, $2, $3) returning id',
		[user, '+442079460018', 'Front "desk"']);
		await query('insert into public.intents (user_id, name, slug) ' +
			'values ($1, \'Book a visit\', \'book_visit\')', [user]);
		const states = ['initiated', 'ringing', 'in-progress', 'forwarding',
			'completed', 'no-answer', 'busy', 'failed', 'canceled'];
		const follow = ['none', 'open', 'in_progress', 'done'];
		for (const [i, status] of states.entries())
			await query(`insert into public.calls (user_id,
				caller_phone_number, assistant_phone_number, status,
				phone_number_id, structured_data, details, follow_up_state,
				follow_up_note, follow_up_by, notes, after_hours,
				duration_seconds, created_at)
			values ($1, $2, '+15559999999', $3, $4,
				'{"intent":"book_visit"}',
				case when $5 = 'open' then '{"caller_name":"=Eve"}'::jsonb
				    when $5 = 'none' then '{"caller_name":"Ann"}' end,
				$5, 'Ring back', 'Ann', $6, $7, 75,
				'2026-07-01T12:00:00Z'::timestamptz
					- $8 * interval '1 month')`,
			[user, i === 1 ? 'anonymous' : i === 2 ? '=1+1' : '+15551111111',
				status, i === 3 ? null : line, follow[i % 4],
				['+1 555 111 1111', '+1 555 111 1111 ', '+1555', '+1  2',
					'+1 =2', '-1 2', '+1 2\n+3', '+12 34', '+1 555-1'][i],
				i % 2 === 1, i]);
		for (const [language, head] of [['en', 'Time (America/Chicago)'],
			['es', 'Hora (America/Chicago)']]) {
			const words = pageWords(language);
			const { body, bytes } = await ask(
				`/api/calls.csv?lang=${language}`, { as });
			assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
			const [names, ...rows] = parseCsv(body);
			assert.equal(names[0], head);
			assert.equal(names.length, 20);
			assert.ok(rows.every((row) => row.length === names.length));
			const column = (n) => rows.map((row) => row[n]);
			assert.equal(column(0)[0], '2026-07-01 07:00:00');
			assert.equal(column(0)[7], '2025-12-01 06:00:00');
			assert.deepEqual(column(1), states.map((one) =>
				words[`status.${one}`]));
			assert.deepEqual(column(2).slice(0, 4), ['+1 555 111 1111',
				words['call.withheld'], '\'=1+1', '+1 555 111 1111']);
			assert.deepEqual(column(3).slice(0, 3), ['Ann', '\'=Eve', '']);
			assert.deepEqual(column(4).slice(2, 5),
				['+44 207 946 0018', '', '+44 207 946 0018']);
			assert.deepEqual(column(5).slice(2, 4), ['Front "desk"', '']);
			assert.equal(column(6)[0], '75');
			assert.deepEqual(column(7).slice(0, 2), language === 'en' ?
				['No', 'Yes'] : ['No', 'Sí']);
			assert.equal(column(8)[0], 'Book a visit');
			assert.deepEqual(column(11).slice(0, 4), follow.map((one) =>
				words[`follow_up.${one}`]));
			assert.deepEqual(rows[0].slice(12, 14), ['Ring back', 'Ann']);
			// No apostrophe for a number in groups, and for nothing else.
			assert.deepEqual(column(15), ['+1 555 111 1111',
				'\'+1 555 111 1111 ', '\'+1555', '\'+1  2', '\'+1 =2', '\'-1 2',
				'\'+1 2\n+3', '+12 34', '\'+1 555-1']);
			assert.match(column(19)[0], /^[0-9a-f-]{36}$/);
		}
		const raw = await ask('/api/calls.csv?format=raw&lang=es', { as });
		assert.deepEqual(parseCsv(raw.body).slice(1).map((row) => row[13])
			.slice(0, 1), ['\'+1 555 111 1111'], 'raw: as ever');
		for (const [accepted, found] of [['es-MX,en;q=0.5', 'Hora'],
			['fr, es;q=0.8, en;q=0.7', 'Hora'], ['en-GB', 'Time'],
			['xx', 'Time'], [`${'a,'.repeat(50)}es`, 'Time']]) {
			const { body } = await ask('/api/calls.csv', { as,
				headers: { 'Accept-Language': accepted } });
			assert.ok(body.startsWith(`\ufeff"${found} (`), accepted);
		}
		for (const wrong of ['lang=fr', 'format=xlsx'])
			assert.equal((await ask(`/api/calls.csv?${wrong}`, { as })).status,
				422);
	});

test('a filtered file, an empty one, and what is wrong with a filter',
	async () => {
		for (const filter of ['outcome=missed&tag=vip',
			'from=2026-01-10&to=2026-01-20']) {
			const rows = parseCsv((await ask(`/api/calls.csv?format=raw&${filter}`)).body);
			assert.deepEqual(rows.slice(1).map((row) => row[0]),
				await ids(filter));
			assert.ok(rows.length > 2);
		}
		const before = (await audits('export_calls')).length;
		const none = await ask('/api/calls.csv?format=raw', { as: { user: 'user_c' } });
		assert.equal(none.body, `${COLUMNS.join(',')}\r\n`);
		for (const wrong of ['status=x', 'from=2026-02-30',
			'to=2026-01-10&since=2026-01-09T00:00:00Z'])
			assert.equal((await ask(`/api/calls.csv?${wrong}`)).status, 422);
		assert.equal((await audits('export_calls')).length, before + 1);
	});

test('a file of long cells comes whole, and each row once', async () => {
	const user = 'user_long';
	await query(`insert into public.calls (user_id, caller_phone_number,
		assistant_phone_number, notes, summary, created_at)
	select $1, '+15550000001', $2, repeat('漢"', 2000),
		case when i % 500 = 0 then repeat('x', 3000000) end,
		'2026-01-01T00:00:00Z'::timestamptz
			+ (i / 3) * interval '1 microsecond'
	from generate_series(1, 1500) i`, [user, LINE]);
	const answer = await ask('/api/calls.csv?format=raw', { as: { user } });
	const rows = parseCsv(answer.body).slice(1).map((row) => row[0]);
	const all = await query('select id from public.calls where user_id = ' +
		'$1 order by created_at desc, id desc', [user]);
	assert.deepEqual(rows, all.map((row) => row.id));
	assert.ok(answer.bytes.length > 12e6, `${answer.bytes.length}`);
});

test('JSON is what it says it is', async () => {
	for (const path of ['/api/calls', '/api/me', '/api/calls/x'])
		assert.equal((await ask(path)).headers['x-content-type-options'],
			'nosniff', path);
});

test('a file of more rows than one page has each once', async () => {
	const user = 'user_many';
	await query(`insert into public.calls (user_id, caller_phone_number,
		assistant_phone_number, created_at)
	select $1, '+15550000001', $2, '2026-01-01T00:00:00Z'::timestamptz
		+ (i / 3) * interval '1 microsecond'
	from generate_series(1, 3000) i`, [user, LINE]);
	const rows = parseCsv((await ask('/api/calls.csv?format=raw', { as: { user } }))
		.body);
	const wanted = await query('select id from public.calls ' +
		'where user_id = $1 order by created_at desc, id desc', [user]);
	assert.deepEqual(rows.slice(1).map((row) => row[0]),
		wanted.map((row) => row.id));
});

// The clinic itself -------------------------------------------------------------

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

// Who may not, what is too large, and without the database -------------------

const bigBody = `{"notes":"${'x'.repeat(64 * 1024)}"}`;
const routes = {
	'call-change': { path: `/api/calls/${A.row.id}`, method: 'PATCH',
		body: '{}' },
	'calls-csv': { path: '/api/calls.csv' },
	'me-change': { path: '/api/me', method: 'PATCH', body: '{}' },
	'subscription': { path: '/api/subscription' },
	'analytics': { path: '/api/analytics' },
};
const askRoute = (name, more) => ask(routes[name].path,
	{ ...routes[name], ...more });

for (const [name, route] of [
	['[call-change:proof] a stranger writes nothing', 'call-change'],
	['[calls-csv:proof] a stranger takes nothing away', 'calls-csv'],
	['[me-change:proof] a stranger sets nothing', 'me-change'],
	['[subscription:proof] a stranger sees no plan', 'subscription'],
	['[analytics:proof] a stranger sees no figures', 'analytics'],
])
	test(name, async () => {
		// Days are counted after the figures were answered.
		await world.idle();
		const before = await cluster.fingerprint();
		const token = makeToken(newKey(), claims({ sub: A.user }));
		const answer = await askRoute(route, { token });
		assert.equal(answer.status, 401);
		assert.doesNotMatch(answer.body, /user_a/);
		assert.deepEqual(await cluster.fingerprint(), before);
	});

for (const [name, route] of [
	['[call-change:large] notes without end are refused', 'call-change'],
	['[me-change:large] and so are settings', 'me-change'],
])
	test(name, async () => assert.equal(
		(await askRoute(route, { body: bigBody })).status, 413));

test('[calls-csv:tenant] the file has the tenant\'s calls alone',
	async () => {
		const mine = new Set(await ids('', B));
		for (const [format, id] of [['raw', 0], ['table', 19]]) {
			const [, ...rows] = parseCsv((await ask(
				`/api/calls.csv?format=${format}`, { as: B })).body);
			assert.ok(rows.length > 50 &&
				rows.every((row) => mine.has(row[id])));
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

test('then the database goes away', () => cluster.stop());

for (const [name, route] of [
	['[call-change:database] nothing is said to be kept', 'call-change'],
	['[calls-csv:database] no file that looks whole', 'calls-csv'],
	['[me-change:database] nothing is said to be set', 'me-change'],
	['[subscription:database] the plan is away', 'subscription'],
	['[analytics:database] the figures are away', 'analytics'],
])
	test(name, async () => {
		const answer = await askRoute(route);
		assert.equal(answer.status, 503);
		assert.equal(answer.headers['content-type'],
			'application/problem+json');
	});

test('[config:database] one can be told how to sign in all the same',
	async () => assert.equal((await world.get('/api/config')).status, 200));

closing(world);
