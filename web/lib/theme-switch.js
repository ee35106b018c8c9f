// The choice between light and dark; theme.js applies it at the next start.
import { useEffect, useState } from '../vendor/hooks.js';
import { remember } from './memory.js';

const dark = matchMedia('(prefers-color-scheme: dark)');
const root = document.documentElement;

const current = () => root.dataset.theme ?? (dark.matches ? 'dark' : 'light');

// What was chosen here: light, dark, or system when nothing was.
export const chosenTheme = () => root.dataset.theme ?? 'system';

export function chooseTheme(name) {
	if (name === 'system')
		delete root.dataset.theme;
	else
		root.dataset.theme = name;
	remember('theme', name === 'system' ? null : name);
}

// What the system asks for anyway needs no memory.
export function toggleTheme() {
	const next = current() === 'dark' ? 'light' : 'dark';

	chooseTheme((next === 'dark') === dark.matches ? 'system' : next);
}

export function useTheme() {
	const [theme, setTheme] = useState(current());

	useEffect(() => {
		const look = () => setTheme(current());
		const attribute = new MutationObserver(look);
		attribute.observe(root, { attributeFilter: ['data-theme'] });
		dark.addEventListener('change', look);
		return () => {
			attribute.disconnect();
			dark.removeEventListener('change', look);
		};
	}, []);
	return theme;
}
