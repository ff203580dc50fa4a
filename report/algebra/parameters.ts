/** Trainable numbers of a graph by what they are for, from the weights that it declares. */
import type { Graph } from '../../compiler/ir/graph.ts';
import { evaluatePolynomial, times } from '../../compiler/ir/polynomial.ts';

export type Groups = Readonly<Record<string, bigint>>;

/** The first row whose pattern fits a weight's name. A matrix that several parts share is one group's. */
const GROUPS: readonly (readonly [RegExp, string])[] = [
  [/\.embed_tokens\.|\.embed_positions\./, 'embeddings'],
  [/\.output_projection\./, 'head'],
  [/^encoder\.(.*\.)?(scorer|trigger|pool)/, 'scorers'],
  [/_attn\./, 'attention'],
  [/\.fc[12]\./, 'ffn'],
  [/layer_norm\./, 'norms'],
  [/^/, 'other'],
];

export const groupOf = (weight: string): string => GROUPS.find(([pattern]) => pattern.test(weight))![1];

export function parametersOf({ params }: Graph): { readonly total: bigint; readonly groups: Groups } {
  const groups: Record<string, bigint> = {};
  let total = 0n;
  for (const { weight } of params) {
    const size = evaluatePolynomial(times(...weight.shape), new Map())!;
    const group = groupOf(weight.name);
    groups[group] = (groups[group] ?? 0n) + size;
    total += size;
  }
  return { total, groups };
}
