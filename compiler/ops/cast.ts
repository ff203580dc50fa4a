/** Converts x to another dtype. Booleans become 0 and 1; floats lose their fraction when they become integers. */
import { DiagnosticError } from '../../dsl/diagnostics.ts';
import type { Builder, Value } from '../ir/build.ts';
import { LARGEST_HALF } from '../ir/dtype.ts';
import { NO_FLOATS } from '../ir/float16.ts';
import type { DType } from '../ir/graph.ts';
import type { Primitive } from '../ir/op.ts';
import type { Piece } from '../ir/weight_expr.ts';
import { free } from '../ir/work.ts';
import { ONNX_DTYPE } from '../onnx/element_types.ts';
import { toHalf } from '../onnx/half.ts';
import { dtypeOf, present } from './shapes.ts';

const CONVERT: Readonly<Record<DType, (x: number) => number>> = {
  f32: (x) => x,
  f16: (x) => x,
  i64: Math.trunc,
  bool: (x) => Number(x !== 0),
  i8: Math.trunc,
  u8: Math.trunc,
};

/**
 * A piece of a weight in float16. It throws D402 for a number that float16 would turn into infinity, instead of
 * writing an artifact that gives NaN.
 */
function halved(piece: Piece, name: string): Uint16Array {
  const values = piece as Float32Array;
  const large = values.find((x) => Math.abs(x) > LARGEST_HALF);
  if (large === undefined) return toHalf(values);
  const message = `${name} contains ${large}, but the largest number of float16 is ${LARGEST_HALF}`;
  const help = 'compile the model without `--precision fp16`';
  throw new DiagnosticError({ code: 'D402', severity: 'error', message, labels: [], help });
}

export const cast: Primitive = {
  name: 'cast',
  doc: 'Converts x to the dtype `to`.',
  float16: NO_FLOATS,
  ins: ['x'],
  outs: ['y'],
  saves: { x: [] },
  attrs: { to: { kind: 'dtype' } },
  samples: [
    { ins: ['f32[2, 3]'], attrs: { to: 'i64' } },
    { ins: ['bool[2, 3]'], attrs: { to: 'f32' } },
    { ins: ['i64[4] < 3'], attrs: { to: 'bool' } },
    { ins: ['f16[2, 3]'], attrs: { to: 'f32' } },
  ],
  infer: ([x], attrs) => [{ dtype: dtypeOf(attrs, 'to'), shape: present(x, 'x').shape }],
  ref: ([x], attrs) => {
    const to = dtypeOf(attrs, 'to');
    return [{ dtype: to, shape: x!.shape, data: x!.data.map(CONVERT[to]) }];
  },
  cost: free,
  onnx: (scope, ins, outs, node) =>
    scope.node('Cast', ins, outs, { to: ONNX_DTYPE[dtypeOf(node.attrs, 'to')] }),
  onWeights: ([x], { attrs, scope }) =>
    x?.dtype !== 'f32' || attrs.to !== 'f16'
      ? undefined
      : async function* (source) {
          for await (const piece of x.stream(source)) yield halved(piece, scope || 'a weight');
        },
};

/** Casts x to this dtype. Returns x itself if it already has this dtype. */
export const castTo = (b: Builder, x: Value, to: DType): Value =>
  x.type.dtype === to ? x : b.add(cast, [x], { to });
