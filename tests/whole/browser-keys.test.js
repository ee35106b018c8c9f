// All of the dashboard by keyboard alone, in a real browser: no pointer is
// used in this file. Wherever Tab leads, one sees where one is, and gets away.
// Needs: chromium
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { focused, openDesk, settled, t, VIEWS } from './lib/desk.js';
import { waitFor } from './lib/process.js';
import { A } from './lib/world.js';

const desk = await openDesk();
const { world } = desk;
after(() => desk.browser.close());

// Where the focus is and whether one sees it. plain: how each place looks
// without it, noted before the first key.
const note = (page) => page.evaluate(() => {
	const places = 'a[href], button, input, select, textarea, summary, ' +
		'[tabindex]';
	// What is drawn around it, or around what stands for it.
	window.look = (one) => {
		const parts = [one, one.nextElementSibling, one.closest('label')]
			.filter((part) => part === one || part?.closest('label') &&
				part.closest('label').contains(one));
		return parts.flatMap((part) => [[part], [part, '::after']])
			.map((part) => getComputedStyle(...part))
			.flatMap(({ outlineStyle, outlineWidth, boxShadow }) =>
				[outlineStyle !== 'none' && parseFloat(outlineWidth) > 1 &&
					outlineWidth, boxShadow !== 'none' && boxShadow])
			.filter(Boolean);
	};
	window.plain = new Map([...document.querySelectorAll(places)]
		.filter((one) => one !== document.activeElement)
		.map((one) => [one, window.look(one)]));
});

const stop = (page) => page.evaluate(() => {
	const at = document.activeElement;
	if (at === document.body)
		return null;
	const before = window.plain.get(at) ?? [];
	const { width, height, top, bottom } = at.getBoundingClientRect();
	window.stops ??= new Map();
	if (!window.stops.has(at))
		window.stops.set(at, window.stops.size);
	return { nth: window.stops.get(at), name: `${at.tagName} ` +
		(at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ??
		at.textContent).trim().slice(0, 40),
	marked: window.look(at).some((drawn) => !before.includes(drawn)),
	there: width > 0 && height > 0 && bottom > 0 && top < innerHeight };
});

// Tab, until what has the focus is called so.
async function tabTo(page, name, { key = 'Tab', role } = {}) {
	const seen = [];
	for (let n = 0; n < 150; n++) {
		await page.keyboard.press(key);
		const at = await page.evaluate(() => {
			const one = document.activeElement;
			return [one.getAttribute('aria-label') ??
				one.labels?.[0]?.querySelector('span, .sr')?.textContent ??
				one.labels?.[0]?.textContent ?? one.textContent,
			one.type ?? one.tagName.toLowerCase()];
		});
		const words = at[0].replaceAll(/\s+/g, ' ').trim();
		if ((name instanceof RegExp ? name.test(words) : words === name ||
			words === `${name} ${t('form.optional')}`) &&
			(role === undefined || at[1] === role))
			return;
		seen.push(words);
	}
	assert.fail(`Tab does not lead to ${name}: ${seen.join(' | ')}`);
}

// A dialog that has gone gives the focus back in its own time.
const back = (page, name) => waitFor(async () => await page.evaluate(() =>
	document.activeElement.tagName) === 'BUTTON' &&
	name.test(await focused(page)), { what: `focus on ${name}` });

const heading = (page, name) => waitFor(async () => await page.evaluate(() =>
	document.activeElement.tagName) === 'H1' && await focused(page) === name,
{ what: `focus on the heading ${name}` });

async function viewOf(page, key) {
	await tabTo(page, t(`nav.${key}`));
	await page.keyboard.press('Enter');
	await heading(page, t(`nav.${key}`));
	await settled(page);
}

const press = async (page, ...keys) => {
	for (const key of keys)
		await page.keyboard.press(key);
};
const says = (page, key) => page.getByText(t(key), { exact: true }).first()
	.waitFor();

// Signs in by pasting the link.
async function enter() {
	const page = await desk.browser.page({ origin: world.publicUrl });
	await page.goto(world.publicUrl);
	await page.getByRole('heading', { name: t('signin.title') }).waitFor();
	await tabTo(page, t('signin.link'));
	await page.keyboard.insertText(
		`${world.publicUrl}/#token=${desk.token(A.user)}`);
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { name: t('nav.overview'), level: 1 })
		.waitFor();
	await settled(page);
	return page;
}

