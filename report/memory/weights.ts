/** The bytes of a graph's weights as they are stored, and of the caches of a search. */
import type { Graph, TensorType } from '../../compiler/ir/graph.ts';
import { allNodes } from '../../compiler/ir/graph.ts';
import type { Op } from '../../compiler/ir/op.ts';
import { type Polynomial, sum } from '../../compiler/ir/polynomial.ts';
import { bytes } from '../../compiler/ir/work.ts';
import { writtenAhead } from '../algebra/ahead.ts';
import { bytesOf } from './memory_plan.ts';

/** The bytes of the initializers that nodes read: weights in their precision, and tables. */
export function weightBytesOf(graph: Graph, ops: Readonly<Record<string, Op>>): bigint {
  const ahead = writtenAhead(graph, ops);
  const read = new Set(graph.outputs.map(({ id }) => id));
  for (const node of allNodes(graph.nodes)) {
    if (!node.region && node.outs.every((id) => ahead.has(id))) continue;
    for (const id of [...node.ins, ...(node.region?.outputs ?? [])]) if (id !== null) read.add(id);
  }
  return [...ahead].filter(([id]) => read.has(id)).reduce((total, [, stored]) => total + bytesOf(stored), 0n);
}

/**
 * The bytes of the keys and values that a search carries, found from the inputs of the entry point `step`. The keys and
 * values of the decoder grow with each word; the keys and values of the encoder belong to the memory.
 */
export function cacheBytesOf(step: Graph): { readonly decoder: Polynomial; readonly encoder: Polynomial } {
  const of = (side: string): TensorType[] =>
    step.inputs
      .filter(({ name }) => name.startsWith('past_key_values.') && name.includes(`.${side}.`))
      .map(({ id }) => step.types[id]!);
  return { decoder: sum(...of('decoder').map(bytes)), encoder: sum(...of('encoder').map(bytes)) };
}
