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
	caller: `sip:${'reception'.repeat(8)}@carrier.example`,
	say: (most = 300) => `https://example.org/${'abcdefghij'.repeat(40)}`
		.slice(0, most) };
const RIGHT = { user: 'user_right', number: '+15556400002',
	caller: '+15550000002',
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
	const { id: pending } = await send('/api/phone-numbers', { phone_number:
		`+1555641${number.slice(-4)}`, label: say(79) });
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
		status = 'failed', score = 50, finished_at = now(), transcript = $2,
		result = $3 where id = $1`, [test.id,
		`User: ${say()}`,
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
	[user, line, clinic.caller, LINE, say(50), slug,
		say(), JSON.stringify([{ role: 'bot', message: say(),
			secondsFromStart: 1 }, { role: 'user', message: say(),
			secondsFromStart: 3 }]), JSON.stringify({ [say(60)]: say(),
			list: [say()], in: { it: { is: { much: { deeper:
			{ down: { there: say() } } } } } } }),
		['x'.repeat(31), say(40)], say(80)]);
	Object.assign(clinic, { calls: calls.map(({ id }) => id), line, pending });
}

const viewsOf = ({ calls, line, pending }) => [...VIEWS.map(([at]) => at),
	'/calls?outcome=answered', `/calls/${calls[0]}`, `/calls/${calls[2]}`,
	`/numbers/${line}`, `/numbers/${pending}`, '/numbers/new',
	'/no/such/view'];

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
			'.list td, .list th, .toast') ?? root;
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

const SIZES = [[320, 1], [390, 1], [700, 1], [1280, 1], [320, 2]];

// A page whose letters are so many times as large as they were.
async function sized(tenant, width, times) {
	const page = await desk.sign(tenant, { width });
	const way = await page.context().newCDPSession(page);
	await way.send('Page.setFontSizes', { fontSizes: {
		standard: 16 * times, fixed: 13 * times } });
	await page.reload();
	await settled(page);
	return page;
}

const letters = (page) => page.evaluate(() => getComputedStyle(
	document.documentElement).fontSize);

for (const [width, times] of SIZES)
	test(`${width} pixels, letters of ${times * 100} %: all words have room`,
		async (context) => {
			const page = await sized(LONG, width, times);
			for (const at of viewsOf(LONG))
				await context.test(at, async () => {
					await page.goto(`${world.publicUrl}/#${at}`);
					await settled(page);
					assert.deepEqual(await outside(page), []);
					assert.equal(await letters(page), `${16 * times}px`);
				});
			await page.close();
		});

test('so have they in what is asked, and in what is told', async () => {
	for (const [width, times] of [[320, 1], [320, 2]]) {
		const page = await sized(LONG, width, times);
		const fits = async (what) => {
			await followed(page);
			assert.deepEqual(await outside(page), [], `${what} at ${width}`);
			assert.equal(await letters(page), `${16 * times}px`);
		};
		for (const view of ['assistants', 'intents', 'tests']) {
			await page.goto(`${world.publicUrl}/#/${view}`);
			await settled(page);
			for (const key of ['action.edit', 'action.delete']) {
				await page.getByRole('button', { name: t(key) }).first()
					.click();
				await page.getByRole('dialog').waitFor();
				await fits(`${view} ${key}`);
				await page.keyboard.press('Escape');
				await page.getByRole('dialog').waitFor({ state: 'detached' });
			}
		}
		await page.getByRole('button', { name: t('nav.more') }).click();
		await fits('the navigation');
		await page.goto(`${world.publicUrl}/#/`);
		await settled(page);
		await page.locator('.needed-list button').first().click();
		await page.getByRole('button', { name: t('action.undo') }).waitFor();
		await fits('what was done');
		await page.getByRole('button', { name: t('action.undo') }).click();
		await page.locator('.needed-list li').nth(3).waitFor();
		await page.getByRole('button', { name: t('tools.out') }).click();
		await page.getByLabel(t('signin.link')).waitFor();
		await fits('the sign-in');
		await page.close();
	}
});

// What is written from right to left ------------------------------------------

test('what people say is set in its own direction, wherever it stands',
	async () => {
		const page = await desk.sign(RIGHT);
		let found = 0;
		const wrong = async (at) => {
			const [n, all] = await page.evaluate(() => {
				const right = /[\u0590-\u05ff]/;
				const all = [];
				let n = 0;
				const walk = document.createTreeWalker(document.body,
					NodeFilter.SHOW_TEXT);
				while (walk.nextNode()) {
					const { data, parentElement: one } = walk.currentNode;
					// What only a screen reader is told has no direction, and
					// what is shown as JSON its own.
					if (!right.test(data) || one.closest('.sr, code'))
						continue;
					n++;
					if (getComputedStyle(one).direction !== 'rtl' &&
						!/\u2068[^\u2069]*[\u0590-\u05ff]/.test(data))
						all.push(one.outerHTML.slice(0, 200));
				}
				for (const one of document.querySelectorAll('input, textarea'))
					if (right.test(one.value)) {
						n++;
						if (getComputedStyle(one).direction !== 'rtl')
							all.push(one.outerHTML.slice(0, 200));
					}
				return [n, all];
			});
			found += n;
			assert.deepEqual(all, [], at);
		};
		for (const at of viewsOf(RIGHT)) {
			await page.goto(`${world.publicUrl}/#${at}`);
			await settled(page);
			await page.locator('.page details').evaluateAll((all) =>
				all.forEach((one) => { one.open = true; }));
			await wrong(at);
		}
		for (const view of ['assistants', 'intents', 'tests']) {
			await page.goto(`${world.publicUrl}/#/${view}`);
			await settled(page);
			for (const key of ['action.edit', 'action.delete']) {
				await page.getByRole('button', { name: t(key) }).first()
					.click();
				await page.getByRole('dialog').waitFor();
				await wrong(`${view} ${key}`);
				await page.keyboard.press('Escape');
				await page.getByRole('dialog').waitFor({ state: 'detached' });
			}
		}
		// What two people write at once.
		const [, , id] = RIGHT.calls;
		await page.goto(`${world.publicUrl}/#/calls/${id}`);
		await settled(page);
		await page.getByLabel(t('call.note')).fill('Mine');
		await desk.ask(RIGHT, `/api/calls/${id}`, { method: 'PATCH',
			body: { follow_up_note: RIGHT.say(30), tags: [RIGHT.say(20)] } });
		await page.getByRole('button', { name: t('action.save') }).click();
		await page.getByRole('alert').waitFor();
		await wrong('what another has saved');
		assert.ok(found > 100, `${found} places`);
		await page.close();
	});

test('no policy was violated and no error went uncaught', async () => {
	assert.deepEqual(await desk.browser.trouble(), []);
});

closing(world);
