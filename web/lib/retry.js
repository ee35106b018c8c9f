// What failed because the way or the server was away is asked for again by
// itself, for as long as somebody looks at it.
import { useEffect, useRef } from '../vendor/hooks.js';
import { session } from './session.js';

const PASSING = ['network', 'deadline', 'server', 'limit'];
const FIRST_MS = 2000;
const MOST_MS = 60000;

// error: a new one for each attempt that failed, or null. retry is called
// when the browser is online again, when one comes back to the page, and
// after a while that doubles up to a minute; where the session had ended, when
// one has signed in again.
export function useRetry(error, retry) {
	const tries = useRef(0);
	const now = useRef(retry);

	now.current = retry;
	useEffect(() => {
		if (error?.kind === 'session')
			return session.listen((who) => who?.lapsed || now.current());
		if (!PASSING.includes(error?.kind)) {
			tries.current = 0;
			return undefined;
		}
		const again = () => document.hidden || now.current();
		const timer = setTimeout(again, Math.min(MOST_MS,
			FIRST_MS * 2 ** tries.current++));
		addEventListener('online', again);
		document.addEventListener('visibilitychange', again);
		return () => {
			clearTimeout(timer);
			removeEventListener('online', again);
			document.removeEventListener('visibilitychange', again);
		};
	}, [error]);
}