test('one signs in, and Tab leads through every view and out of it',
	async (context) => {
		const [{ id: call }] = (await desk.ask(A, '/api/calls?limit=1')).data;
		const [{ id: number }] = (await desk.ask(A, '/api/phone-numbers'))
			.data;
		const { id: pending } = await desk.ask(A, '/api/phone-numbers',
			{ method: 'POST', body: { phone_number: '+15556200001' } });
		const page = await enter();
		for (const at of [...VIEWS.map(([view]) => view), `/calls/${call}`,
			`/numbers/${number}`, `/numbers/${pending}`, '/numbers/new']) {
			await page.goto(`${world.publicUrl}/#${at}`);
			await page.reload();
			await settled(page);
			await note(page);
			const wanted = await page.evaluate(() => [...document
				.querySelectorAll('a[href], button:enabled, input:enabled, ' +
					'select:enabled, textarea:enabled, summary, ' +
					'[tabindex="0"]')].filter((one) => one.tabIndex >= 0 &&
				one.checkVisibility() && (one.type !== 'radio' ||
				one.checked)).map((one) => {
				window.wanted ??= [];
				return window.wanted.push(one);
			}).length);
			let last, stops = 0;
			for (;;) {
				await page.keyboard.press('Tab');
				const now = await stop(page);
				if (now === null || now.nth < last?.nth)
					break;
				assert.ok(now.marked, `${at}: one does not see ${now.name}`);
				assert.ok(now.there, `${at}: not on the screen: ${now.name}`);
				// A date has parts, which Tab goes through.
				stops = now.nth === last?.nth ? stops + 1 : 0;
				assert.ok(stops < 5, `${at}: stuck at ${now.name}`);
				if (last === undefined)
					assert.match(now.name, new RegExp(t('skip')));
				last = now;
			}
			const left = await page.evaluate(() => window.wanted
				.filter((one) => one.isConnected && !window.stops.has(one))
				.map((one) => one.outerHTML.slice(0, 120)));
			assert.deepEqual(left, [], at);
			assert.ok(wanted > 12, `${wanted} places`);
			context.diagnostic(`${at}: ${wanted} places`);
		}
		await page.close();
	});

test('the first key leads past the navigation', async () => {
	const page = await enter();
	await page.reload();
	await settled(page);
	await page.keyboard.press('Tab');
	assert.equal(await focused(page), t('skip'));
	await page.keyboard.press('Enter');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
	await page.keyboard.press('Tab');
	assert.ok(await page.evaluate(() => document.activeElement.closest('main')
		!== null && document.activeElement.id !== 'main'));
	await page.close();
});

test('every view is reached, and its heading has the focus', async () => {
	const page = await enter();
	for (const [, name] of [...VIEWS.slice(1), VIEWS[0]])
		await viewOf(page, name.replace('nav.', ''));
	await page.close();
});

test('the list of keys: shown, held in, left by Escape', async () => {
	const page = await enter();
	await viewOf(page, 'intents');
	await tabTo(page, t('intents.add'));
	await press(page, '?');
	await page.getByRole('dialog', { name: t('keys.title') }).waitFor();
	for (let n = 0; n < 8; n++) {
		await press(page, n % 2 ? 'Tab' : 'Shift+Tab');
		assert.ok(await page.evaluate(() => document.activeElement ===
			document.body || document.activeElement.closest('dialog')));
	}
	// Nothing behind it answers to a key.
	await press(page, '?');
	assert.equal(await page.getByRole('dialog').count(), 1);
	await press(page, 'Escape');
	await page.getByRole('dialog').waitFor({ state: 'hidden' });
	await back(page, new RegExp(`^${t('intents.add')}$`));
	await page.close();
});

test('a call is found, opened, heard and followed up', async () => {
	const row = await world.connected(A);
	await world.sim.connect(row.vapi_call_id, row.twilio_call_sid);
	await waitFor(async () => (await world.row(row.twilio_call_sid))
		.recording_url !== null, { what: 'recording' });
	const page = await enter();
	await viewOf(page, 'calls');
	const links = await page.locator('.row-link').evaluateAll((all) =>
		all.map((one) => one.getAttribute('href')));
	const at = () => page.evaluate(() =>
		document.activeElement.getAttribute('href'));
	for (const [key, n] of [['j', 0], ['j', 1], ['ArrowDown', 2], ['k', 1],
		['ArrowUp', 0], ['k', 0]]) {
		await press(page, key);
		assert.equal(await at(), links[n]);
	}
	assert.equal(links[0], `#/calls/${row.id}`);
	await press(page, 'Enter');
	await page.getByRole('heading', { name: t('call.said') }).waitFor();
	await settled(page);
	assert.equal(await page.evaluate(() => document.activeElement.tagName),
		'H1');

	const audio = (what) => page.waitForFunction((paused) =>
		document.querySelector('audio')?.paused === paused, what === 'paused');
	await press(page, 'p');
	await audio('playing');
	const now = () => page.locator('audio').evaluate((one) =>
		one.currentTime);
	await press(page, 'ArrowRight');
	assert.ok(await now() >= 5);
	await press(page, 'ArrowLeft', 's');
	await page.waitForFunction(() =>
		document.querySelector('audio').playbackRate === 1.25);
	await press(page, 'p');
	await audio('paused');
	await tabTo(page, t('player.play'));
	await press(page, 'Space');
	await audio('playing');
	await tabTo(page, t('player.position'));
	await press(page, 'End');
	await audio('paused');
	await press(page, 'Home');
	assert.equal(await now(), 0);

	await tabTo(page, t('follow_up.none'), { role: 'radio' });
	await press(page, 'ArrowRight', 'ArrowRight');
	await tabTo(page, t('call.note'));
	await page.keyboard.type('Call back, p and j and ? are letters');
	await tabTo(page, t('call.tags'));
	await page.keyboard.type('new patient');
	await press(page, 'Enter');
	await tabTo(page, t('action.save'));
	await press(page, 'Enter');
	await says(page, 'form.saved');
	const call = await desk.ask(A, `/api/calls/${row.id}`);
	assert.deepEqual([call.follow_up_state, call.follow_up_note, call.tags],
		['in_progress', 'Call back, p and j and ? are letters',
			['new patient']]);

	await press(page, 'u');
	await page.waitForFunction((href) =>
		document.activeElement.getAttribute('href') === href, links[0]);
	await press(page, '/');
	assert.equal(await focused(page), t('calls.search'));
	await page.keyboard.type('zzzz no such word');
	await says(page, 'calls.none.match');
	await page.close();
});

