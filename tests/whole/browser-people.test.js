// Several people of one clinic at their browsers: the front desk, the owner,
// and somebody who belongs to no clinic yet.
// Needs: chromium
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { objections } from './lib/browser.js';
import { closing } from './lib/closing.js';
import { openDesk, settled, t, VIEWS } from './lib/desk.js';
import { waitFor } from './lib/process.js';
import { report } from './lib/vapi.js';
import { A } from './lib/world.js';

const desk = await openDesk({ settings: { CLERK_TENANT: 'organization',
	DESK_RECORDINGS: 'no' } });
const { world } = desk;
after(() => desk.browser.close());
await world.command('tenant', 'link', '--user', A.user, '--org', 'org_a');
const row = await world.connected(A);
await world.callback(report({ id: row.vapi_call_id,
	metadata: row.metadata }));
await world.cluster.query('update public.calls set recording_url = ' +
	'\'https://x.example/a.wav\' where id = $1', [row.id]);

const member = (rol, sub, more = {}) => desk.token(sub, { o: { id: 'org_a',
	rol }, ...more });
// A page of whom this token is; what is refused is told.
async function open(token, at = '/') {
	const page = await desk.browser.page({ origin: world.publicUrl });
	page.refused = [];
	page.on('response', (response) => response.status() === 403 &&
		page.refused.push(response.url()));
	await page.goto(`${world.publicUrl}/#token=${token}`);
	await page.locator('nav').first().waitFor();
	await page.goto(`${world.publicUrl}/#${at}`);
	await settled(page);
	return page;
}
const go = async (page, at) => {
	await page.goto(`${world.publicUrl}/#${at}`);
	await settled(page);
};
const main = (page) => page.locator('main').innerText();
const OWNERS = ['/numbers', '/hours', '/assistants', '/intents', '/tests',
	'/settings'];

test('the desk reads what is the owner\'s, and is told why no more',
	async () => {
		const page = await open(member('member', 'user_d'));
		for (const [at, title] of VIEWS) {
			await go(page, at);
			await page.getByRole('heading', { name: t(title), level: 1 })
				.waitFor();
			assert.equal((await main(page)).includes(t('desk.title')),
				OWNERS.includes(at), at);
			if (OWNERS.includes(at) && at !== '/settings')
				assert.equal(await page.locator('main button[type=submit], ' +
					'main a[href="#/numbers/new"], main fieldset:enabled ' +
					'input').count(), 0, at);
			if (['/', '/numbers', '/settings'].includes(at))
				assert.deepEqual(await objections(page), [], at);
		}
		await go(page, '/');
		assert.match(await main(page), new RegExp(t('desk.figures')));
		assert.equal(await page.locator('.figures').count(), 0);
		await go(page, '/calls');
		assert.match(await main(page), new RegExp(t('desk.export')));
		assert.equal(await page.locator('.export').count(), 0);
		const [{ id }] = await world.cluster.query('select id from ' +
			'public.phone_numbers where user_id = $1 limit 1', [A.user]);
		for (const at of [`/numbers/${id}`, '/numbers/new']) {
			await go(page, at);
			assert.match(await main(page), new RegExp(t('desk.text')));
			assert.equal(await page.locator('main button[type=submit]')
				.count(), 0, at);
		}
		await go(page, '/settings');
		assert.ok(await page.getByLabel(t('settings.name')).first()
			.isDisabled());
		// Nothing was asked for that is refused.
		assert.deepEqual(page.refused, []);
		await page.close();
	});

test('the desk follows a call up as a person, and hears no recording',
	async () => {
		const token = member('member', 'user_e');
		const page = await open(token, '/settings');
		const name = page.locator('#field-person');
		await name.fill('Elena');
		await page.locator('form', { has: name }).getByRole('button').click();
		await page.getByText(t('form.saved')).first().waitFor();
		await go(page, `/calls/${row.id}`);
		assert.match(await main(page), new RegExp(t('desk.recording')));
		assert.equal(await page.locator('audio, .player').count(), 0);
		const who = page.getByLabel(t('call.by'));
		const chosen = () => who.evaluate((select) =>
			select.selectedOptions[0].textContent);
		// Who writes is proposed.
		assert.equal(await chosen(), t('call.by.me', { name: 'Elena' }));
		await page.getByText(t('follow_up.in_progress'), { exact: true })
			.first().click();
		await page.locator('form', { has: who }).getByRole('button',
			{ name: t('action.save') }).click();
		const stored = await waitFor(async () => {
			const [call] = await world.cluster.query('select follow_up_state,' +
				' follow_up_by, follow_up_by_id from public.calls ' +
				'where id = $1', [row.id]);
			return call.follow_up_state === 'in_progress' && call;
		}, { what: 'the follow-up' });
		assert.deepEqual([stored.follow_up_by, stored.follow_up_by_id],
			['Elena', 'user_e']);
		// Another one sees whose it is, and takes it.
		const other = await open(member('admin', 'user_o', { name: 'Olga' }),
			`/calls/${row.id}`);
		const theirs = other.getByLabel(t('call.by'));
		await waitFor(() => theirs.evaluate((select) =>
			select.selectedOptions[0]?.textContent === 'Elena'),
		{ what: 'Elena' });
		await theirs.selectOption({ label: t('call.by.me', { name: 'Olga' }) });
		await other.locator('form', { has: theirs }).getByRole('button',
			{ name: t('action.save') }).click();
		await waitFor(async () => (await world.cluster.query('select ' +
			'follow_up_by from public.calls where id = $1', [row.id]))[0]
			.follow_up_by === 'Olga', { what: 'Olga' });
		assert.equal(await other.locator('audio, .player').count() > 0, true);
		await page.close();
		await other.close();
	});

