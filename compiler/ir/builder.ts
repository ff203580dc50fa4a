/** The interface of a builder of graphs, with its values and loops. `createBuilder` in `build.ts` makes one. */
import type { Span } from '../../dsl/diagnostics.ts';
import type { Attrs, Graph, Node, Region, TensorType, ValueId } from './graph.ts';
import type { Op } from './op.ts';
import type { Place } from './place.ts';
import type { WeightSpec } from './weights.ts';

export interface Value {
  readonly id: ValueId;
  readonly type: TensorType;
}

export interface LoopState {
  readonly init: Value;
  /**
   * The type of the state inside the body. Its lengths may change from one iteration to the next. The default is the
   * type of `init`.
   */
  readonly inside?: TensorType;
  /** The type of the state after the last iteration. The default is `inside`. */
  readonly after?: TensorType;
}

export interface Loop {
  /** The largest number of iterations, i64[]. */
  readonly count: Value;
  /** Whether to run the first iteration, bool[]. The default is true. */
  readonly start?: Value;
  readonly state: readonly LoopState[];
  readonly body: (
    iteration: Value,
    state: readonly Value[],
  ) => {
    /** Whether to run another iteration, bool[]. The default is true. */
    readonly again?: Value;
    readonly state: readonly Value[];
    /** The values that are stacked over the iterations along a new first axis. */
    readonly scans?: readonly Value[];
  };
  /** The symbol for the number of iterations, which is the first length of each scan. */
  readonly iterations?: string;
}

/** Where nodes belong. A field that is absent is inherited from the enclosing `within`. */
export interface Where extends Partial<Place> {
  /** The part of the source from which the nodes are made. */
  readonly span?: Span;
}

/** The fields of a node that record its origin. */
export type Origin = Pick<Node, 'scope' | 'place' | 'from'>;

export interface Builder {
  /** Adds an input of the graph. `weight` is the weight that is fed to it, if any. */
  input(name: string, type: TensorType, weight?: WeightSpec): Value;
  /** Declares a weight. A second call with the same name returns the same value. `as` is its type, by default f32. */
  param(weight: WeightSpec, as?: TensorType): Value;
  /** Applies an op that has one output. */
  add(op: Op, ins: readonly (Value | null)[], attrs?: Attrs): Value;
  /** Applies an op that has any number of outputs. */
  many(op: Op, ins: readonly (Value | null)[], attrs?: Attrs): readonly Value[];
  /** Adds a node whose output types and region are known, such as the copy of a node of another graph. */
  node(
    op: Op,
    ins: readonly (Value | null)[],
    attrs: Attrs,
    outs: readonly TensorType[],
    region?: Region,
  ): readonly Value[];
  loop(op: Op, loop: Loop): { readonly state: readonly Value[]; readonly scans: readonly Value[] };
  /** Builds a region whose parameters have these types. */
  region(params: readonly TensorType[], body: (params: readonly Value[]) => readonly Value[]): Region;
  /** Begins a region, and returns its parameters. Nodes that are added now belong to it, until `closeRegion`. */
  openRegion(params: readonly TensorType[]): readonly Value[];
  /** Ends the region that was opened last. */
  closeRegion(results: readonly Value[]): Region;
  /** Puts the nodes that `body` makes into a scope with this name, at a place in the model. */
  within<T>(scope: string, body: () => T, where?: Where): T;
  /** Gives the nodes that `body` makes exactly this origin. Passes use it when they replace nodes. */
  at<T>(origin: Origin, body: () => T): T;
  /** The place of the nodes that are added now. */
  here(): Place;
  output(name: string, value: Value): void;
  done(): Graph;
}

export interface BuilderOptions {
  /**
   * With `inputs`, each weight is an input of the graph, which training feeds. These inputs follow all other inputs.
   * The default is `initializers`.
   */
  readonly weights?: 'initializers' | 'inputs';
}
