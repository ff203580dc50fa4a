/** `D2xx`: values of the wrong form or size, and values that do not fit each other. */
import type { CodeEntry } from './entry.ts';

export const VALUES = {
  D201: {
    title: 'a value is missing',
    cause: 'The field stands alone on its line. To leave a field at its default, leave it out.',
    advice: 'write the value, or remove the field',
    bad: 'model A {\n  width\n}\n',
    good: 'model A {\n  width 512\n}\n',
  },
  D202: {
    title: 'a value of the wrong form',
    cause:
      'Each field takes values of one form: a number, a word, a kind, a list of lengths. A field ends with its line or with `;`, so two fields on one line need a `;` between them.',
    advice: 'see the field in docs/language.md',
    bad: 'model A {\n  vocabulary 32,000\n}\n',
    good: 'model A {\n  vocabulary 32_000\n}\n',
  },
  D203: {
    title: 'a number is out of range',
    cause:
      'Every number has a least and a greatest sensible value, listed in docs/language.md. Greater ones are slips of a zero or a unit and would only fail later, with less to say.',
    advice: 'write a number in the range',
    bad: 'model A {\n  heads 0\n}\n',
    good: 'model A {\n  heads 8\n}\n',
  },
  D204: {
    title: 'a whole number is wanted',
    cause:
      'Lengths, widths and counts are whole. A fraction is allowed only where the unit makes it whole, as in `1.5k` (1536); `32.000` is most likely meant as `32_000`.',
    advice: 'write a whole number',
    bad: 'model A {\n  vocabulary 32.000\n}\n',
    good: 'model A {\n  vocabulary 32_000\n}\n',
  },
  D205: {
    title: 'heads do not divide the width',
    cause:
      'Attention splits each vector evenly over its heads, so the width must be a multiple of the number of heads.',
    advice: 'choose a number of heads that divides the width',
    bad: 'model A {\n  width 768\n  heads 7\n}\n',
    good: 'model A {\n  width 768\n  heads 8\n}\n',
  },
  D206: {
    title: 'the schedule grows',
    cause:
      'The schedule lists how many representations each layer attends over. Pooling between layers can only make them fewer.',
    advice: 'order the lengths from long to short',
    bad: 'model A {\n  encoder { schedule 2k, 8k }\n}\n',
    good: 'model A {\n  encoder { schedule 8k, 2k }\n}\n',
  },
  D207: {
    title: 'the memory is longer than the last layer',
    cause:
      'The length after `->` is what the decoder sees: the last layer’s output, pooled. It cannot be longer than that output.',
    advice: 'write a length up to the last one, or leave `->` out',
    bad: 'model A {\n  encoder { schedule 8k, 2k -> 4k }\n}\n',
    good: 'model A {\n  encoder { schedule 8k, 2k -> 512 }\n}\n',
  },
  D208: {
    title: 'there is no such layer',
    cause:
      'Layers are counted from 1: in the encoder one for each length of the schedule, in the decoder as many as `layers` says. The `layer` of a budget is one of the model that it measures.',
    advice: 'use a layer of the schedule, or lengthen the schedule',
    bad: 'model A {\n  encoder {\n    schedule 8k, 2k\n    layer 3 { attention full }\n  }\n}\n',
    good: 'model A {\n  encoder {\n    schedule 8k, 2k\n    layer 2 { attention full }\n  }\n}\n',
  },
  D209: {
    title: 'a kind does not fit its place',
    cause:
      'Kinds have conditions of their own: attention in blocks needs lengths that are whole blocks (or shorter than one), sinusoidal positions an even width.',
    advice: 'change the length, or the argument of the kind',
    bad: 'model A {\n  encoder {\n    attention block(512)\n    schedule 8k, 700\n  }\n}\n',
    good: 'model A {\n  encoder {\n    attention block(512)\n    schedule 8k, 1k\n  }\n}\n',
  },
  D210: {
    title: 'an argument is missing',
    cause:
      'The kind or quantity has an argument without a default. Where a model has a decoder and both sides have a quantity, its `layer` needs the `side` that it is on.',
    advice: 'add it in the parentheses',
    bad: 'model A { decoder { } }\ncheck A {\n  ffn(layer: 1) <= 10G\n}\n',
    good: 'model A { decoder { } }\ncheck A {\n  ffn(side: encoder, layer: 1) <= 10G\n}\n',
  },
  D211: {
    title: 'a pooling that never happens',
    severity: 'warning',
    cause:
      'A layer pools only where the schedule drops after it. This layer hands on as many representations as it takes, so its `pool` has no effect.',
    advice: 'remove it, move it to the layer before the drop, or let the schedule drop here',
    bad: 'model A {\n  encoder {\n    schedule 8k, 8k, 2k\n    layer 1 { pool hard_topk }\n  }\n}\n',
    good: 'model A {\n  encoder {\n    schedule 8k, 8k, 2k\n    layer 2 { pool hard_topk }\n  }\n}\n',
  },
  D212: {
    title: 'a block where none belongs, or none where one does',
    cause: '`encoder`, `decoder` and `layer N` are blocks, `{ … }`; every other field is a value.',
    advice: 'write `encoder { … }`, `decoder { … }` or `layer 3 { … }`; write other fields without braces',
    bad: 'model A {\n  norm { post }\n}\n',
    good: 'model A {\n  norm post\n}\n',
  },
  D213: {
    title: 'nothing to share the embeddings with',
    severity: 'warning',
    cause:
      '`share embeddings` makes the encoder’s input, the decoder’s input and the output projection one matrix. Without a decoder there is only the first.',
    advice: 'remove it, or add a `decoder { }`',
    bad: 'model A {\n  share embeddings\n}\n',
    good: 'model A {\n  decoder { }\n  share embeddings\n}\n',
  },
  D214: {
    title: 'bytes, times and counts mixed',
    cause:
      'The two sides of a comparison, a sum or a difference must measure the same. `B`, `KB`, `MB` and `GB` measure bytes; `us`, `ms` and `s` times; `k`, `M`, `G` and a number without a unit count, and only 0 fits all. Bytes times a count are bytes, bytes over bytes a count, and bytes times bytes are nothing that a budget can be about.',
    advice: 'compare bytes with bytes, times with times and counts with counts',
    bad: 'model A { }\ncheck A {\n  parameters <= 500MB\n}\n',
    good: 'model A { }\ncheck A {\n  parameters <= 125M\n  weight_bytes <= 500MB\n}\n',
  },
  D215: {
    title: 'a budget is broken',
    cause:
      'Both sides of the statement were computed, exactly, and it is not true of the model. The message says by how much, and which part of the greater side is the largest.',
    advice: 'change the model, or agree on another budget',
    bad: 'model A { }\ncheck A {\n  parameters <= 20M\n}\n',
    good: 'model A { }\ncheck A {\n  parameters <= 25M\n}\n',
  },
  D216: {
    title: 'a budget divides by zero',
    cause:
      'The expression after the `/` is 0 for the model that it is measured on, so that the budget says nothing. An encoder alone has no cross-attention, for example, and a model without poolings spends nothing on them.',
    advice: 'divide by something else, or by a quantity of another model',
    bad: 'model A { }\ncheck A {\n  self_attention / cross_attention <= 4\n}\n',
    good: 'model A {\n  decoder { }\n}\ncheck A {\n  self_attention / cross_attention <= 4\n}\n',
  },
  D217: {
    title: 'a budget about what the model has not',
    cause:
      'What a model does not have costs 0, but a length that does not exist is no number. Attention within blocks, for example, may cost less than projections and feed-forward networks for every document: then there is no `break_even`. A `target` says nothing about a model without a decoder.',
    advice: 'remove the budget, or compare costs',
    bad: 'model A {\n  width 1k\n  encoder { attention block(64); schedule 1k x 2 }\n}\ncheck A {\n  break_even >= 1k\n}\n',
    good: 'model A {\n  width 1k\n  encoder { attention block(64); schedule 1k x 2 }\n}\ncheck A {\n  self_attention <= encoder_macs / 2\n}\n',
  },
} satisfies Readonly<Record<string, CodeEntry>>;
