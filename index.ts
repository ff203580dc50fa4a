/**
 * Benben's public API, and the one place where its stages are strung together:
 * text → AST → ModelSpec → Graph → passes → Graph → ONNX files → session.
 */
import { basename } from 'node:path';
import { type Emitted, emit } from './compiler/emit/index.ts';
import type { Graph } from './compiler/ir/graph.ts';
import { KINDS } from './compiler/kinds/index.ts';
import {
  type Compat,
  type Entry,
  FAIRSEQ_SPECIAL,
  GREEDY,
  lower,
  type SearchSettings,
  type SpecialIds,
} from './compiler/lower/index.ts';
import { OPS } from './compiler/ops/index.ts';
import type { WeightSource, WeightSpec } from './compiler/weights.ts';
import { type Diagnostic, DiagnosticError, type Outcome, type Source } from './dsl/diagnostics.ts';
import * as dsl from './dsl/index.ts';
import type { ModelSpec, Program } from './dsl/spec.ts';
import { formsIn, PIPELINE_OF, PIPELINES } from './passes/index.ts';
import { HALF_TARGETS, type PassContext, type Precision, type Target } from './passes/pass.ts';
import { type PassStats, type RunOptions as RunPassesOptions, runPasses } from './passes/run.ts';
import {
  dataFileName,
  type WriteArtifactOptions,
  type WrittenArtifact,
  writeArtifact,
} from './runtime/artifact.ts';
import {
  CALIBRATION_TEXT,
  type Calibrated,
  calibrate,
  errorBetween,
  type PrecisionError,
} from './runtime/calibration.ts';
import { runtimeDiagnostic } from './runtime/codes.ts';
import { findDevice } from './runtime/device.ts';
import { readTextFile } from './runtime/files.ts';
import { checkSearch } from './runtime/limits.ts';
import { metadataOf } from './runtime/metadata.ts';
import { type LoadOptions, loadModel, type Model } from './runtime/model.ts';
import { openStreaming, type StreamingModel } from './runtime/stream.ts';
import { openTemporary } from './runtime/temporary_artifact.ts';
import { openTokenizer } from './runtime/tokenizer/huggingface.ts';
import { checkIds, checkSpecial, checkVocabulary, type Tokenizer } from './runtime/tokenizer/tokenizer.ts';
import { VERSION } from './runtime/version.ts';
import { randomWeights } from './runtime/weights/random.ts';
import { safetensorsWeights } from './runtime/weights/safetensors_weights.ts';

/** Most bytes of a `.ben` file. */
export const MAX_SOURCE_BYTES = 1 << 20;

/** Text → models and checks, names resolved and defaults filled in. */
export const parse = (source: Source): Outcome<Program> => dsl.analyze(source, KINDS);

export interface CompileOptions extends Partial<SearchSettings> {
  /** Which model of the file; default: the first. */
  readonly model?: string;
  /** Default `generate`; `encode` for a model without a decoder. */
  readonly entry?: Entry;
  /** Default `cpu`. */
  readonly target?: Target;
  /** Default `fp32`. `fp16` is for targets with float16 arithmetic: `cuda` and `webgpu`. */
  readonly precision?: Precision;
  /** Each weight in the form named here rather than the cheapest; for comparisons. */
  readonly forms?: PassContext['forms'];
  readonly compat?: Compat;
  /** The tokenizer's ids of pad and eos, which the graph is made with. Default: fairseq's, 1 and 2. */
  readonly ids?: SpecialIds;
  /** `none` runs no pass at all, every op is written by its definition; for comparisons. */
  readonly passes?: keyof typeof PIPELINES;
  /** Watches the passes: `--print-ir`, dumps, timings. */
  readonly watch?: RunPassesOptions;
}

