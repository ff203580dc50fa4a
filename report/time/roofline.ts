/**
 * How long a graph takes on a machine that does so many operations and moves so many bytes a second (the roofline of
 * Williams, Waterman and Patterson, 2009): a fold over the nodes that would run.
 *
 *     time of a node = max(operations / rate + exps / rate of exps, bytes / bandwidth) + kernels · start of a kernel
 *
 * A layer norm has a rate of its own, in elements, in place of that of operations.
 * Nodes run one after the other, as ONNX Runtime runs them. Operations and bytes are those of `work.ts` and
 * `traffic.ts`, products that a causal mask hides among them; kernels are the nodes that a composite is written as.
 */
import { type Bindings, symbolsOf } from '../../compiler/ir/dim.ts';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { require } from '../../compiler/ir/op.ts';
import { evaluatePolynomial, type Polynomial, scale, sum, ZERO } from '../../compiler/ir/polynomial.ts';
import { elements } from '../../compiler/ir/work.ts';
import { writtenAhead } from '../algebra/ahead.ts';
import { type FlatNode, flatten } from '../algebra/flatten.ts';
import { type NodeWork, type Ops, workOf } from '../algebra/fold.ts';
import { trafficOf } from '../memory/traffic.ts';
import type { Machine, RateName } from './machine.ts';
import type { Time } from './time.ts';

const NONE: Bindings = new Map();

export interface TimedNode {
  readonly node: Node;
  /** Part of a loop of the graph: its time is that of one round. */
  readonly looped: boolean;
  /** Whether its time depends on lengths that are not known yet: on the words before a round (`written`). */
  readonly open: boolean;
  /** Bytes that it moves, once those are known. */
  readonly moved: (lengths: Bindings) => number;
  /** Its time on a machine, once those are known. */
  readonly at: (machine: Machine, lengths: Bindings) => Time;
}

/** The arithmetic that its products are made in. */
function rateOf({ node: { op, attrs }, outs }: NodeWork): RateName {
  if (op === 'linear_blockwise') return attrs.bits === 4 ? 'block4' : 'block8';
  if (op === 'linear_dynamic' || op === 'matmul_integer') return 'int8';
  return outs.some(({ dtype }) => dtype === 'f16') ? 'fp16' : 'fp32';
}

const NORMS: readonly string[] = ['layer_norm', 'norm_of_sum', 'residual_norm'];

/** How many kernels each node of the graph is; what is known before the run is none. */
function kernelsOf(graph: Graph, ops: Ops): ReadonlyMap<Node, number> {
  const ahead = writtenAhead(graph, ops);
  const counts = new Map<Node, number>();
  const visit = (nodes: readonly FlatNode[]): void => {
    for (const node of nodes) {
      if (node.inner) visit(node.inner);
      const runs = node.op !== 'constant' && !node.outs.every((id) => ahead.has(id));
      counts.set(node.of, (counts.get(node.of) ?? 0) + Number(runs));
    }
  };
  visit(flatten(graph, ops).nodes);
  return counts;
}

function numberOf(p: Polynomial, lengths: Bindings): number {
  const value = evaluatePolynomial(p, lengths);
  require(value !== undefined, () => 'a length has no value');
  return Number(value);
}

const isOpen = (p: Polynomial): boolean =>
  p.some(({ factors }) => factors.some((d) => symbolsOf(d).length > 0));

/** Every node, in order, where the graph's inputs have these lengths. */
export function timedNodes(graph: Graph, ops: Ops, lengths: Bindings): readonly TimedNode[] {
  const traffic = trafficOf(graph, ops, lengths);
  const kernels = kernelsOf(graph, ops);
  const outside = new Set(graph.nodes);
  return workOf(graph, ops, lengths).map((counted): TimedNode => {
    const { node, work } = counted;
    const name = rateOf(counted);
    const norms = NORMS.includes(node.op) ? elements(counted.outs[0]!) : ZERO;
    const all = sum(scale(sum(work.macs, work.hidden), 2), work.multiplies, work.adds);
    const operations = norms === ZERO ? all : ZERO;
    const { read, written } = traffic.get(node)!;
    const costs = [operations, work.exps, norms, sum(read, written)];
    const open = costs.some(isOpen);
    const numbersAt = (known: Bindings): readonly number[] => costs.map((p) => numberOf(p, known));
    const fixed = open ? undefined : numbersAt(NONE);
    const at = (machine: Machine, known: Bindings): Time => {
      const [done, exps, normed, bytes] = (fixed ?? numbersAt(known)) as readonly [
        number,
        number,
        number,
        number,
      ];
      const rate = machine.rates[name] ?? machine.rates.fp32;
      const arithmetic =
        done / rate.operationsPerSecond + exps / machine.expsPerSecond + normed / machine.normsPerSecond;
      const memory = bytes / rate.bytesPerSecond;
      const overhead = kernels.get(node)! * machine.kernelSeconds;
      return arithmetic >= memory ? { arithmetic, memory: 0, overhead } : { arithmetic: 0, memory, overhead };
    };
    const moved = (known: Bindings): number => (fixed ?? numbersAt(known)).at(-1)!;
    return { node, looped: !outside.has(node), open, moved, at };
  });
}
