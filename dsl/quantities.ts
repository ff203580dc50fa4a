/**
 * The quantities that budgets may name, as the report counts them. Names, units and arguments only: each has a row in
 * compiler/cost/quantities.ts, which says what it is.
 */
import type { ParamSignature } from './kinds.ts';

export interface Quantity {
  readonly doc: string;
  readonly measures: 'count' | 'bytes';
  readonly params: readonly ParamSignature[];
}

const number = (name: string, doc: string, max: number, fallback?: number): ParamSignature => ({
  name,
  doc,
  type: 'length',
  min: 1,
  max,
  ...(fallback !== undefined && { default: fallback }),
});

const length = number('length', 'Tokens of the document (the schedule’s first length).', 1 << 24);
const target = number('target', 'Tokens of the output (the decoder’s target).', 1 << 24);
const batch = number('batch', 'Documents at once (1).', 1 << 16, 1);

const PRECISIONS = ['fp32', 'fp16', 'int8', 'int4'] as const;
export type BudgetPrecision = (typeof PRECISIONS)[number];

const precision: ParamSignature = {
  name: 'precision',
  doc: 'Type of the weights and activations.',
  type: 'choice',
  choices: PRECISIONS,
  default: 'fp32',
};

const macs = (doc: string): Quantity => ({ doc, measures: 'count', params: [length, target, batch] });
const bytes = (doc: string, ...params: ParamSignature[]): Quantity => ({ doc, measures: 'bytes', params });

const TABLE = {
  parameters: { doc: 'Trainable numbers in total.', measures: 'count', params: [] },
  effective_layers: {
    doc: 'What the encoder’s layers attend over, in documents: Σ nᵢ / n, the paper’s c.',
    measures: 'count',
    params: [length],
  },
  attention: macs('Multiplications of every attention product, self and cross, QKᵀ and PV only.'),
  self_attention: macs('Multiplications of the encoder’s attention products.'),
  decoder_self_attention: macs('Multiplications of the decoder’s attention products over its own words.'),
  paper_self_attention: macs('The same as the paper counts it: t/2 keys for each of t words.'),
  cross_attention: macs('Multiplications of the decoder’s attention products over the memory.'),
  projections: macs(
    'Multiplications of the query, key, value and output projections, without `memory_projections`.',
  ),
  memory_projections: macs('Multiplications that make the memory’s keys and values.'),
  ffn: macs('Multiplications of the feed-forward networks.'),
  score: macs('Multiplications of the scorers.'),
  pool: macs('Multiplications of the poolings.'),
  head: macs('Multiplications of the output projection onto the vocabulary.'),
  macs: macs('All multiplications.'),
  encoder_macs: macs('All multiplications of the encoder.'),
  decoder_macs: macs('All multiplications of the decoder.'),
  attention_elements: macs('Entries of the attention matrices.'),
  peak_memory: bytes('Weights and the most activations alive at once.', length, target, batch, precision),
  peak_activations: bytes('The most activations alive at once.', length, target, batch, precision),
  weight_bytes: bytes('Size of the weights.', precision),
  kv_cache: bytes('Keys and values kept while decoding.', length, target, batch, precision),
} satisfies Readonly<Record<string, Quantity>>;

export type QuantityName = keyof typeof TABLE;

export const QUANTITIES: Readonly<Record<string, Quantity>> = TABLE;
