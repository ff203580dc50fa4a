/** The arguments, options and help of `benben check`. The command's code is imported when it runs. */

import { DEVICES } from '../../runtime/devices.ts';
import type { CommandRow } from '../command.ts';

export const CHECK: CommandRow = {
  name: 'check',
  summary: 'find mistakes in .ben and .onnx files, and broken budgets; for editors and CI',
  about:
    'Reports mistakes in .ben files, broken budgets, and mistakes in .onnx files of any producer. Exits with 1 for a ' +
    'mistake or a broken budget.',
  args: [
    ['<files...>', '.ben and .onnx files, patterns such as *.onnx, or - for a .ben text on standard input'],
  ],
  options: [
    {
      flags: '-f, --format <name>',
      about: 'how to print the diagnostics (default: text)',
      choices: ['text', 'json', 'github', 'sarif'],
    },
    { flags: '--strict', about: 'exit with 1 for warnings too' },
    { flags: '--budgets', about: 'list every budget with its value' },
    {
      flags: '-d, --device <name>',
      about: 'for .onnx files: also warn of nodes that have no kernel on this device',
      choices: DEVICES.map(({ name }) => name),
    },
    {
      flags: '--source <file>',
      about: 'check that .onnx files were compiled from this .ben file',
    },
  ],
  examples: [
    ['benben check model.ben', 'print diagnostics for people'],
    ['benben check model.ben --budgets', 'also list the value of each budget'],
    ["benben check 'models/*.onnx' --device webgpu", 'check ONNX models of any producer'],
    ['benben check model.onnx --source model.ben', 'check that it was compiled from this source'],
    ['benben check model.ben --strict --format github', 'for a GitHub workflow'],
  ],
  load: () => import('../check.ts'),
};
