// What somebody new at the desk stumbles over: callers without a number,
// filters, cards on a telephone, a long transcript, time that is used.
// Needs: chromium
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { complaint, followed, openDesk, settled, t } from './lib/desk.js';
import { waitFor } from './lib/process.js';
import { A } from './lib/world.js';

const desk = await openDesk();
const { world } = desk;
after(() => desk.browser.close());
const main = (page) => page.locator('main').innerText();

// A call of A's whose caller shows this.
async function callFrom(number) {
	const { id } = await world.connected(A);
	await world.cluster.query('update public.calls ' +
		'set caller_phone_number = $2 where id = $1', [id, number]);
	return id;
}

test('who withholds a number is not called unknown, nor called back',
	async () => {
		for (const [number, list, title] of [
			['anonymous', 'call.withheld', 'call.title.withheld'],
			['+266696687', 'call.withheld', 'call.title.withheld'],
			[A.number, 'call.unknown', 'call.title.unknown']]) {
			const id = await callFrom(number);
			const page = await desk.sign(A, { at: '/calls' });
			// Which number is the clinic's own is known when its numbers are.
			await page.locator(`.row-link[href="#/calls/${id}"]`)
				.and(page.getByText(t(list), { exact: true })).click();
			await page.getByRole('heading', { name: t(title), level: 1 })
				.waitFor();
			assert.equal(await page.locator('a[href^="tel:"]').count(), 0);
			assert.equal((await main(page)).includes(t('call.unknown.text')),
				number === A.number);
			await page.close();
		}
		const id = await callFrom('+15558887777');
		const page = await desk.sign(A, { at: `/calls/${id}` });
		await page.locator('a[href="tel:+15558887777"]').waitFor();
		await page.close();
	});

test('filters are there when they are asked for, and when one is at work',
	async () => {
		const page = await desk.sign(A, { at: '/calls' });
		const button = page.locator('[aria-controls=filters]');
		const field = page.getByLabel(t('calls.outcome'));
		const open = async (yes) => {
			assert.equal(await button.getAttribute('aria-expanded'), `${yes}`);
			assert.equal(await field.isVisible(), yes);
		};
		await open(false);
		await button.click();
		await open(true);
		await page.reload();
		await settled(page);
		await open(true);
		await button.click();
		await page.reload();
		await settled(page);
		await open(false);
		await page.goto(`${world.publicUrl}/#/`);
		await page.getByRole('heading', { name: t('nav.overview'), level: 1 })
			.waitFor();
		await page.goto(`${world.publicUrl}/#/calls?outcome=missed`);
		await settled(page);
		await open(true);
		await page.close();
	});

test('a last day before the first is told at its field', async () => {
	const page = await desk.sign(A, { at:
		'/calls?from=2026-11-28&to=2026-11-01' });
	const field = page.getByLabel(t('calls.to'));
	await complaint(field, t('hours.wrong.dates'));
	await field.fill('2026-11-28');
	await page.locator('[aria-invalid=true]').waitFor({ state: 'detached' });
	await page.close();
});

test('nothing moves while a search is on its way, nor is it busy for ever',
	async () => {
		const page = await desk.sign(A, { at: '/calls' });
		const list = page.locator('section.calls');
		const top = async () => (await page.locator('.list-status')
			.boundingBox()).y;
		const before = await top();
		const answers = [];
		// Not what the list asks by itself meanwhile.
		await page.route(/\/api\/calls\?.*\bq=tooth\b/, (route) =>
			answers.push(route));
		await page.getByRole('searchbox').fill('tooth');
		await list.and(page.locator('[aria-busy=true]')).waitFor();
		assert.equal(await top(), before);
		await waitFor(() => answers.length > 0, { what: 'a search' });
		await answers[0].fulfill({ status: 502, body: '' });
		await page.getByRole('button', { name: t('action.retry') }).waitFor();
		assert.equal(await list.getAttribute('aria-busy'), 'false');
		await page.unrouteAll({ behavior: 'ignoreErrors' });
		await page.close();
	});

test('what a search comes to is told to who does not see it', async () => {
	const page = await desk.sign(A, { at: '/calls' });
	const told = page.locator('section.calls > .sr[role=status]');
	assert.equal(await told.innerText(), '');
	await page.getByRole('searchbox').fill('tooth');
	await told.filter({ hasText: /\d/ }).waitFor();
	assert.equal(await told.innerText(), t('calls.shown',
		{ n: await page.locator('.row-link').count() }));
	await page.getByRole('searchbox').fill('nobodysaysthis');
	await told.filter({ hasText: t('calls.none.match') }).waitFor();
	await page.close();
});

