// Bars by day. The canvas is a picture with a label; the same numbers are a
// table below it, and the line above it tells the day under the pointer.
import { number, t } from '../i18n.js';
import { dayLong, dayShort, duration } from '../time.js';
import { html, useEffect, useMemo, useRef, useState } from './html.js';
import { Skeleton } from './state.js';

const HEIGHT = 240;

// What draws comes beside the numbers, not after them.
const library = import('../../vendor/uplot.js');

library.catch(() => {});

// The colours that stand; a probe turns light-dark() into one of the two.
function resolved(element) {
	const probe = document.createElement('span');
	const colour = (name) => {
		probe.style.color = `var(--chart-${name})`;
		return getComputedStyle(probe).color;
	};

	element.append(probe);
	const found = { answered: colour('answered'), missed: colour('missed'),
		grid: colour('grid'), axis: colour('axis') };
	probe.remove();
	return found;
}

function options(UPlot, { width, paint, days, onDay }) {
	const bar = { width: 0, points: { show: false },
		paths: UPlot.paths.bars({ size: [0.72, 42] }) };
	const axis = { stroke: paint.axis, font: '12px system-ui, sans-serif',
		ticks: { show: false }, grid: { show: false } };
	const most = Math.max(...days.map((day) => day.calls), 4);

	return { width, height: HEIGHT, legend: { show: false },
		padding: [8, 4, 0, 0],
		cursor: { y: false, drag: { x: false, y: false },
			points: { show: false } },
		scales: { x: { time: false, range: [-0.6, days.length - 0.4] },
			y: { range: [0, most * 1.05] } },
		axes: [
			{ ...axis, space: 56, incrs: [1, 2, 5, 7, 10, 14, 28],
				values: (plot, at) => at.map((i) => days[i]
					? dayShort(days[i].date) : '') },
			{ ...axis, size: 40, space: 44, incrs: [1, 2, 5, 10, 20, 50, 100,
				200, 500, 1000, 2000, 5000, 10000, 50000, 100000],
			grid: { show: true, stroke: paint.grid, width: 1 },
			values: (plot, at) => at.map((n) => number(n)) },
		],
		series: [{},
			{ ...bar, fill: paint.missed },
			{ ...bar, fill: paint.answered }],
		hooks: { setCursor: [(plot) => onDay(plot.cursor.idx)] } };
}

function Plot({ days, label, onDay }) {
	const box = useRef(null);
	const [ready, setReady] = useState(false);

	useEffect(() => {
		const dark = matchMedia('(prefers-color-scheme: dark)');
		const element = box.current;
		let plot = null, gone = false;
		const draw = async () => {
			const { default: UPlot } = await library;
			if (gone)
				return;
			plot?.destroy();
			const x = days.map((_, i) => i);
			const answered = days.map((day) => day.answered);
			const total = days.map((day) => day.answered + day.missed);
			plot = new UPlot(options(UPlot, { width: element.clientWidth,
				paint: resolved(element), days, onDay }),
			[x, total, answered], element);
			setReady(true);
		};
		const sizes = new ResizeObserver(() => plot?.setSize({ height: HEIGHT,
			width: element.clientWidth }));
		const themes = new MutationObserver(draw);

		draw().catch(() => setReady(true));
		sizes.observe(element);
		themes.observe(document.documentElement,
			{ attributeFilter: ['data-theme'] });
		dark.addEventListener('change', draw);
		return () => {
			gone = true;
			sizes.disconnect();
			themes.disconnect();
			dark.removeEventListener('change', draw);
			plot?.destroy();
		};
	}, [days]);
	return html`<div class="plot-frame">
		${!ready && html`<${Skeleton} lines=${0} className="plot-wait" />`}
		<div class="plot" ref=${box} role="img" aria-label=${label}></div>
	</div>`;
}

function DayTable({ days }) {
	return html`<details class="numbers-table">
		<summary>${t('chart.table')}</summary>
		<div class="scroll" tabindex="0" role="region"
			aria-label=${t('chart.table')}><table>
			<thead><tr><th scope="col">${t('chart.day')}</th>
				<th scope="col" class="num">${t('figure.calls')}</th>
				<th scope="col" class="num">${t('figure.answered')}</th>
				<th scope="col" class="num">${t('figure.missed')}</th>
				<th scope="col" class="num">${t('figure.after_hours')}</th>
				<th scope="col" class="num">${t('figure.seconds')}</th></tr></thead>
			<tbody>${days.toReversed().map((day) => html`<tr key=${day.date}>
				<th scope="row">${dayLong(day.date)}</th>
				<td class="num">${number(day.calls)}</td>
				<td class="num">${number(day.answered)}</td>
				<td class="num">${number(day.missed)}</td>
				<td class="num">${number(day.after_hours)}</td>
				<td class="num">${duration(day.seconds)}</td></tr>`)}</tbody>
		</table></div>
	</details>`;
}

// days: of GET /api/analytics.
export function DayChart({ days }) {
	const [at, setAt] = useState(null);
	const day = at === null || at === undefined ? null : days[at];
	const best = useMemo(() => days.reduce((a, b) =>
		b.calls > a.calls ? b : a, days[0]), [days]);
	const sum = (name) => days.reduce((n, one) => n + one[name], 0);
	const label = t('chart.label', { n: sum('calls'),
		from: dayLong(days[0].date), to: dayLong(days.at(-1).date),
		best: dayLong(best.date), most: best.calls });

	return html`<div class="chart">
		<div class="chart-line">
			<p class="legend"><span><i class="swatch answered"></i>
				${t('figure.answered')}</span><span><i class="swatch missed"></i>
				${t('figure.missed')}</span></p>
			<p class="readout">${day ? t('chart.readout', {
				day: dayLong(day.date), n: day.calls,
				answered: day.answered, missed: day.missed }) : t('chart.hint')}</p>
		</div>
		<${Plot} days=${days} label=${label} onDay=${setAt} />
		<${DayTable} days=${days} />
	</div>`;
}
