/** Times the forms of a model in alternation: their encoders, and their decoding steps. */
import { type Tasks, type Times, timed } from '../../runtime/stopwatch.ts';
import { forced } from '../models.ts';
import { openEntry } from './benben.ts';
import { type Run, WORDS } from './check.ts';
import { exportedDecoder, exportedEncoder } from './exported.ts';
import type { Form, Measured } from './table.ts';

/** At least three rounds, and as many as fit in three minutes. */
const ROUNDS = { least: 3, most: 15, seconds: 180 };

/** The forms that run in Python. */
const IN_PYTHON = ['eager', 'compiled', 'bf16', 'bf16Compiled', 'int8'] as const satisfies readonly Form[];

const inPython = <T>(make: (form: Form) => T): Record<(typeof IN_PYTHON)[number], T> =>
  Object.fromEntries(IN_PYTHON.map((form) => [form, make(form)])) as Record<(typeof IN_PYTHON)[number], T>;

const eachOf = (forms: object, of: (form: Form) => number): Record<Form, number> =>
  Object.fromEntries(Object.keys(forms).map((form) => [form, of(form as Form)])) as Record<Form, number>;

const least = (times: Times, name: string): number => 1000 * Math.min(...times[name]!);

/** Reports the least times while others are still measured, and returns them. */
function reported({ say }: Run, what: string, times: Times, of: Record<Form, number>): Record<Form, number> {
  const rounds = Object.values(times)[0]!.length;
  const all = Object.entries(of).map(([form, ms]) => `${form} ${ms.toFixed(1)}`);
  say(`${what}, least milliseconds of ${rounds} rounds: ${all.join(', ')}`);
  return of;
}

/** The least milliseconds of each encoder for the long document. */
export async function timeEncoders(run: Run): Promise<Measured['encoder']> {
  const { subject, python, say } = run;
  const exported = await exportedEncoder(subject, python);
  const benben = await openEntry(subject, 'encode', 'fp32');
  const benbenInt8 = await openEntry(subject, 'encode', 'int8');
  const tasks: Record<Form, () => Promise<unknown>> = {
    benben: () => benben.run('long'),
    benbenInt8: () => benbenInt8.run('long'),
    exported: () => exported.run(),
    ...inPython((form) => () => python.ask('encode', { form, document: 'long' })),
  };
  say(`encoders at ${subject.documents.long.length} tokens, in alternation; PyTorch compiles first`);
  const times = await timed(tasks, ROUNDS);
  for (const session of [exported, benben, benbenInt8]) await session.release();
  return reported(
    run,
    'encoders',
    times,
    eachOf(tasks, (form) => least(times, form)),
  );
}

/**
 * The least milliseconds of a decoding step: the time of a search of 65 steps, minus that of one step, divided by 64.
 * Searches begin with the encoder and the short document, which the difference leaves out.
 */
export async function timeSteps(run: Run): Promise<Measured['step']> {
  const { subject, python, say } = run;
  const exported = await exportedDecoder(subject, python, WORDS + 1);
  const benben = await openEntry(subject, 'generate', 'fp32');
  const benbenInt8 = await openEntry(subject, 'generate', 'int8');
  // Benben's search takes one step more than it has words, for the eos.
  const search: Record<Form, (steps: number) => Promise<unknown>> = {
    benben: (steps) => benben.run('short', forced(steps - 1)),
    benbenInt8: (steps) => benbenInt8.run('short', forced(steps - 1)),
    exported: (steps) => exported.run(steps),
    ...inPython(
      (form) => (steps) => python.ask('greedy', { form, document: 'short', words: steps, room: WORDS + 1 }),
    ),
  };
  const tasks: Tasks = Object.fromEntries(
    Object.entries(search).flatMap(([form, write]) => [
      [`${form}.long`, () => write(WORDS + 1)],
      [`${form}.short`, () => write(1)],
    ]),
  );
  say(`${WORDS} decoding steps, in alternation`);
  const times = await timed(tasks, ROUNDS);
  for (const session of [exported, benben, benbenInt8]) await session.release();
  return reported(
    run,
    'steps',
    times,
    eachOf(search, (form) => (least(times, `${form}.long`) - least(times, `${form}.short`)) / WORDS),
  );
}
