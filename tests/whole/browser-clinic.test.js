// What a clinic sets, in a real browser: hours, assistants, intents, tests, its
// zone and its language.
// Needs: chromium
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { complaint, openDesk, settled, t } from './lib/desk.js';
import { waitFor } from './lib/process.js';
import { A, B, source } from './lib/world.js';

const desk = await openDesk();
const { world } = desk;
after(() => desk.browser.close());
const button = (page, key, values) => page.getByRole('button',
	{ name: t(key, values), exact: true });
const says = (page, key, values) => page.getByText(t(key, values),
	{ exact: true }).first().waitFor();
const dialog = (page, key, values) => page.getByRole('dialog',
	{ name: t(key, values) });

// Working hours ---------------------------------------------------------------

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday',
	'Friday', 'Saturday'];
const dayOf = (page, day) => page.locator('li.day').filter({
	has: page.getByRole('heading', { name: day, exact: true }) });
const opens = (page, day, n = 0) => page.getByLabel(
	t('hours.opens', { day }), { exact: true }).nth(n);
const closes = (page, day, n = 0) => page.getByLabel(
	t('hours.closes', { day }), { exact: true }).nth(n);
const holds = (field, value) => waitFor(async () =>
	await field.inputValue() === value, { what: value });
const saved = async (page) => {
	await button(page, 'action.save').click();
	await says(page, 'form.saved');
};

// "08:30-12:00 13:00-19:00" of each day that has hours, and the special days.
async function kept(tenant) {
	const { data } = await desk.ask(tenant, '/api/working-hours');
	const week = {};
	for (const row of data.filter((one) => one.specific_date === null)
		.sort((a, b) => `${a.open_time}`.localeCompare(b.open_time)))
		if (!row.is_closed)
			week[DAYS[row.day_of_week]] = [week[DAYS[row.day_of_week]],
				`${row.open_time}-${row.close_time}`].filter(Boolean)
				.join(' ');
	return { week, special: data.filter((one) => one.specific_date !== null)
		.map((one) => [one.specific_date, one.date_end, one.is_closed,
			one.reason]) };
}

// The pointer goes from one minute of a day's line to another.
async function drag(page, day, from, to) {
	const line = dayOf(page, day).locator('svg.line');
	await line.scrollIntoViewIfNeeded();
	const { x, y, width, height } = await line.boundingBox();
	const at = (minute) => [x + width * minute / 1440, y + height / 2];
	await page.mouse.move(...at(from));
	await page.mouse.down();
	await page.mouse.move(...at(to), { steps: 8 });
	await page.mouse.up();
}
const H = 60;

test('a week is drawn with the pointer, and kept', async () => {
	const page = await desk.sign(B, { at: '/hours' });
	assert.equal(await closes(page, 'Monday').inputValue(), '19:00');
	await drag(page, 'Monday', 19 * H, 18 * H + 4);
	await holds(closes(page, 'Monday'), '18:00');
	// Free time, then the whole of it.
	await drag(page, 'Sunday', 10 * H + 2, 12 * H + 2);
	await holds(opens(page, 'Sunday'), '10:00');
	await holds(closes(page, 'Sunday'), '12:00');
	await drag(page, 'Sunday', 11 * H, 12 * H + 4);
	await holds(opens(page, 'Sunday'), '11:00');
	await holds(closes(page, 'Sunday'), '13:00');

	// A lunch break.
	await closes(page, 'Tuesday').fill('12:00');
	await dayOf(page, 'Tuesday').getByRole('button',
		{ name: t('hours.add.more') }).click();
	await opens(page, 'Tuesday', 1).fill('13:30');
	await closes(page, 'Tuesday', 1).fill('19:00');

	// The same for other days.
	await dayOf(page, 'Tuesday').getByRole('button',
		{ name: t('hours.copy') }).click();
	const copy = dialog(page, 'hours.copy.title', { day: 'Tuesday' });
	for (const day of DAYS.filter((one) => one !== 'Tuesday'))
		await copy.getByLabel(day).setChecked(
			['Thursday', 'Friday'].includes(day));
	await copy.getByRole('button', { name: t('hours.copy.action') }).click();
	await dayOf(page, 'Saturday').getByRole('button',
		{ name: t('hours.close') }).click();
	await saved(page);
	const lunch = '08:30-12:00 13:30-19:00';
	assert.deepEqual((await kept(B)).week, { Sunday: '11:00-13:00',
		Monday: '08:30-18:00', Tuesday: lunch, Wednesday: '08:30-19:00',
		Thursday: lunch, Friday: lunch });
	await page.reload();
	await settled(page);
	assert.equal(await opens(page, 'Friday', 1).inputValue(), '13:30');
	await page.close();
});

