// Days, durations and callers in the page's words (web/lib/time.js,
// call-words.js), as they are put together for the browser; and the articles in
// all that it says.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { wrongArticles, wrongGenders } from './lib/articles.js';
import { web } from './lib/shipped.js';
import { tempDir } from './lib/temp.js';

// Node has to be told that they are modules, and a browser knows.
const dir = tempDir('cw-words');
cpSync(web, dir, { recursive: true });
writeFileSync(join(dir, 'package.json'), '{ "type": "module" }');
const part = (name) => import(pathToFileURL(join(dir, 'lib', name)));
const { dayOf, duration, hour, setZone, when } = await part('time.js');
const { language, loadLanguage, problemWords } = await part('i18n.js');
const { caller, numberKind } = await part('ui/call-words.js');

test('a duration has one form, and no hour has sixty minutes', () => {
	for (const [seconds, words, exactly] of [
		[0, '0s'], [45, '45s'], [59.6, '1m'], [75, '1m 15s'], [600, '10m'],
		[3599, '59m 59s'], [3600, '1h'], [3629, '1h', '1h 29s'],
		[3904, '1h 5m', '1h 5m 4s'], [7199, '2h', '1h 59m 59s'],
		[86400, '24h'], [360000, '100h']]) {
		assert.equal(duration(seconds), words);
		assert.equal(duration(seconds, { exact: true }), exactly ?? words);
	}
});

// A browser whose language data write times in another form.
function otherForms(change) {
	const { prototype } = Intl.DateTimeFormat;
	const usual = Object.getOwnPropertyDescriptor(prototype, 'format');

	Object.defineProperty(prototype, 'format', { configurable: true,
		get() {
			return (at) => change(usual.get.call(this)(at));
		} });
	return () => Object.defineProperty(prototype, 'format', usual);
}

test('a day is found whatever form a locale writes it in', () => {
	const restore = otherForms((text) => `11/30/2026 ${text}`);
	try {
		for (const [zone, at, day] of [
			['UTC', '2024-11-30T23:59:59Z', '2024-11-30'],
			['America/New_York', '2024-12-01T04:59:59Z', '2024-11-30'],
			['Pacific/Kiritimati', '2024-12-31T10:00:00Z', '2025-01-01'],
			// The clock is put forward at midnight.
			['Africa/Cairo', '2024-04-25T22:30:00Z', '2024-04-26'],
			['Asia/Kathmandu', '2024-02-29T18:15:00Z', '2024-03-01']]) {
			setZone(zone);
			assert.equal(dayOf(new Date(at)), day, zone);
			assert.match(when(at), /^11\/30\/2026 /);
		}
	} finally {
		restore();
	}
});

test('an hour is taken for one, in whatever form a locale writes it', () => {
	assert.match(hour(15), /^3\sPM$/);
	language.set('es');
	const restore = otherForms((text) => text.replace(/^\d+$/, '$& h'));
	try {
		assert.equal(hour(15), '15:00');
		assert.match(hour(8), /^0?8:00$/);
	} finally {
		restore();
		language.set('en');
	}
});

test('a number that is withheld is none, however the network says so', () => {
	const line = '+15551111111';
	const kind = (number) => numberKind({ caller_phone_number: number }, line);
	for (const number of ['anonymous', 'Anonymous', 'unknown', 'RESTRICTED', '',
		null, '+266696687', '266696687', '+7378742833', '+2562533',
		'+8656696', '+86282452253'])
		assert.equal(kind(number), 'withheld', number);
	for (const number of ['+15552222222', '+2666966871', '+4526669668'])
		assert.equal(kind(number), 'known', number);
	for (const number of ['sip:desk@example.net', 'client:jo', '5552222'])
		assert.equal(kind(number), 'odd', number);
	// As the program and the database say it.
	const rows = readFileSync(new URL('../data/callers.tsv', import.meta.url),
		'utf8').split('\n').filter((row) => row !== '' && row[0] !== '#');
	assert.ok(rows.length > 30);
	for (const [number, yes] of rows.map((row) => row.split('\t')))
		assert.equal(kind(number) === 'withheld', yes === 'yes', number);
	assert.equal(kind(line), 'unknown');
	assert.equal(numberKind({ caller_phone_number: 'test', is_test: true }),
		'test');
	assert.equal(numberKind({ caller_phone_number: line }), 'known');
	assert.equal(caller({ caller_phone_number: 'client:jo' }), 'client:jo');
	assert.equal(caller({ caller_phone_number: '+15552222222' }, line),
		'+1 555 222 2222');
});

// Every text of a language, with its name.
function texts(name) {
	const flat = (value, key) => typeof value === 'string' ? [[key, value]] :
		Object.entries(value).flatMap(([part, one]) =>
			flat(one, `${key}.${part}`));
	return flat(JSON.parse(readFileSync(join(web, 'lang', `${name}.json`),
		'utf8')), name);
}

test('no text has the wrong article', () => {
	for (const [text, wrong] of [['Add a interval', ['a interval']],
		['Add an number', ['an number']], ['A user of an hour', []],
		['a unit, an SMS, an "open" one', []]])
		assert.deepEqual(wrongArticles(text), wrong);
	for (const [text, wrong] of [['Añadir una número', ['una número']],
		['Añadir un asistente a la llamada', []], ['el llamada', ['el llamada']],
		['los días y el idioma', []], ['la problema', ['la problema']]])
		assert.deepEqual(wrongGenders(text), wrong);
	for (const [name, find] of [['en', wrongArticles], ['es', wrongGenders]]) {
		const all = texts(name);
		assert.ok(all.length > 500, name);
		for (const [key, text] of all)
			assert.deepEqual(find(text), [], key);
	}
});

test('what is wrong is said by its code, in the words of the page', async () => {
	const before = [globalThis.fetch, globalThis.document];
	globalThis.fetch = (url) => Promise.resolve(
		new Response(readFileSync(fileURLToPath(url))));
	globalThis.document = { documentElement: {} };
	try {
		await loadLanguage('es');
		for (const [problem, words] of [
			[{ code: 'required', params: {} }, 'es obligatorio'],
			[{ code: 'too_long', params: { n: 12000 } },
				'tiene más de 12.000 caracteres'],
			[{ code: 'wrong_code', params: { n: 1 } },
				'no es el código que se dictó; queda un intento'],
			[{ code: 'wrong_code', params: { n: 3 } },
				'no es el código que se dictó; quedan 3 intentos'],
			[{ code: 'of_a_newer_server', params: {} }, 'as it was told'],
			[{}, 'as it was told']])
			assert.equal(problemWords(problem, 'as it was told'), words);
	} finally {
		[globalThis.fetch, globalThis.document] = before;
		language.set('en');
	}
});
