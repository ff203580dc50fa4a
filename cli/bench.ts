/** `benben bench`: how long a model takes here, measured, beside what the roofline of this machine predicts. */
import type { Machine } from '../compiler/cost/machine.ts';
import { predict } from '../compiler/cost/predict.ts';
import { secondsOf } from '../compiler/cost/roofline.ts';
import { OPS } from '../compiler/ops/index.ts';
import { type Compiled, loadCompiled, type Precision } from '../index.ts';
import { findDevice } from '../runtime/device.ts';
import { devicesText } from '../runtime/device_file.ts';
import type { Device } from '../runtime/devices.ts';
import { writeAll, writeAtomically } from '../runtime/files.ts';
import { type MeasureMachineOptions, measureMachine, ratesOf } from '../runtime/measure_machine.ts';
import { type MeasuredTime, measureTime, type TimeLengths } from '../runtime/measure_time.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { median } from '../runtime/stopwatch.ts';
import type { Call } from './commands.ts';
import { compileOrStop } from './compiling.ts';
import { duration } from './duration.ts';
import { EXIT, UsageFault } from './faults.ts';
import { machinesOn } from './on_option.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';
import { refuseOverwriting } from './overwriting.ts';
import { createProgress, type Progress } from './progress.ts';
import { readSource } from './read.ts';
import { count } from './spelling.ts';
import { table } from './table.ts';

/** Enough words to see what one takes. */
const WORDS = 64;

export async function run({ args: [path], flags, output }: Call): Promise<number> {
  const kept = flags.text('calibrate');
  if (path === undefined && kept === undefined)
    throw new UsageFault(
      'there is nothing to measure',
      'name a .ben file, or --calibrate FILE for this machine',
    );
  if (kept !== undefined) await refuseOverwriting([kept], [path]);
  const progress = createProgress(output);
  try {
    const device = output.take(await findDevice(flags.text('device') ?? 'auto'));
    const given = await givenMachine(flags, device, output);
    const precision = flags.choice<Precision>('precision') ?? 'fp32';
    const count = flags.number('threads');
    const threads = count === undefined ? {} : { threads: count };
    if (path === undefined) {
      const machine = await calibrated(device, { ...threads }, output, progress);
      await keep(machine, kept!, output);
      progress.end();
      if (output.json)
        await output.printJson({ schema: 'benben.bench/1', machine, diagnostics: output.told() });
      else await output.print(`${kept}\n`);
      return EXIT.done;
    }
    const source = await readSource(path, output);
    progress.stage('compile');
    const model = flags.text('model');
    const options = { target: device.target, precision, ...(model !== undefined && { model }) };
    const compiled = compileOrStop(source, options, output);
    const lengths = lengthsOf(flags, compiled);
    const only = kept === undefined ? ratesOf(precision, device.target) : undefined;
    const machine =
      given ?? (await calibrated(device, { ...threads, ...(only && { rates: only }) }, output, progress));
    if (kept !== undefined) await keep(machine, kept, output);
    const measured = await measuredTimes(
      compiled,
      { device: device.name, ...threads },
      lengths,
      flags,
      output,
      progress,
    );
    progress.end();
    const bench = {
      compiled,
      device: device.name,
      lengths,
      machine,
      rows: rowsOf(compiled, lengths, machine, measured),
    };
    if (output.json) await output.printJson(asJson(bench, output));
    else await show(bench, output);
    return EXIT.done;
  } finally {
    progress.end();
  }
}

/** The one of `--on`. */
async function givenMachine(
  flags: Flags,
  { name, target }: Device,
  output: Output,
): Promise<Machine | undefined> {
  const on = flags.text('on');
  if (on === undefined) return undefined;
  const [machine, ...others] = await machinesOn(on, output);
  if (others.length > 0)
    throw new UsageFault(
      `--on ${on} is ${1 + others.length} devices, and a model is measured on one`,
      'benben report takes several',
    );
  if (machine!.target === target) return machine;
  throw new UsageFault(
    `--on ${on} is of a model for ${machine!.target}, and this one runs on ${name}`,
    'name what computes with --device, or a device of that kind',
  );
}

async function calibrated(
  device: Device,
  options: MeasureMachineOptions,
  output: Output,
  progress: Progress,
): Promise<Machine> {
  const onProgress = (share: number): void => progress.stage('measure this machine', share);
  return output.take(await measureMachine({ ...options, device: device.name, onProgress }));
}

