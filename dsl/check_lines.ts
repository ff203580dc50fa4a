/** The budgets of a text's `check` blocks as lines, laid out in the one way: what two texts are compared by. */
import type { BudgetNode, CheckNode } from './ast.ts';
import type { Change } from './describe.ts';
import type { Source, Span } from './diagnostics.ts';
import { format } from './format.ts';
import { parse } from './parse.ts';

export interface CheckLine {
  /** The side before the comparison: what is bounded. */
  readonly bounded: string;
  readonly text: string;
}

/** By model, in the order of the text; nothing of a text that cannot be laid out. */
export function checkLines(source: Source): ReadonlyMap<string, readonly CheckLine[]> {
  const found = new Map<string, CheckLine[]>();
  const text = format(source).value;
  if (text === undefined) return found;
  const items = parse({ path: source.path, text }).value?.items ?? [];
  // Columns and line ends depend on the lines around; comments bind nothing.
  const said = ({ start, end }: Span): string =>
    text
      .slice(start, end)
      .replace(/\/\/[^\r\n]*/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  const lineOf = ({ left, span }: BudgetNode): CheckLine => ({ bounded: said(left.span), text: said(span) });
  for (const { model, budgets } of items.filter((item): item is CheckNode => item.type === 'check')) {
    const name = model?.text ?? '';
    const lines = found.get(name) ?? [];
    for (const budget of budgets) lines.push(lineOf(budget));
    found.set(name, lines);
  }
  return found;
}

/** Of which order means nothing: those that only one has, and those that bound the same otherwise. */
export function checkChanges(before: readonly CheckLine[], after: readonly CheckLine[]): readonly Change[] {
  const [gone, come] = [without(before, after), without(after, before)];
  const waiting = new Map<string, CheckLine[]>();
  for (const line of [...come].reverse()) {
    const queue = waiting.get(line.bounded);
    if (queue) queue.push(line);
    else waiting.set(line.bounded, [line]);
  }
  const taken = new Set<CheckLine>();
  const changed = gone.map(({ bounded, text }): Change => {
    const now = waiting.get(bounded)?.pop();
    if (now) taken.add(now);
    return { path: 'budget', before: text, after: now?.text ?? null };
  });
  const added = come.filter((line) => !taken.has(line));
  return [...changed, ...added.map(({ text }): Change => ({ path: 'budget', before: null, after: text }))];
}

/** As often as they are in `all` beyond `others`. */
function without(all: readonly CheckLine[], others: readonly CheckLine[]): CheckLine[] {
  const left = new Map<string, number>();
  for (const { text } of others) left.set(text, (left.get(text) ?? 0) + 1);
  return all.filter(({ text }) => {
    const times = left.get(text) ?? 0;
    left.set(text, times - 1);
    return times <= 0;
  });
}
