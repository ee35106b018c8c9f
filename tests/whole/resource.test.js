// What a clinic sets by itself: what is taken, what is refused and where it
// is told, what happens at once, and that a clinic never learns of another.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { A, B, LINE, openWorld, source } from './lib/world.js';

// Of those who come at once none has to wait for a connection.
const world = await openWorld({ settings: { ...tenantSettings,
	TENANT_CONNECTIONS: 16 },
postgres: { timezone: 'America/New_York' } });
const { cluster } = world;
const C = { user: 'user_c' };
const D = { user: 'user_d' };
for (const as of [A, B, C, D])
	as.token = makeToken(tenantKey, claims({ sub: as.user }));

const NUMBERS = '/api/phone-numbers';
const ASSISTANTS = '/api/assistants';
const HOURS = '/api/working-hours';
const INTENTS = '/api/intents';
const TESTS = '/api/assistant-tests';

function ask(method, path, body, as = A, headers = {}) {
	return world.get(path, { method, headers: {
		Authorization: `Bearer ${as.token}`,
		...body === undefined ? {} : { 'Content-Type': 'application/json' },
		...headers },
	body: typeof body === 'object' ? JSON.stringify(body) : body });
}
async function done(status, ...request) {
	const answer = await ask(...request);
	assert.equal(answer.status, status, `${request[1]}: ${answer.body}`);
	return answer.body === '' ? null : JSON.parse(answer.body);
}
const add = (path, body, as) => done(201, 'POST', path, body, as);
const list = async (path, as) =>
	(await done(200, 'GET', path, undefined, as)).data;

// The fields that are complained about, in their order, each once or more.
async function refused(...request) {
	const problem = await done(422, ...request);
	assert.equal(problem.status, 422);
	for (const one of problem.errors)
		assert.match(one.message, /^[a-z].*[^.]$/);
	return problem.errors.map((one) => one.field).sort().join(' ');
}
async function sentence(...request) {
	const { errors } = await done(422, ...request);
	assert.equal(errors.length, 1, JSON.stringify(errors));
	return `${errors[0].field} ${errors[0].message}`;
}

// The answer without what differs from one request to the next.
const bare = (answer) => JSON.stringify([answer.status,
	{ ...answer.headers, date: '' }, answer.body])
	.replaceAll(answer.headers['x-request-id'], 'ID');

for (const tenant of [A, B]) {
	[tenant.assistant] = await list(ASSISTANTS, tenant);
	[tenant.listed] = await list(NUMBERS, tenant);
}

// What they look like ---------------------------------------------------------

test('each has its fields and no others', async () => {
	const shape = (object) => Object.keys(object).join(' ');
	assert.equal(shape(A.assistant), 'id name greeting language ' +
		'max_duration_seconds has_vapi_assistant phone_numbers created_at ' +
		'updated_at');
	assert.equal(shape(A.listed), 'id phone_number phone_number_raw label ' +
		'assistant_id assistant_name fallback_number match_rule status ' +
		'verified_at assistant_phone_number forwarding verification ' +
		'created_at updated_at');
	assert.equal(shape(await add(HOURS, { day_of_week: 0, open_time: '00:00',
		close_time: '24:00' }, C)), 'id phone_number_id day_of_week ' +
		'open_time close_time is_closed specific_date date_end reason ' +
		'created_at updated_at');
	assert.equal(shape(await add(INTENTS, { name: 'Recall' }, C)),
		'id slug name description assistant_id example_phrases ' +
		'marks_follow_up is_enabled created_at updated_at');
	assert.equal(shape(await add(TESTS, { assistant_id: A.assistant.id,
		name: 'Greets', script: 'Hello' })), 'id assistant_id ' +
		'assistant_name name script expected status score result ' +
		'transcript error call_id started_at finished_at created_at ' +
		'updated_at');
	assert.equal(A.assistant.has_vapi_assistant, true);
	assert.equal(A.assistant.phone_numbers, 1);
	assert.equal(A.listed.assistant_name, A.assistant.name);
	assert.match(A.listed.created_at, /^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/);
});

