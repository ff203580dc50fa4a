/**
 * Rounds of a region over carried values, like ONNX Loop. Inputs: the most rounds i64[], whether to
 * start bool[] (absent: yes), then the carried values. The region takes the round's number and the
 * carried values; it yields whether to go on, the next carried values, then one value for each scan.
 * A carried value's lengths may change from round to round; its dtype and rank may not.
 *
 * `Builder.loop` writes it, the interpreter walks it, the emitter turns the region into a graph.
 */

import { NO_FLOATS } from '../ir/float16.ts';
import { IrError, type Primitive } from '../ir/op.ts';
import { free } from '../ir/work.ts';

export const loop: Primitive = {
  name: 'loop',
  doc: 'Repeats a region: carried values and collected scans. C1: carried dtypes and ranks stay.',
  float16: NO_FLOATS,
  ins: ['count', 'start?', 'state*'],
  outs: ['state*'],
  attrs: {},
  namesLengths: true,
  samples: [],
  infer: () => {
    throw new IrError('the type of a loop is stated by whoever builds it');
  },
  cost: free,
  onnx: 'Loop',
};
