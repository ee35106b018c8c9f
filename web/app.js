// The page's start and its frame: navigation, sign-in, the view that the
// address asks for.
//
// How a view is made
//
// 1. views/NAME.js exports a default component that gets {params, query} of
//    its address. Add it to ROUTES below; nav places it in the navigation
//    (its text is nav.NAME in lang/*.json, its drawing in lib/ui/icon.js).
// 2. It draws one <${Page} title=… lead=… actions=…> (lib/ui/page.js): that
//    sets the document's title and takes the focus on arrival. Inside stand
//    <${Card}>s with an h2 each.
// 3. It reads with useResource('assistants') (lib/store.js), which answers
//    {data, error, loading, reload, put}, and hands that to
//    <${Resource} of=${…} lines=4>${(data) => …}</${Resource}>
//    (lib/ui/state.js) for skeleton, error and stale data. An empty list is
//    an <${EmptyState}> that says what to do. Reserve sizes: nothing may jump.
// 4. It writes with post, patch, put, remove (lib/api.js), then calls
//    forget('assistants') and reload() or put(answer), then toast(…).
//    What fails throws an ApiError; errorWords(error) has the sentences.
// 5. A form is useForm(base, {save(changes, values), check}) (lib/ui/form.js)
//    with <${TextField} label=… ...${form.field('name')}/> (lib/ui/field.js),
//    <${FormErrors}> first and <${SaveButton}> last in a
//    <form noValidate onSubmit=${form.submit}>. Drafts survive refreshes and
//    errors; leaving with unsaved changes asks.
// 6. Words come from t('prefix.key', {n}) only; numbers, money and lists from
//    lib/i18n.js; times from lib/time.js, in the clinic's zone. What people
//    or assistants said stands in an element with dir="auto".
// 7. useSignal(me) is the clinic; call loadMe() after a change of it. Where
//    useRights() (lib/store.js) has fixed, what the owner writes is not
//    offered, and in ROUTES stands owner: why is told at its top. Where
//    it has readOnly, nothing that writes is.
// 8. confirm({title, text, yes, danger}) (lib/ui/dialog.js) asks before what
//    can't be undone. Segments, Badge, Table, Pager, Notice and Icon are
//    in lib/ui. Keys: useKeys({n: fn}) (lib/keys.js).
// 9. No inline style and no style attribute: classes of style*.css. Colours
//    are the custom properties at the top of style.css, light and dark at
//    once; looks of one view stand in the file of its subject. What the
//    frame or the overview needs is in no file of LOOKS.
import { get } from './lib/api.js';
import { language, loadLanguage, pick, t } from './lib/i18n.js';
import { HelpDialog, useKeys } from './lib/keys.js';
import { recall, remember } from './lib/memory.js';
import { guardPresses } from './lib/press.js';
import { useRetry } from './lib/retry.js';
import { match, route, startRouter } from './lib/router.js';
import { forgetToken, restore, session, signOut, takeFromAddress }
	from './lib/session.js';
import { useSignal } from './lib/signal.js';
import { config, forget, loadMe, me } from './lib/store.js';
import { toggleTheme, useTheme } from './lib/theme-switch.js';
import { setZone } from './lib/time.js';
import { dismiss, toasts } from './lib/toast.js';
import { Dialog, Questions } from './lib/ui/dialog.js';
import { classes, html, render, useEffect, useErrorBoundary, useLayoutEffect,
	useRef, useState } from './lib/ui/html.js';
import { Icon } from './lib/ui/icon.js';
import { announceArrival, keepFocus, Page, toHeading }
	from './lib/ui/page.js';
import { EmptyState, ErrorState, Notice, Skeleton } from './lib/ui/state.js';
import { followLink, SignIn, SignInForm } from './views/signin.js';

const ROUTES = [
	{ path: '/', nav: 'overview', load: () => import('./views/overview.js') },
	{ path: '/calls', nav: 'calls', load: () => import('./views/calls.js') },
	{ path: '/calls/{id}', of: 'calls', load: () => import('./views/call.js') },
	{ path: '/numbers', nav: 'numbers', owner: true,
		load: () => import('./views/numbers.js') },
	{ path: '/numbers/new', of: 'numbers',
		load: () => import('./views/number-new.js') },
	{ path: '/numbers/{id}', of: 'numbers', owner: true,
		load: () => import('./views/number.js') },
	{ path: '/hours', nav: 'hours', owner: true,
		load: () => import('./views/hours.js') },
	{ path: '/assistants', nav: 'assistants', owner: true,
		load: () => import('./views/assistants.js') },
	{ path: '/intents', nav: 'intents', owner: true,
		load: () => import('./views/intents.js') },
	{ path: '/tests', nav: 'tests', owner: true,
		load: () => import('./views/tests.js') },
	{ path: '/usage', nav: 'usage',
		load: () => import('./views/subscription.js') },
	{ path: '/settings', nav: 'settings', owner: true,
		load: () => import('./views/settings.js') },
];
const NO_CLINIC = { path: 'no clinic',
	load: () => import('./views/no-clinic.js') };
