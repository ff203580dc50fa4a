/** The definition of a command: its arguments, options, help and code. */
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
  /** Shown in the list of commands. */
  readonly summary: string;
  /** Shown in the command's own help; default: the summary. */
  readonly about?: string;
  /** Positional arguments: each name in commander's notation, and its description. */
  readonly args: readonly (readonly [string, string])[];
  readonly options: readonly OptionRow[];
  /** Example command lines, each with an explanation. */
  readonly examples: readonly (readonly [string, string])[];
  readonly load: () => Promise<{ readonly run: Run }>;
}
