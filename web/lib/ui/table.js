// A table that turns into cards on a narrow screen. The roles are written out
// because a table that is no longer drawn as one loses them.
import { classes, html } from './html.js';

// columns: [{id, label, cell(row), quiet, named, className}]. quiet: the label
// is for a screen reader; named: it stands beside the value on a card, too.
// The first column's cell is the row's heading.
export function Table({ caption, columns, rows, rowKey, rowClass,
	className = '' }) {
	return html`<table class=${`list ${className}`} role="table">
		<caption class="sr">${caption}</caption>
		<thead role="rowgroup"><tr role="row">${columns.map((column) =>
			html`<th key=${column.id} role="columnheader" scope="col"
				class=${column.className}>${column.quiet
				? html`<span class="sr">${column.label}</span>`
				: column.label}</th>`)}</tr></thead>
		<tbody role="rowgroup">${rows.map((row) => html`<tr role="row"
			key=${rowKey(row)} class=${rowClass?.(row)}>
			${columns.map((column, i) => html`<${i === 0 ? 'th' : 'td'}
				key=${column.id} role=${i === 0 ? 'rowheader' : 'cell'}
				scope=${i === 0 ? 'row' : undefined}
				class=${classes(`c-${column.id}`, column.className)}
				>${column.named && html`<span class="cell-label">${
					column.label}: </span>`}${column.cell(row)}</${i === 0 ? 'th' : 'td'}>`)}
		</tr>`)}</tbody>
	</table>`;
}
