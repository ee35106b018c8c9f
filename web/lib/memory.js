// What this browser remembers between visits. Storage may be switched off;
// then nothing is remembered and nothing breaks.
const PREFIX = 'callward.';

// The remembered text, or null.
export function recall(name) {
	try {
		return localStorage.getItem(PREFIX + name);
	} catch {
		return null;
	}
}

// null forgets.
export function remember(name, text) {
	try {
		if (text === null)
			localStorage.removeItem(PREFIX + name);
		else
			localStorage.setItem(PREFIX + name, text);
	} catch {
		// It stands until the page is closed.
	}
}
