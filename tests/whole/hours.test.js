// Opening hours decide between the assistant, the clinic's message and its
// fallback; every such call is the clinic's to see.
// Servers: nginx, lighttpd
// Waits: for a clock to pass
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { became, Clinic, CONNECTED } from './lib/clinic.js';
import { closing } from './lib/closing.js';
import { send } from './lib/http.js';
import { callForm, dialled, encodeForm, formHeaders, sign }
	from './lib/twilio.js';
import { A, B, LINE, TWILIO_PATH, openWorld } from './lib/world.js';

const world = await openWorld();
const XML = '<?xml version="1.0" encoding="UTF-8"?>';
const NO_DIAL = '+19005550100';

const says = (text, language) => `${XML}<Response><Say` +
	`${language === null ? '' : ` language="${language}"`}>${text}</Say>` +
	'<Hangup/></Response>';
const dials = (number) => `${XML}<Response><Dial>${number}</Dial></Response>`;

async function served(clinic, afterHours, made) {
	const call = made ?? await clinic.call();
	assert.equal(call.verb, 'Connect', call.body);
	assert.equal(call.sessions, 1);
	assert.equal(became(call), `${CONNECTED} ${afterHours}`);
	assert.notEqual(call.row.vapi_call_id, null);
	return call;
}

async function forwarded(clinic, afterHours, number = clinic.fallback) {
	const call = await clinic.call();
	assert.equal(call.body, dials(number));
	assert.equal(call.sessions, 0);
	assert.equal(became(call),
		`forwarding callward-forwarded ${afterHours}`);
	assert.equal(call.row.ended_at, null);
	return call;
}

test('a clinic without hours is served as ever', async () => {
	for (const tenant of [A, B]) {
		const row = await world.connected(tenant);
		assert.equal(row.user_id, tenant.user);
		assert.equal(row.after_hours, false);
	}
});

test('closed, the assistant answers unless the clinic wants otherwise',
	async () => {
		const clinic = await Clinic.open(world);
		await clinic.hours(false);
		await served(clinic, true);
		await clinic.set({ closed_action: 'assistant' });
		await served(clinic, true);
		await clinic.hours(true);
		await served(clinic, false);
	});

test('closed, the clinic\'s message is said, and nobody is asked',
	async () => {
		const clinic = await Clinic.open(world);
		await clinic.hours(false);
		await clinic.set({ closed_action: 'message', language: 'es',
			after_hours_message: 'Hasta <mañana> & "adiós"' });
		const call = await clinic.call();
		assert.equal(call.body,
			says('Hasta &lt;mañana&gt; &amp; &quot;adiós&quot;', 'es-MX'));
		assert.equal(call.sessions, 0);
		assert.equal(became(call), 'no-answer callward-after-hours true');
		assert.equal(call.row.user_id, clinic.user);
		assert.notEqual(call.row.ended_at, null);
		assert.equal(call.row.vapi_call_id, null);
		const line = await world.logLine(call);
		assert.match(line, / outcome=closed /);
		assert.match(line, / level=info /);

		const since = await world.now();
		await clinic.hours(true);
		const again = await clinic.call({ callSid: call.callSid });
		assert.equal(again.body, call.body, 'a repeat hears the same');
		assert.equal(again.sessions, 0);
		assert.equal((await world.inbox(since))[0].verdict, 'duplicate');
		await served(clinic, false);
	});

test('a call of an open hour is repeated after the end of it', async () => {
	const clinic = await Clinic.open(world);
	await clinic.hours(true);
	await clinic.set({ closed_action: 'message' });
	const call = await served(clinic, false);
	await clinic.hours(false);
	const again = await clinic.call({ callSid: call.callSid });
	assert.equal(again.body, call.body);
	assert.equal(again.sessions, 0);
	assert.equal((await clinic.call()).verb, 'Say');
});

