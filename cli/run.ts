/** `benben run`: a document in, text out, and how it went. */
import type { Diagnostic } from '../dsl/diagnostics.ts';
import {
  type Generated,
  idsOf,
  type LoadCompiledOptions,
  loadCompiled,
  loadCompiledStreaming,
  loadModel,
  type Model,
  openTokenizer,
  type Piece,
  type Precision,
  type Reading,
  type SearchSettings,
  type Streamed,
  type StreamingModel,
} from '../index.ts';
import { runtimeDiagnostic } from '../runtime/codes.ts';
import { findDevice } from '../runtime/device.ts';
import { type Limits, limitsOf, mostTokens } from '../runtime/limits.ts';
import type { Call } from './commands.ts';
import { aboutRandom, compileOrStop, searchIn } from './compiling.ts';
import { EXIT, UsageFault } from './faults.ts';
import { printable, widthOf } from './io.ts';
import { keptText, summary } from './kept.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';
import { createProgress, type Progress, type StageTime } from './progress.ts';
import { isOnnx, onlyOneStdin, readSource, readText } from './read.ts';
import { bytes, count, counted, seconds } from './spelling.ts';
import { table } from './table.ts';

/** Far more than any model reads. */
const MAX_DOCUMENT_BYTES = 16 << 20;

/** Text of random weights is noise: enough of it to see that everything works. */
const RANDOM_MAX = 64;

export async function run({ args, flags, output }: Call): Promise<number> {
  const search = searchIn(flags);
  const input = flags.text('input');
  if (input === undefined)
    throw new UsageFault('there is no document', 'name one: --input FILE, or --input - for standard input');
  const [min, max] = [flags.number('min'), flags.number('max')];
  if (min !== undefined && max !== undefined && min > max)
    throw new UsageFault(`--min ${min} is more than --max ${max}`);
  onlyOneStdin([args[0], input]);

  const document = (await readText(input, MAX_DOCUMENT_BYTES, output)).text;
  const progress = createProgress(output);
  let model: Model | StreamingModel | undefined;
  try {
    model = await open(args[0]!, search, flags, output, progress);
    const result = await read(model, document, flags, output, progress);
    const times = progress.end();
    if (output.json) await output.printJson(asJson(model, result, times, output));
    else await show(model, result, times, output);
    return EXIT.done;
  } finally {
    progress.end();
    await model?.close();
  }
}

async function open(
  path: string,
  search: Partial<SearchSettings>,
  flags: Flags,
  output: Output,
  progress: Progress,
): Promise<Model | StreamingModel> {
  // One long document: memory matters more than what the allocator could keep for a next one.
  const options = { device: flags.text('device') ?? 'auto', lowMemory: true };
  const given = flags.text('tokenizer');
  if (isOnnx(path)) {
    for (const name of ['model', 'weights', 'seed', 'precision']) {
      const value = name === 'seed' ? flags.number(name) : flags.text(name);
      if (value !== undefined)
        throw new UsageFault(`--${name} is for .ben files: an .onnx file has its model and weights inside`);
    }
    if (flags.on('stream'))
      throw new UsageFault(
        '--stream is for .ben files: an .onnx file gives its text at once',
        'run the .ben file, or leave --stream out',
      );
    progress.stage('load');
    const tokenizer = given === undefined ? {} : { tokenizer: given };
    const model = output.take(await loadModel(path, { ...options, ...tokenizer }));
    const other = otherSearch(path, model.info, search);
    if (!other) return model;
    await model.close();
    return output.take<never>({ diagnostics: [other] });
  }
  const source = await readSource(path, output);
  progress.stage('compile');
  const tokenizer = given === undefined ? undefined : output.take(await openTokenizer(given));
  const name = flags.text('model');
  // The artifact is made for the device that will run it.
  const device = output.take(await findDevice(options.device));
  const precision = flags.choice<Precision>('precision') ?? 'fp32';
  const compiling = {
    ...(name !== undefined && { model: name }),
    ...{ target: device.target, precision, ...search },
    ...(tokenizer && { ids: idsOf(tokenizer) }),
  };
  const streams = flags.on('stream');
  const compiled = compileOrStop(source, { ...compiling, ...(streams && { entry: 'begin' }) }, output);
  const [weights, seed] = [flags.text('weights'), flags.number('seed')];
  // Before half a gigabyte is written for nothing.
  if (compiled.entry !== 'encode') limits(flags, compiled.spec, weights === undefined, output);
  const loading: LoadCompiledOptions = {
    ...options,
    device: device.name,
    ...(tokenizer && { tokenizer }),
    ...(weights !== undefined && { weights }),
    ...(seed !== undefined && { seed }),
    onStage: (stage, share) =>
      stage === 'write' ? progress.stage('write weights', share) : progress.stage(stage),
  };
  if (!streams) return output.take(await loadCompiled(compiled, loading));
  const advance = compileOrStop(source, { ...compiling, entry: 'advance' }, output);
  return output.take(await loadCompiledStreaming({ begin: compiled, advance }, loading));
}

