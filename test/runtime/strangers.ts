/** Operators that the compiler writes and no table of kernels knows. */

import { lower } from '../../compiler/model/index.ts';
import type { NodeProto } from '../../compiler/onnx/written.ts';
import { compile, emitArtifact, parse, randomWeights, type Source } from '../../index.ts';
import { TARGETS } from '../../passes/pass.ts';
import { ENTRY_NAMES } from '../../pipeline/entry_ports.ts';
import { CPU_ONLY, KERNELS } from '../../runtime/kernel_tables.ts';
import { qualified } from '../../runtime/placement.ts';

function* operatorsIn(nodes: readonly NodeProto[]): Generator<string> {
  for (const { opType, domain, attribute } of nodes) {
    yield qualified(opType, domain);
    for (const { g } of attribute ?? []) yield* operatorsIn(g?.node ?? []);
  }
}

/** Of all models, entries and targets of a source: the operator, and where it was seen. */
export function strangersIn(source: Source): Readonly<Record<string, string>> {
  const known = new Set([...CPU_ONLY, ...Object.values(KERNELS).flatMap((table) => [...table.keys()])]);
  const strange: Record<string, string> = {};
  const specs = parse(source).value!.models;
  const cases = specs.flatMap((spec) =>
    ENTRY_NAMES.filter((entry) => lower(spec, { entry }).value).flatMap((entry) =>
      TARGETS.flatMap((target) => [false, true].map((inline) => ({ spec, entry, target, inline }))),
    ),
  );
  for (const { spec, entry, target, inline } of cases) {
    const compiled = compile(source, { model: spec.name, entry, target, watch: { verify: false } }).value!;
    const { graph, functions } = emitArtifact(compiled, 'm.onnx', { weights: randomWeights(0), inline });
    for (const op of operatorsIn([...(graph.node ?? []), ...functions.flatMap((f) => f.node ?? [])])) {
      if (!known.has(op) && !op.startsWith('ai.benben::'))
        strange[op] = `${spec.name}, ${entry} for ${target}`;
    }
  }
  return strange;
}
