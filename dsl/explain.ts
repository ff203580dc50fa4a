/** `benben explain D205`: the whole row of one code, as text. */
import type { CodeEntry } from './codes/index.ts';
import { CODES } from './codes/index.ts';

/** Nothing for a code that the table does not have; other stages pass their own rows. */
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
          ...visible(text)
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

const visible = (text: string): string => text.replaceAll('\0', '\u2400');

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
