// One word about a state. The colour helps, the word says it.
import { html } from './html.js';
import { Icon } from './icon.js';

// tone: plain, good, warn, bad, info.
export const Badge = ({ tone = 'plain', icon, children }) =>
	html`<span class=${`badge ${tone}`} dir="auto">
		${icon && html`<${Icon} name=${icon} size="1em" />`}${children}
	</span>`;