test('an intent is added and deleted; the question holds the focus',
	async () => {
		const page = await enter();
		await viewOf(page, 'intents');
		await tabTo(page, t('intents.add'));
		await press(page, 'Enter');
		const form = page.getByRole('dialog', { name: t('intents.new') });
		await form.waitFor();
		assert.equal(await focused(page), t('intents.name'));
		await page.keyboard.type('Directions');
		// Escape asks, since something was typed; nothing is lost.
		await press(page, 'Escape');
		const leave = page.getByRole('dialog', { name: t('leave.title') });
		await leave.waitFor();
		await press(page, 'Escape');
		await leave.waitFor({ state: 'hidden' });
		assert.equal(await form.getByLabel(t('intents.name'),
			{ exact: true }).inputValue(), 'Directions');
		await tabTo(page, t('action.save'));
		await press(page, 'Enter');
		await form.waitFor({ state: 'hidden' });
		const card = page.getByRole('region', { name: 'Directions' });
		await card.waitFor();

		const remove = new RegExp(`${t('action.delete')}\\s*Directions`);
		await tabTo(page, remove);
		await press(page, 'Enter');
		const asks = page.getByRole('dialog', { name:
			t('intents.delete.title', { name: 'Directions' }) });
		await asks.waitFor();
		assert.equal(await focused(page), t('action.cancel'));
		for (let n = 0; n < 6; n++) {
			await press(page, 'Tab');
			assert.ok(await page.evaluate(() => document.activeElement ===
				document.body || document.activeElement.closest('dialog')));
		}
		await press(page, 'Escape');
		await asks.waitFor({ state: 'hidden' });
		await back(page, remove);
		await press(page, 'Enter');
		await asks.waitFor();
		await tabTo(page, t('action.delete'));
		await press(page, 'Enter');
		await card.waitFor({ state: 'detached' });
		await heading(page, t('nav.intents'));
		await page.close();
	});

test('hours are edited', async () => {
	const page = await enter();
	await viewOf(page, 'hours');
	const field = page.getByLabel(t('hours.opens', { day: 'Friday' }),
		{ exact: true });
	assert.equal(await field.inputValue(), '08:00');
	await tabTo(page, t('hours.opens', { day: 'Friday' }));
	await page.keyboard.type('0715AM');
	assert.equal(await field.inputValue(), '07:15');
	// A second stretch of the day, which takes the focus, and away again.
	await tabTo(page, new RegExp(`^${t('hours.add.more')}\\s*Friday`));
	await press(page, 'Enter');
	await waitFor(async () => await focused(page) ===
		t('hours.opens', { day: 'Friday' }), { what: 'new field' });
	assert.equal(await field.count(), 2);
	await tabTo(page, t('hours.remove', { day: 'Friday' }));
	await press(page, 'Enter');
	await back(page, new RegExp(t('hours.add.more')));
	assert.equal(await field.count(), 1);
	await tabTo(page, t('action.save'));
	await press(page, 'Enter');
	await says(page, 'form.saved');
	const { data } = await desk.ask(A, '/api/working-hours');
	assert.deepEqual(data.filter((one) => one.day_of_week === 5)
		.map((one) => [one.open_time, one.close_time]), [['07:15', '14:00']]);
	await page.close();
});

test('no policy was violated and no error went uncaught', async () => {
	assert.deepEqual(await desk.browser.trouble(), []);
});

closing(world);
