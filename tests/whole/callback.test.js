// What Vapi says about a call, and whose it is. Whatever is not beyond doubt
// is stored for nobody and waits in quarantine.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { refusals } from './lib/shipped.js';
import { hang, report, seal, sealOf, statusUpdate } from './lib/vapi.js';
import { A, B, openWorld } from './lib/world.js';

const world = await openWorld();
const a = await world.connected(A);
const b = await world.connected(B);
const aboutA = (more = {}) => ({ id: a.vapi_call_id, metadata: a.metadata,
	...more });

// Nothing is stored for anyone, one line of quarantine is, and Vapi is told
// that it need not come again.
async function quarantined(body, what, reason) {
	const before = await world.cluster.fingerprint();
	const since = await world.now();
	const answer = await world.callback(body);
	assert.equal(answer.status, 200, what);
	assert.equal(answer.body, '{}', what);
	const lines = await world.inbox(since);
	assert.equal(lines.length, 1, what);
	assert.equal(lines[0].verdict, 'quarantined', what);
	assert.equal(lines[0].provider, 'vapi', what);
	assert.equal(lines[0].user_id, null, what);
	if (reason !== undefined)
		assert.equal(lines[0].reason, reason, what);
	const after = await world.cluster.fingerprint();
	delete before['callward.webhook_events'];
	delete after['callward.webhook_events'];
	assert.deepEqual(after, before, what);
}

// The row after a message that is taken for its call.
async function accepted(row, body, what) {
	const since = await world.now();
	const answer = await world.callback(body);
	assert.equal(answer.status, 200, what);
	assert.equal(answer.body, '{}', what);
	const lines = await world.inbox(since);
	assert.deepEqual(lines.map((l) => [l.verdict, l.user_id, l.call_id]),
		[['accepted', row.user_id, row.id]], what);
	return (await world.cluster.asTenant(row.user_id,
		'select * from (select id, user_id, status, transcript, report_at, ' +
		'duration_seconds, recording_url, summary from public.calls) c ' +
		'where id = $1', [row.id]))[0];
}

test('another tenant\'s user_id is quarantined', async () => {
	await quarantined(report(aboutA({ metadata: { ...a.metadata,
		user_id: B.user } })), 'user_id alone');
	await quarantined(report(aboutA({ metadata: { ...b.metadata,
		call_id: a.id } })), 'everything but the call');
	const foreign = `k1:${randomBytes(32).toString('base64')}`;
	await quarantined(report(aboutA({ metadata: seal(foreign,
		{ ...a.metadata, user_id: B.user }) })), 'a key of one\'s own');
	await quarantined(hang(aboutA({ metadata: { ...a.metadata,
		user_id: B.user } })), 'whatever the type');
	await quarantined({ message: { ...hang(aboutA({ metadata: {
		...a.metadata, user_id: B.user } })).message, type: 'speech-update',
	} }, 'a type that is only acknowledged');
});

test('a broken seal is quarantined', async () => {
	const good = a.metadata.seal;
	const flipped = good.slice(0, -2) + (good.at(-2) === 'A' ? 'B' : 'A') +
		good.at(-1);
	const tail = good.slice(0, -1) +
		String.fromCharCode(good.charCodeAt(good.length - 1) + 1);
	for (const broken of [undefined, null, '', 'v1', flipped, tail, 1, true,
		{}, [good], `${good}=`, `${good} `, good.toUpperCase(),
		good.replace('v1.', 'v2.'), good.replace('k1', 'k2'),
		good.slice(0, -1), good.slice(3)])
		await quarantined(report(aboutA({ metadata: { ...a.metadata,
			seal: broken } })), `seal ${JSON.stringify(broken)}`);
	for (const name of Object.keys(a.metadata).filter((n) => n !== 'seal')) {
		for (const value of [undefined, null, 'x', 7, `${a.metadata[name]} `,
			a.metadata[name].toUpperCase()]) {
			if (value !== a.metadata[name])
				await quarantined(report(aboutA({ metadata: {
					...a.metadata, [name]: value } })),
				`${name} ${JSON.stringify(value)}`);
		}
	}
});

