/**
 * Tensors for tests. A sample is text (`f32[2, 3]`, `f32[2, 3] in 0..1`, `i64[4] < 3`, `bool[2]`) or a
 * literal; its values come from a seed, so that failures can be repeated. Floats are float32 numbers:
 * the interpreter and ONNX Runtime then start from equal inputs.
 */
import { createBuilder } from '../../../compiler/ir/build.ts';
import { add, type Dim } from '../../../compiler/ir/dim.ts';
import {
  type Attrs,
  type AttrValue,
  type DType,
  type Graph,
  type Literal,
  type TensorType,
  type,
} from '../../../compiler/ir/graph.ts';
import type { Op, Sample, Tensor } from '../../../compiler/ir/op.ts';
import { sizeOf, tensor } from '../../../compiler/ir/tensors.ts';
import type { WeightSpec } from '../../../compiler/ir/weights.ts';

/** Uniform numbers in [0, 1): mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const normal = (next: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

interface Range {
  readonly low?: number;
  readonly high?: number;
}

/** One element of each dtype. */
const ELEMENT: Readonly<Record<DType, (next: () => number, range: Range) => number>> = {
  f32: (next, { low, high }) =>
    Math.fround(low === undefined || high === undefined ? normal(next) : low + (high - low) * next()),
  // A multiple of 1/256 below 8 is exact in float16.
  f16: (next) => Math.round(Math.max(-4, Math.min(4, normal(next))) * 256) / 256,
  i64: (next, { high = 8 }) => Math.floor(next() * high),
  bool: (next) => Number(next() < 0.7),
  i8: (next) => Math.floor(next() * 255) - 127,
  u8: (next) => Math.floor(next() * 256),
};

export function randomTensor(t: TensorType, seed: number, range: Range = {}): Tensor {
  const next = random(seed);
  const shape = t.shape as readonly number[];
  return tensor(
    t.dtype,
    shape,
    Array.from({ length: sizeOf(shape) }, () => ELEMENT[t.dtype](next, range)),
  );
}

const SAMPLE = /^(f32|f16|i64|bool|i8|u8)\[([\d, ]*)\](?: in (-?[\d.]+)\.\.(-?[\d.]+)| < (\d+))?$/;

export function sampleTensor(sample: string | Literal, seed: number): Tensor {
  if (typeof sample !== 'string') return tensor(sample.dtype, sample.shape, sample.data);
  const match = SAMPLE.exec(sample);
  if (!match) throw new Error(`not a sample: ${sample}`);
  const [, dtype, lengths, low, high, below] = match;
  const shape = lengths ? lengths.split(',').map(Number) : [];
  const range =
    below !== undefined ? { high: Number(below) } : low ? { low: Number(low), high: Number(high) } : {};
  return randomTensor(type(dtype as DType, ...shape), seed, range);
}

export const sampleTensors = (sample: Sample, seed = 1): readonly (Tensor | null)[] =>
  sample.ins.map((one, i) => (one === null ? null : sampleTensor(one, seed * 1000 + i)));

export const typeOf = (t: Tensor): TensorType => type(t.dtype, ...t.shape);

/** The name of a sample in the name of a test. */
export const sampleName = (op: Op, { ins, attrs }: Sample): string => {
  const shown = ins.map((one) => (one === null ? '-' : typeof one === 'string' ? one : JSON.stringify(one)));
  return `${op.name}(${shown.join(', ')})${attrs ? ` ${JSON.stringify(attrs)}` : ''}`;
};

export interface OneOp {
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/**
 * A graph of one op on the inputs of a sample, which are named `in0`, `in1`, …; outputs keep their names. With
 * `symbolic`, every length above 1 becomes a symbol, and equal lengths become the same symbol.
 */
export function oneOp(op: Op, sample: Sample, options: { symbolic?: boolean; attrs?: Attrs } = {}): OneOp {
  const tensors = sampleTensors(sample);
  const b = createBuilder(op.name);
  const lengths = new Set(tensors.flatMap((t) => t?.shape ?? []));
  const open = (d: Dim): Dim => {
    if (!options.symbolic || Number(d) <= 1 || !lengths.has(d as number)) return d;
    const parts = sample.sums?.[d as number];
    return parts ? add(...parts.map(open)) : `n${d}`;
  };
  const values = tensors.map((t, i) => t && b.input(`in${i}`, type(t.dtype, ...t.shape.map(open))));
  const attrs = Object.entries({ ...sample.attrs, ...options.attrs }).map(
    ([name, value]): readonly [string, AttrValue] =>
      op.attrs[name]?.kind === 'dims' ? [name, (value as readonly Dim[]).map(open)] : [name, value],
  );
  const outs = b.many(op, values, Object.fromEntries(attrs));
  outs.forEach((value, i) => {
    b.output(op.outs[i]!, value);
  });
  const inputs = tensors.flatMap((t, i) => (t ? [[`in${i}`, t] as const] : []));
  return { graph: b.done(), inputs: Object.fromEntries(inputs) };
}

const hash = (text: string): number =>
  [...text].reduce((h, c) => Math.imul(h ^ c.charCodeAt(0), 0x01000193), 0x811c9dc5);

/** A random weight, determined by its name. */
export const weightByName = (spec: WeightSpec): Tensor =>
  randomTensor(type('f32', ...spec.shape), hash(spec.name));

/**
 * A random weight, determined by its name. It is so small that float32 can distinguish even the highest scores of a
 * pooling.
 */
export function smallWeight(spec: WeightSpec): Tensor {
  const { dtype, shape, data } = weightByName(spec);
  return { dtype, shape, data: data.map((x) => Math.fround(x / 4)) };
}

/** How far a value may be from the reference, relative to 1 + |reference|. */
export const TOLERANCE: Readonly<Record<DType, number>> = {
  f32: 1e-5,
  f16: 2e-3,
  i64: 0,
  bool: 0,
  i8: 0,
  u8: 0,
};

/** The largest deviation in units of the tolerance (at most 1 is fine), or the reason why the two do not compare. */
export function deviation(got: Tensor, want: Tensor, tolerance = TOLERANCE[want.dtype]): number | string {
  const [a, b] = [got, want].map((t) => `${t.dtype}[${t.shape}]`);
  if (a !== b) return `${a} instead of ${b}`;
  let worst = 0;
  for (const [i, x] of want.data.entries()) {
    const y = got.data[i]!;
    if (Object.is(x, y) || x === y) continue;
    const distance = Math.abs(x - y) / (1 + Math.abs(x));
    if (!(distance <= tolerance)) return `element ${i} is ${y} instead of ${x}`;
    worst = Math.max(worst, distance / tolerance);
  }
  return worst;
}
