// Words for a screen reader. A live region tells what changes in it, not what
// it brings along: it comes empty, and its words a moment later.
import { html, useEffect, useState } from './html.js';

export function Live({ as = 'p', children, ...rest }) {
	const [there, setThere] = useState(false);

	useEffect(() => setThere(true), []);
	return html`<${as} role="status" ...${rest}>${there && children}</${as}>`;
}
