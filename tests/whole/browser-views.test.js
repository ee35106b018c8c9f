// Each view as it is looked at: no objection of axe in light and dark, on a
// telephone and a desk, nothing wider than the screen, nothing that jumps, and
// a picture for a person to look at (screens/ below the build).
// Needs: chromium
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { objections, shot } from './lib/browser.js';
import { closing } from './lib/closing.js';
import { openDesk, settled, t, VIEWS } from './lib/desk.js';
import { A, B } from './lib/world.js';

const desk = await openDesk();
const { world } = desk;
after(() => desk.browser.close());

// What there is to see of one thing each.
const add = (path, body) => desk.ask(A, path, { method: 'POST', body });
const [call] = (await desk.ask(A, '/api/calls?outcome=answered&limit=1')).data;
const pending = await add('/api/phone-numbers',
	{ phone_number: '+15556660001', label: 'Second line' });
const [active] = (await desk.ask(A, '/api/phone-numbers')).data;
const [{ id: assistant }] = (await desk.ask(A, '/api/assistants')).data;
await add('/api/assistant-tests', { assistant_id: assistant,
	name: 'Books a visit', script: 'I need a check-up.\nOn Friday.',
	expected: { phrases: ['appointment'] } });
await world.command('subscription', 'set', '--user', A.user, '--plan',
	'Clinic 500', '--seconds', '30000');
assert.ok(call && pending.id && active.id !== pending.id);

const ALL = [...VIEWS, [`/calls/${call.id}`], [`/numbers/${active.id}`],
	[`/numbers/${pending.id}`], ['/numbers/new'], ['/calls?q=nothing+like+it'],
	['/no/such/view']];
const nameOf = (at) => at.replace(call.id, 'one').replace(active.id, 'active')
	.replace(pending.id, 'pending').replaceAll(/\W+/g, '-')
	.replace(/^-|-$/g, '') || 'overview';

for (const [look, how] of [['light', {}], ['dark', { dark: true }],
	['phone-light', { width: 390, height: 844 }],
	['phone-dark', { width: 390, height: 844, dark: true }]])
	test(`${look}: every view`, async (context) => {
		const page = await desk.sign(A, how);
		for (const [at] of ALL)
			await context.test(at, async () => {
				await page.goto(`${world.publicUrl}/#${at}`);
				await settled(page);
				await shot(page, `${nameOf(at)}-${look}`);
				assert.deepEqual(await objections(page), []);
				const [wide, screen] = await page.evaluate(() =>
					[document.documentElement.scrollWidth, innerWidth]);
				assert.ok(wide <= screen, `${wide} pixels on ${screen}`);
			});
		await page.close();
	});

test('the sign-in, and a clinic that has nothing yet', async () => {
	for (const dark of [false, true]) {
		const page = await desk.browser.page({ origin: world.publicUrl,
			dark });
		await page.goto(world.publicUrl);
		await settled(page);
		assert.deepEqual(await objections(page), []);
		await shot(page, `sign-in-${dark ? 'dark' : 'light'}`);
		await page.close();
		const none = await desk.sign({ user: 'user_new' }, { dark });
		for (const [at] of VIEWS) {
			await none.goto(`${world.publicUrl}/#${at}`);
			await settled(none);
			assert.deepEqual(await objections(none), [], at);
			await shot(none, `new${at.replaceAll('/', '-')}-` +
				`${dark ? 'dark' : 'light'}`);
		}
		await none.close();
	}
});

test('what is asked before something is deleted, and the list of keys',
	async () => {
		for (const dark of [false, true]) {
			const page = await desk.sign(A, { dark,
				at: `/numbers/${pending.id}` });
			await page.getByRole('button', { name: t('number.delete') })
				.click();
			await page.getByRole('dialog').waitFor();
			assert.deepEqual(await objections(page), []);
			await page.keyboard.press('Escape');
			await page.getByRole('dialog').waitFor({ state: 'hidden' });
			await page.keyboard.press('?');
			await page.getByRole('dialog').waitFor();
			assert.deepEqual(await objections(page), []);
			await page.close();
		}
	});

test('where the system forces its colours, those that tell numbers stay',
	async () => {
		const page = await desk.sign(A, { forcedColors: 'active' });
		const colours = await page.locator('.swatch, .heat tbody td')
			.evaluateAll((all) => new Set(all.map((one) =>
				getComputedStyle(one).backgroundColor)).size);
		assert.ok(colours > 4, `${colours}`);
		await page.close();
	});

test('nothing jumps while a view is loaded', async () => {
	const [{ id }] = (await desk.ask(B, '/api/calls?limit=1')).data;
	for (const how of [{}, { width: 390, height: 844 }]) {
		const page = await desk.sign(B, how);
		for (const [at] of [...VIEWS, [`/calls/${id}`]]) {
			await page.goto(`${world.publicUrl}/#${at}`);
			await page.reload();
			await settled(page);
			// What is told as good by those who measure pages.
			const shifts = await page.evaluate(() => window.shifts);
			assert.ok(shifts < 0.1, `${at}: ${shifts}`);
		}
		await page.close();
	}
});

test('the first paint, and what it weighed', async (context) => {
	const page = await desk.browser.page({ origin: world.publicUrl });
	const weighed = [];
	page.on('response', (response) => weighed.push(response.request().sizes()
		.then((sizes) => sizes.responseBodySize + sizes.responseHeadersSize,
			() => 0)));
	await page.goto(`${world.publicUrl}/#token=${desk.token(A.user)}`);
	await settled(page);
	const shown = await page.evaluate(() => performance.now());
	// It is told when it is on the screen.
	const paint = await (await page.waitForFunction(() => performance
		.getEntriesByName('first-contentful-paint')[0]?.startTime)).jsonValue();
	const bytes = (await Promise.all(weighed)).reduce((a, b) => a + b, 0);
	context.diagnostic(`first paint after ${Math.round(paint)} ms, the ` +
		`overview after ${Math.round(shown)} ms, ${bytes} bytes in all`);
	// The headers of each answer count here, and the API's answers.
	assert.ok(bytes > 20000 && bytes < 155000, `${bytes} bytes`);
	await page.close();
});

test('no policy was violated and no error went uncaught', async () => {
	assert.deepEqual(await desk.browser.trouble(), []);
});

closing(world);
