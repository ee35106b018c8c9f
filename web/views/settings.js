// What is the clinic's (its name, zone and language, for everybody) and what
// is this browser's (colours, the name under which one follows calls up).
import { patch } from '../lib/api.js';
import { language, LANGUAGES, t } from '../lib/i18n.js';
import { session, signOut } from '../lib/session.js';
import { useSignal } from '../lib/signal.js';
import { forget, isTeam, loadMe, me, useRights } from '../lib/store.js';
import { chooseTheme, chosenTheme, useTheme } from '../lib/theme-switch.js';
import { clockIn } from '../lib/time.js';
import { toast } from '../lib/toast.js';
import { FormErrors, SaveButton, SelectField, TextField }
	from '../lib/ui/field.js';
import { required, useForm } from '../lib/ui/form.js';
import { html, useEffect, useMemo, useState } from '../lib/ui/html.js';
import { Icon } from '../lib/ui/icon.js';
import { Card, Facts, Page, toHeading } from '../lib/ui/page.js';
import { Segments } from '../lib/ui/segments.js';
import { remember, remembered } from '../lib/who.js';

const TICK_MS = 15000;

// All zones that the browser knows, as they are typed: with spaces.
const spoken = (zone) => zone.replaceAll('_', ' ');

function zoneList(own) {
	const zones = Intl.supportedValuesOf?.('timeZone') ?? [];
	return [...new Set(['UTC', ...zones, own])];
}

function ZoneField({ form }) {
	const own = useSignal(me).timezone;
	const zones = useMemo(() => zoneList(own), [own]);
	const [, tick] = useState(0);
	const field = form.field('timezone');
	const now = clockIn(field.value);

	useEffect(() => {
		const timer = setInterval(() => tick((n) => n + 1), TICK_MS);
		return () => clearInterval(timer);
	}, []);
	return html`<div>
		<${TextField} ...${field} label=${t('settings.timezone')} required
			hint=${t('settings.timezone.hint')} list="zones" autocomplete="off"
			spellcheck="false" value=${spoken(field.value)}
			onValue=${(value) => field.onValue(zones.find((zone) =>
				spoken(zone).toLowerCase() === value.trim().toLowerCase()) ??
				value)} />
		<datalist id="zones">${zones.map((zone) => html`<option key=${zone}
			value=${spoken(zone)} />`)}</datalist>
		<p class="hint zone-now">${now === null ? '\u00a0'
			: t('settings.timezone.now', { time: now })}</p>
	</div>`;
}

// Every country that the browser has a name for.
function countryList() {
	const names = new Intl.DisplayNames([language.get()], { type: 'region',
		fallback: 'none' });
	const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
	const others = ['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ'];

	return letters.flatMap((a) => letters.map((b) => a + b))
		.filter((code) => !others.includes(code) &&
			new Intl.Locale(`und-${code}`).region === code)
		.map((value) => ({ value, label: names.of(value) }))
		.filter(({ label }) => label)
		.sort((a, b) => a.label.localeCompare(b.label));
}