async function keep(machine: Machine, path: string, output: Output): Promise<void> {
  const text = Buffer.from(devicesText([machine]));
  output.take(await writeAtomically(path, (file) => writeAll(file, text).then(() => true)));
}

/** Lengths that the model can run at: a report may ask for others. */
function lengthsOf(flags: Flags, { spec }: Compiled): TimeLengths {
  const { length: most } = spec.encoder;
  const words = spec.decoder?.target ?? 1;
  const [length = most, target = Math.min(words, WORDS), batch = 1] = ['length', 'target', 'batch'].map(
    (name) => flags.number(name),
  );
  if (length > most) throw new UsageFault(`--length ${length}: ${spec.name} reads at most ${most} tokens`);
  if (flags.number('target') !== undefined && !spec.decoder)
    throw new UsageFault(`--target is the length of an output, and ${spec.name} has no decoder`);
  if (target > words) throw new UsageFault(`--target ${target}: ${spec.name} writes at most ${words} words`);
  return { length, target, batch };
}

async function measuredTimes(
  compiled: Compiled,
  options: SessionOptions,
  lengths: TimeLengths,
  flags: Flags,
  output: Output,
  progress: Progress,
): Promise<MeasuredTime> {
  const onStage = (stage: 'write' | 'load', share: number): void =>
    stage === 'write' ? progress.stage('write weights', share) : progress.stage(stage);
  const model = output.take(await loadCompiled(compiled, { ...options, onStage }));
  try {
    progress.stage('measure the model');
    const runs = flags.number('runs');
    const wanted =
      runs === undefined ? { least: 3, most: 50, seconds: 5 } : { least: runs, most: runs, seconds: 0 };
    return await measureTime(model, lengths, wanted);
  } finally {
    await model.close();
  }
}

/** Seconds of a part: as predicted, and of each run. */
interface Row {
  readonly part: string;
  readonly predicted: number;
  readonly measured: number;
  readonly runs: number;
}

interface Bench {
  readonly compiled: Compiled;
  readonly device: string;
  readonly lengths: TimeLengths;
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

function rowsOf(
  { graph, precision, entry }: Compiled,
  lengths: TimeLengths,
  machine: Machine,
  { first, all }: MeasuredTime,
): readonly Row[] {
  const predicted = (target: number): number =>
    secondsOf(predict(graph, OPS, { ...lengths, target }, machine, precision).total);
  const row = (part: string, seconds: number, runs: readonly number[]): Row => ({
    ...{ part, predicted: seconds, measured: median(runs), runs: runs.length },
  });
  if (entry === 'encode') return [row('encoder', predicted(1), first)];
  const start = row('encoder, to the first word', predicted(1), first);
  if (!all) return [start];
  const { target } = lengths;
  const further = (whole: number, one: number): number => (whole - one) / (target - 1);
  return [
    start,
    row(
      'each further word',
      further(predicted(target), predicted(1)),
      all.map((whole, i) => further(whole, first[i]!)),
    ),
    row(`all ${count(target)} words`, predicted(target), all),
  ];
}

/** How far the prediction is off, as a share of what was measured. */
const errorOf = ({ predicted, measured }: Row): number => predicted / measured - 1;

const percent = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(0)} %`;

const asJson = ({ compiled, device, lengths, machine, rows }: Bench, output: Output): object => ({
  schema: 'benben.bench/1',
  ...{ model: compiled.spec.name, entry: compiled.entry, precision: compiled.precision, device },
  ...{ lengths, machine },
  parts: rows.map((row) => ({ ...row, error: errorOf(row) })),
  diagnostics: output.told(),
});

async function show({ compiled, device, lengths, machine, rows }: Bench, output: Output): Promise<void> {
  const { out } = output;
  const { spec, precision } = compiled;
  const several = lengths.batch > 1 ? `, ${count(lengths.batch)} at once` : '';
  const about = `${spec.name} in ${precision} on ${device}, documents of ${count(lengths.length)} tokens${several}`;
  const cells = rows.map((row) => [
    ...[row.part, duration(row.predicted), duration(row.measured)],
    ...[percent(errorOf(row)), String(row.runs)],
  ]);
  const head = ['part', 'predicted', 'measured', 'error', 'runs'].map((name) => out.dim(name));
  output.note(`rates of ${machine.name}${machine.source === '' ? '' : ` (${machine.source})`}`);
  await output.print(`${about}\n${table([head, ...cells], { right: [1, 2, 3, 4] })}\n`);
}