test('the seal of one call is not good for another', async () => {
	const a2 = await world.connected(A);
	await quarantined(report(aboutA({ metadata: b.metadata })),
		'another tenant\'s call', 'owner_mismatch');
	await quarantined(report(aboutA({ metadata: a2.metadata })),
		'another call of the same tenant', 'call_mismatch');
	await quarantined(report(aboutA({ id: randomUUID() })),
		'a bound call under a new Vapi id', 'call_mismatch');
	await quarantined(report({ metadata: a.metadata }), 'no Vapi id');
});

test('no metadata and an unknown call are quarantined', async () => {
	await quarantined(report({ id: randomUUID() }), 'none', 'unknown_call');
	await quarantined(statusUpdate('ended', { id: randomUUID(),
		metadata: {} }), 'empty', 'unknown_call');
	await quarantined(hang({ id: randomUUID(), metadata: { clinic: 7 } }),
		'none of our names', 'unknown_call');
	await quarantined(report({ id: 'x'.repeat(3000) }), 'no id at all');
});

test('metadata that is no object is quarantined', async () => {
	for (const metadata of [7, 'user_a', true, [], [a.metadata],
		JSON.stringify(a.metadata)])
		await quarantined(report(aboutA({ metadata })),
			JSON.stringify(metadata));
});

test('two metadata that differ are quarantined', async () => {
	const two = report(aboutA());
	two.message.assistant = { metadata: b.metadata };
	await quarantined(two, 'two owners');
	two.message.assistant = { metadata: { ...a.metadata, seal: 'v1.k1.x' } };
	await quarantined(two, 'one that does not open');
});

// Operators who come from other products have such names of their own.
const FOREIGN = { user_id: B.user, call_id: 'lead-7', assistant_id: 'sales',
	seal: 'wax' };
const PLACES = {
	'call.metadata': (m, metadata) => { m.message.call.metadata = metadata; },
	'assistant.metadata': (m, metadata) => {
		m.message.assistant = { metadata };
	},
	'call.assistant.metadata': (m, metadata) => {
		m.message.call.assistant = { metadata };
	},
	'metadata': (m, metadata) => { m.message.metadata = metadata; },
};

test('metadata of somebody else is ignored where our row or seal decides',
	async () => {
		for (const [place, put] of Object.entries(PLACES))
			for (const metadata of [FOREIGN, { user_id: B.user }, 'x', [], 7])
				for (const sealed of [true, false]) {
					const row = await world.connected(A);
					const message = report({ id: row.vapi_call_id,
						metadata: sealed ? row.metadata : undefined });
					put(message, metadata);
					await accepted(row, message, `${place} ` +
						`${JSON.stringify(metadata)} ${sealed}`);
				}
	});

test('an unsealed user_id owns nothing and moves nothing', async () => {
	for (const put of Object.values(PLACES)) {
		const message = report({ id: randomUUID() });
		put(message, FOREIGN);
		await quarantined(message, 'no row', 'unsealed_metadata');
	}
	for (const place of ['call', 'message']) {
		const message = report({ id: a.vapi_call_id });
		(place === 'call' ? message.message.call : message.message)
			.assistantOverrides = { metadata: { user_id: B.user } };
		await quarantined(message, 'where we would have sealed it',
			'bad_metadata');
	}
});

test('a body that is not one clear JSON text is quarantined', async () => {
	const good = JSON.stringify(report(aboutA()));
	const id = JSON.stringify(a.vapi_call_id);
	const twice = (name, value) => good.replace(`"${name}":`,
		`"${name}":${value},"${name}":`);
	for (const [body, what] of [
		['', 'empty'], ['{', 'cut off'], [good.slice(0, -1), 'the last byte'],
		[`${good}x`, 'a byte after it'], [good + good, 'twice'],
		['[]', 'a list'], ['null', 'null'], ['7', 'a number'],
		[`[${good}]`, 'in a list'],
		[twice('user_id', '"user_b"'), 'user_id twice'],
		[twice('id', id), 'id twice'], [twice('call', '{}'), 'call twice'],
		[twice('metadata', '{}'), 'metadata twice'],
		[twice('message', '{}'), 'message twice'],
		[twice('artifact', '{}'), 'artifact twice'],
		[twice('endedReason', '"x"'), 'endedReason twice'],
		[good.replace('"phoneNumber":{}', '"phoneNumber":[{]}'),
			'brackets that cross'],
		[good.replace('end-of-call', 'end\\u0000of'), 'a NUL in the type'],
		[good.replace(a.id, `${a.id.slice(1)}\\ud800`), 'half a pair in an id'],
		[good.replace('15158', '01'), 'a zero before a number'],
		[`\ufeff${good}`, 'a byte order mark'],
		[Buffer.from([0xff, 0xfe]), 'no text'],
	])
		await quarantined(body, what);
});

