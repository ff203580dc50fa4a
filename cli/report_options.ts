/** The options of `benben report`; imports nothing heavy, for the table of commands. */
import { type OptionRow, whole } from './options.ts';
import { BATCH, LENGTH, PRECISION } from './shared_options.ts';

export const REPORT_OPTIONS: readonly OptionRow[] = [
  { flags: '-m, --model <name>', about: 'only this model (default: all of the files)' },
  { flags: '--against <name>', about: 'how many times as much this model of the files takes' },
  LENGTH,
  {
    flags: '--target <tokens>',
    about: 'of the output (default: the model’s target)',
    parse: whole(1, 2 ** 24),
  },
  BATCH,
  {
    flags: '--sweep <range>',
    about: 'the costs along a symbol, in doublings: n, t, l (encoder layers) or m (block), as in n=1k..64k',
  },
  {
    flags: '--on <devices>',
    about:
      'also predict the time on these devices: names of a table (h100, a100, …) and files of `benben bench --calibrate`, with commas between',
  },
  { ...PRECISION, about: 'of --on, what the model is compiled in; fp16 is for GPUs (default: fp32)' },
  { flags: '--markdown', about: 'print Markdown, as GitHub renders it' },
  {
    flags: '--csv',
    about: 'print a table for spreadsheets and programs, one row for each part of a layer',
  },
  { flags: '--html <file>', about: 'write one file for browsers; - prints it' },
];