test('nobody can add what stands for a withheld number', async () => {
	const before = await list(NUMBERS, D);
	for (const number of ['+266696687', '+7378742833', '+256 2533', '+8656696',
		'tel:+86282452253']) {
		assert.equal(await sentence('POST', NUMBERS, { phone_number: number },
			D), 'phone_number stands for a number that is withheld');
		assert.equal(await sentence('PATCH', `${NUMBERS}/${A.listed.id}`,
			{ fallback_number: number }),
		'fallback_number stands for a number that is withheld');
	}
	assert.deepEqual(await list(NUMBERS, D), before);
	const outcome = await cluster.asTenant(D.user, 'insert into ' +
		'public.phone_numbers (phone_number) values (\'+266696687\')')
		.then(() => 'added', (e) => e.code);
	assert.equal(outcome, '23514', 'not past the program either');
});

test('a number says what to dial so that its calls are forwarded',
	async () => {
		const { to, codes } = A.listed.forwarding;
		const digits = LINE.slice(1);
		assert.equal(to, LINE);
		assert.equal(A.listed.assistant_phone_number, LINE);
		assert.deepEqual(codes.map(({ network, when, on, off }) =>
			[network, when, on, off]), [
			['landline', 'always', `*72 ${digits}`, '*73'],
			['landline', 'no_answer', `*92 ${digits}`, '*93'],
			['landline', 'busy', `*90 ${digits}`, '*91'],
			['gsm', 'always', `**21*${LINE}#`, '##21#'],
			['gsm', 'no_answer', `**61*${LINE}#`, '##61#'],
			['gsm', 'busy', `**67*${LINE}#`, '##67#']]);
	});

test('what people type is brought to one form', async () => {
	const number = await add(NUMBERS, { phone_number: '+1 (555) 400-0001',
		label: '  Front\tdesk \n', fallback_number: 'tel:+1-555-400-0002' });
	assert.equal(number.phone_number, '+15554000001');
	assert.equal(number.label, 'Front\tdesk');
	assert.equal(number.fallback_number, '+15554000002');
	assert.equal(number.status, 'pending');
	assert.equal(number.match_rule, 'from');
	assert.equal(number.verified_at, null);
	const cleared = await done(200, 'PATCH', `${NUMBERS}/${number.id}`,
		{ label: '', fallback_number: null });
	assert.deepEqual([cleared.label, cleared.fallback_number], [null, null]);
	await done(204, 'DELETE', `${NUMBERS}/${number.id}`);
	world.numbers.add('+15554000001').add('+15554000002');
});

// The country, what is typed, its number (or error, or plus: the country code
// is needed), and how it was read: tests/unit/test_phone_typed.c has all.
const typedNumbers = readFileSync(
	join(source, 'tests/data/typed-numbers.tsv'), 'utf8')
	.split('\n').filter((line) => line && !line.startsWith('#'))
	.map((line) => line.split('\t'));

test('nothing is registered by a rule: a number that was derived is asked for',
	async () => {
		const as = C;
		const before = await list(NUMBERS, as);
		for (const country of new Set(typedNumbers.map(([of]) => of))) {
			await done(200, 'PATCH', '/api/me',
				{ country: country === '-' ? null : country }, as);
			const rows = typedNumbers.filter(([of, typed, , how]) =>
				of === country && typed !== '' && how !== 'typed');
			for (const [, typed, number] of [...rows.slice(0, 6),
				...rows.slice(-2)]) {
				const { errors } = await done(422, 'POST', NUMBERS,
					{ phone_number: typed }, as);
				assert.deepEqual(errors.map(({ field, code, params }) =>
					[field, code, params.number]), [['phone_number',
					number === 'error' ? 'not_a_phone_number' : number ===
						'plus' ? 'plus_needed' : 'confirm_number',
					number.startsWith('+') ? number : undefined]],
				`${country}: ${typed}`);
			}
		}
		assert.deepEqual(await list(NUMBERS, as), before);
		await done(200, 'PATCH', '/api/me', { country: 'GB' }, as);
		assert.equal(await sentence('POST', NUMBERS,
			{ phone_number: '+15554000060', fallback_number: '020 7946 0018' },
			as), 'fallback_number was read as +442079460018; ' +
				'send that if it is meant');
		assert.equal(await refused('PATCH', '/api/me', { country: 'gb' }, as),
			'country');
		await done(200, 'PATCH', '/api/me', { country: null }, as);
	});

