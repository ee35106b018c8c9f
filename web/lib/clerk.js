// Sign-in by Clerk, loaded from its Frontend API host the documented way
// (Clerk, "JavaScript quickstart", clerk-js 6, whose components are a bundle
// of their own). Only reached when the server has a publishable key.
import { useClerk } from './session.js';
import { config } from './store.js';
import { html, useEffect, useRef } from './ui/html.js';

const START_MS = 10000;

function load(src, attributes = {}) {
	return new Promise((resolve, reject) => {
		const script = document.createElement('script');
		Object.assign(script, { src, async: true, crossOrigin: 'anonymous',
			onload: resolve, onerror: reject });
		for (const [name, value] of Object.entries(attributes))
			script.setAttribute(name, value);
		document.head.append(script);
	});
}

// The key is "pk_test_" or "pk_live_" and the host with a "$" in Base64.
function hostOf(key) {
	const host = atob(key.split('_')[2]).replace(/\$$/, '');

	if (!/^[a-z0-9.-]+$/i.test(host))
		throw new Error('not a publishable key');
	return host;
}

async function loadClerk(key) {
	const from = `https://${hostOf(key)}/npm/@clerk`;

	await load(`${from}/ui@1/dist/ui.browser.js`);
	await load(`${from}/clerk-js@6/dist/clerk.browser.js`,
		{ 'data-clerk-publishable-key': key });
	await window.Clerk.load({ ui: {
		ClerkUI: window.__internal_ClerkUICtor } });
}

// Throws when Clerk is not there in time; what comes of it later is not used.
export async function startClerk(key) {
	await Promise.race([loadClerk(key), new Promise((_, reject) =>
		setTimeout(reject, START_MS, new Error('Clerk does not answer')))]);
	useClerk(window.Clerk);
}

// Clerk's list of the clinics that one belongs to (OrganizationList), or its
// switch between them (OrganizationSwitcher).
export function Clinics({ part }) {
	const box = useRef(null);

	useEffect(() => {
		const node = box.current;

		window.Clerk?.[`mount${part}`]?.(node, {
			hidePersonal: config.get()?.clerk_tenant === 'organization' });
		return () => window.Clerk?.[`unmount${part}`]?.(node);
	}, []);
	return html`<div ref=${box}></div>`;
}
