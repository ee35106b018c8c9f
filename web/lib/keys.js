// Single keys that do something. They can be switched off (WCAG 2.1.4) and
// never act while one types or a dialog is open.
import { t } from './i18n.js';
import { recall, remember } from './memory.js';
import { signal, useSignal } from './signal.js';
import { Dialog } from './ui/dialog.js';
import { CheckField } from './ui/field.js';
import { html, useLayoutEffect, useRef } from './ui/html.js';

const enabled = signal(recall('keys') !== 'off');

function enable(on) {
	enabled.set(on);
	remember('keys', on ? null : 'off');
}

function isTyping(target) {
	return target.closest?.('textarea, select, [contenteditable], dialog, ' +
		'input:not([type=radio]):not([type=checkbox]):not([type=range])');
}

// keys: {'j': (event) => …}; what is handled is not passed on, unless the
// function answers false.
export function useKeys(keys) {
	const now = useRef(keys);

	now.current = keys;
	// As soon as the view is seen, not after the next frame.
	useLayoutEffect(() => {
		const listen = (event) => {
			const act = now.current[event.key];
			if (!act || !enabled.get() || event.ctrlKey || event.metaKey ||
				event.altKey || event.defaultPrevented ||
				isTyping(event.target) || document.querySelector('dialog[open]'))
				return;
			if (act(event) !== false)
				event.preventDefault();
		};
		addEventListener('keydown', listen);
		return () => removeEventListener('keydown', listen);
	}, []);
}

const HELP = [
	['keys.everywhere', [['?', 'keys.help']]],
	['keys.calls', [['j', 'keys.down'], ['k', 'keys.up'], ['Enter', 'keys.open'],
		['/', 'keys.search'], ['n', 'keys.next']]],
	['keys.call', [['p', 'keys.play'], ['←', 'keys.back'], ['→', 'keys.on'],
		['s', 'keys.speed'], ['u', 'keys.list']]],
];

export function HelpDialog({ onClose }) {
	const on = useSignal(enabled);

	return html`<${Dialog} title=${t('keys.title')} onClose=${onClose}>
		<div class="keys">${HELP.map(([title, rows]) => html`<section key=${title}>
			<h3>${t(title)}</h3>
			<dl>${rows.map(([key, words]) => html`<div key=${key}>
				<dt><kbd>${key}</kbd></dt><dd>${t(words)}</dd></div>`)}</dl>
		</section>`)}</div>
		<${CheckField} name="keys" label=${t('keys.enabled')} value=${on}
			onValue=${enable} />
	</${Dialog}>`;
}
