/**
 * Where nodes are being written to: a model, a loop's body or a function, one inside the other. A frame
 * knows the names of values, where each symbolic length can be read off, and where constants live.
 */

import { keyOf } from '../ir/build.ts';
import { type Dim, symbolIn, symbolsOf } from '../ir/dim.ts';
import type { Literal, Node, TensorType, ValueId } from '../ir/graph.ts';
import { type Composite, IrError, type Op } from '../ir/op.ts';
import type { WeightExpr } from '../ir/weight_expr.ts';
import type { NodeProto, ValueInfoProto } from '../onnx/model.ts';
import type { SymbolHome } from './dims.ts';

/** A constant that is too large to hold: its bytes are produced when the artifact is written. */
export interface Bulk {
  readonly name: string;
  readonly content: WeightExpr;
}

/** What the whole model shares while it is written. */
export interface ModelWriter {
  readonly ops: Readonly<Record<string, Op>>;
  /** Expand functions in place, for runtimes without them. */
  readonly inline: boolean;
  fresh(hint: string): string;
  /** By the name of the initializer that will hold it. */
  readonly bulk: Map<string, Bulk>;
  /** The overload of the function that holds this node's body; '' for the first of its name. */
  functionFor(op: Composite, node: Node, types: readonly (TensorType | null)[]): string;
}

/** One list of nodes being written: the model's, a loop body's, or a function's. */
export interface Frame {
  readonly parent?: Frame;
  readonly nodes: NodeProto[];
  readonly infos: ValueInfoProto[];
  readonly names: Map<ValueId, string>;
  /** Small constants by value, for ops that fold them into weights. */
  readonly literals: Map<ValueId, Literal>;
  readonly symbols: Map<string, SymbolHome>;
  readonly dims: Map<string, string>;
  /** Constants of the outermost frame: initializers of a model, Constant nodes of a function. */
  readonly constants: Map<string, string>;
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

/** The value's name, looked up outwards. */
export function nameOf(frame: Frame, id: ValueId): string {
  for (let f: Frame | undefined = frame; f; f = f.parent) {
    const name = f.names.get(id);
    if (name !== undefined) return name;
  }
  throw new IrError(`%${id} is read before it is written`);
}

/** The constant that a value is, looked up outwards. */
export function literalOf(frame: Frame, id: ValueId): Literal | undefined {
  for (let f: Frame | undefined = frame; f; f = f.parent) {
    const value = f.literals.get(id);
    if (value) return value;
  }
  return undefined;
}

/** Notes the symbols that a value's shape names, so that dims can be computed from it. */
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
  throw new IrError(`nothing at hand has a dimension '${symbol}'`);
}

const depth = (frame: Frame): number => (frame.parent ? 1 + depth(frame.parent) : 0);

/** The innermost frame that a dim's symbols need: what is constant in a loop is computed outside. */
export const frameFor = (frame: Frame, d: Dim): Frame =>
  symbolsOf(d)
    .map((s) => homeOf(frame, s))
    .reduce((deepest, f) => (depth(f) > depth(deepest) ? f : deepest), rootOf(frame));

const rootOf = (frame: Frame): Frame => (frame.parent ? rootOf(frame.parent) : frame);

export function constantName(frame: Frame, writer: ModelWriter, value: Literal): string {
  const key = keyOf(value);
  const known = frame.constants.get(key);
  if (known !== undefined) return known;
  const name = writer.fresh('constant');
  frame.constants.set(key, name);
  frame.constant(name, value);
  return name;
}
