/** Finds operators that the compiler writes and that are in no table of kernels. */

import { emit } from '../../compiler/emit/index.ts';
import { isComposite, type Op } from '../../compiler/ir/op.ts';
import { lower } from '../../compiler/model/index.ts';
import type { NodeProto } from '../../compiler/onnx/model.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { compile, emitArtifact, parse, randomWeights, type Source } from '../../index.ts';
import { TARGETS } from '../../passes/pass.ts';
import { ENTRY_NAMES } from '../../pipeline/entry_ports.ts';
import { CPU_ONLY, KERNELS } from '../../runtime/kernel_tables.ts';
import { qualified } from '../../runtime/placement.ts';
import { oneOp } from '../compiler/ops/samples.ts';

function* operatorsIn(nodes: readonly NodeProto[]): Generator<string> {
  for (const { opType, domain, attribute } of nodes) {
    yield qualified(opType, domain);
    for (const { g } of attribute ?? []) yield* operatorsIn(g?.node ?? []);
  }
}

const known: ReadonlySet<string> = new Set([
  ...CPU_ONLY,
  ...Object.values(KERNELS).flatMap((table) => [...table.keys()]),
]);

const isUnlisted = (op: string): boolean => !known.has(op) && !op.startsWith('ai.benben::');

/** The operators with which the body and each kernel of an op are written, and that no table lists. */
export function unlistedOperatorsOf(op: Op): readonly string[] {
  const kernels = isComposite(op) && op.kernels ? ['body', ...Object.keys(op.kernels.forms)] : [undefined];
  const written = op.samples.flatMap((sample) =>
    kernels.flatMap((kernel) => {
      const { graph } = oneOp(op, sample, { symbolic: true, ...(kernel && { attrs: { kernel } }) });
      const emitted = emit(graph, { ops: OPS, metadata: {}, version: 'test', inline: true });
      return [...operatorsIn(emitted.graph.node ?? [])];
    }),
  );
  return [...new Set(written.filter(isUnlisted))];
}

/** The unlisted operators of all models, entries and targets of a source, with a place where each occurs. */
export function unlistedOperators(source: Source): Readonly<Record<string, string>> {
  const unlisted: Record<string, string> = {};
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
      if (isUnlisted(op)) unlisted[op] = `${spec.name}, ${entry} for ${target}`;
    }
  }
  return unlisted;
}
