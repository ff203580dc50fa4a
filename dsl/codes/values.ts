/** Codes `D2xx`: values of the wrong form or size, and values that do not fit each other. */
import type { CodeEntry } from './entry.ts';

export const VALUES = {
  D201: {
    title: 'a value is missing',
    cause: 'The field has a name but no value. A field that is left out has its default.',
    advice: 'write the value, or remove the field',
    bad: 'model A {\n  width\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D202: {
    title: 'a value of the wrong form',
    cause:
      'Each field takes a value of one form: a number, a word, a kind or a list of lengths. A field ends at the end of its line or at `;`, so two fields on one line need a `;` between them.',
    advice: 'see the field in docs/language.md',
    bad: 'model A {\n  vocabulary 32,000\n}\n',
    good: 'model A {\n  vocabulary 32_000\n}\n',
  },
  D203: {
    title: 'a number is out of range',
    cause:
      'Every number has a range, which docs/language.md lists. A value outside of it is usually a typing mistake and would fail later with a less helpful message.',
    advice: 'write a number in the range',
    bad: 'model A {\n  heads 0\n}\n',
    good: 'model A {\n  heads 8\n}\n',
  },
  D204: {
    title: 'a whole number is required',
    cause:
      'Lengths, widths and counts are whole numbers. A fraction is allowed only if its unit makes it whole, as in `1.5k`, which is 1536. `32.000` is probably meant as `32_000`.',
    advice: 'write a whole number',
    bad: 'model A {\n  vocabulary 32.000\n}\n',
    good: 'model A {\n  vocabulary 32_000\n}\n',
  },
  D205: {
    title: 'heads do not divide the width',
    cause:
      'Attention splits each vector evenly among its heads, so the width must be a multiple of the number of heads.',
    advice: 'choose a number of heads that divides the width',
    bad: 'model A {\n  width 768\n  heads 7\n}\n',
    good: 'model A {\n  width 768\n  heads 8\n}\n',
  },
  D206: {
    title: 'the schedule grows',
    cause:
      'The schedule lists how many representations each layer attends over. Pooling between layers can only reduce their number.',
    advice: 'order the lengths from long to short',
    bad: 'model A {\n  encoder { schedule 2k, 8k }\n}\n',
    good: 'model A {\n  encoder { schedule 8k, 2k }\n}\n',
  },
  D207: {
    title: 'the memory is longer than the last layer',
    cause:
      'The length after `->` is the length of the memory, which the decoder attends to. The memory is pooled from the output of the last layer, so it cannot be longer than this output.',
    advice: 'write a length that is at most the length of the last layer, or leave `->` out',
    bad: 'model A {\n  encoder { schedule 8k, 2k -> 4k }\n}\n',
    good: 'model A {\n  encoder { schedule 8k, 2k -> 512 }\n}\n',
  },
  D208: {
    title: 'there is no such layer',
    cause:
      'Layers are numbered from 1. The encoder has one layer for each length of the schedule, and the field `layers` sets the number of layers in the decoder. The `layer` of a budget must exist in the measured model.',
    advice: 'use a layer of the schedule, or lengthen the schedule',
    bad: 'model A {\n  encoder {\n    schedule 8k, 2k\n    layer 3 { attention full }\n  }\n}\n',
    good: 'model A {\n  encoder {\n    schedule 8k, 2k\n    layer 2 { attention full }\n  }\n}\n',
  },
  D209: {
    title: 'a kind does not fit where it is used',
    cause:
      'Each kind has its own conditions. For example, attention in blocks needs each length to be a multiple of the block size or at most one block.',
    advice: 'change the length or the argument of the kind',
    bad: 'model A {\n  encoder {\n    attention block(512)\n    schedule 8k, 700\n  }\n}\n',
    good: 'model A {\n  encoder {\n    attention block(512)\n    schedule 8k, 1k\n  }\n}\n',
  },
  D210: {
    title: 'an argument is missing',
    cause:
      'The kind or quantity has an argument that must be given. If both the encoder and the decoder have a quantity, its `layer` needs a `side`.',
    advice: 'add the argument in the parentheses',
    bad: 'model A { decoder { } }\ncheck A {\n  ffn(layer: 1) <= 10G\n}\n',
    good: 'model A { decoder { } }\ncheck A {\n  ffn(side: encoder, layer: 1) <= 10G\n}\n',
  },
  D211: {
    title: 'a pooling that never happens',
    severity: 'warning',
    cause:
      'A layer pools only if the schedule drops after it. This layer passes on the same number of representations that it takes, so its `pool` has no effect.',
    advice: 'remove the `pool`, move it to the layer before the drop, or let the schedule drop here',
    bad: 'model A {\n  encoder {\n    schedule 8k, 8k, 2k\n    layer 1 { pool hard_topk }\n  }\n}\n',
    good: 'model A {\n  encoder {\n    schedule 8k, 8k, 2k\n    layer 2 { pool hard_topk }\n  }\n}\n',
  },
  D212: {
    title: 'a block instead of a value, or a missing block',
    cause: '`encoder`, `decoder` and `layer N` have a block, `{ … }`; every other field has a value.',
    advice: 'write `encoder { … }`, `decoder { … }` or `layer 3 { … }`; write other fields without braces',
    bad: 'model A {\n  norm { post }\n}\n',
    good: 'model A {\n  norm post\n}\n',
  },
  D213: {
    title: 'nothing to share the embeddings with',
    severity: 'warning',
    cause:
      'With `share embeddings` the encoder’s input, the decoder’s input and the output projection use one matrix. Without a decoder, only the encoder’s input exists.',
    advice: 'remove it, or add a `decoder { }`',
    bad: 'model A {\n  share embeddings\n}\n',
    good: 'model A {\n  decoder { }\n  share embeddings\n}\n',
  },
  D214: {
    title: 'bytes, times and counts are mixed',
    cause:
      'Both sides of a comparison, a sum or a difference must measure the same. `B`, `KB`, `MB` and `GB` measure bytes; `us`, `ms` and `s` measure time; `k`, `M`, `G` and numbers without a unit are counts. Only 0 may be compared with all of them. Bytes times a count are bytes, bytes divided by bytes are a count, and bytes times bytes cannot be compared.',
    advice: 'compare bytes with bytes, times with times, and counts with counts',
    bad: 'model A { }\ncheck A {\n  parameters <= 500MB\n}\n',
    good: 'model A { }\ncheck A {\n  parameters <= 125M\n  weight_bytes <= 500MB\n}\n',
  },
  D215: {
    title: 'a budget does not hold',
    cause:
      'Both sides were computed exactly, and the comparison is false for the model. The message says by how much, and which part of the greater side is the largest.',
    advice: 'change the model or the budget',
    bad: 'model A { }\ncheck A {\n  parameters <= 20M\n}\n',
    good: 'model A { }\ncheck A {\n  parameters <= 25M\n}\n',
  },
  D216: {
    title: 'a budget divides by zero',
    cause:
      'The expression after `/` is 0 for the measured model, so the budget has no value. For example, a model without a decoder has no cross-attention, and a model without poolings spends nothing on them.',
    advice: 'divide by something else, or by a quantity of another model',
    bad: 'model A { }\ncheck A {\n  self_attention / cross_attention <= 4\n}\n',
    good: 'model A {\n  decoder { }\n}\ncheck A {\n  self_attention / cross_attention <= 4\n}\n',
  },
  D217: {
    title: 'a budget for something that the model does not have',
    cause:
      'A part that the model does not have costs 0, but a length that does not exist has no value. For example, attention in blocks may cost less than projections and feed-forward networks for every document, and then there is no `break_even`. A model without a decoder has no `target`.',
    advice: 'remove the budget, or compare costs instead',
    bad: 'model A {\n  width 1k\n  encoder { attention block(64); schedule 1k x 2 }\n}\ncheck A {\n  break_even >= 1k\n}\n',
    good: 'model A {\n  width 1k\n  encoder { attention block(64); schedule 1k x 2 }\n}\ncheck A {\n  self_attention <= encoder_macs / 2\n}\n',
  },
} satisfies Readonly<Record<string, CodeEntry>>;
