// A dialog on top of the page: the browser's own <dialog>, so that focus stays
// inside, Escape closes, and focus returns to where it was.
import { t } from '../i18n.js';
import { signal, useSignal } from '../signal.js';
import { html, useEffect, useId, useRef } from './html.js';
import { Icon } from './icon.js';

// onClose is called for Escape and the cross; without it there is no way out
// but what the children offer.
export function Dialog({ title, onClose, children, className = '' }) {
	const ref = useRef(null);
	const id = useId();

	useEffect(() => {
		const dialog = ref.current;
		const before = document.activeElement;
		dialog.showModal();
		dialog.querySelector('form :is(input, select, textarea)')?.focus();
		return () => {
			dialog.close();
			before?.focus?.();
		};
	}, []);
	return html`<dialog ref=${ref} class=${className} aria-labelledby=${id}
		onCancel=${(event) => {
			event.preventDefault();
			onClose?.();
		}}>
		<article>
			<header class="dialog-head">
				<h2 id=${id} dir="auto">${title}</h2>
				${onClose && html`<button type="button" class="quiet icon-only"
					aria-label=${t('action.close')} onClick=${onClose}>
					<${Icon} name="close" /></button>`}
			</header>
			${children}
		</article>
	</dialog>`;
}

// The question that waits for an answer, if any.
const question = signal(null);

// Ask; the promise is true when the person agrees. {title, text, yes, no,
// danger}.
export function confirm(asked) {
	return new Promise((resolve) => {
		question.get()?.resolve(false);
		question.set({ ...asked, resolve });
	});
}

export const confirmLeave = () => confirm({ title: t('leave.title'),
	text: t('leave.text'), yes: t('leave.yes'), no: t('leave.no'),
	danger: true });

// The answer is told when the dialog is gone and has given the focus back:
// whoever asked may then move it on.
export function Questions() {
	const asked = useSignal(question);
	const answer = useRef(false);
	const settle = (agreed) => {
		answer.current = agreed;
		question.set(null);
	};

	useEffect(() => {
		answer.current = false;
		return asked ? () => asked.resolve(answer.current) : undefined;
	}, [asked]);

	return asked && html`<${Dialog} title=${asked.title}
		onClose=${() => settle(false)}>
		<p>${asked.text}</p>
		<footer class="actions end">
			<button type="button" class="secondary" autofocus
				onClick=${() => settle(false)}>
				${asked.no ?? t('action.cancel')}</button>
			<button type="button" class=${asked.danger ? 'danger' : ''}
				onClick=${() => settle(true)}>${asked.yes}</button>
		</footer>
	</${Dialog}>`;
}
