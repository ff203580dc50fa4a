/**
 * Runs code that an untrusted file steers, with an end to it. A tokenizer's patterns are regular
 * expressions, and one that backtracks exponentially would hold the thread for ever; the vm module's
 * watchdog interrupts even those. It guards against hanging, not against code: none is run from files.
 */
import { type Context, createContext, Script } from 'node:vm';

export class OutOfTime extends Error {}

const script = new Script('job()');
let context: Context | undefined;

/** The value of `job`; throws what it throws, or OutOfTime. `job` must be synchronous. */
export function withinTime<T>(milliseconds: number, job: () => T): T {
  context ??= createContext({ job: undefined });
  let value: { readonly of: T } | undefined;
  const before: unknown = context.job;
  context.job = () => {
    value = { of: job() };
  };
  try {
    script.runInContext(context, { timeout: milliseconds });
  } catch (error) {
    // Made in the script's own realm, so it is no instance of this realm's Error.
    if (
      typeof error === 'object' &&
      (error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    ) {
      throw new OutOfTime(`it took longer than ${milliseconds / 1000} seconds`);
    }
    throw error;
  } finally {
    context.job = before;
  }
  if (value === undefined) throw new Error('the job did not run');
  return value.of;
}
