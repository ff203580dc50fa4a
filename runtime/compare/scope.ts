/**
 * A scope is a list of nodes with the values that they can refer to: the graph, the body of an `If` or a `Loop`, or a
 * function. Values are identified by their definition, because their names have no meaning outside the scope.
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

/** A value. Each definition has one object, so that two values are the same only if they are the same object. */
export interface Value {
  readonly name: string;
  /** `named`: an input or a weight of the main graph, whose name callers use. `undefined`: nothing defines the name. */
  readonly kind: 'named' | 'inner' | 'undefined';
  /** The operation that computes the value, and the index of its output. */
  readonly by?: { readonly operation: Operation; readonly output: number };
}

/** A short description of a value for people. */
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
  /** The declared types of values, by their names. */
  readonly types: ReadonlyMap<string, string>;
  readonly valueOf: (name: string) => Value;
}

/** A node in a form that is easy to compare. */
export interface Operation {
  readonly index: number;
  readonly node: NodeProto;
  /** The name of the node's operator, with domain and overload. */
  readonly operator: string;
  /** The attributes by name, in alphabetical order. */
  readonly attributes: ReadonlyMap<string, AttributeText>;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

export interface AttributeText {
  readonly text: string;
  readonly graphs: readonly GraphProto[];
}

/** A title such as `LeakyRelu 'act' (node 3)`. */
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
    // A file that repeats an attribute is invalid, so it must not be equal to a file with only one of them.
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

interface ScopeParts {
  readonly node: readonly NodeProto[];
  readonly inputs: readonly string[];
  readonly initializer: readonly TensorProto[];
  readonly outputs: readonly string[];
  readonly types: readonly ValueInfoProto[];
  /** The kind of the inputs and initializers. */
  readonly kind: 'named' | 'inner';
  /** The enclosing scope, whose values the nodes can also refer to. */
  readonly around?: Scope;
}

export function scopeOf({ node, inputs, initializer, outputs, types, kind, around }: ScopeParts): Scope {
  const values = new Map<string, Value>();
  for (const name of inputs) values.set(name, { name, kind });
  for (const { name } of initializer) values.set(name ?? '', { name: name ?? '', kind });
  const nodes = node.map(operationOf);
  for (const operation of nodes) {
    for (const [output, name] of operation.output.entries())
      values.set(name, { name, kind: 'inner', by: { operation, output } });
  }
  values.delete('');
  const undefinedValue = (name: string): Value => {
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
    valueOf: (name) => values.get(name) ?? around?.valueOf(name) ?? undefinedValue(name),
  };
}

const namesOf = (list: readonly ValueInfoProto[]): readonly string[] => list.map(({ name }) => name ?? '');

/** The scope of the model's graph, or of a body whose enclosing scope is `around`. */
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
