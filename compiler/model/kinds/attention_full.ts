/**
 * `attention full`: each representation attends to all representations. In a decoder, each token attends to itself and
 * to all tokens before it, or to all slots of the memory.
 */
import { attention, mergeHeads, openMask, splitHeads } from '../../ops/attention.ts';
import { cachedAttention } from '../../ops/cached_attention.ts';
import type { AttentionKind } from './kind.ts';
import { receivedBy } from './received.ts';

export const full: AttentionKind = {
  name: 'full',
  doc: 'Dense attention (Vaswani et al. 2017; “Vanilla” in the tables of Pietruszka et al. 2022).',
  params: [],
  multiple: null,
  independent: null,
  lower: ({ b, mask, heads, project }) => {
    const open = mask && openMask(b, mask);
    return b.add(attention, [project('q_proj'), project('k_proj'), project('v_proj'), open], { heads });
  },
  received: ({ b, mask, heads, project }) => receivedBy(b, project('q_proj'), project('k_proj'), mask, heads),
  causal: {
    all: ({ b, x, heads, project }) => {
      const ins = [project('q_proj', x), project('k_proj', x), project('v_proj', x), null];
      return b.add(attention, ins, { heads, causal: true });
    },
    step: ({ b, heads, project, cache, seen }) => {
      const [q, k, v] = [project('q_proj'), project('k_proj'), project('v_proj')];
      const ins = [q, k, v, cache.key, cache.value, seen];
      const [context, key, value] = b.many(cachedAttention, ins, { heads });
      return { context: context!, cache: { key: key!, value: value! } };
    },
  },
  cross: {
    all: ({ b, x, memory, heads, project, seen }) => {
      const ins = [project('q_proj', x), project('k_proj', memory), project('v_proj', memory), seen];
      return b.add(attention, ins, { heads, causal: false });
    },
    step: ({ b, width, heads, project, cache, seen }) => {
      const q = splitHeads(b, project('q_proj'), heads);
      return mergeHeads(b, b.add(attention, [q, cache.key, cache.value, seen], { heads }), width);
    },
    prepare: ({ b, heads, project }) => ({
      key: splitHeads(b, project('k_proj'), heads),
      value: splitHeads(b, project('v_proj'), heads),
    }),
  },
};
