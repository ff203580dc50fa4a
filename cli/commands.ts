/**
 * The table of commands. A row has the arguments, options and help of a command; the command's code is imported only when
 * the command runs, so `benben fmt` never waits for ONNX Runtime. A new command needs its row in cli/commands/, its code in
 * cli/, and one line here.
 */
import type { CommandRow } from './command.ts';
import { BENCH } from './commands/bench.ts';
import { CHECK } from './commands/check.ts';
import { COMPILE } from './commands/compile.ts';
import { DIFF } from './commands/diff.ts';
import { DOCTOR } from './commands/doctor.ts';
import { EXPLAIN } from './commands/explain.ts';
import { FMT } from './commands/fmt.ts';
import { INSPECT } from './commands/inspect.ts';
import { REPLAY } from './commands/replay.ts';
import { REPORT } from './commands/report.ts';
import { RUN } from './commands/run.ts';
import { TYPES } from './commands/types.ts';
import type { OptionRow } from './options.ts';

/** The options that every command has. */
export const COMMON: readonly OptionRow[] = [
  { flags: '--json', about: 'print one JSON value on stdout, also for errors' },
  { flags: '-q, --quiet', about: 'print only results, warnings and errors' },
];

export const COMMANDS: readonly CommandRow[] = [
  COMPILE,
  RUN,
  CHECK,
  REPORT,
  BENCH,
  FMT,
  EXPLAIN,
  INSPECT,
  DIFF,
  TYPES,
  DOCTOR,
  REPLAY,
];
