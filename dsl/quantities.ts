/**
 * The quantities that budgets may name, with their units and arguments. For each quantity, report/budgets/quantities.ts
 * has a row that computes the same number as the report.
 */
import type { ParamSignature } from './kinds.ts';
import type { Measure } from './measures.ts';

export interface Quantity {
  readonly doc: string;
  readonly measures: Measure | 'count';
  readonly params: readonly ParamSignature[];
  /**
   * The side from which the argument `layer` selects a layer. Absent if the quantity has a parameter `side`, or has no
   * `layer`.
   */
  readonly side?: 'encoder' | 'decoder';
}

/** A parameter that takes an integer of 1 or greater. It may be left out. */
const number = (name: string, doc: string, max: number, fallback?: number): ParamSignature => ({
  name,
  doc,
  type: 'length',
  min: 1,
  max,
  ...(fallback === undefined ? { optional: true } : { default: fallback }),
});

/** A parameter that takes one of a few words. It must be given if there is no `fallback`. */
const choice = (
  name: string,
  doc: string,
  choices: readonly string[],
  fallback?: string,
): ParamSignature => ({
  name,
  doc,
  type: 'choice',
  choices,
  ...(fallback !== undefined && { default: fallback }),
});

const length = number('length', 'Tokens of the document; by default the schedule’s first length.', 1 << 24);
const target = number('target', 'Tokens of the output; by default the decoder’s `target`.', 1 << 24);
const batch = number('batch', 'Number of documents in the batch; 1 by default.', 1 << 16, 1);

const PRECISIONS = ['fp32', 'fp16', 'int8', 'int4'] as const;
export type BudgetPrecision = (typeof PRECISIONS)[number];

const precision = choice('precision', 'Type of the weights and activations.', PRECISIONS, 'fp32');

/** The entries whose peaks depend only on the lengths of a document and an output. */
const ENTRIES = ['generate', 'encode', 'forward'] as const;
export type BudgetEntry = (typeof ENTRIES)[number];

const entry: ParamSignature = {
  name: 'entry',
  doc: 'The entry that runs; by default `generate`, or `encode` for a model without a decoder.',
  type: 'choice',
  choices: ENTRIES,
  optional: true,
};

const GROUPS = ['all', 'embeddings', 'head', 'attention', 'ffn', 'norms', 'scorers', 'other'] as const;
export type BudgetGroup = (typeof GROUPS)[number];

const group = choice('group', 'The group of weights that is counted.', GROUPS, 'all');

const SIDES = ['both', 'encoder', 'decoder'] as const;
export type BudgetSide = (typeof SIDES)[number];

const side = choice('side', 'The side that is counted: the encoder, the decoder or both.', SIDES, 'both');
const layer = number('layer', 'The layer that is counted, numbered from 1; by default all layers.', 1 << 16);

/** The devices that report/time/machines.ts describes. */
const DEVICES = ['h200', 'h100', 'a100', 'l4', 't4'] as const;
export type BudgetDevice = (typeof DEVICES)[number];

const device = choice('device', `One of ${DEVICES.join(', ')}.`, DEVICES);

/** Adds the parameter that selects a layer. If the quantity covers both sides, it also adds the one for the side. */
const layered = (on: BudgetSide, { params, ...quantity }: Quantity): Quantity =>
  on === 'both'
    ? { ...quantity, params: [...params, side, layer] }
    : { ...quantity, params: [...params, layer], side: on };

const counted = (doc: string): Quantity => ({ doc, measures: 'count', params: [length, target, batch] });
const countedOn = (on: BudgetSide, doc: string): Quantity => layered(on, counted(doc));
const bytes = (doc: string, ...params: ParamSignature[]): Quantity => ({ doc, measures: 'bytes', params });

const TABLE = {
  parameters: { doc: 'The number of trainable parameters.', measures: 'count', params: [group] },
  effective_layers: layered('encoder', {
    doc: 'The sum of the lengths of the encoder’s layers, divided by the document’s length: Σ nᵢ / n, the paper’s c.',
    measures: 'count',
    params: [length],
  }),
  break_even: {
    doc: 'The shortest document for which the encoder multiplies more in attention than in projections and feed-forward networks.',
    measures: 'count',
    params: [],
  },
  attention: countedOn(
    'both',
    'Multiplications of all attention products QKᵀ and PV, in self-attention and cross-attention.',
  ),
  self_attention: countedOn('encoder', 'Multiplications of the encoder’s attention products.'),
  decoder_self_attention: countedOn(
    'decoder',
    'Multiplications of the decoder’s attention products over its own tokens.',
  ),
  paper_self_attention: countedOn(
    'decoder',
    'As `decoder_self_attention`, but counted as in the paper: t/2 keys for each of t tokens.',
  ),
  cross_attention: countedOn(
    'decoder',
    'Multiplications of the decoder’s attention products over the memory.',
  ),
  projections: countedOn(
    'both',
    'Multiplications of the query, key, value and output projections, except `memory_projections`.',
  ),
  memory_projections: countedOn('decoder', 'Multiplications that project the memory to keys and values.'),
  ffn: countedOn('both', 'Multiplications of the feed-forward networks.'),
  score: countedOn('encoder', 'Multiplications of the scorers.'),
  pool: countedOn('encoder', 'Multiplications of the poolings.'),
  head: counted('Multiplications of the output projection onto the vocabulary.'),
  macs: countedOn('both', 'All multiplications.'),
  encoder_macs: countedOn('encoder', 'All multiplications of the encoder.'),
  decoder_macs: countedOn('decoder', 'All multiplications of the decoder.'),
  attention_elements: countedOn('both', 'Entries of the attention matrices.'),
  multiplies: countedOn('both', 'Multiplications and divisions outside matrix products.'),
  adds: countedOn('both', 'Additions and subtractions outside matrix products.'),
  exps: countedOn('both', 'Exponentials, logarithms, powers, roots, tanh and erf.'),
  compiled_macs: layered('both', {
    doc: 'All multiplications of the compiled model, which passes have optimised.',
    measures: 'count',
    params: [length, target, batch, precision],
  }),
  bytes_read: layered(
    'both',
    bytes('Bytes that all nodes read, including weights.', length, target, batch, precision),
  ),
  bytes_written: layered('both', bytes('Bytes that all nodes write.', length, target, batch, precision)),
  predicted_time: layered('both', {
    doc: 'Seconds that one run of the compiled model takes on a device, predicted by a roofline model.',
    measures: 'seconds',
    params: [device, length, target, batch, precision],
  }),
  peak_memory: bytes(
    'Bytes of the weights and of the activations at their peak when the compiled model runs.',
    ...[length, target, batch, precision, entry],
  ),
  peak_activations: bytes(
    'Bytes of the activations at their peak when the compiled model runs.',
    ...[length, target, batch, precision, entry],
  ),
  weight_bytes: bytes('Bytes of the weights.', precision),
  gradient_bytes: bytes('Bytes of the gradients of the weights.'),
  optimizer_bytes: bytes('Bytes of Adam’s two moments.'),
  training_activations: bytes(
    'An estimate of the bytes of the activations and their gradients at the peak of a training step.',
    ...[length, target, batch],
  ),
  training_memory: bytes(
    'An estimate: the bytes of the weights, their gradients, Adam’s moments and `training_activations`.',
    ...[length, target, batch],
  ),
  kv_cache: bytes('Bytes of the keys and values that decoding keeps.', length, target, batch, precision),
} satisfies Readonly<Record<string, Quantity>>;

export type QuantityName = keyof typeof TABLE;

export const QUANTITIES: Readonly<Record<string, Quantity>> = TABLE;
