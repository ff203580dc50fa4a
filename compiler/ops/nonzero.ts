/**
 * Finds the elements of a vector that are not zero. It is the only op whose number of results depends on the data.
 */

import { NO_FLOATS } from '../ir/float16.ts';
import { type } from '../ir/graph.ts';
import type { Primitive } from '../ir/op.ts';
import { tensor } from '../ir/tensors.ts';
import { free } from '../ir/work.ts';
import { expectRank, present, text } from './shapes.ts';

export const nonzero: Primitive = {
  name: 'nonzero',
  float16: NO_FLOATS,
  namesLengths: true,
  wholeLength: ([x]) => present(x, 'x').shape[0]!,
  doc: 'Gives the positions of the elements of x [n] that are not zero, in order; `as` names their number.',
  ins: ['x'],
  outs: ['index'],
  attrs: { as: { kind: 'string' } },
  samples: [
    { ins: ['i64[9] < 3'], attrs: { as: 'found' } },
    { ins: ['bool[6]'], attrs: { as: 'found' } },
  ],
  infer: ([x], attrs) => {
    expectRank(present(x, 'x'), 'x', 1);
    return [type('i64', text(attrs, 'as'))];
  },
  ref: ([x]) => {
    const found = [...x!.data.keys()].filter((i) => x!.data[i] !== 0);
    return [tensor('i64', [found.length], found)];
  },
  cost: free,
  onnx: (scope, [x], outs, node) => {
    const found = scope.fresh('found', type('i64', 1, text(node.attrs, 'as')));
    scope.node('NonZero', [x!], [found]);
    scope.node('Squeeze', [found, scope.i64(0)], outs);
  },
};
