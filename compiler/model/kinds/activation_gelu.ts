/** `ffn 3072 gelu`: x·Φ(x), with the exact normal distribution. */
import { gelu as geluOp } from '../../ops/unary.ts';
import type { ActivationKind } from './kind.ts';

export const gelu: ActivationKind = {
  name: 'gelu',
  doc: 'x·Φ(x) by the error function (Hendrycks and Gimpel 2016).',
  params: [],
  lower: (b, x) => b.add(geluOp, [x]),
};
