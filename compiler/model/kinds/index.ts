/** Every kind of the language. A new kind is one file and one line here. The first kind of a list is the default. */
import type { KindTables } from '../../../dsl/kinds.ts';
import { gelu } from './activation_gelu.ts';
import { relu } from './activation_relu.ts';
import { block } from './attention_block.ts';
import { full } from './attention_full.ts';
import { dense } from './ffn_dense.ts';
import { vocabulary } from './head_vocabulary.ts';
import type {
  ActivationKind,
  AttentionKind,
  FfnKind,
  HeadKind,
  NormKind,
  PoolKind,
  PositionsKind,
  ScorerKind,
} from './kind.ts';
import { layer } from './norm_layer.ts';
import { hardTopkPool } from './pool_hard_topk.ts';
import { softTopkPool } from './pool_soft_topk.ts';
import { none } from './positions_none.ts';
import { sinusoidal } from './positions_sinusoidal.ts';
import { linear } from './scorer_linear.ts';

const ATTENTIONS: readonly AttentionKind[] = [block, full];

export const KINDS = {
  attention: ATTENTIONS,
  // A decoder accepts only the kinds that have a form for decoders.
  decoderAttention: ATTENTIONS.filter(({ causal }) => causal),
  crossAttention: ATTENTIONS.filter(({ cross }) => cross),
  pool: [softTopkPool, hardTopkPool] as readonly PoolKind[],
  scorer: [linear] as readonly ScorerKind[],
  positions: [sinusoidal, none] as readonly PositionsKind[],
  ffn: [dense] as readonly FfnKind[],
  activation: [relu, gelu] as readonly ActivationKind[],
  norm: [layer] as readonly NormKind[],
  head: [vocabulary] as readonly HeadKind[],
} satisfies KindTables;

/** The kind with this name. The language has already checked that it exists. */
export function kindNamed<K extends { readonly name: string }>(kinds: readonly K[], name: string): K {
  const kind = kinds.find((k) => k.name === name);
  if (!kind) throw new Error(`there is no kind '${name}', so the language should have refused it`);
  return kind;
}
