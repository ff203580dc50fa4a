/**
 * The value of each quantity that a budget may name (dsl/quantities.ts), and the parts that it is made of: whole
 * numbers of the model's report, so that a budget, the report and the graph cannot differ.
 */
import type { BudgetPrecision } from '../../dsl/quantities.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import { add, NOTHING, type Rational, whole } from './fractions.ts';
import type { Groups } from './parameters.ts';
import type { DecoderPart, EncoderPart } from './parts.ts';
import type { PartName } from './parts_text.ts';
import { rational } from './rational.ts';
import type { ModelReport } from './report.ts';

export interface Part {
  readonly part: PartName;
  readonly side: 'encoder' | 'decoder' | null;
  /** From 0; null for what belongs to no layer. */
  readonly layer: number | null;
  readonly amount: Rational;
}

/** A quantity is the sum of its parts. */
export interface Amount {
  readonly total: Rational;
  readonly parts: readonly Part[];
}

/** What only the graph that will run can tell, after its passes; bytes. */
export interface Footprint {
  /** Of the trained numbers, by group. */
  readonly weights: (spec: ModelSpec, precision: BudgetPrecision) => Groups;
  /** The most that is alive at once of all that is computed. */
  readonly activations: (
    spec: ModelSpec,
    lengths: ModelReport['lengths'],
    precision: BudgetPrecision,
  ) => bigint;
}

export interface Measured {
  readonly report: ModelReport;
  readonly precision: BudgetPrecision;
  readonly footprint: Footprint;
}

export type QuantityValue = (measured: Measured) => Amount;

const sumOf = (parts: readonly Part[]): Amount => ({
  total: parts.reduce((sum, { amount }) => add(sum, amount), NOTHING),
  parts,
});

const plain = (part: PartName, amount: bigint): Part => ({
  part,
  side: null,
  layer: null,
  amount: whole(amount),
});

interface Columns {
  readonly encoder?: readonly EncoderPart[];
  readonly decoder?: readonly DecoderPart[];
}

const ENCODER: readonly EncoderPart[] = ['attention', 'projections', 'ffn', 'score', 'pool'];
const DECODER: readonly DecoderPart[] = [
  ...(['selfAttention', 'crossAttention', 'projections', 'memoryProjections', 'ffn', 'head'] as const),
];

/** Multiplications in those columns of the report, layer by layer. */
const macs =
  ({ encoder = [], decoder = [] }: Columns): QuantityValue =>
  ({ report }) => {
    const inLayers = <P extends PartName>(
      side: 'encoder' | 'decoder',
      layers: readonly Readonly<Record<P, { readonly count: bigint }>>[],
      parts: readonly P[],
    ): readonly Part[] =>
      layers.flatMap((layer, i) =>
        parts.map((part) => ({ part, side, layer: i, amount: whole(layer[part].count) })),
      );
    const words = report.decoder && decoder.includes('head') ? report.decoder.macs.head.count : undefined;
    return sumOf([
      ...inLayers(
        'encoder',
        report.encoder.layers.map((layer) => layer.macs),
        encoder,
      ),
      ...inLayers(
        'decoder',
        report.decoder?.layers ?? [],
        decoder.filter((part) => part !== 'head'),
      ),
      ...(words === undefined ? [] : [plain('head', words)]),
    ]);
  };

/** Numbers or bytes of weights, by what they are for. */
const groups = (all: Groups): Amount =>
  sumOf(Object.entries(all).map(([group, size]) => plain(`weights.${group}` as PartName, size)));

/** Keys and values are halves in float16 alone: integers are for weights. */
const CACHE_BYTES: Readonly<Record<BudgetPrecision, bigint>> = { fp32: 4n, fp16: 2n, int8: 4n, int4: 4n };

/** Keys and values of the memory, and of the words written; none without a decoder. */
export const kvCache = ({ report, precision }: Pick<Measured, 'report' | 'precision'>): Amount => {
  const { spec, lengths, decoder } = report;
  if (!decoder) return sumOf([]);
  const width = BigInt(spec.width);
  // [B, slots, d]·[d, d] for keys and for values of every layer: their products tell how long the memory is.
  const rows = decoder.macs.memoryProjections.count / width / width;
  const words = 2n * BigInt(decoder.layers.length) * BigInt(lengths.target) * BigInt(lengths.batch);
  const size = width * CACHE_BYTES[precision];
  return sumOf([plain('memoryCache', rows * size), plain('wordCache', words * size)]);
};

const entries: QuantityValue = ({ report: { encoder, entries: all } }) => {
  const own = encoder.layers.map(
    ({ entries: { count } }, layer): Part => ({
      part: 'attention',
      side: 'encoder',
      layer,
      amount: whole(count),
    }),
  );
  const inEncoder = encoder.layers.reduce((sum, layer) => sum + layer.entries.count, 0n);
  const rest = all.count - inEncoder;
  return sumOf(rest === 0n ? own : [...own, { ...plain('attentions', rest), side: 'decoder' }]);
};

const weightBytes: QuantityValue = ({ report, precision, footprint }) =>
  groups(footprint.weights(report.spec, precision));

const activations: QuantityValue = ({ report, precision, footprint }) =>
  sumOf([plain('activations', footprint.activations(report.spec, report.lengths, precision))]);

export const QUANTITY_VALUES: Readonly<Record<string, QuantityValue>> = {
  parameters: ({ report }) => groups(report.parameters.groups),
  effective_layers: ({ report: { table1 } }) => {
    const part = { part: 'rows', side: 'encoder' } as const;
    return sumOf(
      table1.rows.map((rows, layer) => ({ ...part, layer, amount: rational(rows, table1.rows[0]!) })),
    );
  },
  attention: macs({ encoder: ['attention'], decoder: ['selfAttention', 'crossAttention'] }),
  self_attention: macs({ encoder: ['attention'] }),
  decoder_self_attention: macs({ decoder: ['selfAttention'] }),
  paper_self_attention: ({ report: { decoder } }) =>
    sumOf(decoder ? [{ ...plain('selfAttention', decoder.paperSelfAttention.count), side: 'decoder' }] : []),
  cross_attention: macs({ decoder: ['crossAttention'] }),
  projections: macs({ encoder: ['projections'], decoder: ['projections'] }),
  memory_projections: macs({ decoder: ['memoryProjections'] }),
  ffn: macs({ encoder: ['ffn'], decoder: ['ffn'] }),
  score: macs({ encoder: ['score'] }),
  pool: macs({ encoder: ['pool'] }),
  head: macs({ decoder: ['head'] }),
  macs: macs({ encoder: ENCODER, decoder: DECODER }),
  encoder_macs: macs({ encoder: ENCODER }),
  decoder_macs: macs({ decoder: DECODER }),
  attention_elements: entries,
  peak_memory: (measured) =>
    sumOf([{ ...plain('weights', 0n), amount: weightBytes(measured).total }, ...activations(measured).parts]),
  peak_activations: activations,
  weight_bytes: weightBytes,
  kv_cache: kvCache,
};
