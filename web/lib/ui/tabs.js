import { html } from './html.js';

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
