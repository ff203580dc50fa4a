/**
 * The number of rows that each layer reads. An attention may need a multiple of some number of rows, and a pooling
 * declares how many rows it gives (`emitted`). These two facts determine the length to which documents are padded.
 */
import type { EncoderLayerSpec, ModelSpec } from '../../dsl/spec.ts';
import { type Dim, evaluate, max, min, roundUp } from '../ir/dim.ts';
import { leastCommonMultiple } from '../ir/integers.ts';
import { IrError } from '../ir/op.ts';
import { KINDS, kindNamed } from './kinds/index.ts';
import type { Compat } from './lowering.ts';

/** A layer's attention requires a multiple of this number of rows; 1 if it accepts any number of rows. */
export const multipleOf = ({ attention }: EncoderLayerSpec): number =>
  kindNamed(KINDS.attention, attention.kind).multiple?.(attention.args) ?? 1;

/**
 * The length of the runs of rows that attend only within themselves; null where a row may attend to the whole
 * document.
 */
export const runOf = ({ attention }: EncoderLayerSpec): number | null =>
  kindNamed(KINDS.attention, attention.kind).independent?.(attention.args) ?? null;

/** The layers from `first` up to the next one with a pooling, or up to the last. */
export function layersToPooling({ encoder }: ModelSpec, first: number): readonly EncoderLayerSpec[] {
  const rest = encoder.layers.slice(first);
  const last = rest.findIndex(({ pool }) => pool);
  return last < 0 ? rest : rest.slice(0, last + 1);
}

/** The number of rows that a layer gives for n rows. */
export const emittedBy = ({ pool, emits }: EncoderLayerSpec, n: Dim): Dim =>
  pool ? kindNamed(KINDS.pool, pool.kind).emitted(n, emits, pool.args) : n;

/** The number of rows that each layer reads for a document of n tokens, followed by the number of rows of the memory. */
export function rowsByLayer({ encoder }: ModelSpec, n: Dim): readonly Dim[] {
  const rows = [n];
  for (const layer of encoder.layers) rows.push(emittedBy(layer, rows.at(-1)!));
  return rows;
}

/** Whether every layer accepts the number of rows that it reads for a document of n tokens. */
function fits(spec: ModelSpec, n: number): boolean {
  const rows = rowsByLayer(spec, n).map((dim) => evaluate(dim, new Map())!);
  return spec.encoder.layers.every((layer, i) => {
    const multiple = multipleOf(layer);
    return rows[i]! <= multiple || rows[i]! % multiple === 0;
  });
}

/** The number of multiples that are tested at each end of the range. */
const TESTED = 256;

/**
 * The multiples from 1 to `count` to test: all, or the first and the last if there are many. The number of rows that a
 * pooling gives follows one rule for short documents and is constant for long ones, so these are enough.
 */
const samples = (count: number): readonly number[] => [
  ...Array.from({ length: Math.min(count, TESTED) }, (_, i) => i + 1),
  ...Array.from({ length: Math.min(Math.max(0, count - TESTED), TESTED) }, (_, i) => count - i),
];

const known = new WeakMap<ModelSpec, number>();

/**
 * The smallest number of which every multiple, up to the schedule's length, is a number of tokens that every layer
 * accepts: the layer's rows are a multiple of its block, or at most one block. It is 1 if every number is accepted.
 * Throws an IrError if there is no such number, but the language's checks of kinds exclude this case.
 */
export function paddingUnit(spec: ModelSpec): number {
  const found = known.get(spec) ?? findUnit(spec);
  known.set(spec, found);
  return found;
}

function findUnit(spec: ModelSpec): number {
  const { layers, length } = spec.encoder;
  const least = leastCommonMultiple(layers.map(multipleOf));
  if (least === 1 || least >= length) return least;
  for (let unit = least; unit <= length; unit += least) {
    if (samples(Math.floor(length / unit)).every((multiple) => fits(spec, multiple * unit))) return unit;
  }
  throw new IrError(
    `${spec.name}: no padded length gives every layer a number of rows that its attention accepts`,
  );
}

/**
 * The length to which documents are padded: the next multiple of the padding unit, so that the cost grows with the
 * length of the document. Where the unit is the size of the smallest block, a shorter document is not padded. The
 * length is at least 1, so that nothing divides by zero.
 */
export function paddedLength(spec: ModelSpec, compat: Compat): Dim {
  if (compat === 'paper') return spec.encoder.length;
  const length = max('length', 1);
  const unit = paddingUnit(spec);
  if (unit === 1) return length;
  const smallest = Math.min(...spec.encoder.layers.map(multipleOf).filter((multiple) => multiple > 1));
  return smallest === unit ? roundUp(length, min(length, unit)) : roundUp(length, unit);
}
