// How a number is spoken of, and the fields that it has.
import { t, tOr } from '../i18n.js';
import { Badge } from './badge.js';
import { confirm } from './dialog.js';
import { SelectField, TextField } from './field.js';
import { html } from './html.js';

const TONES = { active: 'good', pending: 'warn', paused: 'plain' };

export const NumberBadge = ({ status }) => html`<${Badge}
	tone=${TONES[status] ?? 'plain'} icon=${status === 'active' ? 'check'
		: undefined}>${tOr(`number.status.${status}`, status)}</${Badge}>`;

export const numberLabels = () => ({ phone_number: t('number.number'),
	label: t('number.label'), assistant_id: t('number.assistant'),
	fallback_number: t('number.fallback') });

// What may be changed of a number, also while it is being added.
export function NumberFields({ form, assistants }) {
	const labels = numberLabels();

	return html`<${TextField} label=${labels.label} optional maxlength="80"
			hint=${t('number.label.hint')} ...${form.field('label')} />
		<${SelectField} label=${labels.assistant_id}
			...${form.field('assistant_id')} options=${[
				{ value: '', label: t('number.assistant.none') },
				...assistants.map((one) => ({ value: one.id,
					label: one.name }))]} />
		<${TextField} type="tel" label=${labels.fallback_number} optional
			autocomplete="off" hint=${t('number.fallback.hint')}
			...${form.field('fallback_number')} />`;
}

// Write values by write(values). A number that the server derived from what was
// typed is shown as it would be stored, and written when the person agrees.
export async function writeNumbers(write, values) {
	try {
		return await write(values);
	} catch (error) {
		const read = error.errors ?? [];
		if (read.length === 0 ||
			read.some(({ code }) => code !== 'confirm_number'))
			throw error;
		const agreed = { ...values };
		for (const { field, params } of read) {
			if (!await confirm({ title: t('number.confirm.title'),
				text: t('number.confirm.text', { typed: values[field],
					number: params.number }), yes: t('number.confirm') }))
				throw error;
			agreed[field] = params.number;
		}
		return write(agreed);
	}
}

// Empty fields are null to the server.
export const orNull = (values) => Object.fromEntries(Object.entries(values)
	.map(([name, value]) => [name, String(value).trim() || null]));
