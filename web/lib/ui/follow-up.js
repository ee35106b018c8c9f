// What the front desk does about a call. Two people may do so at once: what
// one has saved is shown to the other, beside what that one has typed.
import { get, patch, tagOf } from '../api.js';
import { list, t } from '../i18n.js';
import { useSignal } from '../signal.js';
import { forget, isTeam, me, useResource, useRights } from '../store.js';
import { full, when } from '../time.js';
import { toast } from '../toast.js';
import { remember, remembered } from '../who.js';
import { FollowUpBadge } from './call-words.js';
import { fieldId, FormErrors, SaveButton, SelectField, TagsField, TextArea,
	TextField } from './field.js';
import { useForm } from './form.js';
import { html, useEffect, useRef } from './html.js';
import { Card, Facts } from './page.js';
import { Notice } from './state.js';
import { Segments } from './segments.js';

const STATES = ['none', 'open', 'in_progress', 'done'];
const LABELS = { follow_up_state: 'calls.follow_up',
	follow_up_note: 'call.note', follow_up_by: 'call.by', tags: 'call.tags',
	notes: 'call.notes' };
const labelsOf = (names) => names.map((name) => t(LABELS[name]));

// The fields of the form as the server has them. Whoever wrote here last is
// proposed as the one who writes next.
function baseOf(call, clinic) {
	return { follow_up_state: call.follow_up_state ?? 'none',
		follow_up_note: call.follow_up_note ?? '',
		...(isTeam(clinic) ? { follow_up_by_id: call.follow_up_by_id ??
			(call.follow_up_by ? '' : clinic.person_id) }
			: { follow_up_by: call.follow_up_by ?? remembered() }),
		tags: call.tags ?? [], notes: call.notes ?? '' };
}

// Whose it can be: nobody's, the clinic's people's, and whose it is, who may
// have left, or be somebody's word.
function choices(call, clinic, people) {
	const mine = (name) => name ? t('call.by.me', { name })
		: t('call.by.self');
	const known = people.map(({ id, name, is_me: me }) => ({ value: id,
		label: me ? mine(name) : name ?? id }));
	const has = (value) => known.some((one) => one.value === value);
	const id = call.follow_up_by_id;

	return [{ value: '', label: !id && call.follow_up_by ||
		t('call.by.nobody') }, ...known,
	...(id && !has(id) ? [{ value: id, label: call.follow_up_by }] : []),
	...(has(clinic.person_id) || id === clinic.person_id ? []
		: [{ value: clinic.person_id, label: mine(clinic.person_name) }])];
}

function WhoField({ call, clinic, form }) {
	const people = useResource('people');
	const more = { value: form.values.follow_up_by_id,
		options: choices(call, clinic, people.data?.data ?? []) };

	return html`<${SelectField} label=${t('call.by')}
		hint=${clinic.person_name ? undefined : t('call.by.hint')}
		...${form.field('follow_up_by_id')} ...${more} />`;
}

// One field of a call in words; null when nothing stands there.
function told(call, name) {
	const value = call[name];

	if (name === 'follow_up_state')
		return t(`follow_up.${value}`);
	return (Array.isArray(value) ? list(value) : value) || null;
}

// What another one has saved since this one began to type.
function Meanwhile({ call, before, form, onOver, onTheirs }) {
	const theirs = Object.keys(LABELS).filter((name) =>
		told(call, name) !== told(before, name));
	const both = theirs.filter((name) => name in form.changes ||
		name === 'follow_up_by' && 'follow_up_by_id' in form.changes);
	const who = theirs.includes('follow_up_by') && call.follow_up_by;
	const time = when(call.updated_at);

	return html`<div class="form-errors" id="meanwhile" tabindex="-1">
		<${Notice} kind="warn" role="alert" title=${who
			? t('call.meanwhile.who', { who, time })
			: t('call.meanwhile', { time })}>
			<${Facts} rows=${theirs.map((name) => [t(LABELS[name]),
				html`<span class="as-typed" dir="auto">${told(call, name) ??
					t('call.meanwhile.empty')}</span>`])} />
			<p>${both.length > 0 ? t('call.meanwhile.both',
				{ fields: list(labelsOf(both)) }) : t('call.meanwhile.apart')}</p>
			<p class="actions">
				<button type="button" class="small" onClick=${onOver}>${t(
					both.length > 0 ? 'call.meanwhile.over'
						: 'call.meanwhile.too')}</button>
				<button type="button" class="small secondary"
					onClick=${onTheirs}>${t('call.meanwhile.theirs')}</button>
			</p>
		</${Notice}>
	</div>`;
}

