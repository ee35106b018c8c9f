// Plays a recording. It is asked for when somebody wants to hear it, comes
// whole with its progress shown (an <audio> can't send our proof), and is
// then the browser's own: seeking and speed cost nothing. The element is there
// before, because a browser that refuses sound nobody asked for lets one sound
// that was loaded in the click, however late its file comes.
import { download } from '../download.js';
import { bytes, number, t } from '../i18n.js';
import { useKeys } from '../keys.js';
import { recall, remember } from '../memory.js';
import { duration, stopwatch } from '../time.js';
import { html, useEffect, useRef, useState } from './html.js';
import { Icon } from './icon.js';
import { ErrorState, Notice } from './state.js';

const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];
const STEP_S = 5;
const MOST_BYTES = 1e9;

function rememberedSpeed() {
	const speed = Number(recall('speed'));

	return SPEEDS.includes(speed) ? speed : 1;
}

// What a view can do with the sound: {at, playing, ready, seek(s), toggle(),
// …}. at moves while it plays.
export function useRecording(path) {
	const audio = useRef(null);
	const abort = useRef(null);
	const wish = useRef(0);
	const [url, setUrl] = useState(null);
	const [state, setState] = useState({ at: 0, length: null, playing: false,
		got: null, total: null, error: null, refused: false });
	const [speed, setSpeed] = useState(rememberedSpeed);
	const change = (part) => setState((old) => ({ ...old, ...part }));

	useEffect(() => () => {
		abort.current?.abort();
		abort.current = null;
	}, [path]);
	const play = () => audio.current.play().catch(({ name }) =>
		change({ playing: false, refused: name === 'NotAllowedError' }));
	useEffect(() => {
		if (url === null)
			return undefined;
		audio.current.src = url;
		audio.current.currentTime = wish.current;
		play();
		return () => URL.revokeObjectURL(url);
	}, [url]);
	useEffect(() => {
		if (audio.current)
			audio.current.playbackRate = speed;
	}, [speed]);

	// Smooth enough for the turns to follow, cheap enough for a phone.
	useEffect(() => {
		if (!state.playing)
			return undefined;
		const timer = setInterval(() =>
			change({ at: audio.current?.currentTime ?? 0 }), 200);
		return () => clearInterval(timer);
	}, [state.playing]);

	const stop = () => {
		abort.current?.abort();
		abort.current = null;
		change({ got: null, total: null });
	};
	const load = async (from) => {
		wish.current = from;
		if (abort.current !== null)
			return;
		const mine = new AbortController();
		abort.current = mine;
		change({ got: 0, total: null, error: null, refused: false });
		audio.current.removeAttribute('src');
		audio.current.load();
		try {
			const blob = await download(path, {}, { signal: mine.signal,
				most: MOST_BYTES, progress: (got, total) =>
					change({ got, total }) });
			setUrl(URL.createObjectURL(blob));
		} catch (error) {
			if (error.name !== 'AbortError')
				change({ error });
		} finally {
			if (abort.current === mine)
				stop();
		}
	};
	const seek = (seconds) => {
		if (url === null) {
			load(seconds);
			return;
		}
		// What is sought before a browser knows the length begins there.
		const to = Math.min(Math.max(0, seconds),
			audio.current.duration || Infinity);
		audio.current.currentTime = to;
		change({ at: to });
	};

	return { ...state, ready: url !== null, speed, seek, load, stop,
		toggle() {
			if (url === null)
				load(0);
			else if (audio.current.paused)
				play();
			else
				audio.current.pause();
		},
		playFrom(seconds) {
			seek(seconds);
			if (url !== null)
				play();
		},
		step: (by) => url !== null && seek(audio.current.currentTime + by),
		setSpeed(value) {
			setSpeed(value);
			remember('speed', String(value));
		},
		nextSpeed() {
			this.setSpeed(SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length]);
		},
		element: () => html`<audio ref=${audio}
			onLoadedMetadata=${(event) => {
				change({ length: event.target.duration });
				event.target.playbackRate = speed;
			}}
			onPlay=${() => change({ playing: true, refused: false })}
			onPause=${(event) => change({ playing: false,
				at: event.target.currentTime })}
			onEnded=${() => change({ playing: false })}
			onError=${() => {
				setUrl(null);
				change({ playing: false, error: { kind: 'sound' } });
			}}></audio>` };
}

function Loading({ sound }) {
	return html`<div class="player-line">
		<progress value=${sound.total ? sound.got : undefined}
			max=${sound.total ?? 1} aria-label=${t('player.loading')}></progress>
		<span class="small muted">${sound.total ? t('player.got', {
			got: bytes(sound.got), total: bytes(sound.total) })
			: bytes(sound.got)}</span>
		<button type="button" class="quiet small" onClick=${sound.stop}>
			${t('action.cancel')}</button>
	</div>`;
}

// The slider says words, not numbers, to a screen reader.
function Line({ sound, expected }) {
	const length = sound.length ?? expected ?? 0;

	return html`<div class="player-line">
		<span class="clock">${stopwatch(sound.at)}</span>
		<input type="range" min="0" max=${Math.max(length, 0.1)} step="0.1"
			value=${sound.at} aria-label=${t('player.position')}
			aria-valuetext=${t('player.at', { at: duration(sound.at),
				length: duration(length) })}
			onInput=${(event) => sound.seek(Number(event.target.value))}
			disabled=${!sound.ready} />
		<span class="clock muted">${stopwatch(length)}</span>
	</div>`;
}

function Fault({ sound }) {
	const { error } = sound;
	const again = () => sound.load(0);

	if (error.kind === 'gone' || error.kind === 'absent') {
		return html`<${Notice} kind="warn" role="status"
			title=${t(`player.${error.kind}`)}><p>${t(
				`player.${error.kind}.text`)}</p></${Notice}>`;
	}
	return html`<${ErrorState} error=${error} retry=${again} />`;
}

export function Player({ sound, expected }) {
	useKeys({ 'p': sound.toggle, 's': () => sound.nextSpeed(),
		'ArrowLeft': (event) => event.target.type === 'range' ||
			event.target.type === 'radio' ? false : sound.step(-STEP_S),
		'ArrowRight': (event) => event.target.type === 'range' ||
			event.target.type === 'radio' ? false : sound.step(STEP_S) });
	return html`<section class="player"
		aria-label=${t('player.label')}>
		${sound.element()}
		<div class="player-row">
			<button type="button" class="player-play" onClick=${sound.toggle}
				aria-disabled=${String(sound.got !== null)}>
				<${Icon} name=${sound.playing ? 'pause' : 'play'}
					size="1.4em" />
				<span class="sr">${t(sound.playing ? 'player.pause'
					: 'player.play')}</span></button>
			${sound.got !== null ? html`<${Loading} sound=${sound} />`
				: html`<${Line} sound=${sound} expected=${expected} />`}
			<label class="player-speed"><span class="sr">${t('player.speed')}
				</span><select value=${String(sound.speed)} onChange=${(event) =>
					sound.setSpeed(Number(event.target.value))}>
				${SPEEDS.map((speed) => html`<option key=${speed}
					value=${String(speed)} selected=${speed === sound.speed}
					>${number(speed)}×</option>`)}</select></label>
		</div>
		<p role="status">${sound.refused && t('player.refused')}</p>
		${sound.error && html`<${Fault} sound=${sound} />`}
	</section>`;
}
