/**
 * Runs a function with a time limit. The regular expressions of an untrusted tokenizer may backtrack exponentially and
 * block the thread forever. The time limit of the `vm` module interrupts even these. This protects only against endless
 * computation; no code from files is ever run.
 */
import { type Context, createContext, Script } from 'node:vm';

export class OutOfTime extends Error {}

const script = new Script('job()');
let context: Context | undefined;

/** Runs a synchronous job and returns its value. Throws what the job throws, or OutOfTime. */
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
    // The error comes from the realm of the script, so it is not an instance of `Error` here.
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