export interface Compiled {
  readonly source: Source;
  readonly spec: ModelSpec;
  readonly entry: Entry;
  readonly target: Target;
  readonly precision: Precision;
  readonly compat: Compat;
  readonly ids: SpecialIds;
  readonly search: SearchSettings;
  readonly graph: Graph;
  readonly passes: readonly PassStats[];
  /** The weights that the artifact needs, by their names in a checkpoint. */
  readonly weights: readonly WeightSpec[];
}

function pickModel(program: Program, name: string | undefined, path: string): Outcome<ModelSpec> {
  const names = program.models.map((m) => m.name);
  if (names.length === 0) {
    return { diagnostics: [runtimeDiagnostic('D555', `${path} holds no model`, 'write `model Name { … }`')] };
  }
  const value = name === undefined ? program.models[0] : program.models.find((m) => m.name === name);
  if (value) return { value, diagnostics: [] };
  const near = dsl.suggest(name!, names);
  const help = near ? `did you mean '${near}'?` : `it holds ${names.join(', ')}`;
  return { diagnostics: [runtimeDiagnostic('D555', `${path} holds no model '${name}'`, help)] };
}

function checkPrecision(precision: Precision, target: Target): readonly Diagnostic[] {
  if (precision !== 'fp16' || HALF_TARGETS.includes(target)) return [];
  const message = `--precision fp16 is for ${HALF_TARGETS.join(' and ')}: ONNX Runtime has few float16 kernels for '${target}' and would convert before and after nearly every node`;
  return [runtimeDiagnostic('D562', message, 'use `--precision int8` there')];
}

export interface CompileOutcome extends Outcome<Compiled> {
  /** Present when a pass failed, which is a bug of ours: what `benben replay` runs again. */
  readonly reproducer?: string;
}

/** Source → optimised graph: pure, no weights and no files. */
export function compile(source: Source, options: CompileOptions = {}): CompileOutcome {
  const parsed = parse(source);
  if (!parsed.value) return { diagnostics: parsed.diagnostics };
  const picked = pickModel(parsed.value, options.model, source.path);
  const diagnostics = [...parsed.diagnostics, ...picked.diagnostics];
  const spec = picked.value;
  if (!spec) return { diagnostics };
  const entry = options.entry ?? (spec.decoder ? 'generate' : 'encode');
  const [target, compat] = [options.target ?? 'cpu', options.compat ?? 'none'];
  const { precision = 'fp32', forms } = options;
  const ids: SpecialIds = { ...FAIRSEQ_SPECIAL, ...options.ids };
  const search: SearchSettings = {
    beam: options.beam ?? GREEDY.beam,
    returned: options.returned ?? GREEDY.returned,
    noRepeatNgram: options.noRepeatNgram ?? GREEDY.noRepeatNgram,
  };
  const wrong = [
    ...checkIds(ids, spec.vocabulary),
    ...checkSearch(search),
    ...checkPrecision(precision, target),
  ];
  if (wrong.length > 0) return { diagnostics: [...diagnostics, ...wrong] };
  const lowered = lower(spec, { entry, compat, ids, ...search });
  diagnostics.push(...lowered.diagnostics);
  if (!lowered.value) return { diagnostics };
  const passes = PIPELINES[options.passes ?? PIPELINE_OF[precision]];
  const ctx = { ops: OPS, target, precision, ...(forms && { forms }) };
  const run = runPasses(lowered.value, passes, ctx, options.watch ?? {});
  diagnostics.push(...run.diagnostics);
  if (!run.value) return { diagnostics, ...(run.reproducer && { reproducer: run.reproducer }) };
  const { graph, stats } = run.value;
  const weights = graph.params.map((p) => p.weight);
  const made = { source, spec, entry, target, precision, compat, ids, search, graph, passes: stats, weights };
  return { value: made, diagnostics };
}

export interface WriteOptions extends WriteArtifactOptions {
  /** Expands `ai.benben` functions, for runtimes that have none. */
  readonly inline?: boolean;
  /** The tokenizer as the artifact should name it: `bytes`, or a file in its folder. Default `bytes`. */
  readonly tokenizer?: string;
  /** What `measureError` found, for the artifact to tell. */
  readonly error?: Pick<PrecisionError, 'max' | 'mean'>;
}

