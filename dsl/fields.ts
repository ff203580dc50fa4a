/**
 * The tables of the language's fields: the description, an example, the default and the reader of each. A test compares
 * them with the tables of docs/language.md.
 */

import { kind, MAX_LENGTH, pool } from './read_kinds.ts';
import { ffn, norm } from './read_layer_parts.ts';
import { below, type Read, whole, word } from './read_values.ts';
import { MAX_LAYERS, schedule } from './schedule.ts';
import type { DecoderFields, EncoderFields, LayerFields, ModelFields } from './settings.ts';

export interface Field<T> {
  readonly doc: string;
  /** An example of the field as it is written. */
  readonly form: string;
  /** A description of the value that the field has if neither the model nor a model that it extends sets it. */
  readonly default: string;
  readonly read: Read<T>;
}

export type FieldTable<Fields> = { readonly [K in keyof Fields]: Field<Fields[K]> };

export const MODEL_FIELDS: FieldTable<ModelFields> = {
  vocabulary: {
    doc: 'Number of token ids, including special ones.',
    form: 'vocabulary 32_000',
    default: '32_000',
    read: whole(5, 1 << 24),
  },
  width: {
    doc: 'Size d of each representation.',
    form: 'width 768',
    default: '512',
    read: whole(1, 1 << 16),
  },
  heads: {
    doc: 'Number of attention heads, which must divide the width.',
    form: 'heads 8',
    default: '8',
    read: whole(1, 1024),
  },
  ffn: {
    doc: 'Inner width of the feed-forward network, its kind and its activation, such as `relu` or `gelu`.',
    form: 'ffn 3072 relu',
    default: 'four times the width, `relu`',
    read: ffn,
  },
  norm: {
    doc: 'Layer normalisation after each residual sum (`post`) or before each sub-layer (`pre`), and its kind.',
    form: 'norm post',
    default: '`post`',
    read: norm,
  },
  dropout: {
    doc: 'Probability of dropping an activation in training.',
    form: 'dropout 0.1',
    default: '0.1',
    read: below(0, 1),
  },
  share: {
    doc: 'Whether the encoder’s input, the decoder’s input and the output share one matrix (`embeddings`) or not (`none`).',
    form: 'share embeddings',
    default: '`embeddings` with a decoder',
    read: word('embeddings', 'none'),
  },
  head: {
    doc: 'What the model computes from its last layer.',
    form: 'head vocabulary',
    default: '`vocabulary` with a decoder',
    read: kind('head'),
  },
};

const attention = {
  doc: 'Which keys each query attends to.',
  form: 'attention block(512)',
  default: 'the first kind',
  read: kind('attention'),
} as const;

const pooling = {
  doc: 'How representations are pooled where the schedule drops, and by which score.',
  form: 'pool soft_topk by linear',
  default: 'the first kind by the first scorer',
  read: pool,
} as const;

const positions = (form: string, fallback: string) => ({
  doc: 'How positions are added to tokens.',
  form,
  default: fallback,
  read: kind('positions'),
});

export const ENCODER_FIELDS: FieldTable<EncoderFields> = {
  positions: positions('positions sinusoidal', '`sinusoidal` (the first kind)'),
  attention,
  schedule: {
    doc: 'How many representations each layer attends over, and after `->` how many the decoder attends to.',
    form: 'schedule 8k, 8k, 2k, 512 x 3 -> 512',
    default: '2k x 2',
    read: schedule,
  },
  pool: pooling,
};

export const LAYER_FIELDS: FieldTable<LayerFields> = { attention, pool: pooling };

export const DECODER_FIELDS: FieldTable<DecoderFields> = {
  layers: { doc: 'Number of layers.', form: 'layers 6', default: '2', read: whole(1, MAX_LAYERS) },
  positions: positions('positions none', '`none`, if there is such a kind'),
  attention: {
    doc: 'Which of the preceding words a word attends to.',
    form: 'attention full',
    default: 'the first kind that can be causal',
    read: kind('decoderAttention'),
  },
  cross_attention: {
    doc: 'Which slots of the memory a word attends to.',
    form: 'cross_attention full',
    default: 'the first kind that can read a memory',
    read: kind('crossAttention'),
  },
  target: {
    doc: 'The longest output in tokens.',
    form: 'target 512',
    default: '512',
    read: whole(1, MAX_LENGTH),
  },
};

/** The fields and inner blocks of each block. */
export const SCOPES = {
  model: { fields: Object.keys(MODEL_FIELDS), blocks: ['encoder', 'decoder'] },
  encoder: { fields: Object.keys(ENCODER_FIELDS), blocks: ['layer'] },
  layer: { fields: Object.keys(LAYER_FIELDS), blocks: [] },
  decoder: { fields: Object.keys(DECODER_FIELDS), blocks: [] },
} as const satisfies Record<string, { fields: readonly string[]; blocks: readonly string[] }>;

export type Scope = keyof typeof SCOPES;

/** The names of all fields, of whatever block. */
export const FIELD_NAMES: readonly string[] = Object.values(SCOPES).flatMap(
  ({ fields }): readonly string[] => fields,
);
