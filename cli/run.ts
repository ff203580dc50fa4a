/** `benben run`: a document in, text out, and how it went. */
import {
  type Generated,
  idsOf,
  loadCompiled,
  loadModel,
  type Model,
  openTokenizer,
  type Precision,
  type Reading,
} from '../index.ts';
import { deviceNamed } from '../runtime/devices.ts';
import { type Limits, limitsOf, mostTokens } from '../runtime/limits.ts';
import type { Call } from './commands.ts';
import { aboutRandom, compileOrStop, refuseLater } from './compiling.ts';
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
  refuseLater(flags);
  const input = flags.text('input');
  if (input === undefined)
    throw new UsageFault('there is no document', 'name one: --input FILE, or --input - for standard input');
  const [min, max] = [flags.number('min'), flags.number('max')];
  if (min !== undefined && max !== undefined && min > max)
    throw new UsageFault(`--min ${min} is more than --max ${max}`);
  onlyOneStdin([args[0], input]);

  const document = (await readText(input, MAX_DOCUMENT_BYTES, output)).text;
  const progress = createProgress(output);
  let model: Model | undefined;
  try {
    model = await open(args[0]!, flags, output, progress);
    const { reading, generated } = await read(model, document, flags, output, progress);
    const times = progress.end();
    if (output.json) await output.printJson(asJson(model, reading, generated, times, output));
    else await show(model, reading, generated, times, output);
    return EXIT.done;
  } finally {
    progress.end();
    await model?.close();
  }
}

async function open(path: string, flags: Flags, output: Output, progress: Progress): Promise<Model> {
  // One long document: memory matters more than what the allocator could keep for a next one.
  const options = { device: flags.text('device') ?? 'auto', lowMemory: true };
  const given = flags.text('tokenizer');
  if (isOnnx(path)) {
    for (const name of ['model', 'weights', 'seed', 'precision']) {
      const value = name === 'seed' ? flags.number(name) : flags.text(name);
      if (value !== undefined)
        throw new UsageFault(`--${name} is for .ben files: an .onnx file has its model and weights inside`);
    }
    progress.stage('load');
    const tokenizer = given === undefined ? {} : { tokenizer: given };
    return output.take(await loadModel(path, { ...options, ...tokenizer }));
  }
  const source = await readSource(path, output);
  progress.stage('compile');
  const tokenizer = given === undefined ? undefined : output.take(await openTokenizer(given));
  const name = flags.text('model');
  const target = deviceNamed(options.device)?.target ?? 'cpu';
  const precision = flags.choice<Precision>('precision') ?? 'fp32';
  const compiled = compileOrStop(
    source,
    {
      ...(name !== undefined && { model: name }),
      target,
      precision,
      ...(tokenizer && { ids: idsOf(tokenizer) }),
    },
    output,
  );
  const [weights, seed] = [flags.text('weights'), flags.number('seed')];
  // Before half a gigabyte is written for nothing.
  if (compiled.entry === 'generate') limits(flags, compiled.spec, weights === undefined, output);
  const loaded = await loadCompiled(compiled, {
    ...options,
    ...(tokenizer && { tokenizer }),
    ...(weights !== undefined && { weights }),
    ...(seed !== undefined && { seed }),
    onStage: (stage, share) =>
      stage === 'write' ? progress.stage('write weights', share) : progress.stage(stage),
  });
  return output.take(loaded);
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
}

async function read(
  model: Model,
  document: string,
  flags: Flags,
  output: Output,
  progress: Progress,
): Promise<Result> {
  const long = flags.choice<'cut' | 'refuse'>('long') ?? 'cut';
  if (model.info.entry === 'encode') {
    for (const name of ['max', 'min', 'lengthPenalty']) {
      if (flags.number(name) !== undefined)
        throw new UsageFault(
          `${model.info.model} only reads (entry encode): there is no text for --${name.replace('P', '-p')}`,
        );
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

const peakMemory = (): number => process.resourceUsage().maxRSS * 1024;

function asJson(
  model: Model,
  reading: Reading,
  generated: Generated | undefined,
  times: readonly StageTime[],
  output: Output,
): object {
  const { info, device } = model;
  return {
    ...{ schema: 'benben.run/1', model: info.model, entry: info.entry, device, precision: info.precision },
    ...{ weights: { label: info.weights, random: info.random }, tokenizer: model.tokenizer.name },
    ...(generated && { text: generated.text, ids: generated.ids, score: generated.score }),
    ...{ document: reading.document, slots: reading.slots, kept: reading.kept },
    ...{ times, peakMemoryBytes: peakMemory(), diagnostics: output.told() },
  };
}

async function show(
  model: Model,
  reading: Reading,
  generated: Generated | undefined,
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
  if (generated) {
    const text = output.io.stdout.isTTY ? printable(generated.text) : generated.text;
    await output.print(`${text}\n`);
  }
}

/** The final eos is no word of the text, and `--max` does not count it either. */
function wrote(stage: string, model: Model, generated: Generated | undefined): string {
  if (!generated || stage !== 'read and generate') return '';
  const { eos } = model.info.ids;
  return ` (${counted(generated.ids.filter((id) => id !== eos).length, 'token')} written)`;
}
