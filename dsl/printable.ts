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

/** Puts a text on one line: tabs become two spaces, and line ends are replaced like other control characters. */
export const visible = (text: string): string =>
  visibleLines(text.replaceAll('\t', '  ').replace(/[\n\r]/g, '\uFFFD'));