test('a clinic\'s country is that of its first number until it is set',
	async () => {
		const as = { user: 'user_country' };
		as.token = makeToken(tenantKey, claims({ sub: as.user }));
		const country = async () =>
			(await done(200, 'GET', '/api/me', undefined, as)).country;
		assert.equal(await country(), null);
		assert.equal(await sentence('POST', NUMBERS,
			{ phone_number: '030 123456' }, as), 'phone_number must begin ' +
			'with + and the country code, as +1 555 111 1111 does');
		await add(NUMBERS, { phone_number: '+49 30 123456' }, as);
		await add(NUMBERS, { phone_number: '+44 20 7946 0018' }, as);
		assert.equal(await country(), 'DE');
		assert.equal(await sentence('POST', NUMBERS,
			{ phone_number: '0221 4710123' }, as), 'phone_number was read as ' +
			'+492214710123; send that if it is meant');
		await done(200, 'PATCH', '/api/me', { country: 'JP' }, as);
		assert.equal(await country(), 'JP');
		assert.equal((await done(422, 'POST', NUMBERS,
			{ phone_number: '0221 4710123' }, as)).errors[0].code,
		'plus_needed');
		world.numbers.add('+4930123456').add('+442079460018');
	});

test('a change leaves alone what it does not name', async () => {
	const one = await add(INTENTS, { name: 'Billing', description: 'Money',
		example_phrases: ['my bill', '', ' too much '], marks_follow_up: true,
		assistant_id: A.assistant.id });
	assert.deepEqual(one.example_phrases, ['my bill', 'too much']);
	assert.equal(one.slug, 'billing');
	const path = `${INTENTS}/${one.id}`;
	const same = (changed, more) => assert.deepEqual(changed,
		{ ...one, ...more, updated_at: changed.updated_at });
	same(await done(200, 'PATCH', path, {}), {});
	same(await done(200, 'PATCH', path, { is_enabled: false }),
		{ is_enabled: false });
	same(await done(200, 'PATCH', path, { description: null,
		assistant_id: null, example_phrases: [] }), { is_enabled: false,
		description: null, assistant_id: null, example_phrases: [] });
	assert.notEqual((await done(200, 'GET', path)).updated_at,
		one.updated_at);
	await done(204, 'DELETE', path);
});

test('a slug is made from the name when none is given', async () => {
	for (const [name, slug] of [['Ärger & Übel', 'arger_ubel'],
		['¿Dónde está?', 'donde_esta'], ['24 hours', 'intent_24_hours'],
		['牙', 'intent'], ['牙', 'intent_2'], ['x', 'intent_x'],
		['Recall', 'recall_2'], ['y'.repeat(80), 'y'.repeat(50)],
		['y'.repeat(70), `${'y'.repeat(48)}_2`]])
		assert.equal((await add(INTENTS, { name }, C)).slug, slug);
});

// What is wrong with a body ---------------------------------------------------

test('six digits are a number where there are such', async () => {
	const number = await add(NUMBERS, { phone_number: '+49 1640',
		fallback_number: '+43 1110' });
	assert.equal(number.phone_number, '+491640');
	assert.equal(number.fallback_number, '+431110');
	await done(204, 'DELETE', `${NUMBERS}/${number.id}`);
});

