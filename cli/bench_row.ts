/** `benben bench`, as a row of the table of commands. */
import { DEVICE_NAMES } from '../runtime/devices.ts';
import type { CommandRow } from './command.ts';
import { whole } from './options.ts';
import { BATCH, LENGTH, MODEL, PRECISION } from './shared_options.ts';

export const BENCH: CommandRow = {
  name: 'bench',
  summary: 'measure how long a model takes, beside what was predicted',
  about:
    'Runs a model with random weights, beside probes that tell what this machine reaches, and ' +
    'compares its times with those predicted. --calibrate keeps what the machine reaches, for ' +
    '`benben report --on FILE`.',
  args: [['[file]', 'a .ben file, or - for standard input; none with --calibrate']],
  options: [
    MODEL,
    LENGTH,
    {
      flags: '--target <tokens>',
      about: 'of the output (default: the model’s target, at most 64)',
      parse: whole(1, 2 ** 24),
    },
    BATCH,
    PRECISION,
    {
      flags: '-d, --device <name>',
      about: 'what computes (default: auto)',
      choices: DEVICE_NAMES,
    },
    {
      flags: '--threads <number>',
      about: 'of one operator (default: one for each core)',
      parse: whole(1, 1024),
    },
    {
      flags: '--on <device>',
      about: 'predict from this file of --calibrate, or this device of the table, and measure no machine',
    },
    { flags: '--calibrate <file>', about: 'write what this machine reaches, as a file for --on' },
    {
      flags: '--rounds <number>',
      about: 'of measuring (default: as many as fit in 5 s, at least 3)',
      parse: whole(1, 1000),
    },
  ],
  examples: [
    ['benben bench model.ben', 'predicted, measured, and how far off'],
    ['benben bench --calibrate machine.json', 'measure this machine, all precisions, some 10 s'],
    ['benben report model.ben --on machine.json,h100', 'then: predict, here and elsewhere'],
    ['benben bench model.ben --on machine.json --precision int8', 'another model, same machine'],
  ],
  load: () => import('./bench.ts'),
};
