// What a view is written with: one import for markup and hooks.
import { h } from '../../vendor/preact.js';
import htm from '../../vendor/htm.js';

export { render, createContext, Fragment } from '../../vendor/preact.js';
export { useCallback, useContext, useEffect, useErrorBoundary, useId,
	useLayoutEffect, useMemo, useRef, useState } from '../../vendor/hooks.js';
export const html = htm.bind(h);

// Class names joined; what is false or empty falls out.
export function classes(...names) {
	return names.filter(Boolean).join(' ');
}