test('bad input gets a sentence at each of its fields', async () => {
	const long = (n) => 'x'.repeat(n + 1);
	for (const [path, body, fields] of [
		[NUMBERS, {}, 'phone_number'],
		[NUMBERS, { phone_number: null }, 'phone_number'],
		[NUMBERS, { phone_number: '5551111111', label: long(80),
			assistant_id: 'x', fallback_number: 'home' },
		'assistant_id fallback_number label phone_number'],
		[NUMBERS, { phone_number: 15551111111 }, 'phone_number'],
		[NUMBERS, { phone_number: ['+15554000003'] }, 'phone_number'],
		[NUMBERS, { phone_number: '+49 (0) 30 1234567' }, 'phone_number'],
		[NUMBERS, { phone_number: '+49164', fallback_number: '+43 111' },
			'fallback_number phone_number'],
		[NUMBERS, { phone_number: '+15554000003', fallback_number:
			'+1 555 400 0003' }, 'fallback_number'],
		[NUMBERS, { phone_number: '+15554000003', fallback_number: LINE },
			'fallback_number'],
		[NUMBERS, { phone_number: LINE }, 'phone_number'],
		[NUMBERS, { phone_number: A.number, assistant_id: randomUUID(),
			fallback_number: A.number },
		'assistant_id fallback_number phone_number'],
		[ASSISTANTS, {}, 'name'], [ASSISTANTS, { name: ' ' }, 'name'],
		[ASSISTANTS, { name: '\u200b' }, 'name'],
		[ASSISTANTS, { name: '\u00a0 \ufeff' }, 'name'],
		[ASSISTANTS, { name: long(40), greeting: long(1000),
			language: 'english', max_duration_seconds: 9 },
		'greeting language max_duration_seconds name'],
		[ASSISTANTS, { name: 'x', max_duration_seconds: 60.5 },
			'max_duration_seconds'],
		[ASSISTANTS, { name: 'x', max_duration_seconds: '60' },
			'max_duration_seconds'],
		[ASSISTANTS, { name: 'FRONT desk' }, 'name'],
		[ASSISTANTS, { name: 'a\u0007b', greeting: 'a\u0085b' },
			'greeting name'],
		[HOURS, {}, 'close_time day_of_week open_time'],
		[HOURS, { day_of_week: 7, open_time: '9:00', close_time: '25:00',
			is_closed: 'no', specific_date: '2026-02-30', date_end: 'x',
			reason: long(256), phone_number_id: 'x' }, 'close_time ' +
			'date_end day_of_week is_closed open_time phone_number_id ' +
			'reason specific_date'],
		[HOURS, { day_of_week: 1.5, is_closed: true }, 'day_of_week'],
		[HOURS, { day_of_week: 1, open_time: '12:00', close_time: '12:00' },
			'close_time'],
		[HOURS, { day_of_week: 1, open_time: '22:00', close_time: '02:00' },
			'close_time'],
		[HOURS, { day_of_week: 1, open_time: '24:00', close_time: '24:00' },
			'close_time'],
		[HOURS, { day_of_week: 1, is_closed: true, open_time: '09:00' },
			'open_time'],
		[HOURS, { day_of_week: 1, specific_date: '2026-01-01',
			is_closed: true }, 'specific_date'],
		[HOURS, { day_of_week: 1, date_end: '2026-01-01', is_closed: true },
			'date_end'],
		[HOURS, { specific_date: '2026-01-02', date_end: '2026-01-01',
			is_closed: true }, 'date_end'],
		[HOURS, { specific_date: '2026-01-02', date_end: '2027-01-05',
			is_closed: true }, 'date_end'],
		[HOURS, { day_of_week: 1, is_closed: true,
			phone_number_id: randomUUID() }, 'phone_number_id'],
		[INTENTS, { slug: 'Recall', description: long(1000),
			example_phrases: 'x', assistant_id: 5, marks_follow_up: 1,
			is_enabled: null }, 'assistant_id description example_phrases ' +
			'is_enabled marks_follow_up name slug'],
		[INTENTS, { name: 'x', slug: '1x' }, 'slug'],
		[INTENTS, { name: 'x', slug: `x${'1'.repeat(50)}` }, 'slug'],
		[INTENTS, { name: 'x', example_phrases: Array(21).fill('x') },
			'example_phrases'],
		[INTENTS, { name: 'x', example_phrases: [long(200)] },
			'example_phrases'],
		[INTENTS, { name: 'x', assistant_id: randomUUID() }, 'assistant_id'],
		[TESTS, {}, 'assistant_id name script'],
		[TESTS, { assistant_id: null, name: '', script: long(4000),
			expected: [] }, 'assistant_id expected name script'],
		[TESTS, { assistant_id: A.assistant.id, name: 'x',
			script: 'a\n'.repeat(11), expected: { phrases: 'x',
				intent: 'nobody_has_it', x: 1 } },
		'expected expected.intent expected.phrases script'],
		[TESTS, { assistant_id: A.assistant.id, name: 'x', script: 'x',
			expected: { phrases: Array(21).fill('x') } },
		'expected.phrases'],
		[TESTS, { assistant_id: A.assistant.id, name: 'x', script: 'x',
			expected: { phrases: [1], intent: 1 } },
		'expected.intent expected.phrases'],
		[TESTS, { assistant_id: randomUUID(), name: 'x', script: 'x' },
			'assistant_id'],
	]) {
		const before = await list(path);
		assert.equal(await refused('POST', path, body), fields,
			JSON.stringify(body));
		assert.deepEqual(await list(path), before);
	}
});

