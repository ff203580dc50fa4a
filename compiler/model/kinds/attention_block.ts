/** `attention block(512)`: each block of consecutive representations attends within itself. */
import type { Value } from '../../ir/build.ts';
import { type Dim, floorDiv, min, mul } from '../../ir/dim.ts';
import { blockAttention } from '../../ops/block_attention.ts';
import { reshape } from '../../ops/layout.ts';
import type { AttentionKind } from './kind.ts';
import { receivedBy } from './received.ts';

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
  multiple: ({ size }) => Number(size),
  independent: ({ size }) => Number(size),
  received: ({ b, n, mask, heads, project }, { size }) => {
    const [batch, , width] = project('q_proj').type.shape as readonly [Dim, Dim, Dim];
    const block = min(n, Number(size));
    const blocks = mul(batch, floorDiv(n, block));
    const fold = (x: Value): Value => b.add(reshape, [x], { shape: [blocks, block, width] });
    const seen = mask && b.add(reshape, [mask], { shape: [blocks, block] });
    const sums = receivedBy(b, fold(project('q_proj')), fold(project('k_proj')), seen, heads);
    return b.add(reshape, [sums], { shape: [batch, n] });
  },
  causal: null,
  cross: null,
  symbols: { m: 'size' },
  lower: ({ b, mask, heads, project }, { size }) =>
    b.add(blockAttention, [project('q_proj'), project('k_proj'), project('v_proj'), mask], {
      heads,
      block: Number(size),
    }),
};
