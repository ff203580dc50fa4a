/** Inputs of an entry: a batch of two documents, of which one is padded. */
import { evaluate } from '../../compiler/ir/dim.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { sizeOf, tensor } from '../../compiler/ir/tensors.ts';
import { random, randomTensor } from '../compiler/ops/samples.ts';

const BATCH = 2;
const LIMITS: Readonly<Record<string, Tensor>> = {
  max_length: tensor('i64', [], [3]),
  min_length: tensor('i64', [], [1]),
  length_penalty: tensor('f32', [], [0.8]),
  rounds: tensor('i64', [], [2]),
  // The search has not yet found its text.
  'past_search.missing': tensor('i64', [BATCH, 1], [1, 1]),
};

/** The inputs for documents of `length` tokens, of which the second is two tokens shorter. */
export function entryInputs(graph: Graph, length = 11): Record<string, Tensor> {
  const next = random(7);
  const ids = (shape: readonly number[]): Tensor =>
    tensor(
      'i64',
      shape,
      Array.from({ length: sizeOf(shape) }, () => 4 + Math.floor(7 * next())),
    );
  const mask = (columns: number, kept: number): Tensor =>
    tensor(
      'i64',
      [BATCH, columns],
      Array.from({ length: BATCH * columns }, (_, i) => Number(i < columns + kept)),
    );
  const lengths = new Map(Object.entries({ batch: BATCH, length, target: 3, slots: 4, past: 2 }));
  const of = (name: string, id: number): Tensor => {
    const { dtype, shape } = graph.types[id]!;
    const known = shape.map((d) => evaluate(d, lengths)!);
    if (LIMITS[name]) return LIMITS[name];
    if (name.endsWith('mask')) return mask(known[1]!, known[1]! - 2);
    return dtype === 'i64' ? ids(known) : randomTensor({ dtype, shape: known }, id);
  };
  return Object.fromEntries(graph.inputs.map(({ name, id }) => [name, of(name, id)]));
}
