// The clinic's voices: what a clinic may set of each. Which assistant of the
// provider stands behind one is the operator's.
import { patch, post, remove } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { useStill } from '../lib/press.js';
import { forget, loadMe, useResource, useRights } from '../lib/store.js';
import { date, duration } from '../lib/time.js';
import { toast } from '../lib/toast.js';
import { Badge } from '../lib/ui/badge.js';
import { confirm } from '../lib/ui/dialog.js';
import { Editor } from '../lib/ui/editor.js';
import { SelectField, TextArea, TextField } from '../lib/ui/field.js';
import { required, useForm } from '../lib/ui/form.js';
import { html, useState } from '../lib/ui/html.js';
import { Icon } from '../lib/ui/icon.js';
import { LANGUAGE_TAGS, languageName } from '../lib/ui/languages.js';
import { Card, Facts, Page, toHeading } from '../lib/ui/page.js';
import { EmptyState, errorWords, Resource } from '../lib/ui/state.js';

const MINUTES = [2, 3, 5, 10, 15, 20, 30, 60];

// What is there may be no choice of ours: it is offered, too.
const withOwn = (choices, own) => own === '' || choices.includes(own) ? choices
	: [...choices, own];

function AssistantForm({ assistant, onSaved, onClose }) {
	const form = useForm({ name: assistant?.name ?? '',
		greeting: assistant?.greeting ?? '',
		language: assistant?.language ?? '',
		max_duration_seconds: String(assistant?.max_duration_seconds ?? 600) }, {
		check: (values) => required(values, 'name'),
		save: async (changes, values) => {
			const { greeting, language, ...sent } = assistant ? changes : values;
			const body = { ...sent,
				...(greeting !== undefined && { greeting: greeting || null }),
				...(language !== undefined && { language: language || null }),
				...(sent.max_duration_seconds !== undefined && {
					max_duration_seconds: Number(sent.max_duration_seconds) }) };
			await (assistant ? patch(`assistants/${assistant.id}`, body)
				: post('assistants', body));
			onSaved();
		} });

	return html`<${Editor} form=${form} onClose=${onClose} always=${!assistant}
		title=${assistant ? t('assistants.edit', { name: assistant.name })
			: t('assistants.new')}
		labels=${{ name: t('assistants.name'), greeting: t('assistants.greeting'),
			language: t('assistants.language'),
			max_duration_seconds: t('assistants.length') }}>
		<${TextField} label=${t('assistants.name')} required maxlength="40"
			hint=${t('assistants.name.hint')} autocomplete="off"
			...${form.field('name')} />
		<${TextArea} label=${t('assistants.greeting')} maxlength="1000" optional
			hint=${t('assistants.greeting.hint')} ...${form.field('greeting')} />
		<div class="form-row">
			<${SelectField} label=${t('assistants.language')}
				...${form.field('language')}
				options=${[{ value: '', label: t('assistants.language.none') },
					...withOwn(LANGUAGE_TAGS, form.values.language)
						.map((tag) => ({ value: tag, label: languageName(tag) }))]} />
			<${SelectField} label=${t('assistants.length')}
				...${form.field('max_duration_seconds')}
				options=${withOwn(MINUTES.map((n) => String(n * 60)),
					form.values.max_duration_seconds).map((seconds) => ({
					value: seconds, label: duration(Number(seconds)) }))} />
		</div>
	</${Editor}>`;
}

function Assistant({ assistant, fixed, onEdit, onRemove }) {
	return html`<${Card} id=${`assistant-${assistant.id}`}
		title=${assistant.name} actions=${html`<${Badge}
			tone=${assistant.has_vapi_assistant ? 'good' : 'warn'}
			icon=${assistant.has_vapi_assistant ? 'check' : 'warn'}>
			${t(assistant.has_vapi_assistant ? 'assistants.connected'
				: 'assistants.unconnected')}</${Badge}>`}>
		<${Facts} rows=${[
			[t('assistants.greeting'), assistant.greeting ? html`<q dir="auto"
				lang=${assistant.language ?? undefined}>${assistant.greeting}</q>`
				: t('assistants.greeting.none')],
			[t('assistants.language'), assistant.language
				? languageName(assistant.language)
				: t('assistants.language.none')],
			[t('assistants.length'), duration(assistant.max_duration_seconds)],
			[t('assistants.numbers'), html`<a href="#/numbers">${
				t('assistants.numbers.n', { n: assistant.phone_numbers })}</a>`],
			[t('assistants.changed'), date(assistant.updated_at)],
		]} />
		${!assistant.has_vapi_assistant && html`<p class="muted small card-note">
			${t('assistants.unconnected.text')}</p>`}
		${!fixed && html`<div class="actions card-foot">
			<button type="button" class="small secondary" onClick=${onEdit}>
				<${Icon} name="edit" size="1em" /> ${t('action.edit')}
				<span class="sr">${assistant.name}</span></button>
			<button type="button" class="small quiet" onClick=${onRemove}>
				<${Icon} name="trash" size="1em" /> ${t('action.delete')}
				<span class="sr">${assistant.name}</span></button>
		</div>`}
	</${Card}>`;
}

export default function AssistantsView() {
	const assistants = useResource('assistants');
	const { fixed } = useRights();
	const [edited, setEdited] = useState(null);
	const still = useStill((assistants.data?.data ?? []).map((one) => one.id));
	const refresh = () => {
		forget('assistants');
		assistants.reload();
		loadMe().catch(() => {});
	};
	const drop = async (one) => {
		if (!await confirm({ title: t('assistants.delete.title',
			{ name: one.name }), text: t('assistants.delete.text',
			{ n: one.phone_numbers }), yes: t('action.delete'), danger: true }))
			return;
		try {
			await remove(`assistants/${one.id}`);
			toHeading();
			refresh();
			toast(t('assistants.deleted', { name: one.name }));
		} catch (error) {
			const { title, advice } = errorWords(error);
			toast(`${title} ${advice}`, { kind: 'bad' });
		}
	};
	const add = !fixed && html`<button type="button"
		onClick=${() => setEdited({})}><${Icon} name="plus" />
		${t('assistants.add')}</button>`;

	return html`<${Page} title=${t('nav.assistants')} lead=${
		t('assistants.lead')} actions=${add}>
		<${Resource} of=${assistants} lines=${6} className="card">${({ data }) =>
			data.length === 0
				? html`<div class="card"><${EmptyState} icon="assistants"
					title=${t('assistants.none')}>
					${t('assistants.none.text')}</${EmptyState}></div>`
				: html`<div class="cards"
					onClickCapture=${still}>${data.map((one) => html`<${Assistant}
					key=${one.id} assistant=${one} fixed=${fixed}
					onEdit=${() => setEdited(one)}
					onRemove=${() => drop(one)} />`)}</div>`}
		</${Resource}>
		${edited && html`<${AssistantForm} assistant=${edited.id ? edited : null}
			onClose=${() => setEdited(null)} onSaved=${() => {
				setEdited(null);
				refresh();
				toast(t('form.saved'), { kind: 'good' });
			}} />`}
	</${Page}>`;
}
