// Addresses are "#/calls/ID?words=…", so that any static server will do.
// A view with something unsaved may hold a guard, which is asked before
// the address is left, by whatever way.
import { useLayoutEffect } from '../vendor/hooks.js';
import { signal } from './signal.js';

function read() {
	const [path, query = ''] = location.hash.slice(1).split('?');

	return { path: path.startsWith('/') ? path : '/',
		query: Object.fromEntries(new URLSearchParams(query)) };
}

export const route = signal(read());

let shown = location.hash;
let guard = null;

// What the history keeps of the place that is shown: {y, opened}, how far one
// had come down and what was opened there; and from, the same with its href,
// of the place before. Who goes on to where one came from finds it as it was.
let place = {};

export const placeNow = () => place;

// Add to it, while it is the one that the browser is at.
export function mark(part) {
	if (location.hash !== shown)
		return;
	place = { ...place, ...part };
	history.replaceState(place, '');
}

// The href of the place before, if it is one of this path.
export function cameFrom(path) {
	const before = place.from?.href;

	return before?.split('?')[0] === `#${path}` ? before : null;
}

function placeAt(next) {
	const { from, ...here } = place;
	const back = from?.href === next ? from : {};

	return { y: back.y, opened: back.opened, from: { ...here, href: shown } };
}

// The href of a place; what is empty in the query is left out.
export function href(path, query = {}) {
	const words = new URLSearchParams();

	for (const [name, value] of Object.entries(query)) {
		if (value !== undefined && value !== null && value !== '')
			words.set(name, value);
	}
	return words.size ? `#${path}?${words}` : `#${path}`;
}

export function go(path, query) {
	location.hash = href(path, query);
}

// Change the query of the place one is at, without a step in the history.
export function replaceQuery(query) {
	history.replaceState(place, '', href(route.get().path, query));
	shown = location.hash;
	route.set(read());
}

// The path's values if it fits the pattern ("/calls/{id}"), else null.
export function match(pattern, path) {
	const names = pattern.split('/');
	const parts = path.split('/');
	const values = {};

	if (names.length !== parts.length)
		return null;
	for (const [i, name] of names.entries()) {
		if (name.startsWith('{') && parts[i] !== '') {
			try {
				values[name.slice(1, -1)] = decodeURIComponent(parts[i]);
			} catch {
				return null;
			}
		} else if (name !== parts[i])
			return null;
	}
	return values;
}

async function arrived() {
	const next = location.hash;

	if (next === shown)
		return;
	const there = history.state ?? placeAt(next);
	if (guard !== null && read().path !== route.get().path) {
		history.pushState(place, '', shown || '#/');
		if (!await guard())
			return;
		guard = null;
		history.pushState(null, '', next);
	}
	shown = next;
	place = there;
	mark();
	route.set(read());
}

export function startRouter() {
	shown = location.hash;
	place = history.state ?? {};
	mark();
	route.set(read());
	addEventListener('hashchange', arrived);
	addEventListener('beforeunload', (event) => {
		if (guard !== null)
			event.preventDefault();
	});
}

// Ask before leaving, as long as active: ask() answers a promise of true for
// "leave".
export function useGuard(active, ask) {
	useLayoutEffect(() => {
		if (!active)
			return undefined;
		guard = ask;
		return () => {
			if (guard === ask)
				guard = null;
		};
	}, [active, ask]);
}
