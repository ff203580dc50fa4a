/** Operators that the compiler writes and no table of kernels knows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeProto } from '../../compiler/emit/messages.ts';
import { lower } from '../../compiler/lower/index.ts';
import { compile, emitArtifact, parse, randomWeights } from '../../index.ts';
import { TARGETS } from '../../passes/pass.ts';
import { ENTRY_NAMES } from '../../runtime/entry_ports.ts';
import { CPU_ONLY, KERNELS } from '../../runtime/kernel_tables.ts';
import { qualified } from '../../runtime/placement.ts';

function* operatorsIn(nodes: readonly NodeProto[]): Generator<string> {
  for (const { opType, domain, attribute } of nodes) {
    yield qualified(opType, domain);
    for (const { g } of attribute ?? []) yield* operatorsIn(g?.node ?? []);
  }
}

/** Of all models, entries and targets of some examples: the operator, and where it was seen. */
export function strangersIn(examples: readonly string[]): Readonly<Record<string, string>> {
  const known = new Set([...CPU_ONLY, ...Object.values(KERNELS).flatMap((table) => [...table.keys()])]);
  const strange: Record<string, string> = {};
  for (const name of examples) {
    const source = { path: name, text: readFileSync(join('examples', name), 'utf8') };
    for (const spec of parse(source).value!.models) {
      for (const entry of ENTRY_NAMES.filter((e) => lower(spec, { entry: e }).value)) {
        for (const target of TARGETS) {
          const options = { model: spec.name, entry, target, watch: { verify: false } };
          const compiled = compile(source, options).value!;
          for (const inline of [false, true]) {
            const { graph, functions } = emitArtifact(compiled, 'm.onnx', {
              weights: randomWeights(0),
              inline,
            });
            const nodes = [...(graph.node ?? []), ...functions.flatMap((f) => f.node ?? [])];
            for (const op of operatorsIn(nodes)) {
              if (!known.has(op) && !op.startsWith('ai.benben::'))
                strange[op] = `${spec.name}, ${entry} for ${target}`;
            }
          }
        }
      }
    }
  }
  return strange;
}
