/**
 * The values of inference. A value has a type, a shape as far as it is known, and the elements of small tensors, from
 * which shapes are computed. Lengths are the compiler's symbolic dims (compiler/ir/dim.ts).
 */
import { add, type Dim, dimText, floorDiv, max, min, mul, parseDim, sub } from '../../compiler/ir/dim.ts';
import type { TypeMessage } from '../../compiler/onnx/model.ts';
import { dtypeText } from '../sizes.ts';

/** A length; `undefined` if it is unknown. An unknown length never counts as equal to another. */
export type Size = Dim | undefined;
export type Shape = readonly Size[];

export interface TensorValue {
  readonly kind: 'tensor';
  /** TensorProto.DataType; 0 if it is unknown. */
  readonly dtype: number;
  /** Absent if not even the rank is known. */
  readonly shape?: Shape;
  /** The elements of a scalar or a short vector, if they are known. */
  readonly value?: readonly Size[];
}

export type Value =
  | TensorValue
  | { readonly kind: 'sequence' | 'optional'; readonly of?: Value }
  /** A map, a sparse tensor or an opaque type, about which nothing more is known. */
  | { readonly kind: 'other' };

/** The maximum number of elements of a tensor whose elements are kept. */
export const MOST_ELEMENTS = 256;

/** The maximum length of a formula's text. A longer formula becomes unknown, because it could grow without end. */
const LARGEST_TEXT = 200;

const kept = (d: Dim): Size => {
  if (typeof d === 'number') return Number.isFinite(d) ? d : undefined;
  return dimText(d).length <= LARGEST_TEXT ? d : undefined;
};

const known =
  (make: (...dims: Dim[]) => Dim) =>
  (...sizes: readonly Size[]): Size =>
    sizes.every((s) => s !== undefined) ? kept(make(...sizes)) : undefined;

/** ONNX rounds the quotient of integers towards zero. */
const quotient = (a: Dim, b: Dim): Dim => {
  if (typeof a === 'number' && typeof b === 'number') return b === 0 ? Number.NaN : Math.trunc(a / b) + 0;
  return floorDiv(a, b);
};

/** Arithmetic on sizes. The result is unknown if an operand is unknown. */
export const plus = known(add);
export const minus = known(sub);
export const times = known(mul);
export const over = known(quotient);
export const smallest = known(min);
export const largest = known(max);
/** `ceil(a / b)` for a number b. */
export const overUp = (a: Size, b: number): Size => over(plus(a, b - 1), b);

export const product = (sizes: readonly Size[]): Size => sizes.reduce((a: Size, b) => times(a, b), 1);

export const sizeText = (s: Size): string => (s === undefined ? '?' : dimText(s));
export const shapeText = (shape: Shape | undefined): string =>
  shape ? `[${shape.slice(0, 12).map(sizeText).join(', ')}${shape.length > 12 ? ', …' : ''}]` : '[…]';

export function valueText(value: Value | undefined): string {
  if (!value) return '?';
  if (value.kind === 'tensor')
    return `${value.dtype ? dtypeText(value.dtype) : '?'} ${shapeText(value.shape)}`;
  return value.kind === 'other' ? value.kind : `${value.kind} of ${valueText(value.of)}`;
}

/** A key that contains all known properties of a value. */
export const keyOf = (value: Value | undefined): string => {
  if (!value) return '?';
  if (value.kind === 'tensor') {
    const elements = value.value ? `=${value.value.map(sizeText).join(',')}` : '';
    return `${value.dtype}${value.shape ? `[${value.shape.map(sizeText).join(',')}]` : ''}${elements}`;
  }
  return value.kind === 'other' ? value.kind : `${value.kind}(${keyOf(value.of)})`;
};

/** Whether two sizes are known numbers that differ. */
export const numbersDiffer = (a: Size, b: Size): boolean =>
  typeof a === 'number' && typeof b === 'number' && a !== b;

export const sameSize = (a: Size, b: Size): boolean =>
  a !== undefined &&
  b !== undefined &&
  (a === b || (typeof a !== 'number' && typeof b !== 'number' && dimText(a) === dimText(b)));

export const tensorOf = (dtype: number, shape?: Shape, value?: readonly Size[]): TensorValue => ({
  kind: 'tensor',
  dtype,
  ...(shape && { shape }),
  ...(value && value.length <= MOST_ELEMENTS && { value }),
});

/** Whether the type and the rank of a tensor are known, or the type of the elements of a sequence. */
export function isKnown(value: Value | undefined): boolean {
  if (!value) return false;
  if (value.kind === 'tensor') return value.dtype !== 0 && value.shape !== undefined;
  return value.kind === 'other' || value.of !== undefined;
}

