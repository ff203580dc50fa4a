/** `benben compile`: writes an artifact, or prints the graph. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Graph } from '../compiler/ir/graph.ts';
import { printGraph } from '../compiler/ir/text.ts';
import type { WeightSource } from '../compiler/ir/weights.ts';
import type { Entry } from '../compiler/model/index.ts';
import type { Source } from '../dsl/diagnostics.ts';
import { PIPELINE_OF, PIPELINES } from '../passes/index.ts';
import type { Precision, Target } from '../passes/pass.ts';
import { type Compiled, type CompileOptions, parametersOf } from '../pipeline/compile.ts';
import type { PrecisionError } from '../runtime/calibration.ts';
import { fileDiagnostic } from '../runtime/files.ts';
import type { FileTokenizer } from '../runtime/tokenizer/huggingface.ts';
import { openTokenizer } from '../runtime/tokenizer/huggingface.ts';
import { checkVocabulary } from '../runtime/tokenizer/tokenizer.ts';
import { idsOf, type WriteOptions, weightsFor, write } from '../runtime/write.ts';
import type { Call } from './command.ts';
import { compileOrStop, defaultEntry } from './compiling.ts';
import { EXIT, UsageFault } from './faults.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';
import { outputPath } from './output_path.ts';
import { refuseOverwriting } from './overwriting.ts';
import { aboutBits, bitsOf, checkPrecisionFlags, errorReport } from './precision.ts';
import { createProgress, type StageTime } from './progress.ts';
import { onlyOneStdin, readSource } from './read.ts';
import { refuseSearch, searchIn } from './search_options.ts';
import { aboutRandom, bytes, count, seconds } from './spelling.ts';

export async function run({ args, flags, output }: Call): Promise<number> {
  checkPrecisionFlags(flags);
  const pass = flags.optional('printIr');
  if (flags.text('output') === '-') {
    throw new UsageFault(
      'an artifact is more than one file, so it cannot be written to standard output',
      'name a file: -o model.onnx',
    );
  }
  onlyOneStdin([args[0], flags.text('calibrate')]);
  const asked = optionsOf(flags);
  const source = await readSource(args[0]!, output);
  const entry = asked.entry ?? defaultEntry(source, asked.model)?.entry;
  if (entry) refuseSearch(entry, flags);
  const given = flags.text('tokenizer');
  const tokenizer = given === undefined ? undefined : output.take(await openTokenizer(given));
  const progress = createProgress(output);
  try {
    const options = { ...asked, ...(tokenizer && { ids: idsOf(tokenizer) }) };
    if (pass !== undefined) return await printIr(source, options, pass, output);
    progress.stage('compile');
    const compiled = compileOrStop(source, options, output);
    if (tokenizer)
      output.take({ value: true, diagnostics: checkVocabulary(tokenizer, compiled.spec.vocabulary) });
    const path = await outputPath(flags.text('output'), compiled);
    const shared = sharedData(path, flags);
    const inputs = [args[0], flags.text('weights'), flags.text('calibrate')];
    await refuseOverwriting(
      [path, shared ? join(dirname(path), shared) : `${path}.data`],
      [...inputs, given],
    );
    // `--tokenizer` may name the copy that an earlier compilation wrote, so this file is not among the inputs here.
    if (tokenizer) await refuseOverwriting(tokenizerFiles(path), inputs);
    const weights = output.take(await weightsFor(compiled, flags.text('weights'), flags.number('seed')));
    const error = await errorReport(compiled, tokenizer, flags, output, progress);
    progress.stage('write weights');
    const copied = tokenizer ? await copyOf(tokenizer, path, output) : {};
    const written = output.take(
      await write(compiled, path, {
        ...copied,
        ...(error && { error }),
        weights,
        inline: flags.on('inline'),
        singleFile: flags.on('singleFile'),
        ...(shared !== undefined && { sharedData: shared }),
        onProgress: (done, total) => progress.stage('write weights', done / total),
      }),
    );
    const files = [written.model, written.data, ...(copied.beside ?? []).map((file) => file.path)];
    const result = {
      compiled,
      weights,
      error,
      tokenizer: copied.tokenizer,
      path,
      files,
      bytes: written.bytes,
    };
    await report(result, progress.end(), output);
    return EXIT.done;
  } finally {
    progress.end();
    await tokenizer?.close();
  }
}

/** The name of the data file of `--data`, which must be in the folder of the artifact. */
function sharedData(path: string, flags: Flags): string | undefined {
  const asked = flags.text('data');
  if (asked === undefined) return undefined;
  if (flags.on('singleFile'))
    throw new UsageFault('--data names a data file, but --single-file puts the weights into the .onnx file');
  const name = basename(asked);
  if (asked !== name && resolve(asked) !== resolve(dirname(path), name))
    throw new UsageFault(
      `${asked} is not in the folder of ${path}, and ONNX Runtime reads data files only from there`,
      `name only the file: --data ${name}`,
    );
  if (name === basename(path)) throw new UsageFault(`--data and -o name the same file, ${name}`);
  return name;
}

