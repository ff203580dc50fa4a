/** What only the graph that will run can tell, after its passes: handed to whoever counts, for passes come later. */
import type { BudgetDevice, BudgetPrecision } from '../../dsl/quantities.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import type { Groups } from '../algebra/parameters.ts';
import type { ModelReport } from '../report.ts';
import type { Predicted } from '../time/predict.ts';

/** What the compiled graph does: multiplications in matrix products, and the bytes that its nodes move. */
export interface Executed {
  readonly macs: bigint;
  readonly read: bigint;
  readonly written: bigint;
}

/** On each side of a model; null without a decoder. */
export interface Execution {
  readonly encoder: Executed;
  readonly decoder: Executed | null;
  readonly layers: readonly InLayer<Executed>[];
}

/** Of one layer, from 0; null: of what stands before, behind or between them. */
export type InLayer<T> = T & { readonly side: 'encoder' | 'decoder'; readonly layer: number | null };

/** Bytes, and where the most is alive: in what layer of which side, or beside all layers. */
export interface Held {
  readonly bytes: bigint;
  readonly side: 'encoder' | 'decoder' | null;
  readonly layer: number | null;
}

/** Bytes where nothing else is said. Null: not asked for. */
export interface Footprint {
  /** Of the trained numbers, by group. */
  readonly weights: (spec: ModelSpec, precision: BudgetPrecision) => Groups;
  /** The most that is alive at once of all that is computed. */
  readonly activations: (
    spec: ModelSpec,
    lengths: ModelReport['lengths'],
    precision: BudgetPrecision,
  ) => Held | null;
  /** The same of a step of training: what gradients read, and those of activations (`training_memory.ts`). */
  readonly training: (spec: ModelSpec, lengths: ModelReport['lengths']) => Held | null;
  readonly execution: (
    spec: ModelSpec,
    lengths: ModelReport['lengths'],
    precision: BudgetPrecision,
  ) => Execution | null;
  /** Of one run on a device of `machines.ts`, in the graph that is compiled for it. */
  readonly time: (
    spec: ModelSpec,
    lengths: ModelReport['lengths'],
    precision: BudgetPrecision,
    device: BudgetDevice,
  ) => Predicted | null;
}

/** What takes no weights and no device to tell. */
export type GraphFootprint = Omit<Footprint, 'weights' | 'time'>;