/** How a search is part of an artifact differs from what is asked for. */
function otherSearch(
  path: string,
  { search }: Model['info'],
  asked: Partial<SearchSettings>,
): Diagnostic | undefined {
  const names = { beam: '--beam', returned: '--best', noRepeatNgram: '--no-repeat-ngram' } as const;
  const spelled = (settings: Partial<SearchSettings>): string =>
    Object.entries(settings)
      .map(([name, value]) => `${names[name as keyof SearchSettings]} ${value}`)
      .join(' ');
  const different = (Object.keys(asked) as (keyof SearchSettings)[]).filter(
    (name) => asked[name] !== search[name],
  );
  if (different.length === 0) return undefined;
  const has = Object.fromEntries(different.map((name) => [name, search[name]]));
  const message = `${path} was compiled with ${spelled(has)}: the search is part of the artifact`;
  return runtimeDiagnostic('D554', message, `compile its source again with ${spelled(asked)}`);
}

/** What was asked for, as far as the model can do it; of random weights a little is enough. */
function limits(flags: Flags, spec: Model['info']['spec'], random: boolean, output: Output): Limits {
  const [min, lengthPenalty] = [flags.number('min'), flags.number('lengthPenalty')];
  const some = random ? Math.min(Math.max(RANDOM_MAX, min ?? 0), mostTokens(spec)) : undefined;
  const max = flags.number('max') ?? some;
  const asked = {
    ...(max !== undefined && { max }),
    ...(min !== undefined && { min }),
    ...(lengthPenalty !== undefined && { lengthPenalty }),
  };
  return output.take(limitsOf(asked, spec));
}

interface Result {
  readonly reading: Reading;
  /** Absent for models that only read. */
  readonly generated?: Generated;
  /** Its best text is on standard output already. */
  readonly printed?: boolean;
}

/** What the report is about. */
type Ran = Pick<Model, 'info' | 'device' | 'tokenizer'>;

async function read(
  model: Model | StreamingModel,
  document: string,
  flags: Flags,
  output: Output,
  progress: Progress,
): Promise<Result> {
  const long = flags.choice<'cut' | 'refuse'>('long') ?? 'cut';
  if ('stream' in model) {
    progress.stage('read and generate');
    const options = { ...limits(flags, model.info.spec, model.info.random, output), long };
    return printStream(model.stream(document, options), output, progress);
  }
  if (model.info.entry === 'encode') {
    for (const name of ['max', 'min', 'lengthPenalty', 'beam', 'best', 'noRepeatNgram']) {
      if (flags.number(name) === undefined) continue;
      const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      throw new UsageFault(`${model.info.model} only reads (entry encode): there is no text for --${option}`);
    }
    progress.stage('read');
    const [reading] = output.take(await model.encode([document], { long }));
    return { reading: reading! };
  }
  progress.stage('read and generate');
  const options = limits(flags, model.info.spec, model.info.random, output);
  const [generated] = output.take(await model.generate([document], { ...options, long }));
  return { reading: generated!, generated: generated! };
}

