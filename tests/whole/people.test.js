// Several people of one clinic: whose organization's token it is, what the
// front desk may not, what a link of the operator's does, and who is named for
// what was read and changed.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { run } from './lib/process.js';
import { tenantKey, tenantSettings, Threats } from './lib/threats.js';
import { claims, makeToken, newKey } from './lib/token.js';
import { report } from './lib/vapi.js';
import { A, B, build, openWorld, source } from './lib/world.js';

const world = await openWorld({ settings: { ...tenantSettings,
	CLERK_TENANT: 'either' } });
const threats = new Threats(world);
const second = await world.secondResponder(world.writeSettings('strict', {
	...world.settings(), CLERK_TENANT: 'organization',
	DESK_RECORDINGS: 'no' }));
const ORG1 = { user: 'org_1', number: '+15553000001', vapiId: A.vapiId };
const ORG2 = { user: 'org_2', number: '+15553000002', vapiId: B.vapiId };
for (const tenant of [ORG1, ORG2])
	await world.addNumber({ ...tenant,
		assistant: await world.addAssistant(tenant) });
const rows = {};
for (const tenant of [A, B, ORG1, ORG2]) {
	const row = await world.connected(tenant);
	await world.callback(report({ id: row.vapi_call_id,
		metadata: row.metadata }));
	rows[tenant.user] = row;
}

const token = (more) => makeToken(tenantKey, claims(more));
// A person in an organization, in the words of either version.
const member = (id, rol, sub = 'user_p', more = {}) => token({ sub,
	o: { id, rol, slg: 'x' }, ...more });
const first = (id, role, sub = 'user_p', more = {}) => token({ sub,
	v: undefined, sts: undefined, org_id: id, org_role: role, ...more });
const ask = (path, as, { method = 'GET', body, port } = {}) => world.get(path, {
	method, port: port ?? world.port,
	body: body === undefined ? undefined : JSON.stringify(body),
	headers: { Authorization: `Bearer ${as}`, ...body === undefined ? {} :
		{ 'Content-Type': 'application/json' } } });
const json = (answer) => JSON.parse(answer.body);
const owner = member('org_1', 'admin');
const desk = member('org_1', 'member', 'user_d');

async function refused(answer, status, code) {
	answer = await answer;
	assert.equal(answer.status, status, answer.body);
	assert.match(answer.headers['content-type'], /problem\+json/);
	assert.equal(json(answer).code, code);
	if (code !== undefined)
		assert.ok(json(answer).detail.length > 10);
}
async function meOf(as, port) {
	const answer = await ask('/api/me', as, { port });
	assert.equal(answer.status, 200, answer.body);
	return json(answer);
}

// Whose token it is ----------------------------------------------------------

test('the organization is the clinic, in either version\'s words', async () => {
	for (const port of [world.port, second.port])
		for (const [as, role] of [[owner, 'owner'], [desk, 'desk'],
			[first('org_1', 'org:admin'), 'owner'],
			[first('org_1', 'org:member'), 'desk'],
			[first('org_1', 'org:admin', 'user_p', { v: 1 }), 'owner']]) {
			const me = await meOf(as, port);
			assert.equal(me.user_id, 'org_1');
			assert.equal(me.role, role);
		}
});

test('without an organization: the user where either may be, else no clinic',
	async () => {
		const me = await meOf(token({ sub: B.user }));
		assert.equal(me.user_id, B.user);
		assert.equal(me.role, 'owner');
		for (const more of [{}, { v: undefined }, { o: null },
			{ org_id: null, v: 1 }])
			await refused(ask('/api/me', token({ sub: B.user, ...more }),
				{ port: second.port }), 403, 'no_clinic');
	});

