/**
 * How many rows each layer reads. Attentions take whole multiples of some number of rows, and poolings say how many they
 * hand on (`emitted`); from these two facts follows to what a document is padded, so that every layer gets rows it can take.
 */
import type { EncoderLayerSpec, ModelSpec } from '../../dsl/spec.ts';
import { type Dim, evaluate, max, min, roundUp } from '../ir/dim.ts';
import { leastCommonMultiple as lcm } from '../ir/integers.ts';
import { IrError } from '../ir/op.ts';
import { KINDS, kindNamed } from './kinds/index.ts';
import type { Compat } from './lowering.ts';

export { lcm };

/** The number of rows whose multiples a layer's attention takes; 1 where any number will do. */
export const multipleOf = ({ attention }: EncoderLayerSpec): number =>
  kindNamed(KINDS.attention, attention.kind).multiple?.(attention.args) ?? 1;

/** The length of the runs of rows that see no others; null where a row may see the whole document. */
export const runOf = ({ attention }: EncoderLayerSpec): number | null =>
  kindNamed(KINDS.attention, attention.kind).independent?.(attention.args) ?? null;

/** The layers from `first` up to the one that is followed by a pooling, or to the last. */
export function layersToPooling({ encoder }: ModelSpec, first: number): readonly EncoderLayerSpec[] {
  const rest = encoder.layers.slice(first);
  const last = rest.findIndex(({ pool }) => pool);
  return last < 0 ? rest : rest.slice(0, last + 1);
}

/** The rows that a layer hands on for n that it reads. */
export const emittedBy = ({ pool, emits }: EncoderLayerSpec, n: Dim): Dim =>
  pool ? kindNamed(KINDS.pool, pool.kind).emitted(n, emits, pool.args) : n;

/** The rows that each layer reads of a document of n tokens, and after the last one those of the memory. */
export function rowsByLayer({ encoder }: ModelSpec, n: Dim): readonly Dim[] {
  const rows = [n];
  for (const layer of encoder.layers) rows.push(emittedBy(layer, rows.at(-1)!));
  return rows;
}

/** Whether every layer can take its rows of a document of n tokens. */
function fits(spec: ModelSpec, n: number): boolean {
  const rows = rowsByLayer(spec, n).map((dim) => evaluate(dim, new Map())!);
  return spec.encoder.layers.every((layer, i) => {
    const multiple = multipleOf(layer);
    return rows[i]! <= multiple || rows[i]! % multiple === 0;
  });
}

/** Most multiples that are looked at from either end. */
const LOOKED_AT = 256;

/**
 * 1, 2, … up to the number, of many only the first and the last: what a pooling hands on follows one rule for short
 * documents and becomes a constant for long ones.
 */
const samples = (count: number): readonly number[] => [
  ...Array.from({ length: Math.min(count, LOOKED_AT) }, (_, i) => i + 1),
  ...Array.from({ length: Math.min(Math.max(0, count - LOOKED_AT), LOOKED_AT) }, (_, i) => count - i),
];

const known = new WeakMap<ModelSpec, number>();

/**
 * The number of tokens whose multiples, up to the schedule's length, every layer can take: the rows behind all poolings
 * before it are whole multiples of its blocks, or less than one. 1 where any number of tokens will do. Throws IrError when
 * there is none, which the language's own checks of kinds rule out.
 */
export function paddingUnit(spec: ModelSpec): number {
  const found = known.get(spec) ?? findUnit(spec);
  known.set(spec, found);
  return found;
}

function findUnit(spec: ModelSpec): number {
  const { layers, length } = spec.encoder;
  const least = lcm(layers.map(multipleOf));
  if (least === 1 || least >= length) return least;
  for (let unit = least; unit <= length; unit += least) {
    if (samples(Math.floor(length / unit)).every((multiple) => fits(spec, multiple * unit))) return unit;
  }
  throw new IrError(`${spec.name}: no padding of documents gives every layer rows that its attention takes`);
}

/**
 * The padded length. Cost follows the document: whole multiples of the padding unit, and no padding at all below one
 * block. At least one position, so that no length is ever divided by zero.
 */
export function paddedLength(spec: ModelSpec, compat: Compat): Dim {
  if (compat === 'paper') return spec.encoder.length;
  const length = max('length', 1);
  const unit = paddingUnit(spec);
  if (unit === 1) return length;
  const smallest = Math.min(...spec.encoder.layers.map(multipleOf).filter((multiple) => multiple > 1));
  return smallest === unit ? roundUp(length, min(length, unit)) : roundUp(length, unit);
}
