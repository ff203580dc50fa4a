/** `benben bench`: measures the time of a model on this machine, and compares it with the roofline prediction. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Precision } from '../passes/pass.ts';
import type { Compiled, CompileOptions } from '../pipeline/compile.ts';
import type { Machine } from '../report/time/machine.ts';
import { duration } from '../report/view/duration.ts';
import { table } from '../report/view/table.ts';
import { type BenchPart, type BenchResult, benchModel } from '../runtime/bench.ts';
import { findDevice } from '../runtime/device.ts';
import { devicesText } from '../runtime/device_file.ts';
import type { Device } from '../runtime/devices.ts';
import { fileDiagnostic, systemError } from '../runtime/files.ts';
import { ratesOf } from '../runtime/machine_probes.ts';
import { measureMachine } from '../runtime/measure_machine.ts';
import type { TimeLengths } from '../runtime/model_tasks.ts';
import type { Rounds } from '../runtime/stopwatch.ts';
import type { Call } from './command.ts';
import { compileOrStop } from './compiling.ts';
import { EXIT, InputFault, UsageFault } from './faults.ts';
import { machinesOn } from './on_option.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';
import { refuseOverwriting, writeText } from './overwriting.ts';
import { createProgress, type Progress } from './progress.ts';
import { readSource } from './read.ts';
import { count, counted } from './spelling.ts';

/** The default number of words to generate, which is enough to measure the time of one word. */
const WORDS = 64;
const ROUNDS = { least: 3, most: 30, seconds: 5 } as const;

export async function run({ args: [path], flags, output }: Call): Promise<number> {
  const kept = flags.text('calibrate');
  if (path === undefined && kept === undefined)
    throw new UsageFault(
      'there is nothing to measure',
      'name a .ben file, or use --calibrate FILE to measure only this machine',
    );
  if (path === undefined) refuseModel(flags);
  if (kept !== undefined) {
    if (!/\.json$/i.test(kept))
      throw new UsageFault(
        `--calibrate ${kept} must end in .json, because --on recognises device files by this ending`,
        'name a .json file: --calibrate machine.json',
      );
    await refuseOverwriting([kept], [path]);
    await refuseUnwritable(kept);
  }
  const progress = createProgress(output);
  try {
    const device = output.take(await findDevice(flags.text('device') ?? 'auto'));
    await (path === undefined
      ? calibrate(kept!, device, flags, output, progress)
      : bench(path, kept, device, flags, output, progress));
    return EXIT.done;
  } finally {
    progress.end();
  }
}

const MODEL_OPTIONS = ['model', 'length', 'target', 'batch', 'precision'] as const;

/** If no model is named, refuses the options that apply to a model. */
function refuseModel(flags: Flags): void {
  const numbers: readonly string[] = ['length', 'target', 'batch'];
  const given = MODEL_OPTIONS.find(
    (name) => (numbers.includes(name) ? flags.number(name) : flags.text(name)) !== undefined,
  );
  if (given === undefined) return;
  throw new UsageFault(
    `--${given} applies to a model, but no model is named`,
    'name a .ben file, or leave the option out to measure only the machine',
  );
}

/** Checks that the file can be written, before any time is spent on measuring. */
async function refuseUnwritable(path: string): Promise<void> {
  try {
    // With `/.` the check fails when the path leads to a file instead of a folder.
    await access(`${dirname(path)}/.`, constants.W_OK);
    if ((await stat(path).catch(() => undefined))?.isDirectory()) throw systemError('EISDIR', path);
  } catch (error) {
    throw new InputFault([{ source: undefined, diagnostics: [fileDiagnostic(error, path, 'write')] }]);
  }
}

const running = (flags: Flags, { name }: Device) => {
  const threads = flags.number('threads');
  return { device: name, ...(threads !== undefined && { threads }) };
};

function roundsIn(flags: Flags): Rounds {
  const rounds = flags.number('rounds');
  return rounds === undefined ? ROUNDS : { least: rounds, most: rounds, seconds: 0 };
}

async function calibrate(
  path: string,
  device: Device,
  flags: Flags,
  output: Output,
  progress: Progress,
): Promise<void> {
  const stage = (share?: number): void => progress.stage('measure this machine', share);
  const options = { ...running(flags, device), onProgress: stage };
  const machine = output.take(await measureMachine(options, roundsIn(flags)));
  await writeText(path, devicesText([machine]), output);
  progress.end();
  if (!output.json) await output.print(`${path}\n`);
  else await output.printJson({ schema: 'benben.bench/1', machine, diagnostics: output.warnings() });
}

