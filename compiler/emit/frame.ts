/**
 * The frames that nodes are written into: a model, a function, or the body of a loop inside one of them. A frame
 * records the names of values, the axes from which symbolic lengths are read, and the constants.
 */

import { keyOf } from '../ir/build.ts';
import { type Dim, symbolIn, symbolsOf } from '../ir/dim.ts';
import type { Literal, Node, TensorType, ValueId } from '../ir/graph.ts';
import { type Composite, IrError, type Op } from '../ir/op.ts';
import type { Needs } from '../ir/opsets.ts';
import type { WeightExpr } from '../ir/weight_expr.ts';
import type { NodeProto, ValueInfoProto } from '../onnx/model.ts';
import type { SymbolHome } from './dims.ts';

/** A constant that is too large for memory. Its bytes are produced while the artifact is written. */
export interface Bulk {
  readonly name: string;
  readonly content: WeightExpr;
}

/** The state that all frames of a model share. */
export interface ModelWriter {
  readonly ops: Readonly<Record<string, Op>>;
  /** Whether bodies of functions are written in place, for runtimes that do not support functions. */
  readonly inline: boolean;
  /** What the kernels need that have been written. */
  readonly needs: Needs[];
  /** Makes a name that is unique in the model. */
  fresh(hint: string): string;
  /** Large constants by the names of their initializers. */
  readonly bulk: Map<string, Bulk>;
  /** The overload of the function that contains this node's body. The first function of a name has the overload ''. */
  functionFor(op: Composite, node: Node, types: readonly (TensorType | null)[]): string;
}

/** A list of nodes that is being written: the nodes of the model, of a function, or of a loop's body. */
export interface Frame {
  readonly parent?: Frame;
  readonly nodes: NodeProto[];
  readonly infos: ValueInfoProto[];
  readonly names: Map<ValueId, string>;
  /** The small constants, for ops that fold them into weights. */
  readonly literals: Map<ValueId, Literal>;
  readonly symbols: Map<string, SymbolHome>;
  /** The names of dims that have been computed, by their texts. */
  readonly dims: Map<string, string>;
  /** The names of constants by their values. Constants belong to the outermost frame. */
  readonly constants: Map<string, string>;
  /** Writes a constant: an initializer in a model, a Constant node in a function. */
  readonly constant: (name: string, value: Literal) => void;
}

export const rootFrame = (constant: (frame: Frame) => (name: string, value: Literal) => void): Frame => {
  const frame = {
    nodes: [] as NodeProto[],
    infos: [] as ValueInfoProto[],
    names: new Map<ValueId, string>(),
    literals: new Map<ValueId, Literal>(),
    symbols: new Map<string, SymbolHome>(),
    dims: new Map<string, string>(),
    constants: new Map<string, string>(),
  };
  const whole: Frame = { ...frame, constant: (name, value) => constant(whole)(name, value) };
  return whole;
};

export const innerFrame = (parent: Frame): Frame => ({
  parent,
  nodes: [],
  infos: [],
  names: new Map(),
  literals: new Map(),
  symbols: new Map(),
  dims: new Map(),
  constants: parent.constants,
  constant: parent.constant,
});

/** The name of a value of this frame or of an enclosing frame. */
export function nameOf(frame: Frame, id: ValueId): string {
  for (let f: Frame | undefined = frame; f; f = f.parent) {
    const name = f.names.get(id);
    if (name !== undefined) return name;
  }
  throw new IrError(`%${id} is read before it is written`);
}

/** The literal of a value of this frame or of an enclosing frame; undefined if the value is not constant. */
export function literalOf(frame: Frame, id: ValueId): Literal | undefined {
  for (let f: Frame | undefined = frame; f; f = f.parent) {
    const value = f.literals.get(id);
    if (value) return value;
  }
  return undefined;
}

/** Records the symbols that can be read from the shape of a value, unless they are known already. */
export function bindSymbols(frame: Frame, name: string, t: TensorType): void {
  t.shape.forEach((d, axis) => {
    const found = symbolIn(d);
    if (!found || found.symbol.startsWith('@')) return;
    for (let f: Frame | undefined = frame; f; f = f.parent) if (f.symbols.has(found.symbol)) return;
    frame.symbols.set(found.symbol, { value: name, axis, factor: found.factor });
  });
}

function homeOf(frame: Frame, symbol: string): Frame {
  if (symbol.startsWith('@')) return frame.parent ? homeOf(frame.parent, symbol) : frame;
  for (let f: Frame | undefined = frame; f; f = f.parent) if (f.symbols.has(symbol)) return f;
  throw new IrError(`no value in this graph has a dimension '${symbol}'`);
}

const depth = (frame: Frame): number => (frame.parent ? 1 + depth(frame.parent) : 0);

/** The outermost frame that has all symbols of a dim. So a dim that is constant in a loop is computed outside of it. */
export const frameFor = (frame: Frame, d: Dim): Frame =>
  symbolsOf(d)
    .map((s) => homeOf(frame, s))
    .reduce((deepest, f) => (depth(f) > depth(deepest) ? f : deepest), rootOf(frame));

const rootOf = (frame: Frame): Frame => (frame.parent ? rootOf(frame.parent) : frame);

/** The name of a constant. The constant is written if the outermost frame does not have it yet. */
export function constantName(frame: Frame, writer: ModelWriter, value: Literal): string {
  const key = keyOf(value);
  const known = frame.constants.get(key);
  if (known !== undefined) return known;
  const name = writer.fresh('constant');
  frame.constants.set(key, name);
  frame.constant(name, value);
  return name;
}
