// What to dial so that a line forwards to its assistant.
import { t } from '../i18n.js';
import { toast } from '../toast.js';
import { phone } from './call-words.js';
import { html, useState } from './html.js';
import { Segments } from './segments.js';

const WHEN = ['always', 'no_answer', 'busy'];

function Code({ label, code }) {
	const copy = () => navigator.clipboard.writeText(code).then(
		() => toast(t('forward.copied'), { kind: 'good' }),
		() => toast(t('forward.copy.failed'), { kind: 'bad' }));

	return html`<div class="dial">
		<p class="small muted">${label}</p>
		<p class="dial-line"><kbd class="dial-code">${code}</kbd>
			<button type="button" class="secondary small" onClick=${copy}>
				${t('forward.copy')}<span class="sr"> ${code}</span></button></p>
	</div>`;
}

export function Forwarding({ number }) {
	const { to, codes } = number.forwarding;
	const networks = [...new Set(codes.map((one) => one.network))];
	const [network, setNetwork] = useState(networks[0]);
	const [when, setWhen] = useState('always');
	const code = codes.find((one) => one.network === network &&
		one.when === when);

	if (!to)
		return html`<p class="muted">${t('forward.none')}</p>`;
	return html`<div class="stack">
		<p>${t('forward.to')} <strong class="phone">${phone(to)}</strong></p>
		<div class="actions">
			<${Segments} label=${t('forward.network')} name="network"
				value=${network} onChange=${setNetwork}
				options=${networks.map((value) => ({ value,
					label: t(`forward.network.${value}`) }))} />
			<${Segments} label=${t('forward.when')} name="when" value=${when}
				onChange=${setWhen} options=${WHEN.map((value) => ({ value,
					label: t(`forward.when.${value}`) }))} />
		</div>
		${code ? html`<div class="dials">
			<${Code} label=${t('forward.on')} code=${code.on} />
			<${Code} label=${t('forward.off')} code=${code.off} />
		</div>` : html`<p class="muted">${t('forward.no_code')}</p>`}
		<p class="small muted">${t('forward.note')}</p>
	</div>`;
}
