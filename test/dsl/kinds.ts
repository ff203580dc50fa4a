/**
 * The kinds that the language's tests name, as the compiler declares them. To run the tests with the
 * compiler's own, replace this file's body with
 * `export { KINDS } from '../../compiler/kinds/index.ts';`.
 */
import type { KindTables } from '../../dsl/kinds.ts';

const order = (doc: string) =>
  ({ name: 'order', doc, type: 'choice', choices: ['position', 'score'], default: 'position' }) as const;

export const KINDS: KindTables = {
  attention: [
    {
      name: 'block',
      doc: 'Attention within consecutive blocks.',
      params: [
        {
          name: 'size',
          doc: 'Representations in a block.',
          type: 'length',
          default: 512,
          min: 1,
          max: 2 ** 20,
        },
      ],
      check: ({ size }, { length }) =>
        length <= Number(size) || length % Number(size) === 0
          ? undefined
          : {
              message: `blocks of ${size} do not divide ${length} representations`,
              help: `use a length that is a multiple of ${size}, such as ${Math.ceil(length / Number(size)) * Number(size)}, or another block size`,
            },
    },
    { name: 'full', doc: 'Every representation attends to every other.', params: [] },
  ],
  pool: [
    {
      name: 'soft_topk',
      doc: 'Trainable pooling by successive halving.',
      params: [
        {
          name: 'base',
          doc: 'Base of the peaked softmax.',
          type: 'number',
          default: 20,
          min: 1.001,
          max: 1e6,
        },
        order('Order of the kept rows.'),
        {
          name: 'pair',
          doc: 'Who meets whom.',
          type: 'choice',
          choices: ['best_worst', 'shifted'],
          default: 'best_worst',
        },
      ],
    },
    { name: 'hard_topk', doc: 'The k best rows as they are.', params: [order('Order of the kept rows.')] },
  ],
  scorer: [{ name: 'linear', doc: 'One learned direction scores each row.', params: [] }],
  positions: [
    {
      name: 'sinusoidal',
      doc: 'Sines and cosines of the position.',
      params: [],
      check: (_, { width }) =>
        width >= 4
          ? undefined
          : {
              message: `a width of ${width} has no room for waves`,
              help: 'use a width of at least 4, or `positions none`',
            },
    },
    { name: 'none', doc: 'No position vectors.', params: [] },
  ],
};
