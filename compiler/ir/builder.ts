/** What a graph is made with: values, loops, and the calls of a builder (`build.ts` makes one). */
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
  /** Its type inside the body, where lengths may differ from the first round's; default: init's. */
  readonly inside?: TensorType;
  /** Its type after the last round; default: `inside`. */
  readonly after?: TensorType;
}

export interface Loop {
  /** Most rounds, i64[]. */
  readonly count: Value;
  /** False: no round at all, bool[]. */
  readonly start?: Value;
  readonly state: readonly LoopState[];
  readonly body: (
    round: Value,
    state: readonly Value[],
  ) => {
    /** False ends the loop after this round, bool[]. */
    readonly again?: Value;
    readonly state: readonly Value[];
    /** Values collected over the rounds along a new first axis. */
    readonly scans?: readonly Value[];
  };
  /** Name of the number of rounds, the first axis of each scan. */
  readonly rounds?: string;
}

/** Where nodes are put: a side, layer or part that is not said stays that of the nodes around. */
export interface Where extends Partial<Place> {
  /** The source that asked for them. */
  readonly span?: Span;
}

/** What a node says of its origin. */
export type Origin = Pick<Node, 'scope' | 'place' | 'from'>;

export interface Builder {
  /** An input of the graph; `weight` where a weight is fed there. */
  input(name: string, type: TensorType, weight?: WeightSpec): Value;
  /** Declared once by name; a second call returns the same value. `as`: a type other than its f32. */
  param(weight: WeightSpec, as?: TensorType): Value;
  /** Applies an op of one output. */
  add(op: Op, ins: readonly (Value | null)[], attrs?: Attrs): Value;
  /** Applies an op of any number of outputs. */
  many(op: Op, ins: readonly (Value | null)[], attrs?: Attrs): readonly Value[];
  /** Copies a node of another graph, its inputs already here; the region's values by `inside`. */
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
  /** Puts nodes made inside `body` into a scope of that name, and says where in the model they belong. */
  within<T>(scope: string, body: () => T, where?: Where): T;
  /** Gives nodes made inside `body` exactly this origin: for passes, which make nodes in others' stead. */
  at<T>(origin: Origin, body: () => T): T;
  /** Where nodes are put now. */
  here(): Place;
  output(name: string, value: Value): void;
  done(): Graph;
}

export interface BuilderOptions {
  /** `inputs`: each weight is an input of the graph, behind all others, which training feeds. Default: `initializers`. */
  readonly weights?: 'initializers' | 'inputs';
}