export function FollowUp({ call, put }) {
	const { readOnly } = useRights();
	const path = `calls/${call.id}`;
	// The call on which what is typed was begun.
	const before = useRef(call);
	const clinic = useSignal(me);
	const who = isTeam(clinic) ? 'follow_up_by_id' : 'follow_up_by';
	const form = useForm(baseOf(call, clinic), { save: async (changes, values) => {
		const by = values[who].trim();
		const body = { ...changes };
		for (const name of ['follow_up_note', who, 'notes']) {
			if (name in body)
				body[name] = body[name].trim() || null;
		}
		// Who was proposed is sent with the first change.
		if (by && by !== call[who])
			body[who] = by;
		try {
			before.current = await patch(path, body,
				{ match: tagOf(before.current) });
		} catch (error) {
			if (error.kind !== 'changed')
				throw error;
			put(await get(path));
			return false;
		}
		if (by && !isTeam(clinic))
			remember(by);
		forget('people');
		forget('calls {');
		forget('analytics');
		put(before.current);
		toast(t('form.saved'), { kind: 'good' });
		return true;
	} });
	const labels = Object.fromEntries(Object.entries({ ...LABELS,
		follow_up_by_id: LABELS.follow_up_by })
		.map(([name, key]) => [name, t(key)]));

	if (!form.dirty)
		before.current = call;
	const meanwhile = tagOf(call) !== tagOf(before.current);
	useEffect(() => {
		if (form.attempt > 0)
			document.getElementById('meanwhile')?.focus();
	}, [form.attempt]);
	// What had the focus may be gone with it.
	useEffect(() => meanwhile ? () => document.activeElement === document.body &&
		document.getElementById(fieldId('follow_up_state')).focus()
		: undefined, [meanwhile]);
	const takeTheirs = () => {
		const mine = form.changes;
		form.reset();
		toast(t('call.meanwhile.taken'), { action: { label: t('action.undo'),
			run: () => Object.entries(mine).forEach(([name, value]) =>
				form.set(name, value)) } });
	};

	return html`<${Card} id="follow-up" title=${t('calls.follow_up')}
		className="follow-up" actions=${html`<${FollowUpBadge}
			state=${call.follow_up_state} />`}>
		<form noValidate onSubmit=${form.submit}>
			<${FormErrors} form=${form} labels=${labels} />
			${meanwhile && html`<${Meanwhile}
				call=${call} before=${before.current} form=${form}
				onTheirs=${takeTheirs} onOver=${() => {
					before.current = call;
					form.submit();
				}} />`}
			<fieldset class="plain stack" disabled=${readOnly}>
				<div id=${fieldId('follow_up_state')} tabindex="-1">
				<${Segments} label=${t('calls.follow_up')} name="follow_up_state"
					value=${form.values.follow_up_state}
					options=${STATES.map((value) => ({ value,
						label: t(`follow_up.${value}`) }))}
					onChange=${(value) => form.set('follow_up_state', value)} />
				</div>
				<${TextArea} label=${t('call.note')} maxlength="1000" rows="2"
					placeholder=${t('call.note.hint')}
					...${form.field('follow_up_note')} />
				${isTeam(clinic) ? html`<${WhoField} call=${call}
					clinic=${clinic} form=${form} />`
					: html`<${TextField} label=${t('call.by')} maxlength="80"
						autocomplete="name" ...${form.field('follow_up_by')} />`}
				<${TagsField} label=${t('call.tags')} hint=${t('call.tags.hint')}
					maxlength="40" ...${form.field('tags')}
					value=${form.values.tags} />
				<${TextArea} label=${t('call.notes')} maxlength="4000"
					...${form.field('notes')} />
			</fieldset>
			<div class="form-foot">
				${!readOnly && html`<${SaveButton} form=${form} />`}
				<span class="small muted" role="status">${form.dirty
					? t('form.unsaved') : call.follow_up_at && html`${
						t('call.changed')} <time title=${full(call.follow_up_at)}
						datetime=${call.follow_up_at}>${when(call.follow_up_at)}
						</time>`}
				</span>
			</div>
		</form>
	</${Card}>`;
}