test('without a message of its own a sentence is said in its language',
	async () => {
		const clinic = await Clinic.open(world);
		await clinic.hours(false);
		await clinic.set({ closed_action: 'message', language: 'en' });
		const spoken = async () => (await clinic.call()).body;
		const english = await spoken();
		assert.match(english,
			/<Say language="en-US">We are closed[^<]+<\/Say><Hangup\/>/);
		await clinic.set({ after_hours_message: '' });
		assert.equal(await spoken(), english);
		await clinic.set({ language: 'es' });
		assert.match(await spoken(),
			/<Say language="es-MX">[^<]*cerrados[^<]*<\/Say><Hangup\/>/);
		await clinic.set({ language: 'tlh' });
		assert.equal(await spoken(), english, 'a language that none speaks');
		await world.cluster.query('update public.assistants set language = ' +
			'$1 where user_id = $2', ['fr-CA', clinic.user]);
		await clinic.set({ after_hours_message: 'Fermé' });
		assert.equal(await spoken(), says('Fermé', 'fr-CA'),
			'the assistant\'s language is what callers hear');
	});

test('closed, the fallback is dialled at once', async () => {
	const clinic = await Clinic.open(world);
	await clinic.hours(false);
	await clinic.set({ closed_action: 'fallback' });
	const call = await forwarded(clinic, true);
	assert.match(await world.logLine(call), / outcome=forward /);
	const again = await clinic.call({ callSid: call.callSid });
	assert.equal(again.body, call.body, 'a repeat is the same attempt');

	const path = `${TWILIO_PATH}/status`;
	const form = callForm({ from: clinic.number, to: LINE,
		callSid: call.callSid, CallStatus: 'completed', CallDuration: '42' });
	const told = await send({ port: world.port, method: 'POST', path,
		headers: formHeaders(sign(world.publicUrl + path, form)),
		body: encodeForm(form) });
	assert.equal(told.status, 204);
	const row = await world.row(call.callSid);
	assert.equal(became({ row }), 'completed callward-forwarded true');
	assert.equal(row.duration_seconds, 42);
	assert.notEqual(row.ended_at, null);
});

test('open, a clinic may want its fallback too', async () => {
	const clinic = await Clinic.open(world);
	await clinic.set({ open_action: 'fallback', closed_action: 'message' });
	await forwarded(clinic, false);
	await clinic.hours(false);
	assert.equal((await clinic.call()).verb, 'Say');
});

test('who comes back from the fallback gets the assistant', async () => {
	const clinic = await Clinic.open(world);
	await clinic.set({ open_action: 'fallback' });
	await forwarded(clinic, false);
	await served(clinic, false);
	await world.cluster.query('update callward.call_answers set opened_at = ' +
		'opened_at - interval \'61 seconds\' where sender = $1',
	[clinic.number]);
	const { port } = await world.secondResponder();
	assert.equal((await clinic.call({}, { port })).body,
		dials(clinic.fallback), 'a minute later it is dialled');
});

test('without a fallback that may be dialled the assistant answers',
	async () => {
		for (const fallback of [null, NO_DIAL, LINE]) {
			const clinic = await Clinic.open(world, { fallback });
			await clinic.hours(false);
			await clinic.set({ closed_action: 'fallback' });
			await served(clinic, true);
		}
		const clinic = await Clinic.open(world, { fallback: null,
			vapiId: null });
		await clinic.set({ open_action: 'fallback' });
		const call = await clinic.call();
		assert.equal(call.verb, 'Say');
		assert.equal(dialled(call.body), null);
		assert.equal(became(call), 'failed callward-no-session false');
	});

test('the line\'s fallback serves a number that has none', async () => {
	const line = '+15557009999', fallback = '+15557009998';
	await world.addLine(line, A.vapiId, '--fallback', fallback);
	world.numbers.add(fallback);
	const clinic = await Clinic.open(world, { fallback: null });
	await clinic.set({ open_action: 'fallback' });
	assert.equal((await clinic.call({ to: line })).body, dials(fallback));
});

// Hours of a clinic's own day that begin or end in `seconds`, and a call to it
// before. When that came too late, a busy machine says nothing: another clinic.
async function strike(seconds, what) {
	for (let n = 0; n < 10; n++) {
		const clinic = await Clinic.open(world);
		await clinic.set({ closed_action: 'message' });
		const passed = await beginHours(clinic, seconds, what);
		const before = await clinic.call();
		const [{ late }] = await world.cluster.query('select opened_at > ' +
			'$2::timestamptz as late from callward.call_answers ' +
			'where call_sid = $1', [before.callSid, passed.at]);
		if (!late)
			return { clinic, before, passed };
	}
	return assert.fail(`no call within ${seconds} s`);
}

