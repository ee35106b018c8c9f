// Two people at a front desk who follow up one call at the same time, each in a
// page of their own: neither loses what they typed, nor what the other saved.
// Needs: chromium
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { objections, shot } from './lib/browser.js';
import { closing } from './lib/closing.js';
import { openDesk, t } from './lib/desk.js';
import { A } from './lib/world.js';

const desk = await openDesk();
const { world } = desk;
after(() => desk.browser.close());

const part = (page) => page.getByRole('region', { name: t('calls.follow_up') });
const button = (page, key) => part(page).getByRole('button',
	{ name: t(key), exact: true });
const note = (page) => part(page).getByLabel(t('call.note'));
const notes = (page) => part(page).getByLabel(t('call.notes'), { exact: true });
const by = (page) => part(page).getByLabel(t('call.by'));
const alert = (page) => part(page).getByRole('alert');
const saved = (page) => page.locator('.toast').getByText(t('form.saved'))
	.first().waitFor();

// One call nobody has touched, open at two desks.
const calls = (await desk.ask(A, '/api/calls?follow_up=none&limit=20')).data;
async function twoDesks(how) {
	const { id } = calls.shift();
	const pages = [];
	for (const options of [{}, how])
		pages.push(await desk.sign(A, { at: `/calls/${id}`, ...options }));
	return { pages, now: () => desk.ask(A, `/api/calls/${id}`), id,
		async close() {
			for (const page of pages)
				await page.close();
		} };
}

// The first one writes and saves.
async function anaSaves(page, more = async () => {}) {
	await note(page).fill('Rang her, she comes on Monday.');
	await by(page).fill('Ana');
	await more();
	await button(page, 'action.save').click();
	await saved(page);
}

