/** Options that several commands share. */
import { PRECISIONS } from '../passes/pass.ts';
import { MOST_BEAMS, MOST_NGRAM } from '../pipeline/constants.ts';
import { type OptionRow, whole } from './options.ts';

export const MODEL: OptionRow = {
  flags: '-m, --model <name>',
  about: 'which model of the file (default: the first)',
};
/** What is counted, predicted or measured. */
export const LENGTH: OptionRow = {
  flags: '--length <tokens>',
  about: 'of a document (default: what the schedule begins with)',
  parse: whole(1, 2 ** 24),
};
export const BATCH: OptionRow = {
  flags: '--batch <number>',
  about: 'documents at once (default: 1)',
  parse: whole(1, 2 ** 16),
};
export const WEIGHTS: readonly OptionRow[] = [
  { flags: '-w, --weights <file>', about: 'trained weights: a .safetensors file' },
  {
    flags: '--seed <number>',
    about: 'draw random weights from this seed (default: 0)',
    parse: whole(Number.MIN_SAFE_INTEGER),
  },
];
export const TOKENIZER: OptionRow = {
  flags: '--tokenizer <file>',
  about: 'a Hugging Face tokenizer.json (default: the bytes of the text)',
};
/** How a text is searched for: part of the artifact. */
export const SEARCH: readonly OptionRow[] = [
  {
    flags: '--beam <number>',
    about: 'search with this many beams (default: 1, greedy); for models that write',
    parse: whole(1, MOST_BEAMS),
  },
  {
    flags: '--best <number>',
    about: 'give this many texts, best first (default: 1)',
    parse: whole(1, MOST_BEAMS),
  },
  {
    flags: '--no-repeat-ngram <number>',
    about: 'this many tokens in a row may not come twice in a text (default: 0, they may)',
    parse: whole(0, MOST_NGRAM),
  },
];
export const PRECISION: OptionRow = {
  flags: '-p, --precision <name>',
  about: 'of weights; fp16 is for GPUs, and of the arithmetic too (default: fp32)',
  choices: PRECISIONS,
};
