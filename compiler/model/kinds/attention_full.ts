/** `attention full`: every representation attends to every other. */
import { attention, openMask } from '../../ops/attention.ts';
import type { AttentionKind } from './kind.ts';

export const full: AttentionKind = {
  name: 'full',
  doc: 'Dense attention (Vaswani et al. 2017; “Vanilla” in the tables of Pietruszka et al. 2022).',
  params: [],
  lower: ({ b, mask, heads, project }) => {
    const open = mask && openMask(b, mask);
    return b.add(attention, [project('q_proj'), project('k_proj'), project('v_proj'), open], { heads });
  },
};
