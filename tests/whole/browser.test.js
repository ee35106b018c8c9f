// The dashboard in a real browser: signing in, each view, and that nothing in
// any address shows a clinic what is another's.
// Servers: nginx, lighttpd
// Needs: chromium
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { openDesk, settled, t, VIEWS } from './lib/desk.js';
import { waitFor } from './lib/process.js';
import { claims, makeToken, newKey } from './lib/token.js';
import { A, B } from './lib/world.js';

const desk = await openDesk();
const { world } = desk;
after(() => desk.browser.close());
const text = (page) => page.locator('main').innerText();

test('without a token one is told how to get in', async () => {
	const page = await desk.browser.page({ origin: world.publicUrl });
	await page.goto(world.publicUrl);
	await page.getByRole('heading', { name: t('signin.title') }).waitFor();
	assert.match(await page.locator('main').innerText(), /callward token/);
	await page.getByLabel(t('signin.link')).fill('nothing of the kind');
	await page.getByRole('button', { name: t('signin.action') }).click();
	await page.getByText(t('signin.link.wrong')).waitFor();
	assert.equal(await page.getByLabel(t('signin.link')).inputValue(),
		'nothing of the kind');
	await page.getByLabel(t('signin.link')).fill(
		`${world.publicUrl}/#token=${desk.token(A.user)}`);
	await page.getByRole('button', { name: t('signin.action') }).click();
	await page.getByRole('heading', { name: t('nav.overview'), level: 1 })
		.waitFor();
	await page.close();
});

test('the link opens the overview, and is gone from the address',
	async () => {
		const page = await desk.sign(A);
		assert.doesNotMatch(page.url(), /token/);
		assert.match(await page.title(), new RegExp(t('nav.overview')));
		const { totals } = await desk.ask(A, '/api/analytics');
		assert.ok(totals.calls > 20, `${totals.calls} calls`);
		assert.match(await text(page), new RegExp(`\\b${totals.calls}\\b`));
		assert.match(await text(page), /Lakeside Dental|Needs attention/);
		assert.match(await page.locator('body').innerText(),
			/Lakeside Dental/);
		// Signed in until the tab is closed, and not in another.
		await page.reload();
		await settled(page);
		assert.match(await page.title(), new RegExp(t('nav.overview')));
		await page.close();
	});

test('a token that proves nothing leads to the sign-in', async () => {
	for (const token of [makeToken(newKey(), claims({ iss: 'callward-trial' })),
		desk.token(A.user, { exp: 1 }), 'x.y.z']) {
		const page = await desk.browser.page({ origin: world.publicUrl });
		await page.goto(`${world.publicUrl}/#token=${token}`);
		await page.getByRole('button', { name: t('signin.action') })
			.waitFor();
		assert.doesNotMatch(await page.locator('body').innerText(),
			/Lakeside/);
		await page.close();
	}
});

test('every view is there, by the navigation and by its address',
	async () => {
		const page = await desk.sign(A);
		const other = await desk.sign(A);
		for (const [at, name] of VIEWS) {
			await page.getByRole('navigation').getByRole('link',
				{ name: t(name), exact: true }).click();
			await page.getByRole('heading', { name: t(name), level: 1 })
				.waitFor();
			await settled(page);
			assert.equal(new URL(page.url()).hash, `#${at}`);
			assert.match(await page.title(), new RegExp(t(name)));
			assert.equal(await page.locator('nav [aria-current=page]')
				.innerText(), t(name));
			await other.goto(`${world.publicUrl}/#${at}`);
			await other.reload();
			await other.getByRole('heading', { name: t(name), level: 1 })
				.waitFor();
		}
		await other.close();
		await page.goto(`${world.publicUrl}/#/no/such/view`);
		await page.getByText(t('lost.title')).waitFor();
		await page.close();
	});

// Somebody else's -------------------------------------------------------------

// Words that stand in one clinic's past alone.
const OWN = { [A.user]: /Lakeside|tooth/i, [B.user]: /Harbour|Pier Road/i };