/** An artifact that was written. */
interface Artifact {
  readonly compiled: Compiled;
  readonly weights: WeightSource;
  readonly error: PrecisionError | undefined;
  readonly tokenizer: string | undefined;
  readonly path: string;
  readonly files: readonly (string | undefined)[];
  readonly bytes: number;
}

async function report(artifact: Artifact, times: readonly StageTime[], output: Output): Promise<void> {
  const { compiled, weights, error, path } = artifact;
  const { spec, entry, target, precision, compat, search } = compiled;
  const parameters = parametersOf(compiled.weights);
  if (output.json) {
    await output.printJson({
      schema: 'benben.compile/1',
      model: spec.name,
      entry,
      target,
      precision,
      compat,
      search,
      parameters,
      linears: bitsOf(compiled),
      ...(error && { error }),
      weights: { label: weights.label, random: weights.random },
      tokenizer: artifact.tokenizer ?? 'bytes',
      files: artifact.files.filter((file) => file !== undefined),
      bytes: artifact.bytes,
      passes: compiled.passes,
      times,
      diagnostics: output.warnings(),
    });
    return;
  }
  const elapsed = seconds(times.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
  const form = precision === 'fp32' ? '' : ` in ${precision}`;
  output.note(
    `${spec.name}: entry ${entry} for ${target}${form}, ${count(parameters)} parameters, ${bytes(artifact.bytes)} in ${elapsed}`,
  );
  const bits = aboutBits(compiled);
  if (bits !== undefined) output.note(bits);
  if (weights.random) output.note(aboutRandom(weights.label));
  await output.print(`${path}\n`);
}

function optionsOf(flags: Flags): CompileOptions {
  const [model, entry, target, precision] = [
    flags.text('model'),
    flags.choice<Entry>('entry'),
    flags.choice<Target>('target'),
    flags.choice<Precision>('precision'),
  ];
  const opset = flags.number('opset');
  return {
    ...(model !== undefined && { model }),
    ...(entry && { entry }),
    ...(target && { target }),
    ...(precision && { precision }),
    ...(opset !== undefined && { opset }),
    ...(flags.text('compat') === 'paper' && { compat: 'paper' }),
    ...searchIn(flags),
  };
}

/** Prints the graph after `pass`. '' selects the last pass, and `lower` selects the graph before the first pass. */
async function printIr(
  source: Source,
  options: CompileOptions,
  pass: string,
  output: Output,
): Promise<number> {
  const pipeline = PIPELINE_OF[options.precision ?? 'fp32'];
  const names = PIPELINES[pipeline].map(({ name }) => name);
  if (pass !== '' && pass !== 'lower' && !names.includes(pass)) {
    throw new UsageFault(
      `there is no pass '${pass}'`,
      `the passes, in order, are: lower, ${names.join(', ')}`,
    );
  }
  let after: Graph | undefined;
  const compiled = compileOrStop(
    source,
    {
      ...options,
      passes: pass === 'lower' ? 'none' : pipeline,
      watch: { onPass: (name, graph) => (after = name === pass ? graph : after) },
    },
    output,
  );
  const text = printGraph(after ?? compiled.graph);
  if (output.json)
    await output.printJson({ pass: pass || names.at(-1), ir: text, diagnostics: output.warnings() });
  else await output.print(text);
  return EXIT.done;
}

/** The paths of an artifact's tokenizer and of the tokenizer's configuration. */
function tokenizerFiles(artifact: string): readonly [string, string] {
  const base = join(dirname(artifact), basename(artifact).replace(/\.onnx$/i, ''));
  return [`${base}.tokenizer.json`, `${base}.tokenizer_config.json`];
}

/**
 * The files of the tokenizer to write next to the artifact. The configuration is written too, because special tokens may
 * be declared only there. It replaces the configuration of an earlier artifact of the same name. The tokenizer has been
 * opened before, so it is known to work.
 */
async function copyOf(
  { path, config }: FileTokenizer,
  artifact: string,
  output: Output,
): Promise<Pick<WriteOptions, 'tokenizer' | 'beside'>> {
  const [own, ownConfig] = tokenizerFiles(artifact);
  try {
    const beside = [
      { path: own, bytes: await readFile(path) },
      { path: ownConfig, bytes: new TextEncoder().encode(config) },
    ];
    return { tokenizer: basename(own), beside };
  } catch (error) {
    return output.take({ diagnostics: [fileDiagnostic(error, path, 'read')] });
  }
}
