/** The arguments, options and help of `benben replay`. The command's code is imported when it runs. */
import type { CommandRow } from '../command.ts';

export const REPLAY: CommandRow = {
  name: 'replay',
  summary: 'run the reproducer of a failed pass again',
  about:
    'Runs the passes that a reproducer lists on the graph in it. Benben writes a reproducer when a pass fails.',
  args: [['<file>', 'a reproducer, or - for standard input']],
  options: [],
  examples: [['benben replay reproducer.ir', 'fail as before, or report that all passes succeeded']],
  load: () => import('../replay.ts'),
};
