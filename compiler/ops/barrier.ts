/**
 * y = x, as a value of its own. The builder shares equal expressions, so what is to be computed a second time (to
 * forget activations and make them again in the backward pass) needs another input: x behind a barrier. No pass
 * removes one, and what is behind two of them is never merged.
 *
 * It is written as ONNX's `Identity`. A runtime that drops identities and shares equal nodes undoes the second
 * computation, and ONNX Runtime is one. Its session option `optimization.disable_specified_optimizers` with the value
 * `CommonSubexpressionElimination` keeps both, and the identities still go.
 */
import type { Primitive } from '../ir/op.ts';
import { free } from '../ir/work.ts';
import { present } from './shapes.ts';

export const barrier: Primitive = {
  name: 'barrier',
  doc: 'x itself, which no two applications share.',
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
