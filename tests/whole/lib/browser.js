// A real browser: Debian's chromium, driven over its own protocol, or with
// CALLWARD_BROWSER=firefox its firefox-esr, over WebDriver BiDi. Every page
// is watched: a violated policy, an error nobody caught, or a request to
// another host than ours is a failure of the test that looks at trouble().
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium, firefox } from 'playwright-core';
import { waitFor } from './process.js';
import { tempDir } from './temp.js';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(process.env.CALLWARD_BUILD, 'screens');

// Rules of WCAG 2.2 at AA, and what axe calls best practice.
const RULES = { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa',
	'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
resultTypes: ['violations'] };

// What a window of chromium's loads below its address bar takes longer than our
// page does, and so does a renderer that is begun before anybody asks for one.
// The last list counts, so playwright's is in it.
const { chromiumSwitches } = require(join(dirname(require.resolve(
	'playwright-core/package.json')),
'lib/server/chromium/chromiumSwitches.js'));
const WITHOUT = [...chromiumSwitches()
	.filter((name) => name.startsWith('--disable-features=')),
'WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup',
'SpareRendererForSitePerProcess'].join(',');

const launchers = {
	chromium: () => chromium.launch({
		executablePath: '/usr/bin/chromium', timeout: 60000,
		args: [WITHOUT, '--no-sandbox', '--disable-gpu',
			'--autoplay-policy=no-user-gesture-required'] }),
	// Any channel "moz-…" is BiDi, for a Firefox that is not playwright's.
	// Without a loudspeaker it plays nothing that is not silent.
	firefox: (downloads) => firefox.launch({ channel: 'moz-firefox',
		executablePath: '/usr/bin/firefox-esr', timeout: 60000,
		firefoxUserPrefs: { 'media.default_volume': '0.0',
			'browser.download.folderList': 2,
			'browser.download.dir': downloads } }),
};
const name = process.env.CALLWARD_BROWSER ?? 'chromium';
if (launchers[name] === undefined)
	throw new Error(`CALLWARD_BROWSER: ${Object.keys(launchers).join(' or ')}`);

// Over BiDi a step within a document is told without a load, for which goto()
// would wait.
function stepsAside(page) {
	const goto = page.goto.bind(page);

	page.goto = (url, options) => page.url().split('#')[0] ===
		url.split('#')[0] ? page.evaluate((to) => location.assign(to), url)
		: goto(url, options);
}

export class Browser {
	async open() {
		mkdirSync(shots, { recursive: true });
		this.downloads = tempDir('cw-downloads');
		this.browser = await launchers[name](this.downloads);
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
		if (name === 'firefox')
			stepsAside(page);
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

	// The one file that act() has the page hand over: {name, text}. Over BiDi
	// playwright hears nothing of a blob's, so its folder is watched.
	async download(page, act) {
		if (name === 'firefox') {
			await act();
			const [file] = await waitFor(() => {
				const files = readdirSync(this.downloads);
				return files.length === 1 && statSync(join(this.downloads,
					files[0])).size > 0 && files;
			}, { what: 'file' });
			return { name: file, text: readFileSync(join(this.downloads, file),
				'utf8') };
		}
		const [file] = await Promise.all([page.waitForEvent('download'),
			act()]);
		return { name: file.suggestedFilename(),
			text: readFileSync(await file.path(), 'utf8') };
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
	if (!await page.evaluate(() => 'axe' in window))
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