function Clinic({ clinic, fixed }) {
	const tag = useSignal(language);
	const countries = useMemo(countryList, [tag]);
	const form = useForm({ name: clinic.name ?? '', timezone: clinic.timezone,
		language: clinic.language, country: clinic.country ?? '' }, {
		check: (values) => ({ ...required(values, 'timezone'),
			...(clockIn(values.timezone) === null && values.timezone.trim() !==
				'' && { timezone: t('settings.timezone.wrong') }) }),
		save: async (changes) => {
			await patch('me', { ...changes,
				...(changes.name === '' && { name: null }),
				...(changes.country === '' && { country: null }) });
			forget();
			await loadMe();
			toast(t('form.saved'), { kind: 'good' });
		} });

	return html`<${Card} id="clinic" title=${t('settings.clinic')}
		lead=${t('settings.clinic.lead')}>
		<form noValidate onSubmit=${form.submit}>
			<${FormErrors} form=${form} labels=${{ name: t('settings.name'),
				timezone: t('settings.timezone'),
				country: t('settings.country'),
				language: t('settings.language') }} />
			<fieldset class="plain stack" disabled=${fixed}>
			<${TextField} label=${t('settings.name')} optional maxlength="80"
				hint=${t('settings.name.hint')} autocomplete="organization"
				...${form.field('name')} />
			<${ZoneField} form=${form} />
			<${SelectField} label=${t('settings.country')}
				hint=${t('settings.country.hint')} ...${form.field('country')}
				options=${[{ value: '', label: t('settings.country.none') },
					...countries]} />
			<${SelectField} label=${t('settings.language')}
				...${form.field('language')}
				options=${Object.entries(LANGUAGES).map(([value, label]) =>
					({ value, label }))} />
			</fieldset>
			${!fixed && html`<div class="form-foot">
				<${SaveButton} form=${form} />
				${form.dirty && html`<button type="button" class="secondary"
					onClick=${() => {
						toHeading();
						form.reset();
					}}>${t('action.discard')}</button>`}
			</div>`}
		</form>
	</${Card}>`;
}

// The name that one goes by in this clinic, wherever one signs in.
function Person({ clinic }) {
	const form = useForm({ name: clinic.person_name ?? '' }, {
		save: async ({ name }) => {
			await patch('people/me', { name: name.trim() || null });
			forget('people');
			await loadMe();
			toast(t('form.saved'), { kind: 'good' });
		} });

	return html`<${Card} id="person" title=${t('settings.person')}
		lead=${t('settings.person.lead')}>
		<form noValidate onSubmit=${form.submit}>
			<${FormErrors} form=${form} labels=${{ name: t('settings.who') }} />
			<${TextField} label=${t('settings.who')} optional maxlength="80"
				hint=${t('settings.person.hint')} autocomplete="name"
				...${form.field('name')} id="field-person" />
			<div class="form-foot"><${SaveButton} form=${form} /></div>
		</form>
	</${Card}>`;
}

function Here({ team }) {
	useTheme();
	const [name, setName] = useState(remembered());

	return html`<${Card} id="here" title=${t('settings.here')}
		lead=${t('settings.here.lead')}>
		<div class="stack">
			<div class="field"><p class="field-label" id="theme-label">
				${t('settings.theme')}</p>
				<${Segments} label=${t('settings.theme')} name="theme"
					value=${chosenTheme()} onChange=${chooseTheme}
					options=${['system', 'light', 'dark'].map((value) => ({
						value, label: t(`settings.theme.${value}`) }))} /></div>
			${!team && html`<${TextField} label=${t('settings.who')} name="who"
				optional hint=${t('settings.who.hint')} maxlength="80"
				autocomplete="name" value=${name} onValue=${(value) => {
					setName(value);
					remember(value.trim());
				}} />`}
		</div>
	</${Card}>`;
}

export default function SettingsView() {
	const clinic = useSignal(me);
	const { sub } = useSignal(session) ?? {};
	const { readOnly, fixed } = useRights();
	const team = isTeam(clinic);

	return html`<${Page} title=${t('nav.settings')}>
		<div class="halves">
			<${Clinic} clinic=${clinic} fixed=${fixed} />
			<div class="stack">
				${team && !readOnly && html`<${Person} clinic=${clinic} />`}
				<${Here} team=${team} />
				<${Card} id="session" title=${t('settings.session')}>
					<${Facts} rows=${[[t('settings.user'), html`<code>${sub}
						</code>`], [t('settings.role'), team &&
						t(`role.${clinic.role}`)]]} />
					<div class="actions card-foot"><button type="button"
						class="secondary" onClick=${signOut}>
						<${Icon} name="out" /> ${t('tools.out')}</button></div>
				</${Card}>
			</div>
		</div>
	</${Page}>`;
}
