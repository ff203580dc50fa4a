/** Advice that depends on the text around a symbol, so that it can show the author's own line in the right form. */
import { clip } from './problem.ts';

/** Stands for the symbol in the line that a pattern is tried on. */
export const HERE = '\u0001';

/**
 * A pattern for the line with the symbol, and the advice if it fits: a template, in which `$1` is the first group, or a
 * function of the groups, which may have none.
 */
export type Advice = readonly [RegExp, string | ((groups: readonly string[]) => string | undefined)];

/** How much of the line is looked at on each side of the symbol. */
const REACH = 120;

/** The first advice that fits the line of `text` in which the symbol from `start` to `end` stands. */
export function adviceAround(
  text: string,
  start: number,
  end: number,
  advice: readonly Advice[],
): string | undefined {
  const before = text
    .slice(Math.max(0, start - REACH), start)
    .split(/[\r\n{};]/)
    .at(-1)!;
  const after = text.slice(end, end + REACH).split(/[\r\n{};]/)[0]!;
  return adviceFor(before + HERE + after, advice);
}

export function adviceFor(line: string, advice: readonly Advice[]): string | undefined {
  for (const [pattern, say] of advice) {
    const groups = pattern.exec(line)?.map((group) => clip(group ?? ''));
    if (!groups) continue;
    const said =
      typeof say === 'string'
        ? say.replace(/\$(\d)/g, (_, i: string) => groups[Number(i)] ?? '')
        : say(groups);
    if (said !== undefined) return said;
  }
  return undefined;
}
