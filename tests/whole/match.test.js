// How a call finds its owner where From is not the clinic's number: each
// number counts under its own rule, and two owners are not guessed between.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { dialled } from './lib/twilio.js';
import { A, B, LINE, UNKNOWN, openWorld } from './lib/world.js';

const world = await openWorld();
const PATIENT = '+15554445555';
const FORWARDED = { user: 'user_fwd', number: '+15553330001',
	rule: 'forwarded_from' };
const DIVERTED = { user: 'user_div', number: '+15553330002',
	rule: 'diversion' };
const DEDICATED = { user: 'user_to', number: '+15553330003', rule: 'to' };
const FALLBACK = '+15553330009';
for (const tenant of [FORWARDED, DIVERTED, DEDICATED])
	await world.addNumber(tenant);
await world.addLine(DEDICATED.number, A.vapiId, '--fallback', FALLBACK);

async function ownedBy(tenant, about, rule) {
	const answer = await world.arrive({ from: PATIENT, ...about });
	assert.equal(answer.verb, 'Connect', JSON.stringify(about));
	const row = await world.row(answer.callSid);
	assert.equal(row.user_id, tenant.user);
	assert.equal(row.owner_rule, rule);
	const { data } = await world.sim.calls();
	assert.equal(data.at(-1).request.assistantOverrides.metadata.user_id,
		tenant.user);
	return row;
}

async function rejected(about, reason = 'unknown_number') {
	const since = await world.now();
	const asked = await world.sessionsAsked();
	const answer = await world.arrive({ from: PATIENT, ...about });
	assert.equal(answer.status, 200);
	assert.equal(answer.verb, 'Reject', JSON.stringify(about));
	assert.equal(await world.row(answer.callSid), undefined);
	assert.equal(await world.sessionsAsked(), asked);
	const [line] = await world.inbox(since);
	assert.equal(line.verdict, 'rejected');
	assert.equal(line.reason, reason);
}

test('ForwardedFrom decides for a number of that rule', async () => {
	const row = await ownedBy(FORWARDED, { ForwardedFrom: FORWARDED.number },
		'forwarded_from');
	assert.equal(row.caller_phone_number, PATIENT);
	assert.equal(row.forwarded_from, FORWARDED.number);
});

test('Diversion decides for a number of that rule', async () => {
	for (const about of [
		{ SipHeader_Diversion: `<sip:${DIVERTED.number}@pbx.example>;` +
			'reason=unconditional' },
		{ SipHeader_Diversion: `"Front, desk" <tel:${DIVERTED.number}>` },
		{ Diversion: `<sip:${DIVERTED.number}@pbx.example>` },
	]) {
		const row = await ownedBy(DIVERTED, about, 'diversion');
		assert.equal(row.diversion, DIVERTED.number);
	}
});

test('a Diversion in any of its forms, its newest number first', async () => {
	const bare = DIVERTED.number.slice(1);
	for (const about of [
		{ SipHeader_Diversion: `<sip:${bare}@10.1.1.1;user=phone>;` +
			'reason=unconditional' },
		{ SipHeader_Diversion: `<sip:%2B${bare}@10.1.1.1>` },
		{ Diversion: 'tel:+1-555-333-0002' },
		{ SipHeader_Diversion: `<sip:1001@pbx>, <sip:${bare}@pbx>, ` +
			`<sip:${A.number}@pbx>` },
		{ SipHeader_Diversion: '<sip:1001@pbx>', Diversion:
			`<sip:${DIVERTED.number}@pbx>` },
		{ SipHeader_Diversion: `<sip:${DIVERTED.number}@pbx>`,
			Diversion: `<sip:${A.number}@pbx>` },
		{ Diversion: [`<sip:${DIVERTED.number}@pbx>`, 'tel:+15552220000'] },
	]) {
		const row = await ownedBy(DIVERTED, about, 'diversion');
		assert.equal(row.diversion, DIVERTED.number);
	}
	// Of another country than To, no number, or behind one that is withheld.
	for (const header of ['<sip:442079460018@pbx>', '<sip:5553330002@pbx>',
		`<sip:anonymous@pbx>, <sip:${DIVERTED.number}@pbx>`])
		await rejected({ SipHeader_Diversion: header });
});

