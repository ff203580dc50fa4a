/** Options that do not go together: said before a command begins, so that none is passed over in silence. */
import { UsageFault } from './faults.ts';
import type { Flags } from './options.ts';

/** Two options of which only one can be followed. */
export interface Contradiction {
  /** By their long flags; with values (`--format github|sarif`) where only those are meant. */
  readonly both: readonly [string, string];
  readonly why: string;
  /** Default: to leave one of them out. */
  readonly help?: string;
}

/** One option with each of the others. */
const against = (option: string, others: readonly string[], why: string): readonly Contradiction[] =>
  others.map((other) => ({ both: [option, other], why }));

/** Every two of them. */
const oneOf = (options: readonly string[], why: string): readonly Contradiction[] =>
  options.flatMap((option, i) => against(option, options.slice(i + 1), why));

const WEIGHTS = oneOf(['--weights', '--seed'], 'trained weights are not drawn');

/** By the names of commands. */
export const CONTRADICTIONS: Readonly<Record<string, readonly Contradiction[]>> = {
  compile: [
    ...WEIGHTS,
    ...against('--no-error-report', ['--calibrate', '--max-error'], 'one leaves out what the other asks for'),
    {
      both: ['--print-ir', '--output'],
      why: 'the graph is printed, and no artifact is written',
      help: 'leave one of them out; what is printed can be kept with > FILE',
    },
    ...against(
      '--print-ir',
      ['--single-file', '--inline', '--weights', '--seed', '--calibrate', '--max-error'],
      'the graph is printed, and no artifact is written',
    ),
  ],
  run: WEIGHTS,
  bench: [
    { both: ['--on', '--calibrate'], why: 'one measures no machine, the other keeps what was measured' },
  ],
  check: [
    { both: ['--json', '--format text|github|sarif'], why: 'diagnostics have one format' },
    { both: ['--budgets', '--format github|sarif'], why: 'that format has only what is wrong' },
  ],
  report: [
    ...oneOf(['--json', '--markdown', '--csv', '--html'], 'a report has one format'),
    {
      both: ['--csv', '--against'],
      why: 'the table has no ratios',
      help: 'all models are in it without --against; --json has ratios',
    },
  ],
  diff: [{ both: ['--json', '--markdown'], why: 'a comparison has one format' }],
};

/** As it was given, `--format sarif`; undefined where it was not, or with a value that is not meant. */
function spelled(wanted: string, flags: Flags): string | undefined {
  const [flag = '', values] = wanted.split(' ');
  const given = flags.given(flag);
  if (given === undefined) return undefined;
  if (values === undefined) return flag;
  return values.split('|').includes(given) ? `${flag} ${given}` : undefined;
}

export function refuseContradictions(command: string, flags: Flags): void {
  for (const { both, why, help } of CONTRADICTIONS[command] ?? []) {
    const [a, b] = both.map((wanted) => spelled(wanted, flags));
    if (a !== undefined && b !== undefined)
      throw new UsageFault(`${a} and ${b} do not go together: ${why}`, help ?? 'leave one of them out');
  }
}
