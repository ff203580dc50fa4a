/**
 * Timing on a noisy machine: tasks alternate, ratios are formed within each round, and medians are taken over rounds.
 */
import { median } from '../runtime/stopwatch.ts';

export { median };

export interface BenchResult {
  readonly name: string;
  /** The unit of the value: a share, a ratio, MiB. */
  readonly unit: string;
  readonly value: number;
  /** The goal: the value should be at least (`above`) or at most (`below`) the number `at`. */
  readonly goal: { readonly at: number; readonly better: 'above' | 'below' };
  /** The measurements behind the value, for results.json. */
  readonly details: Readonly<Record<string, number | string>>;
}

export type Bench = (say: (line: string) => void) => Promise<readonly BenchResult[]>;

/**
 * Runs all tasks one after another in every round, and returns the milliseconds of each task in each round. The first
 * round is a warm-up and is not counted.
 */
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

/** Combines the times of each round, and returns the median over the rounds. */
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