test('what came is in the inbox as it came', async () => {
	for (const [about, came, read] of [
		[{ SipHeader_Diversion: '<sip:1001@10.1.1.1>;reason=unconditional' },
			{ diversion: '<sip:1001@10.1.1.1>;reason=unconditional' }, {}],
		[{ SipHeader_Diversion: '<sip:15557770001@10.1.1.1;user=phone>' },
			{ diversion: '<sip:15557770001@10.1.1.1;user=phone>' },
			{ diversion: '+15557770001' }],
		[{ SipHeader_Diversion: '<sip:1@a>', Diversion: ['tel:2', 'x'] },
			{ diversion: '<sip:1@a>, tel:2, x' }, {}],
		[{ Diversion: 'é'.repeat(200) }, { diversion: 'é'.repeat(128) }, {}],
		[{ ForwardedFrom: 'x'.repeat(200) },
			{ forwarded_from: 'x'.repeat(200) }, {}],
		[{ ForwardedFrom: '+15557770002' },
			{ forwarded_from: '+15557770002' },
			{ forwarded_from: '+15557770002' }],
		[{ ForwardedFrom: LINE }, { forwarded_from: LINE }, {}],
		[{ from: 'sip:desk@pbx' }, { from: 'sip:desk@pbx' }, {}],
	]) {
		const since = await world.now();
		assert.equal((await world.arrive({ from: PATIENT, ...about })).verb,
			'Reject');
		const [{ details }] = await world.inbox(since);
		assert.deepEqual(details, { from: PATIENT, to: LINE,
			forwarded_from: null, diversion: null, stir_verstat:
				details.stir_verstat, ...came,
			read: { forwarded_from: null, diversion: null, ...read } });
	}
	const since = await world.now();
	assert.equal((await world.arrive({ from: 'x'.repeat(300) })).verb,
		'Reject');
	const [malformed] = await world.inbox(since);
	assert.equal(malformed.reason, 'malformed_request');
	assert.deepEqual(malformed.details, { from: 'x'.repeat(256), to: LINE });
});

test('T30 attempts show what came and what would take it; pasting runs no more',
	async () => {
		const evil = 'x;$(touch pwned)`touch pwned`|touch pwned\ntouch pwned';
		await world.arrive({ from: PATIENT, ForwardedFrom: '+15557770003',
			SipHeader_Diversion: '<sip:15557770004@10.1.1.1;user=phone>' });
		await world.arrive({ from: 'touch', ForwardedFrom: evil,
			Diversion: evil });
		await world.arrive({ from: PATIENT, to: '+15558887777' });
		const told = await world.command('attempts', '--days', '1');
		const lines = told.trimEnd().split('\n');
		assert.equal(lines[0],
			'at\treason\tfrom\tto\tforwarded_from\tdiversion');
		assert.match(lines[1], /\tunlisted_line\t\+15554445555\t\+15558887777/);
		assert.match(lines[2], new RegExp('^[0-9TZ:-]+\tunknown_number\t' +
			'text:touch\t\\+15559999999\ttext:x\\\\x3b\\\\x24'));
		assert.match(lines[3], /\ttext:.x3csip:15557770004@10\.1\.1\.1.x3b/);
		assert.deepEqual(lines.slice(4, 7), [[PATIENT, 'from'],
			['+15557770003', 'forwarded_from'],
			['+15557770004', 'diversion']].map(([number, rule]) =>
			`\tcallward number add --user USER --number ${number} ` +
			`--match-rule ${rule}`));
		// Every cell and every line as a command of its own.
		const dir = mkdtempSync(join(tmpdir(), 'callward-paste-'));
		const ran = spawnSync('/bin/bash', ['-c', 'touch() { echo RAN; }\n' +
			'callward() { echo "callward $*"; }\n' +
			[...lines, ...lines.flatMap((line) => line.split('\t'))]
				.join('\n')], { cwd: dir, encoding: 'utf8',
			env: { PATH: '/nowhere' } });
		assert.doesNotMatch(ran.stdout, /RAN/);
		assert.equal(ran.stdout.match(/^callward number add/gm).length,
			2 * lines.filter((line) => line.startsWith('\t')).length);
		assert.deepEqual(readdirSync(dir), []);
		rmSync(dir, { recursive: true });
		await assert.rejects(world.command('number', 'add', '--user', 'USER',
			'--number', '+15557770003'), /in the place of USER/);
		for (const days of ['0', '31', 'x'])
			await assert.rejects(world.command('attempts', '--days', days),
				/from 1 to 30/);
		await world.command('number', 'add', '--user', 'user_taken', '--number',
			'+15557770004', '--vapi-id', A.vapiId, '--match-rule', 'diversion');
		await ownedBy({ user: 'user_taken' }, { SipHeader_Diversion:
			'<sip:15557770004@10.1.1.1;user=phone>' }, 'diversion');
	});

