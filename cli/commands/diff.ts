/** The arguments, options and help of `benben diff`. The command's code is imported when it runs. */
import type { CommandRow } from '../command.ts';

export const DIFF: CommandRow = {
  name: 'diff',
  summary: 'show what changed between two models or artifacts',
  about:
    'Compares the models of two .ben files by name, or two .onnx files, in structure and in cost. To compare an ' +
    'artifact of Benben with a .ben file, the source inside the artifact is used.',
  args: [
    ['<before>', 'a .ben or .onnx file, or - for standard input'],
    ['<after>', 'the file to compare it with'],
  ],
  options: [
    { flags: '-m, --model <name>', about: 'compare only this model (default: all)' },
    { flags: '--markdown', about: 'print Markdown, for a pull request' },
  ],
  examples: [
    ['benben diff main.ben mine.ben', 'compare fields, budgets and costs'],
    ['git show main:model.ben | benben diff - model.ben --markdown', 'for a pull request'],
    ['benben diff old.onnx new.onnx', 'compare inputs, outputs, weights and every node'],
  ],
  load: () => import('../diff.ts'),
};
