/** y = x in another dtype. Booleans are 0 and 1; floats to integers drop the fraction. */
import type { DType } from '../ir/graph.ts';
import type { Primitive } from '../ir/op.ts';
import { dtypeOf, present } from './shapes.ts';

/** TensorProto.DataType. */
export const ONNX_DTYPE: Readonly<Record<DType, number>> = { f32: 1, f16: 10, i64: 7, bool: 9, i8: 3, u8: 2 };

const CONVERT: Readonly<Record<DType, (x: number) => number>> = {
  f32: (x) => x,
  f16: (x) => x,
  i64: Math.trunc,
  bool: (x) => Number(x !== 0),
  i8: Math.trunc,
  u8: Math.trunc,
};

export const cast: Primitive = {
  name: 'cast',
  doc: 'x converted to another dtype.',
  ins: ['x'],
  outs: ['y'],
  attrs: { to: { kind: 'dtype' } },
  samples: [
    { ins: ['f32[2, 3]'], attrs: { to: 'i64' } },
    { ins: ['bool[2, 3]'], attrs: { to: 'f32' } },
    { ins: ['i64[4] < 3'], attrs: { to: 'bool' } },
  ],
  infer: ([x], attrs) => [{ dtype: dtypeOf(attrs, 'to'), shape: present(x, 'x').shape }],
  ref: ([x], attrs) => {
    const to = dtypeOf(attrs, 'to');
    return [{ dtype: to, shape: x!.shape, data: x!.data.map(CONVERT[to]) }];
  },
  onnx: (scope, ins, outs, node) =>
    scope.node('Cast', ins, outs, { to: ONNX_DTYPE[dtypeOf(node.attrs, 'to')] }),
};
