// Who belongs to no clinic, or has not chosen it, and what to do.
import { mountClinics } from '../lib/clerk.js';
import { t } from '../lib/i18n.js';
import { signOut } from '../lib/session.js';
import { config } from '../lib/store.js';
import { html, useEffect, useRef } from '../lib/ui/html.js';
import { Page } from '../lib/ui/page.js';
import { EmptyState } from '../lib/ui/state.js';

function Clinics() {
	const box = useRef(null);

	useEffect(() => mountClinics('OrganizationList', box.current), []);
	return html`<div ref=${box}></div>`;
}

export default function NoClinic() {
	const clerk = config.get()?.clerk_publishable_key;

	return html`<${Page} title=${t('noclinic.title')}>
		<${EmptyState} icon="flag" title=${t('noclinic.lead')} action=${html`
			<div class="stack">${clerk ? html`<${Clinics} />`
				: html`<p class="muted">${t('noclinic.link')}</p>`}
			<button type="button" class="secondary" onClick=${signOut}>
				${t('tools.out')}</button></div>`}>${t('noclinic.text')}
		</${EmptyState}></${Page}>`;
}
