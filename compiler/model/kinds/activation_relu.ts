/** `ffn 3072 relu`: negative numbers become 0. */
import { relu as reluOp } from '../../ops/unary.ts';
import type { ActivationKind } from './kind.ts';

export const relu: ActivationKind = {
  name: 'relu',
  doc: 'max(x, 0) (Vaswani et al. 2017; both configurations of Pietruszka et al. 2022).',
  params: [],
  lower: (b, x) => b.add(reluOp, [x]),
};