/** Graph → ONNX messages, for an artifact of that name with those weights. */
export function emitArtifact(compiled: Compiled, path: string, options: WriteOptions): Emitted {
  const { source, spec, entry, target, precision, compat, ids, search, graph, weights } = compiled;
  const parameters = parametersOf(weights);
  const { label, random } = options.weights;
  const tokenizer = options.tokenizer ?? 'bytes';
  const info = {
    model: spec.name,
    entry,
    version: VERSION,
    compat,
    target,
    precision,
    // Without its folder: the same weights give the same bytes wherever they lie.
    weights: random ? label : basename(label),
    random,
    tokenizer,
    ids,
    search,
    parameters,
    spec,
    ...(options.error && { error: options.error }),
  };
  return emit(graph, {
    ops: OPS,
    version: VERSION,
    metadata: metadataOf(info, source),
    inline: options.inline ?? false,
    ...(!options.singleFile && { dataFile: dataFileName(path) }),
  });
}

/** Writes `path` and `path.data`. */
export const write = (
  compiled: Compiled,
  path: string,
  options: WriteOptions,
): Promise<Outcome<WrittenArtifact>> => writeArtifact(path, emitArtifact(compiled, path, options), options);

/** Weights from a safetensors file, or drawn from a seed when there is none. */
export async function weightsFor(
  compiled: Pick<Compiled, 'weights'>,
  file?: string,
  seed = 0,
): Promise<Outcome<WeightSource>> {
  return file === undefined
    ? { value: randomWeights(seed), diagnostics: [] }
    : safetensorsWeights(file, compiled.weights);
}

export interface LoadCompiledOptions extends LoadOptions {
  /** A safetensors file; without it the weights are random. */
  readonly weights?: string;
  readonly seed?: number;
  /** What is being done, and how much of it, from 0 to 1. */
  readonly onStage?: (stage: 'write' | 'load', share: number) => void;
}

export interface LoadSourceOptions extends LoadCompiledOptions, CompileOptions {}

/**
 * Opens a model: an `.onnx` artifact, or a `.ben` source, which is compiled into a temporary folder
 * that goes when the model is closed.
 */
export async function load(path: string, options: LoadSourceOptions = {}): Promise<Outcome<Model>> {
  if (!path.endsWith('.ben')) return loadModel(path, options);
  const read = await readTextFile(path, MAX_SOURCE_BYTES);
  return read.value ? loadSource(read.value, options) : { diagnostics: read.diagnostics };
}

/**
 * A tokenizer says which ids pad and end texts, unless `ids` does; the device says what to compile for,
 * unless `target` does.
 */
export async function loadSource(source: Source, options: LoadSourceOptions = {}): Promise<Outcome<Model>> {
  return withTokenizer(options, async (full) => {
    const { value, diagnostics } = compile(source, full);
    return value ? after(diagnostics, await loadCompiled(value, full)) : { diagnostics };
  });
}

/** A `.ben` source opened for `stream`, in two parts that go when it is closed. */
export async function loadStreaming(
  source: Source | string,
  options: Omit<LoadSourceOptions, 'entry'> = {},
): Promise<Outcome<StreamingModel>> {
  const read: Outcome<Source> =
    typeof source === 'string'
      ? await readTextFile(source, MAX_SOURCE_BYTES)
      : { value: source, diagnostics: [] };
  if (!read.value) return { diagnostics: read.diagnostics };
  const { value: text } = read;
  return withTokenizer(options, async (full) => {
    const { value: begin, diagnostics } = compile(text, { ...full, entry: 'begin' });
    if (!begin) return { diagnostics };
    const advance = compile(text, { ...full, entry: 'advance' });
    if (!advance.value) return { diagnostics: advance.diagnostics };
    return after(diagnostics, await loadCompiledStreaming({ begin, advance: advance.value }, full));
  });
}

