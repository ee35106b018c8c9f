// When the clinic is open, and what happens to a call when it is and when it
// is not. All of it is one form: the hours are saved by one PUT, the rest by
// one PATCH.
import { patch, put } from '../lib/api.js';
import { list, t } from '../lib/i18n.js';
import { leadTo } from '../lib/press.js';
import { useSignal } from '../lib/signal.js';
import { forget, loadMe, me, useResource, useRights } from '../lib/store.js';
import { dayLong, weekday, weekdays } from '../lib/time.js';
import { toast } from '../lib/toast.js';
import { Badge } from '../lib/ui/badge.js';
import { Choice } from '../lib/ui/choice.js';
import { Dialog } from '../lib/ui/dialog.js';
import { CheckField, fieldId, FormErrors, SaveButton, SelectField, TextArea,
	TextField } from '../lib/ui/field.js';
import { useForm } from '../lib/ui/form.js';
import { classes, html, useLayoutEffect, useMemo, useRef, useState }
	from '../lib/ui/html.js';
import { Icon } from '../lib/ui/icon.js';
import { Card, Page, toHeading } from '../lib/ui/page.js';
import { EmptyState, Notice, Resource } from '../lib/ui/state.js';
import { Segments } from '../lib/ui/segments.js';
import { Hours, Line, Times } from '../lib/ui/week.js';
import { placed, toModel, toRows, usualWeek, wrongIn }
	from '../lib/week.js';

const EVERY_MS = 60000;

const numberName = (number) => number.label
	? t('hours.number', { label: number.label, number: number.phone_number })
	: number.phone_number;

// What a field of a week is called in the list of errors.
function fieldLabel(name) {
	const parts = name.split('.');
	const day = parts[0] === 'week' ? weekday(Number(parts[2]), 'long')
		: t('hours.special.nth', { n: Number(parts[1]) + 1 });

	return parts[0] === 'week' || parts[0] === 'special' ? day
		: t(`hours.${name}`);
}

function CopyDialog({ from, times, onCopy, onClose }) {
	const others = weekdays().filter((day) => day !== from);
	const [chosen, setChosen] = useState(others.filter((day) =>
		day !== 0 && day !== 6));

	return html`<${Dialog} title=${t('hours.copy.title',
		{ day: weekday(from, 'long') })} onClose=${onClose}>
		<form onSubmit=${(event) => {
			event.preventDefault();
			onCopy(chosen, times);
		}}>
			<fieldset class="choices"><legend class="sr">
				${t('hours.copy.to')}</legend>
				${others.map((day) => html`<${CheckField} key=${day}
					name=${`copy-${day}`} label=${weekday(day, 'long')}
					value=${chosen.includes(day)} onValue=${(on) =>
						setChosen(on ? [...chosen, day]
							: chosen.filter((one) => one !== day))} />`)}
			</fieldset>
			<footer class="actions end">
				<button type="button" class="secondary" onClick=${onClose}>
					${t('action.cancel')}</button>
				<button type="submit">${t('hours.copy.action')}</button>
			</footer>
		</form>
	</${Dialog}>`;
}

function Day({ number, day, times, form, onTimes, onCopy }) {
	const name = weekday(day, 'long');

	return html`<li class=${classes('day', times.length === 0 && 'off')}>
		<h3>${name}</h3>
		<${Line} times=${times} onTimes=${onTimes} />
		<${Times} place=${`week.${number}.${day}`} day=${name} times=${times}
			form=${form} onTimes=${onTimes} />
		<div class="day-tools">
			${times.length === 0
				? html`<${Badge}>${t('hours.closed')}</${Badge}>`
				: html`<button type="button" class="quiet small"
					onClick=${() => onTimes([], `week.${number}.${day}.add`)}>
					${t('hours.close')} <span class="sr">${name}</span></button>`}
			<button type="button" class="quiet small" onClick=${onCopy}>
				${t('hours.copy')} <span class="sr">${name}</span></button>
		</div>
	</li>`;
}

