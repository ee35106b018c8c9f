// The frame of a view: its title, what can be done, its parts.
import { mark, placeNow } from '../router.js';
import { html, useEffect, useRef } from './html.js';

let arrivals = 0;
let height = 0;

// Each step of the history keeps how far one had come down: who goes back is
// there again.
addEventListener('scrollend', () => mark({ y: scrollY }));

// The app calls this when the address leads to another view; the first title
// that is drawn after it takes the focus, so that a screen reader says
// where one is. The first page of a visit leaves the focus alone.
export function announceArrival() {
	arrivals = 1;
	height = placeNow().y ?? 0;
}

// Where to go when what had the focus is taken away.
export const toHeading = () => document.querySelector('h1')
	?.focus({ preventScroll: true });

// What has the focus, until it is given away.
let holder = null;

// What has the focus may go by itself, or because it was pressed. Who has not
// gone elsewhere a moment later is at the heading.
export function keepFocus() {
	addEventListener('focusin', ({ target }) => { holder = target; });
	addEventListener('focusout', ({ target }) => queueMicrotask(() => {
		if (holder === target && target.isConnected)
			holder = null;
	}));
	new MutationObserver(() => {
		if (holder === null || holder.isConnected)
			return;
		holder = null;
		requestAnimationFrame(() => setTimeout(() =>
			document.activeElement === document.body && toHeading()));
	}).observe(document.body, { childList: true, subtree: true });
}

// title: the view's name, also the document's. lead: one sentence under it.
// actions: buttons or links beside it.
export function Page({ title, lead, actions, children, back }) {
	const heading = useRef(null);

	useEffect(() => {
		document.title = `${title} · Callward`;
	}, [title]);
	useEffect(() => {
		if (arrivals === 0)
			return;
		arrivals = 0;
		heading.current.focus({ preventScroll: true });
		scrollTo(0, height);
	}, []);
	return html`<div class="page">
		<header class="page-head">
			<div class="page-title">
				${back}
				<h1 ref=${heading} tabindex="-1" dir="auto">${title}</h1>
				${lead && html`<div class="lead" dir="auto">${lead}</div>`}
			</div>
			${actions && html`<div class="actions">${actions}</div>`}
		</header>
		${children}
	</div>`;
}

// A part of a view with a heading of its own. wide: over all columns.
export function Card({ title, id, actions, lead, className = '', children }) {
	return html`<section class=${`card ${className}`}
		aria-labelledby=${id}>
		${title && html`<div class="card-head">
			<h2 id=${id} dir="auto">${title}</h2>
			${actions && html`<div class="actions">${actions}</div>`}
		</div>`}
		${lead && html`<p class="muted card-lead" dir="auto">${lead}</p>`}
		${children}
	</section>`;
}

// Terms and their values; rows without a value are left out.
export function Facts({ rows }) {
	return html`<dl class="facts">${rows
		.filter(([, value]) => value !== null && value !== undefined &&
			value !== '')
		.map(([term, value]) => html`<div key=${term}>
			<dt>${term}</dt><dd dir="auto">${value}</dd></div>`)}
	</dl>`;
}
