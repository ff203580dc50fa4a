/** Text of strangers (sources, names in models), safe to print: what would paint, ring or turn text around is made visible. */

const HIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Line ends and tabs stay: for formats that write them in their own way. */
export const visibleLines = (text: string): string => text.replace(HIDDEN, '\uFFFD');

/** On one line: tabs as two spaces, line ends made visible too. */
export const visible = (text: string): string =>
  visibleLines(text.replaceAll('\t', '  ').replace(/[\n\r]/g, '\uFFFD'));
