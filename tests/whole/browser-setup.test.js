// What a clinic sets in its dashboard, beside browser-clinic: hours copied by
// the keyboard, what only the server refuses, a zone that is searched for.
// Needs: chromium
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { complaint, focused, openDesk, settled, t } from './lib/desk.js';
import { waitFor } from './lib/process.js';
import { closing } from './lib/closing.js';
import { A } from './lib/world.js';

const desk = await openDesk();
const { world } = desk;
after(() => desk.browser.close());

const hours = async () => (await desk.ask(A, '/api/working-hours')).data
	.filter((row) => row.specific_date === null && !row.is_closed);
const spans = async (day) => (await hours())
	.filter((row) => row.day_of_week === day)
	.map((row) => `${row.open_time}-${row.close_time}`);
const dayOf = (page, n) => page.locator('.day').nth(n);
const save = (page) => page.getByRole('button', { name: t('action.save') });
const saved = (page) => page.locator('.toast', { hasText: t('form.saved') })
	.last().waitFor();

test('hours by the keyboard alone, copied to other days', async () => {
	const page = await desk.sign(A, { at: '/hours' });
	const saturday = dayOf(page, 6);

	await saturday.getByRole('button', { name: t('hours.add') }).focus();
	await page.keyboard.press('Enter');
	await waitFor(async () => await focused(page) ===
		t('hours.opens', { day: 'Saturday' }), { what: 'the new field' });
	await page.keyboard.type('1000AM');
	while (await focused(page) !== t('hours.closes', { day: 'Saturday' }))
		await page.keyboard.press('Tab');
	await page.keyboard.type('1200AM');
	await saturday.getByRole('button', { name: /^Copy/ }).focus();
	await page.keyboard.press('Enter');
	const dialog = page.getByRole('dialog');
	for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday'])
		await dialog.getByLabel(day).uncheck();
	await dialog.getByRole('button', { name: t('hours.copy.action'),
		exact: true }).press('Enter');
	await save(page).press('Enter');
	await saved(page);
	assert.deepEqual(await spans(6), ['10:00-24:00']);
	assert.deepEqual(await spans(5), ['10:00-24:00']);
	assert.deepEqual(await spans(4), ['08:00-12:00', '13:00-18:00']);
	await page.close();
});

test('an assistant of a name that is taken: what was typed stays', async () => {
	const page = await desk.sign(A, { at: '/assistants' });

	await page.getByRole('button', { name: t('assistants.add') }).click();
	const dialog = page.getByRole('dialog');
	const name = dialog.getByLabel(t('assistants.name'), { exact: true });
	await name.fill('front DESK');
	await dialog.getByLabel(t('assistants.greeting')).fill('Good evening.');
	await save(dialog).click();
	assert.match(await complaint(name), /name/);
	assert.equal(await dialog.getByLabel(t('assistants.greeting')).inputValue(),
		'Good evening.');
	await name.fill('Evening');
	await save(dialog).click();
	await page.getByRole('heading', { name: 'Evening' }).waitFor();
	const { data } = await desk.ask(A, '/api/assistants');
	assert.equal(data.find((one) => one.name === 'Evening').greeting,
		'Good evening.');
	await page.close();
});

test('the clinic\'s zone is searched, its language changes the page',
	async () => {
		const page = await desk.sign(A, { at: '/settings' });
		const zone = page.getByLabel(t('settings.timezone'), { exact: true });

		await zone.fill('Nowhere');
		await save(page).click();
		assert.equal(await complaint(zone), t('settings.timezone.wrong'));
		await zone.fill('america/los angeles');
		const country = page.getByLabel(t('settings.country'), { exact: true });
		assert.equal(await country.inputValue(), 'US');
		await country.selectOption('United Kingdom');
		await page.getByLabel(t('settings.language')).selectOption('es');
		await save(page).click();
		await page.getByRole('heading', { name: 'Ajustes' }).waitFor();
		assert.equal(await page.locator('html').getAttribute('lang'), 'es');
		const me = await desk.ask(A, '/api/me');
		assert.equal(me.timezone, 'America/Los_Angeles');
		assert.equal(me.country, 'GB');
		await page.goto(`${world.publicUrl}/#/hours`);
		await settled(page);
		assert.equal(await page.locator('.day h3').first().innerText(), 'Lunes');
		await page.goto(`${world.publicUrl}/#/numbers/new`);
		const number = page.locator('input[name=phone_number]');
		await number.fill('none');
		await page.locator('form button[type=submit]').click();
		assert.equal(await complaint(number), 'debe ser un número de ' +
			'teléfono con el prefijo del país, como +1 555 111 1111');
		await number.fill('020 7946 0018');
		await page.locator('form button[type=submit]').click();
		await page.getByText('Usted escribió 020 7946 0018. Con el prefijo ' +
			'del país es +442079460018.').waitFor();
		await page.keyboard.press('Escape');
		assert.match(await complaint(number), /se leyó como \+442079460018/);
		await page.close();
	});

test('no policy was violated and no error went uncaught', async () => {
	assert.deepEqual(await desk.browser.trouble(), []);
});

closing(world);
