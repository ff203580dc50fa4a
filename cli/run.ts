/** `benben run`: reads a document, and prints the generated text and a report of the run. */

import type { SearchSettings } from '../compiler/model/lowering.ts';
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { table } from '../report/view/table.ts';
import type { Generated, Model, Reading } from '../runtime/model.ts';
import type { Piece, Streamed, StreamingModel } from '../runtime/stream.ts';
import type { Call } from './command.ts';
import { EXIT, UsageFault } from './faults.ts';
import { nameText, printable, widthOf } from './io.ts';
import { keptText, summary } from './kept.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';
import { createProgress, type Progress, type StageTime } from './progress.ts';
import { isOnnx, onlyOneStdin, readText } from './read.ts';
import { limits, searchIn } from './search_options.ts';
import { aboutRandom, bytes, count, counted, seconds } from './spelling.ts';

/** The largest document that is read from a file. It is far larger than any model can use. */
const MAX_DOCUMENT_BYTES = 16 << 20;

/** The arguments for opening a model. */
export interface Opening {
  readonly path: string;
  readonly search: Partial<SearchSettings>;
  readonly flags: Flags;
  readonly output: Output;
  readonly progress: Progress;
  readonly device: string;
}

/** Opens an .onnx file. ONNX Runtime loads in its own thread while this thread loads the rest of the program. */
async function openArtifact(opening: Opening): Promise<Model> {
  (await import('../runtime/session_thread.ts')).prepareSession();
  return (await import('./run_artifact.ts')).openArtifact(opening);
}

/** Compiles and opens a .ben file. The compiler is loaded only here, because .onnx files do not need it. */
const openSource = async (opening: Opening): Promise<Model | StreamingModel> =>
  (await import('./run_source.ts')).openSource(opening);

export async function run({ args, flags, output }: Call): Promise<number> {
  const search = searchIn(flags);
  const input = flags.text('input');
  if (input === undefined)
    throw new UsageFault(
      'there is no document to read',
      'name one: --input FILE, or --input - for standard input',
    );
  const [min, max] = [flags.number('min'), flags.number('max')];
  if (min !== undefined && max !== undefined && min > max)
    throw new UsageFault(`--min ${min} is more than --max ${max}`);
  onlyOneStdin([args[0], input]);

  const document = (await readText(input, MAX_DOCUMENT_BYTES, output)).text;
  const progress = createProgress(output);
  let model: Model | StreamingModel | undefined;
  try {
    const device = flags.text('device') ?? 'auto';
    const opening = { path: args[0]!, search, flags, output, progress, device };
    model = await (isOnnx(opening.path) ? openArtifact(opening) : openSource(opening));
    const result = await read(model, document, flags, output, progress);
    const times = progress.end();
    if (result.generated?.ids[0] === model.info.ids.eos) output.warn([noText()]);
    if (output.json) await output.printJson(asJson(model, result, times, output));
    else await show(model, result, times, output);
    return EXIT.done;
  } finally {
    progress.end();
    await model?.close();
  }
}

interface Result {
  readonly reading: Reading;
  /** Absent if the model has no decoder. */
  readonly generated?: Generated;
  /** Whether the best text has been streamed to standard output already. */
  readonly printed?: boolean;
}

/** The facts about the model that the report of a run contains. */
type ModelFacts = Pick<Model, 'info' | 'device' | 'tokenizer'>;

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
    progress.stage('read');
    const [reading] = output.take(await model.encode([document], { long }));
    return { reading: reading! };
  }
  progress.stage('read and generate');
  const options = limits(flags, model.info.spec, model.info.random, output);
  const [generated] = output.take(await model.generate([document], { ...options, long }));
  return { reading: generated!, generated: generated! };
}

/** Prints each piece as it arrives. */
async function printStream(
  pieces: AsyncIterable<Piece>,
  output: Output,
  progress: Progress,
): Promise<Result> {
  let result: Streamed | undefined;
  for await (const piece of pieces) {
    result = piece.result;
    if (piece.diagnostics) output.warn(piece.diagnostics);
    if (output.json || piece.text === '') continue;
    progress.hush();
    await output.print(output.io.stdout.isTTY ? printable(piece.text) : piece.text);
  }
  if (!output.json) await output.print('\n');
  return { reading: result!, generated: result!, printed: true };
}

/** Says why nothing is printed, which would otherwise look like a fault. */
const noText = (): Diagnostic =>
  runtimeDiagnostic(
    'D579',
    'the model wrote no text: the first token that it chose is the end token',
    '--min N forbids the end token for the first N tokens',
    'note',
  );

const peakMemory = (): number => process.resourceUsage().maxRSS * 1024;

function asJson(
  model: ModelFacts,
  { reading, generated }: Result,
  times: readonly StageTime[],
  output: Output,
): object {
  const { info, device } = model;
  return {
    schema: 'benben.run/1',
    model: info.model,
    entry: info.entry,
    device,
    precision: info.precision,
    weights: { label: info.weights, random: info.random },
    tokenizer: model.tokenizer.name,
    ...(generated && { text: generated.text, ids: generated.ids, score: generated.score }),
    ...(generated && info.search.returned > 1 && { alternatives: generated.alternatives }),
    document: reading.document,
    slots: reading.slots,
    kept: reading.kept,
    times,
    peakMemoryBytes: peakMemory(),
    diagnostics: output.warnings(),
  };
}

async function show(
  model: ModelFacts,
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
      ].map(([name, text]) => [err.dim(name!), nameText(text!)]),
    ),
  );
  // A model without a decoder writes no text, so the words that it kept are the result.
  const excerpt = `${keptText(reading.kept, widthOf(generated ? output.io.stderr : output.io.stdout))}\n`;
  if (generated) output.note(excerpt);
  else await output.print(excerpt);
  if (info.random) output.note(err.yellow(nameText(aboutRandom(info.weights))));
  if (generated) await printTexts(generated, info.search.returned > 1, printed, output);
}

/** Prints the text. If several texts were requested, prints a line with the rank and the score above each text. */
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

/** How many tokens were written, without the final end token (eos). `--max` does not count this token either. */
function wrote(stage: string, model: ModelFacts, generated: Generated | undefined): string {
  if (!generated || stage !== 'read and generate') return '';
  const { eos } = model.info.ids;
  return ` (${counted(generated.ids.filter((id) => id !== eos).length, 'token')} written)`;
}
