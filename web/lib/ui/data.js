// Data of any shape, such as what an assistant extracted from a call, so that
// a person can read it.
import { number, t } from '../i18n.js';
import { humanise } from './call-words.js';
import { html } from './html.js';

const DEEPEST = 6;
const SLUG = /^[a-z]+(_[a-z]+)+$/;

export function Data({ value, depth = 0 }) {
	if (value === null || value === undefined || value === '')
		return html`<span class="muted">–</span>`;
	if (typeof value === 'boolean')
		return t(value ? 'word.yes' : 'word.no');
	if (typeof value === 'number')
		return number(value);
	if (typeof value !== 'object')
		return html`<span dir="auto">${SLUG.test(value) ? humanise(value)
			: String(value)}</span>`;
	if (depth === DEEPEST)
		return html`<code dir="auto">${JSON.stringify(value)}</code>`;
	if (Array.isArray(value)) {
		return value.length === 0 ? html`<span class="muted">–</span>`
			: html`<ul class="data-list">${value.map((one, i) => html`<li
				key=${i}><${Data} value=${one} depth=${depth + 1} /></li>`)}</ul>`;
	}
	return html`<dl class="facts">${Object.entries(value).map(([name, one]) =>
		html`<div key=${name}><dt dir="auto">${humanise(name)}</dt>
			<dd><${Data} value=${one} depth=${depth + 1} /></dd></div>`)}</dl>`;
}
