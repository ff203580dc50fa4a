/** `by linear`: v = sigmoid(e·w + b) + 1e-5, with one vector w for each pooling. */
import { add } from '../../ops/binary.ts';
import { scalar } from '../../ops/constants.ts';
import { squeeze } from '../../ops/layout.ts';
import { linear as linearOp } from '../../ops/linear.ts';
import { sigmoid } from '../../ops/unary.ts';
import type { ScorerKind } from './kind.ts';

/** The smallest possible score. In the published code, only padding has this score. */
const FLOOR = 1e-5;

export const linear: ScorerKind = {
  name: 'linear',
  doc: 'One learned direction scores each row (Pietruszka et al. 2022, §2 and Appendix A).',
  params: [],
  lower: ({ b, x, width, weight }) => {
    const init = { kind: 'uniform', bound: 1 / Math.sqrt(width) } as const;
    const ins = [x, weight('weight', [1, width], init), weight('bias', [1], init)];
    const logit = b.add(squeeze, [b.add(linearOp, ins)], { axis: -1 });
    return b.add(add, [b.add(sigmoid, [logit]), scalar(b, 'f32', FLOOR)]);
  },
};
