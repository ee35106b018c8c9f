// Short notes that come and go. They are never the only place where a fault
// is told: that stands where it happened.
import { signal } from './signal.js';

const STAY_MS = 7000;

// [{id, text, kind, action}], oldest first; kind is info, good or bad.
export const toasts = signal([]);

let next = 1;

export function dismiss(id) {
	toasts.set(toasts.get().filter((one) => one.id !== id));
}

// action: {label, run}. A note with an action stays twice as long.
export function toast(text, { kind = 'info', action = null } = {}) {
	const id = next++;

	toasts.set([...toasts.get().slice(-2), { id, text, kind, action }]);
	setTimeout(() => dismiss(id), action === null ? STAY_MS : 2 * STAY_MS);
	return id;
}
