// Faults that cost a front desk its work, in a real browser: a double click, a
// way back that forgets, a view that stays broken, a clock that is wrong, a
// focus that is lost, and news that nobody is told.
// Needs: chromium
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { focused, followed, openDesk, settled, t } from './lib/desk.js';
import { waitFor } from './lib/process.js';
import { A, B, LINE } from './lib/world.js';

const desk = await openDesk();
const { world } = desk;
after(() => desk.browser.close());

// A clinic with some pages of calls.
const MANY = { user: 'user_many' };
await world.cluster.query(`insert into public.calls (user_id,
	caller_phone_number, assistant_phone_number, status, transcript, summary,
	created_at)
select $1, '+1555' || lpad((i % 3)::text, 7, '0'), $2,
	case when i % 2 = 0 then 'no-answer' else 'completed' end,
	'the words that are said', 'Wants an appointment.',
	now() - i * interval '1 hour'
from generate_series(1, 140) i`, [MANY.user, LINE]);

const button = (page, key, values) => page.getByRole('button',
	{ name: t(key, values), exact: true });
const hash = (page) => new URL(page.url()).hash;
const at = (page, selector) => waitFor(() => page.evaluate((wanted) =>
	document.activeElement.matches(wanted), selector),
{ what: `the focus at ${selector}` });

// One press and its copy ------------------------------------------------------

const idOf = async (row) => (await row.locator('a').getAttribute('href'))
	.split('/').at(-1);
const rowsOf = (page) => page.locator('.needed-list li');

// The calls that this page changes, one after the other.
function changed(page) {
	const ids = [];
	page.on('request', (request) => request.method() === 'PATCH' &&
		ids.push(request.url().split('/').at(-1)));
	return ids;
}

async function middle(place) {
	const { x, y, width, height } = await place.boundingBox();
	return [x + width / 2, y + height / 2];
}

// As a hand does: both clicks where the pointer is.
async function doubleClick(place) {
	await place.scrollIntoViewIfNeeded();
	await place.page().mouse.click(...await middle(place), { clickCount: 2 });
}

test('a click that comes when a row has gone finishes no other', async () => {
	const page = await desk.sign(B);
	const ids = changed(page);
	const [first, second] = [await idOf(rowsOf(page).first()),
		await idOf(rowsOf(page).nth(1))];
	// At once when the next row is under the pointer.
	await page.evaluate(() => {
		const row = document.querySelector('.needed-list li');
		const { x, y, width, height } = row.querySelector('button')
			.getBoundingClientRect();
		const where = { clientX: x + width / 2, clientY: y + height / 2 };
		new MutationObserver((all, observer) => {
			if (row.isConnected)
				return;
			observer.disconnect();
			window.under = document.elementFromPoint(where.clientX,
				where.clientY).closest('button');
			window.under.dispatchEvent(new MouseEvent('click', { detail: 1,
				bubbles: true, cancelable: true, ...where }));
		}).observe(row.parentNode, { childList: true });
	});
	await rowsOf(page).first().getByRole('button').click();
	await page.waitForFunction(() => window.under !== undefined);
	assert.equal(await idOf(rowsOf(page).first()), second);
	await followed(page);
	assert.deepEqual(ids, [first]);

	// A moment later the same button is that of the next one.
	await waitFor(async () => {
		await page.waitForTimeout(600);
		await rowsOf(page).first().getByRole('button').click();
		return ids.length > 1;
	}, { what: 'the second to be finished' });
	assert.deepEqual(ids, [first, second]);
	await page.close();
});

