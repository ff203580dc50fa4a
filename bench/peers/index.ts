/**
 * Compares Benben with PyTorch on the same model, weights, document and threads, in one run and in alternation. Nothing
 * is timed before all forms compute the same.
 */
import type { Bench } from '../measure.ts';
import { readExample } from '../models.ts';
import { checkBenben, checkForms, errorsOf, type Run } from './check.ts';
import { openSubject, SMALL } from './models.ts';
import { findPython, type Python, skipped, startPython } from './python.ts';
import { type Measured, rowsOf, tableOf } from './table.ts';
import { timeEncoders, timeSteps } from './time.ts';

/** Runs with a Python of its own, which ends afterwards. */
async function withPython<T>(path: string, use: (python: Python) => Promise<T>): Promise<T> {
  const python = startPython(path);
  try {
    return await use(python);
  } finally {
    await python.close();
  }
}

async function measured(run: Run): Promise<Measured> {
  const errors = await errorsOf(run);
  return { encoder: await timeEncoders(run), step: await timeSteps(run), ...errors };
}

/** Checks every form on the small model, and measures it if nothing larger is to be measured. */
const onSmall = (path: string, say: Run['say'], measures: boolean): Promise<Measured | null> =>
  withPython(path, async (python) => {
    const run = { subject: await openSubject(SMALL, python), python, say };
    await checkBenben(run);
    await checkForms(run);
    return measures ? measured(run) : null;
  });

const onExample = (path: string, say: Run['say']): Promise<Measured> =>
  withPython(path, async (python) => {
    const run = { subject: await openSubject(await readExample(), python), python, say };
    await checkBenben(run);
    return measured(run);
  });

const benchOf =
  (small: boolean): Bench =>
  async (say) => {
    const python = findPython();
    if ('missing' in python) {
      say(skipped(python));
      return [];
    }
    const ofSmall = await onSmall(python.path, say, small);
    const found = ofSmall ?? (await onExample(python.path, say));
    console.log(tableOf(found));
    return rowsOf(found);
  };

export const peers: Bench = benchOf(false);
/** The same on a model that takes seconds, to try a change of the comparison itself. Its times mean nothing. */
export const peersSmall: Bench = benchOf(true);
