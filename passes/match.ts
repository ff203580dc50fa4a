/** The interface of a rewrite rule, and the facts that the rule gets about a node at which it may fire. */
import type { Builder, Value } from '../compiler/ir/build.ts';
import type { Graph, Literal, Node, TensorType, ValueId } from '../compiler/ir/graph.ts';
import type { Op } from '../compiler/ir/op.ts';
import type { WeightSpec } from '../compiler/ir/weights.ts';
import type { PassContext } from './pass.ts';
import type { Miss } from './trace.ts';

export interface Rule {
  /** `verb_noun`, unique within its pass. */
  readonly name: string;
  /** The ops at which it may fire, by name. A rule with neither `roots` nor `rootsWith` may fire at all of them. */
  readonly roots?: readonly string[];
  /** The ops at which it may fire, by a fact of their records. */
  readonly rootsWith?: (op: Op) => boolean;
  /** Returns the values that replace the node's outputs, or the reason why there are none. */
  readonly apply: (match: Match) => readonly Value[] | Miss;
}

/** A node at which a rule is tried. All ids refer to the graph before this iteration. */
export interface Match {
  readonly node: Node;
  /** The inputs of the node. For a commutative op, a rule is tried with both orders, one after the other. */
  readonly ins: Node['ins'];
  /** All nodes of the graph or region that contains this node, in order. */
  readonly mates: readonly Node[];
  readonly graph: Graph;
  readonly ctx: PassContext;
  /** The builder of the replacements, which take over the node's place in the model. */
  readonly b: Builder;
  type(id: ValueId): TensorType;
  /** The node that computes a value; undefined for an input, a weight or a parameter of a region. */
  producer(id: ValueId): Node | undefined;
  weight(id: ValueId): WeightSpec | undefined;
  literal(id: ValueId | null | undefined): Literal | undefined;
  /** How often a value is read. An output of the graph counts as a read. */
  uses(id: ValueId): number;
  /** The nodes that read a value, each once, including those in regions. */
  readers(id: ValueId): readonly Node[];
  /** The new value for a value that was defined before this node. */
  value(id: ValueId): Value;
  op(name: string): Op;
  /**
   * The result of `make` for the graph or region that contains the node. It is computed once per iteration, for the
   * first match that requests it. Later matches get the same result, and may use the values that `make` built.
   */
  once<T>(make: (match: Match) => T): T;
  miss(reason: string, met?: number, node?: Node): Miss;
}

const matesOf = ({ mates }: Match): ReadonlySet<Node> => new Set(mates);

/** Whether a node is in the same graph or region as the node of the match. */
export const standsWith = (match: Match, node: Node): boolean => match.once(matesOf).has(node);
