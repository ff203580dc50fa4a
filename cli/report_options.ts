/** The options of `benben report`. The table of commands imports this file, so it imports nothing heavy. */
import { type OptionRow, whole } from './options.ts';
import { BATCH, LENGTH, PRECISION } from './shared_options.ts';

export const REPORT_OPTIONS: readonly OptionRow[] = [
  { flags: '-m, --model <name>', about: 'report only this model (default: all models in the files)' },
  {
    flags: '--against <name>',
    about: 'compare each model with this model, and print how many times as much this model costs',
  },
  LENGTH,
  {
    flags: '--target <tokens>',
    about: 'length of the output (default: the model’s target)',
    parse: whole(1, 2 ** 24),
  },
  BATCH,
  {
    flags: '--sweep <range>',
    about:
      'print the costs for several values of n, t, l (encoder layers) or m (block size), each twice the previous value: n=1k..64k',
  },
  {
    flags: '--on <devices>',
    about:
      'also predict the time on these devices: names (h100, a100, …) or files of `benben bench --calibrate`, separated by commas',
  },
  { ...PRECISION, about: 'with --on: the precision to predict for; fp16 is for GPUs (default: fp32)' },
  {
    flags: '--full',
    about:
      'print all tables, also with --markdown; without it, only costs by model and layer, memory and time',
  },
  { flags: '--markdown', about: 'print Markdown, as GitHub renders it' },
  {
    flags: '--csv',
    about: 'print a table for spreadsheets and programs, with a row for each part of a layer',
  },
  { flags: '--html <file>', about: 'write a page for browsers, in one file; - prints it' },
];
