/** `benben report`: computes what models cost without running them. */

import { KINDS } from '../compiler/model/kinds/index.ts';
import type { Source } from '../dsl/diagnostics.ts';
import { analyze } from '../dsl/index.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { suggest } from '../dsl/suggest.ts';
import { breakEvenOf } from '../report/break_even.ts';
import type { ReportDocument, ReportedModel } from '../report/document.ts';
import { type Measured, measure, type ReportLengths } from '../report/measured.ts';
import { graphFootprint } from '../report/memory/activations.ts';
import { withMemory } from '../report/memory/memory_report.ts';
import { ratiosOf } from '../report/ratios.ts';
import { type ModelReport, reportAt } from '../report/report.ts';
import { type Sweep, type SweepPoint, sweepOf } from '../report/sweep.ts';
import { FORMATS, type Format } from '../report/view/formats.ts';

import type { Call } from './command.ts';
import { EXIT, UsageFault, unknownModel } from './faults.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';
import { refuseOverwriting, writeText } from './overwriting.ts';
import { filesOf } from './patterns.ts';
import { createProgress, type Progress, pause } from './progress.ts';
import { onlyOneStdin, readSource } from './read.ts';
import { readSweep, type SweepRequest } from './report_sweep.ts';

interface Found {
  readonly source: Source;
  readonly spec: ModelSpec;
}

export async function run({ args, flags, output }: Call): Promise<number> {
  onlyOneStdin(args);
  const format = formatOf(flags);
  const sweepText = flags.text('sweep');
  const sweep = sweepText === undefined ? undefined : readSweep(sweepText);
  // The prediction of times is loaded only on request.
  const timed = flags.text('on') !== undefined || flags.text('precision') !== undefined;
  const predict = timed
    ? await (await import('./report_prediction.ts')).predictionIn(flags, format, output)
    : undefined;
  const files = await filesOf(args);
  const all = await modelsOf(files, output);
  const name = flags.text('model');
  const against = flags.text('against');
  const others = against === undefined ? [] : named(all, against);
  const [other] = others;
  if (other && others.length > 1)
    output.note(
      `there are ${others.length} models named ${against}; the ratios compare with the model in ${other.source.path}`,
    );
  const chosen = name === undefined ? all : named(all, name);
  const lengths = lengthsOf(flags, chosen);
  const progress = createProgress(output);
  const counted = await documentOf(chosen, other, lengths, sweep, progress).finally(() => progress.end());
  const document = predict ? predict(counted) : counted;
  const { render } = await FORMATS[format]();
  const text = render({ ...document, diagnostics: output.warnings() }, output.out);
  const path = flags.text('html') ?? '-';
  if (path === '-') await output.print(text);
  else await writeReport(path, text, files, output);
  return EXIT.done;
}

/** The requested format. `contradictions.ts` refuses more than one. */
const formatOf = (flags: Flags): Format =>
  (['json', 'markdown', 'csv', 'html'] as const).find((name) => flags.given(`--${name}`) !== undefined) ??
  'text';

async function modelsOf(paths: readonly string[], output: Output): Promise<readonly Found[]> {
  const all: Found[] = [];
  for (const path of paths) {
    const source = await readSource(path, output);
    const { models } = output.take(analyze(source, KINDS), source);
    all.push(...models.map((spec) => ({ source, spec })));
  }
  if (all.length > 0) return all;
  const names = paths.map((path) => (path === '-' ? '<stdin>' : path)).join(', ');
  throw unknownModel(
    `${names} ${paths.length > 1 ? 'contain' : 'contains'} no model`,
    'write `model Name { … }`',
  );
}

/** All models with this name. If there are several files, each file may have one. */
function named(all: readonly Found[], name: string): readonly Found[] {
  const found = all.filter(({ spec }) => spec.name === name);
  if (found.length > 0) return found;
  const names = [...new Set(all.map(({ spec }) => spec.name))];
  const paths = [...new Set(all.map(({ source }) => source.path))];
  const near = suggest(name, names);
  const help = near ? `did you mean '${near}'?` : `the models are ${names.join(', ')}`;
  throw unknownModel(
    `${paths.join(', ')} ${paths.length > 1 ? 'contain' : 'contains'} no model '${name}'`,
    help,
  );
}

function lengthsOf(flags: Flags, chosen: readonly Found[]): ReportLengths {
  const [length, target, batch] = ['length', 'target', 'batch'].map((name) => flags.number(name));
  if (target !== undefined && chosen.every(({ spec }) => !spec.decoder)) {
    const names = chosen.map(({ spec }) => spec.name).join(', ');
    throw new UsageFault(
      `--target is the length of an output, but ${names} ${chosen.length > 1 ? 'have' : 'has'} no decoder`,
    );
  }
  return {
    ...(length !== undefined && { length }),
    ...(target !== undefined && { target }),
    ...(batch !== undefined && { batch }),
  };
}

/** The model's name, with its file if another of the models has the same name. */
const nameBeside = ({ spec, source }: Found, others: readonly Found[]): string =>
  others.some((one) => one.spec !== spec && one.spec.name === spec.name)
    ? `${spec.name} (${source.path})`
    : spec.name;

/**
 * The report of all chosen models. Each model is compared with `other`, if it is given. `other` is compared with itself
 * only if it is the only chosen model.
 */
async function documentOf(
  chosen: readonly Found[],
  other: Found | undefined,
  lengths: ReportLengths,
  request: SweepRequest | undefined,
  progress: Progress,
): Promise<ReportDocument> {
  const reportFor = async ({ spec }: Found): Promise<ModelReport> => {
    progress.stage(`counting ${spec.name}`);
    const report = reportAt(measure(spec), lengths);
    await pause();
    const complete = withMemory(report, graphFootprint);
    await pause();
    return complete;
  };
  const otherReport = other && { ...(await reportFor(other)), name: nameBeside(other, chosen) };
  const models: ReportedModel[] = [];
  for (const found of chosen) {
    const report = await reportFor(found);
    const measured = measure(found.spec);
    const sweep = request && (await sweepFor(measured, lengths, request, progress));
    models.push({
      source: found.source,
      report,
      breakEven: breakEvenOf(measured, lengths.length),
      ...(otherReport &&
        (found.spec !== other.spec || chosen.length === 1) && { ratios: ratiosOf(report, otherReport) }),
      ...(sweep && { sweep }),
    });
  }
  return { models };
}

async function sweepFor(
  measured: Measured,
  lengths: ReportLengths,
  { symbol, values }: SweepRequest,
  progress: Progress,
): Promise<Sweep> {
  const points: SweepPoint[] = [];
  const { name } = measured.spec;
  for (const [i, value] of values.entries()) {
    progress.stage(`counting ${name} for several ${symbol}`, i / values.length);
    await pause();
    const swept = sweepOf(measured, lengths, symbol, [value]);
    if ('problem' in swept)
      throw new UsageFault(
        `--sweep: ${name} cannot have ${symbol} = ${swept.value}: ${swept.problem}`,
        'choose other values, or use --model to select models that can have these',
      );
    points.push(...swept.points.map((one) => ({ ...one, report: withMemory(one.report, graphFootprint) })));
  }
  return { symbol, points };
}

async function writeReport(
  path: string,
  text: string,
  sources: readonly string[],
  output: Output,
): Promise<void> {
  await refuseOverwriting([path], sources);
  await writeText(path, text, output);
  await output.print(`${path}\n`);
}
