// Whatever people and assistants say has its place on every view: long words
// without a gap, either direction of writing, a narrow screen, large letters.
// Needs: chromium
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { followed, openDesk, settled, t, VIEWS } from './lib/desk.js';
import { A, LINE } from './lib/world.js';

const desk = await openDesk();
const { world } = desk;
after(() => desk.browser.close());

// Two clinics in which whatever can be said is said in these words.
const LONG = { user: 'user_long', number: '+15556400001',
	say: (most = 300) => `https://example.org/${'abcdefghij'.repeat(40)}`
		.slice(0, most) };
const RIGHT = { user: 'user_right', number: '+15556400002',
	say: (most = 300) => 'שלום, אני רוצה לקבוע תור (מחר), בבקשה.'
		.slice(0, most) };

for (const clinic of [LONG, RIGHT]) {
	const { user, number, say } = clinic;
	const send = async (path, body, method = 'POST') => {
		const answer = await desk.ask(clinic, path, { method, body });
		assert.equal(answer.request_id, undefined, JSON.stringify(answer));
		return answer;
	};
	await world.addNumber({ user, number, vapiId: A.vapiId });
	await send('/api/me', { name: say(80), after_hours_message: say(),
		closed_action: 'message' }, 'PATCH');
	const [{ id: line }] = (await desk.ask(clinic, '/api/phone-numbers')).data;
	const { id: assistant } = await send('/api/assistants', { name: say(40),
		greeting: say(), language: user === 'user_right' ? 'he' : 'en' });
	await send(`/api/phone-numbers/${line}`, { label: say(80),
		assistant_id: assistant }, 'PATCH');
	await send('/api/phone-numbers', { phone_number: '+1555641' +
		number.slice(-4), label: say(79) });
	const { slug } = await send('/api/intents', { name: say(80),
		slug: 'a_kind_of_call_whose_name_is_as_long_as_it_can_be',
		description: say(), example_phrases: [say(200)],
		marks_follow_up: true });
	const test = await send('/api/assistant-tests', { name: say(80),
		assistant_id: assistant, script: say(),
		expected: { phrases: [say(200)], intent: slug } });
	await send('/api/working-hours', { data: [{ specific_date: '2026-12-24',
		date_end: null, is_closed: true, reason: say(200),
		phone_number_id: null }] }, 'PUT');
	await world.command('subscription', 'set', '--user', user, '--plan',
		say(60), '--seconds', '30000');
	await world.cluster.query(`update public.assistant_tests set
		status = 'failed', score = 50, finished_at = now(), messages = $2,
		result = $3 where id = $1`, [test.id,
		JSON.stringify([{ role: 'user', message: say() }]),
		JSON.stringify({ phrases: [{ phrase: say(200), found: false }],
			intent: { intent: say(), found: false } })]);
	const calls = await world.cluster.query(`insert into public.calls
		(user_id, phone_number_id, caller_phone_number,
		assistant_phone_number, status, intent, summary, messages,
		structured_data, analysis, success_evaluation, ended_reason, tags,
		notes, follow_up_state, follow_up_note, follow_up_by, created_at,
		duration_seconds)
	select $1, $2, case when i = 1 then $3 else '+15550000001' end, $4,
		'completed', case when i = 2 then $5 else $6 end, $7, $8, $9, $9,
		$7, $7, $10, $7, 'open', $7, $11, now() - i * interval '1 hour', 75
	from generate_series(1, 4) i returning id`,
	[user, line, `sip:${say(80)}@carrier.example`, LINE, say(50), slug,
		say(), JSON.stringify([{ role: 'bot', message: say(),
			secondsFromStart: 1 }, { role: 'user', message: say(),
			secondsFromStart: 3 }]), JSON.stringify({ [say(60)]: say(),
			list: [say()], in: { it: { is: { much: { deeper:
			{ down: { there: say() } } } } } } }),
		['x'.repeat(31), say(40)], say(80)]);
	Object.assign(clinic, { calls: calls.map(({ id }) => id), line });
}

const viewsOf = ({ calls, line }) => [...VIEWS.map(([at]) => at),
	'/calls?outcome=answered', `/calls/${calls[0]}`, `/calls/${calls[2]}`,
	`/numbers/${line}`, '/numbers/new', '/no/such/view'];

// What is wider than it may be: the page, or what stands out of its card, off
// the screen, or over what stands beside it.
const outside = (page) => page.evaluate(() => {
	const root = document.documentElement;
	const found = [];
	const name = (one) => `${one.tagName}.${one.className.baseVal ??
		one.className} "${one.textContent.trim().slice(0, 30)}"`;
	if (root.scrollWidth > innerWidth)
		found.push(`the page: ${root.scrollWidth} on ${innerWidth}`);
	// Where one may scroll, or is told so that it is cut.
	const cuts = (one) => one !== root && one !== document.body &&
		['hidden', 'clip', 'auto', 'scroll'].includes(
			getComputedStyle(one).overflowX);
	const cut = (one) => one.parentElement && (cuts(one.parentElement) ||
		cut(one.parentElement));
	for (const one of document.querySelectorAll('#app *')) {
		const { left, right, width, height } = one.getBoundingClientRect();
		if (width < 2 || height < 2 || cut(one) || one.closest('svg .x, .sr'))
			continue;
		const box = one.parentElement.closest('dialog, .card, .side, .nav, ' +
			'td, th, .toast') ?? root;
		const inner = box.getBoundingClientRect();
		if (left < inner.left - 1 || right > inner.right + 1)
			found.push(`${name(one)} ${Math.round(left)}-${
				Math.round(right)} in ${name(box)} ${Math.round(inner.left)}-${
				Math.round(inner.right)}`);
	}
	// Navigation and buttons are on the screen.
	for (const one of document.querySelectorAll('.nav a, .nav button, ' +
		'.tools button, main button, main a.button')) {
		const { left, right } = one.getBoundingClientRect();
		if (one.checkVisibility() && !cut(one) && (left < -1 ||
			right > root.clientWidth + 1))
			found.push(`${name(one)} is off the screen`);
	}
	return found;
});

const SIZES = [[320, 1], [390, 1], [700, 1], [1280, 1], [1440, 1], [320, 2],
	[390, 2], [1280, 2]];

// A page whose letters are so many times as large as they were.
async function sized(tenant, width, times) {
	const page = await desk.sign(tenant, { width });
	const way = await page.context().newCDPSession(page);
	await way.send('Page.setFontSizes', { fontSizes: {
		standard: 16 * times, fixed: 13 * times } });
	await page.reload();
	await settled(page);
	assert.equal(await page.evaluate(() => getComputedStyle(
		document.documentElement).fontSize), `${16 * times}px`);
	return page;
}

for (const [width, times] of SIZES)
	test(`${width} pixels, letters of ${times * 100} %: all words have room`,
		async (context) => {
			const page = await sized(LONG, width, times);
			for (const at of viewsOf(LONG))
				await context.test(at, async () => {
					await page.goto(`${world.publicUrl}/#${at}`);
					await settled(page);
					assert.deepEqual(await outside(page), []);
				});
			await page.close();
		});

test('no policy was violated and no error went uncaught', async () => {
	assert.deepEqual(await desk.browser.trouble(), []);
});

closing(world);
