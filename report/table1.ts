/**
 * The row of the paper's Table 1 for one model, such as l × m × n × d. It is derived from the costs of
 * the attentions in the graph, not from the names of systems. A layer's Table-1 units are half of the multiplications in
 * its two attention products: the number of queries, times the keys of each query, times the width. Each factor is
 * written as the symbol that has the same value.
 */
import { evaluatePolynomial } from '../compiler/ir/polynomial.ts';
import { elements } from '../compiler/ir/work.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import type { NodeWork } from './algebra/fold.ts';
import { placeOf } from './algebra/parts.ts';
import { type Rational, rational } from './algebra/rational.ts';

export interface Table1Cell {
  /** `c × m × n × d`; null if the attention's cost is not a product of the paper's symbols. */
  readonly text: string | null;
  /** Table-1 units, for one document. */
  readonly units: bigint;
}

export interface Table1 {
  readonly selfAttention: Table1Cell;
  /**
   * Whether the product is larger than the units, because layers with full attention over fewer rows have fewer keys for
   * each query.
   */
  readonly atMost: boolean;
  /** Null without a decoder. */
  readonly crossAttention: Table1Cell | null;
  /** The values of the symbols. Symbols that this model does not need are left out. */
  readonly symbols: Readonly<Record<string, bigint>>;
  /** The rows that each layer attends over, including padding to whole blocks. The first is n. */
  readonly rows: readonly bigint[];
  /** The effective number of layers, Σ nᵢ / n. */
  readonly c: Rational;
  /**
   * (2 − k/n)·m·n·d, where k is the number of rows that the last layer reads. Null unless each layer reads at most half
   * as many rows as the layer before it.
   */
  readonly bound: (Table1Cell & { readonly k: bigint }) | null;
}

interface Lengths {
  readonly length: number;
  readonly target: number;
  readonly batch: number;
}

/** The size of a layer's attention, for one document. */
interface AttentionSize {
  readonly queries: bigint;
  /** The keys of each query. */
  readonly keys: bigint;
  readonly units: bigint;
}

const NONE: ReadonlyMap<string, number> = new Map();

/** The sizes of the attentions of a part, one for each layer. */
function sizesIn(
  nodes: readonly NodeWork[],
  part: string,
  spec: ModelSpec,
  batch: bigint,
): readonly AttentionSize[] {
  const [width, heads] = [BigInt(spec.width), BigInt(spec.heads)];
  const byLayer = new Map<number, { macs: bigint; entries: bigint; rows: bigint }>();
  for (const one of nodes) {
    const place = placeOf(one);
    if (place?.part !== part || place.layer === null) continue;
    const [macs, entries] = [one.work.macs, one.work.entries].map((p) => evaluatePolynomial(p, NONE)!) as [
      bigint,
      bigint,
    ];
    const old = byLayer.get(place.layer) ?? { macs: 0n, entries: 0n, rows: 0n };
    const size = entries > 0n ? evaluatePolynomial(elements(one.outs[0]!), NONE)! : 0n;
    byLayer.set(place.layer, {
      macs: old.macs + macs,
      entries: old.entries + entries,
      rows: old.rows + size / width,
    });
  }
  return [...byLayer.values()].map(({ macs, entries, rows }) => ({
    queries: rows / batch,
    keys: rows === 0n ? 0n : entries / heads / rows,
    units: macs / 2n / batch,
  }));
}

const sumOf = (all: readonly bigint[]): bigint => all.reduce((a, b) => a + b, 0n);
const most = (all: readonly bigint[]): bigint => all.reduce((a, b) => (a > b ? a : b), 0n);

/**
 * The symbol for the number of keys of each query. It is `n` if every query has all rows of its layer as keys. It is `m`
 * if every query has the same number of keys, except in layers with fewer rows, where all rows are keys.
 */
function spanOf(sizes: readonly AttentionSize[]): 'n' | 'm' | null {
  if (sizes.every(({ queries, keys }) => keys === queries)) return 'n';
  const span = most(sizes.map(({ keys }) => keys));
  return sizes.every(({ queries, keys }) => keys === (queries < span ? queries : span)) ? 'm' : null;
}

/** Whether the units are exactly the product of queries, keys and width. */
const isPlain = (sizes: readonly AttentionSize[], width: bigint): boolean =>
  sizes.every(({ queries, keys, units }) => units === queries * keys * width);

/** The row of Table 1 for a model, from the work of its nodes at the given lengths. */
export function table1Of(
  spec: ModelSpec,
  encoder: readonly NodeWork[],
  decoder: readonly NodeWork[],
  { length, target, batch }: Lengths,
): Table1 {
  const [t, d] = [BigInt(target), BigInt(spec.width)];
  const own = sizesIn(encoder, 'attention', spec, BigInt(batch));
  const cross = sizesIn(decoder, 'crossAttention', spec, BigInt(batch));
  const rows = own.map(({ queries }) => queries);
  const n = rows[0] ?? BigInt(length);
  const c = rational(sumOf(rows), n);
  const span = isPlain(own, d) ? spanOf(own) : null;
  const layers = c.denominator === 1n && c.numerator === BigInt(own.length) ? 'l' : 'c';
  const memory = cross[0]?.keys;
  const whole = memory === rows[0];
  const halves = own.length > 1 && rows.every((r, i) => i === 0 || 2n * r <= rows[i - 1]!);
  const m = most(own.map(({ keys }) => keys));
  const k = rows.at(-1) ?? n;
  const bound = (2n * n - k) * m * d;
  const units = sumOf(own.map((one) => one.units));
  return {
    selfAttention: {
      text: span && (span === 'n' ? `${layers} × n × n × d` : `${layers} × m × n × d`),
      units,
    },
    atMost: span !== null && sumOf(rows) * (span === 'n' ? n : m) * d > units,
    crossAttention:
      memory === undefined
        ? null
        : {
            text: isPlain(cross, d) ? `l × t × ${whole ? 'n' : 'k'} × d` : null,
            units: sumOf(cross.map((one) => one.units)),
          },
    symbols: {
      n,
      d,
      l: BigInt(own.length),
      ...(span === 'm' && { m }),
      ...(memory !== undefined && { t }),
      ...(memory !== undefined && !whole && { k: memory }),
    },
    rows,
    c,
    bound: halves && span === 'm' ? { text: '(2 − k/n) × m × n × d', units: bound, k } : null,
  };
}
