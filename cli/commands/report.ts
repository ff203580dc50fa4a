/** The arguments, options and help of `benben report`. The command's code is imported when it runs. */
import type { CommandRow } from '../command.ts';
import { REPORT_OPTIONS } from '../report_options.ts';

export const REPORT: CommandRow = {
  name: 'report',
  summary: 'report what models cost, without running them',
  about:
    'Counts the multiplications, parameters and bytes of every model in the files exactly, by layer and part, ' +
    'and prints formulas in n (tokens in a document), t (tokens in an output) and B (documents in a batch).',
  args: [['<files...>', '.ben files, patterns such as *.ben, or - for standard input']],
  options: REPORT_OPTIONS,
  examples: [
    ['benben report model.ben', 'compare all models of a file'],
    ['benben report deep-pyramidion.ben --against Blockwise', 'show how much is saved'],
    ['benben report model.ben --sweep n=1k..64k', 'show how costs grow with the document'],
    ['benben report model.ben --markdown --model Tiny', 'for a pull request'],
    ['benben report model.ben --html report.html', 'with figures, for a browser'],
  ],
  load: () => import('../report.ts'),
};
