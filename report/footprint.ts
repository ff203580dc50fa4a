/**
 * The costs of a compiled model: the bytes of its weights in a precision, the most bytes of activations at once, and its
 * time on a device. They are computed from the graph after its passes, because `quantize_linears` and `halve_floats`
 * decide which weights take fewer bytes. Only weights in fp32 and fp16 are counted without the passes.
 */
import { emit } from '../compiler/emit/index.ts';
import { defaultEntryOf, lowered, wholeOf } from '../compiler/model/index.ts';
import { OPS } from '../compiler/ops/index.ts';
import type { BudgetDevice, BudgetEntry } from '../dsl/quantities.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import type { Precision } from '../passes/pass.ts';
import { type Groups, parametersOf } from './algebra/parameters.ts';
import { compiled, graphFootprint, TARGET_OF } from './memory/activations.ts';
import type { Footprint } from './memory/held.ts';
import type { Machine } from './time/machine.ts';
import { MACHINES } from './time/machines.ts';
import { predictedOn } from './time/predicted.ts';

/** The bytes of weights in float32 or float16. `halve_floats` does not halve the weights of scorers. */
function asFloats(spec: ModelSpec, precision: 'fp32' | 'fp16', entry: BudgetEntry): Groups {
  const bytes = (group: string): bigint => (precision === 'fp32' || group === 'scorers' ? 4n : 2n);
  const { groups } = parametersOf(lowered(spec, entry));
  return Object.fromEntries(Object.entries(groups).map(([group, size]) => [group, bytes(group) * size]));
}

function weightsOf(spec: ModelSpec, precision: Precision, entry?: BudgetEntry): Groups {
  if (precision === 'fp32' || precision === 'fp16') return asFloats(spec, precision, entry ?? wholeOf(spec));
  const graph = compiled(spec, precision, entry ?? defaultEntryOf(spec), TARGET_OF[precision]);
  const { placements } = emit(graph, { ops: OPS, metadata: {}, version: '' });
  const groups: Record<string, bigint> = {};
  for (const { content, bytes } of placements) {
    const { group } = content;
    if (group === null) continue;
    groups[group] = (groups[group] ?? 0n) + BigInt(bytes);
  }
  return groups;
}

const machine = (device: BudgetDevice): Machine => MACHINES.find(({ name }) => name === device)!;

export const footprint = {
  weights: weightsOf,
  ...graphFootprint,
  time: (spec, lengths, precision, device) =>
    predictedOn([machine(device)], spec, lengths, precision)[0] ?? null,
} satisfies Footprint;
