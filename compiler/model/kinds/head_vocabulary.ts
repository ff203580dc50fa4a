/** `head vocabulary`: a logit for each token of the vocabulary. */
import { linear } from '../../ops/linear.ts';
import type { HeadKind } from './kind.ts';

export const vocabulary: HeadKind = {
  name: 'vocabulary',
  doc: 'Logits over the vocabulary, by the output matrix and without a bias.',
  params: [],
  check: (_, { decodes }) =>
    decodes
      ? undefined
      : {
          message: 'the head `vocabulary` needs a decoder, but this model has none',
          help: 'add a `decoder { … }` block, or remove `head`',
        },
  lower: ({ b, x, embedding }) => b.add(linear, [x, embedding(), null]),
};
