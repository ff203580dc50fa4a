/** What an .onnx file is made of, as fields that two files are compared by: of any make, weights by their types. */

import { bytesFor, elementsOf } from '../compiler/check/sizes.ts';
import type { ModelProto, NodeProto, TensorProto, ValueInfo } from '../compiler/emit/messages.ts';
import { dtypeName } from '../compiler/emit/proto.ts';
import type { Description } from '../dsl/describe.ts';
import { group } from '../dsl/numbers.ts';
import { infoFrom } from './metadata.ts';
import { qualified } from './placement.ts';

const shapeText = (dims: readonly (number | string)[]): string => `[${dims.join(', ')}]`;

function portText({ type }: ValueInfo): string {
  const tensor = type?.tensorType;
  if (!tensor) return 'not a tensor';
  const dims = (tensor.shape?.dim ?? []).map(({ dimParam, dimValue }) =>
    dimParam ? dimParam : dimValue == null ? '?' : Number(dimValue),
  );
  return `${dtypeName(tensor.elemType ?? 0)}${shapeText(dims)}`;
}

/** 0 where nobody can tell. */
const bytesIn = ({ dims, dataType }: TensorProto): number =>
  bytesFor(dataType ?? 0, elementsOf((dims ?? []).map(Number)) ?? 0) ?? 0;

/** How often each operator stands in the graph and in the bodies of its loops. */
export function operatorsIn(
  nodes: readonly NodeProto[],
  counts = new Map<string, number>(),
): Map<string, number> {
  for (const { opType, domain, attribute } of nodes) {
    const name = qualified(opType, domain);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const { g } of attribute ?? []) operatorsIn(g?.node ?? [], counts);
  }
  return counts;
}

/** By the path of each field: `operator MatMul`, `input input_ids`, `weight encoder.layers.0.fc1.weight`. */
export function describeArtifact(model: ModelProto, metadata: Readonly<Record<string, string>>): Description {
  const { graph } = model;
  const info = infoFrom(metadata);
  const weights = graph?.initializer ?? [];
  const names = new Set(weights.map(({ name }) => name));
  return new Map<string, string>([
    ['producer', [model.producerName, model.producerVersion].filter(Boolean).join(' ') || 'unknown'],
    ['IR version', String(Number(model.irVersion))],
    ...model.opsetImport.map(
      ({ domain, version }) => [`opset ${domain || 'ai.onnx'}`, String(Number(version))] as const,
    ),
    ...(info
      ? ([
          ['model', info.model],
          ['entry', info.entry],
          ['target', info.target],
          ['precision', info.precision],
          ['compat', info.compat],
          ['tokenizer', info.tokenizer],
          ['beams', String(info.search.beam)],
          ['weights from', info.weights],
        ] as const)
      : []),
    ['weights', `${weights.length}, ${group(weights.reduce((all, one) => all + bytesIn(one), 0))} bytes`],
    ...(graph?.input ?? [])
      .filter(({ name }) => !names.has(name))
      .map((port) => [`input ${port.name ?? ''}`, portText(port)] as const),
    ...(graph?.output ?? []).map((port) => [`output ${port.name ?? ''}`, portText(port)] as const),
    ...[...operatorsIn(graph?.node ?? [])].map(
      ([name, times]) => [`operator ${name}`, String(times)] as const,
    ),
    ...(model.functions ?? []).map(
      ({ name, domain, overload, node }) =>
        [
          `function ${qualified(name, domain)}${overload ? `:${overload}` : ''}`,
          `${node?.length ?? 0} nodes`,
        ] as const,
    ),
    ...weights.map(
      ({ name, dataType, dims }) =>
        [
          `weight ${name ?? ''}`,
          `${dtypeName(dataType ?? 0)}${shapeText((dims ?? []).map(Number))}`,
        ] as const,
    ),
  ]);
}
