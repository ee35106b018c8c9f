// The list of calls. What is asked for stands in the address, so that it can
// be sent to a colleague; new calls come by themselves without moving what
// one reads.
import { now } from '../lib/clock.js';
import { download, saveFile } from '../lib/download.js';
import { bytes, language, t } from '../lib/i18n.js';
import { useKeys } from '../lib/keys.js';
import { recall, remember } from '../lib/memory.js';
import { href, mark, placeNow, replaceQuery, route } from '../lib/router.js';
import { me, useResource, useRights } from '../lib/store.js';
import { duration } from '../lib/time.js';
import { toast } from '../lib/toast.js';
import { Badge } from '../lib/ui/badge.js';
import { caller, callWhen, Clock, FollowUpBadge, MissedBadge, phone,
	StatusBadge, useIntentNames } from '../lib/ui/call-words.js';
import { SelectField, TextField } from '../lib/ui/field.js';
import { Further, useFurther } from '../lib/ui/further.js';
import { classes, html, useEffect, useMemo, useRef, useState }
	from '../lib/ui/html.js';
import { Icon } from '../lib/ui/icon.js';
import { Live } from '../lib/ui/live.js';
import { Page, toHeading } from '../lib/ui/page.js';
import { Pager } from '../lib/ui/pager.js';
import { EmptyState, ErrorState, errorWords, Skeleton, Stale }
	from '../lib/ui/state.js';
import { Table } from '../lib/ui/table.js';

const EVERY_MS = 10000;
const TYPING_MS = 300;
const PAGE = 25;
// Filters that need the words of calls, and how many calls that wait for theirs
// the search looks at all the same (WAITING_MOST of fcgi/api/api_search.c).
const SEARCHED_BY = ['q', 'tag', 'intent'];
const LOOKED_AT = 200;
const CSV_MOST = 512e6;
const BEFORE_MOST = 100;
const FILTERS = ['q', 'outcome', 'follow_up', 'line', 'intent', 'tag', 'from',
	'to'];
const OUTCOMES = ['answered', 'missed', 'transferred', 'after_hours'];
const FOLLOW_UPS = ['needed', 'open', 'in_progress', 'done', 'none'];

// The page before each page that was visited; '' is the first.
const before = new Map();

// Another clinic has other calls.
me.listen((clinic) => clinic === null && before.clear());

function comesBefore(cursor, previous) {
	before.set(cursor, previous);
	if (before.size > BEFORE_MOST)
		before.delete(before.keys().next().value);
}

// What the address says, as the server is asked: what of it is a number, the
// server knows.
function asked(query) {
	return { q: (query.q ?? '').trim(), outcome: query.outcome,
		follow_up: query.follow_up, phone_number_id: query.line,
		intent: query.intent, tag: query.tag, from: query.from, to: query.to };
}

function choices(prefix, values) {
	return [{ value: '', label: t('calls.any') },
		...values.map((value) => ({ value, label: t(`${prefix}.${value}`) }))];
}

// Change one filter of those in the address; the list begins anew.
function ask(name, value) {
	replaceQuery({ ...route.get().query, [name]: value, cursor: '' });
}

// A field whose text goes into the address a moment after the last key.
function useTyped(query, name) {
	const [text, setText] = useState(query[name] ?? '');
	const timer = useRef(0);

	useEffect(() => {
		setText((now) => now.trim() === (query[name] ?? '') ? now
			: query[name] ?? '');
		return () => clearTimeout(timer.current);
	}, [query[name]]);
	return { value: text, onValue: (value) => {
		setText(value);
		clearTimeout(timer.current);
		timer.current = setTimeout(() => ask(name, value.trim()), TYPING_MS);
	} };
}

