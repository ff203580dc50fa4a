/** Aligned columns. Widths are those of the text without colours, as terminals show it. */
export interface TableOptions {
  /** Columns whose text stands at the right edge: numbers. */
  readonly right?: readonly number[];
  readonly indent?: string;
}

/** The sequences that our own palettes write. */
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

/** Words in lines of at most that many columns. */
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
