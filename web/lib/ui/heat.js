// Calls by weekday and hour: a real table whose cells are coloured.
import { number, t } from '../i18n.js';
import { hour, weekday, weekdays } from '../time.js';
import { html, useState } from './html.js';

const LEVELS = 5;

// hours: the 168 of GET /api/analytics.
export function HeatMap({ hours }) {
	const [at, setAt] = useState(null);
	const calls = new Map(hours.map((one) =>
		[one.weekday * 24 + one.hour, one.calls]));
	const most = Math.max(1, ...calls.values());
	const busiest = hours.reduce((a, b) => b.calls > a.calls ? b : a);
	const words = (slot) => t('heat.readout', { n: calls.get(slot) ?? 0,
		day: weekday(Math.floor(slot / 24), 'long'), hour: hour(slot % 24) });
	const read = (event) => {
		const slot = event.target.closest?.('td')?.dataset.slot;
		setAt(slot === undefined ? null : Number(slot));
	};

	return html`<div class="heat">
		<p class="readout">${at !== null ? words(at) : busiest.calls === 0
			? t('heat.none') : t('heat.busiest', {
				day: weekday(busiest.weekday, 'long'),
				hour: hour(busiest.hour), n: busiest.calls })}</p>
		<table onPointerOver=${read} onPointerLeave=${() => setAt(null)}>
			<caption class="sr">${t('heat.caption')}</caption>
			<thead><tr><td></td>${Array.from({ length: 24 }, (_, n) =>
				html`<th key=${n} scope="col"><span class="sr">${hour(n)}</span>
					${n % 6 === 0 && html`<span class="heat-hour"
						aria-hidden="true">${hour(n)}</span>`}</th>`)}</tr></thead>
			<tbody>${weekdays().map((day) => html`<tr key=${day}>
				<th scope="row">${weekday(day)}</th>
				${Array.from({ length: 24 }, (_, n) => {
					const slot = day * 24 + n;
					const count = calls.get(slot) ?? 0;
					const level = Math.ceil(count / most * LEVELS);
					return html`<td key=${n} data-slot=${slot}
						class=${`heat-${level}`}>
						<span class="sr">${number(count)}</span></td>`;
				})}</tr>`)}</tbody>
		</table>
	</div>`;
}
