/**
 * Expressions over weights, streamed: what a pass writes of weights alone (`concat` of three matrices
 * into one) becomes an initializer whose bytes flow from the source to the file in small pieces.
 */
import type { Node } from '../ir/graph.ts';
import type { WeightSource, WeightSpec } from '../weights.ts';

export type WeightExpr =
  | { readonly kind: 'weight'; readonly weight: WeightSpec }
  | { readonly kind: 'table'; readonly rows: number; readonly row: (index: number) => Float32Array }
  | { readonly kind: 'concat'; readonly parts: readonly WeightExpr[] };

type Fold = (node: Node, parts: readonly WeightExpr[]) => WeightExpr | undefined;

/** Ops that can be streamed when all their inputs can. One line for each that a pass may want. */
const FOLDS: Readonly<Record<string, Fold>> = {
  concat: (node, parts) => (node.attrs.axis === 0 ? { kind: 'concat', parts } : undefined),
};

export function weightExprOf(node: Node, ins: readonly (WeightExpr | undefined)[]): WeightExpr | undefined {
  const fold = FOLDS[node.op];
  if (!fold || ins.length === 0 || ins.some((part) => part === undefined)) return undefined;
  return fold(node, ins as readonly WeightExpr[]);
}

/** The elements in row-major order, in pieces of at most some megabytes. */
export async function* streamWeights(expr: WeightExpr, source: WeightSource): AsyncGenerator<Float32Array> {
  if (expr.kind === 'weight') yield* source.read(expr.weight);
  else if (expr.kind === 'concat') for (const part of expr.parts) yield* streamWeights(part, source);
  else for (let i = 0; i < expr.rows; i++) yield expr.row(i);
}
