// What was said, turn by turn. The turn that is heard is marked and kept in
// sight, unless one has gone elsewhere in the page; each turn's time leads the
// recording to it.
import { t } from '../i18n.js';
import { stopwatch } from '../time.js';
import { classes, html, useEffect, useMemo, useRef, useState }
	from './html.js';
import { CheckField } from './field.js';

const SPEAKERS = { bot: 'assistant', assistant: 'assistant', user: 'caller',
	customer: 'caller' };
const PREFIX = /^\s*(AI|Assistant|Bot|User|Customer|Caller)\s*:\s*/i;

// [{who, text, at}] of a call; at is null where no time is known.
export function turnsOf(call) {
	const said = (Array.isArray(call.messages) ? call.messages : [])
		.map((one) => ({ who: SPEAKERS[one?.role], text: String(
			one?.message ?? one?.content ?? '').trim(),
		at: Number.isFinite(one?.secondsFromStart) ? one.secondsFromStart
			: null }))
		.filter((one) => one.who && one.text);

	if (said.length > 0)
		return said;
	// Only a text: its lines begin with who speaks.
	return (call.transcript ?? '').split('\n').reduce((turns, line) => {
		const who = PREFIX.exec(line);
		if (who) {
			turns.push({ who: /^(ai|assistant|bot)$/i.test(who[1])
				? 'assistant' : 'caller', text: line.slice(who[0].length),
			at: null });
		} else if (turns.length > 0) {
			turns.at(-1).text += `\n${line}`;
		} else if (line.trim()) {
			turns.push({ who: null, text: line, at: null });
		}
		return turns;
	}, []);
}

const gently = () => matchMedia('(prefers-reduced-motion: reduce)').matches
	? 'auto' : 'smooth';

function isInSight(element) {
	const { top, bottom } = element.getBoundingClientRect();

	return bottom > 0 && top < innerHeight;
}

// The text with the searched words marked.
function Marked({ text, words }) {
	if (words.length === 0)
		return text;
	const any = new RegExp(`(${words.map((word) =>
		word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'gi');
	return text.split(any).map((part, i) => i % 2
		? html`<mark>${part}</mark>` : part);
}

export function Transcript({ turns, sound, query }) {
	const box = useRef(null);
	const [follow, setFollow] = useState(true);
	const [found, setFound] = useState(0);
	const words = useMemo(() => (query ?? '').split(/\s+/).filter(Boolean),
		[query]);
	const current = !sound?.ready ? -1 : turns.findLastIndex((turn) =>
		turn.at !== null && turn.at <= sound.at + 0.05);

	useEffect(() => {
		const before = box.current.children[Math.max(0, current - 1)];
		if (follow && current >= 0 && sound.playing && isInSight(before) &&
			!document.activeElement.matches('textarea, [type=text]')) {
			box.current.children[current].scrollIntoView(
				{ block: 'nearest', behavior: gently() });
		}
	}, [current, follow]);
	useEffect(() => setFound(box.current.querySelectorAll('mark').length),
		[turns, words]);
	return html`<div class="transcript">
		${found > 0 && html`<p class="found"><button type="button" class="link"
			onClick=${() => box.current.querySelector('mark').scrollIntoView(
				{ block: 'center', behavior: gently() })}>${t('call.found',
				{ n: found })}</button></p>`}
		<ol class="turns" ref=${box} role="list"
			aria-label=${t('call.transcript')}>${turns.map((turn, i) => html`<li
			key=${i} class=${classes('turn', turn.who,
				i === current && 'current')}
			aria-current=${i === current ? 'true' : undefined}
			onClick=${(event) => {
				if (sound && turn.at !== null && getSelection().isCollapsed &&
					!event.target.closest('button'))
					sound.playFrom(turn.at);
			}}>
			<span class="turn-head">
				<span class="turn-who">${turn.who && t(`call.${turn.who}`)}</span>
				${turn.at !== null && (sound ? html`<button type="button"
					class="quiet turn-at" aria-label=${t('call.play_from',
						{ at: stopwatch(turn.at) })}
					onClick=${() => sound.playFrom(turn.at)}>${
						stopwatch(turn.at)}</button>`
					: html`<span class="turn-at">${stopwatch(turn.at)}</span>`)}
			</span>
			<span class="turn-text" dir="auto"><${Marked} text=${turn.text}
				words=${words} /></span>
		</li>`)}</ol>
		${sound && turns.some((turn) => turn.at !== null) && html`<${CheckField}
			name="follow" label=${t('call.follow')} value=${follow}
			onValue=${setFollow} />`}
	</div>`;
}
