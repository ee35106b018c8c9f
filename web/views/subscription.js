// The clinic's plan: how much of it is used, and what happens at its end.
import { number, percent, t, tOr } from '../lib/i18n.js';
import { useResource } from '../lib/store.js';
import { dayDate, duration } from '../lib/time.js';
import { Badge } from '../lib/ui/badge.js';
import { humanise } from '../lib/ui/call-words.js';
import { html } from '../lib/ui/html.js';
import { Card, Facts, Page } from '../lib/ui/page.js';
import { Notice, Resource } from '../lib/ui/state.js';

const EVERY_MS = 60000;

// Usage is counted to the second.
const exact = (seconds) => duration(seconds, { exact: true });

function Meter({ plan }) {
	const level = plan.capped || plan.percent >= 100 ? 'bad'
		: plan.warning ? 'warn' : 'good';
	const label = t('usage.meter', { used: exact(plan.used_seconds),
		included: exact(plan.included_seconds),
		percent: percent(plan.percent) });

	return html`<div class=${`usage-meter ${level}`}>
		<p class="usage-figure"><strong>${duration(plan.used_seconds)}</strong>
			<span class="muted">${t('usage.of',
				{ included: duration(plan.included_seconds) })}</span>
			<span class="usage-percent">${percent(plan.percent)}</span></p>
		<svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none"
			role="img" aria-label=${label}>
			<rect class="meter-all" width="100" height="4" />
			<rect class="meter-used" height="4"
				width=${Math.min(plan.percent, 100)} />
			<line class="meter-mark" x1="80" x2="80" y1="0" y2="4" />
		</svg>
		<p class="muted small">${plan.remaining_seconds > 0
			? t('usage.left', { left: exact(plan.remaining_seconds),
				day: dayDate(plan.last_day) })
			: t('usage.none_left', { day: dayDate(plan.last_day) })}</p>
	</div>`;
}

function Warning({ plan }) {
	if (plan.capped) {
		return html`<${Notice} kind="bad" title=${t('usage.capped')}>
			<p>${t('usage.capped.text')}</p></${Notice}>`;
	}
	return plan.warning && html`<${Notice} kind="warn"
		title=${t('usage.warning', { percent: percent(plan.percent) })}>
		<p>${t(`usage.warning.${plan.cap_behaviour}`)}</p></${Notice}>`;
}

function Plan({ plan }) {
	const limited = plan.included_seconds !== null;

	return html`<div class="stack">
		<${Warning} plan=${plan} />
		<div class="split">
			<${Card} id="used" title=${t('usage.used')}>
				${limited ? html`<${Meter} plan=${plan} />`
					: html`<p class="usage-figure">
						<strong>${duration(plan.used_seconds)}</strong>
						<span class="muted">${t('usage.unlimited')}</span></p>`}
				<p class="muted small usage-note">${t('usage.counted')}</p>
			</${Card}>
			<${Card} id="plan" title=${t('usage.plan')}
				actions=${plan.status && html`<${Badge} tone=${
					plan.status === 'active' ? 'good' : 'warn'}>${tOr(
					`usage.status.${plan.status}`, humanise(plan.status))}
					</${Badge}>`}>
				<${Facts} rows=${[
					[t('usage.name'), plan.plan ?? t('usage.name.none')],
					[t('usage.period'), t('usage.period.span', {
						from: dayDate(plan.first_day),
						to: dayDate(plan.last_day) })],
					[t('usage.included'), limited
						? exact(plan.included_seconds) : t('usage.no_limit')],
					[t('usage.talked'), exact(plan.used_seconds)],
					[t('usage.calls'), number(plan.calls)],
				]} />
			</${Card}>
		</div>
		${limited && html`<${Card} id="cap" title=${t('usage.cap')}>
			<p>${t(`usage.cap.${plan.cap_behaviour}`)}</p>
			<p class="muted small usage-note">${t('usage.cap.change')}</p>
		</${Card}>`}
	</div>`;
}

export default function SubscriptionView() {
	const plan = useResource('subscription', {}, { every: EVERY_MS });

	return html`<${Page} title=${t('nav.usage')} lead=${t('usage.lead')}>
		<${Resource} of=${plan} lines=${8} className="card">${(data) =>
			html`<${Plan} plan=${data} />`}
		</${Resource}>
	</${Page}>`;
}