test('a key that is held finishes one call, and opens no other', async () => {
	const page = await desk.sign(B);
	const ids = changed(page);
	const first = await idOf(rowsOf(page).first());
	await rowsOf(page).first().getByRole('button').focus();
	await page.keyboard.down('Enter');
	await page.keyboard.down('Enter');
	await at(page, '.needed-list a');
	await page.keyboard.down('Enter');
	await page.keyboard.up('Enter');
	await followed(page);
	assert.match(hash(page), /^(#\/)?$/);
	assert.deepEqual(ids, [first]);
	await page.close();
});

test('Enter pressed twice does not open the call that got the focus',
	async () => {
		const page = await desk.sign(B);
		await rowsOf(page).first().getByRole('button').focus();
		// The second one as soon as it can.
		await page.evaluate(() => addEventListener('focusin', (event) => {
			if (event.target.matches('.needed-list a')) {
				window.again = true;
				event.target.click();
			}
		}));
		await page.keyboard.press('Enter');
		await page.waitForFunction(() => window.again);
		await followed(page);
		assert.match(hash(page), /^(#\/)?$/);
		await page.close();
	});

test('a double click takes back one change, and not the one before',
	async () => {
		const page = await desk.sign(A);
		// What is told stays for as long as this takes.
		await page.evaluate(() => {
			const { setTimeout } = window;
			window.setTimeout = (run, ms, ...more) => ms > 5000 ? 0
				: setTimeout(run, ms, ...more);
		});
		const ids = [];
		const undo = button(page, 'action.undo');
		for (const n of [1, 2]) {
			const row = rowsOf(page).first();
			ids.push(await idOf(row));
			await row.getByRole('button').click();
			await undo.nth(n - 1).waitFor();
			await waitFor(async () => await idOf(row) !== ids.at(-1),
				{ what: 'the row gone' });
			await page.waitForTimeout(600);
		}
		await doubleClick(undo.last());
		await waitFor(async () => (await desk.ask(A, `/api/calls/${ids[1]}`))
			.follow_up_state !== 'done', { what: 'the change taken back' });
		await followed(page);
		assert.equal(await undo.count(), 1);
		assert.equal((await desk.ask(A, `/api/calls/${ids[0]}`))
			.follow_up_state, 'done');
		await page.close();
	});

test('a double click takes out one tag', async () => {
	const [{ id }] = (await desk.ask(A, '/api/calls?limit=1')).data;
	await desk.ask(A, `/api/calls/${id}`, { method: 'PATCH',
		body: { tags: ['aaaa', 'bbbb', 'cccc'] } });
	const page = await desk.sign(A, { at: `/calls/${id}` });
	const gone = button(page, 'form.tag.remove', { tag: 'aaaa' });
	await doubleClick(gone);
	await gone.waitFor({ state: 'detached' });
	assert.deepEqual(await page.locator('.tags-field .tag')
		.evaluateAll((all) => all.map((one) => one.firstChild.data)),
	['bbbb', 'cccc']);
	await page.close();
});

test('a held key takes out what was typed, and no tag', async () => {
	const [{ id }] = (await desk.ask(B, '/api/calls?limit=1')).data;
	await desk.ask(B, `/api/calls/${id}`, { method: 'PATCH',
		body: { tags: ['aaaa', 'bbbb'] } });
	const page = await desk.sign(B, { at: `/calls/${id}` });
	await page.getByLabel(t('call.tags'), { exact: true }).fill('x');
	for (let n = 0; n < 4; n++)
		await page.keyboard.down('Backspace');
	await page.keyboard.up('Backspace');
	await followed(page);
	assert.equal(await page.locator('.tags-field .tag').count(), 2);
	await page.close();
});

test('a double click takes out one time', async () => {
	const page = await desk.sign(A, { at: '/hours' });
	const times = page.locator('.day').nth(2).getByRole('button',
		{ name: t('hours.remove', { day: 'Tuesday' }) });
	assert.equal(await times.count(), 2);
	await doubleClick(times.first());
	await followed(page);
	assert.equal(await times.count(), 1);
	await page.close();
});

test('Enter pressed twice does not add what it has taken out', async () => {
	const page = await desk.sign(A, { at: '/hours' });
	const times = page.locator('.day').nth(2).getByRole('button',
		{ name: t('hours.remove', { day: 'Tuesday' }) });
	await page.evaluate(() => addEventListener('focusin', (event) => {
		if (event.target.id.endsWith('-add'))
			event.target.click();
	}));
	await times.first().focus();
	await page.keyboard.press('Enter');
	await followed(page);
	assert.equal(await times.count(), 1);
	await page.close();
});

test('a time that is added has the focus, however soon another is', async () => {
	const page = await desk.sign(A, { at: '/hours' });
	// What waits for the next frame comes late on a slow machine.
	await page.evaluate(() => {
		const later = window.setTimeout;
		window.requestAnimationFrame = (act) => later(act, 60000);
		window.setTimeout = (act, ms, ...rest) => later(act, ms < 60000 ? 60000
			: ms, ...rest);
	});
	for (const [day, name] of [[2, 'Tuesday'], [3, 'Wednesday']]) {
		const times = page.locator('.day').nth(day).getByLabel(
			t('hours.opens', { day: name }), { exact: true });
		const before = await times.count();
		await page.locator('.day').nth(day).locator('.time-add button')
			.press('Enter');
		await times.nth(before).waitFor();
		await waitFor(() => times.nth(before).evaluate((one) =>
			one === document.activeElement), { what: `focus on ${name}` });
	}
	await page.close();
});

test('a double click takes out one special day', async () => {
	// As high as the view, so that nothing scrolls.
	const page = await desk.sign(A, { at: '/hours', height: 2400 });
	const days = page.locator('.special');
	for (let n = await days.count(); n < 4; n++)
		await button(page, 'hours.special.add').click();
	await doubleClick(days.nth(1).getByRole('button',
		{ name: t('hours.special.remove') }));
	await followed(page);
	assert.equal(await days.count(), 3);
	await page.close();
});

test('a double click on Delete does not answer what it asks', async () => {
	for (const name of ['First of two', 'Second of two'])
		await desk.ask(A, '/api/intents', { method: 'POST', body: { name } });
	const asked = [];
	const page = await desk.sign(A, { at: '/intents' });
	page.on('request', (request) => request.method() === 'DELETE' &&
		asked.push(request.url()));
	const remove = page.getByRole('region', { name: 'First of two' })
		.getByRole('button', { name: t('action.delete') });
	await remove.scrollIntoViewIfNeeded();
	const [x, y] = await middle(remove);
	await page.mouse.click(x, y);
	const dialog = page.getByRole('dialog');
	await dialog.waitFor();
	// Where it happens to stand under the pointer.
	await dialog.getByRole('button', { name: t('action.delete') })
		.evaluate((one, [clientX, clientY]) => one.dispatchEvent(
			new MouseEvent('click', { detail: 2, bubbles: true,
				cancelable: true, clientX, clientY })), [x, y]);
	await followed(page);
	assert.equal(await dialog.count(), 1);
	await dialog.getByRole('button', { name: t('action.delete') }).click();
	await page.getByRole('region', { name: 'First of two' })
		.waitFor({ state: 'detached' });
	assert.equal(asked.length, 1);
	await page.close();
});

// The way back ----------------------------------------------------------------

// Opens a row far down; where it was.
async function openRow(page, n) {
	const row = page.locator('.row-link').nth(n);
	await row.scrollIntoViewIfNeeded();
	await page.evaluate(() => scrollBy(0, 40));
	await followed(page);
	const before = { hash: hash(page), href: await row.getAttribute('href'),
		y: await page.evaluate(() => scrollY) };
	assert.ok(before.y > 200, `${before.y}`);
	await row.click();
	await page.locator('.back-link').waitFor();
	await settled(page);
	return before;
}

async function asBefore(page, before) {
	await page.waitForFunction((href) => document.activeElement
		.getAttribute('href') === href, before.href);
	assert.equal(hash(page), before.hash);
	assert.equal(await page.evaluate(() => scrollY), before.y);
}

test('from a call one comes back to the list as it was', async () => {
	const page = await desk.sign(MANY, { at: '/calls?outcome=missed&' +
		'q=words&from=2000-01-01', height: 600 });
	await page.getByRole('link', { name: t('pager.next') }).click();
	await page.waitForURL(/cursor=/);
	await settled(page);
	for (const how of [() => page.keyboard.press('u'),
		() => page.locator('.back-link').click(), () => page.goBack()]) {
		const before = await openRow(page, 20);
		await how();
		await asBefore(page, before);
		assert.match(before.hash, /outcome=missed.*cursor=/);
	}
	// The pages before it are known, too.
	await page.getByRole('link', { name: t('pager.first') }).click();
	await page.waitForFunction(() => !location.hash.includes('cursor='));
	assert.match(hash(page), /outcome=missed/);

	// Also when a call was written to, and its page loaded anew.
	await settled(page);
	const before = await openRow(page, 12);
	await page.getByLabel(t('call.note')).fill('Rang back.');
	await button(page, 'action.save').click();
	await page.locator('.toast', { hasText: t('form.saved') }).waitFor();
	await page.reload();
	await settled(page);
	await page.keyboard.press('u');
	await page.waitForFunction((href) => document.activeElement
		.getAttribute('href') === href, before.href);
	assert.equal(hash(page), before.hash);
	await page.close();
});

test('a number that was searched for is still there after a call', async () => {
	const page = await desk.sign(MANY, { at: '/calls', height: 600 });
	await page.getByRole('searchbox').fill('+1 555 000 0001');
	await page.waitForURL(/q=/);
	await settled(page);
	const before = await openRow(page, 15);
	await page.keyboard.press('u');
	await asBefore(page, before);
	assert.equal(await page.getByRole('searchbox').inputValue(),
		'+1 555 000 0001');
	await page.close();
});

test('who is asked before leaving, and leaves, comes to the same list',
	async () => {
		const page = await desk.sign(MANY, { at: '/calls?outcome=missed',
			height: 600 });
		const before = await openRow(page, 15);
		await page.getByLabel(t('call.note')).fill('not to be kept');
		await page.locator('.back-link').click();
		await button(page, 'leave.no').click();
		await page.locator('.back-link').click();
		await button(page, 'leave.yes').click();
		await asBefore(page, before);
		await page.close();
	});

test('a key that is pressed as soon as a call is seen is heard', async () => {
	const page = await desk.sign(MANY, { at: '/calls' });
	const row = page.locator('.row-link').nth(3);
	const href = await row.getAttribute('href');
	// What waits for the next frame comes late on a slow machine.
	await page.evaluate(() => {
		const later = window.setTimeout;
		window.requestAnimationFrame = (act) => later(act, 2000);
		window.setTimeout = (act, ms, ...rest) => later(act, ms < 2000 ? 2000
			: ms, ...rest);
	});
	await row.click();
	await page.locator('.back-link').waitFor();
	await page.keyboard.press('u');
	await page.waitForFunction((opened) => document.activeElement
		.getAttribute('href') === opened, href);
	await page.close();
});

test('what was searched for long is not searched for again', async () => {
	const all = (await desk.ask(MANY, '/api/calls?limit=6')).data;
	const asked = [];
	const page = await desk.sign(MANY);
	await page.route('**/api/calls?*', (route) => {
		const n = Number(new URL(route.request().url()).searchParams
			.get('cursor')?.split('_')[1] ?? 0);
		asked.push(n);
		return route.fulfill({ json: { data: [all[n]], next_cursor: n === 5
			? null : `2026-01-0${n + 1}T00:00:00Z_${n + 1}` } });
	});
	await page.goto(`${world.publicUrl}/#/calls?q=words`);
	await page.locator('.row-link').nth(5).waitFor();
	await page.waitForFunction(() => !document.querySelector('.further'));
	const before = asked.length;
	await page.locator('.row-link').nth(4).click();
	await page.locator('.back-link').waitFor();
	await page.keyboard.press('u');
	await page.waitForFunction((id) => document.activeElement
		.dataset.id === id, all[4].id);
	assert.equal(await page.locator('.row-link').count(), 6);
	assert.equal(asked.length, before);
	await page.close();
});

// A view that failed ----------------------------------------------------------

test('a view that failed comes by itself when the connection is back',
	async () => {
		const page = await desk.sign(A, { at: '/calls' });
		await page.context().setOffline(true);
		const views = ['/assistants', '/usage'];
		for (const view of views) {
			await page.evaluate((to) => { location.hash = `#${to}`; }, view);
			await page.getByText(t('error.network.title')).first().waitFor();
		}
		await page.context().setOffline(false);
		await page.getByText(t('usage.used')).first().waitFor();
		await page.close();
	});

test('so does one whose answer was an error, and one whose clinic is unknown',
	async () => {
		const page = await desk.sign(A, { at: '/calls' });
		let away = true;
		await page.route(/\/api\/(assistants|me)$/, (route) => away
			? route.fulfill({ status: 503, json: {} }) : route.continue());
		await page.goto(`${world.publicUrl}/#/assistants`);
		const failed = page.getByText(t('error.server.title')).first();
		await failed.waitFor();
		const comes = () => page.getByRole('heading', { name: 'Front desk' })
			.first().waitFor({ timeout: 60000 });
		// Who stands at its button is not thrown off the page.
		await button(page, 'action.retry').focus();
		away = false;
		await comes();
		await at(page, 'h1');
		away = true;
		await page.reload();
		await failed.waitFor();
		away = false;
		await comes();
		await page.close();
	});

test('and one that failed since the session had ended', async () => {
	const page = await desk.sign(A, { at: '/calls' });
	let refused = true;
	await page.route('**/api/assistants', (route) => refused
		? route.fulfill({ status: 401, json: {} }) : route.continue());
	await page.goto(`${world.publicUrl}/#/assistants`);
	const link = page.getByLabel(t('signin.link'));
	await link.waitFor();
	refused = false;
	await link.fill(`${world.publicUrl}/#token=${desk.token(A.user)}`);
	await link.press('Enter');
	await page.getByRole('heading', { name: 'Front desk' }).first().waitFor();
	await page.close();
});

test('it is asked for less and less often, and not where nobody looks',
	async () => {
		const page = await desk.sign(A);
		let asked = 0;
		await page.route('**/api/assistants', (route) => {
			asked++;
			return route.fulfill({ status: 503, json: {} });
		});
		await page.clock.install();
		await page.goto(`${world.publicUrl}/#/assistants`);
		await page.getByText(t('error.server.title')).waitFor();
		await page.clock.pauseAt(Date.now() + 7200000);
		// A clock that jumps makes one request at most.
		await page.clock.runFor(1000);
		const waited = [];
		for (let n = 0; n < 8; n++) {
			const before = asked;
			let ms = 0;
			for (; asked === before && ms < 90000; ms += 1000) {
				await page.clock.runFor(1000);
				await page.evaluate(() => fetch('icon.svg'));
			}
			waited.push(ms);
		}
		assert.ok(waited.at(-1) >= 59000 && waited.at(-1) < 90000, `${waited}`);
		assert.ok(waited[1] < 59000, `${waited}`);
		const look = (hidden) => page.evaluate((is) => {
			Object.defineProperty(document, 'hidden',
				{ configurable: true, value: is });
			document.dispatchEvent(new Event('visibilitychange'));
		}, hidden);
		await look(true);
		const before = asked;
		for (let n = 0; n < 150; n++) {
			await page.clock.runFor(1000);
			await page.evaluate(() => fetch('icon.svg'));
		}
		assert.equal(asked, before);
		await look(false);
		await waitFor(() => asked > before, { what: 'one request more' });
		await page.close();
	});

// The time --------------------------------------------------------------------

test('a device whose clock is a day off shows the clinic\'s day', async () => {
	// A zone where it is about noon, so that no day ends meanwhile.
	const offset = 12 - new Date().getUTCHours();
	const zone = `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
	const kept = (await desk.ask(A, '/api/me')).timezone;
	await desk.ask(A, '/api/me', { method: 'PATCH',
		body: { timezone: zone } });
	const { id } = await world.connected(A);
	const words = (date, how) => new Intl.DateTimeFormat('en',
		{ timeZone: zone, ...how }).format(date);
	for (const wrong of [-1, 1]) {
		const page = await desk.browser.page({ origin: world.publicUrl });
		await page.clock.install({ time: Date.now() + wrong * 86400000 });
		const figures = page.waitForRequest('**/api/analytics?*');
		await page.goto(`${world.publicUrl}/#token=${desk.token(A.user)}`);
		assert.equal(new URL((await figures).url()).search, '?days=30');
		await settled(page);
		const to = new URLSearchParams((await page.locator('.figure a').first()
			.getAttribute('href')).split('?')[1]).get('to');
		assert.equal(to, new Intl.DateTimeFormat('sv', { timeZone: zone })
			.format());
		await page.goto(`${world.publicUrl}/#/calls`);
		await settled(page);
		const time = page.locator('tr', { has: page.locator(
			`[data-id="${id}"]`) }).locator('.c-when time');
		assert.match(await time.innerText(), /^\d+:\d\d\s[AP]M$/);
		const since = Date.now() - Date.parse(await page.locator(
			'.list-status time').getAttribute('datetime'));
		assert.ok(Math.abs(since) < 3600000, `${since}`);
		await page.goto(`${world.publicUrl}/#/settings`);
		await page.locator('.zone-now', { hasText: words(Date.now(),
			{ weekday: 'long' }) }).waitFor();
		await page.close();
	}
	await desk.ask(A, '/api/me', { method: 'PATCH',
		body: { timezone: kept } });
});

// As between two releases of tzdata, only that they are further apart.
test('a browser whose time zones are others asks for the server\'s days',
	async () => {
		const zone = 'Etc/GMT+12', day = new Intl.DateTimeFormat('sv',
			{ timeZone: zone });
		const kept = (await desk.ask(B, '/api/me')).timezone;
		await desk.ask(B, '/api/me', { method: 'PATCH',
			body: { timezone: zone } });
		const { id } = await world.connected(B);
		const page = await desk.browser.page({ origin: world.publicUrl });
		await page.route('**/api/me', async (route) => {
			const response = await route.fetch();
			await route.fulfill({ response, json: { ...await response.json(),
				timezone: 'Pacific/Kiritimati' } });
		});
		const before = day.format();
		await page.goto(`${world.publicUrl}/#token=${desk.token(B.user)}`);
		await settled(page);
		await page.goto(`${world.publicUrl}/#/?days=7`);
		await settled(page);
		await page.locator('h1 + *', { hasText: '7' }).first().waitFor();
		const link = page.locator('.figure a').first();
		const period = new URLSearchParams((await link
			.getAttribute('href')).split('?')[1]);
		assert.ok([before, day.format()].includes(period.get('to')));
		assert.equal(Date.parse(period.get('to')) -
			Date.parse(period.get('from')), 6 * 86400000);
		const list = page.waitForRequest('**/api/calls?*from=*');
		await link.click();
		const asked = new URL((await list).url()).searchParams;
		assert.deepEqual(['from', 'to', 'since', 'until'].map((name) =>
			asked.get(name)), [period.get('from'), period.get('to'), null,
			null]);
		await page.locator(`[data-id="${id}"]`).waitFor();
		await page.close();
		await desk.ask(B, '/api/me', { method: 'PATCH',
			body: { timezone: kept } });
	});

// The focus, and what is said -------------------------------------------------

// Notes each live region that comes with its words, which says nothing.
const listen = (page) => page.evaluate(() => {
	const regions = '[role=status], [aria-live]';
	window.mute = [];
	new MutationObserver((all) => {
		for (const { addedNodes } of all)
			for (const node of addedNodes)
				for (const one of node.nodeType !== 1 ? []
					: [node, ...node.querySelectorAll(regions)])
					if (one.matches(regions) && one.textContent.trim())
						window.mute.push(one.outerHTML);
	}).observe(document.body, { childList: true, subtree: true });
});
const mute = (page) => page.evaluate(() => window.mute);

test('"Ring this number now" leads to its step, and says what happens',
	async () => {
		const number = '+15556300001';
		world.numbers.add(number);
		await world.sim.phone(number, { answers: 'busy',
			answer_ms: 6000 });
		const { id } = await desk.ask(A, '/api/phone-numbers', { method:
			'POST', body: { phone_number: number } });
		const page = await desk.sign(A, { at: `/numbers/${id}` });
		await listen(page);
		await button(page, 'proof.ring').focus();
		await page.keyboard.press('Enter');
		const busy = page.getByRole('status')
			.filter({ hasText: t('proof.ring.busy') });
		await busy.waitFor();
		await at(page, 'h3');
		assert.match(await focused(page), new RegExp(t('proof.step.ring')));
		await button(page, 'proof.ring.again').waitFor({ timeout: 60000 });
		await at(page, 'h3');
		assert.deepEqual(await mute(page), []);
		await page.close();
	});

test('calls that come are told to who does not see them', async () => {
	const page = await desk.sign(A, { at: '/calls' });
	await listen(page);
	await page.evaluate(() => {
		window.regions = [...document.querySelectorAll('[role=status]')];
	});
	const told = (key, n) => page.waitForFunction((words) => window.regions
		.some((one) => one.isConnected && one.textContent.trim() === words),
	t(key, { n }), { timeout: 30000 });
	await world.connected(A);
	await told('calls.came', 1);
	// While one reads they wait behind a button.
	await page.keyboard.press('j');
	await world.connected(A);
	await world.connected(A);
	await button(page, 'calls.new', { n: 2 }).waitFor({ timeout: 30000 });
	await told('calls.came', 2);
	assert.deepEqual(await mute(page), []);
	await page.close();
});

test('no policy was violated and no error went uncaught', async () => {
	assert.deepEqual(await desk.browser.trouble(), []);
});

closing(world);