test('the same holds for a change', async () => {
	const other = await add(ASSISTANTS, { name: 'Night' });
	for (const [path, body, fields] of [
		[`${NUMBERS}/${A.listed.id}`, { phone_number: '+15554000009' },
			'phone_number'],
		[`${NUMBERS}/${A.listed.id}`, { fallback_number: A.number },
			'fallback_number'],
		[`${NUMBERS}/${A.listed.id}`, { assistant_id: randomUUID(),
			fallback_number: LINE }, 'assistant_id fallback_number'],
		[`${ASSISTANTS}/${other.id}`, { name: 'front DESK' }, 'name'],
		[`${ASSISTANTS}/${other.id}`, { name: null,
			max_duration_seconds: null }, 'max_duration_seconds name'],
	])
		assert.equal(await refused('PATCH', path, body), fields);
	// Its own name is no other's.
	await done(200, 'PATCH', `${ASSISTANTS}/${other.id}`, { name: 'NIGHT' });
	await done(204, 'DELETE', `${ASSISTANTS}/${other.id}`);
});

test('what is no JSON object is refused before anything is looked at',
	async () => {
		for (const path of [NUMBERS, ASSISTANTS, HOURS, INTENTS, TESTS]) {
			for (const body of ['', '{', '[]', 'null', '"x"', '{"a":1,"a":2}',
				'{"name":"\u0000"}', '{"name":"\\u0000"}', '{}x'])
				await done(400, 'POST', path, body);
			assert.equal((await ask('POST', path, '{}', A,
				{ 'Content-Type': 'text/plain' })).status, 415);
		}
	});

test('nobody writes what is not a clinic\'s to write', async () => {
	const before = await cluster.fingerprint();
	const never = { id: randomUUID(), user_id: B.user, status: 'active',
		match_rule: 'to', verified_at: '2026-01-01T00:00:00Z',
		vapi_assistant_id: A.vapiId, created_at: '2026-01-01T00:00:00Z',
		assistant_phone_number: '+15559999998', score: 100, removed_at: null,
		phone_number_raw: 'x', verification: {}, __proto__x: 1 };
	const fields = Object.keys(never).sort();
	for (const [path, good] of [
		[NUMBERS, { phone_number: '+15554000010' }],
		[ASSISTANTS, { name: 'Never' }],
		[HOURS, { day_of_week: 3, is_closed: true }],
		[INTENTS, { name: 'Never' }],
		[TESTS, { assistant_id: A.assistant.id, name: 'x', script: 'x' }]])
		for (const [method, where] of [['POST', path],
			['PATCH', `${path}/${A.listed.id}`]]) {
			const { errors } = await done(422, method, where, {
				...method === 'POST' ? good : {}, ...never });
			assert.deepEqual(errors.map((one) => one.field).sort(), fields);
			for (const { message } of errors)
				assert.equal(message, 'is not a field of this');
		}
	await done(422, 'PUT', HOURS, { data: [], user_id: B.user });
	await done(422, 'PUT', HOURS, { data: [{ day_of_week: 1,
		is_closed: true, user_id: B.user }] });
	assert.deepEqual(await cluster.fingerprint(), before);
});

// Somebody else's -------------------------------------------------------------

