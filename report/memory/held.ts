/** The costs that only the compiled graph shows. Callers pass a `Footprint`, because some of them know the results already. */
import type { BudgetDevice, BudgetPrecision } from '../../dsl/quantities.ts';
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

/** A value of one layer, counted from 0, or of everything outside the layers of a side (null). */
export type InLayer<T> = T & { readonly side: 'encoder' | 'decoder'; readonly layer: number | null };

/** A peak in bytes, and the layer in which it occurs. Side and layer are null if it is outside of layers. */
export interface Held {
  readonly bytes: bigint;
  readonly side: 'encoder' | 'decoder' | null;
  readonly layer: number | null;
}

/** Functions that compute the costs of a compiled model. A function that returns null does not know its cost. */
export interface Footprint {
  /** The bytes of the trained numbers, by group. */
  readonly weights: (spec: ModelSpec, precision: BudgetPrecision) => Groups;
  /** The most bytes of computed values at once. */
  readonly activations: (
    spec: ModelSpec,
    lengths: ModelReport['lengths'],
    precision: BudgetPrecision,
  ) => Held | null;
  /** The same for a step of training, with values that gradients read and gradients of activations (`training_memory.ts`). */
  readonly training: (spec: ModelSpec, lengths: ModelReport['lengths']) => Held | null;
  readonly execution: (
    spec: ModelSpec,
    lengths: ModelReport['lengths'],
    precision: BudgetPrecision,
  ) => Execution | null;
  /** The time of one run on a device of `machines.ts`, of the graph that is compiled for it. */
  readonly time: (
    spec: ModelSpec,
    lengths: ModelReport['lengths'],
    precision: BudgetPrecision,
    device: BudgetDevice,
  ) => Predicted | null;
}

/** The functions that need neither weights nor a device. */
export type GraphFootprint = Omit<Footprint, 'weights' | 'time'>;
