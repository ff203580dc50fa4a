/**
 * A pass is a pure function from graph to graph. The artifact is correct without any pass; each one makes it
 * faster. A pass with nothing to do returns the same graph object, so comparing the objects shows whether
 * anything changed.
 */
import type { Graph } from '../compiler/ir/graph.ts';
import type { Op } from '../compiler/ir/op.ts';
import type { Precision, Target } from '../compiler/ir/target.ts';
import type { Form } from './linear_costs.ts';
import type { Trace } from './trace.ts';

export { HALF_TARGETS, PRECISIONS, type Precision, TARGETS, type Target } from '../compiler/ir/target.ts';

export interface PassContext {
  readonly ops: Readonly<Record<string, Op>>;
  readonly target: Target;
  /** Default `fp32`. */
  readonly precision?: Precision;
  /** The opset that was asked for. Default: the lowest that the fastest kernels of the target allow. */
  readonly opset?: number;
  /** The form of each weight by name, instead of the choice of the cost model. All other weights stay float32. */
  readonly forms?: ReadonlyMap<string, Form>;
  /** Receives every rule that fires or misses; `runPasses` supplies it. */
  readonly trace?: Trace;
}

export interface Pass {
  /** `verb_noun`, as in the name of its file. */
  readonly name: string;
  /** What it does and why that is faster, in a sentence or two. */
  readonly doc: string;
  readonly run: (graph: Graph, ctx: PassContext) => Graph;
  /**
   * Graphs as text. In these graphs every rule of the pass must fire on at least one target. If a pass has no samples,
   * a table in test/passes/random_graphs.test.ts says how often its rules must fire in random graphs.
   */
  readonly samples?: readonly string[];
}
