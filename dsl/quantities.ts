/**
 * The quantities that budgets may name, as the report counts them. Names, units and arguments only: each has a row in
 * report/budgets/quantities.ts, which says what it is.
 */
import type { ParamSignature } from './kinds.ts';
import type { Measure } from './measures.ts';

export interface Quantity {
  readonly doc: string;
  readonly measures: Measure | 'count';
  readonly params: readonly ParamSignature[];
  /** Whose layers `layer` counts; absent where `side` says it, or there is no `layer`. */
  readonly side?: 'encoder' | 'decoder';
}

const number = (name: string, doc: string, max: number, fallback?: number): ParamSignature => ({
  ...{ name, doc, type: 'length', min: 1, max },
  ...(fallback === undefined ? { optional: true } : { default: fallback }),
});

/** Without a `fallback` it must be given. */
const choice = (
  name: string,
  doc: string,
  choices: readonly string[],
  fallback?: string,
): ParamSignature => ({
  ...{ name, doc, type: 'choice', choices },
  ...(fallback !== undefined && { default: fallback }),
});

const length = number('length', 'Tokens of the document (the schedule’s first length).', 1 << 24);
const target = number('target', 'Tokens of the output (the decoder’s target).', 1 << 24);
const batch = number('batch', 'Documents at once (1).', 1 << 16, 1);

const PRECISIONS = ['fp32', 'fp16', 'int8', 'int4'] as const;
export type BudgetPrecision = (typeof PRECISIONS)[number];

const precision = choice('precision', 'Type of the weights and activations.', PRECISIONS, 'fp32');

const GROUPS = ['all', 'embeddings', 'head', 'attention', 'ffn', 'norms', 'scorers', 'other'] as const;
export type BudgetGroup = (typeof GROUPS)[number];

const group = choice('group', 'Of those weights alone.', GROUPS, 'all');

const SIDES = ['both', 'encoder', 'decoder'] as const;
export type BudgetSide = (typeof SIDES)[number];

const side = choice('side', 'What the encoder has of it, or the decoder.', SIDES, 'both');
const layer = number('layer', 'What one layer of the side has of it, from 1.', 1 << 16);

/** Devices of report/time/machines.ts. */
const DEVICES = ['h200', 'h100', 'a100', 'l4', 't4'] as const;
export type BudgetDevice = (typeof DEVICES)[number];

const device = choice('device', `One of ${DEVICES.join(', ')}.`, DEVICES);

/** A sum over the layers of a side, or of both, and of what stands beside them. */
const layered = (on: BudgetSide, { params, ...quantity }: Quantity): Quantity =>
  on === 'both'
    ? { ...quantity, params: [...params, side, layer] }
    : { ...quantity, params: [...params, layer], side: on };

const counted = (doc: string): Quantity => ({ doc, measures: 'count', params: [length, target, batch] });
const countedOn = (on: BudgetSide, doc: string): Quantity => layered(on, counted(doc));
const bytes = (doc: string, ...params: ParamSignature[]): Quantity => ({ doc, measures: 'bytes', params });

const TABLE = {
  parameters: { doc: 'Trainable numbers.', measures: 'count', params: [group] },
  effective_layers: layered('encoder', {
    doc: 'What the encoder’s layers attend over, in documents: Σ nᵢ / n, the paper’s c.',
    measures: 'count',
    params: [length],
  }),
  break_even: {
    doc: 'The shortest document on whose attention the encoder spends more than on projections and feed-forward networks.',
    measures: 'count',
    params: [],
  },
  attention: countedOn(
    'both',
    'Multiplications of every attention product, self and cross, QKᵀ and PV only.',
  ),
  self_attention: countedOn('encoder', 'Multiplications of the encoder’s attention products.'),
  decoder_self_attention: countedOn(
    'decoder',
    'Multiplications of the decoder’s attention products over its own words.',
  ),
  paper_self_attention: countedOn(
    'decoder',
    'The same as the paper counts it: t/2 keys for each of t words.',
  ),
  cross_attention: countedOn(
    'decoder',
    'Multiplications of the decoder’s attention products over the memory.',
  ),
  projections: countedOn(
    'both',
    'Multiplications of the query, key, value and output projections, without `memory_projections`.',
  ),
  memory_projections: countedOn('decoder', 'Multiplications that make the memory’s keys and values.'),
  ffn: countedOn('both', 'Multiplications of the feed-forward networks.'),
  score: countedOn('encoder', 'Multiplications of the scorers.'),
  pool: countedOn('encoder', 'Multiplications of the poolings.'),
  head: counted('Multiplications of the output projection onto the vocabulary.'),
  macs: countedOn('both', 'All multiplications.'),
  encoder_macs: countedOn('encoder', 'All multiplications of the encoder.'),
  decoder_macs: countedOn('decoder', 'All multiplications of the decoder.'),
  attention_elements: countedOn('both', 'Entries of the attention matrices.'),
  multiplies: countedOn('both', 'Multiplications and divisions beside those of matrix products.'),
  adds: countedOn('both', 'Additions and subtractions beside those of matrix products.'),
  exps: countedOn('both', 'Exponentials, logarithms, powers, roots, tanh and erf.'),
  compiled_macs: layered('both', {
    doc: 'All multiplications of the compiled model: passes save some.',
    measures: 'count',
    params: [length, target, batch, precision],
  }),
  bytes_read: layered(
    'both',
    bytes('Bytes that all nodes read, weights too.', length, target, batch, precision),
  ),
  bytes_written: layered('both', bytes('Bytes that all nodes write.', length, target, batch, precision)),
  predicted_time: layered('both', {
    doc: 'Seconds that one run of the compiled model takes on a device, by the roofline.',
    measures: 'seconds',
    params: [device, length, target, batch, precision],
  }),
  peak_memory: bytes('Weights and the most activations alive at once.', length, target, batch, precision),
  peak_activations: bytes('The most activations alive at once.', length, target, batch, precision),
  weight_bytes: bytes('Size of the weights.', precision),
  gradient_bytes: bytes('Size of the gradients of the weights.'),
  optimizer_bytes: bytes('Size of Adam’s two moments.'),
  training_activations: bytes(
    'The most activations and gradients of them alive at once, in a step of training.',
    ...[length, target, batch],
  ),
  training_memory: bytes(
    'Weights, their gradients, Adam’s moments, and `training_activations`.',
    ...[length, target, batch],
  ),
  kv_cache: bytes('Keys and values kept while decoding.', length, target, batch, precision),
} satisfies Readonly<Record<string, Quantity>>;

export type QuantityName = keyof typeof TABLE;

export const QUANTITIES: Readonly<Record<string, Quantity>> = TABLE;
