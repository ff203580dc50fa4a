/**
 * The place of an op's gradient: how a training graph is made of a graph. The rule builds nodes; it computes nothing
 * itself. It may be built within any graph that holds the op's inputs and results, so it serves bodies too.
 */
import type { Builder, Value } from './build.ts';
import type { Attrs } from './graph.ts';

/** One application of an op whose gradient is wanted. */
export interface GradientSite {
  /** Where the gradient is built. */
  readonly b: Builder;
  /** The inputs; null where an optional one is absent. */
  readonly ins: readonly (Value | null)[];
  /** The results, which a rule may read instead of computing them again. */
  readonly outs: readonly Value[];
  /** The loss's derivatives by the results, each of its result's type; null where the loss does not depend on one. */
  readonly douts: readonly (Value | null)[];
  readonly attrs: Attrs;
}

/**
 * The loss's derivatives by the inputs, one for each and of its type. A value without a derivative is absent
 * (null) rather than zero: an index, a mask, an input that the results do not depend on.
 */
export type GradientRule = (site: GradientSite) => readonly (Value | null)[];

/** Why an op has no gradient, in a sentence for whoever trains a model that holds it. */
export interface NoGradient {
  readonly none: string;
}
