/** The row of `benben bench` in the table of commands. */
import { DEVICE_NAMES } from '../../runtime/devices.ts';
import type { CommandRow } from '../command.ts';
import { whole } from '../options.ts';
import { BATCH, LENGTH, MODEL, PRECISION } from '../shared_options.ts';

export const BENCH: CommandRow = {
  name: 'bench',
  summary: 'measure how long a model takes, and compare the time with the prediction',
  about:
    'Runs a model with random weights, measures how fast this machine computes, and compares the measured ' +
    'times with the predicted ones. --calibrate writes the measurements of the machine to a file for ' +
    '`benben report --on FILE`.',
  args: [['[file]', 'a .ben file, or - for standard input; may be left out with --calibrate']],
  options: [
    MODEL,
    LENGTH,
    {
      flags: '--target <tokens>',
      about: 'length of the output (default: the model’s target, at most 64)',
      parse: whole(1, 2 ** 24),
    },
    BATCH,
    PRECISION,
    {
      flags: '-d, --device <name>',
      about: 'the device to run on (default: auto)',
      choices: DEVICE_NAMES,
    },
    {
      flags: '--threads <number>',
      about: 'threads for one operator (default: one for each core)',
      parse: whole(1, 1024),
    },
    {
      flags: '--on <device>',
      about: 'predict for this device (a file of --calibrate, or a name) instead of measuring this machine',
    },
    {
      flags: '--calibrate <file>',
      about: 'measure how fast this machine computes, and write a file for --on',
    },
    {
      flags: '--rounds <number>',
      about: 'how often to measure (default: as often as fits in 5 s, at least 3 times)',
      parse: whole(1, 1000),
    },
  ],
  examples: [
    ['benben bench model.ben', 'predicted and measured times, and the error'],
    ['benben bench --calibrate machine.json', 'measure this machine in all precisions, in about 10 s'],
    ['benben report model.ben --on machine.json,h100', 'then predict for this machine and another'],
    [
      'benben bench model.ben --on machine.json --precision int8',
      'compare without measuring the machine again',
    ],
  ],
  load: () => import('../bench.ts'),
};