// The week of all numbers (number '') or of one.
function Week({ number, week, form, onWeek }) {
	const [copy, setCopy] = useState(null);
	const goTo = useRef(null);

	useLayoutEffect(() => {
		if (goTo.current === null)
			return;
		leadTo(document.getElementById(fieldId(goTo.current)));
		goTo.current = null;
	});
	const set = (day, times, field = null) => {
		goTo.current = field;
		onWeek(week.with(day, times));
	};

	return html`<div class="week">
		<${Hours} />
		<ul>${weekdays().map((day) => html`<${Day} key=${day} number=${number}
			day=${day} times=${week[day]} form=${form}
			onTimes=${(times, field) => set(day, times, field)}
			onCopy=${() => setCopy(day)} />`)}</ul>
		${copy !== null && html`<${CopyDialog} from=${copy} times=${week[copy]}
			onClose=${() => setCopy(null)} onCopy=${(days, times) => {
				onWeek(week.map((old, day) => days.includes(day)
					? structuredClone(times) : old));
				setCopy(null);
			}} />`}
	</div>`;
}

function Weeks({ numbers, model, form, onModel }) {
	const [number, setNumber] = useState('');
	const { [number]: week, ...others } = model.weeks;
	const set = (next) => {
		form.forgive(...Object.keys(form.errors).filter((name) =>
			name.startsWith(`week.${number}.`)));
		onModel({ ...model, weeks: next === null ? others
			: { ...model.weeks, [number]: next } });
	};
	const kinds = number === '' ? ['always', 'week'] : ['same', 'own'];

	return html`<${Card} id="week" title=${t('hours.week')}>
		<div class="week-scope">
			${numbers.length > 1 && html`<${SelectField} name="week-number"
				label=${t('hours.for')} value=${number} onValue=${setNumber}
				options=${[{ value: '', label: t('hours.all') },
					...numbers.map((one) => ({ value: one.id,
						label: model.weeks[one.id]
							? t('hours.number.own', { number: numberName(one) })
							: numberName(one) }))]} />`}
			<${Segments} label=${t('hours.kind')} name="week-kind"
				value=${kinds[week ? 1 : 0]} options=${kinds.map((kind) =>
					({ value: kind, label: t(`hours.kind.${kind}`) }))}
				onChange=${(kind) => set(kind === kinds[0] ? null
					: structuredClone(model.weeks[''] ?? usualWeek()))} />
		</div>
		${week ? html`<${Week} key=${number} number=${number} week=${week}
			form=${form} onWeek=${set} />`
			: html`<${Notice}><p>${t(number === '' ? 'hours.always.text'
				: 'hours.same.text')}</p></${Notice}>`}
	</${Card}>`;
}

