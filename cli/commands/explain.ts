/** The arguments, options and help of `benben explain`. The command's code is imported when it runs. */
import type { CommandRow } from '../command.ts';

export const EXPLAIN: CommandRow = {
  name: 'explain',
  summary: 'explain a diagnostic code',
  about:
    'Prints the cause and the remedy of a diagnostic code, with an example. Without a code, lists all codes.',
  args: [['[code]', 'such as D205']],
  options: [],
  examples: [
    ['benben explain D205', 'explain this code'],
    ['benben explain', 'list all codes'],
  ],
  load: () => import('../explain.ts'),
};