test('a character that cannot be costs itself and not the report', async () => {
	for (const [from, to, words] of [
		['Hello\\n', 'Hel\\ud800lo', 'Hel\ufffdlo'],
		['Hello\\n', 'cut \\ud83d', 'cut \ufffd'],
		['Hello\\n', 'Hel\\u0000lo', 'Hel\ufffdlo'],
		['Hello\\n', 'Hel\0lo', 'Hel\ufffdlo'],
		['Hello\\n', 'Hel\nlo', 'Hel\nlo'],
		['Hello\\n', '\\x41', '\ufffd41'],
		['Hello\\n', Buffer.from([0xe9]), '\ufffd'],
	]) {
		const row = await world.connected(A);
		const good = JSON.stringify(report({ id: row.vapi_call_id,
			metadata: row.metadata }));
		const at = good.indexOf(from);
		const stored = await accepted(row, Buffer.concat([
			Buffer.from(good.slice(0, at)), Buffer.from(to),
			Buffer.from(good.slice(at + from.length))]), String(to));
		assert.equal(stored.transcript,
			`AI: ${words}User: An appointment, please\n`);
	}
});

test('what is not kept costs nothing', async () => {
	const many = `[${'{},'.repeat(200001)}0]`;
	for (const [what, value] of [
		['half a pair', '"note \\ud83d"'], ['a NUL', '"note \\u0000"'],
		['an escape that is none', '"\\x \\u12"'], ['200,000 values', many],
		['depth', `${'[{"a":'.repeat(70)}1${'}]'.repeat(70)}`],
		['names twice', '{"a":1,"a":2,"type":"hang","type":"x"}'],
		['a long number', '1'.repeat(100)], ['a large one', '1e999'],
		['a name with half a pair', '{"\\ud800":1,"message\\u0000":2}'],
	]) {
		const row = await world.connected(A);
		const good = JSON.stringify(report({ id: row.vapi_call_id,
			metadata: row.metadata }));
		const body = good.replace('"phoneNumber":{}',
			`"phoneNumber":${value},"campaign":${value}`).replace(
			'"artifact":{', `"artifact":{"variables":${value},` +
			`"messagesOpenAIFormatted":[{"content":${value}}],`).replace(
			'"messages":[', '"messages":[{"role":"tool_call_result",' +
			`"result":${value}},`);
		const stored = await accepted(row, body, what);
		assert.equal(stored.transcript,
			'AI: Hello\nUser: An appointment, please\n');
	}
});

test('jsonb takes what is kept, whatever it holds', async () => {
	const row = await world.connected(A);
	const message = report({ id: row.vapi_call_id, metadata: row.metadata,
		analysis: 'HERE' });
	const deep = `${'['.repeat(70)}1${']'.repeat(70)}`;
	await accepted(row, JSON.stringify(message).replace('"HERE"',
		'{"summary":"a\\u0000b","n":[1e400,1e-400,' + '9'.repeat(64) +
		`],"k":1,"k":2,"\\u0000":3,"deep":${deep}}`), 'poison for jsonb');
	const [stored] = await world.cluster.asTenant(A.user,
		'select analysis, summary from public.calls where id = $1', [row.id]);
	assert.equal(stored.summary, 'a\ufffdb');
	assert.deepEqual(stored.analysis.n, ['1e400', '1e-400', '9'.repeat(64)]);
	assert.equal(stored.analysis.k, 1);
	assert.equal(stored.analysis['\ufffd'], 3);
	let depth = 1;
	for (let at = stored.analysis.deep; at !== null; at = at[0])
		depth++;
	assert.equal(depth, 64);
});

