/** Writes a table of a report for a terminal or a text file. */
import type { Section } from './section.ts';
import { type Palette, table, tableWidth, wrap } from './table.ts';

/** The width to which tables and paragraphs are fitted where they can be divided. */
export const COLUMNS = 100;
const PROSE = 88;

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const BAR = 16;

/** A bar whose length is the value's share of the largest value. A value above 0 is always visible. */
function bar(value: bigint, largest: bigint): string {
  if (value === 0n || largest === 0n) return '';
  const eighths = Math.max(1, Number((BigInt(8 * BAR) * value) / largest));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}

/** The head and the rows of a table, as cells for a terminal. */
function linesOf({ head, rows, summed, bars, asides = [] }: Section, paint: Palette): readonly string[][] {
  const largest = bars?.reduce((a, b) => (a > b ? a : b), 0n) ?? 0n;
  const body = rows.map((row, i) => {
    const cells = bars ? [...row, paint.cyan(bar(bars[i]!, largest))] : [...row];
    if (asides.includes(i)) return cells.map((cell) => paint.dim(cell));
    return summed && i === rows.length - 1 ? cells.map((cell) => paint.bold(cell)) : cells;
  });
  return [head.map((cell) => paint.dim(cell)), ...body];
}

export function sectionText(section: Section, paint: Palette): string {
  const { title, right, notes, groups } = section;
  const lines = [
    paint.bold(title),
    table(linesOf(section, paint), { indent: '  ', right, ...(groups && { groups }) }),
    ...(notes ?? []).map((note) => wrap(note, PROSE, '  ')),
  ];
  return lines.join('\n');
}

/** Divides a table that is too wide into tables with some of its columns. Each begins with the first column. */
export function fitted(section: Section): readonly Section[] {
  const { head, rows, right, notes, bars, ...rest } = section;
  const most = COLUMNS - (bars ? BAR + 2 : 0);
  const widths = head.map((_, i) => tableWidth([head, ...rows].map((row) => [row[i] ?? ''])));
  const bands: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (let i = 1; i < head.length; i++) {
    used += 2 + widths[i]!;
    if (used > most) {
      bands.push([0]);
      used = 2 + widths[0]! + 2 + widths[i]!;
    }
    bands.at(-1)!.push(i);
  }
  if (bands.length <= 1) return [section];
  return bands.map((columns, band) => ({
    ...rest,
    title: band === 0 ? section.title : `${section.title} (continued)`,
    head: columns.map((i) => head[i]!),
    rows: rows.map((row) => columns.map((i) => row[i] ?? '')),
    right: columns.flatMap((from, to) => (right.includes(from) ? [to] : [])),
    ...(notes && band === bands.length - 1 && { notes }),
    ...(bars && band === bands.length - 1 && { bars }),
  }));
}