test('somebody else\'s id in a body is like one that is not there',
	async () => {
		const before = await cluster.fingerprint();
		const recall = await add(INTENTS, { name: 'Ours' });
		for (const [method, path, body, id] of [
			['POST', NUMBERS, { phone_number: '+15554000011' },
				'assistant_id'],
			['PATCH', `${NUMBERS}/${A.listed.id}`, {}, 'assistant_id'],
			['POST', HOURS, { day_of_week: 1, is_closed: true },
				'phone_number_id'],
			['POST', INTENTS, { name: 'x' }, 'assistant_id'],
			['PATCH', `${INTENTS}/${recall.id}`, {}, 'assistant_id'],
			['POST', TESTS, { name: 'x', script: 'x' }, 'assistant_id'],
		]) {
			const theirs = id === 'assistant_id' ? B.assistant.id :
				B.listed.id;
			const unknown = bare(await ask(method, path,
				{ ...body, [id]: randomUUID() }));
			assert.match(unknown, /^\[422,.*is not one of your/);
			assert.equal(bare(await ask(method, path,
				{ ...body, [id]: theirs })), unknown);
		}
		await done(204, 'DELETE', `${INTENTS}/${recall.id}`);
		// What was added and removed is in the audit.
		const { 'callward.audit_log': lines, ...rest } =
			await cluster.fingerprint();
		assert.deepEqual({ 'callward.audit_log': before['callward.audit_log'],
			...rest }, before);
		assert.notEqual(lines, before['callward.audit_log']);
	});

test('whether another clinic has a number, nobody is told', async () => {
	// But for the time, whose last zeros are not written.
	const plain = ({ headers: { 'content-length': n, ...headers }, ...more }) =>
		bare({ headers, ...more }).replaceAll(
			/[0-9a-f-]{36}|\+1555\d{7}|\d{4}-\d\d-\d\dT[^"]*/g, 'X');
	await add(NUMBERS, { phone_number: '+15554000020' }, B);
	const answers = [];
	const took = { free: [], pending: [], active: [] };
	for (let i = 0; i < 15; i++)
		for (const [kind, number] of [['free', `+1555401${1000 + i}`],
			['pending', '+15554000020'], ['active', B.number]]) {
			const answer = await ask('POST', NUMBERS,
				{ phone_number: number }, C);
			answers.push(plain(answer));
			took[kind].push(answer.ms);
			const { id, status } = JSON.parse(answer.body);
			assert.equal(status, 'pending');
			await done(204, 'DELETE', `${NUMBERS}/${id}`, undefined, C);
		}
	assert.match(answers[0], /^\[201,/);
	assert.equal(new Set(answers).size, 1);
	const middle = (times) => times.sort((a, b) => a - b)[times.length >> 1];
	for (const kind of ['pending', 'active'])
		assert.ok(Math.abs(middle(took[kind]) - middle(took.free)) <
			2 + middle(took.free), `${kind} takes another time`);
	// And the one who has it keeps it.
	assert.equal((await list(NUMBERS, B))[0].status, 'active');
});

// Removing --------------------------------------------------------------------

test('an assistant in use can be removed; its calls still tell its name',
	async () => {
		const gone = await add(ASSISTANTS, { name: 'Leaving' });
		const number = await add(NUMBERS, { phone_number: '+15554000030',
			assistant_id: gone.id });
		const intent = await add(INTENTS, { name: 'Leaving',
			assistant_id: gone.id });
		const trial = await add(TESTS, { assistant_id: gone.id,
			name: 'Leaving', script: 'Bye' });
		await cluster.query(`insert into public.calls (user_id,
			caller_phone_number, assistant_phone_number, assistant_id)
			values ($1, 'x', 'y', $2)`, [A.user, gone.id]);
		await done(204, 'DELETE', `${ASSISTANTS}/${gone.id}`);
		await done(404, 'GET', `${ASSISTANTS}/${gone.id}`);
		for (const [path, { id }] of [[NUMBERS, number], [INTENTS, intent],
			[TESTS, trial]])
			assert.equal((await done(200, 'GET', `${path}/${id}`))
				.assistant_id, null);
		const [call] = await cluster.query('select a.name ' +
			'from public.calls c join public.assistants a using (user_id) ' +
			'where a.id = c.assistant_id and a.id = $1', [gone.id]);
		assert.equal(call.name, 'Leaving');
		// Nothing can point to it again, and its name is free.
		assert.equal(await refused('PATCH', `${NUMBERS}/${number.id}`,
			{ assistant_id: gone.id }), 'assistant_id');
		const again = await add(ASSISTANTS, { name: 'leaving' });
		await done(204, 'DELETE', `${ASSISTANTS}/${again.id}`);
		for (const [path, { id }] of [[NUMBERS, number], [INTENTS, intent],
			[TESTS, trial]])
			await done(204, 'DELETE', `${path}/${id}`);
	});

test('the operator does not find an assistant that was removed', async () => {
	const id = await world.addAssistant({ user: C.user, vapiId: A.vapiId,
		name: 'Twice' });
	await done(204, 'DELETE', `${ASSISTANTS}/${id}`, undefined, C);
	assert.doesNotMatch(await world.command('assistant', 'list'),
		new RegExp(id));
	const next = await world.addAssistant({ user: C.user, vapiId: A.vapiId,
		name: 'Twice' });
	assert.notEqual(next, id);
	await assert.rejects(world.addNumber({ user: C.user,
		number: '+15554000031', assistant: id }));
});

test('a number that is given up is nobody\'s, and may be claimed again',
	async () => {
		await world.addNumber({ user: C.user, number: '+15554000040' });
		const [number] = (await list(NUMBERS, C)).filter((one) =>
			one.phone_number === '+15554000040');
		assert.equal(number.status, 'active');
		const row = await add(HOURS, { phone_number_id: number.id,
			day_of_week: 1, is_closed: true }, C);
		await done(204, 'DELETE', `${NUMBERS}/${number.id}`, undefined, C);
		await done(404, 'GET', `${HOURS}/${row.id}`, undefined, C);
		assert.equal((await world.arrive({ from: '+15554000040' })).verb,
			'Reject');
		const again = await add(NUMBERS, { phone_number: '+15554000040' }, C);
		assert.notEqual(again.id, number.id);
		assert.equal(again.status, 'pending');
		assert.match(await world.command('number', 'list', '--user', C.user),
			/released/);
		await done(204, 'DELETE', `${NUMBERS}/${again.id}`, undefined, C);
	});

// Many, and at once -----------------------------------------------------------

// How many of n parallel requests ended how.
async function atOnce(n, request) {
	const answers = await Promise.all(Array.from({ length: n },
		(_, i) => request(i)));
	const counts = {};
	for (const { status } of answers)
		counts[status] = (counts[status] ?? 0) + 1;
	return counts;
}

test('of many at once one gets the name, the slug, the number, the hour',
	async () => {
		for (const [path, body] of [
			[ASSISTANTS, (i) => ({ name: i % 2 ? 'once' : 'ONCE' })],
			[INTENTS, (i) => ({ name: `Once ${i}`, slug: 'once' })],
			[NUMBERS, () => ({ phone_number: '+15554000050' })],
			[HOURS, (i) => ({ day_of_week: 6, open_time: `0${i}:00`,
				close_time: '12:00' })]])
			assert.deepEqual(await atOnce(8, (i) =>
				ask('POST', path, body(i), D)), { 201: 1, 422: 7 }, path);
		for (const path of [ASSISTANTS, INTENTS, NUMBERS, HOURS])
			assert.equal((await list(path, D)).length, 1, path);
	});

test('names made at once are all different', async () => {
	assert.deepEqual(await atOnce(8, () =>
		ask('POST', INTENTS, { name: 'Same' }, D)), { 201: 8 });
	assert.equal(new Set((await list(INTENTS, D)).map((one) => one.slug))
		.size, 9);
});

test('there are no more than there may be', async () => {
	await cluster.query(`insert into public.intents (user_id, name)
		select 'user_e', i from generate_series(1, 199) i`);
	const E = { user: 'user_e', token: makeToken(tenantKey,
		claims({ sub: 'user_e' })) };
	assert.deepEqual(await atOnce(4, (i) => ask('POST', INTENTS,
		{ name: `More ${i}` }, E)), { 201: 1, 409: 3 });
	const { detail } = await done(409, 'POST', INTENTS, { name: 'x' }, E);
	assert.match(detail, /200 intents/);
	assert.equal((await list(INTENTS, E)).length, 200);
});

// Tests -----------------------------------------------------------------------

test('a test is not changed while it runs', async () => {
	const one = await add(TESTS, { assistant_id: A.assistant.id, name: 'Runs',
		script: 'Hello\nBye', expected: { phrases: ['welcome'],
			intent: null } });
	assert.equal(one.status, 'queued');
	assert.deepEqual(one.expected, { phrases: ['welcome'], intent: null });
	const path = `${TESTS}/${one.id}`;
	await cluster.query('update public.assistant_tests set status = ' +
		'\'running\', started_at = now() where id = $1', [one.id]);
	assert.match((await done(409, 'PATCH', path, { name: 'x' })).detail,
		/running/);
	await cluster.query('update public.assistant_tests set status = ' +
		'\'passed\', score = 100 where id = $1', [one.id]);
	const changed = await done(200, 'PATCH', path, { expected: null });
	assert.deepEqual([changed.expected, changed.score], [null, 100]);
	await done(204, 'DELETE', path);
});

closing(world);
