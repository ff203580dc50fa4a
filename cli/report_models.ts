/** Computes the costs of models for `benben report`: only those of the first screen, or all. */
import type { Source } from '../dsl/diagnostics.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { breakEvenOf } from '../report/break_even.ts';
import type { ReportedModel, SummarizedModel } from '../report/document.ts';
import { type Measured, measure, type ReportLengths } from '../report/measured.ts';
import { graphFootprint } from '../report/memory/activations.ts';
import { withMemory, withPeak } from '../report/memory/memory_report.ts';
import { ratiosOf } from '../report/ratios.ts';
import { type ModelReport, reportAt } from '../report/report.ts';
import { type Sweep, type SweepPoint, sweepOf } from '../report/sweep.ts';
import { UsageFault } from './faults.ts';
import type { Output } from './output.ts';
import { createProgress, type Progress, pause } from './progress.ts';
import type { SweepRequest } from './report_sweep.ts';

/** A model and the file that defines it. */
export interface Found {
  readonly source: Source;
  readonly spec: ModelSpec;
}

/** The models to report. Each is compared with `other`, if there is one. */
export interface ReportWish {
  readonly chosen: readonly Found[];
  readonly other: Found | undefined;
  readonly lengths: ReportLengths;
  readonly sweep: SweepRequest | undefined;
}

/** The costs that the first screen shows. */
export const summarizedModels = (wish: ReportWish, output: Output): Promise<readonly SummarizedModel[]> =>
  modelsOf(wish, (report) => withPeak(report, graphFootprint), output);

/** All costs. */
export async function reportedModels(wish: ReportWish, output: Output): Promise<readonly ReportedModel[]> {
  const models = await modelsOf(wish, (report) => withMemory(report, graphFootprint), output);
  return models.map((model) => ({
    ...model,
    breakEven: breakEvenOf(measure(model.report.spec), wish.lengths.length),
  }));
}

type Complete = (report: ModelReport) => ModelReport;

async function modelsOf(
  wish: ReportWish,
  complete: Complete,
  output: Output,
): Promise<readonly SummarizedModel[]> {
  const progress = createProgress(output);
  try {
    return await counted(wish, complete, progress);
  } finally {
    progress.end();
  }
}

/** The model's name, with its file if another of the models has the same name. */
const nameBeside = ({ spec, source }: Found, others: readonly Found[]): string =>
  others.some((one) => one.spec !== spec && one.spec.name === spec.name)
    ? `${spec.name} (${source.path})`
    : spec.name;

/** The model of `--against` has no ratios of its own, unless it is the only chosen model. */
async function counted(
  { chosen, other, lengths, sweep: request }: ReportWish,
  complete: Complete,
  progress: Progress,
): Promise<readonly SummarizedModel[]> {
  const known = new Map<ModelSpec, ModelReport>();
  const reportFor = async ({ spec }: Found, share: number): Promise<ModelReport> => {
    const found = known.get(spec);
    if (found) return found;
    progress.stage('counting models', share);
    await pause();
    const report = reportAt(measure(spec), lengths);
    await pause();
    const whole = complete(report);
    known.set(spec, whole);
    return whole;
  };
  const otherReport = other && { ...(await reportFor(other, 0)), name: nameBeside(other, chosen) };
  const models: SummarizedModel[] = [];
  for (const [i, found] of chosen.entries()) {
    const report = await reportFor(found, i / chosen.length);
    const sweep = request && (await sweepFor(measure(found.spec), lengths, request, complete, progress));
    models.push({
      source: found.source,
      report,
      ...(otherReport &&
        (found.spec !== other.spec || chosen.length === 1) && { ratios: ratiosOf(report, otherReport) }),
      ...(sweep && { sweep }),
    });
  }
  return models;
}

async function sweepFor(
  measured: Measured,
  lengths: ReportLengths,
  { symbol, values }: SweepRequest,
  complete: Complete,
  progress: Progress,
): Promise<Sweep> {
  const points: SweepPoint[] = [];
  const { name } = measured.spec;
  for (const [i, value] of values.entries()) {
    progress.stage(`counting ${name} along ${symbol}`, i / values.length);
    await pause();
    const swept = sweepOf(measured, lengths, symbol, [value]);
    if ('problem' in swept)
      throw new UsageFault(
        `--sweep: ${name} cannot have ${symbol} = ${swept.value}: ${swept.problem}`,
        'choose other values, or use --model to select models that can have these',
      );
    points.push(...swept.points.map((one) => ({ ...one, report: complete(one.report) })));
  }
  return { symbol, points };
}
