import type { Graph } from '../../compiler/ir/graph.ts';
import { evaluatePolynomial, times } from '../../compiler/ir/polynomial.ts';

/** The number of parameters, or of bytes, in each group of weights. */
export type Groups = Readonly<Record<string, bigint>>;

/** The number of trainable parameters in a graph's weights, by group and in total. */
export function parametersOf({ params }: Graph): { readonly total: bigint; readonly groups: Groups } {
  const groups: Record<string, bigint> = {};
  let total = 0n;
  for (const { weight } of params) {
    const size = evaluatePolynomial(times(...weight.shape), new Map())!;
    groups[weight.group] = (groups[weight.group] ?? 0n) + size;
    total += size;
  }
  return { total, groups };
}
