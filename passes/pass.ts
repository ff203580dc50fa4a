/**
 * What a pass is: a pure function from graph to graph. No pass is needed for a correct artifact; each
 * makes it faster. When there is nothing to do it returns the very graph it was given, so that
 * "changed" is a comparison of objects and no flag can lie.
 */
import type { Graph } from '../compiler/ir/graph.ts';
import type { Op } from '../compiler/ir/op.ts';
import type { Form } from './linear_costs.ts';
import type { Trace } from './trace.ts';

/** What the artifact will run on. `portable`: anything that knows the standard ops. */
export const TARGETS = ['cpu', 'cuda', 'webgpu', 'portable'] as const;
export type Target = (typeof TARGETS)[number];

/**
 * `fp16`: weights and the bulk of the arithmetic (`halve_floats`). `int8`, `int4`: weights, in as few bits as
 * `quantize_linears` finds worth it.
 */
export const PRECISIONS = ['fp32', 'fp16', 'int8', 'int4'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Targets with float16 arithmetic: ONNX Runtime's CPU has next to none, and converts there and back. */
export const HALF_TARGETS: readonly Target[] = ['cuda', 'webgpu'];

export interface PassContext {
  readonly ops: Readonly<Record<string, Op>>;
  readonly target: Target;
  /** Default `fp32`. */
  readonly precision?: Precision;
  /** The form of each weight by its name, instead of the cost model's choice; those not named stay float32. */
  readonly forms?: ReadonlyMap<string, Form>;
  /** Told of every rule that fires or misses; `runPasses` gives one. */
  readonly trace?: Trace;
}

export interface Pass {
  /** `verb_noun`, as in its file's name. */
  readonly name: string;
  /** What it does and why that is faster, in a sentence or two. */
  readonly doc: string;
  readonly run: (graph: Graph, ctx: PassContext) => Graph;
  /**
   * Graphs as text in which every rule of the pass has something to do, on some target. A pass without samples has its
   * rules counted over random graphs, by a table in test/passes/random_graphs.test.ts.
   */
  readonly samples?: readonly string[];
}