test('a claim of the other version, or a custom one, opens no clinic',
	async () => {
		for (const more of [{ org_id: 'org_1', org_role: 'org:admin' },
			{ v: 1, o: { id: 'org_1', rol: 'admin' } },
			{ tenant: 'org_1', callward_login: 'org_1',
				callward_role: 'owner', role: 'owner' }]) {
			assert.equal((await meOf(token({ sub: B.user, ...more }))).user_id,
				B.user);
			await refused(ask('/api/me', token({ sub: B.user, ...more }),
				{ port: second.port }), 403, 'no_clinic');
		}
		const both = await meOf(member('org_1', 'member', 'user_p',
			{ org_id: 'org_1', org_role: 'org:admin' }));
		assert.equal(both.role, 'desk');
	});

test('two organizations in one token, or one without an id, are refused',
	async () => {
		for (const more of [{ o: { id: 'org_1', rol: 'admin' },
			org_id: 'org_2' }, { o: { rol: 'admin' } }, { o: {} }, { o: [] },
		{ o: 'org_1' }, { o: { id: null } }, { o: { id: 1 } },
		{ o: { id: 'org_' } }, { o: { id: B.user } },
		{ o: { id: 'org_1 ' } }, { v: 1, org_id: '' },
		{ v: 1, org_id: B.user }, { v: 3, o: { id: 'org_1' } },
		{ v: '2', o: { id: 'org_1' } }])
			for (const port of [world.port, second.port])
				await refused(ask('/api/me', token({ sub: 'user_p', ...more }),
					{ port }), 401, undefined);
	});

test('a session that has not chosen an organization is told to', async () => {
	for (const as of [token({ sts: 'pending' }),
		member('org_1', 'admin', 'user_p', { sts: 'pending' })])
		for (const port of [world.port, second.port])
			await refused(ask('/api/me', as, { port }), 401,
				'choose_organization');
});

// Roles ----------------------------------------------------------------------

test('only the exact word is the owner', async () => {
	for (const rol of ['Admin', 'ADMIN', ' admin', 'admin ', 'org:admin',
		'administrator', '', null, ['admin'], true, undefined])
		assert.equal((await meOf(member('org_1', rol))).role, 'desk', rol);
	for (const role of ['admin', 'org:Admin', 'org:admin ', 'org:member',
		'ORG:ADMIN', null, undefined])
		assert.equal((await meOf(first('org_1', role))).role, 'desk', role);
});

