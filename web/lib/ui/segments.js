// A choice of a few, as radio buttons in a row.
import { html } from './html.js';

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
