/**
 * y = x, as a separate value. The builder shares equal expressions. So an expression that must be computed twice
 * (to discard activations and compute them again in the backward pass) needs another input the second time, namely
 * x behind a barrier. No pass removes a barrier, and values behind two barriers are never merged.
 *
 * It is written as ONNX's `Identity`. ONNX Runtime drops identities and shares equal nodes, so it removes the second
 * computation. With the session option `optimization.disable_specified_optimizers` and the value
 * `CommonSubexpressionElimination`, it keeps both computations, although it still drops the identities.
 */
import type { Primitive } from '../ir/op.ts';
import { free } from '../ir/work.ts';
import { present } from './shapes.ts';

export const barrier: Primitive = {
  name: 'barrier',
  doc: 'y = x. Two barriers of one x give two values, which are never merged.',
  float16: 'follows',
  pure: false,
  ins: ['x'],
  outs: ['y'],
  saves: { x: [] },
  overwrites: [0],
  attrs: {},
  samples: [{ ins: ['f32[2, 3]'] }, { ins: ['i64[4] < 3'] }, { ins: ['f16[2, 3]'] }],
  infer: ([x]) => [present(x, 'x')],
  ref: ([x]) => [x!],
  cost: free,
  onnx: 'Identity',
};
