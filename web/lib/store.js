// What was read from the server, by address. A view that is visited again
// shows what is known at once and refreshes behind it. Everything is
// forgotten when another tenant signs in.
import { useCallback, useEffect, useRef, useState }
	from '../vendor/hooks.js';
import { get } from './api.js';
import { useRetry } from './retry.js';
import { session } from './session.js';
import { signal, useSignal } from './signal.js';

const KEEP = 60;
const known = new Map();

// The answers of GET /api/config and /api/me, once they are there.
export const config = signal(null);
export const me = signal(null);

// The owner of a clinic may all of it, its front desk what calls need, who acts
// as another may read. fixed: what is the owner's is not to be changed.
export function useRights() {
	const { readOnly } = useSignal(session) ?? {};
	const desk = useSignal(me)?.role === 'desk';

	return { readOnly, desk, fixed: readOnly || desk };
}

// Do several people work here, each by a sign-in of their own?
export const isTeam = (clinic) => clinic.person_id !== clinic.user_id;

function keyOf(path, query) {
	return path + ' ' + JSON.stringify(query ?? {});
}

function remember(key, data) {
	known.delete(key);
	known.set(key, data);
	if (known.size > KEEP)
		known.delete(known.keys().next().value);
}

// Drop what is known of addresses that begin so ("" = all); call it after
// a write that changes them.
export function forget(prefix = '') {
	for (const key of [...known.keys()]) {
		if (key.startsWith(prefix))
			known.delete(key);
	}
}

// {data, error, loading, reload, put} of GET path. path null: nothing is
// asked. every: milliseconds between refreshes while the page is visible, or a
// function of the data that says so; 0 = never.
// kept: of the data, whether what is known of it is enough on arrival.
// data stays while a refresh fails; error then says so, and it is asked for
// again by itself. put(data) sets what a write has answered.
export function useResource(path, query, { every = 0, kept } = {}) {
	const key = path === null ? null : keyOf(path, query);
	const [state, setState] = useState({ key: null });
	const turn = useRef(0);
	const now = state.key === key ? state
		: { key, data: known.get(key), error: null };

	const load = useCallback(async () => {
		if (key === null)
			return;
		const mine = ++turn.current;
		try {
			const data = await get(path, query);
			if (mine !== turn.current)
				return;
			remember(key, data);
			setState({ key, data, error: null });
		} catch (error) {
			if (mine === turn.current)
				setState({ key, data: known.get(key), error });
		}
	}, [key]);

	useEffect(() => {
		if (!known.has(key) || !kept?.(known.get(key)))
			load();
		return () => turn.current++;
	}, [load]);
	useRetry(now.error, load);

	const period = typeof every === 'function' ? every(now.data) : every;
	useEffect(() => {
		if (!period || key === null)
			return undefined;
		const tick = () => document.hidden || load();
		const timer = setInterval(tick, period);
		document.addEventListener('visibilitychange', tick);
		return () => {
			clearInterval(timer);
			document.removeEventListener('visibilitychange', tick);
		};
	}, [load, period]);

	const put = useCallback((data) => {
		turn.current++;
		remember(key, data);
		setState({ key, data, error: null });
	}, [key]);

	return { data: now.data, error: now.error, reload: load, put,
		loading: now.data === undefined && now.error === null };
}

let asking = null;

// Ask who this is; whoever asks meanwhile gets the same answer. What was asked
// before another signed in is not theirs.
export function loadMe() {
	const key = session.get()?.key;

	if (asking?.key === key)
		return asking.answer;
	const mine = { key };
	mine.answer = get('me').then((found) => {
		if (session.get()?.key === key)
			me.set(found);
		return found;
	}).finally(() => {
		if (asking === mine)
			asking = null;
	});
	asking = mine;
	return mine.answer;
}
