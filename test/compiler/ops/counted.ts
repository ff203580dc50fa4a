/** Counts the operations that the interpreter performs at every node, next to the cost that the graph declares. */
import { expect } from 'vitest';
import type { Bindings } from '../../../compiler/ir/dim.ts';
import type { Graph, Node } from '../../../compiler/ir/graph.ts';
import { interpret, type Weights } from '../../../compiler/ir/interpret.ts';
import type { Tensor } from '../../../compiler/ir/op.ts';
import { evaluatePolynomial } from '../../../compiler/ir/polynomial.ts';
import { nodeText } from '../../../compiler/ir/text.ts';
import type { Work } from '../../../compiler/ir/work.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { workOf } from '../../../report/algebra/fold.ts';

const KINDS = ['macs', 'multiplies', 'adds', 'exps'] as const;
export type Numbers = Readonly<Record<(typeof KINDS)[number], number>>;

export interface Counted {
  readonly node: string;
  readonly performed: Numbers;
  readonly declared: Numbers;
}

const NONE: Numbers = { macs: 0, multiplies: 0, adds: 0, exps: 0 };

function numbers(work: Work, lengths: Bindings, node: string): Numbers {
  const value = (kind: keyof Work): number => {
    const found = evaluatePolynomial(work[kind], lengths);
    expect(found, `${kind} of ${node} has a length without a value`).toBeDefined();
    return Number(found);
  };
  // The interpreter also performs the products behind a causal mask.
  return {
    macs: value('macs') + value('hidden'),
    multiplies: value('multiplies'),
    adds: value('adds'),
    exps: value('exps'),
  };
}

/**
 * Lists every application of every node; a node in a loop has one for each iteration. Nodes without a declared cost
 * are computed while the artifact is written, and must read only weights.
 */
export function counted(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
  weights: Weights,
): readonly Counted[] {
  const works = new Map(workOf(graph, OPS).map(({ node, work }) => [node, work]));
  const ahead = new Set(graph.params.map(({ id }) => id));
  const applications: Counted[] = [];
  const watch = (node: Node, performed: Numbers, lengths: Bindings): void => {
    const text = nodeText(node, graph.types);
    const work = works.get(node);
    if (work)
      return void applications.push({ node: text, performed, declared: numbers(work, lengths, text) });
    const literal = (id: number): boolean => graph.types[id]!.shape.length === 0;
    expect(
      node.ins.every((id) => id !== null && (ahead.has(id) || literal(id))),
      text,
    ).toBe(true);
    for (const id of node.outs) ahead.add(id);
  };
  interpret(graph, inputs, weights, OPS, {}, watch);
  return applications;
}

export const totalOf = (all: readonly Counted[], side: 'performed' | 'declared'): Numbers =>
  all.reduce(
    (sum, one) => Object.fromEntries(KINDS.map((k) => [k, sum[k] + one[side][k]])) as unknown as Numbers,
    NONE,
  );

export function expectExact(all: readonly Counted[]): void {
  for (const { node, performed, declared } of all) expect(declared, node).toEqual(performed);
  expect(totalOf(all, 'declared')).toEqual(totalOf(all, 'performed'));
}

export function expectUpperBound(all: readonly Counted[]): void {
  for (const { node, performed, declared } of all)
    for (const kind of KINDS)
      expect(declared[kind], `${kind} of ${node}`).toBeGreaterThanOrEqual(performed[kind]);
}
