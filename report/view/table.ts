/** Lays out tables and paragraphs. The escape sequences of colours have no width, as on a terminal. */

/** The colours of a terminal; a palette without colours returns each text as it is. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly cyan: (text: string) => string;
}

export interface TableOptions {
  /** Columns that are aligned at the right, such as columns of numbers. */
  readonly right?: readonly number[];
  readonly indent?: string;
  /** Titles above the first row, each over some columns; the last group ends with the last column. */
  readonly groups?: readonly { readonly title: string; readonly columns: number }[];
}

/** The escape sequences that palettes write. */
const PAINT = new RegExp(`${'\x1b'}\\[[\\d;]*m`, 'g');

const widthOf = (text: string): number => [...text.replace(PAINT, '')].length;

/** The width of each column. Tables can be long, so no row is an argument of a call. */
function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
    });
  return widths;
}

const GAP = 2;

/** The width of a table without its indent. */
export function tableWidth(rows: readonly (readonly string[])[]): number {
  const widths = widthsOf(rows);
  return widths.reduce((sum, width) => sum + width, GAP * Math.max(0, widths.length - 1));
}

/** The line of titles above a table. A title that is wider than its columns is cut. */
function groupLine(widths: readonly number[], groups: NonNullable<TableOptions['groups']>): string {
  const before = widths.length - groups.reduce((sum, { columns }) => sum + columns, 0);
  const over = (from: number, count: number): number =>
    widths.slice(from, from + count).reduce((sum, width) => sum + width, GAP * (count - 1));
  let at = before;
  const cells = groups.map(({ title, columns }) => {
    const [width, text] = [over(at, columns), shorten(title, over(at, columns))];
    at += columns;
    const left = Math.floor((width - widthOf(text)) / 2);
    return ' '.repeat(left) + text + ' '.repeat(width - widthOf(text) - left);
  });
  return [' '.repeat(over(0, before)), ...cells].join(' '.repeat(GAP));
}

/** Cuts out the middle of a text that is wider than `most` columns. */
export function shorten(text: string, most: number): string {
  const signs = [...text];
  if (signs.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${signs.slice(0, most - 1 - end).join('')}…${signs.slice(signs.length - end).join('')}`;
}

export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  const { right = [], indent = '', groups } = options;
  const widths = widthsOf(rows);
  const cell = (text: string, i: number): string => {
    const space = ' '.repeat(widths[i]! - widthOf(text));
    return right.includes(i) ? space + text : text + space;
  };
  const lines = rows.map((row) => row.map(cell).join(' '.repeat(GAP)));
  const all = groups ? [groupLine(widths, groups), ...lines] : lines;
  return all.map((line) => `${indent}${line}`.trimEnd()).join('\n');
}

/** Breaks a text into lines of at most `columns` columns. */
export function wrap(text: string, columns: number, indent = ''): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/u).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + widthOf(last) + 1 + widthOf(word) <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map((line) => indent + line).join('\n');
}
