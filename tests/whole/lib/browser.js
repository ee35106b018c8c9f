// A real browser: Debian's chromium, driven over its own protocol. Every page
// is watched: a violated policy, an error nobody caught, or a request to
// another host than ours is a failure of the test that looks at trouble().
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url)
	.resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(process.env.CALLWARD_BUILD, 'screens');

// Rules of WCAG 2.2 at AA, and what axe calls best practice.
const RULES = { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa',
	'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] } };

export class Browser {
	async open() {
		mkdirSync(shots, { recursive: true });
		this.browser = await chromium.launch({
			executablePath: '/usr/bin/chromium', timeout: 60000,
			args: ['--no-sandbox', '--disable-gpu',
				'--autoplay-policy=no-user-gesture-required'] });
		this.pages = [];
		return this;
	}

	// origin  where the page is served; nothing else may be asked
	async page({ origin, dark = false, width = 1280, height = 900,
		...context }) {
		const where = await this.browser.newContext({
			viewport: { width, height },
			colorScheme: dark ? 'dark' : 'light', locale: 'en-US',
			reducedMotion: 'reduce', acceptDownloads: true, ...context });
		await where.addInitScript(() => {
			window.violations = [];
			document.addEventListener('securitypolicyviolation', (event) =>
				window.violations.push(`${event.violatedDirective} ` +
					event.blockedURI));
			window.shifts = 0;
			new PerformanceObserver((list) => {
				for (const entry of list.getEntries())
					if (!entry.hadRecentInput)
						window.shifts += entry.value;
			}).observe({ type: 'layout-shift', buffered: true });
		});
		const page = await where.newPage();
		page.setDefaultTimeout(15000);
		page.wrong = [];
		page.on('pageerror', (error) => page.wrong.push(`error: ${error.stack}`));
		page.on('console', (message) => {
			if (/Content.Security.Policy/i.test(message.text()))
				page.wrong.push(message.text());
		});
		page.on('request', (request) => {
			const url = request.url();
			if (!url.startsWith(origin) && !/^(blob|data):/.test(url))
				page.wrong.push(`asks ${url}`);
		});
		this.pages.push(page);
		return page;
	}

	// What went wrong in any page so far.
	async trouble() {
		const all = [];
		for (const page of this.pages) {
			all.push(...page.wrong);
			if (!page.isClosed())
				all.push(...await page.evaluate(() => window.violations));
		}
		return all;
	}

	close() {
		return this.browser.close();
	}
}

// What axe objects to, one line each.
export async function objections(page) {
	await page.evaluate(axe);
	const found = await page.evaluate((rules) =>
		window.axe.run(document, rules), RULES);
	return found.violations.flatMap((rule) => rule.nodes.map((node) =>
		`${rule.id}: ${node.target.join(' ')} ` +
		node.failureSummary.replaceAll('\n', ' ')));
}

// Kept below the build for a person to look at.
export function shot(page, name) {
	return page.screenshot({ path: join(shots, `${name}.png`),
		fullPage: true });
}
