// What does not come, in a real browser: nothing leaves the page waiting
// without end. And what outlives a session stays with its clinic.
// Needs: chromium
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { openDesk, settled, t } from './lib/desk.js';
import { waitFor } from './lib/process.js';
import { A, B } from './lib/world.js';

const desk = await openDesk();
const { world } = desk;
after(() => desk.browser.close());

test('Clerk\'s host hangs: the page is drawn, and says so', async () => {
	const page = await desk.browser.page({ origin: 'http', bypassCSP: true });
	const asked = [];
	// Its clock stands still but for what is told here.
	await page.clock.install({ time: 0 });
	await page.clock.pauseAt(1000);
	await page.route('**/api/config', (route) => route.fulfill({ json: {
		clerk_publishable_key: `pk_test_${btoa('clerk.example.test$')}` } }));
	await page.route('https://clerk.example.test/**', (route) =>
		asked.push(route.request().url()));
	const request = page.waitForRequest('https://clerk.example.test/**');
	await page.goto(world.publicUrl, { waitUntil: 'commit' });
	await request;
	await page.clock.runFor(9000);
	assert.equal(await page.getByText(t('signin.clerk.title')).count(), 0);
	await page.clock.runFor(1500);
	await page.getByText(t('signin.clerk.title')).waitFor();
	assert.equal(asked.length, 1);
	await page.close();
});

test('an export that stalls is given up after a minute without a byte',
	async () => {
		const page = await desk.browser.page({ origin: world.publicUrl });
		await page.clock.install();
		// A body of which the first part comes, and one more when asked.
		await page.addInitScript(() => {
			const { fetch } = window;
			window.fetch = async (url, init) => String(url)
				.includes('calls.csv') ? new Response(new ReadableStream({
					start(body) {
						window.more = () => body.enqueue(new Uint8Array(9));
						window.more();
						init.signal.addEventListener('abort', () =>
							body.error(init.signal.reason));
					} })) : fetch(url, init);
		});
		await page.goto(`${world.publicUrl}/#token=${desk.token(A.user)}`);
		await page.locator('nav').first().waitFor();
		await page.goto(`${world.publicUrl}/#/calls`);
		await settled(page);
		// From here on no time passes but for what is told.
		await page.clock.pauseAt(Date.now() + 3600000);
		await page.getByRole('button', { name: t('calls.csv') }).click();
		const failed = page.locator('.toast.bad');
		await page.clock.runFor(50000);
		await page.evaluate(() => window.more());
		await page.clock.runFor(50000);
		assert.equal(await failed.count(), 0);
		await page.clock.runFor(11000);
		await failed.filter({ hasText: t('error.deadline.title') }).waitFor();
		await page.getByRole('button', { name: t('calls.csv') }).waitFor();
		await page.close();
	});

test('a number is not added before the assistants are known', async () => {
	const page = await desk.sign(A);
	const held = [];
	await page.route('**/api/assistants', (route) => held.push(route));
	await page.goto(`${world.publicUrl}/#/numbers/new`);
	await page.locator('main .skeleton').first().waitFor();
	assert.equal(await page.locator('main form').count(), 0);
	await waitFor(() => held.length > 0, { what: 'a request that waits' });
	await held[0].fulfill({ status: 503, json: {} });
	const again = page.getByRole('button', { name: t('action.retry') });
	await again.waitFor();
	assert.equal(await page.locator('main form').count(), 0);
	await again.click();
	await waitFor(() => held.length > 1, { what: 'another' });
	await held[1].continue();
	const chosen = page.locator('select[name=assistant_id]');
	await chosen.waitFor();
	const { data: [only] } = await desk.ask(A, '/api/assistants');
	assert.equal(await chosen.inputValue(), only.id);
	await page.close();
});

test('a code is awaited as long as the server says so', async () => {
	const number = await desk.ask(A, '/api/phone-numbers', { method: 'POST',
		body: { phone_number: '+15556660002' } });
	const page = await desk.sign(A);
	let proof = { step: 'code', state: 'spoken', reason: null, detail: '',
		seen: null, tries_left: 5, started_at: '2026-01-01T00:00:00Z',
		expires_at: '2026-01-01T00:10:00Z' };
	await page.route(`**/api/phone-numbers/${number.id}`, (route) =>
		route.fulfill({ json: { ...number, verification: proof } }));
	await page.clock.install();
	await page.goto(`${world.publicUrl}/#/numbers/${number.id}`);
	await page.getByLabel(t('proof.code'), { exact: true }).fill('12');
	await page.clock.runFor(20000);
	await settled(page);
	assert.equal(await page.getByLabel(t('proof.code'), { exact: true })
		.inputValue(), '12');
	proof = { ...proof, state: 'failed', reason: 'lapsed' };
	await page.clock.runFor(20000);
	await page.getByText(t('proof.reason.lapsed')).waitFor();
	await page.close();
});

test('a name is proposed in the clinic where it was given', async () => {
	const page = await desk.sign(A, { at: '/settings' });
	await page.getByLabel(t('settings.who')).fill('Robin');
	await page.reload();
	await settled(page);
	assert.equal(await page.getByLabel(t('settings.who')).inputValue(),
		'Robin');
	await page.goto(`${world.publicUrl}/#token=${desk.token(B.user)}`);
	await page.getByRole('button', { name: t('signin.switch.yes') }).click();
	await page.getByText('Harbour Vets').first().waitFor();
	await page.goto(`${world.publicUrl}/#/settings`);
	await settled(page);
	assert.equal(await page.getByLabel(t('settings.who')).inputValue(), '');
	await page.close();
});

test('no policy was violated and no error went uncaught', async () => {
	assert.deepEqual(await desk.browser.trouble(), []);
});

closing(world);