function Filters({ query, errors, numbers, intentName, searchRef }) {
	const active = FILTERS.filter((name) => name !== 'q' && query[name]);
	const [open, setOpen] = useState(active.length > 0 ||
		recall('filters') === 'open');
	const intents = useResource('intents');
	const words = useTyped(query, 'q');
	const tag = useTyped(query, 'tag');
	const pick = (name) => ({ name, id: `filter-${name}`,
		value: query[name] ?? '', onValue: (value) => ask(name, value) });
	const lines = [{ value: '', label: t('calls.any') },
		...numbers.map((one) => ({ value: one.id,
			label: one.label || phone(one.phone_number) }))];
	const wanted = [{ value: '', label: t('calls.any') },
		...(intents.data?.data ?? []).map((one) => ({ value: one.slug,
			label: one.name }))];
	if (query.intent && !wanted.some(({ value }) => value === query.intent))
		wanted.push({ value: query.intent, label: intentName(query.intent) });

	return html`<search class="filters">
		<div class="filters-top">
			<div class="search-box" ref=${searchRef}><${Icon} name="search" />
				<${TextField} type="search" name="q" quiet label=${t(
					'calls.search')} placeholder=${t('calls.search')}
					maxlength="200" autocomplete="off"
					error=${errors.q} ...${words} /></div>
			<button type="button" class="secondary" aria-controls="filters"
				aria-expanded=${String(open)} onClick=${() => {
					setOpen(!open);
					remember('filters', open ? null : 'open');
				}}>
				${t('calls.filters')}${active.length > 0 && html`<${Badge}
					tone="info">${active.length}</${Badge}>`}</button>
		</div>
		<div id="filters" class="filters-more" hidden=${!open}>
			<${SelectField} label=${t('calls.outcome')} ...${pick('outcome')}
				error=${errors.outcome}
				options=${choices('calls.outcome', OUTCOMES)} />
			<${SelectField} label=${t('calls.follow_up')}
				...${pick('follow_up')} error=${errors.follow_up}
				options=${choices('calls.follow_up', FOLLOW_UPS)} />
			<${SelectField} label=${t('calls.intent')} ...${pick('intent')}
				error=${errors.intent} options=${wanted} />
			${numbers.length > 1 && html`<${SelectField}
				label=${t('calls.line')} ...${pick('line')}
				error=${errors.phone_number_id} options=${lines} />`}
			<${TextField} type="date" label=${t('calls.from')} ...${pick('from')}
				error=${errors.from} max=${query.to} />
			<${TextField} type="date" label=${t('calls.to')} ...${pick('to')}
				error=${errors.to ?? (query.to < query.from &&
					t('hours.wrong.dates'))} min=${query.from} />
			<${TextField} label=${t('calls.tag')} name="tag" id="filter-tag"
				maxlength="40" autocomplete="off" error=${errors.tag} ...${tag} />
			${active.length > 0 && html`<button type="button"
				class="link filters-clear" onClick=${() => {
					toHeading();
					replaceQuery({ q: query.q });
				}}>${t('calls.clear')}</button>`}
		</div>
	</search>`;
}

function Export({ query }) {
	const [got, setGot] = useState(null);
	const { desk } = useRights();
	const abort = useRef(null);
	const run = async () => {
		if (abort.current !== null) {
			abort.current.abort();
			return;
		}
		abort.current = new AbortController();
		setGot(0);
		try {
			saveFile(await download('calls.csv', { ...asked(query),
				lang: language.get() }, {
				signal: abort.current.signal, progress: setGot,
				most: CSV_MOST }), 'calls.csv');
			toast(t('calls.csv.done'), { kind: 'good' });
		} catch (error) {
			const { title, advice } = errorWords(error);
			if (error.name !== 'AbortError')
				toast(`${title} ${advice}`, { kind: 'bad' });
		} finally {
			abort.current = null;
			setGot(null);
		}
	};

	useEffect(() => () => abort.current?.abort(), []);
	if (desk)
		return html`<span class="small muted">${t('desk.export')}</span>`;
	return html`<button type="button" class="secondary export" onClick=${run}>
		<${Icon} name=${got === null ? 'download' : 'close'} />
		${got === null ? t('calls.csv')
			: t('calls.csv.stop', { size: bytes(got) })}</button>`;
}