test('the second is shown what the first saved, and saves over it',
	async () => {
		const { pages: [ana, ben], now, close } = await twoDesks();
		await note(ben).fill('Call back after 4.');
		await notes(ben).fill('Prefers mornings.');
		await anaSaves(ana);
		const stands = await now();
		await button(ben, 'action.save').click();
		await alert(ben).waitFor();
		const told = await alert(ben).innerText();
		assert.match(told, /Ana has changed this call meanwhile \(.*\d:\d\d/);
		assert.match(told, /Rang her, she comes on Monday\./);
		assert.match(told, new RegExp(`${t('call.by')}\\s+Ana`));
		assert.ok(told.includes(t('call.meanwhile.both',
			{ fields: t('call.note') })), told);
		// Nothing was written, and nothing is lost.
		assert.deepEqual(await now(), stands);
		assert.equal(await note(ben).inputValue(), 'Call back after 4.');
		assert.equal(await notes(ben).inputValue(), 'Prefers mornings.');
		assert.equal(await by(ben).inputValue(), 'Ana');
		await button(ben, 'call.meanwhile.over').click();
		await saved(ben);
		assert.equal(await alert(ben).count(), 0);
		const after = await now();
		assert.deepEqual([after.follow_up_note, after.notes,
			after.follow_up_by],
		['Call back after 4.', 'Prefers mornings.', 'Ana']);
		await close();
	});

test('or takes it, and gets back what was dropped', async () => {
	const { pages: [ana, ben], now, close } = await twoDesks();
	await note(ben).fill('Call back after 4.');
	await anaSaves(ana, () => part(ana).getByText(t('follow_up.done'),
		{ exact: true }).click());
	await button(ben, 'action.save').click();
	await alert(ben).getByText(t('follow_up.done'), { exact: true })
		.waitFor();
	await button(ben, 'call.meanwhile.theirs').click();
	assert.equal(await alert(ben).count(), 0);
	assert.equal(await note(ben).inputValue(),
		'Rang her, she comes on Monday.');
	await ben.getByRole('button', { name: t('action.undo') }).click();
	assert.equal(await note(ben).inputValue(), 'Call back after 4.');
	assert.equal((await now()).follow_up_note,
		'Rang her, she comes on Monday.');
	await button(ben, 'action.save').click();
	await saved(ben);
	assert.equal((await now()).follow_up_note, 'Call back after 4.');
	await close();
});

test('who changed something else keeps both; a third change is told again',
	async () => {
		const { pages: [ana, ben], now, id, close } = await twoDesks();
		await notes(ben).fill('Has a dog.');
		await anaSaves(ana);
		await button(ben, 'action.save').click();
		await alert(ben).getByText(t('call.meanwhile.apart')).waitFor();
		await desk.ask(A, `/api/calls/${id}`, { method: 'PATCH',
			body: { tags: ['urgent'], follow_up_note: null } });
		await button(ben, 'call.meanwhile.too').click();
		const tags = alert(ben).getByText('urgent', { exact: true });
		await tags.waitFor();
		// Only what it is like now is told, since one began.
		assert.ok(!(await alert(ben).innerText()).includes('Monday'));
		await button(ben, 'call.meanwhile.too').click();
		await saved(ben);
		const after = await now();
		assert.deepEqual([after.follow_up_note, after.notes, after.tags],
			[null, 'Has a dog.', ['urgent']]);
		await close();
	});

test('taking back what was done leaves what another has changed since',
	async () => {
		const [{ id }] = (await desk.ask(A,
			'/api/calls?follow_up=needed&limit=1')).data;
		const ana = await desk.sign(A);
		const row = ana.locator('.needed-list li').first();
		assert.equal(await row.locator('a').getAttribute('href'),
			`#/calls/${id}`);
		await row.getByRole('button').click();
		const undo = ana.getByRole('button', { name: t('action.undo') });
		await undo.waitFor();
		await desk.ask(A, `/api/calls/${id}`, { method: 'PATCH',
			body: { follow_up_state: 'none', follow_up_note: 'By Ben' } });
		await undo.click();
		const told = ana.locator('.toast')
			.filter({ hasText: t('error.changed.title') });
		await told.waitFor();
		assert.ok((await told.innerText())
			.includes(t('error.changed.advice')));
		const { follow_up_state: state, follow_up_note: text } =
			await desk.ask(A, `/api/calls/${id}`);
		assert.deepEqual([state, text], ['none', 'By Ben']);
		await ana.close();
	});

test('by keyboard: the sentence has the focus, and what follows keeps it',
	async () => {
		const { pages: [ana, ben], id, close } = await twoDesks();
		await ana.close();
		for (const [presses, key] of [[1, 'call.meanwhile.over'],
			[2, 'call.meanwhile.theirs']]) {
			await note(ben).fill(`${key} by Ben`);
			await desk.ask(A, `/api/calls/${id}`, { method: 'PATCH',
				body: { follow_up_note: `${key} by Ana` } });
			await button(ben, 'action.save').press('Enter');
			await ben.waitForFunction(() =>
				document.activeElement.id === 'meanwhile');
			for (let i = 0; i < presses; i++)
				await ben.keyboard.press('Tab');
			assert.equal(await ben.evaluate(() =>
				document.activeElement.textContent.trim()), t(key));
			await ben.keyboard.press('Enter');
			await alert(ben).waitFor({ state: 'detached' });
			await ben.waitForFunction(() =>
				document.activeElement.id === 'field-follow_up_state');
			await button(ben, 'action.save').and(ben.locator(
				':not([aria-busy])')).waitFor();
		}
		await close();
	});

test('axe objects to nothing of it, wide and narrow, light and dark',
	async () => {
		const { pages: [ana, ben], id, close } = await twoDesks();
		await anaSaves(ana);
		const held = await desk.ask(A, `/api/calls/${id}`);
		for (const [width, dark] of [[1280, false], [390, true]]) {
			await ben.setViewportSize({ width, height: 900 });
			await ben.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
			await note(ben).fill(`Call back, ${width}`);
			await button(ben, 'action.save').click();
			await alert(ben).waitFor();
			assert.deepEqual(await objections(ben), []);
			assert.ok(await ben.evaluate(() => document.documentElement
				.scrollWidth <= innerWidth), `wider than ${width}`);
			await shot(ben, `meanwhile-${width}-${dark ? 'dark' : 'light'}`);
		}
		assert.deepEqual(await desk.ask(A, `/api/calls/${id}`), held);
		await close();
	});

test('no policy was violated and no error went uncaught', async () => {
	assert.deepEqual(await desk.browser.trouble(), []);
});

closing(world);
