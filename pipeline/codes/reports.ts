/** Diagnostic codes D587 to D589: reports of costs. */
import type { CodeTable } from './entry.ts';

export const REPORT_CODES = {
  D587: {
    title: 'too many layers at once',
    cause:
      'The graphs of all models of one command are in memory at the same time. Models with very many layers together would not fit.',
    fix: 'Name fewer files, or choose one model with `--model`. In a `check` block, measure fewer models in one file.',
  },
} as const satisfies CodeTable;
