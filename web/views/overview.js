// How the clinic's telephone is doing: figures, days, hours, and who waits
// for a call back.
import { patch, tagOf } from '../lib/api.js';
import { change, money, number, percent, t, tOr } from '../lib/i18n.js';
import { leadTo, useStill } from '../lib/press.js';
import { go, href } from '../lib/router.js';
import { useSignal } from '../lib/signal.js';
import { forget, me, useResource, useRights } from '../lib/store.js';
import { dayDate, duration } from '../lib/time.js';
import { toast } from '../lib/toast.js';
import { caller, callWhen, FollowUpBadge, humanise, useLines }
	from '../lib/ui/call-words.js';
import { DayChart } from '../lib/ui/chart.js';
import { HeatMap } from '../lib/ui/heat.js';
import { classes, html, useState } from '../lib/ui/html.js';
import { Live } from '../lib/ui/live.js';
import { Card, Page, toHeading } from '../lib/ui/page.js';
import { EmptyState, errorWords, Notice, Resource, Skeleton }
	from '../lib/ui/state.js';
import { Segments } from '../lib/ui/segments.js';

const PERIODS = [7, 30, 90];
const EVERY_MS = 60000;
// As many as there is room for beside the chart and the hours.
const NEEDED = { follow_up: 'needed', limit: 5 };

// better: 1 if more is good, -1 if more is bad, 0 if it is neither.
function Change({ value, better }) {
	if (value === null || value === undefined)
		return html`<p class="change">${t('figure.change.none')}</p>`;
	const moved = Math.round(value);
	if (moved === 0)
		return html`<p class="change">${t('figure.change.same')}</p>`;
	const tone = moved * better > 0 ? 'good' : moved * better < 0 ? 'bad' : '';

	return html`<p class=${classes('change', tone)}>
		<span aria-hidden="true">${moved > 0 ? '▲' : '▼'}</span> ${change(moved)}
		<span class="sr">${t('figure.change.than')}</span></p>`;
}

function Figure({ name, value, note, of, better, to }) {
	return html`<div class="figure">
		<dt>${to ? html`<a href=${to}>${t(`figure.${name}`)}</a>`
			: t(`figure.${name}`)}</dt>
		<dd><span class="figure-value">${value}</span>
			${note && html`<span class="figure-note">${note}</span>`}
			<${Change} value=${of} better=${better} /></dd>
	</div>`;
}

function Figures({ of: { totals, change: moved, previous }, period }) {
	const rate = (part, all) => all > 0 ? percent(part / all * 100) : null;
	const success = rate(totals.successes, totals.rated);
	const before = previous.rated > 0
		? previous.successes / previous.rated : null;
	// Shares are compared as shares, not by how many calls there were.
	const better = before && totals.rated > 0
		? (totals.successes / totals.rated / before - 1) * 100 : null;
	const calls = (outcome) => href('/calls', { outcome,
		from: period.from, to: period.to });

	return html`<dl class="figures">
		<${Figure} name="calls" value=${number(totals.calls)} of=${moved.calls}
			better=${1} to=${calls()} note=${t('figure.talk',
				{ time: duration(totals.seconds) })} />
		<${Figure} name="answered" value=${number(totals.answered)}
			note=${rate(totals.answered, totals.calls)} of=${moved.answered}
			better=${1} to=${calls('answered')} />
		<${Figure} name="missed" value=${number(totals.missed)}
			note=${rate(totals.missed, totals.calls)} of=${moved.missed}
			better=${-1} to=${calls('missed')} />
		<${Figure} name="after_hours" value=${number(totals.after_hours)}
			note=${rate(totals.after_hours, totals.calls)}
			of=${moved.after_hours} better=${0} to=${calls('after_hours')} />
		<${Figure} name="average" of=${moved.average_seconds} better=${0}
			value=${duration(totals.average_seconds)}
			note=${t('figure.per_call')} />
		<${Figure} name="success" value=${success ?? '–'} of=${better}
			better=${1} note=${t('figure.rated', { n: totals.rated })} />
	</dl>`;
}

