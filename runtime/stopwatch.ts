/** How long things take on a machine that does other things too: rounds in which they take turns, and medians. */
import { setTimeout as pause } from 'node:timers/promises';

export type Tasks = Readonly<Record<string, () => Promise<unknown>>>;

export interface Rounds {
  readonly least: number;
  readonly most: number;
  /** No more are begun after so many seconds. */
  readonly seconds: number;
}

/** Seconds of each task in each round. */
export type Times = Readonly<Record<string, readonly number[]>>;

/** Threads that have nothing to do any more look for work a while before they sleep, and would be in the way. */
const REST_MS = 10;
/** What is over sooner is done again, without the first time, in which caches and threads were cold, until so long. */
const SHORT_MS = 100;

async function secondsOf(task: () => Promise<unknown>): Promise<number> {
  await pause(REST_MS);
  let began = performance.now();
  await task();
  const once = performance.now() - began;
  if (once >= SHORT_MS) return once / 1000;
  began = performance.now();
  for (let runs = 1; ; runs++) {
    await task();
    const all = performance.now() - began;
    if (all >= SHORT_MS) return all / runs / 1000;
  }
}

/** What slows a round slows all of its tasks. The first warms up. */
export async function timed(tasks: Tasks, { least, most, seconds }: Rounds): Promise<Times> {
  const names = Object.keys(tasks);
  for (const name of names) await tasks[name]!();
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  const end = performance.now() + 1000 * seconds;
  for (let i = 0; i < most && (i < least || performance.now() < end); i++)
    for (const name of names) times[name]!.push(await secondsOf(tasks[name]!));
  return times;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const each = (times: Times, of: (values: readonly number[]) => number): Record<string, number> =>
  Object.fromEntries(Object.entries(times).map(([name, values]) => [name, of(values)]));

export const medians = (times: Times): Record<string, number> => each(times, median);

/** The seconds of one round. */
export const inRound = (times: Times, i: number): Record<string, number> => each(times, (all) => all[i]!);
