/**
 * A command's output: results go to stdout, and everything else that is written for people goes to stderr. With
 * `--json`, stdout gets one JSON value, also for errors, and stderr gets nothing. With `--quiet`, stderr gets only
 * diagnostics. Control characters from files are made visible before they reach a terminal.
 */
import pc from 'picocolors';
import type { Diagnostic, Outcome, Source } from '../dsl/diagnostics.ts';
import { type Report, renderAll } from '../dsl/render.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { BrokenPipe, InputFault } from './faults.ts';
import { type Io, jsonText, printableExceptPaint, type Screen, wantsColor } from './io.ts';

export type Palette = ReturnType<typeof pc.createColors>;

export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly io: Io;
  /** The colours for stdout. */
  readonly out: Palette;
  /** The colours for stderr. */
  readonly err: Palette;
  /** Writes a result to stdout. The promise resolves when the text is written, and rejects if writing fails. */
  print(text: string): Promise<void>;
  printJson(value: object): Promise<void>;
  /** Writes one or more lines for people to stderr, unless `--quiet` or `--json` is given. */
  note(text: string): void;
  /** Writes a graph that the variable BENBEN_DUMP requested to stderr, even with `--quiet` or `--json`. */
  dump(text: string): void;
  /** Reports diagnostics on stderr; with `--json` they are only collected. */
  warn(diagnostics: readonly Diagnostic[], source?: Source): void;
  /** Returns the value of an outcome and reports its warnings. An error ends the command. */
  take<T>(outcome: Outcome<T>, source?: Source): NonNullable<T>;
  /** All diagnostics reported so far, for `--json`. */
  warnings(): readonly unknown[];
  /** A progress bar sets `clear`, which removes the bar before a line is written. */
  readonly bar: { clear?: () => void };
}

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** A report for each diagnostic, with the source if the diagnostic has labels that point into it. */
export const reportsOf = (diagnostics: readonly Diagnostic[], source?: Source): readonly Report[] =>
  diagnostics.map((diagnostic) => ({
    source: diagnostic.labels.length > 0 ? source : undefined,
    diagnostics: [diagnostic],
  }));

export const asData = (reports: readonly Report[]): readonly unknown[] =>
  (JSON.parse(renderAll(reports, { format: 'json' })) as { diagnostics: unknown[] }).diagnostics;

export function createOutput(io: Io, { json, quiet }: OutputOptions): Output {
  const warned: Report[] = [];
  const bar: Output['bar'] = {};
  const writeToStderr = (text: string): void => {
    bar.clear?.();
    io.stderr.write(printableExceptPaint(text));
  };
  const colored = wantsColor(io.stderr, io.env);
  const warn: Output['warn'] = (diagnostics, source) => {
    const reports = reportsOf(diagnostics, source);
    warned.push(...reports);
    if (!json && reports.length > 0) writeToStderr(renderAll(reports, { color: colored }));
  };
  // A file or a pipe gets the result unchanged, because a program may read it.
  const print = (text: string): Promise<void> =>
    write(io.stdout, io.stdout.isTTY ? printableExceptPaint(text) : text);
  return {
    json,
    quiet,
    io,
    out: pc.createColors(wantsColor(io.stdout, io.env)),
    err: pc.createColors(colored),
    print,
    printJson: (value) => print(`${jsonText(value, 2)}\n`),
    note(text) {
      if (!json && !quiet) writeToStderr(text.endsWith('\n') ? text : `${text}\n`);
    },
    dump: writeToStderr,
    warn,
    take(outcome, source) {
      const failed = outcome.value === undefined || outcome.diagnostics.some((d) => d.severity === 'error');
      if (failed) throw new InputFault(reportsOf(outcome.diagnostics, source));
      warn(outcome.diagnostics, source);
      return outcome.value as NonNullable<typeof outcome.value>;
    },
    warnings: () => asData(warned),
    bar,
  };
}

/** Writes to a stream. Errors reach the callback here, and also come as events, which app.ts ignores. */
function write(stream: Screen, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (!error) return resolve();
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return reject(new BrokenPipe());
      const why = code === 'ENOSPC' ? 'no space is left on the disk' : error.message;
      const full = runtimeDiagnostic(
        code === 'ENOSPC' ? 'D505' : 'D507',
        `cannot write standard output: ${why}`,
      );
      reject(new InputFault([{ source: undefined, diagnostics: [full] }]));
    });
  });
}
