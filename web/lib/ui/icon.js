// Small drawings that stand beside words, never instead of them.
import { html } from './html.js';

const PATHS = {
	overview: 'M4 20V11M10 20V4M16 20v-6M21 20H3',
	calls: 'M5 4h4l1.5 4.5-2.2 1.6a11 11 0 0 0 5.6 5.6l1.6-2.2L20 15v4a1.6 ' +
		'1.6 0 0 1-1.7 1.6A15.6 15.6 0 0 1 3.4 5.7 1.6 1.6 0 0 1 5 4',
	numbers: 'M9 4 7 20M17 4l-2 16M4 9h16M4 15h16',
	hours: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3.4 2',
	assistants: 'M12 4a8 7 0 0 1 0 14H6l-2 3V11a8 7 0 0 1 8-7M9 11h.01M12 ' +
		'11h.01M15 11h.01',
	intents: 'M4 5h9l7 7-7 7H4l5-7-5-7',
	tests: 'M9 3h6M10 3v6l-5 9a2 2 0 0 0 1.8 3h10.4a2 2 0 0 0 1.8-3l-5-9V3M8 ' +
		'15h8',
	usage: 'M4 17a8 8 0 1 1 16 0M12 17l4-5M8 20h8',
	settings: 'M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4',
	search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16.2 16.2 21 21',
	play: 'M8 5v14l11-7z',
	pause: 'M8 5v14M16 5v14',
	back: 'M11 5l-7 7 7 7M4 12h16',
	next: 'M13 5l7 7-7 7M20 12H4',
	close: 'M6 6l12 12M18 6 6 18',
	check: 'M5 13l4.5 4.5L19 7',
	warn: 'M12 4 3 20h18zM12 10v4M12 17h.01',
	plus: 'M12 5v14M5 12h14',
	download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
	moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5',
	sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 3v1M12 20v1M3 12h1M20 12h1M5.6 ' +
		'5.6l.7.7M17.7 17.7l.7.7M18.4 5.6l-.7.7M6.3 17.7l-.7.7',
	more: 'M4 7h16M4 12h16M4 17h16',
	out: 'M14 4H6v16h8M10 12h10M16 8l4 4-4 4',
	keys: 'M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8',
	flag: 'M6 21V4h11l-2 4 2 4H6',
	trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
	edit: 'M5 19l1-4L16 5l3 3L9 18zM14 7l3 3',
	moonset: 'M4 18h16M17 14a6 6 0 0 1-7-8 6 6 0 1 0 7 8',
	missed: 'M4 8l8 8 8-8M4 8v5M4 8h5',
	phone: 'M8 3h8v18H8zM11 18h2',
	forward: 'M4 16v-2a5 5 0 0 1 5-5h11M15 4l5 5-5 5',
};

export function Icon({ name, size = '1.15em' }) {
	return html`<svg class="icon" viewBox="0 0 24 24" width=${size}
		height=${size} fill="none" stroke="currentColor" stroke-width="1.8"
		stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"
		focusable="false"><path d=${PATHS[name]} /></svg>`;
}
