// One call: what was said and heard, what it was about, and what the front
// desk does about it.
import { now } from '../lib/clock.js';
import { money, t, tOr } from '../lib/i18n.js';
import { useKeys } from '../lib/keys.js';
import { cameFrom, href } from '../lib/router.js';
import { useSignal } from '../lib/signal.js';
import { config, useResource, useRights } from '../lib/store.js';
import { duration, full } from '../lib/time.js';
import { Badge } from '../lib/ui/badge.js';
import { caller, humanise, isFinal, MissedBadge, numberKind, phone,
	StatusBadge, useIntentNames } from '../lib/ui/call-words.js';
import { Data } from '../lib/ui/data.js';
import { FollowUp } from '../lib/ui/follow-up.js';
import { html, useMemo } from '../lib/ui/html.js';
import { Icon } from '../lib/ui/icon.js';
import { Card, Facts, Page } from '../lib/ui/page.js';
import { Player, useRecording } from '../lib/ui/player.js';
import { EmptyState, Resource } from '../lib/ui/state.js';
import { Transcript, turnsOf } from '../lib/ui/transcript.js';

const LIVE_MS = 10000;
const REPORT_MS = 180000;

// Twilio's word for how far the carrier vouches for the caller's number.
function attestation(word) {
	if (!word)
		return null;
	const found = /^TN-Validation-(Passed|Failed)(?:-([ABC]))?(-Diverted)?/
		.exec(word);

	if (!found)
		return t('attest.none');
	const level = found[1] === 'Failed' ? 'failed' : (found[2] ?? 'c')
		.toLowerCase();
	return t(`attest.${level}`) + (found[3]
		? ` ${t('attest.diverted')}` : '');
}

function success(value) {
	const word = String(value ?? '').replace(/^"|"$/g, '');

	return word === '' || word === 'null' ? null : word === 'true'
		? html`<${Badge} tone="good" icon="check">${t('call.success')}</${Badge}>`
		: word === 'false'
		? html`<${Badge} tone="bad">${t('call.no_success')}</${Badge}>`
		: html`<span dir="auto">${humanise(word)}</span>`;
}

// One transfer: to whom, and what came of it.
const Transfer = ({ one }) => html`<li>${one.to && html`<bdi>${
	phone(one.to)}</bdi>: `}${one.status === null ? t('transfer.unknown')
	: tOr(`transfer.${one.status}`, humanise(one.status))}</li>`;

// A detail as its name says: seconds, a list of transfers, or a text.
function detail(name, value) {
	if (name.endsWith('_seconds'))
		return duration(value);
	if (name === 'transfers')
		return html`<ul class="plain">${value.map((one, i) => html`<${Transfer}
			key=${i} one=${one} />`)}</ul>`;
	return typeof value === 'string' ? phone(value) : JSON.stringify(value);
}

// What there is in no other place of the page, each under its word.
const details = (call) => Object.entries(call.details ?? {})
	.map(([name, value]) => [tOr(`call.details.${name}`, humanise(name)),
		detail(name, value)]);

function Details({ call }) {
	return html`<${Card} id="details" title=${t('call.details')}>
		<${Facts} rows=${[
			[t('call.name'), call.caller_name],
			[t('calls.when'), html`<time datetime=${call.created_at}>${
				full(call.created_at)}</time>`],
			[t('calls.length'), call.duration_seconds
				? duration(call.duration_seconds) : null],
			[t('calls.line'), call.phone_number && html`${
				call.phone_number_label && html`<bdi>${
					call.phone_number_label}</bdi>, `}<span
				class="phone">${phone(call.phone_number)}</span>`],
			[t('call.assistant'), call.assistant_name],
			[t('call.ended'), call.ended_reason && tOr(
				`ended.${call.ended_reason}`, humanise(call.ended_reason))],
			...details(call),
			[t('call.attest'), numberKind(call, call.phone_number) === 'unknown'
				? t('call.unknown.text') : attestation(call.stir_verstat)],
			[t('call.cost'), call.cost_usd === null ? null
				: money(call.cost_usd)],
			[t('call.rule'), tOr(`rule.${call.owner_rule}`, call.owner_rule)],
			[t('call.id'), html`<code class="small">${call.id}</code>`],
		]} />
	</${Card}>`;
}

const ANALYSED = ['summary', 'structuredData', 'successEvaluation'];

