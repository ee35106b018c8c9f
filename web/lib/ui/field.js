// Fields with a label, a hint and the error that belongs to them.
import { t } from '../i18n.js';
import { html, useEffect, useRef } from './html.js';
import { ErrorState } from './state.js';

export const fieldId = (name) => `field-${name.replace(/\W/g, '-')}`;

function Frame({ label, hint, error, name, id, optional, children, quiet }) {
	return html`<div class=${error ? 'field invalid' : 'field'}
		data-field=${name}>
		<label for=${id} class=${quiet ? 'sr' : ''}>${label}${optional &&
			html` <span class="muted">${t('form.optional')}</span>`}</label>
		${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
		${children}
		${error && html`<p class="field-error" id=${`${id}-error`}>${error}</p>`}
	</div>`;
}

// What every control of a field carries.
function control({ id, hint, error, name, required }) {
	const described = [hint && `${id}-hint`, error && `${id}-error`]
		.filter(Boolean).join(' ');

	return { id, name, required, 'aria-invalid': error ? 'true' : undefined,
		'aria-describedby': described || undefined };
}

// props: label, hint, optional, quiet (label for screen readers only), those
// of form.field(name), and any attribute of the control itself.
function split(props) {
	const { label, hint, error, name, value, onValue, optional, quiet,
		required, options, children, ...rest } = props;
	const id = props.id ?? fieldId(name);

	return { id, value, onValue, options, rest,
		frame: { label, hint, error, name, id, optional, quiet },
		common: control({ id, hint, error, name, required }) };
}

export function TextField(props) {
	const { value, onValue, rest, frame, common } = split(props);

	return html`<${Frame} ...${frame}><input type="text" dir="auto" ...${common}
		...${rest} value=${value} onInput=${(event) => onValue(event.target.value)} />
	</${Frame}>`;
}

export function TextArea(props) {
	const { value, onValue, rest, frame, common } = split(props);

	return html`<${Frame} ...${frame}><textarea dir="auto" ...${common} rows="3"
		...${rest} value=${value} onInput=${(event) => onValue(event.target.value)} />
	</${Frame}>`;
}

// options: [{value, label}].
export function SelectField(props) {
	const { value, onValue, options, rest, frame, common } = split(props);

	return html`<${Frame} ...${frame}><select ...${common} ...${rest}
		value=${value} onChange=${(event) => onValue(event.target.value)}>
		${options.map((option) => html`<option key=${option.value} dir="auto"
			value=${option.value} selected=${option.value === value}
			>${option.label}</option>`)}
	</select></${Frame}>`;
}

export function CheckField({ label, hint, name, value, error, onValue,
	...rest }) {
	const id = rest.id ?? fieldId(name);

	return html`<div class=${error ? 'field check invalid' : 'field check'}
		data-field=${name}>
		<label for=${id}><input type="checkbox" ...${control({ id, hint, error,
			name })} ...${rest} checked=${Boolean(value)}
			onChange=${(event) => onValue(event.target.checked)} />
			<span>${label}</span></label>
		${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
		${error && html`<p class="field-error" id=${`${id}-error`}>${error}</p>`}
	</div>`;
}

// Short words in a row; Enter or a comma adds one, each can be taken out.
export function TagsField(props) {
	const { value, onValue, rest, frame, common } = split(props);
	const input = useRef(null);
	const add = () => {
		const word = input.current.value.replace(/,/g, ' ').trim();
		input.current.value = '';
		if (word !== '' && !value.includes(word))
			onValue([...value, word]);
	};

	return html`<${Frame} ...${frame}><div class="tags-field">
		<ul class="tags">${value.map((word) => html`<li key=${word}>
			<span class="tag" dir="auto">${word}<button type="button" class="quiet"
				aria-label=${t('form.tag.remove', { tag: word })}
				onClick=${() => {
					onValue(value.filter((one) => one !== word));
					input.current.focus();
				}}>×</button></span></li>`)}</ul>
		<input type="text" dir="auto" ...${common} ...${rest} ref=${input}
			onKeyDown=${(event) => {
				if (event.key === 'Enter' || event.key === ',') {
					event.preventDefault();
					add();
				} else if (event.key === 'Backspace' && !event.repeat &&
					event.target.value === '') {
					onValue(value.slice(0, -1));
				}
			}} onBlur=${add} />
	</div></${Frame}>`;
}

// Above a form after a refused save: what is wrong, each leading to its
// field, or the fault that kept it from being saved. Takes the focus.
// labels: {field name: its label}.
export function FormErrors({ form, labels = {} }) {
	const box = useRef(null);
	const names = Object.keys(form.errors);

	useEffect(() => {
		if (form.attempt > 0)
			box.current?.focus();
	}, [form.attempt]);
	if (names.length === 0 && form.fault === null)
		return null;
	return html`<div class="form-errors" tabindex="-1" ref=${box}>
		${form.fault && html`<${ErrorState} error=${form.fault} />`}
		${names.length > 0 && html`<div class="notice bad" role="alert">
			<div class="notice-body">
			<p><strong>${t('form.errors', { n: names.length })}</strong></p>
			<ul>${names.map((name) => html`<li key=${name}><button type="button"
				class="link" onClick=${() => document.getElementById(
					fieldId(name))?.focus()}>${labels[name] ?? name}</button>
				${' '}${form.errors[name]}</li>`)}</ul>
			</div>
		</div>`}
	</div>`;
}

export function SaveButton({ form, label, always = false }) {
	return html`<button type="submit" aria-disabled=${String(form.saving ||
		!always && !form.dirty)} aria-busy=${form.saving ? 'true' : undefined}
		onClick=${(event) => {
			if (form.saving || !always && !form.dirty)
				event.preventDefault();
		}}>${label ?? t('action.save')}</button>`;
}

