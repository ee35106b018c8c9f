// Nobody is signed in, or the proof has run out: how to get in again.
import { get } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { go } from '../lib/router.js';
import { keyOf, session, signIn, signOut, subOf, tokenIn }
	from '../lib/session.js';
import { useSignal } from '../lib/signal.js';
import { me } from '../lib/store.js';
import { toast } from '../lib/toast.js';
import { confirm } from '../lib/ui/dialog.js';
import { TextField } from '../lib/ui/field.js';
import { html, useEffect, useRef, useState } from '../lib/ui/html.js';
import { Notice } from '../lib/ui/state.js';

const named = (name, sub) => `${name || t('clinic.unnamed')} (${sub})`;

// Sign in with the token of a link. Who is signed in stays so until the server
// has taken it, and, where it is another's, until one has agreed: anybody can
// make somebody follow a link. Answers the key of what is wrong, or null.
export async function takeLink(link) {
	const jwt = tokenIn(link);
	const sub = jwt && subOf(jwt);
	const now = session.get();
	let found;

	if (!sub)
		return 'signin.link.wrong';
	if (now === null || now.lapsed && now.key === keyOf(jwt)) {
		signIn(jwt);
		return null;
	}
	try {
		found = await get('me', undefined, { token: jwt });
	} catch {
		return 'signin.link.refused';
	}
	if (now.key !== keyOf(jwt)) {
		if (!await confirm({ title: t('signin.switch.title'),
			text: t('signin.switch.text', {
				now: named(me.get()?.name, now.sub),
				next: named(found.name, sub) }),
			yes: t('signin.switch.yes'), no: t('signin.switch.no') }))
			return null;
		go('/');
	}
	signIn(jwt);
	return null;
}

// The same for a link that was followed, whose fault stands at no field.
export async function followLink(link) {
	if (await takeLink(link) !== null && session.get() !== null)
		toast(t('signin.link.kept'), { kind: 'bad' });
}

function Clerk() {
	const box = useRef(null);

	const { choose } = useSignal(session) ?? {};
	const pending = choose || window.Clerk.session?.status === 'pending';
	const known = !pending && Boolean(window.Clerk.user);

	useEffect(() => {
		if (known)
			return undefined;
		const chooses = pending && window.Clerk.mountTaskChooseOrganization;
		if (chooses)
			window.Clerk.mountTaskChooseOrganization(box.current,
				{ redirectUrlComplete: location.href });
		else
			window.Clerk.mountSignIn(box.current);
		const node = box.current;
		return () => chooses
			? window.Clerk.unmountTaskChooseOrganization(node)
			: window.Clerk.unmountSignIn(node);
	}, [known, pending]);
	// Clerk knows this person, but the server no longer takes the proof.
	return known ? html`<p>${t('signin.clerk.refused')}</p>
		<button type="button" onClick=${signOut}>${t('signin.clerk.again')}
		</button>` : html`${pending && html`<p>${t('signin.choose')}</p>`}
		<div ref=${box}></div>`;
}

// The same in the page of its own and over a view whose session has ended.
export function SignInForm({ config }) {
	const [link, setLink] = useState('');
	const [error, setError] = useState(null);

	if (config?.clerk_failed) {
		return html`<${Notice} kind="bad" role="alert"
			title=${t('signin.clerk.title')}>
			<p>${t('signin.clerk.advice')}</p></${Notice}>`;
	}
	if (config?.clerk_publishable_key)
		return html`<${Clerk} />`;
	return html`<form noValidate onSubmit=${async (event) => {
		event.preventDefault();
		const wrong = await takeLink(link);
		if (wrong !== null) {
			setError(t(wrong));
			document.getElementById('field-link').focus();
		}
	}}>
		<p>${t('signin.how')} ${session.get() && t('signin.stays')}</p>
		<${TextField} label=${t('signin.link')} hint=${t('signin.link.hint')}
			name="link" value=${link} error=${error} autocomplete="off"
			autocapitalize="off" spellcheck="false" onValue=${(value) => {
				setLink(value);
				setError(null);
			}} />
		<button type="submit">${t('signin.action')}</button>
		<p class="small muted">${t('signin.operator')}</p>
	</form>`;
}

export function SignIn({ config }) {
	useEffect(() => {
		document.title = `${t('signin.title')} · Callward`;
	}, []);
	return html`<main class="signin">
		<div class="signin-box">
			<p class="brand"><span class="brand-mark" aria-hidden="true"></span>
				<span class="brand-name">Callward</span></p>
			<h1>${t('signin.title')}</h1>
			<${SignInForm} config=${config} />
		</div>
	</main>`;
}