test('what is pressed and then gone leaves the focus in the page', async () => {
	const page = await desk.sign(A);
	const rows = page.locator('.needed-list li');
	const at = (selector) => waitFor(() => page.evaluate((wanted) =>
		document.activeElement.matches(wanted), selector),
	{ what: `the focus at ${selector}` });
	const press = async (button) => {
		await button.focus();
		await page.keyboard.press('Enter');
	};
	const second = await rows.nth(1).locator('a').innerText();
	await press(rows.first().getByRole('button'));
	await page.getByRole('button', { name: t('action.undo') }).waitFor();
	await waitFor(async () => await rows.first().locator('a').innerText() ===
		second, { what: 'the row gone' });
	await at('.needed-list li:first-child a');
	await press(page.getByRole('button', { name: t('action.undo') }));
	await at('h1');
	await page.goto(`${world.publicUrl}/#/settings`);
	await page.getByRole('heading', { name: t('nav.settings'), level: 1 })
		.waitFor();
	// Arriving moves the focus, too, and would take it from the button.
	await at('h1');
	await page.getByLabel(t('settings.name')).fill('Another');
	await press(page.getByRole('button', { name: t('action.discard') }));
	await at('h1');
	await followed(page);
	await page.goto(`${world.publicUrl}/#/calls?outcome=missed`);
	await settled(page);
	await press(page.locator('.filters-clear'));
	await at('h1');
	await page.close();
});

test('long names make nothing wider than the window', async () => {
	const label = 'Reception of the practice on Lakeside Boulevard, and ' +
		'the line for emergencies';
	const { data } = await desk.ask(A, '/api/phone-numbers');
	await desk.ask(A, `/api/phone-numbers/${data[0].id}`,
		{ method: 'PATCH', body: { label } });
	const { id } = await desk.ask(A, '/api/intents', { method: 'POST',
		body: { name: 'Orthodontics '.repeat(6).trim() } });
	assert.ok(id);
	await desk.ask(A, '/api/me', { method: 'PATCH',
		body: { language: 'es' } });
	const call = await callFrom(`sip:${'reception'.repeat(8)}@carrier.example`);
	await desk.ask(A, `/api/calls/${call}`, { method: 'PATCH',
		body: { follow_up_state: 'open' } });
	for (const width of [320, 1440]) {
		const page = await desk.sign(A, { width });
		for (const at of ['/', '/calls', `/calls/${call}`, '/numbers', '/intents']) {
			await page.goto(`${world.publicUrl}/#${at}`);
			await settled(page);
			assert.ok(await page.evaluate(() => document.documentElement
				.scrollWidth <= innerWidth), `${at} at ${width}`);
		}
		await page.close();
	}
	await desk.ask(A, `/api/calls/${call}`, { method: 'PATCH',
		body: { follow_up_state: 'done' } });
	await desk.ask(A, '/api/me', { method: 'PATCH',
		body: { language: 'en' } });
	await world.get(`/api/intents/${id}`, { method: 'DELETE', headers: {
		Authorization: `Bearer ${desk.token(A.user)}` } });
	await desk.ask(A, `/api/phone-numbers/${data[0].id}`,
		{ method: 'PATCH', body: { label: data[0].label } });
});

test('who goes back is where one was', async () => {
	const page = await desk.sign(A, { width: 390 });
	const last = page.locator('.needed-list a').last();
	const height = () => page.evaluate(() => scrollY);
	await last.scrollIntoViewIfNeeded();
	await waitFor(() => page.evaluate(() => history.state?.y === scrollY),
		{ what: 'the place noted' });
	const before = await height();
	assert.ok(before > 300);
	await last.click();
	await page.locator('.back-link').waitFor();
	await settled(page);
	assert.equal(await height(), 0);
	await page.goBack();
	await last.waitFor();
	await waitFor(async () => await height() === before,
		{ what: 'the place of before' });
	await page.close();
});

test('who waits for a call back fits beside the figures', async () => {
	const page = await desk.sign(A, { width: 1440 });
	const list = page.locator('.needed');
	await list.locator('li').first().waitFor();
	assert.ok(await list.evaluate((one) =>
		one.scrollHeight <= one.clientHeight));
	await page.close();
});

test('on a telephone a number\'s card says what each word is', async () => {
	const page = await desk.sign(A, { at: '/numbers', width: 390 });
	const row = page.getByRole('row').filter({
		has: page.locator('.row-link') }).first();
	const told = await row.innerText();
	const words = t('number.fallback.none');
	assert.match(told, new RegExp(`^${t('number.fallback')}: ${words}$`, 'm'));
	assert.match(told, new RegExp(`^${t('number.assistant')}: `, 'm'));
	await page.setViewportSize({ width: 1280, height: 900 });
	await waitFor(async () => !(await row.innerText())
		.includes(`${t('number.fallback')}:`), { what: 'the wide table' });
	await page.close();
});

