/** Runs the command line: arguments in, exit code out. It never throws, and never prints a stack trace. */
import { CommanderError } from 'commander';
import { DiagnosticError } from '../dsl/diagnostics.ts';
import { renderAll } from '../dsl/render.ts';
import { VERSION } from '../pipeline/constants.ts';
import type { CommandRow } from './command.ts';
import { COMMANDS } from './commands.ts';
import { refuseContradictions } from './contradictions.ts';
import { BrokenPipe, crashLog, EXIT, InputFault, keepForReport, PassFault, UsageFault } from './faults.ts';
import { type Io, printable, printableExceptPaint } from './io.ts';
import { asData, createOutput, type Output, reportsOf } from './output.ts';
import { buildProgram, exitCodeOf } from './program.ts';

const ignore = (): void => {};

export async function main(
  argv: readonly string[],
  io: Io,
  commands: readonly CommandRow[] = COMMANDS,
): Promise<number> {
  // If a pipe is closed or a disk is full, the promise of the write rejects (output.ts), so the event is ignored.
  io.stdout.on('error', ignore);
  io.stderr.on('error', ignore);
  let code: number = EXIT.done;
  const program = buildProgram(commands, io, async (row, args, flags) => {
    const output = createOutput(io, { json: flags.on('json'), quiet: flags.on('quiet') });
    try {
      refuseContradictions(row.name, flags);
      const { run } = await row.load();
      code = await run({ args, flags, output });
    } catch (error) {
      code = await report(error, row.name, argv, output);
    }
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return exitCodeOf(error.exitCode);
    throw error;
  }
}

async function report(
  error: unknown,
  command: string,
  argv: readonly string[],
  output: Output,
): Promise<number> {
  output.bar.clear?.();
  const { stderr } = output.io;
  if (error instanceof BrokenPipe) return EXIT.done;
  if (error instanceof UsageFault) {
    const help = error.help ?? `run \`benben ${command} --help\` for more`;
    stderr.write(`error: ${printable(error.message)}\n(${printable(help)})\n`);
    return EXIT.usage;
  }
  const reports =
    error instanceof InputFault
      ? error.reports
      : error instanceof DiagnosticError
        ? reportsOf(error.diagnostics)
        : undefined;
  if (error instanceof PassFault) {
    await reportInput(error.reports, output);
    const file = keepForReport('reproducer', error.reproducer, output.io.env.BENBEN_LOG);
    stderr.write(`This is a bug of Benben ${VERSION}. Please report it with the reproducer\n${file}\n`);
    return EXIT.internal;
  }
  if (reports) return reportInput(reports, output);
  if (error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd') {
    stderr.write('error: the current folder no longer exists\n(change to another folder)\n');
    return EXIT.input;
  }
  return crash(error, argv, output.io);
}

/** Reports an internal error in a few lines and writes its stack to a file. */
export function crash(error: unknown, argv: readonly string[], io: Io): number {
  const log = keepForReport('error', crashLog(error, argv, VERSION), io.env.BENBEN_LOG);
  const what = error instanceof Error ? error.message : String(error);
  io.stderr.write(
    `internal error: ${printable(what.split('\n')[0] ?? '').slice(0, 300)}\n` +
      `This is a bug of Benben ${VERSION}, not of your input. Please report it with the file\n` +
      `${log}\nand, if you can, the input. Set BENBEN_LOG=FOLDER to choose where such files are written.\n`,
  );
  return EXIT.internal;
}

/** The advice to run `benben explain`, for a user at a terminal. */
function whereToRead(reports: InputFault['reports']): string {
  const codes = new Set(reports.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code)));
  const [first] = codes;
  const more = codes.size > 1 ? ', and likewise for the other codes' : '';
  return `run \`benben explain ${first}\` for the cause and an example${more}`;
}

async function reportInput(reports: InputFault['reports'], output: Output): Promise<number> {
  if (!output.json) {
    const { stderr } = output.io;
    stderr.write(printableExceptPaint(renderAll(reports, { color: output.err.isColorSupported })));
    if (stderr.isTTY && !output.quiet) output.note(whereToRead(reports));
    return EXIT.input;
  }
  try {
    await output.printJson({ diagnostics: [...output.warnings(), ...asData(reports)] });
  } catch {
    // Standard output itself failed, so the diagnostics go to stderr.
    output.io.stderr.write(renderAll(reports));
  }
  return EXIT.input;
}