// Answers what waits for that moment; at: the moment.
async function beginHours(clinic, seconds, what) {
	// Somewhere it is noon, and no midnight comes in between.
	const zone = (hour) => `Etc/GMT${hour >= 12 ? '+' : '-'}` +
		Math.abs(hour - 12);
	const [{ hour }] = await world.cluster.query('select extract(hour from ' +
		'now() at time zone \'UTC\')::int as hour');
	await clinic.set({ timezone: zone(hour) });
	const [{ at }] = await world.cluster.query(
		'insert into public.working_hours (user_id, ' +
		'specific_date, open_time, close_time) select $1, at::date, ' +
		(what === 'opens' ? 'at::time, \'24:00\'' : '\'00:00\', at::time') +
		' from (select now() at time zone $2 + make_interval(secs => $3) ' +
		'as at) t returning now() + make_interval(secs => $3) as at',
		[clinic.user, zone(hour), seconds]);
	const passed = () => world.cluster.query(
		'select pg_sleep(greatest(0, extract(epoch from (' +
		'select max(case when open_time > \'00:00\' then open_time ' +
		'else close_time end) from public.working_hours ' +
		'where user_id = $1) - (now() at time zone $2)::time)) + 0.05)',
	[clinic.user, zone(hour)]);
	return Object.assign(passed, { at });
}

test('the clinic\'s wall clock opens it and closes it', async () => {
	const { clinic: early, before, passed: opened } = await strike(2, 'opens');
	assert.equal(before.verb, 'Say');
	await opened();
	await served(early, false);
	assert.equal((await early.call({ callSid: before.callSid })).body,
		before.body, 'across the opening minute a repeat hears the same');
	const { clinic: late, before: open, passed: closed } = await strike(2,
		'closes');
	await served(late, false, open);
	await closed();
	assert.equal((await late.call()).verb, 'Say');
	assert.equal((await late.call({ callSid: open.callSid })).body,
		open.body);
});

test('a number\'s own hours replace those of all', async () => {
	const clinic = await Clinic.open(world);
	await clinic.hours(false);
	await clinic.set({ closed_action: 'message' });
	const second = { ...A, user: clinic.user, number: '+15557008888' };
	await world.addNumber(second);
	await world.cluster.query('insert into public.working_hours (user_id, ' +
		'phone_number_id, day_of_week) select $1, id, d from ' +
		'public.phone_numbers, generate_series(0, 6) d ' +
		'where phone_number = $2', [clinic.user, second.number]);
	assert.equal((await clinic.call()).verb, 'Say');
	assert.equal((await clinic.call({ from: second.number })).verb,
		'Connect');
});

test('hours of one clinic are no other\'s', async () => {
	const closed = await Clinic.open(world), open = await Clinic.open(world);
	await closed.hours(false);
	for (const clinic of [closed, open])
		await clinic.set({ closed_action: 'message' });
	assert.equal((await closed.call()).verb, 'Say');
	await served(open, false);
});

test('a call that Vapi announces meets the same', async () => {
	const clinic = await Clinic.open(world);
	await clinic.hours(false);
	await clinic.set({ closed_action: 'message',
		after_hours_message: 'Closed "now"' });
	let asked = await clinic.request();
	assert.deepEqual(asked.answer, { error: 'Closed "now"' });
	assert.equal(became(asked), 'no-answer callward-after-hours true');

	await clinic.set({ closed_action: 'fallback' });
	asked = await clinic.request();
	assert.deepEqual(asked.answer, { destination: { type: 'number',
		number: clinic.fallback, message: '' } });
	assert.equal(became(asked), 'forwarding callward-forwarded true');

	asked = await clinic.request();
	assert.equal(asked.answer.assistantId, A.vapiId,
		'just dialled: the assistant');
	assert.equal(became(asked), `${CONNECTED} true`);
});

test('the clinic sees such calls, and no other clinic does', async () => {
	const clinic = await Clinic.open(world);
	await clinic.hours(false);
	await clinic.set({ closed_action: 'message' });
	await clinic.call();
	const seen = (user) => world.cluster.asTenant(user,
		'select count(*)::int as n from public.calls ' +
		'where after_hours and user_id = $1', [clinic.user]);
	assert.deepEqual(await seen(clinic.user), [{ n: 1 }]);
	assert.deepEqual(await seen(A.user), [{ n: 0 }]);
});

closing(world);
