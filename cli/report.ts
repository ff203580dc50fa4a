/** `benben report`: computes what models cost without running them. */

import { KINDS } from '../compiler/model/kinds/index.ts';
import { analyze } from '../dsl/index.ts';
import { suggest } from '../dsl/suggest.ts';
import type { ReportLengths } from '../report/measured.ts';
import { layersProblem } from '../report/most_layers.ts';
import { FORMATS, type Format, SUMMARIES } from '../report/view/formats.ts';

import type { Call } from './command.ts';
import { EXIT, InputFault, UsageFault, unknownModel } from './faults.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';
import { refuseOverwriting, writeText } from './overwriting.ts';
import { filesOf } from './patterns.ts';
import { onlyOneStdin, readSource } from './read.ts';
import { type Found, type ReportWish, reportedModels, summarizedModels } from './report_models.ts';
import type { Predict } from './report_prediction.ts';
import { readSweep } from './report_sweep.ts';

/** Computes the requested costs and writes them as a text. */
type Write = (wish: ReportWish, format: Format, predict: Predict, output: Output) => Promise<string>;

export async function run({ args, flags, output }: Call): Promise<number> {
  onlyOneStdin(args);
  const format = formatOf(flags);
  const sweepText = flags.text('sweep');
  const sweep = sweepText === undefined ? undefined : readSweep(sweepText);
  // The prediction of times is loaded only on request.
  const timed = flags.text('on') !== undefined || flags.text('precision') !== undefined;
  const predict = timed
    ? await (await import('./report_prediction.ts')).predictionIn(flags, format, output)
    : <M>(models: readonly M[]) => models;
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
  const tooMany = layersProblem(
    [...chosen, ...(other ? [other] : [])].map(({ spec }) => spec),
    'name fewer files, or choose one model with --model',
  );
  if (tooMany) throw new InputFault([{ source: undefined, diagnostics: [tooMany] }]);
  const full = flags.on('full') || !SUMMARIES[format];
  const wish: ReportWish = { chosen, other, lengths, sweep };
  const text = await (full ? fullText : summaryText)(wish, format, predict, output);
  const path = flags.text('html') ?? '-';
  if (path === '-') await output.print(text);
  else await writeReport(path, text, files, output);
  return EXIT.done;
}

const fullText: Write = async (wish, format, predict, output) => {
  const { render } = await FORMATS[format]();
  const models = await reportedModels(wish, output);
  return render({ models: predict(models), diagnostics: output.warnings() }, output.out);
};

/** The first screen. It also shows the model of `--against` if that is not among the chosen models. */
const summaryText: Write = async ({ chosen, other, ...wish }, format, predict, output) => {
  const { render } = await SUMMARIES[format]!();
  const all = other && !chosen.includes(other) ? [...chosen, other] : chosen;
  return render(
    { models: predict(await summarizedModels({ chosen: all, other, ...wish }, output)) },
    output.out,
  );
};

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
