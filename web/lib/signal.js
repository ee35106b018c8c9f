// A value that tells its listeners when it changes: the only way by which
// the modules of this page speak to the components.
import { useEffect, useState } from '../vendor/hooks.js';

export function signal(value) {
	const listeners = new Set();

	return {
		get: () => value,
		set(next) {
			if (Object.is(next, value))
				return;
			value = next;
			for (const listener of [...listeners])
				listener(value);
		},
		listen(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
}

export function useSignal(source) {
	const [value, setValue] = useState(source.get());

	useEffect(() => {
		setValue(source.get());
		return source.listen(setValue);
	}, [source]);
	return value;
}
