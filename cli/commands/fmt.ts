/** The arguments, options and help of `benben fmt`. The command's code is imported when it runs. */
import type { CommandRow } from '../command.ts';

export const FMT: CommandRow = {
  name: 'fmt',
  summary: 'format .ben files in the standard layout',
  about: 'Rewrites .ben files in the standard layout and prints the names of the files that changed.',
  args: [
    ['<files...>', '.ben files, patterns such as *.ben, or - to format standard input to standard output'],
  ],
  options: [{ flags: '--check', about: 'change nothing; exit with 1 when a file would change' }],
  examples: [
    ['benben fmt model.ben', 'rewrite the file'],
    ['benben fmt - < model.ben', 'print the formatted text'],
  ],
  load: () => import('../fmt.ts'),
};
