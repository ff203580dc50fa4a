/** The arguments, options and help of `benben types`. The command's code is imported when it runs. */
import type { CommandRow } from '../command.ts';
import { FILE } from '../shared_options.ts';

export const TYPES: CommandRow = {
  name: 'types',
  summary: 'write TypeScript bindings for the models of a file',
  about:
    'Writes TypeScript with the inputs and outputs of each entry of each model, and a typed function ' +
    'that loads the model. An output file that ends in .d.ts gets only the types.',
  args: [FILE],
  options: [{ flags: '-o, --output <file>', about: 'where to write (default: standard output)' }],
  examples: [['benben types model.ben -o model.ts', 'then import { loadTiny } from "./model.ts"']],
  load: () => import('../types.ts'),
};
