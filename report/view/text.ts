/** Writes a report for a terminal or a text file: aligned tables, with colours on terminals. */
import type { ReportDocument } from '../document.ts';

import type { Section } from './section.ts';
import { sectionsOf } from './sections.ts';
import { type Palette, table, wrap } from './table.ts';

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const BAR = 16;

/** A bar whose length is the value's share of the largest value. A value above 0 is always visible. */
function bar(value: bigint, largest: bigint): string {
  if (value === 0n || largest === 0n) return '';
  const eighths = Math.max(1, Number((BigInt(8 * BAR) * value) / largest));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}

function sectionText({ title, head, rows, right, summed, bars, notes }: Section, paint: Palette): string {
  const largest = bars?.reduce((a, b) => (a > b ? a : b), 0n) ?? 0n;
  const body = rows.map((row, i) => {
    const cells = bars ? [...row, paint.cyan(bar(bars[i]!, largest))] : row;
    return summed && i === rows.length - 1 ? cells.map((cell) => paint.bold(cell)) : cells;
  });
  const lines = [
    paint.bold(title),
    table([head.map((cell) => paint.dim(cell)), ...body], { indent: '  ', right }),
    ...(notes ?? []).map((note) => wrap(note, 88, '  ')),
  ];
  return lines.join('\n');
}

export function render(document: ReportDocument, paint: Palette): string {
  const { comparison, models } = sectionsOf(document);
  const texts = models.map(({ name, path, about, sections }) =>
    [
      [`${paint.bold(name)}  ${paint.dim(path)}`, ...about.map((note) => wrap(note, 88))].join('\n'),
      ...sections.map((section) => sectionText(section, paint)),
    ].join('\n\n'),
  );
  const first = comparison ? [sectionText(comparison, paint)] : [];
  return `${[...first, ...texts].join('\n\n\n')}\n`;
}
