/** `norm post layer`: layer normalisation with gain and bias. */
import { layerNorm } from '../../ops/layer_norm.ts';
import type { NormKind } from './kind.ts';

export const layer: NormKind = {
  name: 'layer',
  doc: 'Mean 0 and variance 1 of each row, then gain and bias (Ba et al. 2016; epsilon 1e-5 as in fairseq).',
  params: [],
  lower: ({ b, x, width, weight }) => {
    const gain = weight('weight', [width], { kind: 'constant', value: 1 });
    const bias = weight('bias', [width], { kind: 'constant', value: 0 });
    return b.add(layerNorm, [x, gain, bias]);
  },
};
