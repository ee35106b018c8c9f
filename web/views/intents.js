// What callers want: the kinds of calls a clinic tells apart, and which of
// them somebody has to follow up.
import { patch, post, remove } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { useStill } from '../lib/press.js';
import { href } from '../lib/router.js';
import { forget, useResource, useRights } from '../lib/store.js';
import { toast } from '../lib/toast.js';
import { Badge } from '../lib/ui/badge.js';
import { confirm } from '../lib/ui/dialog.js';
import { Editor } from '../lib/ui/editor.js';
import { CheckField, SelectField, TextArea, TextField }
	from '../lib/ui/field.js';
import { required, useForm } from '../lib/ui/form.js';
import { classes, html, useState } from '../lib/ui/html.js';
import { Icon } from '../lib/ui/icon.js';
import { Card, Page, toHeading } from '../lib/ui/page.js';
import { EmptyState, errorWords, Resource } from '../lib/ui/state.js';

const lines = (text) => text.split('\n').map((line) => line.trim())
	.filter(Boolean);

function IntentForm({ intent, assistants, onSaved, onClose }) {
	const form = useForm({ name: intent?.name ?? '', slug: intent?.slug ?? '',
		description: intent?.description ?? '',
		example_phrases: (intent?.example_phrases ?? []).join('\n'),
		assistant_id: intent?.assistant_id ?? '',
		marks_follow_up: intent?.marks_follow_up ?? false,
		is_enabled: intent?.is_enabled ?? true }, {
		check: (values) => ({ ...required(values, 'name'),
			...(lines(values.example_phrases).length > 20 &&
				{ example_phrases: t('intents.phrases.many') }),
			...(values.slug !== '' && !/^[a-z][a-z0-9_]{1,49}$/.test(values.slug)
				&& { slug: t('intents.slug.wrong') }) }),
		save: async (changes, values) => {
			const body = { ...(intent ? changes : values) };
			if (body.example_phrases !== undefined)
				body.example_phrases = lines(body.example_phrases);
			if (body.description === '')
				body.description = null;
			if (body.assistant_id === '')
				body.assistant_id = null;
			if (body.slug === '')
				delete body.slug;
			await (intent ? patch(`intents/${intent.id}`, body)
				: post('intents', body));
			onSaved();
		} });

	return html`<${Editor} form=${form} onClose=${onClose} always=${!intent}
		title=${intent ? t('intents.edit', { name: intent.name })
			: t('intents.new')}
		labels=${{ name: t('intents.name'), slug: t('intents.slug'),
			description: t('intents.description'),
			example_phrases: t('intents.phrases'),
			assistant_id: t('intents.assistant') }}>
		<div class="form-row">
			<${TextField} label=${t('intents.name')} required maxlength="80"
				autocomplete="off" ...${form.field('name')} />
			<${TextField} label=${t('intents.slug')} optional maxlength="50"
				autocomplete="off" autocapitalize="off" spellcheck="false"
				hint=${t('intents.slug.hint')} ...${form.field('slug')} />
		</div>
		<${TextField} label=${t('intents.description')} optional maxlength="500"
			hint=${t('intents.description.hint')}
			...${form.field('description')} />
		<${TextArea} label=${t('intents.phrases')} optional rows="4"
			hint=${t('intents.phrases.hint')}
			...${form.field('example_phrases')} />
		${assistants.length > 1 && html`<${SelectField}
			label=${t('intents.assistant')} ...${form.field('assistant_id')}
			options=${[{ value: '', label: t('intents.assistant.all') },
				...assistants.map((one) => ({ value: one.id,
					label: one.name }))]} />`}
		<${CheckField} label=${t('intents.follow_up')}
			hint=${t('intents.follow_up.hint')}
			...${form.field('marks_follow_up')} />
		<${CheckField} label=${t('intents.enabled')}
			hint=${t('intents.enabled.hint')} ...${form.field('is_enabled')} />
	</${Editor}>`;
}

function Intent({ intent, assistant, fixed, onEdit, onRemove }) {
	return html`<${Card} id=${`intent-${intent.id}`} title=${intent.name}
		className=${classes('intent', !intent.is_enabled && 'off')}
		lead=${intent.description} actions=${html`
			${intent.marks_follow_up && html`<${Badge} tone="warn" icon="flag">
				${t('intents.marks')}</${Badge}>`}
			${!intent.is_enabled && html`<${Badge}>${t('intents.disabled')}
				</${Badge}>`}`}>
		${intent.example_phrases.length > 0 && html`<ul class="phrases">
			${intent.example_phrases.map((phrase) => html`<li key=${phrase}>
				<q dir="auto">${phrase}</q></li>`)}</ul>`}
		<p class="muted small intent-facts"><code>${intent.slug}</code>
			${assistant && html`<span dir="auto">${assistant}</span>`}</p>
		<div class="actions card-foot">
			${!fixed && html`<button type="button" class="small secondary"
				onClick=${onEdit}><${Icon} name="edit" size="1em" />
				${t('action.edit')}<span class="sr">${intent.name}</span></button>
			<button type="button" class="small quiet" onClick=${onRemove}>
				<${Icon} name="trash" size="1em" /> ${t('action.delete')}
				<span class="sr">${intent.name}</span></button>`}
			<a class="small" href=${href('/calls', { intent: intent.slug })}>
				${t('intents.calls')}<span class="sr">: ${intent.name}</span></a>
		</div>
	</${Card}>`;
}

export default function IntentsView() {
	const intents = useResource('intents');
	const assistants = useResource('assistants');
	const { fixed } = useRights();
	const [edited, setEdited] = useState(null);
	const still = useStill((intents.data?.data ?? []).map((one) => one.id));
	const voices = assistants.data?.data ?? [];
	const refresh = () => {
		forget('intents');
		intents.reload();
	};
	const drop = async (one) => {
		if (!await confirm({ title: t('intents.delete.title',
			{ name: one.name }), text: t('intents.delete.text'),
		yes: t('action.delete'), danger: true }))
			return;
		try {
			await remove(`intents/${one.id}`);
			toHeading();
			refresh();
			toast(t('intents.deleted', { name: one.name }));
		} catch (error) {
			const { title, advice } = errorWords(error);
			toast(`${title} ${advice}`, { kind: 'bad' });
		}
	};
	const add = !fixed && html`<button type="button"
		onClick=${() => setEdited({})}><${Icon} name="plus" />
		${t('intents.add')}</button>`;

	return html`<${Page} title=${t('nav.intents')} lead=${t('intents.lead')}
		actions=${add}>
		<${Resource} of=${intents} lines=${6} className="card">${({ data }) =>
			data.length === 0
				? html`<div class="card"><${EmptyState} icon="intents"
					title=${t('intents.none')}>
					${t('intents.none.text')}</${EmptyState}></div>`
				: html`<div class="cards"
					onClickCapture=${still}>${data.map((one) => html`<${Intent}
					key=${one.id} intent=${one} fixed=${fixed}
					assistant=${voices.find((voice) =>
						voice.id === one.assistant_id)?.name}
					onEdit=${() => setEdited(one)}
					onRemove=${() => drop(one)} />`)}</div>`}
		</${Resource}>
		${edited && html`<${IntentForm} intent=${edited.id ? edited : null}
			assistants=${voices} onClose=${() => setEdited(null)}
			onSaved=${() => {
				setEdited(null);
				refresh();
				toast(t('form.saved'), { kind: 'good' });
			}} />`}
	</${Page}>`;
}