test('hours that can not be: a sentence at them, and nothing is lost',
	async () => {
		const before = await kept(A);
		const page = await desk.sign(A, { at: '/hours' });
		await opens(page, 'Friday').fill('07:00');
		await dayOf(page, 'Wednesday').getByRole('button',
			{ name: t('hours.add.more') }).click();
		await opens(page, 'Wednesday', 2).fill('11:00');
		await closes(page, 'Wednesday', 2).fill('14:00');
		await dayOf(page, 'Thursday').getByRole('button',
			{ name: t('hours.add.more') }).click();
		await opens(page, 'Thursday', 2).fill('20:00');
		await closes(page, 'Thursday', 2).fill('19:30');
		await button(page, 'hours.special.add').click();
		await page.getByLabel(t('hours.special.reason')).last()
			.fill('Inventory');
		await button(page, 'action.save').click();
		assert.equal(await complaint(opens(page, 'Wednesday', 2)),
			t('hours.wrong.overlap'));
		assert.equal(await complaint(closes(page, 'Thursday', 2)),
			t('hours.wrong.order'));
		const from = page.getByLabel(t('hours.special.from'), { exact: true })
			.last();
		assert.equal(await complaint(from), t('hours.wrong.date'));
		assert.deepEqual(await kept(A), before);
		// The list above leads to the field.
		await page.getByRole('alert').getByRole('button',
			{ name: 'Wednesday' }).click();
		assert.ok(await opens(page, 'Wednesday', 2).evaluate((one) =>
			one === document.activeElement));

		// A day that is special twice: only the server sees it.
		const holiday = before.special[0][0];
		await opens(page, 'Wednesday', 2).fill('18:30');
		await closes(page, 'Wednesday', 2).fill('19:00');
		await closes(page, 'Thursday', 2).fill('21:00');
		await from.fill(holiday);
		await button(page, 'action.save').click();
		const told = page.locator('.special').last().locator('.field-error');
		await told.first().waitFor();
		assert.deepEqual(await kept(A), before);
		assert.equal(await opens(page, 'Friday').inputValue(), '07:00');
		assert.equal(await opens(page, 'Wednesday', 2).inputValue(), '18:30');
		const own = `${holiday.slice(0, 4)}-12-31`;
		await from.fill(own);
		await saved(page);
		const { week, special } = await kept(A);
		assert.equal(week.Friday, '07:00-14:00');
		assert.equal(week.Wednesday, '08:00-12:00 13:00-18:00 18:30-19:00');
		assert.equal(week.Thursday, '08:00-12:00 13:00-18:00 20:00-21:00');
		assert.deepEqual(special.at(-1), [own, null, true, 'Inventory']);
		await page.close();
	});

