// A page of a list that the server ended before it was full, since there was
// much to look at: it is gone on with by itself for a while, and then by a
// button; a sentence says back to which day it was searched.
import { get } from '../api.js';
import { useRetry } from '../retry.js';
import { t } from '../i18n.js';
import { date } from '../time.js';
import { html, useEffect, useRef, useState } from './html.js';
import { Live } from './live.js';
import { errorWords } from './state.js';

// As many requests, one after another, before somebody is asked.
const BY_ITSELF = 20;

// What was found, by the first answer: who comes back finds it again.
const reached = new WeakMap();

// What was found behind the first answer (undefined: not there yet) of GET path
// with query, until there are as many as query.limit in all.
//   rows   behind those of the answer
//   next   the cursor behind them; null: that was all
//   short  it was searched back to next, and the page is not full
//   busy   it goes on now; stop() and go() end and begin that
export function useFurther(path, query, first) {
	const [, redraw] = useState(0);
	const now = first === undefined ? null : reached.get(first) ??
		{ rows: [], next: first.next_cursor, left: BY_ITSELF, error: null };
	const room = now === null ? 0
		: query.limit - first.data.length - now.rows.length;
	const short = room > 0 && now.next !== null;
	const busy = short && now.left > 0;
	const change = (part) => {
		reached.set(first, { ...now, ...part });
		redraw((n) => n + 1);
	};
	const go = () => change({ left: BY_ITSELF, error: null });

	useEffect(() => {
		if (!busy)
			return undefined;
		const abort = new AbortController();
		get(path, { ...query, cursor: now.next, limit: room },
			{ signal: abort.signal })
			.then(({ data, next_cursor: next }) => change({ next,
				rows: [...now.rows, ...data], left: now.left - 1 }))
			.catch((error) => abort.signal.aborted ||
				change({ left: 0, error }));
		return () => abort.abort();
	}, [first, busy, now?.next]);
	useRetry(now?.error, go);

	return { rows: now?.rows ?? [], next: now?.next ?? null, short, busy,
		error: now?.error ?? null, go, stop: () => change({ left: 0 }) };
}

// The sentence and the button, which stays the same one while it goes on.
// found: how many there are so far. toList takes the focus when it is done.
export function Further({ further, found, toList }) {
	const { short, busy, error } = further;
	const had = useRef(false);

	useEffect(() => {
		if (!short && had.current && document.activeElement === document.body)
			toList();
		had.current = false;
	}, [short]);
	if (!short)
		return null;
	const day = date(further.next.split('_')[0]);
	return html`<div class="further">
		<${Live}>${error ? errorWords(error).title
			: busy ? t('further.busy') : t('further.paused', { day, n: found })}
			</${Live}>
		${busy && html`<p class="small muted" aria-hidden="true">
			${t('further.day', { day })}</p>`}
		<button type="button" class="secondary small"
			onFocus=${() => { had.current = true; }}
			onBlur=${(event) => { had.current = !event.relatedTarget; }}
			onClick=${busy ? further.stop : further.go}>
			${t(busy ? 'further.stop' : 'further.go')}</button>
	</div>`;
}