/** The value that a type declares. Names of lengths become unknown lengths unless `symbols` is true. */
export function declaredValue(type: TypeMessage | undefined, symbols: boolean): Value | undefined {
  if (!type) return undefined;
  const { tensorType, sequenceType, optionalType } = type;
  if (tensorType) {
    const shape = tensorType.shape?.dim.map(({ dimValue, dimParam }): Size => {
      if (dimValue !== undefined) return dimValue >= 0 ? dimValue : undefined;
      return symbols && dimParam ? kept(parseDim(dimParam) ?? dimParam) : undefined;
    });
    return tensorOf(tensorType.elemType ?? 0, shape);
  }
  const inner = sequenceType ?? optionalType;
  if (!inner) return type.mapType || type.sparseTensorType || type.opaqueType ? { kind: 'other' } : undefined;
  const of = declaredValue(inner.elemType, symbols);
  return { kind: sequenceType ? 'sequence' : 'optional', ...(of && { of }) };
}

/** Combines two values of one size. A number replaces a name, and the name in `b` replaces the formula in `a`. */
const mergeSize = (a: Size, b: Size): Size => (typeof a === 'number' ? a : (b ?? a));

/**
 * Combines an inferred value (`a`) with a declared one (`b`), or describes how they contradict each other. Names of
 * lengths never contradict each other, because two names may refer to the same length.
 */
export function merge(
  a: Value | undefined,
  b: Value | undefined,
): Value | { readonly conflict: string } | undefined {
  if (!a || !b) return a ?? b;
  if (a.kind !== b.kind) return { conflict: `a ${a.kind} and a ${b.kind}` };
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    if (a.dtype && b.dtype && a.dtype !== b.dtype)
      return { conflict: `${dtypeText(a.dtype)} and ${dtypeText(b.dtype)}` };
    const [s, t] = [a.shape, b.shape];
    if (s && t) {
      if (s.length !== t.length) return { conflict: `${shapeText(s)} and ${shapeText(t)}` };
      const differs = s.some((d, i) => numbersDiffer(d, t[i]));
      if (differs) return { conflict: `${shapeText(s)} and ${shapeText(t)}` };
    }
    const shape = s && t ? s.map((d, i) => mergeSize(d, t[i])) : (s ?? t);
    return tensorOf(a.dtype || b.dtype, shape, a.value ?? b.value);
  }
  if (a.kind !== 'tensor' && a.kind !== 'other' && b.kind === a.kind) {
    const of = merge(a.of, b.of);
    // The elements of a sequence may have different shapes.
    return of && 'kind' in of ? { kind: a.kind, of } : a;
  }
  return a;
}

/** The properties that two values have in common. Undefined if their types differ. */
export function join(a: Value | undefined, b: Value | undefined): Value | undefined {
  if (!a || !b || a.kind !== b.kind) return undefined;
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    if (a.dtype !== b.dtype) return undefined;
    const [s, t] = [a.shape, b.shape];
    const shape =
      s && t && s.length === t.length ? s.map((d, i) => (sameSize(d, t[i]) ? d : undefined)) : undefined;
    const [v, w] = [a.value, b.value];
    const same = v && w && v.length === w.length && v.every((d, i) => sameSize(d, w[i]));
    return tensorOf(a.dtype, shape, same ? v : undefined);
  }
  if (a.kind === 'other' || a.kind === 'tensor' || b.kind === 'tensor' || b.kind === 'other') return a;
  const of = join(a.of, b.of);
  return { kind: a.kind, ...(of && { of }) };
}

/** ONNX's multidirectional broadcasting; undefined if two lengths do not fit. */
export function broadcast(shapes: readonly Shape[]): Shape | undefined {
  const rank = shapes.reduce((most, { length }) => Math.max(most, length), 0);
  const out: Size[] = [];
  for (let axis = 0; axis < rank; axis++) {
    let size: Size = 1;
    for (const shape of shapes) {
      const at = axis - rank + shape.length;
      if (at < 0) continue;
      const other = shape[at];
      if (other === 1 || sameSize(size, other)) continue;
      if (size === 1) size = other;
      else if (typeof size === 'number' && typeof other === 'number') return undefined;
      // The unknown length is 1 or this number, so the result is the number.
      else if (typeof other === 'number') size = other;
      else if (typeof size !== 'number') size = undefined;
    }
    out.push(size);
  }
  return out;
}
