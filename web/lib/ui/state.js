// What stands in a view's place while there is nothing to show: it loads, it
// is empty, or it went wrong.
import { t, tOr } from '../i18n.js';
import { html } from './html.js';
import { Icon } from './icon.js';
import { Live } from './live.js';

// Grey lines of the size of what comes; told once to a screen reader.
export function Skeleton({ lines = 3, className = '' }) {
	return html`<div class=${`skeleton ${className}`}>
		<${Live} class="sr">${t('state.loading')}</${Live}>
		${Array.from({ length: lines }, (_, i) =>
			html`<span class="bone" key=${i} aria-hidden="true"></span>`)}
	</div>`;
}

export function EmptyState({ icon = 'calls', title, children, action }) {
	return html`<div class="empty">
		<span class="empty-mark"><${Icon} name=${icon} size="1.6em" /></span>
		<p class="empty-title">${title}</p>
		${children && html`<p class="muted">${children}</p>`}
		${action}
	</div>`;
}

// The sentence for an error, and what to do about it.
export function errorWords(error) {
	const kind = error?.kind ?? 'page';

	return { title: tOr(`error.${kind}.title`, t('error.server.title')),
		advice: ['conflict', 'limit'].includes(error?.kind) ||
			error?.kind === 'denied' && error.code
			? error.detail ?? t(`error.${kind}.advice`)
			: tOr(`error.${kind}.advice`, t('error.server.advice')) };
}

// Asking again would not change these.
const FINAL = ['absent', 'denied'];

export function ErrorState({ error, retry }) {
	const { title, advice } = errorWords(error);

	return html`<div class="notice bad" role="alert">
		<${Icon} name="warn" />
		<div class="notice-body">
			<p><strong>${title}</strong></p>
			<p>${advice}</p>
			${error?.requestId && html`<p class="small muted">
				${t('error.request', { id: error.requestId })}</p>`}
			${retry && !FINAL.includes(error?.kind) && html`<button type="button"
				class="small secondary" onClick=${retry}>${t('action.retry')}
				</button>`}
		</div>
	</div>`;
}

// A refresh failed, but what was read before still stands.
export function Stale({ error, retry }) {
	return error && html`<div class="notice warn">
		<${Icon} name="warn" />
		<${Live} as="div" class="notice-body"><p>${t('state.stale')}
			${' '}${errorWords(error).advice}</p></${Live}>
		<button type="button" class="small secondary" onClick=${retry}>
			${t('action.retry')}</button>
	</div>`;
}

// kind: info, good, warn or bad. role: alert or status, where it comes while
// one is at something else.
export function Notice({ kind = 'info', title, children, role }) {
	const icon = { good: 'check', info: 'flag', warn: 'warn', bad: 'warn' };
	const words = html`${title && html`<p><strong>${title}</strong></p>`}
		${children}`;

	return html`<div class=${`notice ${kind}`}>
		<${Icon} name=${icon[kind]} />
		${role === 'status' ? html`<${Live} as="div" class="notice-body">
			${words}</${Live}>` : html`<div class="notice-body" role=${role}>
			${words}</div>`}
	</div>`;
}

// One resource's three states; children(data) draws it when it is there.
export function Resource({ of, lines, className, children }) {
	if (of.data === undefined) {
		return of.error
			? html`<${ErrorState} error=${of.error} retry=${of.reload} />`
			: html`<${Skeleton} lines=${lines} className=${className} />`;
	}
	return html`<${Stale} error=${of.error} retry=${of.reload} />
		${children(of.data)}`;
}
