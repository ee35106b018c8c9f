// Register a number; what follows is its proof.
import { post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { go } from '../lib/router.js';
import { forget, useResource, useRights } from '../lib/store.js';
import { FormErrors, SaveButton, TextField } from '../lib/ui/field.js';
import { required, useForm } from '../lib/ui/form.js';
import { html, useRef } from '../lib/ui/html.js';
import { Icon } from '../lib/ui/icon.js';
import { NumberFields, numberLabels, orNull, writeNumbers }
	from '../lib/ui/number-words.js';
import { Card, Page } from '../lib/ui/page.js';
import { EmptyState, Resource } from '../lib/ui/state.js';

export default function NewNumber() {
	const made = useRef(null);
	const { readOnly, fixed } = useRights();
	const assistants = useResource('assistants');
	const all = assistants.data?.data ?? [];
	// Where there is one assistant alone, it is the one that is meant.
	const form = useForm({ phone_number: '', label: '', fallback_number: '',
		assistant_id: all.length === 1 ? all[0].id : '' }, {
		check: (values) => required(values, 'phone_number'),
		save: async (changes, values) => {
			made.current = await writeNumbers((numbers) =>
				post('phone-numbers', numbers), Object.fromEntries(
				Object.entries(orNull(values)).filter(([, value]) => value)));
			forget('phone-numbers');
			forget('me');
		},
	});
	const submit = async (event) => {
		await form.submit(event);
		if (made.current !== null)
			go(`/numbers/${made.current.id}`);
	};

	if (fixed)
		return html`<${Page} title=${t('number.add')}><${EmptyState} icon="numbers"
			title=${t(readOnly ? 'readonly.text' : 'desk.text')} /></${Page}>`;
	return html`<${Page} title=${t('number.add')} lead=${t('number.add.lead')}
		back=${html`<a class="back-link" href="#/numbers">
			<${Icon} name="back" /> ${t('nav.numbers')}</a>`}>
		<${Card} className="narrow"><${Resource} of=${assistants} lines=${8}>${
			() => html`<form noValidate onSubmit=${submit}>
			<${FormErrors} form=${form} labels=${numberLabels()} />
			<${TextField} type="tel" label=${t('number.number')} required
				autocomplete="off" hint=${t('number.number.hint')}
				...${form.field('phone_number')} />
			<${NumberFields} form=${form} assistants=${all} />
			<div class="form-foot"><${SaveButton} form=${form} always
				label=${t('number.add.save')} />
				<a href="#/numbers" class="button secondary">${t(
					'action.cancel')}</a></div>
		</form>`}</${Resource}></${Card}>
	</${Page}>`;
}