test('neither sees a word, a number or an id of the other', async () => {
	const ids = {};
	for (const tenant of [A, B]) {
		const { data } = await desk.ask(tenant, '/api/calls?limit=100');
		ids[tenant.user] = data.map((call) => call.id);
	}
	for (const [me, other] of [[A, B], [B, A]]) {
		const page = await desk.sign(me);
		const seen = [];
		page.on('response', (response) => {
			if (response.url().includes('/api/'))
				seen.push(response.text().catch(() => ''));
		});
		for (const [at] of VIEWS) {
			await page.goto(`${world.publicUrl}/#${at}`);
			await settled(page);
			seen.push(await page.locator('body').innerText());
		}
		const all = (await Promise.all(seen)).join('\n');
		assert.match(all, OWN[me.user]);
		assert.doesNotMatch(all, OWN[other.user]);
		assert.ok(!all.includes(other.number), `${other.number} is shown`);
		assert.ok(all.includes(ids[me.user][0]));
		for (const id of ids[other.user])
			assert.ok(!all.includes(id), id);
		await page.close();
	}
});

test('by direct address another\'s call, number or recording is not there',
	async () => {
		const [call] = (await desk.ask(B, '/api/calls?limit=1')).data;
		const [number] = (await desk.ask(B, '/api/phone-numbers')).data;
		const page = await desk.sign(A);
		for (const at of [`/calls/${call.id}`, `/numbers/${number.id}`]) {
			await page.goto(`${world.publicUrl}/#${at}`);
			await page.getByText(t('error.absent.title')).waitFor();
			assert.doesNotMatch(await text(page), OWN[B.user]);
		}
		const status = await page.evaluate(async ([path, token]) =>
			(await fetch(path, { headers: {
				Authorization: `Bearer ${token}` } })).status,
		[`/api/calls/${call.id}/recording`, desk.token(A.user)]);
		assert.equal(status, 404);
		await page.close();
	});

test('who signs in after another in one tab sees nothing of the first',
	async () => {
		const page = await desk.sign(A, { at: '/calls' });
		await page.goto(`${world.publicUrl}/#token=${desk.token(B.user)}`);
		await page.getByRole('button', { name: t('signin.switch.yes') })
			.click();
		await page.getByText('Harbour Vets').first().waitFor();
		await page.goto(`${world.publicUrl}/#/calls`);
		await settled(page);
		assert.doesNotMatch(await page.locator('body').innerText(),
			OWN[A.user]);
		await page.getByRole('button', { name: t('tools.out') }).click();
		await page.getByRole('button', { name: t('signin.action') })
			.waitFor();
		await page.goBack();
		await page.getByRole('button', { name: t('signin.action') })
			.waitFor();
		assert.doesNotMatch(await page.locator('body').innerText(),
			OWN[B.user]);
		await page.close();
	});

test('a link of another clinic asks who is signed in, and changes nothing by itself',
	async () => {
		const page = await desk.sign(A, { at: '/calls' });
		const kept = () => page.evaluate(() =>
			sessionStorage.getItem('callward.token'));
		const mine = await kept();
		const stays = async () => {
			assert.equal(await kept(), mine);
			assert.equal(new URL(page.url()).hash, '#/calls');
			assert.match(await page.locator('.brand-clinic').innerText(),
				OWN[A.user]);
		};
		await page.goto(`${world.publicUrl}/#token=${desk.token(B.user)}`);
		const dialog = page.getByRole('dialog',
			{ name: t('signin.switch.title') });
		await dialog.waitFor();
		assert.match(await dialog.innerText(), new RegExp(
			`Lakeside Dental \\(${A.user}\\).*Harbour Vets \\(${B.user}\\)`));
		await stays();
		await dialog.getByRole('button', { name: t('signin.switch.no') })
			.click();
		await dialog.waitFor({ state: 'detached' });
		await stays();
		// Also where the page begins anew with the link.
		await page.evaluate((token) => {
			history.replaceState(null, '', `#token=${token}`);
			location.reload();
		}, desk.token(B.user));
		await dialog.waitFor();
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
		assert.equal(await kept(), mine);
		assert.doesNotMatch(await page.locator('body').innerText(),
			OWN[B.user]);
		await page.close();
	});

