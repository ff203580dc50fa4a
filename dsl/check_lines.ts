/** Lists the budgets of a text as formatted lines, and compares the lists of two texts, for `benben diff`. */
import type { BudgetNode, CheckNode } from './ast.ts';
import type { Change } from './describe.ts';
import type { Source, Span } from './diagnostics.ts';
import { format } from './format.ts';
import { parse } from './parse.ts';

export interface CheckLine {
  /** The left side of the comparison. */
  readonly bounded: string;
  readonly text: string;
}

/** The budgets of each model in source order. The map is empty for a text with syntax mistakes. */
export function checkLines(source: Source): ReadonlyMap<string, readonly CheckLine[]> {
  const found = new Map<string, CheckLine[]>();
  const text = format(source).value;
  if (text === undefined) return found;
  const items = parse({ path: source.path, text }).value?.items ?? [];
  // Spaces depend on neighbouring lines and comments have no effect, so neither is compared.
  const written = ({ start, end }: Span): string =>
    text
      .slice(start, end)
      .replace(/\/\/[^\r\n]*/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  const lineOf = ({ left, span }: BudgetNode): CheckLine => ({
    bounded: written(left.span),
    text: written(span),
  });
  for (const { model, budgets } of items.filter((item): item is CheckNode => item.type === 'check')) {
    const name = model?.text ?? '';
    const lines = found.get(name) ?? [];
    for (const budget of budgets) lines.push(lineOf(budget));
    found.set(name, lines);
  }
  return found;
}

/**
 * Finds the budgets that only one of two lists contains. Their order does not matter. A removed and an added budget
 * with the same left side count as one change.
 */
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

/** Removes from `all` one line for each equal line of `others`, and returns the rest. */
function without(all: readonly CheckLine[], others: readonly CheckLine[]): CheckLine[] {
  const left = new Map<string, number>();
  for (const { text } of others) left.set(text, (left.get(text) ?? 0) + 1);
  return all.filter(({ text }) => {
    const times = left.get(text) ?? 0;
    left.set(text, times - 1);
    return times <= 0;
  });
}
