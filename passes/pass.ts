/**
 * What a pass is: a pure function from graph to graph. No pass is needed for a correct artifact; each
 * makes it faster. When there is nothing to do it returns the very graph it was given, so that
 * "changed" is a comparison of objects and no flag can lie.
 */
import type { Graph } from '../compiler/ir/graph.ts';
import type { Op } from '../compiler/ir/op.ts';
import type { Trace } from './trace.ts';

/** What the artifact will run on. `portable`: anything that knows the standard ops. */
export const TARGETS = ['cpu', 'cuda', 'webgpu', 'portable'] as const;
export type Target = (typeof TARGETS)[number];

export interface PassContext {
  readonly ops: Readonly<Record<string, Op>>;
  readonly target: Target;
  /** Told of every rule that fires or misses; `runPasses` gives one. */
  readonly trace?: Trace;
}

export interface Pass {
  /** `verb_noun`, as in its file's name. */
  readonly name: string;
  /** What it does and why that is faster, in a sentence or two. */
  readonly doc: string;
  readonly run: (graph: Graph, ctx: PassContext) => Graph;
}
