/** `ffn 3072 dense`: W₂ · f(W₁ · x + b₁) + b₂. */
import type { FfnKind } from './kind.ts';

export const dense: FfnKind = {
  name: 'dense',
  doc: 'Two linears with an activation between them (Vaswani et al. 2017).',
  params: [],
  lower: ({ x, inner, width, linear, activate }) => linear('fc2', activate(linear('fc1', x, inner)), width),
};
