// A clinic's dashboard as a test asks its API, in a world whose tokens tenantKey
// signs; and calls of every kind for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tenantKey } from './threats.js';
import { claims, makeToken, newKey } from './token.js';
import { report } from './vapi.js';
import { A, B, LINE } from './world.js';

export const tokenFor = (user, more) => makeToken(tenantKey,
	claims({ sub: user, ...more }));

// RFC 4180, strictly.
export function parseCsv(file) {
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

export class Api {
	constructor(world) {
		this.world = world;
	}

	ask = (path, { as = A, method = 'GET', json, body, token, type,
		headers = {} } = {}) => {
		const text = json === undefined ? body : JSON.stringify(json);
		return this.world.get(path, { method, body: text, headers: {
			Authorization: `Bearer ${token ?? tokenFor(as.user)}`,
			...headers, ...(text === undefined ? {} :
				{ 'Content-Type': type ?? 'application/json' }) } });
	};

	// What is answered 200.
	got = async (path, more) => {
		const answer = await this.ask(path, more);
		assert.equal(answer.status, 200, `${path} ${answer.body}`);
		return JSON.parse(answer.body);
	};

	// Of the calls that a query lists.
	ids = async (query, as = A) =>
		(await this.got(`/api/calls?limit=100&${query}`, { as })).data
			.map((row) => row.id);

	patch = (id, json, more) => this.ask(`/api/calls/${id}`,
		{ method: 'PATCH', json, ...more });

	audits = (action) => this.world.cluster.query('select user_id, actor, ' +
		'subject from callward.audit_log where action = $1 order by at',
	[action]);

	// [name, {path, method, body}]: 401 for a token of another key.
	refusesStrangers(...rows) {
		for (const [name, { path, ...more }] of rows)
			test(name, async () => {
				// Days are counted after the figures were answered.
				await this.world.idle();
				const before = await this.world.cluster.fingerprint();
				const token = makeToken(newKey(), claims({ sub: A.user }));
				const answer = await this.ask(path, { ...more, token });
				assert.equal(answer.status, 401);
				assert.doesNotMatch(answer.body, /user_a/);
				assert.deepEqual(await this.world.cluster.fingerprint(),
					before);
			});
	}

	// The same: 413 for a body of more than 64 KiB.
	refusesLarge(...rows) {
		const body = `{"notes":"${'x'.repeat(64 * 1024)}"}`;
		for (const [name, { path, ...more }] of rows)
			test(name, async () => assert.equal(
				(await this.ask(path, { ...more, body })).status, 413));
	}

	// The same, and the database is stopped before: 503.
	failsWithoutDatabase(...rows) {
		test('then the database goes away', () => this.world.cluster.stop());
		for (const [name, { path, ...more }] of rows)
			test(name, async () => {
				const answer = await this.ask(path, more);
				assert.equal(answer.status, 503);
				assert.equal(answer.headers['content-type'],
					'application/problem+json');
			});
	}
}

export const DAY = Date.parse('2026-02-01T00:00:00Z');

// One call of A and B that was made, in A.row and B.row, and many of every
// kind.
export async function makeCalls(world) {
	for (const tenant of [A, B]) {
		tenant.row = await world.connected(tenant);
		await world.callback(report({ id: tenant.row.vapi_call_id,
			metadata: tenant.row.metadata,
			artifact: { transcript: `AI: Hello\nUser: of ${tenant.user}\n` } }));
	}
	for (const tenant of [A, B])
		await world.cluster.query(`insert into public.calls (user_id,
			caller_phone_number, assistant_phone_number, twilio_call_sid,
			status, after_hours,
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
}