function columns(query, numbers, intentName) {
	const line = (call) => numbers.find((one) =>
		one.id === call.phone_number_id);
	const lineName = (found) => found && (found.label ||
		phone(found.phone_number));
	const words = { q: asked(query).q };

	return [
		{ id: 'caller', label: t('calls.caller'), cell: (call) => html`<a
			class="row-link phone" data-id=${call.id}
			href=${href(`/calls/${call.id}`, words)}>${
				caller(call, line(call)?.phone_number)}</a>
			${call.caller_name && html`<span class="caller-name"
				dir="auto">${call.caller_name}</span>`}
			${call.tags?.length > 0 && html`<ul class="tags">${call.tags.map(
				(tag) => html`<li key=${tag} class="tag" dir="auto">${tag}
				</li>`)}</ul>`}` },
		{ id: 'when', label: t('calls.when'), cell: (call) => html`${
			callWhen(call)}${numbers.length > 1 && html`<span
			class="of-line" dir="auto">${lineName(line(call))}</span>`}` },
		{ id: 'status', label: t('calls.outcome'), cell: (call) => html`<span
			class="badges"><${StatusBadge} status=${call.status} />
			<${MissedBadge} call=${call} />
			${call.after_hours && html`<${Badge} icon="moonset">${t(
				'calls.outcome.after_hours')}</${Badge}>`}
			${call.is_test && html`<${Badge}>${t('call.test')}</${Badge}>`}
			</span>` },
		{ id: 'about', label: t('calls.about'), cell: (call) => html`${
			call.intent && html`<span class="about-intent" dir="auto">${
				intentName(call.intent)}</span>`}
			${call.summary ? html`<span class="about-summary" dir="auto">${
				call.summary}</span>` : null}` },
		{ id: 'length', label: t('calls.length'), className: 'num',
			cell: (call) => !call.duration_seconds ? html`<span
				class="muted">–</span>` : duration(call.duration_seconds) },
		{ id: 'follow', label: t('calls.follow_up'), cell: (call) =>
			html`<${FollowUpBadge} state=${call.follow_up_state} />` },
	];
}

// Whether new rows above would disturb somebody.
function isReading(box) {
	const selection = getSelection();

	return scrollY > 120 || box?.contains(document.activeElement) ||
		!selection.isCollapsed && box?.contains(selection.anchorNode);
}

// The rows to draw. While one reads, known rows change in place and new ones
// wait behind a button; while a new question is out, the old rows stay.
function useRows(data, key, box) {
	const [, redraw] = useState(0);
	const kept = useRef({ key: null, rows: null, data: undefined });
	const now = kept.current;

	if (data !== undefined && (data !== now.data || key !== now.key)) {
		const known = new Set(now.rows?.map((call) => call.id));
		const fresh = data.data.filter((call) => !known.has(call.id));
		const hold = key === now.key && fresh.length > 0 && now.rows.length > 0 &&
			isReading(box.current);
		const news = new Map(data.data.map((call) => [call.id, call]));
		kept.current = { key, data, waiting: hold ? fresh.length : 0,
			news: key === now.key ? fresh.length : 0,
			rows: hold ? now.rows.map((call) => news.get(call.id) ?? call)
				: data.data };
	}
	return { rows: kept.current.rows, waiting: kept.current.waiting ?? 0,
		news: kept.current.news, old: kept.current.key !== key,
		showAll() {
			kept.current = { ...kept.current, waiting: 0,
				rows: kept.current.data.data };
			redraw((n) => n + 1);
		} };
}

function Nothing({ query }) {
	return FILTERS.some((name) => query[name])
		? html`<${EmptyState} icon="search" title=${t('calls.none.match')}
			action=${html`<button type="button" class="secondary"
				onClick=${() => {
					toHeading();
					replaceQuery({});
				}}>${t('calls.clear')}</button>`}>
			${t('calls.none.match.text')}</${EmptyState}>`
		: html`<${EmptyState} icon="calls" title=${t('overview.empty')}
			action=${html`<a href="#/numbers" class="button">${t(
				'overview.empty.action')}</a>`}>${t('overview.empty.text')}</${
			EmptyState}>`;
}

function Status({ shown, live, older, at, onShow }) {
	return html`<div class="list-status">
		<p class="small muted">${t(live ? 'calls.live' : older ? 'calls.older'
			: 'calls.list')}
			${at && html` · ${t('calls.at')} <${Clock} at=${at} />`}</p>
		<p class="sr" role="status">${shown.news > 0 && t('calls.came',
			{ n: shown.news })}</p>
		${shown.waiting > 0 && html`<button type="button" class="small"
			onClick=${onShow}>${t('calls.new', { n: shown.waiting })}</button>`}
	</div>`;
}

