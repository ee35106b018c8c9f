// Steps through a list that has a beginning and a next page, but no count.
import { t } from '../i18n.js';
import { html } from './html.js';
import { Icon } from './icon.js';

// first, previous and next are hrefs; null where there is none.
export function Pager({ label, first, previous, next }) {
	return (first || previous || next) && html`<nav class="pager"
		aria-label=${label}>
		<span class="actions">
			${first && html`<a class="button secondary small"
				href=${first}>${t('pager.first')}</a>`}
			${previous && html`<a class="button secondary small"
				rel="prev" href=${previous}><${Icon} name="back" />
				${t('pager.previous')}</a>`}
		</span>
		${next && html`<a class="button secondary small" rel="next"
			href=${next}>${t('pager.next')} <${Icon} name="next" /></a>`}
	</nav>`;
}
