/** A rule of rewriting, and what it is told of a node that it may fire at. */
import type { Builder, Value } from '../compiler/ir/build.ts';
import type { Graph, Literal, Node, TensorType, ValueId } from '../compiler/ir/graph.ts';
import type { Op } from '../compiler/ir/op.ts';
import type { WeightSpec } from '../compiler/ir/weights.ts';
import type { PassContext } from './pass.ts';
import type { Miss } from './trace.ts';

export interface Rule {
  /** `verb_noun`, unique within its pass. */
  readonly name: string;
  /** Ops at which it may fire; absent: all of them. */
  readonly roots?: readonly string[];
  /** The values to take the place of the node's outputs, or why not. */
  readonly apply: (match: Match) => readonly Value[] | Miss;
}

/** A node under consideration. Ids are those of the graph before this round. */
export interface Match {
  readonly node: Node;
  /** Its inputs; those of a commutative op come in both orders, one after the other. */
  readonly ins: Node['ins'];
  /** All nodes of the graph or region that holds it, in order. */
  readonly mates: readonly Node[];
  readonly graph: Graph;
  readonly ctx: PassContext;
  /** Where replacements are built; they take over the node's place in the model. */
  readonly b: Builder;
  type(id: ValueId): TensorType;
  /** The node that computes a value; none for an input, a weight or a region's parameter. */
  producer(id: ValueId): Node | undefined;
  weight(id: ValueId): WeightSpec | undefined;
  literal(id: ValueId | null | undefined): Literal | undefined;
  /** How often it is read, as an output of the graph too. */
  uses(id: ValueId): number;
  /** The nodes that read it, once each, in regions too. */
  readers(id: ValueId): readonly Node[];
  /** What became of a value defined before this node. */
  value(id: ValueId): Value;
  op(name: string): Op;
  /**
   * What `make` says of the graph or region that holds the node: asked once a round, at the first match
   * that wants it. What it builds there, later matches may read.
   */
  once<T>(make: (match: Match) => T): T;
  miss(reason: string, met?: number, node?: Node): Miss;
}

const matesOf = ({ mates }: Match): ReadonlySet<Node> => new Set(mates);

/** Whether a node stands in the graph or region that the match is in. */
export const standsWith = (match: Match, node: Node): boolean => match.once(matesOf).has(node);
