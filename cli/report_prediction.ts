/** `--on` and `--precision`: predicted times of the report's models. */

import { HALF_TARGETS, type Precision } from '../passes/pass.ts';
import type { SummarizedModel } from '../report/document.ts';
import { predictedOn } from '../report/time/predicted.ts';
import type { Format } from '../report/view/formats.ts';
import { UsageFault } from './faults.ts';
import { machinesOn } from './on_option.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';

/** Adds predicted times to the models of a report. */
export type Predict = <M extends SummarizedModel>(models: readonly M[]) => readonly M[];

/** The prediction that `--on` and `--precision` request; at least one of them is given. */
export async function predictionIn(flags: Flags, format: Format, output: Output): Promise<Predict> {
  const [on, precision = 'fp32'] = [flags.text('on'), flags.choice<Precision>('precision')];
  if (on === undefined)
    throw new UsageFault('--precision is for predicted times, which need --on', 'name devices: --on h100');
  if (format === 'csv' && flags.text('sweep') !== undefined)
    throw new UsageFault(
      '--on predicts times for one length only, so --csv cannot show times for the lengths of --sweep',
      'leave out --on, --csv or --sweep',
    );
  const machines = await machinesOn(on, output);
  const without = machines.find(({ target }) => precision === 'fp16' && !HALF_TARGETS.includes(target));
  if (without)
    throw new UsageFault(
      `--precision fp16 is for GPUs, but the target of ${without.name} is ${without.target}`,
      'use --precision int8 for this device',
    );
  return (models) =>
    models.map((model) => {
      const { spec, lengths } = model.report;
      return { ...model, predicted: predictedOn(machines, spec, lengths, precision) };
    });
}