test('the owner has all of it', async () => {
	const page = await open(member('admin', 'user_o'));
	await page.locator('.figures').first().waitFor();
	for (const at of OWNERS) {
		await go(page, at);
		assert.ok(!(await main(page)).includes(t('desk.title')), at);
	}
	await go(page, '/calls');
	await page.locator('.export').waitFor();
	assert.deepEqual(page.refused, []);
	await page.close();
});

test('who belongs to no clinic is told so, and what to do', async () => {
	const page = await desk.browser.page({ origin: world.publicUrl });
	await page.goto(`${world.publicUrl}/#token=${desk.token('user_n')}`);
	await page.getByText(t('noclinic.lead')).waitFor();
	assert.match(await main(page), new RegExp(t('noclinic.link')));
	assert.deepEqual(await objections(page), []);
	await page.locator('main').getByRole('button', { name: t('tools.out') })
		.click();
	await page.getByText(t('signin.title')).first().waitFor();
	await page.close();
});

test('of two clinics of one person neither shows the other\'s', async () => {
	const page = await open(member('admin', 'user_p'), '/calls');
	await page.locator(`[href="#/calls/${row.id}"]`).first().waitFor();
	await page.goto(`${world.publicUrl}/#token=` + desk.token('user_p',
		{ o: { id: 'org_other', rol: 'admin' } }));
	await page.getByRole('button', { name: t('signin.switch.yes') }).click();
	await page.getByText(t('overview.empty')).first().waitFor();
	await go(page, '/calls');
	assert.equal(await page.locator(`[href="#/calls/${row.id}"]`).count(), 0);
	await page.close();
});

// A stand-in for Clerk's script: what the page uses of it, and no more.
const CLERK = (token, status) => `
	const parts = {};
	const listeners = [];
	window.mounted = parts;
	window.Clerk = { user: { id: 'user_n' }, organization: null,
		session: { status: '${status}', getToken: async () => '${token}' },
		async load() {},
		addListener(fn) { listeners.push(fn); fn(this); },
		tell() { for (const fn of listeners) fn(this); },
		async signOut() {},
	};
	for (const part of ['SignIn', 'OrganizationList', 'OrganizationSwitcher',
		'TaskChooseOrganization']) {
		window.Clerk['mount' + part] = (node, options) => {
			parts[part] = options ?? {};
			node.textContent = 'Clerk ' + part;
		};
		window.Clerk['unmount' + part] = () => { delete parts[part]; };
	}`;
async function withClerk(token, status) {
	const page = await desk.browser.page({ origin: 'http', bypassCSP: true });
	await page.route('**/api/config', (route) => route.fulfill({ json: {
		clerk_publishable_key: `pk_test_${btoa('clerk.example.test$')}`,
		clerk_tenant: 'organization', desk_recordings: true } }));
	await page.route('https://clerk.example.test/**', (route) =>
		route.fulfill({ contentType: 'text/javascript', headers: {
			'Access-Control-Allow-Origin': '*' }, body: route.request().url()
			.includes('clerk-js') ? CLERK(token, status) : '' }));
	await page.goto(`${world.publicUrl}/`);
	return page;
}

test('with Clerk the clinic is chosen in the page', async () => {
	const page = await withClerk(desk.token('user_n'), 'active');
	await page.getByText('Clerk OrganizationList').waitFor();
	assert.deepEqual(await page.evaluate(() =>
		window.mounted.OrganizationList), { hidePersonal: true });
	// Chosen: another token, and the dashboard of that clinic.
	await page.evaluate((token) => {
		window.Clerk.organization = { id: 'org_a' };
		window.Clerk.session.getToken = async () => token;
		window.Clerk.tell();
	}, member('admin', 'user_n'));
	await page.locator('.figures').first().waitFor();
	await page.getByText('Clerk OrganizationSwitcher').waitFor();
	await page.close();
});

test('a sign-in that wants a clinic chosen says so', async () => {
	for (const status of ['pending', 'active']) {
		const page = await withClerk(desk.token('user_n',
			{ sts: 'pending' }), status);
		await page.getByText(t('signin.choose')).waitFor();
		await page.getByText('Clerk TaskChooseOrganization').waitFor();
		await page.close();
	}
});

test('nothing went wrong in any page', async () => {
	assert.deepEqual((await desk.browser.trouble()).filter((one) =>
		!one.includes('clerk.example.test')), []);
	assert.deepEqual(world.leaks(), []);
});

closing(world);
