/** The contents of a report as data, from which each format is written. */
import type { Source } from '../dsl/diagnostics.ts';
import type { BreakEven } from './break_even.ts';
import type { Ratios } from './ratios.ts';
import type { ModelReport } from './report.ts';
import type { Sweep } from './sweep.ts';
import type { Predicted } from './time/predict.ts';

/** The part of a report that its first screen shows. Of the costs of the compiled graph it has only the memory of a run. */
export interface SummarizedModel {
  /** The file that defines the model. */
  readonly source: Source;
  readonly report: ModelReport;
  /** Present with `--against`. */
  readonly ratios?: Ratios;
  /** Present with `--sweep`. */
  readonly sweep?: Sweep;
  /** The time on each device; present with `--on`. */
  readonly predicted?: readonly Predicted[];
}

/** Everything that is known about a model, with all costs of the compiled graph. */
export interface ReportedModel extends SummarizedModel {
  readonly breakEven: BreakEven;
}

export interface SummaryDocument {
  readonly models: readonly SummarizedModel[];
}

export interface ReportDocument extends SummaryDocument {
  readonly models: readonly ReportedModel[];
  /** Warnings about the sources, in the form of `--json`. */
  readonly diagnostics?: readonly unknown[];
}
