// The page in WebKit, which is what iPads and iPhones have: every view, clicks
// that go where they are made, and a recording that comes late.
// Needs: WebKitWebDriver, Xvfb
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closing } from './lib/closing.js';
import { openDesk, t, VIEWS } from './lib/desk.js';
import { waitFor } from './lib/process.js';
import { startFront, WebKit } from './lib/webkit.js';
import { A } from './lib/world.js';

const LATE_MS = 8000;

const desk = await openDesk({ browse: false });
const { world } = desk;
const front = await startFront(world.port);
const webkit = new WebKit();
after(async () => {
	await webkit.close();
	front.close();
});

// A call that was held, and four numbers: the third is not the last.
const row = await world.connected(A);
await world.sim.connect(row.vapi_call_id, row.twilio_call_sid);
await waitFor(async () => (await desk.ask(A, `/api/calls/${row.id}`))
	.has_recording, { what: 'recording' });
for (const number of ['+15556660001', '+15556660002', '+15556660003'])
	await desk.ask(A, '/api/phone-numbers', { method: 'POST',
		body: { phone_number: number } });

// Nothing is on its way any more, whether it went well or not.
const settled = () => webkit.until(() => document.querySelector(
	'h1, main .notice.bad') !== null && document.querySelector(
	'.skeleton, .boot, .waiting, [aria-busy=true]') === null);

async function show(at) {
	await webkit.run((hash) => {
		location.hash = hash;
	}, `#${at}`);
	await webkit.until(`() => document.title !== '' && ` +
		`location.hash === '#${at}'`);
	await settled();
}

const hash = () => webkit.run(() => location.hash);

test('one signs in', async (context) => {
	context.diagnostic(`WebKit ${(await webkit.open()).version}`);
	await webkit.size(1280, 1000);
	await webkit.go(`${front.url}/#token=${desk.token(A.user)}`);
	await settled();
});

for (const [at, words] of [...VIEWS, [`/calls/${row.id}`], ['/numbers/new']])
	test(`every view: ${words ? at : at.replace(row.id, 'one')}`, async () => {
		await show(at);
		const { title, broken } = await webkit.run(() => ({
			title: document.querySelector('h1')?.textContent,
			broken: document.querySelector('main .notice.bad')?.textContent
				?? null }));
		assert.equal(broken, null);
		if (words !== undefined)
			assert.equal(title, t(words));
		assert.deepEqual(front.wrong.splice(0), []);
	});

test('a click on Filters opens the filters, and no call', async () => {
	await show('/calls');
	await webkit.click('[aria-controls=filters]');
	await webkit.until(() => !document.getElementById('filters').hidden);
	assert.equal(await hash(), '#/calls');
	// Elsewhere in between: two clicks at once would be a double click.
	await webkit.click('h1');
	await webkit.click('[aria-controls=filters]');
	await webkit.until(() => document.getElementById('filters').hidden);
	assert.equal(await hash(), '#/calls');
});

for (const [at, cell] of [['/calls', 'c-when'], ['/calls', 'c-follow'],
	['/numbers', 'c-status'], ['/numbers', 'c-next']])
	test(`a click on the third row of ${at} opens the third: ${cell}`,
		async () => {
			await show(at);
			const third = await webkit.run(() => document.querySelector(
				'.list tbody tr:nth-child(3) a').getAttribute('href'));
			await webkit.click(`.list tbody tr:nth-child(3) > .${cell}`);
			await webkit.until(`() => location.hash !== '#${at}'`);
			assert.equal(await hash(), third);
			await settled();
		});

// A recording -----------------------------------------------------------------

// Whether it is heard: it goes on.
const heard = (how) => webkit.until(() => {
	const { paused, currentTime } = document.querySelector('audio') ?? {};
	return paused === false && currentTime > 0;
}, { what: 'sound', ...how });

const toldOf = () => webkit.run(() =>
	document.querySelector('.player [role=status]').textContent);

test('a recording that comes late is heard after one click on Play',
	async () => {
		front.hold = { path: /\/recording$/, ms: LATE_MS };
		await show(`/calls/${row.id}`);
		await webkit.click('.player-play');
		await waitFor(() => front.asked.some((url) =>
			url.endsWith('/recording')), { what: 'question for it' });
		await heard({ timeoutMs: LATE_MS + 30000 });
		assert.equal(await webkit.run(() =>
			document.querySelector('.player-play').textContent.trim()),
		t('player.pause'));
		assert.equal(await toldOf(), '');
	});

test('where no sound may begin by itself, the page says that it is ready',
	async () => {
		front.hold = null;
		await show('/calls');
		await show(`/calls/${row.id}`);
		// Nobody's click.
		await webkit.run(() => document.querySelector('.player-play').click());
		await webkit.until(`() => document.querySelector(` +
			`'.player [role=status]').textContent === ` +
			`${JSON.stringify(t('player.refused'))}`);
		assert.equal(await webkit.run(() =>
			document.querySelector('audio').paused), true);
		await webkit.click('.player-play');
		await heard();
		await webkit.until(`() => document.querySelector(` +
			`'.player [role=status]').textContent === ''`);
	});

test('nothing of a token stands in an address', () => {
	assert.ok(front.asked.length > 50);
	assert.deepEqual(front.asked.filter((url) => /token|eyJ/.test(url)), []);
});

test('no policy was violated and no error went uncaught', () => {
	assert.deepEqual(front.wrong, []);
});

closing(world);
