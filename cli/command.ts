/** What a command is: what it takes, and what it says about itself. */
import type { Flags, OptionRow } from './options.ts';
import type { Output } from './output.ts';

export interface Call {
  /** Positional arguments, in order. */
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly output: Output;
}

/** Returns the exit code, or throws a fault (faults.ts). */
export type Run = (call: Call) => Promise<number>;

export interface CommandRow {
  readonly name: string;
  /** For the list of commands. */
  readonly summary: string;
  /** For the command's own help; default: the summary. */
  readonly about?: string;
  /** Positional arguments: name as commander writes it, and what it is. */
  readonly args: readonly (readonly [string, string])[];
  readonly options: readonly OptionRow[];
  /** A command line, and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  readonly load: () => Promise<{ readonly run: Run }>;
}