test('on a day that is closed callers hear the clinic\'s message',
	async () => {
		const open = await world.arrive({ from: B.number });
		const day = (n) => new Date(Date.now() + n * 86400000).toISOString()
			.slice(0, 10);
		const page = await desk.sign(B, { at: '/hours' });
		await button(page, 'hours.special.add').click();
		await page.getByLabel(t('hours.special.from'), { exact: true }).last()
			.fill(day(-1));
		await page.getByLabel(t('hours.special.to')).last().fill(day(1));
		await page.getByLabel(t('hours.special.reason')).last()
			.fill('We move');
		await page.getByLabel(t('hours.closed_action.message')).check();
		await page.getByLabel(t('hours.after_hours_message'))
			.fill('We are moving house. Back soon.');
		await saved(page);
		await says(page, 'hours.now.closed');
		assert.ok((await kept(B)).special.some(([from, to, closed, why]) =>
			from === day(-1) && to === day(1) && closed && why === 'We move'));

		const call = await world.arrive({ from: B.number });
		assert.match(call.body,
			/<Say[^>]*>We are moving house. Back soon.<\/Say><Hangup\/>/);
		const { id } = await world.row(call.callSid);
		await page.getByRole('navigation').getByRole('link',
			{ name: t('nav.calls'), exact: true }).click();
		await page.getByRole('button', { name: t('calls.filters') }).click();
		await page.getByLabel(t('calls.outcome'))
			.selectOption('after_hours');
		await page.waitForURL(/outcome=after_hours/);
		await settled(page);
		const row = page.getByRole('row').filter({
			has: page.locator(`a[href="#/calls/${id}"]`) });
		await row.getByText(t('calls.outcome.after_hours')).waitFor();
		assert.notEqual(open.body, call.body);
		await row.locator('.row-link').click();
		await says(page, 'ended.callward-after-hours');
		await page.close();
	});

// Assistants, intents, tests --------------------------------------------------

const cardOf = (page, name) => page.getByRole('region', { name, exact: true });
const cardButton = (page, name, key) => cardOf(page, name).getByRole('button',
	{ name: t(key) });

// Asks, is told no, asks again, is told yes.
async function deleted(page, name, title) {
	await cardButton(page, name, 'action.delete').click();
	const asks = dialog(page, title, { name });
	await asks.getByRole('button', { name: t('action.cancel') }).click();
	await asks.waitFor({ state: 'hidden' });
	assert.equal(await cardOf(page, name).count(), 1);
	await cardButton(page, name, 'action.delete').click();
	await asks.getByRole('button', { name: t('action.delete') }).click();
	await cardOf(page, name).waitFor({ state: 'detached' });
}

test('an assistant is made, changed and deleted', async () => {
	const page = await desk.sign(A, { at: '/assistants' });
	await button(page, 'assistants.add').click();
	const form = dialog(page, 'assistants.new');
	const name = form.getByLabel(t('assistants.name'));
	const greeting = form.getByLabel(t('assistants.greeting'));
	await greeting.fill('Good evening.');
	await form.getByLabel(t('assistants.language')).selectOption('es');
	const add = form.getByRole('button', { name: t('action.save') });
	await add.click();
	assert.equal(await complaint(name), t('form.required'));
	const { data: [taken] } = await desk.ask(A, '/api/assistants');
	await name.fill(taken.name.toUpperCase());
	await add.click();
	assert.notEqual(await complaint(name), t('form.required'));
	assert.equal(await name.inputValue(), taken.name.toUpperCase());
	assert.equal(await greeting.inputValue(), 'Good evening.');
	await name.fill('Night desk');
	await add.click();
	await form.waitFor({ state: 'hidden' });
	await cardOf(page, 'Night desk').getByText('Good evening.').waitFor();

	await cardButton(page, 'Night desk', 'action.edit').click();
	const edit = dialog(page, 'assistants.edit', { name: 'Night desk' });
	await edit.getByLabel(t('assistants.greeting')).fill('Buenas noches.');
	await edit.getByRole('button', { name: t('action.save') }).click();
	await cardOf(page, 'Night desk').getByText('Buenas noches.').waitFor();
	const mine = async () => (await desk.ask(A, '/api/assistants')).data
		.find((one) => one.name === 'Night desk');
	const { greeting: said, language } = await mine();
	assert.deepEqual([said, language], ['Buenas noches.', 'es']);
	await deleted(page, 'Night desk', 'assistants.delete.title');
	assert.equal(await mine(), undefined);
	await page.close();
});

