/** `attention block(512)`: each block of consecutive representations attends within itself. */
import { blockAttention } from '../../ops/block_attention.ts';
import type { AttentionKind } from './kind.ts';

export const block: AttentionKind = {
  name: 'block',
  doc: 'Attention within consecutive blocks (Pietruszka et al. 2022, §3; “Sparse” and “Blockwise” in its tables).',
  params: [
    { name: 'size', doc: 'Representations in a block.', type: 'length', default: 512, min: 1, max: 2 ** 20 },
  ],
  check: ({ size }, { length }) =>
    length <= Number(size) || length % Number(size) === 0
      ? undefined
      : {
          message: `blocks of ${size} do not divide ${length} representations`,
          help: `use a length that is a multiple of ${size}, such as ${Math.ceil(length / Number(size)) * Number(size)}, or another block size`,
        },
  unit: ({ size }) => Number(size),
  lower: ({ b, mask, heads, project }, { size }) =>
    b.add(blockAttention, [project('q_proj'), project('k_proj'), project('v_proj'), mask], {
      heads,
      block: Number(size),
    }),
};
