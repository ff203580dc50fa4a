/** Options that contradict each other are refused before a command begins, so that none is silently ignored. */
import { UsageFault } from './faults.ts';
import type { Flags } from './options.ts';

/** Two options that cannot be used together. */
export interface Contradiction {
  /** Two long flags. If only some values contradict the other flag, they are listed (`--format github|sarif`). */
  readonly both: readonly [string, string];
  readonly why: string;
  /** Default: 'leave one of them out'. */
  readonly help?: string;
}

/** One option contradicts each of the others. */
const against = (option: string, others: readonly string[], why: string): readonly Contradiction[] =>
  others.map((other) => ({ both: [option, other], why }));

/** At most one of the options can be given. */
const oneOf = (options: readonly string[], why: string): readonly Contradiction[] =>
  options.flatMap((option, i) => against(option, options.slice(i + 1), why));

const WEIGHTS = oneOf(['--weights', '--seed'], 'a seed is for random weights');

/** The contradictions of each command. */
export const CONTRADICTIONS: Readonly<Record<string, readonly Contradiction[]>> = {
  compile: [
    ...WEIGHTS,
    ...against(
      '--no-error-report',
      ['--calibrate', '--max-error'],
      'one skips the measurement that the other needs',
    ),
    {
      both: ['--print-ir', '--output'],
      why: 'the graph is printed, so no artifact is written',
      help: 'leave one of them out; the printed graph can be saved with > FILE',
    },
    ...against(
      '--print-ir',
      ['--single-file', '--inline', '--weights', '--seed', '--calibrate', '--max-error'],
      'the graph is printed, so no artifact is written',
    ),
  ],
  run: WEIGHTS,
  bench: [{ both: ['--on', '--calibrate'], why: '--on replaces the measurement that --calibrate makes' }],
  check: [
    { both: ['--json', '--format text|github|sarif'], why: 'diagnostics have one format' },
    { both: ['--budgets', '--format github|sarif'], why: 'that format lists only mistakes' },
  ],
  report: [
    ...oneOf(['--json', '--markdown', '--csv', '--html'], 'a report has one format'),
    ...against('--full', ['--json', '--csv', '--html'], 'that format always contains everything'),
  ],
  diff: [{ both: ['--json', '--markdown'], why: 'a comparison has one format' }],
};

/** The option as given (`--format sarif`); undefined when it was not given, or has a value that does not contradict. */
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
      throw new UsageFault(`${a} and ${b} cannot be used together: ${why}`, help ?? 'leave one of them out');
  }
}