function Analysis({ call }) {
	const rest = Object.fromEntries(Object.entries(call.analysis ?? {})
		.filter(([name, value]) => !ANALYSED.includes(name) && value !== null));
	const data = call.structured_data;
	const some = (value) => value !== null && typeof value === 'object' &&
		Object.keys(value).length > 0;
	const judged = success(call.success_evaluation);

	return html`<${Card} id="summary" title=${t('call.summary')} actions=${judged}>
		<div class="stack">
			<p class=${call.summary ? 'summary' : 'muted'} dir="auto">${call.summary ??
				t(isFinal(call.status) ? 'call.summary.none'
					: 'call.summary.later')}</p>
			${some(data) && html`<div><h3>${t('call.data')}</h3>
				<${Data} value=${data} /></div>`}
			${some(rest) && html`<div><h3>${t('call.analysis')}</h3>
				<${Data} value=${rest} /></div>`}
		</div>
	</${Card}>`;
}

function Said({ call, query }) {
	const turns = useMemo(() => turnsOf(call), [call.messages,
		call.transcript]);
	const sound = useRecording(`calls/${call.id}/recording`);
	const live = !isFinal(call.status);
	const { desk } = useRights();
	const { desk_recordings: plays } = useSignal(config) ?? {};
	const withheld = desk && plays === false;

	return html`<${Card} id="said" title=${t('call.said')} className="said">
		${call.has_recording && withheld ? html`<p class="muted no-recording">
			${t('desk.recording')}</p>`
			: call.has_recording ? html`<${Player} sound=${sound}
			expected=${call.duration_seconds} />`
			: html`<p class="muted no-recording">${t(live
				? 'call.recording.later' : 'call.recording.none')}</p>`}
		${turns.length > 0 ? html`<${Transcript} turns=${turns} query=${query}
			sound=${call.has_recording && !withheld ? sound : null} />`
			: html`<${EmptyState} icon="assistants" title=${t(live
				? 'call.transcript.later' : 'call.transcript.none')}>
				${t(live ? 'call.transcript.later.text'
					: 'call.transcript.none.text')}</${EmptyState}>`}
	</${Card}>`;
}

function Head({ call }) {
	const intentName = useIntentNames();

	return html`<p class="call-head">
		<${StatusBadge} status=${call.status} />
		<${MissedBadge} call=${call} />
		${call.after_hours && html`<${Badge} icon="moonset">${t(
			'calls.outcome.after_hours')}</${Badge}>`}
		${call.is_test && html`<${Badge}>${t('call.test')}</${Badge}>`}
		${call.intent && html`<${Badge} tone="info">${
			intentName(call.intent)}</${Badge}>`}
		<span class="muted"><time datetime=${call.created_at}>${
			full(call.created_at)}</time>${call.duration_seconds > 0 &&
			` · ${duration(call.duration_seconds)}`}</span>
	</p>`;
}

// Whether the server will soon know more: the report follows the call's end.
// Every reading is noted in the audit, so what is settled is left alone.
function isMoving(call) {
	return !isFinal(call.status) || !call.summary && call.ended_at !== null &&
		now() - Date.parse(call.ended_at) < REPORT_MS;
}

function titleOf(call) {
	if (!call)
		return t('call.title.wait');
	return tOr(`call.title.${numberKind(call, call.phone_number)}`,
		t('call.title', { who: caller(call, call.phone_number) }));
}

export default function Call({ params, query }) {
	const id = /^[0-9a-f-]{36}$/i.test(params.id) ? params.id : null;
	const call = useResource(`calls/${id ?? 'none'}`, undefined,
		{ every: (one) => one && isMoving(one) ? LIVE_MS : 0 });
	const { data } = call;
	const list = cameFrom('/calls') ?? href('/calls', { q: query.q });

	useKeys({ u: () => location.assign(list) });
	return html`<${Page} title=${titleOf(data)}
		lead=${data && html`<${Head} call=${data} />`}
		back=${html`<a class="back-link" href=${list}><${Icon} name="back" />
			${t('nav.calls')}</a>`}
		actions=${data && numberKind(data, data.phone_number) ===
			'known' && html`<a class="button secondary"
			href=${`tel:${data.caller_phone_number}`}>
			<${Icon} name="calls" /> ${t('call.back')}</a>`}>
		<${Resource} of=${call} lines=${12}>${(one) => html`<div
			class="split call">
			<div class="stack"><${Analysis} call=${one} />
				<${Said} call=${one} query=${query.q} /></div>
			<div class="stack"><${FollowUp} call=${one} put=${call.put} />
				<${Details} call=${one} /></div>
		</div>`}</${Resource}>
	</${Page}>`;
}
