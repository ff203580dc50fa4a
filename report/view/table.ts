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
}

/** The escape sequences that palettes write. */
const PAINT = new RegExp(`${'\x1b'}\\[[\\d;]*m`, 'g');

const widthOf = (text: string): number => [...text.replace(PAINT, '')].length;

export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  const { right = [], indent = '' } = options;
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(0, ...rows.map((row) => widthOf(row[i] ?? ''))),
  );
  const cell = (text: string, i: number): string => {
    const space = ' '.repeat(widths[i]! - widthOf(text));
    return right.includes(i) ? space + text : text + space;
  };
  return rows.map((row) => `${indent}${row.map(cell).join('  ')}`.trimEnd()).join('\n');
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
