/**
 * Predicts the time of a model on machines, from the graph that would run on each machine: the graph after the passes
 * for the machine's target.
 */

import { defaultEntryOf } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import type { Precision } from '../../passes/pass.ts';
import type { ReportLengths } from '../measured.ts';
import { compiled } from '../memory/activations.ts';
import type { Machine } from './machine.ts';
import { countedNodes, type Predicted, predict } from './predict.ts';

/** The predicted time on each machine. Each machine must support the arithmetic of the precision (`HALF_TARGETS`). */
export function predictedOn(
  machines: readonly Machine[],
  spec: ModelSpec,
  lengths: Required<ReportLengths>,
  precision: Precision,
): readonly Predicted[] {
  const entry = defaultEntryOf(spec);
  const targets = new Set(machines.map(({ target }) => target));
  const counted = new Map(
    [...targets].map((target) => [
      target,
      countedNodes(compiled(spec, precision, entry, target), OPS, lengths),
    ]),
  );
  return machines.map((machine) => predict(counted.get(machine.target)!, lengths.target, machine, precision));
}
