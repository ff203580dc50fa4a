/** What a graph holds: bytes of its weights as they are stored, and the caches of a search. */
import { ELEMENT_BYTES } from '../../compiler/ir/dtype.ts';
import type { Graph, TensorType } from '../../compiler/ir/graph.ts';
import { allNodes } from '../../compiler/ir/graph.ts';
import type { Op } from '../../compiler/ir/op.ts';
import { type Polynomial, sum } from '../../compiler/ir/polynomial.ts';
import { bytes } from '../../compiler/ir/work.ts';
import { writtenAhead } from '../algebra/ahead.ts';

const sizeOf = (shape: readonly number[]): bigint => shape.reduce((size, d) => size * BigInt(d), 1n);

/** Bytes of the initializers that the nodes read: weights as a precision stores them, and tables. */
export function weightBytesOf(graph: Graph, ops: Readonly<Record<string, Op>>): bigint {
  const ahead = writtenAhead(graph, ops);
  const read = new Set(graph.outputs.map(({ id }) => id));
  for (const node of allNodes(graph.nodes)) {
    if (!node.region && node.outs.every((id) => ahead.has(id))) continue;
    for (const id of [...node.ins, ...(node.region?.outputs ?? [])]) if (id !== null) read.add(id);
  }
  return [...ahead]
    .filter(([id]) => read.has(id))
    .reduce((total, [, { dtype, shape }]) => total + sizeOf(shape) * BigInt(ELEMENT_BYTES[dtype]), 0n);
}

/** Keys and values that a search carries, of the entry `step`: those that grow with each word, and the memory's. */
export function cacheBytesOf(step: Graph): { readonly decoder: Polynomial; readonly encoder: Polynomial } {
  const of = (side: string): TensorType[] =>
    step.inputs
      .filter(({ name }) => name.startsWith('past_key_values.') && name.includes(`.${side}.`))
      .map(({ id }) => step.types[id]!);
  return { decoder: sum(...of('decoder').map(bytes)), encoder: sum(...of('encoder').map(bytes)) };
}
