/** Infers element types of a node's outputs from its attributes and its schema, for outputs without a declaration. */
import { outputType, paramAt } from '../check/infer/signature.ts';
import { domainOf, schemaOf } from '../check/schema.ts';
import { DT } from '../compiler/onnx/element_types.ts';
import type { Common } from '../compiler/onnx/model.ts';

/** A TensorProto.DataType, or undefined if it is unknown. */
type Type = number | undefined;

/** Operators whose attributes give the type of their output. */
const BY_ATTRIBUTE: Readonly<Record<string, (node: Common<'NodeProto'>) => Type>> = {
  Cast: (node) => {
    const to = attribute(node, 'to')?.i;
    return to == null ? undefined : Number(to);
  },
  Constant: (node) => {
    if (attribute(node, 'value_float') || attribute(node, 'value_floats')) return DT.float;
    if (attribute(node, 'value_int') || attribute(node, 'value_ints')) return DT.int64;
    return attribute(node, 'value')?.t?.dataType ?? undefined;
  },
  ConstantOfShape: (node) => attribute(node, 'value')?.t?.dataType ?? DT.float,
};

const attribute = ({ attribute: all }: Common<'NodeProto'>, named: string) =>
  all?.find(({ name }) => name === named);

/** The type of each output of a node by its index. `version` is the opset version of the operator's domain. */
export function outputTypes(
  node: Common<'NodeProto'>,
  ins: readonly Type[],
  version: number,
): (i: number) => Type {
  const domain = domainOf(node.domain ?? undefined);
  const name = node.opType ?? '';
  if (domain === '' && Object.hasOwn(BY_ATTRIBUTE, name)) {
    const type = BY_ATTRIBUTE[name]!(node);
    return () => type;
  }
  const schema = schemaOf(domain, name, version);
  if (typeof schema === 'string') return (i) => bodyType(node, i);
  const bound = new Map<string, number>();
  for (const [at, type] of ins.entries()) {
    const param = paramAt(schema.inputs, at);
    if (type && param?.variable !== undefined && param.variadic !== 'any') bound.set(param.variable, type);
  }
  return (i) => outputType(schema, bound, i) || bodyType(node, i);
}

/** The type that the body of an `If`, `Loop` or `Scan` declares for an output. A `Loop`'s body has a condition first. */
function bodyType({ attribute: all, output }: Common<'NodeProto'>, i: number): Type {
  const outputs = all?.find(({ g }) => g)?.g?.output ?? [];
  const behind = outputs.length - (output?.length ?? 0);
  return outputs[i + behind]?.type?.tensorType?.elemType ?? undefined;
}
