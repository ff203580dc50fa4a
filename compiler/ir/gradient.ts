/**
 * The interface of an op's gradient, from which the graph of a training step is made. A rule builds nodes and computes
 * nothing itself. It works in any graph that contains the op's inputs and results, so it works in bodies too.
 */
import type { Builder, Value } from './build.ts';
import type { Attrs } from './graph.ts';

/** One application of an op whose gradient is to be built. */
export interface GradientSite {
  /** The builder of the graph to which the gradient is added. */
  readonly b: Builder;
  /** The inputs of the op; null where an optional one is absent. */
  readonly ins: readonly (Value | null)[];
  /** The results of the op, which a rule may read instead of computing them again. */
  readonly outs: readonly Value[];
  /** The derivative of the loss by each result, in the type of that result; null if the loss does not depend on it. */
  readonly douts: readonly (Value | null)[];
  readonly attrs: Attrs;
}

/**
 * Returns the derivative of the loss by each input, in the type of that input. It is null, not zero, for an input that
 * has no derivative: an index, a mask, or an input that the results do not depend on.
 */
export type GradientRule = (site: GradientSite) => readonly (Value | null)[];

/** The reason why an op has no gradient, as a sentence for a user who trains a model with the op. */
export interface NoGradient {
  readonly none: string;
}