// The table itself, so that a new route is tried, too.
const routes = [...readFileSync(join(source, 'fcgi/route.c'), 'utf8')
	.replace(/\s+/g, ' ').matchAll(
		/\{ "([a-z-]+)", "([A-Z]+)", "([^"]+)", ROUTE_BODY_(\w+), [^,]+, ROUTE_(\w+), \w+ \}/g)]
	.map(([, name, method, path, kind, who]) =>
		({ name, method, path, kind, who }))
	.filter(({ who }) => ['OWNER', 'DESK'].includes(who));
// What a clinic has, to be named in a path: an id of each kind.
async function idsOf(user) {
	const ids = [];
	for (const tab of ['assistants', 'phone_numbers', 'working_hours',
		'intents', 'assistant_tests', 'calls'])
		ids.push((await world.cluster.query('select id from public.' +
			`${tab} where user_id = $1 limit 1`, [user]))[0].id);
	return ids;
}
const OWNERS = ['assistants', 'phone_numbers', 'working_hours', 'intents',
	'assistant_tests', 'clinic_settings', 'subscriptions'];
const owned = async () => Object.fromEntries(Object.entries(
	await world.cluster.fingerprint()).filter(([name]) =>
	OWNERS.some((tab) => name.includes(tab)) ||
	name.includes('verifications')));
// Bodies that each of the owner's routes would take.
const BODIES = [{}, { name: 'X' }, { timezone: 'Europe/Madrid' },
	{ phone_number: '+15553009999' }, { label: 'x' }, { step: 'code' },
	{ data: [] }, { day_of_week: 1, open_time: '09:00', close_time: '17:00' },
	{ reason: 'x' }, { name: 'X', script: 'x' }];

test('the front desk is refused on every route of the owner', async () => {
	const made = {};
	for (const [path, body] of [
		['/api/working-hours', BODIES[7]], ['/api/intents', { name: 'I' }]])
		made[path] = json(await ask(path, owner, { method: 'POST', body })).id;
	const [{ id: assistant }] = await world.cluster.query('select id from ' +
		'public.assistants where user_id = $1', ['org_1']);
	made.test = json(await ask('/api/assistant-tests', owner, {
		method: 'POST', body: { assistant_id: assistant, name: 'T',
			script: 'Hi' } })).id;
	assert.ok(made['/api/intents'] && made['/api/working-hours'] && made.test,
		JSON.stringify(made));
	const ids = await idsOf('org_1');
	assert.ok(routes.length > 30, `${routes.length}`);
	assert.ok(routes.filter(({ who }) => who === 'OWNER').length > 15);
	const before = await owned();
	const answers = {};
	for (const { name, method, path, kind, who } of routes)
		for (const id of path.includes('{id}') ? ids : [''])
			for (const body of kind === 'NONE' ? [undefined] : BODIES) {
				const { status, body: text } = await ask(
					path.replace('{id}', id), desk, { method, body });
				(answers[name] ??= new Set()).add(status);
				if (who === 'OWNER') {
					assert.equal(status, 403, `${name} ${text}`);
					assert.equal(JSON.parse(text).code, 'owner_only', name);
				} else
					assert.notEqual(status, 403, `${name} ${text}`);
			}
	assert.deepEqual(await owned(), before);
	// What is left to write is the desk's.
	assert.deepEqual(routes.filter(({ name, method }) => method !== 'GET' &&
		!answers[name].has(403)).map(({ name }) => name),
	['person-change', 'call-change']);
	// Figures and files are the owner's, and so is each change.
	for (const { name, method } of routes)
		if (['analytics', 'calls-csv'].includes(name) || method !== 'GET' &&
			!['person-change', 'call-change'].includes(name))
			assert.deepEqual([...answers[name]], [403], name);
});

test('the owner does', async () => {
	for (const [path, method, body] of [['/api/analytics', 'GET'],
		['/api/calls.csv', 'GET'],
		['/api/me', 'PATCH', { name: 'Clinic One' }],
		['/api/intents', 'POST', { name: 'Of the owner' }]]) {
		const { status, body: text } = await ask(path, owner,
			{ method, body });
		assert.ok(status < 300, `${path} ${status} ${text}`);
	}
});

test('the desk plays recordings, unless DESK_RECORDINGS is no', async () => {
	const path = `/api/calls/${rows.org_1.id}/recording`;
	assert.notEqual((await ask(path, desk)).status, 403);
	await refused(ask(path, desk, { port: second.port }), 403, 'owner_only');
	assert.notEqual((await ask(path, owner, { port: second.port })).status,
		403);
	for (const [port, allowed] of [[world.port, true], [second.port, false]])
		assert.equal(json(await world.get('/api/config', { port }))
			.desk_recordings, allowed);
});

test('who acts as a member reads as what that one is, and is named',
	async () => {
		const as = member('org_1', 'member', 'user_d',
			{ act: { sub: 'user_support' } });
		await refused(ask('/api/analytics', as), 403, 'owner_only');
		assert.equal((await ask(`/api/calls/${rows.org_1.id}`, as)).status,
			200);
		assert.equal((await ask(`/api/calls/${rows.org_1.id}`, as,
			{ method: 'PATCH', body: { notes: 'x' } })).status, 403);
		assert.deepEqual(await world.cluster.query('select user_id, action ' +
			'from callward.audit_log where actor = $1', ['user_support']),
		[{ user_id: 'org_1', action: 'read_call' }]);
	});

// Whose rows they see ---------------------------------------------------------

test('two organizations that share a person never see each other',
	async () => {
		for (const [mine, other] of [[ORG1, ORG2], [ORG2, ORG1]]) {
			const as = member(mine.user, 'admin');
			const { data } = json(await ask('/api/calls', as));
			assert.deepEqual(data.map(({ id }) => id), [rows[mine.user].id]);
			for (const path of ['', '/recording'])
				assert.equal((await ask(`/api/calls/${rows[other.user].id}` +
					path, as)).status, 404);
			assert.equal((await ask(`/api/calls/${rows[other.user].id}`, as,
				{ method: 'PATCH', body: { notes: 'x' } })).status, 404);
		}
		// Nor does the person alone, whose own clinic is empty.
		assert.deepEqual(json(await ask('/api/calls', token(
			{ sub: 'user_p' }))).data, []);
		// A name that is taken in one is not known in the other.
		await ask('/api/people/me', member('org_1', 'admin'),
			{ method: 'PATCH', body: { name: 'Paula' } });
		assert.equal((await meOf(member('org_1', 'admin'))).person_name,
			'Paula');
		assert.equal((await meOf(member('org_2', 'admin'))).person_name, null);
	});

// Links ------------------------------------------------------------------------

const tenant = (...args) => run(join(build, 'callward'), ['-c',
	world.operatorConf, 'tenant', ...args]);

test('a link leads an organization to a clinic, whose old id sees nothing',
	async () => {
		const alone = token({ sub: A.user });
		assert.equal((await meOf(alone)).phone_numbers, 1);
		const linked = await tenant('link', '--user', A.user, '--org', 'org_x');
		assert.equal(linked.status, 0, linked.stderr);
		assert.match(linked.stderr, /user_a itself no longer leads there/);
		// From the next request on, without a word to the responder.
		await threats.withoutTrace(async () => {
			for (const { method, path } of routes)
				await refused(ask(path.replace('{id}', rows[A.user].id), alone,
					{ method, body: ['POST', 'PUT', 'PATCH'].includes(method)
						? { name: 'x' } : undefined }).then((answer) =>
					(answer.status === 422 || answer.status === 404 ?
						{ ...answer, status: 403, body: JSON.stringify({
							code: 'no_clinic', detail: 'not asked for' }),
						headers: { 'content-type':
							'application/problem+json' } } : answer)),
				403, 'no_clinic');
		});
		for (const path of ['/api/me', '/api/calls', '/api/analytics',
			`/api/calls/${rows[A.user].id}`, '/api/calls.csv'])
			await refused(ask(path, alone), 403, 'no_clinic');
		const x = member('org_x', 'admin');
		assert.equal((await meOf(x)).user_id, A.user);
		assert.equal((await meOf(x)).phone_numbers, 1);
		assert.deepEqual(json(await ask('/api/calls', x)).data.map(
			({ id }) => id), [rows[A.user].id]);
		// A call that comes now is the same clinic's, under the same seal.
		const row = await world.connected(A);
		assert.equal(row.user_id, A.user);
		assert.equal((await ask(`/api/calls/${row.id}`, x)).status, 200);
		// The log names the clinic, the login and the person.
		assert.match(await world.logLine(await ask('/api/calls', x)),
			/ tenant=user_a login=org_x actor=user_p /);
		// The old id, once it is linked itself.
		assert.equal((await tenant('link', '--user', A.user, '--login',
			A.user)).status, 0);
		assert.equal((await meOf(alone)).user_id, A.user);
		assert.equal((await tenant('unlink', '--login', A.user)).status, 0);
		await refused(ask('/api/me', alone), 403, 'no_clinic');
	});

test('what must not be linked is not', async () => {
	const refuses = async (args, words) => {
		const done = await tenant('link', ...args);
		assert.equal(done.status, 1, done.stdout);
		assert.match(done.stderr, words);
	};
	await refuses(['--user', A.user, '--org', 'org_1'],
		/org_1 has rows of its own in /);
	await refuses(['--user', B.user, '--org', 'org_x'],
		/org_x is a login of user_a; unlink it first/);
	await refuses(['--user', 'org_x', '--org', 'org_y'],
		/org_x is a login of user_a: name that tenant/);
	await refuses(['--user', B.user, '--login', A.user],
		/user_a is a tenant that logins are linked to/);
	assert.equal((await tenant('link', '--user', A.user, '--org', 'user_x'))
		.status, 2);
	assert.equal((await tenant('link', '--user', A.user)).status, 2);
	assert.equal((await tenant('unlink', '--org', 'org_none')).status, 1);
	const again = await tenant('link', '--user', A.user, '--org', 'org_x');
	assert.match(again.stderr, /was linked already/);
	// Nothing is added behind a login's back.
	const added = await run(join(build, 'callward'), ['-c',
		world.operatorConf, 'assistant', 'add', '--user', 'org_x', '--name',
		'X', '--vapi-id', A.vapiId]);
	assert.equal(added.status, 1);
	assert.match(added.stderr, /org_x is a login of tenant user_a/);
});

test('links are listed, shown, and in the audit', async () => {
	const list = (await tenant('list')).stdout;
	assert.match(list, /^user_a\torg_x\t1\t1$/m);
	assert.match(list, /^user_b\tuser_b\t1\t1$/m);
	for (const user of [A.user, 'org_x']) {
		const shown = (await tenant('show', '--user', user)).stdout;
		assert.match(shown, /^tenant\tuser_a\t/m);
		assert.match(shown, /^login\torg_x\t/m);
	}
	assert.deepEqual(await world.cluster.query('select user_id, action, ' +
		'subject from callward.audit_log where action like \'%link%\' ' +
		'order by at'), [
		{ user_id: A.user, action: 'link_login', subject: 'org_x' },
		{ user_id: A.user, action: 'link_login', subject: A.user },
		{ user_id: A.user, action: 'unlink_login', subject: A.user }]);
});

test('a link that goes takes the clinic from the organization', async () => {
	const done = await tenant('unlink', '--org', 'org_x');
	assert.match(done.stderr, /the tenant's own id leads there again/);
	assert.equal((await meOf(member('org_x', 'admin'))).phone_numbers, 0);
	assert.equal((await meOf(token({ sub: A.user }))).phone_numbers, 1);
});

// Who did it -------------------------------------------------------------------

const audited = async (actor) => (await world.cluster.query('select user_id, ' +
	'action, subject from callward.audit_log where actor = $1 order by at, ' +
	'action', [actor]));

test('the audit names the person for what is read and changed', async () => {
	const as = (rol, sub) => member('org_2', rol, sub);
	const path = `/api/calls/${rows.org_2.id}`;
	const { id } = rows.org_2;
	await ask(path, as('member', 'user_q'));
	await ask(`${path}/recording`, as('member', 'user_q'));
	await ask(path, as('member', 'user_q'), { method: 'PATCH', body: {
		follow_up_state: 'open', follow_up_note: 'Ring her', notes: 'n' } });
	await ask(path, as('member', 'user_q'), { method: 'PATCH',
		body: { tags: ['vip'] } });
	await ask(path, as('member', 'user_q'), { method: 'PATCH', body: {} });
	const found = await audited('user_q');
	assert.ok(found.every(({ user_id: user }) => user === 'org_2'));
	assert.deepEqual(found.filter(({ action }) => action === 'change_call')
		.map(({ subject }) => subject),
	[`${id} follow_up_state follow_up_note notes`, `${id} tags`]);
	assert.ok(found.some(({ action, subject }) => action === 'read_call' &&
		subject === id));
	const who = as('admin', 'user_r');
	await ask('/api/calls.csv', who);
	const made = json(await ask('/api/intents', who, { method: 'POST',
		body: { name: 'Later' } })).id;
	await ask(`/api/intents/${made}`, who, { method: 'PATCH',
		body: { description: 'x' } });
	await ask(`/api/intents/${made}`, who, { method: 'DELETE' });
	await ask('/api/me', who, { method: 'PATCH', body: { name: 'Two' } });
	await ask('/api/working-hours', who, { method: 'PUT', body: { data: [
		{ day_of_week: 1, open_time: '09:00', close_time: '12:00' },
		{ day_of_week: 2, open_time: '09:00', close_time: '12:00' }] } });
	const assistants = json(await ask('/api/assistants', who)).data;
	await ask(`/api/assistants/${assistants[0].id}`, who, { method: 'PATCH',
		body: { greeting: 'Hello' } });
	assert.deepEqual((await audited('user_r')).map(({ action, subject }) =>
		`${action} ${subject}`.replace(/(settings) .*/, '$1')).sort(), ['add clinic_settings',
		'add intents ' + made, 'add working_hours 2',
		`change assistants ${assistants[0].id}`, 'change clinic_settings',
		'change intents ' + made, 'export_calls null',
		'remove intents ' + made].sort());
	assert.match((await run(join(build, 'callward'), ['-c',
		world.operatorConf, 'audit', 'list', '--user', 'org_2'])).stdout,
	/\torg_2\tuser_r\texport_calls\t/);
});

test('a follow-up belongs to a person, whose name stays', async () => {
	const path = `/api/calls/${rows.org_2.id}`;
	const named = member('org_2', 'member', 'user_n', { name: ' Nora N. ' });
	const plain = member('org_2', 'member', 'user_m');
	const set = async (as, body, status = 200) => {
		const answer = await ask(path, as, { method: 'PATCH', body });
		assert.equal(answer.status, status, answer.body);
		return json(answer);
	};
	// The name of the token, without a setting.
	let call = await set(named, { follow_up_by_id: 'user_n' });
	assert.equal(call.follow_up_by, 'Nora N.');
	assert.equal(call.follow_up_by_id, 'user_n');
	// The person's own setting goes before it, in what is set from now on.
	assert.equal((await ask('/api/people/me', named, { method: 'PATCH',
		body: { name: 'Nora' } })).status, 200);
	assert.equal((await meOf(named)).person_name, 'Nora');
	call = await set(plain, { follow_up_by_id: 'user_n' });
	assert.equal(call.follow_up_by, 'Nora');
	// Nobody's id, and another clinic's person, are nobody here.
	for (const id of ['user_zz', 'user_p', 'org_2'])
		assert.equal((await set(plain, { follow_up_by_id: id }, 422))
			.errors[0].code, 'unknown_person');
	const { data } = json(await ask('/api/people', plain));
	assert.deepEqual(data.filter(({ name }) => name !== null),
		[{ id: 'user_n', name: 'Nora', is_me: false }]);
	assert.deepEqual(data.filter(({ is_me: me }) => me),
		[{ id: 'user_m', name: null, is_me: true }]);
	// Who left stays as a name; a name that is typed is nobody's id.
	await world.cluster.query('delete from public.clinic_people where ' +
		'person_id = $1', ['user_n']);
	call = json(await ask(path, plain));
	assert.equal(call.follow_up_by, 'Nora');
	call = await set(plain, { follow_up_by: 'Nora' });
	assert.equal(call.follow_up_by_id, 'user_n');
	call = await set(plain, { follow_up_by: 'Somebody' });
	assert.equal(call.follow_up_by_id, null);
	call = await set(plain, { follow_up_by_id: null });
	assert.equal(call.follow_up_by, null);
	// A name that cannot be shown is no name.
	for (const name of ['a\u0007b', '\u202eabc', 'x'.repeat(81), 7, ''])
		assert.equal((await meOf(member('org_2', 'member', 'user_o',
			{ name }))).person_name, null);
	assert.equal((await ask('/api/people/me', plain, { method: 'PATCH',
		body: { name: 'a\u0007b' } })).status, 422);
});

test('what was read is forgotten after 400 days, what was changed is not',
	async () => {
		await world.cluster.query('insert into callward.audit_log (at, ' +
			'user_id, actor, action, subject) select now() - make_interval(' +
			'days => d), \'user_old\', d::text, a, null from unnest(array[399, ' +
			'401]) d, unnest(array[\'read_call\', \'play_recording\', ' +
			'\'export_calls\', \'change_call\', \'change\', \'link_login\']) a');
		await world.command('prune');
		assert.deepEqual((await world.cluster.query('select actor, count(*)' +
			'::int as n from callward.audit_log where user_id = \'user_old\' ' +
			'group by 1 order by 1')), [{ actor: '399', n: 6 },
			{ actor: '401', n: 3 }]);
	});

test('a statement cannot be run past the entry', async () => {
	const [{ id }] = await world.cluster.query('select id from public.calls ' +
		'where user_id = $1', ['org_1']);
	const client = await world.cluster.pool('callward_tenant', 'callward')
		.connect();
	try {
		for (const [given, seen] of [
			[{ callward_login: 'org_1', callward_role: 'desk' }, 1],
			[{ callward_login: 'org_1', sub: 'org_2' }, 1],
			[{ callward_login: 'org_2', sub: 'org_1' }, 0],
			[{ sub: 'org_1' }, 0], [{ callward_login: '' }, 0],
			[{ callward_login: ['org_1'] }, 0]]) {
			await client.query('begin');
			await client.query('select callward.tenant_enter($1)',
				[JSON.stringify(given)]);
			assert.equal((await client.query('select from public.calls ' +
				'where id = $1', [id])).rowCount, seen, JSON.stringify(given));
			await client.query('rollback');
		}
		await assert.rejects(client.query('select * from ' +
			'callward.tenant_logins'), /permission denied/);
	} finally {
		client.release();
	}
});

// The routes of their own ------------------------------------------------------

const strange = makeToken(newKey(), claims({ o: { id: 'org_1',
	rol: 'admin' } }));
const rename = (as, name) => ask('/api/people/me', as,
	{ method: 'PATCH', body: { name } });

test('[people:good] who works in the clinic is told', async () => {
	const { data } = json(await ask('/api/people', owner));
	assert.ok(data.some((one) => one.id === 'user_p' && one.is_me));
});

test('[people:proof] a stranger is told of nobody', () =>
	refused(ask('/api/people', strange), 401, undefined));

test('[people:tenant] people of one clinic are none of another', async () => {
	await rename(member('org_2', 'admin', 'user_two'), 'Two');
	const { data } = json(await ask('/api/people', owner));
	assert.ok(!data.some((one) => one.id === 'user_two'));
});

test('[person-change:good] a name is chosen, and given up', async () => {
	for (const name of ['Ada', null]) {
		const answer = await rename(desk, name);
		assert.equal(answer.status, 200, answer.body);
		assert.equal((await meOf(desk)).person_name, name);
	}
});

test('[person-change:proof] a stranger names nobody', () =>
	refused(rename(strange, 'X'), 401, undefined));

test('[person-change:tenant] a name is one\'s own, in one clinic', async () => {
	await rename(member('org_2', 'member', 'user_d'), 'Dora');
	assert.equal((await meOf(desk)).person_name, null);
	const others = await ask('/api/people/user_p', desk,
		{ method: 'PATCH', body: { name: 'X' } });
	assert.equal(others.status, 404);
});

test('[person-change:large] a body over 64 KiB is refused', async () => {
	assert.equal((await rename(desk, 'x'.repeat(70000))).status, 413);
});

test('ids of a stranger are nobody\'s here either', async () => {
	assert.equal((await ask(`/api/calls/${randomUUID()}`, owner)).status, 404);
	assert.deepEqual(world.leaks(), []);
});

test('then the database goes away', () => world.cluster.stop());

test('[people:database] who works there cannot be told', async () => {
	assert.equal((await ask('/api/people', owner)).status, 503);
});

test('[person-change:database] no name is said to be kept', async () => {
	assert.equal((await rename(desk, 'Ada')).status, 503);
});

closing(world);