/** Each piece as it comes; the text is whole when this returns. */
async function printStream(
  pieces: AsyncIterable<Piece>,
  output: Output,
  progress: Progress,
): Promise<Result> {
  let result: Streamed | undefined;
  for await (const piece of pieces) {
    result = piece.result;
    if (output.json) continue;
    progress.hush();
    await output.print(output.io.stdout.isTTY ? printable(piece.text) : piece.text);
  }
  if (!output.json) await output.print('\n');
  output.tell(result!.diagnostics);
  return { reading: result!, generated: result!, printed: true };
}

const peakMemory = (): number => process.resourceUsage().maxRSS * 1024;

function asJson(
  model: Ran,
  { reading, generated }: Result,
  times: readonly StageTime[],
  output: Output,
): object {
  const { info, device } = model;
  return {
    ...{ schema: 'benben.run/1', model: info.model, entry: info.entry, device, precision: info.precision },
    ...{ weights: { label: info.weights, random: info.random }, tokenizer: model.tokenizer.name },
    ...(generated && { text: generated.text, ids: generated.ids, score: generated.score }),
    ...(generated && info.search.returned > 1 && { alternatives: generated.alternatives }),
    ...{ document: reading.document, slots: reading.slots, kept: reading.kept },
    ...{ times, peakMemoryBytes: peakMemory(), diagnostics: output.told() },
  };
}

async function show(
  model: Ran,
  { reading, generated, printed = false }: Result,
  times: readonly StageTime[],
  output: Output,
): Promise<void> {
  const { err } = output;
  const { info } = model;
  const { tokens, omittedTokens } = reading.document;
  const omitted = omittedTokens > 0 ? `, ${count(omittedTokens)} left out` : '';
  const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  output.note(
    table(
      [
        [
          'model',
          `${info.model}, ${count(info.parameters)} parameters (${info.weights}), entry ${info.entry}${info.precision === 'fp32' ? '' : `, ${info.precision}`}`,
        ],
        ['device', model.device],
        ['document', `${counted(tokens, 'token')} read${omitted} (tokenizer: ${model.tokenizer.name})`],
        ...times.map(({ stage, milliseconds }) => [
          stage,
          seconds(milliseconds) + wrote(stage, model, generated),
        ]),
        ['total', `${seconds(total)}, peak memory ${bytes(peakMemory())}`],
        ['kept', summary(reading.kept, tokens, reading.slots)],
      ].map(([name, text]) => [err.dim(name!), text!]),
    ),
  );
  // For a model that only reads, what it kept is the result.
  const excerpt = `${keptText(reading.kept, widthOf(generated ? output.io.stderr : output.io.stdout))}\n`;
  if (generated) output.note(excerpt);
  else await output.print(excerpt);
  if (info.random) output.note(err.yellow(aboutRandom(info.weights)));
  if (generated) await printTexts(generated, info.search.returned > 1, printed, output);
}

/** The text alone; several, where they were asked for, each under its place and score. */
async function printTexts(
  generated: Generated,
  several: boolean,
  printed: boolean,
  output: Output,
): Promise<void> {
  const texts = [generated, ...generated.alternatives];
  for (const [i, { text, score }] of texts.entries()) {
    if (i === 0 && printed) continue;
    const head = several ? `[${i + 1}] score ${score.toFixed(4)}\n` : '';
    await output.print(`${head}${output.io.stdout.isTTY ? printable(text) : text}\n`);
  }
}

/** The final eos is no word of the text, and `--max` does not count it either. */
function wrote(stage: string, model: Ran, generated: Generated | undefined): string {
  if (!generated || stage !== 'read and generate') return '';
  const { eos } = model.info.ids;
  return ` (${counted(generated.ids.filter((id) => id !== eos).length, 'token')} written)`;
}
