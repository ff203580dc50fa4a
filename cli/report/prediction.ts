/** `--on` and `--precision`: times of the report's models on devices. */
import type { ReportDocument } from '../../compiler/cost/document.ts';
import type { Machine } from '../../compiler/cost/machine.ts';
import { HALF_TARGETS, type Precision } from '../../passes/pass.ts';
import { UsageFault } from '../faults.ts';
import { machinesOn } from '../on_option.ts';
import type { Flags } from '../options.ts';
import type { Output } from '../output.ts';
import type { Format } from './formats.ts';

interface Prediction {
  readonly machines: readonly Machine[];
  readonly precision: Precision;
}

/** What `--on` asks for. */
export async function predictionIn(
  flags: Flags,
  format: Format,
  output: Output,
): Promise<Prediction | undefined> {
  const [on, precision] = [flags.text('on'), flags.choice<Precision>('precision')];
  if (on === undefined) {
    if (precision === undefined) return undefined;
    throw new UsageFault(
      '--precision is of predicted times, and none are asked for',
      'name devices: --on h100',
    );
  }
  if (format === 'csv' && flags.text('sweep') !== undefined)
    throw new UsageFault(
      '--on predicts for one length: with --sweep there is no table of times',
      'leave out one',
    );
  const machines = await machinesOn(on, output);
  const without = machines.find(({ target }) => precision === 'fp16' && !HALF_TARGETS.includes(target));
  if (!without) return { machines, precision: precision ?? 'fp32' };
  throw new UsageFault(
    `--precision fp16 is for GPUs, and ${without.name} is a ${without.target}`,
    'use --precision int8 there',
  );
}

/** The passes are loaded only where there is a time to predict. */
export async function withTimes(
  document: ReportDocument,
  wish: Prediction | undefined,
): Promise<ReportDocument> {
  if (!wish) return document;
  const { predictedOn } = await import('../../passes/predicted.ts');
  const { machines, precision } = wish;
  const models = document.models.map((model) => {
    const { spec, lengths } = model.report;
    return { ...model, predicted: predictedOn(machines, spec, lengths, precision) };
  });
  return { models };
}
