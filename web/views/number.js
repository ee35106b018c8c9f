// One number: its proof, how to forward it, what happens with its calls.
import { patch, remove } from '../lib/api.js';
import { t, tOr } from '../lib/i18n.js';
import { go, href } from '../lib/router.js';
import { forget, useResource, useRights } from '../lib/store.js';
import { date } from '../lib/time.js';
import { toast } from '../lib/toast.js';
import { phone } from '../lib/ui/call-words.js';
import { confirm } from '../lib/ui/dialog.js';
import { FormErrors, SaveButton } from '../lib/ui/field.js';
import { useForm } from '../lib/ui/form.js';
import { Forwarding } from '../lib/ui/forwarding.js';
import { html, useState } from '../lib/ui/html.js';
import { Icon } from '../lib/ui/icon.js';
import { NumberBadge, NumberFields, numberLabels, orNull, writeNumbers }
	from '../lib/ui/number-words.js';
import { Card, Facts, Page } from '../lib/ui/page.js';
import { Proof, proofPace } from '../lib/ui/proof.js';
import { ErrorState, Resource } from '../lib/ui/state.js';

function Settings({ number, put }) {
	const { fixed } = useRights();
	const assistants = useResource('assistants');
	const form = useForm({ label: number.label ?? '',
		assistant_id: number.assistant_id ?? '',
		fallback_number: number.fallback_number ?? '' }, {
		save: async (changes) => {
			put(await writeNumbers((values) =>
				patch(`phone-numbers/${number.id}`, values), orNull(changes)));
			forget('phone-numbers {');
			toast(t('form.saved'), { kind: 'good' });
		} });

	return html`<${Card} id="settings" title=${t('number.settings')}>
		<${Resource} of=${assistants} lines=${6}>${({ data }) => html`<form
			noValidate onSubmit=${form.submit}>
			<${FormErrors} form=${form} labels=${numberLabels()} />
			<fieldset class="plain stack" disabled=${fixed}>
				<${NumberFields} form=${form} assistants=${data} /></fieldset>
			${!fixed && html`<div class="form-foot"><${SaveButton}
				form=${form} /><span class="small muted" role="status">${
				form.dirty ? t('form.unsaved') : ''}</span></div>`}
		</form>`}</${Resource}>
	</${Card}>`;
}

function Removal({ number }) {
	const [error, setError] = useState(null);
	const run = async () => {
		const shown = phone(number.phone_number);
		if (!await confirm({ title: t('number.delete.title', { number: shown }),
			text: t('number.delete.text'), yes: t('number.delete'),
			danger: true }))
			return;
		setError(null);
		try {
			await remove(`phone-numbers/${number.id}`);
		} catch (fault) {
			setError(fault);
			return;
		}
		forget('phone-numbers');
		toast(t('number.deleted', { number: shown }), { kind: 'good' });
		go('/numbers');
	};

	return html`<${Card} id="removal" title=${t('number.delete')}>
		<div class="stack"><p class="muted">${t('number.delete.text')}</p>
		${error && html`<${ErrorState} error=${error} retry=${run} />`}
		<div><button type="button" class="danger secondary" onClick=${run}>
			<${Icon} name="trash" /> ${t('number.delete')}</button></div></div>
	</${Card}>`;
}

function About({ number }) {
	return html`<${Card} id="about" title=${t('number.about')}>
		<${Facts} rows=${[
			[t('number.status'), html`<${NumberBadge}
				status=${number.status} />`],
			[t('number.proven'), number.verified_at && date(number.verified_at)],
			[t('number.rule'), number.status === 'active' && tOr(
				`rule.${number.match_rule}`, number.match_rule)],
			[t('number.forwards_to'), number.forwarding.to && html`<span
				class="phone">${phone(number.forwarding.to)}</span>`],
			[t('nav.calls'), html`<a href=${href('/calls',
				{ line: number.id })}>${t('number.calls')}</a>`],
		].map(([term, value]) => [term, value || null])} />
	</${Card}>`;
}

function Number({ number, put }) {
	const { fixed } = useRights();
	// A proof that ends while one looks on stays until one leaves.
	const [proving] = useState(number.status === 'pending');

	return html`<div class="split">
		<div class="stack">
			${proving && html`<${Card} id="proof" title=${t('proof.title')}
				lead=${t('proof.lead')}><${Proof} number=${number} put=${put} />
				</${Card}>`}
			${(!proving || number.status === 'active') && html`<${Card}
				id="forward" title=${t('forward.title')}
				lead=${t('forward.lead')}><${Forwarding} number=${number} />
				</${Card}>`}
		</div>
		<div class="stack">
			<${About} number=${number} />
			<${Settings} number=${number} put=${put} />
			${!fixed && html`<${Removal} number=${number} />`}
		</div>
	</div>`;
}

export default function NumberView({ params }) {
	const id = /^[0-9a-f-]{36}$/i.test(params.id) ? params.id : 'none';
	const number = useResource(`phone-numbers/${id}`, undefined,
		{ every: proofPace });

	return html`<${Page} title=${number.data ? phone(number.data.phone_number)
		: t('number.number')} lead=${number.data?.label}
		back=${html`<a class="back-link" href="#/numbers">
			<${Icon} name="back" /> ${t('nav.numbers')}</a>`}>
		<${Resource} of=${number} lines=${10}>${(one) => html`<${Number}
			number=${one} put=${number.put} />`}</${Resource}>
	</${Page}>`;
}
