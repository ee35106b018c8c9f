// What the browser tests share: a world whose clinics have a past, links that
// open their dashboards, and the words of the page.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from './browser.js';
import { claims, commonKey, makeToken, nowS, pem } from './token.js';
import { openWorld, source } from './world.js';

const en = JSON.parse(readFileSync(join(source, 'web/lang/en.json'), 'utf8'));

// The words of a key, with what is put in.
export function t(key, values = {}) {
	const words = en[key];
	if (words === undefined)
		throw new Error(`web/lang/en.json has no ${key}`);
	return (typeof words === 'string' ? words :
		words[values.n === 1 ? 'one' : 'other'])
		.replaceAll(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

// Every view by its address, with the words that it is known by.
export const VIEWS = [
	['/', 'nav.overview'], ['/calls', 'nav.calls'],
	['/numbers', 'nav.numbers'], ['/hours', 'nav.hours'],
	['/assistants', 'nav.assistants'], ['/intents', 'nav.intents'],
	['/tests', 'nav.tests'], ['/usage', 'nav.usage'],
	['/settings', 'nav.settings'],
];

// browse  whether there is a browser of lib/browser.js
export async function openDesk({ past = true, browse = true,
	...options } = {}) {
	const pair = commonKey();
	const world = await openWorld({ ...options, settings: {
		CLERK_ISSUER: 'callward-trial',
		CLERK_JWT_KEY: pem(pair).trim().replaceAll('\n', ' '),
		...options.settings } });
	if (past)
		await world.cluster.query(readFileSync(join(source,
			'packaging/quickstart/history.sql'), 'utf8'));
	const browser = browse ? await new Browser().open() : null;
	const token = (user, more = {}) => makeToken(pair, claims({
		iss: 'callward-trial', sub: user, exp: nowS() + 3600, ...more }));
	return {
		world, browser, token,
		// A page of this clinic's dashboard, at an address of it.
		async sign(tenant, { at = '/', ...how } = {}) {
			const page = await browser.page({ origin: world.publicUrl,
				...how });
			await page.goto(`${world.publicUrl}/#token=` +
				token(tenant.user));
			await page.locator('nav').first().waitFor();
			if (at !== '/')
				await page.goto(`${world.publicUrl}/#${at}`);
			await settled(page);
			return page;
		},
		// Answers a request of the API as this clinic.
		ask: (tenant, path, { body, method = 'GET' } = {}) =>
			world.get(path, { method, headers: {
				Authorization: `Bearer ${token(tenant.user)}`,
				...(body === undefined ? {} :
					{ 'Content-Type': 'application/json' }) },
			body: body === undefined ? undefined : JSON.stringify(body) })
				.then((answer) => JSON.parse(answer.body)),
	};
}

// What follows a moment after the page was drawn has happened: its title, where
// the focus goes, what listens to keys, what asks before one leaves.
export const followed = (page) => page.evaluate(() => new Promise((resolve) =>
	requestAnimationFrame(() => setTimeout(resolve))));

// Nothing is on its way any more.
export async function settled(page) {
	await page.locator('h1').first().waitFor();
	await page.waitForFunction(() => document.querySelector(
		'.skeleton, .boot, .waiting, [aria-busy=true]') === null);
	await followed(page);
}

// Where the focus is, in words.
export const focused = (page) => page.evaluate(() => {
	const at = document.activeElement;
	return at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ??
		at.textContent.trim();
});

// The sentence that stands at a field which is marked as wrong, and belongs to
// it. expected: wait for this one.
export async function complaint(field, expected) {
	const page = field.page();
	await field.and(page.locator('[aria-invalid=true]')).waitFor();
	const ids = (await field.getAttribute('aria-describedby')).split(' ');
	const told = page.locator(`#${ids.at(-1)}`);
	if (expected !== undefined)
		await told.filter({ hasText: expected }).waitFor();
	return told.innerText();
}
