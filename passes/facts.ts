/**
 * Facts that several passes need. About a graph: which node computes a value, which nodes read it, and how often. About
 * an op: its kernel. About a node: whether it scores rows.
 */
import {
  type Attrs,
  allNodes,
  type Graph,
  type Node,
  type Param,
  useCounts,
  type ValueId,
} from '../compiler/ir/graph.ts';
import { kernelOn } from '../compiler/ir/kernels.ts';
import { isComposite, type Op } from '../compiler/ir/op.ts';
import type { PassContext } from './pass.ts';

/** The facts of a graph. Each is computed on first use. */
export interface Facts {
  readonly producers: () => ReadonlyMap<ValueId, Node>;
  readonly weights: () => ReadonlyMap<ValueId, Param>;
  readonly uses: () => ReadonlyMap<ValueId, number>;
  readonly readers: () => ReadonlyMap<ValueId, readonly Node[]>;
}

function lazily<T>(make: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: make() };
    return known.value;
  };
}

export const factsOf = (graph: Graph): Facts => ({
  producers: lazily(() => producersIn(graph)),
  weights: lazily(() => new Map(graph.params.map((p) => [p.id, p]))),
  uses: lazily(() => useCounts(graph)),
  readers: lazily(() => readersIn(graph)),
});

function producersIn({ nodes }: Graph): ReadonlyMap<ValueId, Node> {
  const producers = new Map<ValueId, Node>();
  for (const node of allNodes(nodes)) for (const id of node.outs) producers.set(id, node);
  return producers;
}

function readersIn({ nodes }: Graph): ReadonlyMap<ValueId, readonly Node[]> {
  const readers = new Map<ValueId, Node[]>();
  for (const node of allNodes(nodes)) {
    for (const id of new Set(node.ins)) {
      if (id === null) continue;
      const list = readers.get(id);
      if (list) list.push(node);
      else readers.set(id, [node]);
    }
  }
  return readers;
}

/**
 * The kernel that the op's record names for the target. The result `'body'` means the op's definition in standard
 * operators. Undefined if the op has only one form.
 */
export const kernelFor = (op: Op, ctx: PassContext, attrs: Attrs = {}): string | undefined =>
  isComposite(op) ? kernelOn(op, ctx, attrs) : undefined;

/**
 * Whether a node is part of a scorer, which scores rows for a pooling. Passes must not change the numbers that such a
 * node computes, because the smallest error can change which rows are kept.
 */
export const isScorer = ({ place }: Node): boolean => place.part === 'score';