export default function Calls({ query }) {
	const search = useRef(null);
	const box = useRef(null);
	const numbers = useResource('phone-numbers').data?.data ?? [];
	const question = { ...asked(query), cursor: query.cursor, limit: PAGE };
	const key = JSON.stringify(question);
	// What was searched for long is not searched again by itself.
	const isLong = (page) => page?.next_cursor && page.data.length < PAGE;
	const list = useResource('calls', question, { kept: isLong,
		every: (page) => isLong(page) ? 0 : EVERY_MS });
	const shown = useRows(list.data, key, box);
	const further = useFurther('calls', question, list.data);
	const rows = shown.rows && [...shown.rows, ...further.rows];
	const at = useMemo(() => list.data && now().toISOString(),
		[list.data]);
	const next = further.next && !further.short && href('/calls', { ...query,
		cursor: further.next });
	const intentName = useIntentNames();
	const shape = columns(query, numbers, intentName);

	if (next)
		comesBefore(further.next, query.cursor ?? '');
	const links = () => [...box.current.querySelectorAll('.row-link')];
	const move = (by) => (event) => {
		const all = links();
		const i = all.indexOf(document.activeElement);
		if (event.key.startsWith('Arrow') && i < 0)
			return false;
		all[i < 0 ? 0 : Math.min(all.length - 1, Math.max(0, i + by))]?.focus();
		return true;
	};
	useKeys({ 'j': move(1), 'k': move(-1), 'ArrowDown': move(1),
		'ArrowUp': move(-1), 'n': () => next && (location.hash = next),
		'/': () => search.current.querySelector('input').focus() });

	// A new page begins at its top; coming back begins at the call.
	const cursor = useRef(query.cursor);
	useEffect(() => {
		if (cursor.current === query.cursor || shown.old)
			return;
		cursor.current = query.cursor;
		scrollTo(0, 0);
		box.current.focus({ preventScroll: true });
	}, [query.cursor, shown.old]);
	const back = useRef(placeNow());
	useEffect(() => {
		const { opened, y } = back.current;
		const link = opened && shown.rows &&
			links().find((one) => one.dataset.id === opened);
		if (!link)
			return;
		scrollTo(0, y);
		link.focus();
		back.current = {};
		mark({ opened: undefined });
	}, [rows?.length]);

	const previous = before.get(query.cursor);
	// What a screen reader is told of a search when it is over.
	const outcome = shown.old || !rows || further.short ||
		!FILTERS.some((name) => query[name]) ? '' : rows.length === 0
		? t('calls.none.match') : t('calls.shown', { n: rows.length });
	const toList = () => box.current.focus({ preventScroll: true });
	return html`<${Page} title=${t('nav.calls')} actions=${html`<${Export}
		query=${query} />`}>
		<${Filters} query=${query} numbers=${numbers} searchRef=${search}
			intentName=${intentName}
			errors=${list.error?.fields ?? {}} />
		<section class="card calls" ref=${box} tabindex="-1"
			aria-label=${t('calls.list')} aria-busy=${String(shown.old && !list.error)}
			onClick=${(event) => {
				const link = event.target.closest('tr')
					?.querySelector('.row-link');
				if (link)
					mark({ opened: link.dataset.id, y: scrollY });
			}}>
			<${Live} class="sr">${outcome}</${Live}>
			<${Status} shown=${shown} live=${!query.cursor && !further.short}
				older=${query.cursor} at=${at} onShow=${() => {
					shown.showAll();
					toList();
					scrollTo(0, 0);
				}} />
			${SEARCHED_BY.some((name) => query[name]) &&
				list.data?.indexing > LOOKED_AT && html`<p
				class="small muted">${t('calls.indexing',
					{ n: list.data.indexing })}</p>`}
			${list.data === undefined && list.error
				? html`<${ErrorState} error=${list.error} retry=${list.reload} />`
				: shown.rows === null ? html`<${Skeleton} lines=${12}
					className="rows-wait" />`
				: html`<${Stale} error=${list.error} retry=${list.reload} />
				${rows.length === 0 ? !further.short && html`<${Nothing}
					query=${query} />` : html`<${Table} caption=${t('calls.list')}
						columns=${shape}
						rows=${rows} rowKey=${(call) => call.id}
						className=${classes('calls-table', shown.old && 'old')}
						rowClass=${(call) => call.follow_up_state === 'open'
							? 'wants' : ''} />`}`}
			<${Further} further=${further} found=${rows?.length}
				toList=${toList} />
			<${Pager} label=${t('calls.pages')} next=${next}
				first=${query.cursor && href('/calls', { ...query, cursor: '' })}
				previous=${previous && href('/calls', { ...query,
					cursor: previous })} />
		</section>
	</${Page}>`;
}
