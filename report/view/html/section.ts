/** Shows a table of the text report on the page. */
import type { ModelReport } from '../../report.ts';
import type { Section } from '../section.ts';
import { type Html, html, raw } from './markup.ts';
import { table } from './tables.ts';

export function section({ name }: ModelReport, { title, head, rows, summed, notes = [] }: Section): Html {
  const lines = rows.map(
    ([first, ...cells], i) =>
      html`<tr${summed && i === rows.length - 1 && raw(' class="sum"')}><th scope="row">${first!}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  );
  return html`<h3>${title}</h3>${table(`${title} of ${name}`, head, lines)}<p class="note">${notes.join(' ')}</p>`;
}
