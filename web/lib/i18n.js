// All words of the page come from one file a language, lang/XX.json: flat
// keys, {name} for what is put in, and {"one": …, "other": …} where a count
// {n} decides the form. Numbers put in are written the language's way.
import { signal } from './signal.js';

export const LANGUAGES = { en: 'English', es: 'Español' };

// The language that stands; changing it draws the page anew.
export const language = signal('en');

let words = {};
let plurals = new Intl.PluralRules('en');
const formats = new Map();

function formatter(name, make) {
	const key = `${language.get()} ${name}`;

	if (!formats.has(key))
		formats.set(key, make(language.get()));
	return formats.get(key);
}

// The first of the wanted languages that there is; "es-MX" finds es.
export function pick(...wanted) {
	for (const tag of wanted.flat()) {
		const base = String(tag ?? '').toLowerCase().split('-')[0];
		if (base in LANGUAGES)
			return base;
	}
	return 'en';
}

export async function loadLanguage(tag) {
	const response = await fetch(
		new URL(`../lang/${tag}.json`, import.meta.url));

	if (!response.ok)
		throw new Error(`no language file ${tag}`);
	words = await response.json();
	plurals = new Intl.PluralRules(tag);
	document.documentElement.lang = tag;
	language.set(tag);
}

export const has = (key) => key in words;

// Words that are written from right to left are kept apart from the sentence
// that they stand in (Unicode's isolates).
const apart = (words) => /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/
	.test(words) ? `\u2068${words}\u2069` : words;

export function t(key, values = {}) {
	let text = words[key];

	if (typeof text === 'object')
		text = text[plurals.select(values.n)] ?? text.other;
	if (text === undefined)
		return key;
	return text.replace(/\{(\w+)\}/g, (whole, name) => {
		const value = values[name];
		return typeof value === 'number' ? number(value)
			: apart(value ?? whole);
	});
}

// The text of a key that may be missing, such as that of a state which a
// newer server knows: the word itself is shown then.
export const tOr = (key, word) => has(key) ? t(key) : word;

// What the server says is wrong, in the page's language: by its code, with its
// parameters. A code that a newer server knows is shown in the server's words.
export const problemWords = ({ code, params }, message) =>
	has(`problem.${code}`) ? t(`problem.${code}`, params) : message;

export const number = (value, options) => formatter(
	`number ${JSON.stringify(options)}`,
	(tag) => new Intl.NumberFormat(tag, options)).format(value);
export const percent = (value) =>
	number(value / 100, { style: 'percent', maximumFractionDigits: 0 });
export const change = (value) => number(value / 100, { style: 'percent',
	maximumFractionDigits: 0, signDisplay: 'exceptZero' });
export const money = (value) => number(value, { style: 'currency',
	currency: 'USD' });
export const list = (items) => formatter('list',
	(tag) => new Intl.ListFormat(tag)).format(items);
export const bytes = (value) => number(value / 1e6, { style: 'unit',
	unit: 'megabyte', maximumFractionDigits: 1 });