test('what is over its bound is left out, and the inbox says so', async () => {
	const row = await world.connected(A);
	const message = report({ id: row.vapi_call_id, metadata: row.metadata });
	message.message.artifact.transcript = 'x'.repeat(4 * 1024 * 1024 + 1);
	message.message.artifact.messages = Array.from({ length: 5001 }, (_, i) =>
		({ role: 'user', message: `${i}` }));
	message.message.analysis.structuredData = { a: 'x'.repeat(256 * 1024) };
	const since = await world.now();
	const stored = await accepted(row, message, 'too much');
	assert.equal(stored.summary, 'An appointment was asked for.');
	const [{ details }] = await world.cluster.query('select details from ' +
		'callward.webhook_events where received_at > $1', [since]);
	assert.deepEqual(details, { left_out: ['transcript', 'messages',
		'analysis', 'structured_data'] });
	const [kept] = await world.cluster.asTenant(A.user, 'select analysis, ' +
		'structured_data, jsonb_array_length(messages) as turns ' +
		'from public.calls where id = $1', [row.id]);
	assert.deepEqual(kept, { analysis: null, structured_data: null,
		turns: 5000 });
});

test('a report of nearly 16 MiB is stored, but for what is over', async () => {
	const row = await world.connected(A);
	const message = report({ id: row.vapi_call_id, metadata: row.metadata });
	delete message.message.artifact.transcript;
	message.message.artifact.messages = Array.from({ length: 5000 }, () => ({
		role: 'user', message: '"So \\ it \u00e9\n" '.repeat(110) }));
	const stored = await accepted(row, message, 'a long dialogue');
	assert.match(stored.transcript, /^User: "So/);
	assert.equal(stored.summary, 'An appointment was asked for.');
});

test('a quarantined line has what was read before the fault', async () => {
	const good = JSON.stringify(report(aboutA()));
	const since = await world.now();
	await quarantined(good.slice(0, -1), 'cut off', 'unreadable_json');
	const [line] = await world.cluster.query('select event_type, ' +
		'provider_call_id, user_id from callward.webhook_events ' +
		'where received_at > $1', [since]);
	assert.deepEqual(line, { event_type: 'end-of-call-report',
		provider_call_id: a.vapi_call_id, user_id: null });
});

test('without the credential nothing is written, whatever the body',
	async () => {
		const secret = world.settings().VAPI_WEBHOOK_SECRET;
		const before = await world.cluster.fingerprint();
		for (const headers of [{}, { 'X-Vapi-Secret': '' },
			{ 'X-Vapi-Secret': `${secret}x` },
			{ 'X-Vapi-Secret': secret.slice(1) },
			{ 'X-Vapi-Secret': secret.toUpperCase() },
			{ 'X-Vapi-Secret': [secret, secret] },
			{ 'X-Vapi-Secret': [secret, 'x'] },
			{ 'X_Vapi_Secret': secret }, { 'X-Vapi-Signature': secret },
			{ 'Authorization': secret }, { 'Authorization': 'Bearer ' },
			{ 'Authorization': `Basic ${secret}` },
			{ 'Authorization': `Bearer ${secret} ` + 'x' },
			{ 'X-Vapi-Secret': secret, 'Authorization': 'Bearer x' },
			{ 'X-Vapi-Secret': 'x', 'Authorization': `Bearer ${secret}` }])
			for (const body of [report(aboutA()), '', '{', '\0',
				'x'.repeat(100000)]) {
				const answer = await world.callback(body, { headers });
				assert.ok(refusals(401, Object.keys(headers))
					.includes(answer.status), JSON.stringify(headers));
			}
		assert.deepEqual(await world.cluster.fingerprint(), before);
	});

test('over 16 MiB is refused, proven or not', async () => {
	const MIB = 1024 * 1024;
	const before = await world.cluster.fingerprint();
	for (const size of [16 * MIB + 1, 18 * MIB])
		for (const options of [{}, { headers: {} }]) {
			const answer = await world.callback(Buffer.alloc(size, 0x20),
				options);
			assert.equal(answer.status, 413);
		}
	assert.deepEqual(await world.cluster.fingerprint(), before);
	const row = await world.connected(A);
	const text = JSON.stringify(report({ id: row.vapi_call_id,
		metadata: row.metadata }));
	const full = text.padEnd(16 * MIB, ' ');
	const stored = await accepted(row, full, '16 MiB is not too large');
	assert.equal(stored.status, 'completed');
});

for (const [place, put] of Object.entries({
	'message.call.assistantOverrides.metadata': (m, metadata) => {
		m.message.call.assistantOverrides = { metadata };
	},
	'message.call.metadata': (m, metadata) => {
		m.message.call.metadata = metadata;
	},
	'message.assistant.metadata': (m, metadata) => {
		m.message.assistant.metadata = metadata;
	},
	'message.call.assistant.metadata': (m, metadata) => {
		m.message.call.assistant = { metadata };
	},
	'message.metadata': (m, metadata) => {
		m.message.metadata = metadata;
	},
	'metadata beside the message': (m, metadata) => {
		m.metadata = metadata;
	},
})) {
	test(`the owner is found in ${place}`, async () => {
		// A call that has no row yet: metadata alone can name its owner.
		const row = { user_id: B.user, id: randomUUID() };
		const metadata = seal(world.key, { ...b.metadata, call_id: row.id,
			seal: undefined });
		const message = report({ id: randomUUID() });
		put(message, { ...metadata, campaign: 'spring' });
		const stored = await accepted(row, message, place);
		assert.equal(stored.transcript,
			'AI: Hello\nUser: An appointment, please\n');
		await quarantined(report({ id: message.message.call.id,
			metadata: a.metadata }), 'and it is bound from now on');
	});
}

test('no row is made for a number that is not the owner\'s', async () => {
	for (const changes of [{ phone_number_id: a.metadata.phone_number_id },
		{ phone_number_id: null }, { phone_number_id: randomUUID() },
		{ user_id: 'user_nobody' }]) {
		const metadata = { ...b.metadata, ...changes, call_id: randomUUID() };
		metadata.seal = sealOf(world.key, metadata);
		await quarantined(report({ id: randomUUID(), metadata }),
			JSON.stringify(changes), 'foreign_number');
	}
});

test('without metadata the row of that Vapi call decides', async () => {
	for (const metadata of [undefined, null, {}, { clinic: 7 }]) {
		const row = await world.connected(B);
		const stored = await accepted(row, report({ id: row.vapi_call_id,
			metadata }), JSON.stringify(metadata));
		assert.equal(stored.status, 'completed');
	}
});

test('the flat shape of older messages is read by the same rules',
	async () => {
		const row = await world.connected(A);
		const flat = { callId: row.vapi_call_id, metadata: row.metadata,
			recordingUrl: 'https://storage.example/old.wav', duration: 61.5,
			transcript: 'AI: Hello', summary: 'Short',
			endedReason: 'customer-ended-call' };
		await quarantined({ ...flat, callId: randomUUID(),
			metadata: { user_id: A.user,
				phone_number_id: row.phone_number_id } }, 'unsealed',
		'unsealed_metadata');
		const other = await world.connected(A);
		await accepted(other, { ...flat, callId: other.vapi_call_id,
			metadata: { user_id: B.user } }, 'unsealed, of a known call');
		const stored = await accepted(row, flat, 'sealed');
		assert.equal(stored.recording_url, flat.recordingUrl);
		assert.equal(stored.transcript, flat.transcript);
		assert.equal(stored.duration_seconds, 62);
		assert.equal(stored.status, 'completed');
	});

test('a bearer token is as good as the secret header', async () => {
	const secret = world.settings().VAPI_WEBHOOK_SECRET;
	const row = await world.connected(A);
	for (const headers of [{ 'Authorization': `Bearer ${secret}` },
		{ 'Authorization': `Bearer ${secret}`, 'X-Vapi-Secret': secret }]) {
		const answer = await world.callback(hang({ id: row.vapi_call_id,
			metadata: row.metadata }), { headers });
		assert.equal(answer.status, 200);
	}
});

test('other types are acknowledged and change nothing', async () => {
	const before = await world.cluster.fingerprint();
	for (const type of ['assistant.started', 'speech-update', 'transcript',
		'conversation-update', 'something-new', 7, null]) {
		const message = hang(aboutA());
		message.message.type = type;
		const answer = await world.callback(message);
		assert.equal(answer.status, 200);
		assert.equal(answer.body, '{}');
	}
	assert.deepEqual(await world.cluster.fingerprint(), before);
});

closing(world);
