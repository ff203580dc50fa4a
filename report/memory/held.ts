/**
 * The costs that can be computed only from a graph. Callers pass a `Footprint`, because some callers already have the
 * results.
 */
import type { BudgetDevice, BudgetEntry, BudgetPrecision } from '../../dsl/quantities.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import type { Groups } from '../algebra/parameters.ts';
import type { ModelReport } from '../report.ts';
import type { Predicted } from '../time/predict.ts';

/** The work of a compiled graph: multiplications in matrix products, and the bytes that its nodes read and write. */
export interface Executed {
  readonly macs: bigint;
  readonly read: bigint;
  readonly written: bigint;
}

/** The work of a compiled model by side and layer. */
export interface Execution {
  readonly encoder: Executed;
  /** Null without a decoder. */
  readonly decoder: Executed | null;
  readonly layers: readonly InLayer<Executed>[];
}

/** A value for one layer, counted from 0, or for everything outside the layers of a side (null). */
export type InLayer<T> = T & { readonly side: 'encoder' | 'decoder'; readonly layer: number | null };

/**
 * A peak in bytes, and the layer in which it occurs. `layer` is null if the peak is outside of layers; `side` and
 * `layer` are null if the position of the peak is unknown.
 */
export interface Held {
  readonly bytes: bigint;
  readonly side: 'encoder' | 'decoder' | null;
  readonly layer: number | null;
}

/** Functions that compute the costs of a compiled model. A function returns null if its cost is unknown. */
export interface Footprint {
  /** The bytes of the trained weights that an entry uses, by group. Default: the model's default entry. */
  readonly weights: (spec: ModelSpec, precision: BudgetPrecision, entry?: BudgetEntry) => Groups;
  /** The most bytes of computed values at once in a run of an entry. Default: the model's default entry. */
  readonly activations: (
    spec: ModelSpec,
    lengths: ModelReport['lengths'],
    precision: BudgetPrecision,
    entry?: BudgetEntry,
  ) => Held | null;
  /**
   * An estimate of the same for a step of training, including the values that gradients read, and the gradients of activations
   * (`training_memory.ts`).
   */
  readonly training: (spec: ModelSpec, lengths: ModelReport['lengths']) => Held | null;
  readonly execution: (
    spec: ModelSpec,
    lengths: ModelReport['lengths'],
    precision: BudgetPrecision,
  ) => Execution | null;
  /** The time of one run of the graph that is compiled for the device, which is one of `machines.ts`. */
  readonly time: (
    spec: ModelSpec,
    lengths: ModelReport['lengths'],
    precision: BudgetPrecision,
    device: BudgetDevice,
  ) => Predicted | null;
}

/** The functions that need neither weights nor a device. */
export type GraphFootprint = Omit<Footprint, 'weights' | 'time'>;