test('a link that is refused ends no session; one of one\'s own renews it',
	async () => {
		const page = await desk.sign(A, { at: '/calls' });
		const kept = () => page.evaluate(() =>
			sessionStorage.getItem('callward.token'));
		const mine = await kept();
		const bogus = `a.${Buffer.from(JSON.stringify({ sub: A.user }))
			.toString('base64url')}.c`;
		for (const token of [bogus, 'x.y.z', desk.token(A.user, { exp: 1 }),
			makeToken(newKey(), claims({ sub: B.user }))]) {
			await page.goto(`${world.publicUrl}/#token=${token}`);
			const told = page.locator('.toast',
				{ hasText: t('signin.link.kept') });
			await told.waitFor();
			await told.getByRole('button').click();
			await told.waitFor({ state: 'detached' });
			assert.equal(await kept(), mine);
			assert.equal(new URL(page.url()).hash, '#/calls');
			await page.reload();
			await settled(page);
			assert.equal(await page.getByText(t('signin.lapsed')).count(), 0);
		}
		const next = desk.token(A.user, { exp: Math.floor(
			Date.now() / 1000) + 7200 });
		await page.goto(`${world.publicUrl}/#token=${next}`);
		await page.waitForFunction((token) => sessionStorage
			.getItem('callward.token') === token, next);
		assert.equal(new URL(page.url()).hash, '#/calls');
		await page.close();
	});

test('an answer of before a switch does not name the clinic after it',
	async () => {
		const page = await desk.sign(A);
		const held = [];
		await page.route('**/api/me', (route) => held.push(route));
		// Asks again who it is, and is not answered yet.
		await page.reload();
		await page.locator('nav').first().waitFor();
		await waitFor(() => held.length === 1, { what: 'who it is' });
		await page.goto(`${world.publicUrl}/#token=${desk.token(B.user)}`);
		await waitFor(() => held.length === 2, { what: 'the check' });
		await held[1].continue();
		await page.getByRole('button', { name: t('signin.switch.yes') })
			.click();
		await waitFor(() => held.length === 3, { what: 'the new one asks' });
		await held[0].continue();
		await page.waitForTimeout(500);
		assert.doesNotMatch(await page.locator('body').innerText(),
			OWN[A.user]);
		await held[2].continue();
		await page.getByText('Harbour Vets').first().waitFor();
		await page.close();
	});

test('with Clerk a link with a token is no way in', async () => {
	const page = await desk.browser.page({ origin: 'http', bypassCSP: true });
	await page.route('**/api/config', (route) => route.fulfill({ json: {
		clerk_publishable_key: `pk_test_${btoa('clerk.example.test$')}` } }));
	await page.route('https://clerk.example.test/**', (route) =>
		route.abort());
	const asked = [];
	page.on('request', (request) => asked.push(request.headers()
		.authorization));
	await page.goto(`${world.publicUrl}/#token=${desk.token(A.user)}`);
	await page.getByText(t('signin.clerk.title')).waitFor();
	await page.evaluate((token) => {
		location.hash = `#token=${token}`;
	}, desk.token(A.user));
	await page.waitForFunction(() => !location.hash.includes('token'));
	await page.waitForTimeout(300);
	await page.getByText(t('signin.clerk.title')).waitFor();
	assert.deepEqual(asked.filter((one) => one !== undefined), []);
	assert.equal(await page.evaluate(() => sessionStorage.length), 0);
	await page.close();
});

test('who acts as the clinic may look, and finds nothing to change',
	async () => {
		const page = await desk.browser.page({ origin: world.publicUrl });
		await page.goto(`${world.publicUrl}/#token=` + desk.token(A.user,
			{ act: { iss: 'x', sid: 'sess_x', sub: 'user_admin' } }));
		await page.getByText(t('readonly.title')).waitFor();
		await page.goto(`${world.publicUrl}/#/assistants`);
		await settled(page);
		assert.equal(await page.getByRole('button',
			{ name: t('assistants.add') }).count(), 0);
		await page.close();
	});

test('a page that cannot reach the program says so, and comes back',
	async () => {
		const page = await desk.sign(A, { at: '/calls' });
		await page.context().setOffline(true);
		await page.goto(`${world.publicUrl}/#/intents`).catch(() => {});
		await page.getByText(t('error.network.title')).first().waitFor();
		await page.getByRole('button', { name: t('action.retry') }).first()
			.waitFor();
		await page.context().setOffline(false);
		await page.getByText('Emergency').first().waitFor();
		await page.close();
	});

test('no policy was violated, no error went uncaught, nobody else asked',
	async () => {
		assert.ok(desk.browser.pages.length > 10);
		assert.deepEqual(await desk.browser.trouble(), []);
		const page = await desk.sign(A);
		await page.evaluate(() => {
			const script = document.createElement('script');
			script.textContent = 'window.inline = true';
			document.body.append(script);
		});
		assert.equal(await page.evaluate(() => window.inline), undefined);
		await waitFor(async () => (await desk.browser.trouble()).length > 0,
			{ what: 'a violation that is told' });
	});

closing(world);
