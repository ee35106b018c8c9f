// Tabs by the pattern of WAI-ARIA: arrows move, Home and End jump.
import { html, useRef } from './html.js';

// tabs: [{id, label}]; children draw the panel of the current one.
export function Tabs({ label, tabs, current, onChange, children }) {
	const bar = useRef(null);
	const move = (event) => {
		const at = tabs.findIndex((tab) => tab.id === current);
		const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0,
			End: tabs.length - 1 }[event.key];
		if (to === undefined)
			return;
		event.preventDefault();
		const next = (to + tabs.length) % tabs.length;
		onChange(tabs[next].id);
		bar.current.children[next].focus();
	};

	return html`<div class="tabs">
		<div class="tab-bar" role="tablist" aria-label=${label} ref=${bar}
			onKeyDown=${move}>${tabs.map((tab) => html`<button type="button"
				role="tab" key=${tab.id} id=${`tab-${tab.id}`}
				aria-selected=${String(tab.id === current)}
				aria-controls="tab-panel"
				tabindex=${tab.id === current ? 0 : -1}
				onClick=${() => onChange(tab.id)}>${tab.label}</button>`)}
		</div>
		<div role="tabpanel" id="tab-panel"
			aria-labelledby=${`tab-${current}`}>${children}</div>
	</div>`;
}

// A few choices of which one stands, as radio buttons in a row.
export function Segments({ label, name, options, value, onChange }) {
	return html`<fieldset class="segments">
		<legend class="sr">${label}</legend>
		${options.map((option) => html`<label key=${option.value}>
			<input type="radio" name=${name} value=${option.value}
				checked=${option.value === value}
				onChange=${() => onChange(option.value)} />
			<span>${option.label}</span></label>`)}
	</fieldset>`;
}