test('an intent is made, changed and deleted', async () => {
	const page = await desk.sign(A, { at: '/intents' });
	await button(page, 'intents.add').click();
	const form = dialog(page, 'intents.new');
	const slug = form.getByLabel(t('intents.slug'));
	const phrases = form.getByLabel(t('intents.phrases'));
	const add = form.getByRole('button', { name: t('action.save') });
	await form.getByLabel(t('intents.name'), { exact: true }).fill('Parking');
	await phrases.fill('where do I park\nis there a garage');
	await slug.fill('Car Park');
	await add.click();
	assert.equal(await complaint(slug), t('intents.slug.wrong'));
	await slug.fill('emergency');
	await add.click();
	assert.notEqual(await complaint(slug), t('intents.slug.wrong'));
	assert.equal(await slug.inputValue(), 'emergency');
	assert.equal(await phrases.inputValue(),
		'where do I park\nis there a garage');
	await slug.fill('');
	await form.getByLabel(t('intents.follow_up')).check();
	await add.click();
	await form.waitFor({ state: 'hidden' });
	await cardOf(page, 'Parking').getByText('is there a garage').waitFor();
	await cardOf(page, 'Parking').getByText(t('intents.marks')).waitFor();

	await cardButton(page, 'Parking', 'action.edit').click();
	await dialog(page, 'intents.edit', { name: 'Parking' })
		.getByLabel(t('intents.enabled')).uncheck();
	await button(page, 'action.save').click();
	await cardOf(page, 'Parking').getByText(t('intents.disabled')).waitFor();
	const mine = async () => (await desk.ask(A, '/api/intents')).data
		.find((one) => one.slug === 'parking');
	const { is_enabled: on, marks_follow_up: marks } = await mine();
	assert.deepEqual([on, marks], [false, true]);
	await deleted(page, 'Parking', 'intents.delete.title');
	assert.equal(await mine(), undefined);
	await page.close();
});

test('a test is written and run, and its result is shown', async () => {
	const page = await desk.sign(A, { at: '/tests' });
	await button(page, 'tests.add').click();
	const form = dialog(page, 'tests.new');
	const script = form.getByLabel(t('tests.script'));
	const add = form.getByRole('button', { name: t('action.save') });
	await form.getByLabel(t('tests.name'), { exact: true }).fill('Parking');
	const eleven = Array(11).fill('And then?').join('\n');
	await script.fill(eleven);
	await add.click();
	assert.equal(await complaint(script), t('tests.script.many', { n: 10 }));
	assert.equal(await script.inputValue(), eleven);
	await script.fill('Hello there\nWhere do I park?');
	await form.getByLabel(t('tests.phrases')).fill(
		'thank you for calling\non the moon');
	await add.click();
	await form.waitFor({ state: 'hidden' });
	const card = cardOf(page, 'Parking');
	await card.getByText(t('tests.status.queued')).waitFor();

	await cardButton(page, 'Parking', 'tests.run').click();
	await card.getByText(t('tests.status.failed')).waitFor();
	await card.getByText('50%', { exact: true }).waitFor();
	const result = (phrase) => card.getByRole('listitem')
		.filter({ hasText: phrase });
	await result('thank you for calling').getByText(t('tests.found'),
		{ exact: true }).waitFor();
	await result('on the moon').getByText(t('tests.lacking'),
		{ exact: true }).waitFor();
	await card.getByText(t('tests.transcript')).click();
	await card.getByText(/You said: .*Where do I park/).waitFor();

	await cardButton(page, 'Parking', 'action.edit').click();
	const edit = dialog(page, 'tests.edit', { name: 'Parking' });
	await edit.getByLabel(t('tests.phrases')).fill('thank you for calling');
	await edit.getByRole('button', { name: t('action.save') }).click();
	await edit.waitFor({ state: 'hidden' });
	await cardButton(page, 'Parking', 'tests.run').or(
		cardButton(page, 'Parking', 'tests.again')).first().click();
	await card.getByText(t('tests.status.passed')).waitFor();
	await deleted(page, 'Parking', 'tests.delete.title');
	await page.close();
});

