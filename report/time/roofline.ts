/**
 * Predicts how long a graph takes on a machine, from the machine's rates of operations and of bytes per second (the
 * roofline model of Williams, Waterman and Patterson, 2009). It adds up the times of the nodes that would run:
 *
 *     time of a node = max(operations / rate + exps / rate of exps, bytes / bandwidth) + kernels · time to start a kernel
 *
 * For a norm, the number of elements divided by the rate of norms replaces `operations / rate`. Nodes run one after the
 * other, as in ONNX Runtime. `work.ts` gives the operations, including products that a causal mask hides, and
 * `traffic.ts` gives the bytes. A composite without its own kernel needs one kernel for each node of its body.
 */
import { type Bindings, symbolsOf } from '../../compiler/ir/dim.ts';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { type Op, require } from '../../compiler/ir/op.ts';
import { evaluatePolynomial, type Polynomial, scale, sum, ZERO } from '../../compiler/ir/polynomial.ts';
import { elements } from '../../compiler/ir/work.ts';
import { writtenAhead } from '../algebra/ahead.ts';
import { type FlatNode, flatten } from '../algebra/flatten.ts';
import { type NodeWork, type Ops, opOf, workOf } from '../algebra/fold.ts';
import { trafficOf } from '../memory/traffic.ts';
import type { Machine, RateName } from './machine.ts';
import type { Time } from './time.ts';

const NONE: Bindings = new Map();

export interface TimedNode {
  readonly node: Node;
  /** Whether the node is in a loop of the graph. If so, its time is the time of one iteration. */
  readonly looped: boolean;
  /**
   * Whether the node's time depends on lengths that are not known yet, such as the number of words before a step
   * (`written`).
   */
  readonly open: boolean;
  /** The bytes that the node moves, given the lengths that were not known. */
  readonly moved: (lengths: Bindings) => number;
  /** The node's time on a machine, given the lengths that were not known. */
  readonly at: (machine: Machine, lengths: Bindings) => Time;
}

/** The arithmetic of a node's matrix products. */
function rateOf({ quantised }: Op, { node: { attrs }, outs }: NodeWork): RateName {
  if (quantised === 'weights') return attrs.bits === 4 ? 'block4' : 'block8';
  if (quantised === 'operands') return 'int8';
  return outs.some(({ dtype }) => dtype === 'f16') ? 'fp16' : 'fp32';
}

/** The number of kernels that run for each node of the graph. Values that are known before the run need no kernel. */
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

/** The costs and times of every node, in order, for inputs of these lengths. */
export function timedNodes(graph: Graph, ops: Ops, lengths: Bindings): readonly TimedNode[] {
  const traffic = trafficOf(graph, ops, lengths);
  const kernels = kernelsOf(graph, ops);
  const outside = new Set(graph.nodes);
  return workOf(graph, ops, lengths).map((counted): TimedNode => {
    const { node, work } = counted;
    const op = opOf(node, ops);
    const name = rateOf(op, counted);
    const norms = op.norm ? elements(counted.outs[0]!) : ZERO;
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
