/**
 * The exceptions that end a command early, and their exit codes. Other code returns a user's mistake as a value; a
 * command throws one of these exceptions if the mistake ends the command.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../dsl/render.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

export const EXIT = { done: 0, input: 1, usage: 2, internal: 3 } as const;

/** The input has mistakes, which the diagnostics describe. Exit 1. */
export class InputFault extends Error {
  readonly reports: readonly Report[];
  constructor(reports: readonly Report[]) {
    super(reports.flatMap(({ diagnostics }) => diagnostics.map(({ message }) => message)).join('; '));
    this.reports = reports;
  }
}

/**
 * The fault if the files lack the requested model. It is an input fault, not a usage fault, because the files may be
 * wrong.
 */
export const unknownModel = (message: string, help: string): InputFault =>
  new InputFault([{ source: undefined, diagnostics: [runtimeDiagnostic('D555', message, help)] }]);

/** The command line is wrong. Exit 2. */
export class UsageFault extends Error {
  readonly help: string | undefined;
  constructor(message: string, help?: string) {
    super(message);
    this.help = help;
  }
}

/** A pass failed, which is a bug of Benben. It comes with a reproducer for `benben replay`. Exit 3. */
export class PassFault extends InputFault {
  readonly reproducer: string;
  constructor(reports: readonly Report[], reproducer: string) {
    super(reports);
    this.reproducer = reproducer;
  }
}

/** The reader of the output has closed the pipe (`benben … | head`), which is not an error. Exit 0. */
export class BrokenPipe extends Error {}

/** Writes a file for a bug report. Returns its path, or the reason why it could not be written. */
export function keepForReport(kind: string, text: string, folder?: string): string {
  const path = join(folder || tmpdir(), `benben-${kind}-${crypto.randomUUID().slice(0, 8)}`);
  const file = `${path}${kind === 'reproducer' ? '.ir' : '.log'}`;
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return file;
  } catch (failure) {
    return `(it could not be written: ${failure instanceof Error ? failure.message : String(failure)})`;
  }
}

export function crashLog(error: unknown, argv: readonly string[], version: string): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const system = `benben ${version}, node ${process.version}, ${process.platform}/${process.arch}`;
  return [system, `benben ${argv.join(' ')}`, '', stack, ''].join('\n');
}
