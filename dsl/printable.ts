/** Text of strangers (documents, artifacts, file names) made safe for a terminal. */

/** Control characters must not reach a terminal, nor those that turn text around. Line ends and tabs may. */
export const printable = (text: string): string =>
  text.replace(/(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');

/** Bold, dim and the eight colours, on and off: all that our own texts are painted with. */
const PAINT = new RegExp(`(${'\x1b'}\\[(?:1|2|22|3[0-7]|39|9[0-7])m)`);

/** The same for a text that is painted already: the paint stays, everything else is made printable. */
export const printableExceptPaint = (text: string): string =>
  text
    .split(PAINT)
    .map((piece, i) => (i % 2 === 1 ? piece : printable(piece)))
    .join('');