const after = <T>(before: readonly Diagnostic[], { value, diagnostics }: Outcome<T>): Outcome<T> => ({
  ...(value !== undefined && { value }),
  diagnostics: [...before, ...diagnostics],
});

/** The options with their tokenizer opened, and its ids for the model where there are no others. */
async function withTokenizer<T>(
  options: LoadSourceOptions,
  then: (options: LoadSourceOptions) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const { tokenizer: given } = options;
  const opened = typeof given === 'string' ? await openTokenizer(given) : undefined;
  if (opened && !opened.value) return { diagnostics: opened.diagnostics };
  const tokenizer = opened?.value ?? (typeof given === 'object' ? given : undefined);
  const device = await findDevice(options.device ?? 'auto', options.target);
  if (!device.value) return { diagnostics: device.diagnostics };
  const made = { target: device.value.target, ...(tokenizer && { ids: idsOf(tokenizer) }) };
  const full = { ...made, ...options, ...(tokenizer && { tokenizer }), device: device.value.name };
  return after(opened?.diagnostics ?? [], await then(full));
}

/** What a model must be compiled with for that tokenizer. */
export const idsOf = ({ special: { pad, eos } }: Tokenizer): SpecialIds => ({ pad, eos });

/** Weights and a session for what `compile` made, by way of files in a temporary folder. */
export const loadCompiled = (
  compiled: Compiled,
  options: LoadCompiledOptions = {},
): Promise<Outcome<Model>> => openWritten([compiled], options, ([path]) => loadModel(path!, options));

/** The two entries of one model that streaming takes, as `compile` made them. */
export interface StreamingParts {
  readonly begin: Compiled;
  readonly advance: Compiled;
}

export async function loadCompiledStreaming(
  { begin, advance }: StreamingParts,
  options: LoadCompiledOptions = {},
): Promise<Outcome<StreamingModel>> {
  const { value: model, diagnostics } = await openWritten([begin, advance], options, ([first, second]) =>
    openStreaming({ begin: first!, advance: second! }, options),
  );
  if (!model) return { diagnostics };
  const parameters = parametersOf(weightsIn([begin, advance]));
  return { value: { ...model, info: { ...model.info, parameters } }, diagnostics };
}

/** The weights of several parts of a model, each once. */
const weightsIn = (parts: readonly Compiled[]): readonly WeightSpec[] => [
  ...new Map(parts.flatMap((part) => part.weights).map((weight) => [weight.name, weight])).values(),
];

const parametersOf = (weights: readonly WeightSpec[]): number =>
  weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

/** Artifacts of one model, with the same weights, as long as what is made of them is open. */
async function openWritten<T extends { close(): Promise<void> }>(
  parts: readonly [Compiled, ...Compiled[]],
  options: LoadCompiledOptions,
  open: (paths: readonly string[]) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const { tokenizer, signal, onStage } = options;
  const { spec, ids } = parts[0];
  // Known before hundreds of megabytes are written for nothing.
  const misfit =
    typeof tokenizer === 'object'
      ? [...checkVocabulary(tokenizer, spec.vocabulary), ...checkSpecial(tokenizer, ids)]
      : [];
  if (misfit.length > 0) return { diagnostics: misfit };
  const weights = await weightsFor({ weights: weightsIn(parts) }, options.weights, options.seed);
  const source = weights.value;
  if (!source) return { diagnostics: weights.diagnostics };
  const pathOf = (path: string, part: number): string => (part === 0 ? path : `${path}.${part}.onnx`);
  const model = await openTemporary(
    spec.name,
    async (path) => {
      for (const [i, part] of parts.entries()) {
        const onProgress = (done: number, total: number): void =>
          onStage?.('write', (i + done / total) / parts.length);
        const writing = { weights: source, onProgress, ...(signal && { signal }) };
        const written = await write(part, pathOf(path, i), writing);
        if (!written.value) return written;
      }
      return { value: true, diagnostics: [] };
    },
    (path) => {
      onStage?.('load', 0);
      return open(parts.map((_, i) => pathOf(path, i)));
    },
  );
  return after(weights.diagnostics, model);
}

