// The proof that a number is the clinic's, as one guided way: it rings, a
// code is typed, forwarding is switched on, a test call comes back.
import { post } from '../api.js';
import { t, tOr } from '../i18n.js';
import { forget, useRights } from '../store.js';
import { phone } from './call-words.js';
import { FormErrors, SaveButton, TextField } from './field.js';
import { useForm } from './form.js';
import { Forwarding } from './forwarding.js';
import { classes, html, useEffect, useLayoutEffect, useRef, useState }
	from './html.js';
import { Icon } from './icon.js';
import { Live } from './live.js';
import { ErrorState, Notice } from './state.js';

const STEPS = ['ring', 'code', 'forward', 'loop', 'done'];
const SEEN = ['from', 'forwarded_from', 'diversion'];

// How often to ask the server how the proof goes, which also tells when a
// step has lapsed: this browser's clock may be wrong.
const PACE_MS = { ringing: 1500, spoken: 15000, proven: 30000,
	waiting_operator: 30000 };

// Where in the way one is, and what went wrong before, if anything did.
// {step, busy, reason}.
function whereIs(number) {
	const proof = number.verification;

	if (number.status === 'active' || proof?.state === 'done')
		return { step: 'done' };
	if (!proof)
		return { step: 'ring' };
	if (proof.state === 'ringing')
		return { step: proof.step === 'loop' ? 'loop' : 'ring', busy: true };
	if (proof.state === 'spoken')
		return { step: 'code' };
	if (proof.state === 'proven')
		return { step: 'forward' };
	if (proof.state === 'waiting_operator')
		return { step: 'loop', waiting: true };
	return { step: proof.step === 'loop' && proof.reason !== 'lapsed'
		? 'forward' : 'ring', reason: proof.reason ?? 'unknown' };
}

export const proofPace = (number) =>
	PACE_MS[number?.verification?.state] ?? 0;

function Reason({ reason, proof }) {
	return html`<${Notice} kind="warn" role="status"
		title=${tOr(`proof.reason.${reason}`, proof?.detail ??
			t('proof.reason.unknown'))}>
		<p>${tOr(`proof.advice.${reason}`, t('proof.advice.unknown'))}</p>
		${proof?.seen && html`<p class="small">${t('proof.seen')}${' '}
			${SEEN.map((name) => proof.seen[name] && `${t(`proof.seen.${name}`)}: ${
				tOr(`proof.seen.is.${proof.seen[name]}`, proof.seen[name])}`)
				.filter(Boolean).join(', ')}</p>`}
	</${Notice}>`;
}

// One button that asks the server for a step.
function Start({ label, body, number, put, secondary }) {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState(null);
	const button = useRef(null);
	const run = async () => {
		if (busy)
			return;
		setBusy(true);
		setError(null);
		try {
			put(await post(`phone-numbers/${number.id}/verification`, body));
			forget('phone-numbers {');
		} catch (fault) {
			setError(fault);
		}
		setBusy(false);
	};

	// It goes when the step begins; the step's heading gets its focus.
	useLayoutEffect(() => {
		const own = button.current;
		return () => own === document.activeElement &&
			own.closest('li').querySelector('h3').focus();
	}, []);
	return html`${error && html`<${ErrorState} error=${error} />`}
		<div><button type="button" ref=${button} class=${secondary ? 'secondary' : ''}
			aria-busy=${busy ? 'true' : undefined} aria-disabled=${String(busy)}
			onClick=${run}>${label}</button></div>`;
}

const Busy = ({ children }) => html`<p class="proof-busy">
	<span class="pulse" aria-hidden="true"></span>
	<${Live} as="span">${children}</${Live}></p>`;

function Ring({ number, put, where }) {
	return html`<p>${t('proof.ring.text', { number:
		phone(number.phone_number) })}</p>
		${where.busy ? html`<${Busy}>${t('proof.ring.busy')}</${Busy}>`
			: html`${where.reason && html`<${Reason} reason=${where.reason}
				proof=${number.verification} />`}
			<${Start} number=${number} put=${put} body=${{ step: 'code' }}
				label=${t(where.reason ? 'proof.ring.again' : 'proof.ring')} />`}`;
}

