/**
 * Describes the contents of any .onnx file as named fields, so that two files can be compared field by field. Weights
 * are described by their types and shapes only.
 */
import { bytesFor, elementsOf } from '../check/sizes.ts';
import { elementTypeName } from '../compiler/onnx/element_types.ts';
import type { Common, ModelProto, TensorProto } from '../compiler/onnx/model.ts';
import type { Description } from '../dsl/describe.ts';
import { group } from '../dsl/numbers.ts';
import { brief, shapeText, sparseText, typeText } from './compare/value_text.ts';
import { qualified } from './placement.ts';

/** The size of a tensor in bytes; 0 if it is unknown. */
const bytesIn = ({ dims, dataType }: TensorProto): number =>
  bytesFor(dataType ?? 0, elementsOf((dims ?? []).map(Number)) ?? 0) ?? 0;

/** Counts the nodes of each operator, in a list of nodes and in their bodies. */
export function operatorsIn(
  nodes: readonly Common<'NodeProto'>[],
  counts = new Map<string, number>(),
): Map<string, number> {
  for (const { opType, domain, attribute } of nodes) {
    const name = qualified(opType, domain);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const { g } of attribute ?? []) operatorsIn(g?.node ?? [], counts);
  }
  return counts;
}

/** The displayed names of Benben's metadata. Other metadata are shown under their keys. */
const CALLED: ReadonlyMap<string, string> = new Map([
  ['benben.model', 'model'],
  ['benben.entry', 'entry'],
  ['benben.target', 'target'],
  ['benben.precision', 'precision'],
  ['benben.compat', 'compat'],
  ['benben.tokenizer', 'tokenizer'],
  ['benben.beam', 'beams'],
  ['benben.weights', 'weights from'],
]);

/** The metadata as fields. A repeated key gets a field for each occurrence. */
function metadataFields({ metadataProps }: ModelProto): readonly (readonly [string, string])[] {
  const times = new Map<string, number>();
  return (metadataProps ?? []).map(({ key, value }) => {
    const name = CALLED.get(key ?? '') ?? `metadata ${brief(key ?? '')}`;
    times.set(name, (times.get(name) ?? 0) + 1);
    return [
      times.get(name) === 1 ? name : `${name}, occurrence ${times.get(name)}`,
      value ? brief(value) : '""',
    ] as const;
  });
}

function foreignFields(model: ModelProto): readonly (readonly [string, string])[] {
  const { domain, modelVersion, docString, graph } = model;
  const fields = { domain, 'model version': Number(modelVersion ?? 0) || '', documentation: docString };
  const sparse = graph?.sparseInitializer ?? [];
  return [
    ...sparse.map((one) => [`sparse weight ${one.values?.name ?? ''}`, sparseText(one)] as const),
    ...Object.entries(fields).flatMap(([name, value]) =>
      value ? [[name, brief(String(value))] as const] : [],
    ),
  ];
}

/** Describes a model by fields such as `operator MatMul`, `input input_ids` or `weight encoder.layers.0.fc1.weight`. */
export function describeArtifact(model: ModelProto): Description {
  const { graph } = model;
  const weights = graph?.initializer ?? [];
  const names = new Set(weights.map(({ name }) => name));
  return new Map<string, string>([
    ['producer', [model.producerName, model.producerVersion].filter(Boolean).join(' ') || 'unknown'],
    ['IR version', String(model.irVersion ?? 0)],
    ...(model.opsetImport ?? []).map(
      ({ domain, version }) => [`opset ${domain || 'ai.onnx'}`, String(version ?? 0)] as const,
    ),
    ...foreignFields(model),
    ...(graph?.name ? [['name of the graph', brief(graph.name)] as const] : []),
    ...metadataFields(model),
    ['weights', `${weights.length}, ${group(weights.reduce((all, one) => all + bytesIn(one), 0))} bytes`],
    ...(graph?.input ?? [])
      .filter(({ name }) => !names.has(name))
      .map((port) => [`input ${port.name ?? ''}`, typeText(port.type)] as const),
    ...(graph?.output ?? []).map((port) => [`output ${port.name ?? ''}`, typeText(port.type)] as const),
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
          `${elementTypeName(dataType ?? 0)}${shapeText((dims ?? []).map(Number))}`,
        ] as const,
    ),
  ]);
}
