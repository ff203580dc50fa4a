/** `benben replay`: what it takes, and what its help says. Its code is imported when it runs. */
import type { CommandRow } from '../command.ts';

export const REPLAY: CommandRow = {
  name: 'replay',
  summary: 'run the reproducer of a failed pass again',
  about: 'Runs the passes that a reproducer names on the graph in it. A failing pass writes a reproducer.',
  args: [['<file>', 'a reproducer, or - for standard input']],
  options: [],
  examples: [['benben replay reproducer.ir', 'fails as before, or reports that it no longer does']],
  load: () => import('../replay.ts'),
};
