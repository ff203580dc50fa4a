/** Makes texts from outside (sources, documents, artifacts, file names) safe to print. */

/** Replaces control characters, and characters that reverse the direction of text. Line feeds and tabs stay. */
export const printable = (text: string): string =>
  text.replace(/(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');

/**
 * Matches the control sequences that turn bold, dim and the eight colours on and off. Benben writes no other control
 * sequences.
 */
const PAINT = new RegExp(`(${'\x1b'}\\[(?:1|2|22|3[0-7]|39|9[0-7])m)`);

/** Like `printable`, but keeps the colours of a text that Benben has painted. */
export const printableExceptPaint = (text: string): string =>
  text
    .split(PAINT)
    .map((piece, i) => (i % 2 === 1 ? piece : printable(piece)))
    .join('');

/** Like `printable`, but keeps `\r` and replaces lone surrogates, for formats that escape line ends themselves. */
export const visibleLines = (text: string): string =>
  text.replace(/(?![\t\n\r])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '\uFFFD');

/**
 * Puts a text on one line: tabs become two spaces, and line ends are replaced like other control characters. `##[` and
 * `##vso[` are broken up, because CI services read them as commands wherever they are in a line.
 */
export const visible = (text: string): string =>
  visibleLines(text.replaceAll('\t', '  ').replace(/[\n\r]/g, '\uFFFD')).replace(/##(?=\[|vso\[)/g, '## ');

/**
 * A name from a file, for a line of a log: on one line, without control characters and characters that reverse the
 * direction of text, and never a command of a CI service. GitHub reads lines that begin with `::` as commands.
 */
export function nameText(name: string): string {
  const text = visible(name);
  return /^\s*::/.test(text) ? `'${text}'` : text;
}

/**
 * JSON as `JSON.stringify` writes it, with control characters and characters that reverse the direction of text as
 * escapes, so that the text is harmless in a terminal and equal data for every reader.
 */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, (sign) =>
    [...Array(sign.length).keys()]
      .map((i) => `\\u${sign.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );
