// Who is signed in. Without Clerk the proof is a link that ends in
// #token=…; the token is kept for this tab only and leaves the address at
// once. With Clerk every request asks Clerk for a fresh token.
import { signal } from './signal.js';

const KEY = 'callward.token';

// null: nobody; else {sub, key, readOnly, lapsed, choose}. sub is the person,
// key has their organization, too: what is kept for one is never another's.
// choose: an organization is to be chosen first.
export const session = signal(null);

let token = null;
let clerk = null;

function claimsOf(jwt) {
	try {
		const part = jwt.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
		const bytes = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
		return JSON.parse(new TextDecoder().decode(bytes));
	} catch {
		return null;
	}
}

// Whose token it says to be; null when it says nothing.
export function subOf(jwt) {
	const sub = claimsOf(jwt)?.sub;
	return typeof sub === 'string' ? sub : null;
}

const keyFor = (sub, organization) => organization ? `${sub} ${organization}`
	: sub;

// The same with the organization.
export function keyOf(jwt) {
	const claims = claimsOf(jwt);
	return keyFor(claims?.sub, claims?.o?.id ?? claims?.org_id);
}

function begin(jwt) {
	const claims = claimsOf(jwt);

	token = jwt;
	session.set({ sub: claims.sub, key: keyOf(jwt),
		readOnly: claims.act !== undefined, lapsed: false });
}

function keep(jwt) {
	try {
		if (jwt === null)
			sessionStorage.removeItem(KEY);
		else
			sessionStorage.setItem(KEY, jwt);
	} catch {
		// Without storage the session lasts until the page is reloaded.
	}
}

// A token out of "…#token=JWT" or a bare JWT; null when there is none.
export function tokenIn(text) {
	const found = /(?:^|#token=)([\w-]+\.[\w-]+\.[\w-]+)$/.exec(text.trim());
	return found === null ? null : found[1];
}

// Sign in with a token that says whose it is.
export function signIn(jwt) {
	begin(jwt);
	keep(jwt);
}

// Take a link out of the address and put back the hash that stood there;
// null when there is none.
export function takeFromAddress(before = '') {
	const link = location.hash;

	if (!link.startsWith('#token='))
		return null;
	history.replaceState(null, '', before.startsWith('#/') ? before : '#/');
	return link;
}

export function restore() {
	try {
		const kept = sessionStorage.getItem(KEY);
		if (kept !== null && subOf(kept) !== null)
			begin(kept);
	} catch {
		// No storage, no session.
	}
}

// Tokens are no way in any more.
export function forgetToken() {
	keep(null);
	token = null;
	session.set(null);
}

// From now on Clerk says who it is.
export function useClerk(instance) {
	clerk = instance;
	clerk.addListener(({ user, session: signedIn, organization }) => {
		// Whose sign-in is not finished is nobody yet: Clerk asks on.
		if (!user || signedIn?.status === 'pending') {
			session.set(null);
			return;
		}
		const now = session.get();
		const key = keyFor(user.id, organization?.id);
		if (now === null || now.key !== key || now.lapsed)
			session.set({ sub: user.id, key, readOnly: Boolean(
				clerk.session?.actor), lapsed: false });
	});
}

export async function bearer() {
	return clerk === null ? token : await clerk.session?.getToken() ?? null;
}

// The server no longer takes this proof: what is on the screen stays, so that
// nothing typed is lost, and the sign-in covers it. A proof of before says
// nothing of the one that stands.
export function lapse(proof, choose = false) {
	const now = session.get();

	if (clerk === null && proof !== token)
		return;
	keep(null);
	if (now !== null && !now.lapsed)
		session.set({ ...now, lapsed: true, choose });
}

export async function signOut() {
	if (clerk !== null)
		await clerk.signOut();
	forgetToken();
}
