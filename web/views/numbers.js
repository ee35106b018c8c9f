// The clinic's telephone numbers.
import { t } from '../lib/i18n.js';
import { useResource, useRights } from '../lib/store.js';
import { phone } from '../lib/ui/call-words.js';
import { html } from '../lib/ui/html.js';
import { Icon } from '../lib/ui/icon.js';
import { NumberBadge } from '../lib/ui/number-words.js';
import { Card, Page } from '../lib/ui/page.js';
import { EmptyState, Resource } from '../lib/ui/state.js';
import { Table } from '../lib/ui/table.js';

const COLUMNS = () => [
	{ id: 'number', label: t('number.number'), cell: (one) => html`<a
		class="row-link phone" href=${`#/numbers/${one.id}`}>${
		phone(one.phone_number)}</a>${one.label && html`<span
		class="of-line" dir="auto">${one.label}</span>`}` },
	{ id: 'status', label: t('number.status'), cell: (one) => html`<${
		NumberBadge} status=${one.status} />` },
	{ id: 'assistant', label: t('number.assistant'), named: true, cell: (one) =>
		one.assistant_name ? html`<span dir="auto">${one.assistant_name}</span>`
			: html`<span class="muted">${t(
			'number.assistant.none')}</span>` },
	{ id: 'fallback', label: t('number.fallback'), named: true, cell: (one) =>
		one.fallback_number ? html`<span class="phone">${
			phone(one.fallback_number)}</span>` : html`<span class="muted">${
			t('number.fallback.none')}</span>` },
	{ id: 'next', label: t('number.next'), cell: (one) =>
		one.status === 'pending' ? html`<span class="next-step">${t(
			one.verification ? 'number.next.go_on' : 'number.next.prove')}
			<${Icon} name="next" size="1em" /></span>`
		: one.status === 'active' && one.assistant_id === null ? html`<span
			class="next-step">${t('number.next.assistant')}
			<${Icon} name="next" size="1em" /></span>` : null },
];

export default function Numbers() {
	const list = useResource('phone-numbers');
	const { fixed } = useRights();
	const add = !fixed && html`<a href="#/numbers/new" class="button">
		<${Icon} name="plus" /> ${t('number.add')}</a>`;

	return html`<${Page} title=${t('nav.numbers')} lead=${t('number.lead')}
		actions=${list.data?.data.length > 0 && add}>
		<${Resource} of=${list} lines=${6}>${({ data }) => html`<${Card}
			className=${data.length > 0 ? 'flush' : ''}>${data.length === 0
			? html`<${EmptyState} icon="numbers" title=${t('number.none')}
				action=${add}>${t('number.none.text')}</${EmptyState}>`
			: html`<${Table} caption=${t('nav.numbers')} columns=${COLUMNS()}
				rows=${data} rowKey=${(one) => one.id}
				className="numbers-list" />`}</${Card}>`}</${Resource}>
	</${Page}>`;
}
