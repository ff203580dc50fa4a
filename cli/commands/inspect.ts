/** The arguments, options and help of `benben inspect`. The command's code is imported when it runs. */

import { DEVICES } from '../../runtime/devices.ts';
import type { CommandRow } from '../command.ts';
import { MODEL } from '../shared_options.ts';

export const INSPECT: CommandRow = {
  name: 'inspect',
  summary: 'describe an .onnx file of any producer, or list the weights that a model needs',
  args: [['<file>', 'an .onnx file; with --weights a .ben file, or - for standard input']],
  options: [
    {
      flags: '-d, --device <name>',
      about: 'list the nodes that have no kernel on this device, without loading anything',
      choices: DEVICES.map(({ name }) => name),
    },
    {
      flags: '--weights',
      about: 'list the names and shapes of the weights that a model of a .ben file needs',
    },
    MODEL,
  ],
  examples: [
    ['benben inspect model.onnx', 'inputs, outputs, functions, operators and sizes'],
    ['benben inspect model.onnx --device webgpu', 'also the nodes that would run on the CPU'],
    ['benben inspect model.ben --weights', 'what a checkpoint must contain'],
  ],
  load: () => import('../inspect.ts'),
};
