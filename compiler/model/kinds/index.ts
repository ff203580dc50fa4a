/** Every kind of the language. A new kind is one file and one line here; the first of each is the default. */
import type { KindTables } from '../../../dsl/kinds.ts';
import { block } from './attention_block.ts';
import { full } from './attention_full.ts';
import type { AttentionKind, PoolKind, PositionsKind, ScorerKind } from './kind.ts';
import { hardTopkPool } from './pool_hard_topk.ts';
import { softTopkPool } from './pool_soft_topk.ts';
import { none } from './positions_none.ts';
import { sinusoidal } from './positions_sinusoidal.ts';
import { linear } from './scorer_linear.ts';

export const KINDS = {
  attention: [block, full] as readonly AttentionKind[],
  pool: [softTopkPool, hardTopkPool] as readonly PoolKind[],
  scorer: [linear] as readonly ScorerKind[],
  positions: [sinusoidal, none] as readonly PositionsKind[],
} satisfies KindTables;

/** The kind of that name; the language has checked that there is one. */
export function kindNamed<K extends { readonly name: string }>(kinds: readonly K[], name: string): K {
  const kind = kinds.find((k) => k.name === name);
  if (!kind) throw new Error(`no kind '${name}': the language lets none through that is not in the table`);
  return kind;
}