// Settings --------------------------------------------------------------------

test('times are those of the zone that is set', async () => {
	const [{ id, created_at: at }] = (await desk.ask(A,
		'/api/calls?limit=1')).data;
	const words = (timeZone) => new Intl.DateTimeFormat('en', { timeZone,
		weekday: 'long', year: 'numeric', month: 'long', day: 'numeric',
		hour: 'numeric', minute: '2-digit' }).format(new Date(at))
		.replaceAll(/\s/g, ' ');
	const page = await desk.sign(A, { at: '/settings' });
	const zone = page.getByLabel(t('settings.timezone'));
	const shown = async () => {
		const list = await desk.sign(A, { at: '/calls' });
		const title = await list.locator(
			`tr:has(a[href="#/calls/${id}"]) time`).getAttribute('title');
		await list.close();
		return title.replaceAll(/\s/g, ' ');
	};
	await zone.fill('Atlantis');
	await button(page, 'action.save').click();
	assert.equal(await complaint(zone), t('settings.timezone.wrong'));
	assert.equal(await zone.inputValue(), 'Atlantis');
	assert.equal(await shown(), words('America/New_York'));
	await zone.fill('Asia/Kathmandu');
	await saved(page);
	assert.equal(await shown(), words('Asia/Kathmandu'));
	assert.notEqual(words('Asia/Kathmandu'), words('America/New_York'));
	await page.close();
});

test('the page speaks Spanish, and English again', async () => {
	const es = JSON.parse(readFileSync(join(source, 'web/lang/es.json'),
		'utf8'));
	const page = await desk.sign(A, { at: '/settings' });
	await page.getByLabel(t('settings.language')).selectOption('es');
	await button(page, 'action.save').click();
	await page.getByRole('heading', { name: es['nav.settings'], level: 1 })
		.waitFor();
	assert.equal(await page.locator('html').getAttribute('lang'), 'es');
	for (const view of ['calls', 'numbers', 'hours', 'intents']) {
		assert.notEqual(es[`nav.${view}`], t(`nav.${view}`));
		await page.getByRole('navigation').getByRole('link',
			{ name: es[`nav.${view}`], exact: true }).click();
		await page.getByRole('heading', { name: es[`nav.${view}`], level: 1 })
			.waitFor();
		await settled(page);
		assert.doesNotMatch(await page.locator('body').innerText(),
			new RegExp(`${t('nav.hours')}|${t('tools.out')}`));
	}
	await page.goto(`${world.publicUrl}/#/settings`);
	await page.getByLabel(es['settings.language']).selectOption('en');
	await page.getByRole('button', { name: es['action.save'], exact: true })
		.click();
	await page.getByRole('heading', { name: t('nav.settings'), level: 1 })
		.waitFor();
	assert.equal(await page.locator('html').getAttribute('lang'), 'en');
	await page.close();
});

// The language is known only after the page was drawn in the browser's. It
// came down to chance whether the view was drawn then, hence a few visits.
test('a clinic that speaks Spanish sees its overview on a first visit',
	async () => {
		const speak = (language) => desk.ask(A, '/api/me',
			{ method: 'PATCH', body: { language } });
		await speak('es');
		for (let n = 0; n < 5; n++) {
			const page = await desk.sign(A);
			await page.locator('html[lang=es] .figures').waitFor();
			await page.close();
		}
		await speak('en');
	});

test('no policy was violated and no error went uncaught', async () => {
	assert.deepEqual(await desk.browser.trouble(), []);
});

closing(world);
