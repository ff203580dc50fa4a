/**
 * A list of nodes with the values that they see: the graph, the body of an `If` or a `Loop`, a function. Values are
 * known by what defines them, not by their names, which mean nothing outside.
 */
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from '../../compiler/onnx/model.ts';
import { qualified } from '../placement.ts';
import { attributeText, clip, graphsIn, typeText } from './value_text.ts';

/** One for each definition: two are the same value only where they are the same object. */
export interface Value {
  readonly name: string;
  /** `named`: an input or a weight of the whole graph, whose name others use. */
  readonly kind: 'named' | 'inner' | 'undefined';
  /** What gives it, as which of its outputs. */
  readonly by?: { readonly operation: Operation; readonly output: number };
}

/** For people. */
export function labelOf({ name, kind, by }: Value): string {
  if (by) return `${titleOf(by.operation)}${by.operation.output.length > 1 ? `, output ${by.output}` : ''}`;
  if (kind !== 'undefined') return clip(name);
  return name === '' ? '–' : `'${clip(name)}' (undefined)`;
}

export interface Scope {
  readonly nodes: readonly Operation[];
  readonly inputs: readonly string[];
  readonly initializers: readonly TensorProto[];
  readonly outputs: readonly string[];
  /** By name, as far as the file declares them. */
  readonly types: ReadonlyMap<string, string>;
  readonly valueOf: (name: string) => Value;
}

/** A node, with what can be told of it alone. */
export interface Operation {
  readonly index: number;
  readonly node: NodeProto;
  /** With its domain and overload. */
  readonly operator: string;
  /** By name, in order of the names. */
  readonly attributes: ReadonlyMap<string, AttributeText>;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

export interface AttributeText {
  readonly text: string;
  readonly graphs: readonly GraphProto[];
}

/** `LeakyRelu 'act' (node 3)`. */
export const titleOf = ({ operator, node, index }: Operation): string =>
  `${clip(operator)}${node.name ? ` '${clip(node.name)}'` : ''} (node ${index})`;

const NO_ATTRIBUTES: ReadonlyMap<string, AttributeText> = new Map();

function attributesOf(all: readonly AttributeProto[]): ReadonlyMap<string, AttributeText> {
  if (all.length === 0) return NO_ATTRIBUTES;
  const found = new Map<string, AttributeText>();
  const named = all.map((one) => ({ name: one.name ?? '', one })).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, one } of named) {
    const before = found.get(name);
    const text = attributeText(one);
    // A file that has one twice is broken, and still not the same as one that has it once.
    found.set(name, {
      text: before ? `${before.text} and ${text}` : text,
      graphs: [...(before?.graphs ?? []), ...graphsIn(one)],
    });
  }
  return found;
}

const operationOf = (node: NodeProto, index: number): Operation => ({
  index,
  node,
  operator: `${qualified(node.opType, node.domain)}${node.overload ? `:${node.overload}` : ''}`,
  attributes: attributesOf(node.attribute ?? []),
  input: node.input ?? [],
  output: node.output ?? [],
});

interface Given {
  readonly node: readonly NodeProto[];
  readonly inputs: readonly string[];
  readonly initializer: readonly TensorProto[];
  readonly outputs: readonly string[];
  readonly types: readonly ValueInfoProto[];
  /** Of what it takes. */
  readonly kind: 'named' | 'inner';
  /** Whose values it sees too. */
  readonly around?: Scope;
}

export function scopeOf({ node, inputs, initializer, outputs, types, kind, around }: Given): Scope {
  const values = new Map<string, Value>();
  for (const name of inputs) values.set(name, { name, kind });
  for (const { name } of initializer) values.set(name ?? '', { name: name ?? '', kind });
  const nodes = node.map(operationOf);
  for (const operation of nodes) {
    for (const [output, name] of operation.output.entries())
      values.set(name, { name, kind: 'inner', by: { operation, output } });
  }
  values.delete('');
  const strange = (name: string): Value => {
    const value: Value = { name, kind: 'undefined' };
    values.set(name, value);
    return value;
  };
  return {
    nodes,
    inputs,
    initializers: initializer,
    outputs,
    types: new Map(types.map(({ name, type }) => [name ?? '', typeText(type)])),
    valueOf: (name) => values.get(name) ?? around?.valueOf(name) ?? strange(name),
  };
}

const namesOf = (list: readonly ValueInfoProto[]): readonly string[] => list.map(({ name }) => name ?? '');

/** The graph of the model, or one in an attribute of a node of the scope around it. */
export function graphScope(graph: GraphProto, around?: Scope): Scope {
  const [input, output] = [graph.input ?? [], graph.output ?? []];
  return scopeOf({
    node: graph.node ?? [],
    inputs: namesOf(input),
    initializer: graph.initializer ?? [],
    outputs: namesOf(output),
    types: [...(graph.valueInfo ?? []), ...(around ? [...input, ...output] : [])],
    kind: around ? 'inner' : 'named',
    ...(around && { around }),
  });
}

export const functionScope = ({ node, input, output, valueInfo }: FunctionProto): Scope =>
  scopeOf({
    node: node ?? [],
    inputs: input ?? [],
    initializer: [],
    outputs: output ?? [],
    types: valueInfo ?? [],
    kind: 'inner',
  });
