/**
 * Table 1 of the paper (SYSTEMS.md 1.0) for one model: l × m × n × d and its kin. Found in what the attentions of
 * the graph cost, not in the names of systems: a Table-1 unit is half of a layer's two products, queries times
 * keys for each of them times width, and each factor is called what it is equal to.
 */

import { evaluatePolynomial } from '../compiler/ir/polynomial.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import type { NodeWork } from './algebra/fold.ts';
import { placeOf } from './algebra/parts.ts';
import { type Rational, rational } from './algebra/rational.ts';

export interface Table1Cell {
  /** `c × m × n × d`; null for attentions that are no product of the paper's symbols. */
  readonly text: string | null;
  /** Table-1 units, for one document. */
  readonly units: bigint;
}

export interface Table1 {
  readonly selfAttention: Table1Cell;
  /** Its product is more than its units: layers that see the whole of fewer rows have fewer keys too. */
  readonly atMost: boolean;
  /** Null without a decoder. */
  readonly crossAttention: Table1Cell | null;
  /** What the symbols are for this model; those that it has no use for are left out. */
  readonly symbols: Readonly<Record<string, bigint>>;
  /** What each layer attends over, padding to whole blocks included; n is the first. */
  readonly rows: readonly bigint[];
  /** Effective number of layers, Σ nᵢ / n. */
  readonly c: Rational;
  /** (2 − k/n)·m·n·d, where each layer reads at most half of what the one before it did (SYSTEMS.md, C07). */
  readonly bound: (Table1Cell & { /** What the last layer reads. */ readonly k: bigint }) | null;
}

interface Lengths {
  readonly length: number;
  readonly target: number;
  readonly batch: number;
}

/** One attention: rows that ask, and keys for each of them, of one document. */
interface Asked {
  readonly queries: bigint;
  readonly keys: bigint;
  readonly units: bigint;
}

const NONE: ReadonlyMap<string, number> = new Map();

/** What one document asks of the attention nodes of a part, a layer each. */
function askedIn(nodes: readonly NodeWork[], part: string, spec: ModelSpec, batch: bigint): readonly Asked[] {
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
    const size = entries > 0n ? one.outs[0]!.shape.reduce<bigint>((a, d) => a * BigInt(d as number), 1n) : 0n;
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

/** What each query sees: `n` where it is the whole of its layer, `m` where it is one span or all that is there. */
function spanOf(asked: readonly Asked[]): 'n' | 'm' | null {
  if (asked.every(({ queries, keys }) => keys === queries)) return 'n';
  const span = most(asked.map(({ keys }) => keys));
  return asked.every(({ queries, keys }) => keys === (queries < span ? queries : span)) ? 'm' : null;
}

/** Whether queries, keys and width are all that is multiplied. */
const isPlain = (asked: readonly Asked[], width: bigint): boolean =>
  asked.every(({ queries, keys, units }) => units === queries * keys * width);

export function table1Of(
  spec: ModelSpec,
  encoder: readonly NodeWork[],
  decoder: readonly NodeWork[],
  { length, target, batch }: Lengths,
): Table1 {
  const [t, d] = [BigInt(target), BigInt(spec.width)];
  const own = askedIn(encoder, 'attention', spec, BigInt(batch));
  const cross = askedIn(decoder, 'crossAttention', spec, BigInt(batch));
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
      ...{ n, d, l: BigInt(own.length) },
      ...(span === 'm' && { m }),
      ...(memory !== undefined && { t }),
      ...(memory !== undefined && !whole && { k: memory }),
    },
    rows,
    c,
    bound: halves && span === 'm' ? { text: '(2 − k/n) × m × n × d', units: bound, k } : null,
  };
}