// count: of how many it is; each removal makes its button a new one, so that a
// double click on the one above does not press it.
function Special({ n, count, day, numbers, form, onDay, onRemove }) {
	const place = `special.${n}`;
	const name = day.from ? dayLong(day.from)
		: t('hours.special.nth', { n: n + 1 });
	const field = (key, of) => ({ name: `${place}.${key}`, value: day[of],
		error: form.errors[`${place}.${key}`], onValue: (value) => {
			form.forgive(`${place}.${key}`);
			onDay({ ...day, [of]: value });
		} });
	const goTo = useRef(null);
	const none = form.errors[`${place}.is_closed`];

	useLayoutEffect(() => {
		if (goTo.current !== null)
			leadTo(document.getElementById(fieldId(goTo.current)));
		goTo.current = null;
	});
	return html`<li class="special" aria-label=${name}>
		<div class="form-row">
			<${TextField} type="date" label=${t('hours.special.from')} required
				...${field('specific_date', 'from')} />
			<${TextField} type="date" label=${t('hours.special.to')} optional
				min=${day.from || undefined} ...${field('date_end', 'to')} />
			<${TextField} label=${t('hours.special.reason')} optional
				maxlength="255" ...${field('reason', 'reason')} />
			${numbers.length > 1 && html`<${SelectField}
				label=${t('hours.for')} ...${field('phone_number_id', 'number')}
				options=${[{ value: '', label: t('hours.all') },
					...numbers.map((one) => ({ value: one.id,
						label: numberName(one) }))]} />`}
		</div>
		<div class="special-times">
			<${Segments} label=${t('hours.special.what', { day: name })}
				name=${`${place}-closed`} value=${day.closed ? 'closed' : 'open'}
				options=${['closed', 'open'].map((kind) => ({ value: kind,
					label: t(`hours.special.${kind}`) }))}
				onChange=${(kind) => {
					form.forgive(`${place}.is_closed`);
					onDay({ ...day, closed: kind === 'closed',
						times: kind === 'open' && day.times.length === 0
							? [{ open: '09:00', close: '12:00' }] : day.times });
				}} />
			${!day.closed && html`<${Times} place=${place} day=${name}
				times=${day.times} form=${form} onTimes=${(times, to) => {
					goTo.current = to ?? null;
					form.forgive(`${place}.is_closed`);
					onDay({ ...day, times });
				}} />`}
			<button type="button" class="quiet small" key=${count}
				onClick=${onRemove}>
				<${Icon} name="trash" size="1em" /> ${t('hours.special.remove')}
				<span class="sr">${name}</span></button>
		</div>
		${none && html`<p class="field-error" id=${fieldId(
			`${place}.is_closed`)} tabindex="-1">${none}</p>`}
	</li>`;
}

function Specials({ numbers, model, form, onModel }) {
	const add = useRef(null);
	const goTo = useRef(null);
	const set = (special) => onModel({ ...model, special });
	const forgive = () => form.forgive(...Object.keys(form.errors)
		.filter((name) => name.startsWith('special.')));

	useLayoutEffect(() => {
		if (goTo.current !== null)
			leadTo(document.getElementById(fieldId(goTo.current)));
		goTo.current = null;
	});
	return html`<${Card} id="special" title=${t('hours.special')}
		lead=${t('hours.special.lead')} actions=${html`<button type="button"
			class="small secondary" ref=${add} onClick=${() => {
				goTo.current = `special.${model.special.length}.specific_date`;
				set([...model.special, { number: '', from: '', to: '',
					closed: true, times: [], reason: '' }]);
			}}><${Icon} name="plus" size="1em" /> ${t('hours.special.add')}
		</button>`}>
		${model.special.length === 0
			? html`<${EmptyState} icon="hours" title=${t('hours.special.none')}>
				${t('hours.special.none.text')}</${EmptyState}>`
			: html`<ul class="specials">${model.special.map((day, n) =>
				html`<${Special} key=${n} n=${n} count=${model.special.length}
					day=${day} numbers=${numbers} form=${form} onDay=${(next) =>
						set(model.special.with(n, next))}
					onRemove=${() => {
						forgive();
						set(model.special.toSpliced(n, 1));
						leadTo(add.current);
					}} />`)}</ul>`}
	</${Card}>`;
}

// Numbers that would have nothing to ring through to.
function MissingFallback({ numbers }) {
	const without = numbers.filter((one) => !one.fallback_number);

	return without.length > 0 && html`<${Notice} kind="warn"><p>
		${t('hours.fallback.missing',
			{ numbers: list(without.map(numberName)) })}
		${' '}<a href="#/numbers">${t('nav.numbers')}</a></p></${Notice}>`;
}

function Actions({ numbers, form }) {
	const options = (kind, ...values) => values.map((value) => ({ value,
		label: t(`hours.${kind}.${value}`),
		hint: t(`hours.action.${value}.text`) }));

	return html`<${Card} id="actions" title=${t('hours.action')}>
		<div class="stack">
		<div class="form-row">
			<${Choice} label=${t('hours.open_action')}
				...${form.field('open_action')}
				options=${options('open_action', 'assistant', 'fallback')} />
			<${Choice} label=${t('hours.closed_action')}
				...${form.field('closed_action')} options=${options(
					'closed_action', 'assistant', 'message', 'fallback')} />
		</div>
		${form.values.closed_action === 'message' && html`<${TextArea}
			label=${t('hours.after_hours_message')} maxlength="1000" optional
			hint=${t('hours.after_hours_message.hint')}
			...${form.field('after_hours_message')} />`}
		${[form.values.open_action, form.values.closed_action]
			.includes('fallback') && html`<${MissingFallback}
				numbers=${numbers} />`}
		</div>
	</${Card}>`;
}