const inSight = (turn) => turn.evaluate((one) => {
	const { top, bottom } = one.getBoundingClientRect();
	return top >= document.querySelector('.player').getBoundingClientRect()
		.bottom && bottom <= innerHeight;
});

// A call that was held, with what was said in it.
async function held() {
	const row = await world.connected(A);
	await world.sim.connect(row.vapi_call_id, row.twilio_call_sid);
	return waitFor(async () => {
		const now = await desk.ask(A, `/api/calls/${row.id}`);
		return now.has_recording && now.status === 'completed' && now;
	}, { what: 'recording' });
}

test('a transcript is not cut; what is heard stays in sight, unless one writes',
	async () => {
		const call = await held();
		const page = await desk.sign(A, { at: `/calls/${call.id}`,
			height: 420 });
		const turns = page.locator('.turn');
		assert.ok(await turns.count() > 4);
		assert.equal(await page.locator('.turns').evaluate((one) =>
			one.scrollHeight > one.clientHeight + 1), false);
		const y = () => page.evaluate(() => scrollY);
		await page.getByRole('button', { name: t('player.play') }).click();
		await page.getByRole('button', { name: t('player.pause') }).waitFor();
		const audio = page.locator('audio');
		// It plays, but stays where it was sought however long one looks.
		await audio.evaluate((one) => {
			one.playbackRate = 0;
		});
		const seek = (turn) => audio.evaluate((one, at) => {
			one.currentTime = at;
		}, turn.secondsFromStart);
		const said = call.messages.filter(({ role }) =>
			['bot', 'user'].includes(role));
		const marked = (n) => page.locator(`.turn:nth-child(${n + 1})` +
			'[aria-current=true]').waitFor();

		// One after the other, the page goes with them.
		for (let n = 1; n < said.length; n++) {
			await seek(said[n]);
			await marked(n);
			await waitFor(() => inSight(turns.nth(n)),
				{ what: `turn ${n} in sight` });
		}
		// While one writes, and when one has gone elsewhere, it stays.
		const stays = async (n) => {
			const before = await y();
			await seek(said[n]);
			await marked(n);
			await page.waitForTimeout(200);
			assert.equal(await y(), before);
			assert.equal(await inSight(turns.nth(n)), false);
		};
		await turns.nth(1).evaluate((one) => scrollBy(0,
			one.getBoundingClientRect().bottom - innerHeight));
		await page.getByLabel(t('call.note')).evaluate((one) =>
			one.focus({ preventScroll: true }));
		await stays(2);
		await page.evaluate(() => {
			document.activeElement.blur();
			scrollTo(0, 0);
		});
		await stays(said.length - 1);
		await page.close();
	});

test('words that were searched for are found in a transcript', async () => {
	const call = await held();
	const word = call.messages.findLast(({ role }) => role === 'user').message
		.split(/\W+/)[0];
	const page = await desk.sign(A, { at: `/calls/${call.id}?q=${word}`,
		height: 420 });
	const first = page.locator('mark').first();
	await first.waitFor();
	await page.evaluate(() => scrollTo(0, 0));
	await page.getByRole('button', { name: t('call.found',
		{ n: await page.locator('mark').count() }) }).click();
	await waitFor(() => inSight(first), { what: 'the word in sight' });
	await page.close();
});

test('time that is used reads alike wherever it stands', async () => {
	await world.cluster.query(`insert into public.calls (user_id, status,
		caller_phone_number, assistant_phone_number, duration_seconds)
	values ($1, 'completed', '+15550000001', '+15559999999', 12345)`,
	[A.user]);
	const page = await desk.sign(A);
	const used = (at) => page.locator(at).first().innerText();
	const overview = await used('#usage ~ * .figure-value, ' +
		'.usage .figure-value');
	assert.match(overview, /^\d+h( \d+m)?$/);
	await page.goto(`${world.publicUrl}/#/usage`);
	await page.getByRole('heading', { name: t('nav.usage'), level: 1 })
		.waitFor();
	await settled(page);
	assert.equal(await used('.usage-figure strong'), overview);
	assert.ok((await main(page)).includes(overview));
	assert.doesNotMatch(await main(page), /\d (hr|min|sec)\b/);
	await page.close();
});

test('no policy was violated and no error went uncaught', async () => {
	assert.deepEqual(await desk.browser.trouble(), []);
});

closing(world);
