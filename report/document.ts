/** The contents of a report as data, from which each format is written. */
import type { Source } from '../dsl/diagnostics.ts';
import type { BreakEven } from './break_even.ts';
import type { Ratios } from './ratios.ts';
import type { ModelReport } from './report.ts';
import type { Sweep } from './sweep.ts';
import type { Predicted } from './time/predict.ts';

export interface ReportedModel {
  /** The file that defines the model. */
  readonly source: Source;
  readonly report: ModelReport;
  readonly breakEven: BreakEven;
  /** Present with `--against`. */
  readonly ratios?: Ratios;
  /** Present with `--sweep`. */
  readonly sweep?: Sweep;
  /** The time on each device; present with `--on`. */
  readonly predicted?: readonly Predicted[];
}

export interface ReportDocument {
  readonly models: readonly ReportedModel[];
  /** Warnings about the sources, in the form of `--json`. */
  readonly diagnostics?: readonly unknown[];
}
