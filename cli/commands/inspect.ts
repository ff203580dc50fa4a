/** The arguments, options and help of `benben inspect`. The command's code is imported when it runs. */

import { DEVICES } from '../../runtime/devices.ts';
import type { CommandRow } from '../command.ts';

export const INSPECT: CommandRow = {
  name: 'inspect',
  summary: 'describe an .onnx file of any producer',
  args: [['<file>', 'an .onnx file']],
  options: [
    {
      flags: '-d, --device <name>',
      about: 'list the nodes that have no kernel on this device, without loading anything',
      choices: DEVICES.map(({ name }) => name),
    },
  ],
  examples: [
    ['benben inspect model.onnx', 'inputs, outputs, functions, operators and sizes'],
    ['benben inspect model.onnx --device webgpu', 'also the nodes that would run on the CPU'],
  ],
  load: () => import('../inspect.ts'),
};