function Editor({ hours, numbers, clinic }) {
	const base = useMemo(() => ({ hours: toModel(hours.data.data) }),
		[hours.data]);
	const { fixed } = useRights();
	const form = useForm({ ...base, open_action: clinic.open_action,
		closed_action: clinic.closed_action,
		after_hours_message: clinic.after_hours_message ?? '' }, {
		check: ({ hours: model }) => Object.fromEntries(
			Object.entries(wrongIn(model)).map(([name, why]) => [name,
				t(`hours.wrong.${why}`)])),
		save: async ({ hours: model, ...settings }) => {
			if (model)
				await saveHours(model);
			if (Object.keys(settings).length > 0) {
				await patch('me', { ...settings, ...(settings
					.after_hours_message === '' &&
					{ after_hours_message: null }) });
				await loadMe();
			}
			forget('working-hours');
			hours.reload();
			toast(t('form.saved'), { kind: 'good' });
		} });
	const saveHours = async (model) => {
		const { rows, places } = toRows(model);
		try {
			hours.put(await put('working-hours', { data: rows }));
		} catch (error) {
			if (error.kind === 'fields')
				error.fields = placed(error.fields, places);
			throw error;
		}
	};
	const model = form.values.hours;
	const set = (next) => form.set('hours', next);

	return html`<form noValidate onSubmit=${form.submit} class="hours-form">
		<${FormErrors} form=${form} labels=${Object.fromEntries(
			Object.keys(form.errors).map((name) => [name,
				fieldLabel(name)]))} />
		<fieldset class="plain stack" disabled=${fixed}>
			<${Weeks} numbers=${numbers} model=${model} form=${form}
				onModel=${set} />
			<${Specials} numbers=${numbers} model=${model} form=${form}
				onModel=${set} />
			<${Actions} numbers=${numbers} form=${form} />
		</fieldset>
		${!fixed && html`<div class=${classes('save-bar',
			form.dirty && 'dirty')}>
			<span class="muted" role="status">${form.dirty
				? t('form.unsaved') : ''}</span>
			<div class="actions">
				${form.dirty && html`<button type="button" class="secondary"
					onClick=${() => {
						toHeading();
						form.reset();
					}}>${t('action.discard')}</button>`}
				<${SaveButton} form=${form} />
			</div>
		</div>`}
	</form>`;
}

// Its place is kept while it is not known.
function Now({ hours }) {
	const open = hours?.open_now;

	return html`<span class="now">${hours && html`<${Badge}
		tone=${open ? 'good' : 'warn'} icon=${open ? 'check' : 'moonset'}>
		${t(open ? 'hours.now.open' : 'hours.now.closed')}</${Badge}>`}</span>`;
}

export default function HoursView() {
	const hours = useResource('working-hours', {}, { every: EVERY_MS });
	const numbers = useResource('phone-numbers');
	const clinic = useSignal(me);

	return html`<${Page} title=${t('nav.hours')} lead=${html`
		${t('hours.lead', { zone: clinic.timezone.replaceAll('_', ' ') })}
		${' '}<a href="#/settings">${t('hours.zone.change')}</a>`}
		actions=${html`<${Now} hours=${hours.data} />`}>
		<${Resource} of=${hours} lines=${12} className="card">${() => html`
			<${Resource} of=${numbers} lines=${12} className="card">${(found) =>
				html`<${Editor} hours=${hours} numbers=${found.data}
					clinic=${clinic} />`}
			</${Resource}>`}
		</${Resource}>
	</${Page}>`;
}