const NAV = ROUTES.filter((one) => one.nav);
// The looks of the other views come with the first of them.
const LOOKS = ['style-calls.css', 'style-numbers.css', 'style-more.css'];

const views = new Map();
let looks = null;

const look = (href) => new Promise((resolve, reject) => {
	const link = document.createElement('link');

	// It may be there from a try in which another one failed.
	if (document.querySelector(`link[href="${href}"]`)) {
		resolve();
		return;
	}

	Object.assign(link, { rel: 'stylesheet', href, onload: resolve,
		onerror() {
			link.remove();
			looks = null;
			reject(new Error(`no ${href}`));
		} });
	document.head.append(link);
});

function loadView({ nav, load }) {
	if (nav !== 'overview')
		looks ??= Promise.all(LOOKS.map(look));
	return Promise.all([load(), looks]);
}

function find(path) {
	for (const one of ROUTES) {
		const params = match(one.path, path);
		if (params !== null)
			return { one, params };
	}
	return { one: null, params: {} };
}

function Toasts() {
	const shown = useSignal(toasts);

	return html`<div class="toasts" role="status" aria-live="polite">
		${shown.map((one) => html`<div key=${one.id}
			class=${`toast ${one.kind}`}>
			<span dir="auto">${one.text}</span>
			${one.action && html`<button type="button" class="link"
				onClick=${() => {
					toHeading();
					dismiss(one.id);
					one.action.run();
				}}>${one.action.label}</button>`}
			<button type="button" class="quiet icon-only"
				aria-label=${t('action.dismiss')}
				onClick=${() => {
					toHeading();
					dismiss(one.id);
				}}>
				<${Icon} name="close" size="1em" /></button>
		</div>`)}
	</div>`;
}

function Navigation({ current }) {
	const [open, setOpen] = useState(false);
	const nav = useRef(null);

	useLayoutEffect(() => {
		if (!open)
			return undefined;
		const away = (event) => {
			if (event.key === 'Escape' || event.type === 'pointerdown' &&
				!nav.current.contains(event.target))
				setOpen(false);
		};
		addEventListener('keydown', away);
		addEventListener('pointerdown', away);
		return () => {
			removeEventListener('keydown', away);
			removeEventListener('pointerdown', away);
		};
	}, [open]);
	return html`<nav class=${classes('nav', open && 'open')} ref=${nav}
		aria-label=${t('nav.label')}>
		<ul>${NAV.map((one) => html`<li key=${one.nav}>
			<a href=${`#${one.path}`} onClick=${() => setOpen(false)}
				aria-current=${one.nav === current ? 'page' : undefined}>
				<${Icon} name=${one.nav} /><span>${t(`nav.${one.nav}`)}</span>
			</a></li>`)}</ul>
		<button type="button" class="quiet nav-more" aria-expanded=${String(open)}
			onClick=${() => setOpen(!open)}>
			<${Icon} name="more" /><span>${t('nav.more')}</span></button>
	</nav>`;
}

// Clerk's own switch between the clinics of one person, of lib/clerk.js.
let Clinics = null;

function Tools({ onHelp }) {
	const theme = useTheme();

	return html`<div class="tools">
		${Clinics && html`<${Clinics} part="OrganizationSwitcher" />`}
		<button type="button" class="quiet" onClick=${toggleTheme}>
			<${Icon} name=${theme === 'dark' ? 'sun' : 'moon'} />
			<span>${t(theme === 'dark' ? 'tools.light' : 'tools.dark')}</span>
		</button>
		<button type="button" class="quiet tools-keys" onClick=${onHelp}>
			<${Icon} name="keys" /><span>${t('tools.keys')}</span></button>
		<button type="button" class="quiet" onClick=${signOut}>
			<${Icon} name="out" /><span>${t('tools.out')}</span></button>
	</div>`;
}

function Waiting() {
	return html`<div class="page waiting"><div class="page-head"></div>
		<${Skeleton} lines=${6} /></div>`;
}

function Lost() {
	return html`<${Page} title=${t('lost.title')}>
		<${EmptyState} icon="flag" title=${t('lost.text')} action=${html`<a
			href="#/" class="button">${t('lost.action')}</a>`} /></${Page}>`;
}

// The view of one route, loaded when it is first asked for.
function View({ one, params, query }) {
	const [fault, forgive] = useErrorBoundary((error) => console.error(error));
	const [, drawn] = useState(0);
	const [missing, setMissing] = useState(null);
	const load = () => loadView(one).then(([module]) => {
		views.set(one.path, module.default);
		setMissing(null);
		drawn((n) => n + 1);
	}, () => setMissing({ kind: 'network' }));

	// As it was when this was drawn: it may have come since.
	const Found = views.get(one.path);
	useEffect(() => {
		if (!Found)
			load();
	}, [one.path]);
	// Where the browser holds on to the fault, only a reload helps.
	useRetry(missing, load);
	if (fault)
		return html`<${ErrorState} retry=${forgive} />`;
	if (missing)
		return html`<${ErrorState} error=${missing}
			retry=${() => location.reload()} />`;
	return Found ? html`<${Found} params=${params} query=${query} />`
		: html`<${Waiting} />`;
}

