/** Diagnostic codes D530 to D539: tokenizers. */
import type { CodeTable } from './entry.ts';

export const TOKENIZER_CODES = {
  D530: {
    title: 'unusable tokenizer',
    cause:
      'The file is not a valid `tokenizer.json` of Hugging Face, or a file next to it contradicts it: for example, `tokenizer_config.json` names a token that the tokenizer does not have.',
    fix: 'Use the `tokenizer.json` that `tokenizer.save_pretrained` of a fast tokenizer writes.',
  },
  D531: {
    title: 'tokenizer failed',
    cause: 'The tokenizer’s library refused a text, crashed, took far too long, or needed too much memory.',
    fix: 'Use another tokenizer, or a shorter text.',
  },
  D532: {
    title: 'special tokens differ from the model’s',
    cause:
      'A model is compiled for one pad id and one eos id (1 and 2, as in fairseq, unless a tokenizer defines others). This tokenizer has other ids, or has no such tokens.',
    fix: 'Use the tokenizer that the model was trained with, or compile the model with this tokenizer: `--tokenizer FILE`.',
  },
  D534: {
    title: 'vocabulary too small for the tokenizer',
    cause: 'The tokenizer can produce ids that the model’s embedding matrix has no row for.',
    fix: 'Set `vocabulary` to at least the size of the tokenizer.',
  },
} as const satisfies CodeTable;
