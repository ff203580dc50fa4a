/** Timing on a noisy machine: alternation, medians, and ratios formed round by round. */
import { median } from '../runtime/stopwatch.ts';

export { median };

export interface Row {
  readonly name: string;
  /** What the number is: a share, a factor, MiB. */
  readonly unit: string;
  readonly value: number;
  /** The number to reach, and on which side of it to be. */
  readonly goal: { readonly at: number; readonly better: 'above' | 'below' };
  /** What went into it, for the reader of results.json. */
  readonly details: Readonly<Record<string, number | string>>;
}

export type Bench = (say: (line: string) => void) => Promise<readonly Row[]>;

/** Milliseconds of each task in each round, the tasks taking turns; the first round only warms up. */
export async function alternate<K extends string>(
  rounds: number,
  tasks: Readonly<Record<K, () => Promise<unknown>>>,
): Promise<Record<K, readonly number[]>> {
  const times = Object.fromEntries(Object.keys(tasks).map((name) => [name, []])) as unknown as Record<
    K,
    number[]
  >;
  for (let round = -1; round < rounds; round++) {
    for (const [name, task] of Object.entries(tasks) as [K, () => Promise<unknown>][]) {
      const start = performance.now();
      await task();
      if (round >= 0) times[name].push(performance.now() - start);
    }
  }
  return times;
}

/** The median over rounds of a combination of that round's times. */
export const overRounds = <K extends string>(
  times: Readonly<Record<K, readonly number[]>>,
  combine: (round: Record<K, number>) => number,
): number => {
  const names = Object.keys(times) as K[];
  const rounds = times[names[0]!]!.length;
  const values = Array.from({ length: rounds }, (_, i) =>
    combine(Object.fromEntries(names.map((name) => [name, times[name]![i]!])) as Record<K, number>),
  );
  return median(values);
};
