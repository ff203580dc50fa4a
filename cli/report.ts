/** `benben report`: what models cost, before anything runs. */

import { breakEvenOf } from '../compiler/cost/break_even.ts';
import type { ReportDocument, ReportedModel } from '../compiler/cost/document.ts';
import { withMemory } from '../compiler/cost/memory_report.ts';
import { ratiosOf } from '../compiler/cost/ratios.ts';
import { measure, type ReportLengths, reportAt } from '../compiler/cost/report.ts';
import { sweepOf } from '../compiler/cost/sweep.ts';
import { KINDS } from '../compiler/kinds/index.ts';
import type { Source } from '../dsl/diagnostics.ts';
import { analyze } from '../dsl/index.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { suggest } from '../dsl/suggest.ts';
import { activationsOf } from '../passes/activations.ts';
import { runtimeDiagnostic } from '../runtime/codes.ts';
import { writeAll, writeAtomically } from '../runtime/files.ts';
import type { Call } from './commands.ts';
import { EXIT, InputFault, UsageFault } from './faults.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';
import { refuseOverwriting } from './overwriting.ts';
import { onlyOneStdin, readSource } from './read.ts';
import { FORMATS, type Format } from './report/formats.ts';
import { readSweep, type SweepWish } from './report/sweep_option.ts';

interface Found {
  readonly source: Source;
  readonly spec: ModelSpec;
}

export async function run({ args, flags, output }: Call): Promise<number> {
  onlyOneStdin(args);
  const format = formatOf(flags);
  const sweepText = flags.text('sweep');
  const sweep = sweepText === undefined ? undefined : readSweep(sweepText);
  // Loaded only where a time is asked for.
  const timed = flags.text('on') !== undefined || flags.text('precision') !== undefined;
  const predict = timed
    ? await (await import('./report/prediction.ts')).predictionIn(flags, format, output)
    : undefined;
  const all = await modelsOf(args, output);
  const name = flags.text('model');
  const against = flags.text('against');
  const other = against === undefined ? undefined : named(all, against)[0]!;
  const chosen =
    name === undefined ? all.filter((found) => found !== other || all.length === 1) : named(all, name);
  const lengths = lengthsOf(flags, chosen);
  const counted = documentOf(chosen, other, lengths, sweep);
  const document = predict ? predict(counted) : counted;
  const { render } = await FORMATS[format]();
  const text = render(document, output.out);
  const path = flags.text('html');
  if (path === undefined) await output.print(text);
  else await writeReport(path, text, args, output);
  return EXIT.done;
}

/** One at most of the options that name a format. */
function formatOf(flags: Flags): Format {
  const named = (['json', 'markdown', 'csv'] as const).filter((name) => flags.on(name));
  const all: readonly Format[] = [...named, ...(flags.text('html') === undefined ? [] : (['html'] as const))];
  if (all.length > 1)
    throw new UsageFault(`a report has one format, not ${all.map((one) => `--${one}`).join(' and ')}`);
  return all[0] ?? 'text';
}

async function modelsOf(paths: readonly string[], output: Output): Promise<readonly Found[]> {
  const all: Found[] = [];
  for (const path of paths) {
    const source = await readSource(path, output);
    const { models } = output.take(analyze(source, KINDS), source);
    all.push(...models.map((spec) => ({ source, spec })));
  }
  if (all.length > 0) return all;
  const names = paths.map((path) => (path === '-' ? '<stdin>' : path)).join(', ');
  throw unknown(`${names} ${paths.length > 1 ? 'hold' : 'holds'} no model`, 'write `model Name { … }`');
}

function unknown(message: string, help: string): InputFault {
  return new InputFault([{ source: undefined, diagnostics: [runtimeDiagnostic('D555', message, help)] }]);
}

/** All models of that name; several files may have one each. */
function named(all: readonly Found[], name: string): readonly Found[] {
  const found = all.filter(({ spec }) => spec.name === name);
  if (found.length > 0) return found;
  const names = [...new Set(all.map(({ spec }) => spec.name))];
  const paths = [...new Set(all.map(({ source }) => source.path))];
  const near = suggest(name, names);
  const help = near ? `did you mean '${near}'?` : `there are ${names.join(', ')}`;
  throw unknown(`${paths.join(', ')} ${paths.length > 1 ? 'hold' : 'holds'} no model '${name}'`, help);
}

function lengthsOf(flags: Flags, chosen: readonly Found[]): ReportLengths {
  const [length, target, batch] = ['length', 'target', 'batch'].map((name) => flags.number(name));
  if (target !== undefined && chosen.every(({ spec }) => !spec.decoder)) {
    const names = chosen.map(({ spec }) => spec.name).join(', ');
    throw new UsageFault(
      `--target is the length of an output, and ${names} ${chosen.length > 1 ? 'have' : 'has'} no decoder`,
    );
  }
  return {
    ...(length !== undefined && { length }),
    ...(target !== undefined && { target }),
    ...(batch !== undefined && { batch }),
  };
}

/** The other model is measured at the lengths of each that it stands against, where it has the same itself. */
function documentOf(
  chosen: readonly Found[],
  other: Found | undefined,
  lengths: ReportLengths,
  sweep: SweepWish | undefined,
): ReportDocument {
  const otherMeasured = other && measure(other.spec);
  const otherReport = otherMeasured && withMemory(reportAt(otherMeasured, lengths), activationsOf);
  const models = chosen.map(({ source, spec }): ReportedModel => {
    const measured = measure(spec);
    const report = withMemory(reportAt(measured, lengths), activationsOf);
    const swept = sweep && sweepOf(measured, lengths, sweep.symbol, sweep.values);
    if (swept && 'problem' in swept)
      throw new UsageFault(
        `--sweep: ${spec.name} cannot have ${sweep!.symbol} = ${swept.value}: ${swept.problem}`,
      );
    return {
      source,
      report,
      breakEven: breakEvenOf(measured),
      ...(otherReport && { ratios: ratiosOf(report, otherReport) }),
      ...(swept && { sweep: swept }),
    };
  });
  return { models };
}

async function writeReport(
  path: string,
  text: string,
  sources: readonly string[],
  output: Output,
): Promise<void> {
  await refuseOverwriting([path], sources);
  await output.take(
    await writeAtomically(path, (file) => writeAll(file, Buffer.from(text)).then(() => true)),
  );
  await output.print(`${path}\n`);
}