async function bench(
  path: string,
  kept: string | undefined,
  device: Device,
  flags: Flags,
  output: Output,
  progress: Progress,
): Promise<void> {
  const machine = await givenMachine(flags, device, output);
  const source = await readSource(path, output);
  progress.stage('compile');
  const model = flags.text('model');
  const precision = flags.choice<Precision>('precision') ?? 'fp32';
  const options: CompileOptions = {
    target: device.target,
    precision,
    ...(model !== undefined && { model }),
  };
  const compiled = compileOrStop(source, options, output);
  const lengths = lengthsOf(flags, compiled);
  const result = output.take(
    await benchModel(compiled, lengths, {
      ...running(flags, device),
      ...(machine && { machine }),
      // The file of --calibrate is for models of every precision, so it gets all rates.
      ...(kept === undefined && { rates: ratesOf(precision, device.target) }),
      rounds: roundsIn(flags),
      onStage: (stage, share) => progress.stage(stage, share),
    }),
  );
  if (kept !== undefined) await writeText(kept, devicesText([result.machine]), output);
  progress.end();
  const report = { compiled, device: device.name, lengths, result };
  if (output.json) await output.printJson(asJson(report, output));
  else await show(report, output);
}

/** The device that `--on` names. */
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
      `--on ${on} names ${1 + others.length} devices, but bench compares with only one`,
      'name one device; `benben report` accepts several',
    );
  if (machine!.target === target) return machine;
  throw new UsageFault(
    `--on ${on} describes a device for ${machine!.target}, but the model runs on ${name}`,
    'choose another device to run on with --device, or name a device of the same kind with --on',
  );
}

/** The lengths of the run. Unlike in a report, they cannot exceed the lengths that the model can read and write. */
function lengthsOf(flags: Flags, { spec }: Compiled): TimeLengths {
  const { length: most } = spec.encoder;
  const words = spec.decoder?.target ?? 1;
  const [length = most, target = Math.min(words, WORDS), batch = 1] = ['length', 'target', 'batch'].map(
    (name) => flags.number(name),
  );
  if (length > most)
    throw new UsageFault(
      `--length ${length} is too long: ${spec.name} reads at most ${counted(most, 'token')}`,
    );
  if (flags.number('target') !== undefined && !spec.decoder)
    throw new UsageFault(`--target is the length of an output, but ${spec.name} has no decoder`);
  if (target > words)
    throw new UsageFault(`--target ${target} is too long: ${spec.name} writes at most ${words} words`);
  return { length, target, batch };
}

interface BenchReport {
  readonly compiled: Compiled;
  readonly device: string;
  readonly lengths: TimeLengths;
  readonly result: BenchResult;
}

const asJson = ({ compiled, device, lengths, result }: BenchReport, output: Output): object => ({
  schema: 'benben.bench/1',
  model: compiled.spec.name,
  entry: compiled.entry,
  precision: compiled.precision,
  device,
  lengths,
  ...result,
  diagnostics: output.warnings(),
});

const signedPercent = (share: number): string =>
  `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(0)} %`;

function nameOf(part: BenchPart['part'], { compiled, lengths }: BenchReport): string {
  if (part === 'word') return 'each further word';
  if (part === 'all') return `all ${count(lengths.target)} words`;
  return compiled.entry === 'encode' ? 'encoder' : 'encoder, to the first word';
}

async function show(report: BenchReport, output: Output): Promise<void> {
  const { compiled, device, lengths, result } = report;
  const { machine, parts, rounds } = result;
  const several = lengths.batch > 1 ? `, ${count(lengths.batch)} at once` : '';
  const about = `${compiled.spec.name} in ${compiled.precision} on ${device}, documents of ${count(lengths.length)} tokens${several}`;
  const cells = parts.map(({ part, predicted, measured, error }) => [
    ...[nameOf(part, report), duration(predicted)],
    ...(measured === null || error === null
      ? ['too short', '–']
      : [duration(measured), signedPercent(error)]),
  ]);
  const head = ['part', 'predicted', 'measured', 'error'].map((name) => output.out.dim(name));
  const source = machine.source === '' ? '' : ` (${machine.source})`;
  output.note(`medians of ${counted(rounds, 'round')}; predicted for ${machine.name}${source}`);
  await output.print(`${about}\n${table([head, ...cells], { right: [1, 2, 3] })}\n`);
}
