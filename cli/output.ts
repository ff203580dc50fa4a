/**
 * What a command says, and where: results to stdout, everything for people to stderr. With `--json`
 * stdout gets one JSON value, errors included, and stderr nothing; with `--quiet` stderr gets only
 * diagnostics. Nothing that a stranger's file says reaches a terminal from here with control characters.
 */
import pc from 'picocolors';
import type { Diagnostic, Outcome, Source } from '../dsl/diagnostics.ts';
import { type Report, renderAll } from '../dsl/render.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { BrokenPipe, InputFault } from './faults.ts';
import { type Io, printableExceptPaint, type Screen, wantsColor } from './io.ts';

export type Palette = ReturnType<typeof pc.createColors>;

export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly io: Io;
  /** Colours of stdout and of stderr. */
  readonly out: Palette;
  readonly err: Palette;
  /** A result. Resolves when it is written, rejects when it cannot be. */
  print(text: string): Promise<void>;
  printJson(value: object): Promise<void>;
  /** A line or more for people. */
  note(text: string): void;
  /** What was asked for by the environment (BENBEN_DUMP): stderr, always. */
  dump(text: string): void;
  /** Diagnostics in passing; `--json` collects them instead. */
  tell(diagnostics: readonly Diagnostic[], source?: Source): void;
  /** The value of a stage; what it warns of is told, and an error ends the command. */
  take<T>(outcome: Outcome<T>, source?: Source): T;
  /** For `--json`: what was told so far. */
  told(): readonly unknown[];
  /** Set by a progress bar, so that no line is written behind it. */
  readonly bar: { clear?: () => void };
}

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Each diagnostic with the source that its labels point into; those of files have none. */
export const reportsOf = (diagnostics: readonly Diagnostic[], source?: Source): readonly Report[] =>
  diagnostics.map((diagnostic) => ({
    source: diagnostic.labels.length > 0 ? source : undefined,
    diagnostics: [diagnostic],
  }));

export const asData = (reports: readonly Report[]): readonly unknown[] =>
  (JSON.parse(renderAll(reports, { format: 'json' })) as { diagnostics: unknown[] }).diagnostics;

export function createOutput(io: Io, { json, quiet }: OutputOptions): Output {
  const told: Report[] = [];
  const bar: Output['bar'] = {};
  const say = (text: string): void => {
    bar.clear?.();
    io.stderr.write(printableExceptPaint(text));
  };
  const colored = wantsColor(io.stderr, io.env);
  const tell: Output['tell'] = (diagnostics, source) => {
    const reports = reportsOf(diagnostics, source);
    told.push(...reports);
    if (!json && reports.length > 0) say(renderAll(reports, { color: colored }));
  };
  // Into a file or a pipe a result goes as it is: it may be a text that a program reads.
  const print = (text: string): Promise<void> =>
    write(io.stdout, io.stdout.isTTY ? printableExceptPaint(text) : text);
  return {
    json,
    quiet,
    io,
    out: pc.createColors(wantsColor(io.stdout, io.env)),
    err: pc.createColors(colored),
    print,
    printJson: (value) => print(`${JSON.stringify(value, null, 2)}\n`),
    note(text) {
      if (!json && !quiet) say(text.endsWith('\n') ? text : `${text}\n`);
    },
    dump: say,
    tell,
    take(outcome, source) {
      const failed = outcome.value === undefined || outcome.diagnostics.some((d) => d.severity === 'error');
      if (failed) throw new InputFault(reportsOf(outcome.diagnostics, source));
      tell(outcome.diagnostics, source);
      return outcome.value as NonNullable<typeof outcome.value>;
    },
    told: () => asData(told),
    bar,
  };
}

/** `process.stdout` reports its errors to the callback and as events; app.ts silences the events. */
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
