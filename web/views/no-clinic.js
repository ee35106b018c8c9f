// Who belongs to no clinic, or has not chosen it, and what to do.
import { Clinics } from '../lib/clerk.js';
import { t } from '../lib/i18n.js';
import { signOut } from '../lib/session.js';
import { config } from '../lib/store.js';
import { html } from '../lib/ui/html.js';
import { Page } from '../lib/ui/page.js';
import { EmptyState } from '../lib/ui/state.js';

export default function NoClinic() {
	const clerk = config.get()?.clerk_publishable_key;

	return html`<${Page} title=${t('noclinic.title')}>
		<${EmptyState} icon="flag" title=${t('noclinic.lead')} action=${html`
			<div class="stack">${clerk ? html`<${Clinics}
				part="OrganizationList" />`
				: html`<p class="muted">${t('noclinic.link')}</p>`}
			<button type="button" class="secondary" onClick=${signOut}>
				${t('tools.out')}</button></div>`}>${t('noclinic.text')}
		</${EmptyState}></${Page}>`;
}
