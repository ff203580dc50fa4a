/** How long things take on a machine that does other things too: some runs, and their median. */

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export interface Runs {
  readonly least: number;
  readonly most: number;
  /** No more are begun after so many seconds. */
  readonly seconds: number;
}

/** Seconds of each run of each task. They take turns, so that what is beside them slows all; the first turn warms up. */
export async function timed<K extends string>(
  tasks: Readonly<Record<K, () => Promise<unknown>>>,
  { least, most, seconds }: Runs,
): Promise<Readonly<Record<K, readonly number[]>>> {
  const names = Object.keys(tasks) as K[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, number[]>;
  const round = async (keep: boolean): Promise<void> => {
    for (const name of names) {
      const began = performance.now();
      await tasks[name]();
      if (keep) times[name].push((performance.now() - began) / 1000);
    }
  };
  await round(false);
  const end = performance.now() + 1000 * seconds;
  for (let i = 0; i < most && (i < least || performance.now() < end); i++) await round(true);
  return times;
}
