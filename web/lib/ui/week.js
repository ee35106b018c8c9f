// One day's hours: a line from midnight to midnight that a pointer can draw
// on, and the same times as fields. The line is not told to a screen reader,
// nor is it on the way of the Tab key: the fields are.
import { t } from '../i18n.js';
import { hour } from '../time.js';
import { begun, dragged, END, grip, minutes, nextTime, STEP }
	from '../week.js';
import { fieldId } from './field.js';
import { classes, html, useRef, useState } from './html.js';
import { Icon } from './icon.js';

const NEAR_PX = 10;

export function Hours() {
	return html`<div class="line-hours" aria-hidden="true">
		<div>${[0, 6, 12, 18].map((n) => html`<span key=${n}>${hour(n)}</span>`)}
		</div>
	</div>`;
}

// times: [{open, close}]; onTimes gets the new ones.
export function Line({ times, onTimes }) {
	const box = useRef(null);
	const drag = useRef(null);
	const [held, setHeld] = useState(null);
	const shown = times.filter(({ open, close }) => open && close &&
		open < close);
	const at = (event) => {
		const { left, width } = box.current.getBoundingClientRect();
		return Math.min(Math.max((event.clientX - left) / width, 0), 1) * END;
	};
	const down = (event) => {
		if (event.button !== 0 || shown.length !== times.length ||
			box.current.closest('fieldset:disabled'))
			return;
		const minute = at(event);
		const near = NEAR_PX / box.current.clientWidth * END;
		const taken = grip(times, minute, near);
		drag.current = { minute, taken, times };
		box.current.setPointerCapture(event.pointerId);
		setHeld(taken?.n ?? null);
	};
	const move = (event) => {
		const from = drag.current;
		if (from === null)
			return;
		const by = at(event) - from.minute;
		if (from.taken === null) {
			const more = by > 10 && begun(from.times, from.minute);
			if (!more)
				return;
			from.times = more;
			from.minute += STEP;
			from.taken = { n: more.length - 1, part: 'close' };
			setHeld(from.taken.n);
		}
		onTimes(dragged(from.times, from.taken, at(event) - from.minute));
	};
	const up = () => {
		const from = drag.current;
		drag.current = null;
		setHeld(null);
		if (from?.taken)
			onTimes(times.toSorted((a, b) => a.open.localeCompare(b.open)));
	};

	return html`<svg class="line" ref=${box}
		viewBox=${`0 0 ${END} 10`} preserveAspectRatio="none"
		aria-hidden="true" onPointerDown=${down} onPointerMove=${move}
		onPointerUp=${up} onPointerCancel=${up}>
		<rect class="line-day" x="0" y="0" width=${END} height="10" />
		${[3, 6, 9, 12, 15, 18, 21].map((n) => html`<line key=${n}
			class=${n % 6 ? 'line-mark' : 'line-mark strong'} x1=${n * 60}
			x2=${n * 60} y1="0" y2="10" />`)}
		${shown.map(({ open, close }) => html`<g key=${open}
			class=${classes('line-open', times[held]?.open === open && 'held')}>
			<rect x=${minutes(open)} y="1"
				width=${minutes(close) - minutes(open)} height="8" />
			<line class="line-edge" x1=${minutes(open)} x2=${minutes(open)}
				y1="1" y2="9" />
			<line class="line-edge" x1=${minutes(close)} x2=${minutes(close)}
				y1="1" y2="9" />
		</g>`)}
	</svg>`;
}

function Time({ name, label, value, error, onValue }) {
	const id = fieldId(name);

	return html`<input type="time" id=${id} name=${name} step="300"
		aria-label=${label} value=${value === '24:00' ? '00:00' : value}
		aria-invalid=${error ? 'true' : undefined}
		aria-describedby=${error ? `${id}-error` : undefined}
		onInput=${(event) => onValue(event.target.value)} />`;
}

// The fields of one day. place names them; day is its name for a label. What
// removes a time is a new button after each removal, so that a double click
// does not reach the time that comes up.
// form: of useForm; onTimes(times, the name of the field to go to).
export function Times({ place, day, times, form, onTimes }) {
	const errorAt = (n, field) => form.errors[`${place}.${n}.${field}`];
	const set = (n, field, value) => {
		form.forgive(...times.flatMap((_, m) => [`${place}.${m}.open_time`,
			`${place}.${m}.close_time`]));
		onTimes(times.with(n, { ...times[n], [field]: value }));
	};
	// Midnight, as an end, is the end of the day.
	const close = (n, value) => set(n, 'close',
		value === '00:00' ? '24:00' : value);

	return html`<ul class="times">${times.map((time, n) => {
		const wrong = ['open_time', 'close_time', 'day_of_week'].find(
			(field) => errorAt(n, field));
		return html`<li key=${n}
			class=${wrong ? 'field invalid' : 'field'}>
			<div class="time-pair">
				<${Time} name=${`${place}.${n}.open_time`} value=${time.open}
					label=${t('hours.opens', { day })}
					error=${errorAt(n, 'open_time')}
					onValue=${(value) => set(n, 'open', value)} />
				<span aria-hidden="true">–</span>
				<${Time} name=${`${place}.${n}.close_time`} value=${time.close}
					label=${t('hours.closes', { day })}
					error=${errorAt(n, 'close_time')}
					onValue=${(value) => close(n, value)} />
				<button type="button" class="quiet icon-only"
					key=${times.length} aria-label=${t('hours.remove', { day })}
					title=${t('hours.remove', { day })} onClick=${() => {
						form.forgive(...Object.keys(form.errors)
							.filter((name) => name.startsWith(`${place}.`)));
						onTimes(times.toSpliced(n, 1), `${place}.add`);
					}}><${Icon} name="close" size="1em" /></button>
			</div>
			${wrong && html`<p class="field-error"
				id=${`${fieldId(`${place}.${n}.${wrong}`)}-error`}>
				${errorAt(n, wrong)}</p>`}
		</li>`;
	})}
	<li class="time-add"><button type="button" class="quiet small"
		id=${fieldId(`${place}.add`)} onClick=${() => onTimes(
			[...times, nextTime(times)], `${place}.${times.length}.open_time`)}>
		<${Icon} name="plus" size="1em" /> ${t(times.length === 0
			? 'hours.add' : 'hours.add.more')}
		<span class="sr">${day}</span></button></li>
	</ul>`;
}
