/**
 * How a command ends early, and with which exit code. A user's mistake is a value everywhere else;
 * here it is thrown once, at the moment when nothing but reporting is left to do.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../dsl/render.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

export const EXIT = { done: 0, input: 1, usage: 2, internal: 3 } as const;

/** The input is at fault: what the diagnostics say. Exit 1. */
export class InputFault extends Error {
  readonly reports: readonly Report[];
  constructor(reports: readonly Report[]) {
    super(reports.flatMap(({ diagnostics }) => diagnostics.map(({ message }) => message)).join('; '));
    this.reports = reports;
  }
}

/** A name that the files do not have: they might, so it is they that are at fault. */
export const unknownModel = (message: string, help: string): InputFault =>
  new InputFault([{ source: undefined, diagnostics: [runtimeDiagnostic('D555', message, help)] }]);

/** The command line is at fault. Exit 2. */
export class UsageFault extends Error {
  readonly help: string | undefined;
  constructor(message: string, help?: string) {
    super(message);
    this.help = help;
  }
}

/** A pass failed, which is a bug of ours: reported with what `benben replay` runs again. Exit 3. */
export class PassFault extends InputFault {
  readonly reproducer: string;
  constructor(reports: readonly Report[], reproducer: string) {
    super(reports);
    this.reproducer = reproducer;
  }
}

/** Whoever read our output has gone (`benben … | head`): no fault of anybody. Exit 0. */
export class BrokenPipe extends Error {}

/** Keeps what a report of ours needs where it can be sent from; the place, or why there is none. */
export function keepForReport(kind: string, text: string, folder?: string): string {
  const path = join(folder || tmpdir(), `benben-${kind}-${crypto.randomUUID().slice(0, 8)}`);
  const file = `${path}${kind === 'reproducer' ? '.ir' : '.log'}`;
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return file;
  } catch (failure) {
    return `nowhere: ${failure instanceof Error ? failure.message : String(failure)}`;
  }
}

export function crashLog(error: unknown, argv: readonly string[], version: string): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const system = `benben ${version}, node ${process.version}, ${process.platform}/${process.arch}`;
  return [system, `benben ${argv.join(' ')}`, '', stack, ''].join('\n');
}
