/** Writes the text that `benben explain D205` prints. */
import type { CodeEntry } from './codes/index.ts';
import { CODES } from './codes/index.ts';

/**
 * Writes the entry of a code; returns undefined if the table does not have the code. The default is the language's
 * table.
 */
export function explain(
  code: string,
  table: Readonly<Record<string, CodeEntry>> = CODES,
): string | undefined {
  const id = code.toUpperCase();
  if (!Object.hasOwn(table, id)) return undefined;
  const { title, cause, advice, severity, bad, good } = table[id]!;
  const example = (heading: string, text: string | undefined) =>
    text === undefined
      ? []
      : [
          '',
          heading,
          '',
          ...withVisibleNul(text)
            .trimEnd()
            .split('\n')
            .map((line) => `    ${line}`.trimEnd()),
        ];
  return [
    `${id}: ${title}${severity ? ` (a ${severity})` : ''}`,
    '',
    ...wrap(cause),
    '',
    ...wrap(`What to do: ${advice}.`),
    ...example('Wrong:', bad),
    ...example('Right:', good),
    '',
  ].join('\n');
}

/** Shows NUL, which the example of D002 contains, as a symbol. */
const withVisibleNul = (text: string): string => text.replaceAll('\0', '\u2400');

function wrap(text: string, columns = 88): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
