/** What `benben report` shows, before anything is written: data for every format. */
import type { Source } from '../dsl/diagnostics.ts';
import type { BreakEven } from './break_even.ts';
import type { Ratios } from './ratios.ts';
import type { ModelReport } from './report.ts';
import type { Sweep } from './sweep.ts';
import type { Predicted } from './time/predict.ts';

export interface ReportedModel {
  /** Where it stands. */
  readonly source: Source;
  readonly report: ModelReport;
  readonly breakEven: BreakEven;
  /** With `--against`. */
  readonly ratios?: Ratios;
  /** With `--sweep`. */
  readonly sweep?: Sweep;
  /** With `--on`: the time on each device. */
  readonly predicted?: readonly Predicted[];
}

export interface ReportDocument {
  readonly models: readonly ReportedModel[];
  /** What the sources were worth a warning for, as every `--json` has it. */
  readonly diagnostics?: readonly unknown[];
}
