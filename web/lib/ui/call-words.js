// How a call is spoken of, the same in every view.
import { t, tOr } from '../i18n.js';
import { useResource } from '../store.js';
import { clock, full, when } from '../time.js';
import { Badge } from './badge.js';
import { html } from './html.js';

// A North American number is grouped, others are left as they are.
export function phone(number) {
	const found = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number ?? '');

	return found ? `+1 ${found[1]} ${found[2]} ${found[3]}` : number;
}

// What networks send for a number that is withheld: a word, alone or as the
// user of a SIP address, or that word as the keys of a telephone spell it.
const WITHHELD = new RegExp('^(anonymous|blocked|private|restricted|' +
	'unavailable|unknown|withheld|\\+?(266696687|2562533|7378742833|' +
	'86282452253|8656696))?$', 'i');
const isWithheld = (number) => WITHHELD.test(
	number.replace(/^sips?:/i, '').replace(/@.*$/s, ''));

// What there is of the caller's own number, in a word: known; withheld;
// unknown, since a line that forwards often shows its own; odd, which is no
// telephone number; or test, where nobody called. line: the number of the line
// that the call came over.
export function numberKind(call, line) {
	const number = call.caller_phone_number ?? '';

	return call.is_test ? 'test' : isWithheld(number) ? 'withheld'
		: number === line ? 'unknown' : number.startsWith('+') ? 'known' : 'odd';
}

export function caller(call, line) {
	const kind = numberKind(call, line);

	return kind === 'withheld' || kind === 'unknown' ? t(`call.${kind}`)
		: kind === 'test' ? t('call.title.test')
		: phone(call.caller_phone_number);
}

// The number of the line that a call of a list came over.
export function useLines() {
	const numbers = useResource('phone-numbers').data?.data ?? [];

	return (call) => numbers.find((one) =>
		one.id === call.phone_number_id)?.phone_number;
}

export const callWhen = (call) => html`<time
	datetime=${call.created_at} title=${full(call.created_at)}
	>${when(call.created_at)}</time>`;

export const Clock = ({ at }) => html`<time datetime=${at}
	title=${full(at)}>${clock(at)}</time>`;

// "book_appointment" -> "Book appointment".
export function humanise(word) {
	const text = String(word).replace(/([a-z])([A-Z])/g, '$1 $2')
		.replace(/[_-]+/g, ' ').trim();

	return text.charAt(0).toUpperCase() + text.slice(1);
}

// The clinic's own name for an intent, if it has one.
export function useIntentNames() {
	const intents = useResource('intents').data?.data ?? [];

	return (slug) => !slug ? null : intents.find((one) =>
		one.slug === slug)?.name ?? humanise(slug);
}

const TONES = { 'in-progress': 'info', 'ringing': 'info', 'initiated': 'info',
	'forwarding': 'info', 'completed': 'good', 'no-answer': 'warn',
	'busy': 'warn', 'failed': 'bad', 'canceled': 'warn' };

export const StatusBadge = ({ status }) => html`<${Badge}
	tone=${TONES[status] ?? 'plain'}>${tOr(`status.${status}`, status)}</${
	Badge}>`;

// Of a call whose state alone does not say that nobody spoke to the caller.
export const MissedBadge = ({ call }) => call.missed &&
	['completed', 'forwarding'].includes(call.status) && html`<${Badge}
	tone="warn">${t('calls.outcome.missed')}</${Badge}>`;

const FOLLOW_UP = { open: 'warn', in_progress: 'info', done: 'good' };

export const FollowUpBadge = ({ state }) => state && state !== 'none' &&
	html`<${Badge} tone=${FOLLOW_UP[state] ?? 'plain'}
	icon=${state === 'done' ? 'check' : 'flag'}>${t(`follow_up.${state}`)}</${
	Badge}>`;

export const isFinal = (status) => ['completed', 'no-answer', 'busy', 'failed',
	'canceled'].includes(status);