function Code({ number, put }) {
	const left = number.verification.tries_left;
	const form = useForm({ code: '' }, { guard: false,
		check: ({ code }) => /^\d{6}$/.test(code.replace(/\s/g, '')) ? {}
			: { code: t('proof.code.six') },
		save: async (changes, { code }) => {
			put(await post(`phone-numbers/${number.id}/verification`,
				{ code: code.replace(/\s/g, '') }));
			forget('phone-numbers {');
		} });

	return html`<p>${t('proof.code.text')}</p>
		<form noValidate class="code-form" onSubmit=${form.submit}>
			<${FormErrors} form=${form} labels=${{ code: t('proof.code') }} />
			<${TextField} label=${t('proof.code')} inputmode="numeric"
				autocomplete="one-time-code" maxlength="7" className="code-input"
				hint=${form.errors.code || !left ? null
					: t('proof.code.left', { n: left })}
				...${form.field('code')} />
			<div class="form-foot"><${SaveButton} form=${form} always
				label=${t('proof.code.check')} /></div>
		</form>
		<${Start} number=${number} put=${put} body=${{ step: 'code' }} secondary
			label=${t('proof.ring.again')} />`;
}

function Forward({ number, put, where }) {
	return html`${where.reason && html`<${Reason} reason=${where.reason}
			proof=${number.verification} />`}
		<p>${t('proof.forward.text')}</p>
		<${Forwarding} number=${number} />
		<${Start} number=${number} put=${put} body=${{ step: 'loop' }}
			label=${t(where.reason ? 'proof.loop.again' : 'proof.loop')} />`;
}

function Loop({ number, where }) {
	return where.waiting
		? html`<${Notice} kind="info" role="status" title=${t(
			'proof.waiting')}><p>${t('proof.waiting.text')}</p></${Notice}>`
		: html`<p>${t('proof.loop.text', { number: phone(number.phone_number) })}
			</p><${Busy}>${t('proof.loop.busy')}</${Busy}>`;
}

function Done({ number }) {
	if (number.assistant_id === null)
		return html`<${Notice} kind="warn" role="status"
			title=${t('proof.done.unanswered')}><p>${t(
				'proof.done.unanswered.text')}</p></${Notice}>`;
	return html`<${Notice} kind="good" role="status" title=${t('proof.done')}>
		<p>${t('proof.done.text', { rule: tOr(`rule.${number.match_rule}`,
			number.match_rule) })}</p></${Notice}>`;
}

const BODIES = { ring: Ring, code: Code, forward: Forward, loop: Loop,
	done: Done };

export function Proof({ number, put }) {
	const where = whereIs(number);
	const at = STEPS.indexOf(where.step);
	const heading = useRef(null);
	const shown = useRef(where.step);
	const { readOnly, fixed } = useRights();

	// A step that begins by itself takes the focus, so that it is noticed.
	useEffect(() => {
		if (shown.current === where.step)
			return;
		shown.current = where.step;
		const input = heading.current?.closest('li').querySelector('input');
		(where.step === 'code' && input || heading.current)?.focus();
	}, [where.step]);
	if (fixed)
		return html`<p class="muted">${t(readOnly ? 'readonly.text'
			: 'desk.text')}</p>`;
	return html`<ol class="steps" role="list">${STEPS.map((step, i) => {
		const Body = BODIES[step];
		const passed = i < at || where.step === 'done';
		return html`<li key=${step} class=${classes('step', passed && 'passed',
			i === at && 'current')} aria-current=${i === at ? 'step' : undefined}>
			<span class="step-mark" aria-hidden="true">${passed
				? html`<${Icon} name="check" size="1em" />` : i + 1}</span>
			<div class="step-body">
				<h3 tabindex="-1" ref=${i === at ? heading : undefined}>${t(
					`proof.step.${step}`)}${passed && i !== at && html`<span
					class="sr"> ${t('proof.passed')}</span>`}</h3>
				${i === at && html`<div class="stack"><${Body} number=${number}
					put=${put} where=${where} /></div>`}
			</div>
		</li>`;
	})}</ol>`;
}
