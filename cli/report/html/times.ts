/** Predicted times, a column for each device. */
import type { ReportedModel } from '../../../compiler/cost/document.ts';
import { timesSection } from '../times.ts';
import { type Html, html } from './markup.ts';
import { table } from './tables.ts';

export function times({ report, predicted }: ReportedModel): Html | '' {
  if (!predicted) return '';
  const { title, head, rows, notes = [] } = timesSection(report, predicted);
  const lines = rows.map(
    ([name, ...cells]) =>
      html`<tr><th scope="row">${name!}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  );
  return html`<h3>${title}</h3>${table(`${title} of ${report.name}`, head, lines)}<p class="note">${notes.join(' ')}</p>`;
}
