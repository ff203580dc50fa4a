/**
 * Converts offsets of a text to lines and columns. Both are numbered from 1; a column is one UTF-16 code unit, as in
 * editors.
 */

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The offset at which each line begins. `\r\n`, `\n` and `\r` end a line. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return starts;
}

export function lineFinder(text: string): (offset: number) => Place {
  const starts = lineStarts(text);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}
