/**
 * Iterates a region over carried values, like ONNX's Loop. Its inputs are the largest number of iterations i64[],
 * whether to start bool[] (true if it is absent), then the carried values. The region takes the number of the
 * iteration and the carried values. It yields whether to continue, the next carried values, then one value for each
 * scan. The lengths of a carried value may change between iterations; its dtype and rank may not.
 *
 * `Builder.loop` adds it, the interpreter runs it, and the emitter turns the region into an ONNX graph.
 */

import { NO_FLOATS } from '../ir/float16.ts';
import { IrError, type Primitive } from '../ir/op.ts';
import { free } from '../ir/work.ts';

export const loop: Primitive = {
  name: 'loop',
  doc: 'Repeats a region; gives the carried values and the collected scans. C1: carried values keep dtype and rank.',
  float16: NO_FLOATS,
  ins: ['count', 'start?', 'state*'],
  outs: ['state*'],
  attrs: {},
  namesLengths: true,
  samples: [],
  infer: () => {
    throw new IrError('the types of a loop are not inferred: they are stated where it is built');
  },
  cost: free,
  onnx: 'Loop',
};