function Frame() {
	const { path, query } = useSignal(route);
	const clinic = useSignal(me);
	const { readOnly, lapsed } = useSignal(session) ?? {};
	const [help, setHelp] = useState(false);
	const [fault, setFault] = useState(null);
	const main = useRef(null);
	const before = useRef(path);
	const { one, params } = find(path);

	const load = () => {
		setFault(null);
		loadMe().catch(setFault);
	};

	useEffect(() => {
		if (me.get() === null && !lapsed)
			load();
	}, [lapsed]);
	useRetry(fault, load);
	if (before.current !== path) {
		before.current = path;
		announceArrival();
	}
	useKeys({ '?': () => setHelp(true) });
	return html`<div class="shell">
		<a class="skip" href="#main" onClick=${(event) => {
			event.preventDefault();
			main.current.focus();
		}}>${t('skip')}</a>
		<header class="side">
			<a class="brand" href="#/"><span class="brand-mark"
				aria-hidden="true"></span><span class="brand-name">Callward
				<span class="brand-clinic" dir="auto">${clinic?.name ||
					t('clinic.unnamed')}</span></span></a>
			<${Navigation} current=${one?.nav ?? one?.of} />
			<${Tools} onHelp=${() => setHelp(true)} />
		</header>
		<main id="main" tabindex="-1" ref=${main}>
			${readOnly && html`<${Notice} kind="warn" title=${t(
				'readonly.title')}><p>${t('readonly.text')}</p></${Notice}>`}
			${clinic?.role === 'desk' && one?.owner && html`<${Notice}
				title=${t('desk.title')}><p>${t('desk.text')}</p></${Notice}>`}
			${fault?.code === 'no_clinic' ? html`<${View} one=${NO_CLINIC} />`
				: fault ? html`<${ErrorState} error=${fault} retry=${load} />`
				: !clinic ? html`<${Waiting} />`
				: !one ? html`<${Lost} />`
				: html`<${View} key=${path} one=${one} params=${params}
					query=${query} />`}
		</main>
		${help && html`<${HelpDialog} onClose=${() => setHelp(false)} />`}
		${lapsed && html`<${Dialog} title=${t('signin.lapsed')}
			className="covering"><${SignInForm} config=${config.get()} />
			</${Dialog}>`}
	</div>`;
}

function App() {
	const who = useSignal(session);
	const tag = useSignal(language);
	const settings = useSignal(config);

	return html`${who === null
		? html`<${SignIn} key=${tag} config=${settings} />`
		: html`<${Frame} key=${`${who.key} ${tag}`} />`}
		<${Questions} /><${Toasts} />`;
}

// Another tenant: nothing of the one before may be left.
let tenant = null;
session.listen((who) => {
	if ((who?.key ?? null) === tenant)
		return;
	tenant = who?.key ?? null;
	forget();
	me.set(null);
});

// One language after the other, so that the last one asked for stands.
let words = Promise.resolve();
let spoken = null;

function speak(tag) {
	words = words.then(async () => {
		if (tag === spoken)
			return;
		await loadLanguage(tag).catch(() => loadLanguage('en'));
		spoken = tag;
	}).catch(() => {});
	return words;
}

// The clinic's language and zone, as soon as they are known.
me.listen((clinic) => {
	if (clinic === null)
		return;
	setZone(clinic.timezone);
	const tag = pick(clinic.language);
	remember('language', tag);
	speak(tag);
});

async function start() {
	const link = takeFromAddress();

	restore();
	tenant = session.get()?.key ?? null;
	if (tenant !== null)
		loadMe().catch(() => {});
	const [found] = await Promise.all([get('config').catch(() => null),
		speak(pick(recall('language'), navigator.languages))]);
	await words;
	config.set(found ?? { clerk_publishable_key: null });
	if (found?.clerk_publishable_key) {
		forgetToken();
		const clerk = await import('./lib/clerk.js');
		await clerk.startClerk(found.clerk_publishable_key).catch(() =>
			config.set({ ...found, clerk_failed: true }));
		if (found.clerk_tenant !== 'user')
			({ Clinics } = clerk);
	}
	const follow = (taken) => {
		if (taken !== null && !config.get().clerk_publishable_key)
			followLink(taken);
	};
	addEventListener('hashchange', (event) =>
		follow(takeFromAddress(new URL(event.oldURL).hash)));
	follow(link);
	guardPresses();
	keepFocus();
	startRouter();
	document.getElementById('app').replaceChildren();
	render(html`<${App} />`, document.getElementById('app'));
}

start();
