// How a number is spoken of, and the fields that it has.
import { t, tOr } from '../i18n.js';
import { Badge } from './badge.js';
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

// Empty fields are null to the server.
export const orNull = (values) => Object.fromEntries(Object.entries(values)
	.map(([name, value]) => [name, String(value).trim() || null]));