test('To decides for a line that is dedicated to one tenant', async () => {
	await ownedBy(DEDICATED, { to: DEDICATED.number }, 'to');
	await ownedBy(DEDICATED, { to: DEDICATED.number, from: 'anonymous' },
		'to');
});

test('a number counts under its own rule only', async () => {
	await rejected({ from: FORWARDED.number });
	await rejected({ from: DIVERTED.number });
	await rejected({ ForwardedFrom: A.number });
	await rejected({ ForwardedFrom: DIVERTED.number });
	await rejected({ SipHeader_Diversion: `<sip:${A.number}@x.example>` });
	await rejected({ SipHeader_Diversion:
		`<sip:${FORWARDED.number}@x.example>` });
	await rejected({ to: LINE, Called: DEDICATED.number });
	await rejected({ Caller: A.number });
	await rejected({ CallerName: A.number, SipHeader_From: A.number });
});

test('a ForwardedFrom that is To or Called says nothing', async () => {
	const line = '+15553330010';
	await world.addLine(line, A.vapiId);
	await world.addNumber({ user: 'user_self', number: line,
		rule: 'forwarded_from' });
	await rejected({ to: line, ForwardedFrom: line });
	await rejected({ to: LINE, Called: line, ForwardedFrom: line });
	await ownedBy({ user: 'user_self' }, { to: LINE, ForwardedFrom: line },
		'forwarded_from');
	await ownedBy(A, { from: A.number, ForwardedFrom: LINE }, 'from');
});

test('signals that agree are tried in their order', async () => {
	const second = { ...FORWARDED, number: '+15553330011', rule: 'from' };
	await world.addNumber(second);
	await ownedBy(FORWARDED, { from: second.number,
		ForwardedFrom: FORWARDED.number }, 'from');
});

test('signals of two owners are not guessed between', async () => {
	for (const [about, fallback] of [
		[{ from: A.number, ForwardedFrom: FORWARDED.number }, null],
		[{ from: B.number, SipHeader_Diversion:
			`<sip:${DIVERTED.number}@x.example>` }, null],
		[{ ForwardedFrom: FORWARDED.number, SipHeader_Diversion:
			`<sip:${DIVERTED.number}@x.example>` }, null],
		[{ from: A.number, to: DEDICATED.number }, FALLBACK],
	]) {
		const since = await world.now();
		const asked = await world.sessionsAsked();
		const answer = await world.arrive({ from: PATIENT, ...about });
		assert.equal(answer.status, 200);
		assert.equal(answer.verb, 'Say');
		assert.equal(dialled(answer.body), fallback);
		assert.equal(await world.row(answer.callSid), undefined);
		assert.equal(await world.sessionsAsked(), asked);
		const [line] = await world.inbox(since);
		assert.equal(line.verdict, 'rejected');
		assert.equal(line.reason, 'owner_conflict');
		assert.equal(line.user_id, null);
	}
});

test('a line that is not ours is rejected, whoever calls', async () => {
	await rejected({ from: A.number, to: '+15558887777' }, 'unlisted_line');
	await rejected({ from: A.number, to: A.number }, 'unlisted_line');
	await rejected({ from: A.number, to: 'client:front' }, 'unlisted_line');
});

test('a number that is not in use finds nobody', async () => {
	for (const status of ['pending', 'paused', 'released']) {
		await world.cluster.query('update public.phone_numbers set ' +
			'status = $1 where phone_number = $2', [status, B.number]);
		await rejected({ from: B.number });
	}
	await world.cluster.query('update public.phone_numbers set ' +
		'status = \'active\' where phone_number = $1', [B.number]);
	await ownedBy(B, { from: B.number }, 'from');
});

test('a number of six digits is a number like any other', async () => {
	const short = { user: 'user_short', number: '+491640',
		fallback: '+491641' };
	await world.addNumber(short);
	await ownedBy(short, { from: short.number }, 'from');
	await rejected({ from: '+491642' });
	await assert.rejects(world.addNumber({ ...short, number: '+49164' }),
		/6 to 15 digits/);
	await assert.rejects(world.addLine('+49164', A.vapiId),
		/6 to 15 digits/);
});

test('a pending claim of somebody else takes nothing away', async () => {
	for (const user of ['user_claims', 'user_claims_too'])
		await world.cluster.query('insert into public.phone_numbers ' +
			'(user_id, phone_number) values ($1, $2), ($1, $3)',
		[user, A.number, UNKNOWN]);
	await ownedBy(A, { from: A.number }, 'from');
	await rejected({ from: UNKNOWN });
});

closing(world);
