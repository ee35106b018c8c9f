// How a call finds its owner where From is not the clinic's number: each
// number counts under its own rule, and two owners are not guessed between.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
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
