/** y_i = condition_i ? a_i : b_i; all three broadcast. C1: a and b have the same dtype, and condition is bool. */

import { type Primitive, require } from '../ir/op.ts';
import { at, tabulate } from '../ir/tensors.ts';
import { bytes, free } from '../ir/work.ts';
import { broadcast, expectDType, present } from './shapes.ts';

export const where: Primitive = {
  name: 'where',
  doc: 'y_i = condition_i ? a_i : b_i.',
  float16: 'follows',
  cheap: true,
  ins: ['condition', 'a', 'b'],
  outs: ['y'],
  saves: { a: ['condition'], b: ['condition'] },
  attrs: {},
  samples: [{ ins: ['bool[2, 3]', 'f32[2, 3]', 'f32[3]'] }, { ins: ['bool[2, 1]', 'f32[]', 'f32[2, 3]'] }],
  infer: ([c, a, b]) => {
    const [condition, x, y] = [present(c, 'condition'), present(a, 'a'), present(b, 'b')];
    expectDType(condition, 'condition', 'bool');
    require(x.dtype === y.dtype, () => `C1: a is ${x.dtype} but b is ${y.dtype}`);
    return [{ dtype: x.dtype, shape: broadcast(condition.shape, broadcast(x.shape, y.shape)) }];
  },
  ref: ([c, a, b]) => {
    const shape = broadcast(c!.shape, broadcast(a!.shape, b!.shape)) as readonly number[];
    return [tabulate(a!.dtype, shape, (i) => (at(c!, i) ? at(a!, i) : at(b!, i)))];
  },
  cost: free,
  // ONNX Runtime's CPU kernel copies the picked elements into a temporary tensor.
  scratch: (_, [y]) => bytes(y!),
  onnx: 'Where',
};
