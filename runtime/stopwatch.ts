/** Measures times while other programs also run: tasks alternate in rounds, and medians are taken over the rounds. */
import { setTimeout as pause } from 'node:timers/promises';

export type Tasks = Readonly<Record<string, () => Promise<unknown>>>;

export interface Rounds {
  readonly least: number;
  readonly most: number;
  /** After this many seconds no further round begins, except to reach `least`. */
  readonly seconds: number;
}

/** Seconds of each task in each round. */
export type Times = Readonly<Record<string, readonly number[]>>;

/** The pause before each task, because the threads of the previous task stay busy for a while before they sleep. */
const REST_MS = 10;
/** A shorter task is repeated for this time. Its first run is not counted, because caches and threads are still cold. */
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

/** Measures the tasks in rounds, so that a disturbance slows all tasks of a round. A first round is not measured. */
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

/** The seconds of each task in one round. */
export const inRound = (times: Times, i: number): Record<string, number> => each(times, (all) => all[i]!);
