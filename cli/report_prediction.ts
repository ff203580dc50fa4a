/** `--on` and `--precision`: times of the report's models on devices. */

import { HALF_TARGETS, type Precision } from '../passes/pass.ts';
import type { ReportDocument } from '../report/document.ts';
import { predictedOn } from '../report/time/predicted.ts';
import type { Format } from '../report/view/formats.ts';
import { UsageFault } from './faults.ts';
import { machinesOn } from './on_option.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';

/** A report with the times of its models. */
export type Predict = (document: ReportDocument) => ReportDocument;

/** What `--on` asks for, where it or `--precision` is given. */
export async function predictionIn(flags: Flags, format: Format, output: Output): Promise<Predict> {
  const [on, precision = 'fp32'] = [flags.text('on'), flags.choice<Precision>('precision')];
  if (on === undefined)
    throw new UsageFault(
      '--precision is of predicted times, and none are asked for',
      'name devices: --on h100',
    );
  if (format === 'csv' && flags.text('sweep') !== undefined)
    throw new UsageFault(
      '--on predicts for one length: with --sweep there is no table of times',
      'leave out one',
    );
  const machines = await machinesOn(on, output);
  const without = machines.find(({ target }) => precision === 'fp16' && !HALF_TARGETS.includes(target));
  if (without)
    throw new UsageFault(
      `--precision fp16 is for GPUs, and ${without.name} is a ${without.target}`,
      'use --precision int8 there',
    );
  return ({ models, ...document }) => ({
    ...document,
    models: models.map((model) => {
      const { spec, lengths } = model.report;
      return { ...model, predicted: predictedOn(machines, spec, lengths, precision) };
    }),
  });
}
