/** Type rules that several ops share, and typed access to attributes. */
import { type Dim, dimEquals, dimText } from '../ir/dim.ts';
import type { Attrs, DType, Literal, TensorType } from '../ir/graph.ts';
import { typeText } from '../ir/graph.ts';
import { require } from '../ir/op.ts';

/** The shape to which two shapes broadcast, by numpy's rule. Symbolic lengths are equal if their texts are equal. */
export function broadcast(a: readonly Dim[], b: readonly Dim[]): readonly Dim[] {
  const rank = Math.max(a.length, b.length);
  const [x, y] = [a, b].map((s) => [...Array<Dim>(rank - s.length).fill(1), ...s]);
  return x!.map((d, i) => {
    const e = y![i]!;
    if (d === 1) return e;
    require(e === 1 || dimEquals(d, e), () => `${dimText(d)} does not broadcast with ${dimText(e)}`);
    return d;
  });
}

export function present(t: TensorType | null | undefined, name: string): TensorType {
  require(t !== null && t !== undefined, () => `input '${name}' is missing`);
  return t;
}

export function expectDType(t: TensorType, name: string, ...allowed: readonly DType[]): void {
  require(allowed.includes(t.dtype), () =>
    `${name} is ${typeText(t)}, but its dtype must be ${allowed.join(' or ')}`);
}

export function expectRank(t: TensorType, name: string, ...allowed: readonly number[]): void {
  const rank = t.shape.length;
  require(allowed.includes(rank), () =>
    `${name} is ${typeText(t)}, but its rank must be ${allowed.join(' or ')}`);
}

export function expectDim(got: Dim | undefined, want: Dim, what: string): void {
  const fits = got !== undefined && dimEquals(got, want);
  require(fits, () =>
    `${what} is ${got === undefined ? 'absent' : dimText(got)}, but it must be ${dimText(want)}`);
}

/** Attributes are checked against their signatures before any rule reads them. */
export const int = (attrs: Attrs, name: string): number => attrs[name] as number;
export const float = int;
export const text = (attrs: Attrs, name: string): string => attrs[name] as string;
export const flag = (attrs: Attrs, name: string): boolean => attrs[name] as boolean;
export const dim = (attrs: Attrs, name: string): Dim => attrs[name] as Dim;
export const dims = (attrs: Attrs, name: string): readonly Dim[] => attrs[name] as readonly Dim[];
export const ints = (attrs: Attrs, name: string): readonly number[] => attrs[name] as readonly number[];
export const literalOf = (attrs: Attrs, name: string): Literal => attrs[name] as Literal;
export const dtypeOf = (attrs: Attrs, name: string): DType => attrs[name] as DType;

/** The axis that an attribute names. A negative one counts from the end. */
export function axisOf(attrs: Attrs, rank: number, name = 'axis'): number {
  const axis = int(attrs, name);
  const positive = axis < 0 ? axis + rank : axis;
  require(positive >= 0 && positive < rank, () => `axis ${axis} is outside rank ${rank}`);
  return positive;
}
