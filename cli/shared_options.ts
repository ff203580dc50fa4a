/** Options that several commands share. */
import { PRECISIONS } from '../passes/pass.ts';
import { MOST_BEAMS, MOST_NGRAM } from '../pipeline/constants.ts';
import { type OptionRow, whole } from './options.ts';

export const MODEL: OptionRow = {
  flags: '-m, --model <name>',
  about: 'which model of the file (default: the first)',
};
export const LENGTH: OptionRow = {
  flags: '--length <tokens>',
  about: 'length of a document (default: the first length of the schedule)',
  parse: whole(1, 2 ** 24),
};
export const BATCH: OptionRow = {
  flags: '--batch <number>',
  about: 'number of documents in a batch (default: 1)',
  parse: whole(1, 2 ** 16),
};
export const WEIGHTS: readonly OptionRow[] = [
  {
    flags: '-w, --weights <path>',
    about: 'trained weights: a .safetensors file, the index of several, or their folder',
  },
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
/** The settings of the search, which are compiled into the artifact. */
export const SEARCH: readonly OptionRow[] = [
  {
    flags: '--beam <number>',
    about: 'search with this many beams (default: 1, greedy); for models with a decoder',
    parse: whole(1, MOST_BEAMS),
  },
  {
    flags: '--best <number>',
    about: 'return this many texts, best first (default: 1)',
    parse: whole(1, MOST_BEAMS),
  },
  {
    flags: '--no-repeat-ngram <number>',
    about: 'never repeat a sequence of this many tokens in a text (default: 0, no limit)',
    parse: whole(0, MOST_NGRAM),
  },
];
export const PRECISION: OptionRow = {
  flags: '-p, --precision <name>',
  about:
    'number format of the weights (default: fp32); fp16 is only for GPUs, which then also compute in fp16',
  choices: PRECISIONS,
};

export const FILE = ['<file>', 'a .ben file, or - for standard input'] as const;