export interface MeasureOptions
  extends Pick<LoadCompiledOptions, 'weights' | 'seed' | 'tokenizer' | 'signal'> {
  /** The document to measure on; default: a short one. */
  readonly document?: string;
  /** What is being done, and how much of it, from 0 to 1. */
  readonly onStage?: (precision: Precision, stage: 'write' | 'load', share: number) => void;
}

/**
 * How far a model in fewer bits is from the same model in float32: logits where it has a decoder, the memory for
 * entry `encode`. Both are written into temporary folders and run on the CPU, one after the other. Each weight
 * has the form that it has in `compiled`, whatever its entry.
 */
export async function measureError(
  compiled: Compiled,
  options: MeasureOptions = {},
): Promise<Outcome<PrecisionError>> {
  const { source, spec, target, compat, ids, precision } = compiled;
  const entry = compiled.entry === 'encode' ? 'encode' : 'forward';
  const { document = CALIBRATION_TEXT, onStage, ...loading } = options;
  const common = { model: spec.name, entry, target, compat, ids } as const;
  const run = async (own: Precision): Promise<Outcome<Calibrated>> => {
    const made = compile(source, { ...common, precision: own, forms: formsIn(compiled.graph) });
    if (!made.value) return { diagnostics: made.diagnostics };
    const { value: model, diagnostics } = await loadCompiled(made.value, {
      ...{ ...loading, device: 'cpu', lowMemory: true },
      onStage: (stage, share) => onStage?.(own, stage, share),
    });
    if (!model) return { diagnostics };
    try {
      return await calibrate(model, document);
    } catch (error) {
      if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
      throw error;
    } finally {
      await model.close();
    }
  };
  const exact = await run('fp32');
  if (!exact.value) return { diagnostics: exact.diagnostics };
  const quantized = await run(precision);
  if (!quantized.value) return { diagnostics: quantized.diagnostics };
  return { value: errorBetween(exact.value, quantized.value), diagnostics: [] };
}

export type { Compat, Entry, SearchSettings, SpecialIds } from './compiler/lower/index.ts';
export type { WeightSource, WeightSpec } from './compiler/weights.ts';
export type { Diagnostic, Label, Outcome, Source, Span } from './dsl/diagnostics.ts';
export { DiagnosticError } from './dsl/diagnostics.ts';
export { format, render } from './dsl/index.ts';
export type * from './dsl/spec.ts';
export type { Precision, Target } from './passes/pass.ts';
export type { WriteArtifactOptions, WrittenArtifact } from './runtime/artifact.ts';
export type { PrecisionError } from './runtime/calibration.ts';
export type { KeptWord } from './runtime/kept.ts';
export type { ArtifactInfo, ArtifactSpec } from './runtime/metadata.ts';
export type {
  Generated,
  GenerateOptions,
  Hypothesis,
  LoadOptions,
  Memory,
  Model,
  Reading,
  ReadOptions,
} from './runtime/model.ts';
export { loadModel } from './runtime/model.ts';
export type { RunOptions } from './runtime/session.ts';
export type { Piece, Streamed, StreamingModel, StreamingPaths, StreamOptions } from './runtime/stream.ts';
export { openStreaming } from './runtime/stream.ts';
export type { TensorData, Tensors } from './runtime/tensor.ts';
export { openTokenizer } from './runtime/tokenizer/huggingface.ts';
export type { Encoded, Tokenizer } from './runtime/tokenizer/tokenizer.ts';
export { VERSION } from './runtime/version.ts';
export { randomWeights } from './runtime/weights/random.ts';
export { openSafetensors } from './runtime/weights/safetensors.ts';
export { safetensorsWeights } from './runtime/weights/safetensors_weights.ts';