function Needed() {
	const list = useResource('calls', NEEDED, { every: EVERY_MS });
	const lineOf = useLines();
	const { readOnly } = useRights();
	// The calls of which a change is on its way.
	const [moving, setMoving] = useState([]);
	const still = useStill((list.data?.data ?? []).map((call) => call.id));
	// The call as it is now; undefined: nothing was written.
	const settle = async (call, state, match) => {
		setMoving((ids) => [...ids, call.id]);
		try {
			return await patch(`calls/${call.id}`,
				{ follow_up_state: state }, { match });
		} catch (error) {
			const { title, advice } = errorWords(error);
			toast(`${title} ${advice}`, { kind: 'bad' });
		} finally {
			forget('calls');
			list.reload().then(() => setMoving((ids) =>
				ids.filter((id) => id !== call.id)));
		}
	};
	const done = async (call, row) => {
		const before = call.follow_up_state;
		const beside = row.nextElementSibling ?? row.previousElementSibling;
		const now = await settle(call, 'done');
		if (now) {
			if (beside && row.contains(document.activeElement))
				leadTo(beside.querySelector('a'));
			else if (!beside)
				toHeading();
			toast(t('needed.done', { who: caller(call, lineOf(call)) }),
				{ kind: 'good', action: { label: t('action.undo'),
					run: () => settle(call, before, tagOf(now)) } });
		}
	};

	return html`<${Card} id="needed" className="needed"
		title=${t('needed.title')} actions=${html`<a class="small"
			href=${href('/calls', { follow_up: 'needed' })}>
			${t('needed.all')}</a>`}>
		<${Resource} of=${list} lines=${8}>${({ data }) => data.length === 0
			? html`<${EmptyState} icon="check" title=${t('needed.none')}>
				${t('needed.none.text')}</${EmptyState}>`
			: html`<ul class="needed-list" onClickCapture=${still}>${data.map(
				(call) => html`<li key=${call.id}>
				<div class="needed-what">
					<p><a class="phone" href=${`#/calls/${call.id}`}>${
						caller(call, lineOf(call))}</a>
						<span class="muted small"> ${callWhen(call)}</span></p>
					<p class="needed-why" dir="auto">${call.summary ??
						t('call.no_summary')}</p>
					${call.follow_up_state === 'in_progress' && html`<${
						FollowUpBadge} state=${call.follow_up_state} />`}
				</div>
				${!readOnly && html`<button type="button"
					class="secondary small"
					aria-disabled=${String(moving.includes(call.id))}
					onClick=${(event) => moving.includes(call.id) || done(call,
						event.target.closest('li'))}>${t('needed.mark')}
					<span class="sr">${caller(call, lineOf(call))}</span></button>`}
			</li>`)}</ul>`}</${Resource}>
	</${Card}>`;
}

function Shares({ rows }) {
	const all = rows.reduce((n, row) => n + row.calls, 0);

	return html`<ul class="shares">${rows.slice(0, 6).map((row) => html`<li
		key=${row.key}>
		<span dir="auto">${row.to ? html`<a href=${row.to}>${row.label}</a>`
			: row.label}</span><span class="num">${number(row.calls)}</span>
		<span class="num muted">${percent(row.calls / all * 100)}</span>
		<progress value=${row.calls} max=${all} aria-hidden="true"></progress>
	</li>`)}</ul>`;
}

function Usage() {
	const plan = useResource('subscription');

	return html`<${Card} id="usage" className="usage" title=${t('minutes.title')}
		actions=${html`<a class="small" href="#/usage">${t('minutes.more')}</a>`}>
		<${Resource} of=${plan} lines=${3}>${(one) => html`<div class="stack">
			<p><span class="figure-value">${duration(one.used_seconds)}</span>
				<span class="muted"> ${one.included_seconds === null
					? t('minutes.unlimited') : t('usage.of',
						{ included: duration(one.included_seconds) })}</span></p>
			${one.included_seconds !== null && html`<progress max="100"
				class=${one.capped ? 'bad' : one.warning ? 'warn' : ''}
				value=${Math.min(100, one.percent)}
				aria-label=${t('minutes.bar')}></progress>`}
			${one.capped ? html`<${Notice} kind="bad"><p>${t(
				`minutes.capped.${one.cap_behaviour}`)}</p></${Notice}>`
				: one.warning ? html`<${Notice} kind="warn"><p>${t('minutes.warning',
					{ part: percent(one.percent) })}</p></${Notice}>` : null}
			<p class="small muted">${t('minutes.until', { date:
				dayDate(one.last_day) })}</p>
		</div>`}</${Resource}>
	</${Card}>`;
}

function Welcome() {
	const ready = useSignal(me)?.phone_numbers > 0;
	const key = ready ? 'overview.waiting' : 'overview.empty';

	return html`<${Card}><${EmptyState} icon="calls"
		title=${t('overview.empty')} action=${html`<a href="#/numbers"
			class="button">${t(`${key}.action`)}</a>`}>
		${t(`${key}.text`)}</${EmptyState}></${Card}>`;
}

function Wait() {
	return html`<div class="figures figures-wait">
		<${Live} class="sr">${t('state.loading')}</${Live}>
		${[1, 2, 3, 4, 5, 6].map((n) => html`<div class="figure" key=${n}
			aria-hidden="true"><span class="bone"></span>
			<span class="bone"></span></div>`)}
	</div>`;
}

function Days({ data }) {
	return html`<${Card} id="days" className="days" title=${t('overview.days')}>
		${data ? html`<${DayChart} days=${data.days} />`
			: html`<${Skeleton} lines=${6} />`}</${Card}>`;
}

function Hours({ data }) {
	return html`<${Card} id="hours" className="hours"
		title=${t('overview.hours')}>
		${data ? html`<${HeatMap} hours=${data.hours} />`
			: html`<${Skeleton} lines=${6} />`}</${Card}>`;
}

function Intents({ data, period }) {
	return html`<${Card} id="intents" title=${t('overview.intents')}
		className="intents">${!data ? html`<${Skeleton} lines=${5} />`
		: data.intents.length === 0
		? html`<p class="muted">${t('overview.intents.none')}</p>`
		: html`<${Shares} rows=${data.intents.map((one) => ({
			key: one.intent, calls: one.calls,
			label: one.name ?? humanise(one.intent),
			to: href('/calls', { intent: one.intent, ...period }) }))} />`}
	</${Card}>`;
}

function Outcomes({ data }) {
	return html`<${Card} id="outcomes" title=${t('overview.outcomes')}
		className="outcomes">${!data ? html`<${Skeleton} lines=${5} />`
		: html`<${Shares}
			rows=${data.outcomes.map((one) => ({ key: one.status,
				calls: one.calls,
				label: tOr(`status.${one.status}`, one.status) }))} />
		<p class="small muted cost">${t('overview.cost',
			{ cost: money(data.totals.cost_usd ?? 0) })}</p>`}
	</${Card}>`;
}

// The front desk has who waits for a call back; the figures are the owner's.
function Desk() {
	return html`<${Page} title=${t('nav.overview')}>
		<${Notice} title=${t('desk.figures')}><p>${t('desk.figures.text')}</p>
			</${Notice}>
		<div class="board bare"><${Needed} /><${Usage} /></div>
	</${Page}>`;
}

export default function Overview({ query }) {
	const { desk } = useRights();

	return desk ? html`<${Desk} />` : html`<${Board} query=${query} />`;
}

function Board({ query }) {
	const days = PERIODS.includes(Number(query.days)) ? Number(query.days) : 30;
	const figures = useResource('analytics', { days }, { every: EVERY_MS });
	const { data } = figures;
	// Which days these are, and which one is today, is the server's to say.
	const period = data && { from: data.days[0].date,
		to: data.days.at(-1).date };
	const nothing = data && data.totals.calls === 0 &&
		data.previous.calls === 0;
	const drawn = data ? !nothing : !figures.error;

	return html`<${Page} title=${t('nav.overview')} lead=${t('overview.lead',
		{ n: days })} actions=${html`<${Segments} name="days"
		label=${t('overview.period')} value=${String(days)}
		options=${PERIODS.map((n) => ({ value: String(n),
			label: t('overview.days_n', { n }) }))}
		onChange=${(n) => go('/', { days: n })} />`}>
		${data === undefined && !figures.error ? html`<${Wait} />`
			: html`<${Resource} of=${figures}>${() => nothing
				? html`<${Welcome} />` : html`<${Figures} of=${data}
					period=${period} />`}</${Resource}>`}
		<div class=${drawn ? 'board' : 'board bare'}>
			${drawn && html`<${Days} data=${data} />`}
			<${Needed} />
			${drawn && html`<${Hours} data=${data} />
				<${Intents} data=${data} period=${period} />
				<${Outcomes} data=${data} />`}
			<${Usage} />
		</div>
	</${Page}>`;
}
