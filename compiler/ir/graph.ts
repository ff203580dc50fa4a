/**
 * The intermediate representation (IR): a typed, immutable graph in static single assignment form, as plain data.
 * `build.ts` builds it, `text.ts` and `read_text.ts` print and read it, and `verify.ts` checks its rules.
 */
import type { Span } from '../../dsl/diagnostics.ts';
import { type Dim, dimEquals, dimText } from './dim.ts';
import type { DType } from './dtype.ts';
import type { Place } from './place.ts';
import type { WeightSpec } from './weights.ts';

export type { DType } from './dtype.ts';

export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** The number of a value, which is unique within a graph and its regions. */
export type ValueId = number;

/** A small constant tensor. Its elements are in row-major order; booleans are 0 and 1. */
export interface Literal {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A reference, inside the body of an op, to the op's attribute named `ref`. */
export interface AttrRef {
  readonly ref: string;
}

export type AttrValue =
  | number
  | string
  | boolean
  | Dim
  | readonly Dim[]
  | readonly number[]
  | Literal
  | AttrRef;

export type Attrs = Readonly<Record<string, AttrValue>>;

/**
 * One application of an op. An absent optional input is null. `region` is the body of a control-flow
 * op. It may read every value that is defined before the node.
 */
export interface Node {
  readonly op: string;
  readonly ins: readonly (ValueId | null)[];
  readonly outs: readonly ValueId[];
  readonly attrs: Attrs;
  readonly region?: Region;
  /** A name for people and for ONNX nodes, such as `encoder.layers.0.self_attn`. No code derives facts from it. */
  readonly scope: string;
  /** Where in the model the node belongs. */
  readonly place: Place;
  /** The parts of the source from which the node is made. */
  readonly from: readonly Span[];
}

export interface Region {
  readonly params: readonly ValueId[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly ValueId[];
}

export interface Port {
  readonly name: string;
  readonly id: ValueId;
  /** The weight that is fed to this input (`createBuilder` with `weights: 'inputs'`); absent for all other inputs. */
  readonly weight?: WeightSpec;
}

export interface Param {
  readonly id: ValueId;
  readonly weight: WeightSpec;
}

/**
 * A model or the body of an op. Every symbol in a type is an `@attribute`, or it gets its value at run time: it is a
 * dimension of an input, of a region's parameter, or of a result of an op that names lengths (`loop`, `pad`,
 * `nonzero`). A dimension `2*n` also determines `n` (`symbolIn`).
 */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly params: readonly Param[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Port[];
  readonly types: Readonly<Record<ValueId, TensorType>>;
}

export const type = (dtype: DType, ...shape: readonly Dim[]): TensorType => ({ dtype, shape });

export const sameShape = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((d, i) => dimEquals(d, b[i]!));

export const sameType = (a: TensorType, b: TensorType): boolean =>
  a.dtype === b.dtype && sameShape(a.shape, b.shape);

/** The text of a type, such as `f32[batch, n, 768]`. */
export const typeText = (t: TensorType): string => `${t.dtype}[${t.shape.map(dimText).join(', ')}]`;

/** Every node in order. The nodes of a region follow the node that contains the region. */
export function* allNodes(nodes: readonly Node[]): Generator<Node> {
  for (const node of nodes) {
    yield node;
    if (node.region) yield* allNodes(node.region.nodes);
  }
}

/** The values that a node reads, including those that its region captures. */
export function readsOf(node: Node): readonly ValueId[] {
  const own = node.ins.filter((id): id is ValueId => id !== null);
  if (!node.region) return own;
  const defined = new Set<ValueId>(node.region.params);
  const reads = new Set<ValueId>(own);
  for (const inner of node.region.nodes) {
    for (const id of readsOf(inner)) if (!defined.has(id)) reads.add(id);
    for (const id of inner.outs) defined.add(id);
  }
  for (const id of node.region.outputs) if (!defined.has(id)) reads.add(id);
  return [...reads];
}

/** How often each value is read. An output of the graph or of a region counts as a read. */
export function useCounts(graph: Graph): ReadonlyMap<ValueId, number> {
  const counts = new Map<ValueId, number>();
  const count = (id: ValueId): void => void counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const node of allNodes(graph.nodes)) {
    for (const id of node.ins) if (id !== null) count(id);
    node.region?.outputs.forEach(count);
  }
  for (const port of graph.outputs) count(port.id);
  return counts;
}
