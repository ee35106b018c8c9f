// A few choices with a word of explanation each, one of which stands.
import { html, useId } from './html.js';

// options: [{value, label, hint}]; the rest is that of form.field(name).
export function Choice({ label, name, value, options, error, onValue }) {
	const id = useId();

	return html`<fieldset class=${error ? 'choices field invalid'
		: 'choices field'} aria-describedby=${error ? `${id}-error` : undefined}>
		<legend>${label}</legend>
		${options.map((option) => html`<div class="choice" key=${option.value}>
			<label><input type="radio" name=${name} value=${option.value}
				checked=${option.value === value}
				aria-describedby=${option.hint && `${id}-${option.value}`}
				onChange=${() => onValue(option.value)} />
				<span>${option.label}</span></label>
			${option.hint && html`<p class="hint" id=${`${id}-${option.value}`}>
				${option.hint}</p>`}
		</div>`)}
		${error && html`<p class="field-error" id=${`${id}-error`}>${error}</p>`}
	</fieldset>`;
}
