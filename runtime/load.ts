/** Loads models: an `.onnx` artifact, or a `.ben` source, which is compiled into a temporary folder first. */
import { type Diagnostic, type Outcome, type Source, withSource } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import {
  COMPILE_OPTIONS,
  type Compiled,
  type CompileOptions,
  compile,
  MAX_SOURCE_BYTES,
  parametersOf,
  weightsIn,
} from '../pipeline/compile.ts';
import type { ArtifactInfo } from '../pipeline/metadata.ts';
import {
  argumentProblem,
  CALLBACK,
  either,
  type OptionRules,
  optionProblems,
  optionsFor,
  SOURCE,
  TEXT,
  unless,
  WHOLE,
} from '../pipeline/options.ts';
import { type Closable, closedTogether } from './closing.ts';
import { findDevice } from './device.ts';
import { readTextFile } from './files.ts';
import { type LoadOptions, loadModel, type Model } from './model.ts';
import { LOAD_OPTIONS } from './open_artifact.ts';
import { openStreaming, type StreamingModel } from './stream.ts';
import { openTemporary } from './temporary_artifact.ts';
import { openTokenizer } from './tokenizer/huggingface.ts';
import { checkSpecial, checkVocabulary } from './tokenizer/tokenizer.ts';
import { idsOf, weightsFor, write } from './write.ts';

export interface LoadCompiledOptions extends LoadOptions {
  /**
   * The path of trained weights: a safetensors file, the index of several, or a folder with one of these. Default:
   * random weights.
   */
  readonly weights?: string;
  /** The seed of random weights. Default 0. */
  readonly seed?: number;
  /** Called with the current stage and the completed share of that stage, from 0 to 1. */
  readonly onStage?: (stage: 'write' | 'load', share: number) => void;
}

export interface LoadSourceOptions extends LoadCompiledOptions, CompileOptions {}

export const COMPILED_OPTIONS: OptionRules<LoadCompiledOptions> = {
  ...LOAD_OPTIONS,
  weights: TEXT,
  seed: WHOLE,
  onStage: CALLBACK,
};

const SOURCE_OPTIONS: OptionRules<LoadSourceOptions> = { ...COMPILED_OPTIONS, ...COMPILE_OPTIONS };

/** Compile options whose values an artifact records. For an artifact, a given value must equal the recorded one. */
const RECORDED = {
  model: (info: ArtifactInfo) => info.model,
  entry: (info: ArtifactInfo) => info.entry,
  target: (info: ArtifactInfo) => info.target,
  precision: (info: ArtifactInfo) => info.precision,
  opset: (info: ArtifactInfo) => info.opset,
  compat: (info: ArtifactInfo) => info.compat,
  beam: (info: ArtifactInfo) => info.search.beam,
  returned: (info: ArtifactInfo) => info.search.returned,
  noRepeatNgram: (info: ArtifactInfo) => info.search.noRepeatNgram,
} as const;

type Recorded = keyof typeof RECORDED;
const RECORDED_NAMES = Object.keys(RECORDED) as readonly Recorded[];

/** The options of `load` for an artifact. Options that only compilation uses are not allowed. */
const ARTIFACT_OPTIONS = {
  ...LOAD_OPTIONS,
  onStage: CALLBACK,
  ...Object.fromEntries(RECORDED_NAMES.map((name) => [name, COMPILE_OPTIONS[name]])),
};

const FOR_SOURCES = {
  rules: SOURCE_OPTIONS,
  help: 'this option is for .ben files: an .onnx file contains its model and weights',
};

/**
 * Opens a model: an `.onnx` artifact, or a `.ben` source, which is compiled into a temporary folder that is removed when
 * the model is closed. If options such as `model` or `beam` are given for an artifact, it must have been compiled with
 * these values (D554). Problems become diagnostics. The promise rejects only with the signal's reason.
 */
export const load = (path: string, options: LoadSourceOptions = {}): Promise<Outcome<Model>> =>
  unless([argumentProblem('path', path, TEXT)], async () => {
    if (!path.endsWith('.ben')) return loadArtifact(path, options);
    return unless(optionProblems('load', options, SOURCE_OPTIONS), async () => {
      const read = await readTextFile(path, MAX_SOURCE_BYTES);
      return read.value ? loadSource(read.value, options) : read;
    });
  });

const loadArtifact = (path: string, options: LoadSourceOptions): Promise<Outcome<Model>> =>
  unless(optionProblems('load', options, ARTIFACT_OPTIONS, FOR_SOURCES), async () => {
    const { value: model, diagnostics } = await loadModel(path, optionsFor(options, LOAD_OPTIONS));
    if (!model) return { diagnostics };
    const other = RECORDED_NAMES.filter(
      (name) => options[name] !== undefined && options[name] !== RECORDED[name](model.info),
    );
    if (other.length === 0) return { value: model, diagnostics };
    await model.close();
    const differing = other.map(
      (name) => `${name} ${RECORDED[name](model.info) ?? 'chosen by Benben'}, not ${options[name]}`,
    );
    const message = `${path} was compiled with other options: ${differing.join('; ')}`;
    return { diagnostics: [...diagnostics, runtimeDiagnostic('D554', message, 'compile its source again')] };
  });

/**
 * Compiles and opens a model of a source. The pad and eos ids are the tokenizer's unless `ids` is given, and the target
 * is the device's unless `target` is given.
 */
export const loadSource = (source: Source, options: LoadSourceOptions = {}): Promise<Outcome<Model>> =>
  unless(optionProblems('loadSource', options, SOURCE_OPTIONS), () =>
    withTokenizer(options, async (full) => {
      const compiled = compile(source, optionsFor(full, COMPILE_OPTIONS));
      if (!compiled.value) return compiled;
      const loaded = await loadCompiled(compiled.value, optionsFor(full, COMPILED_OPTIONS));
      return withSource(after(compiled.diagnostics, loaded), source);
    }),
  );

const { entry: _, ...STREAMING_OPTIONS } = SOURCE_OPTIONS;

/**
 * Compiles a `.ben` source (a path or a text) and opens it for `stream`, as two artifacts in a temporary folder that is
 * removed when the model is closed.
 */
export const loadStreaming = (
  source: Source | string,
  options: Omit<LoadSourceOptions, 'entry'> = {},
): Promise<Outcome<StreamingModel>> =>
  unless(
    [
      argumentProblem('source', source, either({ ...TEXT, is: 'a path' }, SOURCE)),
      streamingArtifact(source),
      ...optionProblems('loadStreaming', options, STREAMING_OPTIONS),
    ],
    () => loadParts(source, options),
  );

/** Refuses an `.onnx` file, which would otherwise be read as a source text. A single artifact cannot stream. */
function streamingArtifact(source: Source | string): Diagnostic | undefined {
  if (typeof source !== 'string' || !/\.onnx$/i.test(source)) return undefined;
  const message = `${source} is compiled already, but \`loadStreaming\` needs a .ben file`;
  const help =
    'for artifacts use `openStreaming({ begin, advance })`, with two artifacts that were compiled for these entries';
  return runtimeDiagnostic('D554', message, help);
}

async function loadParts(
  source: Source | string,
  options: Omit<LoadSourceOptions, 'entry'>,
): Promise<Outcome<StreamingModel>> {
  const read: Outcome<Source> =
    typeof source === 'string'
      ? await readTextFile(source, MAX_SOURCE_BYTES)
      : { value: source, diagnostics: [] };
  if (!read.value) return read;
  const { value: text } = read;
  return withTokenizer(options, async (full) => {
    const compiling = optionsFor(full, COMPILE_OPTIONS);
    const begin = compile(text, { ...compiling, entry: 'begin' });
    if (!begin.value) return begin;
    const advance = compile(text, { ...compiling, entry: 'advance' });
    if (!advance.value) return advance;
    const parts = { begin: begin.value, advance: advance.value };
    const loaded = await loadCompiledStreaming(parts, optionsFor(full, COMPILED_OPTIONS));
    return withSource(after(begin.diagnostics, loaded), text);
  });
}

const after = <T>(before: readonly Diagnostic[], outcome: Outcome<T>): Outcome<T> => ({
  ...outcome,
  diagnostics: [...before, ...outcome.diagnostics],
});

/**
 * Opens the tokenizer and the device that the options name. Calls `then` with the options and the resulting defaults. The
 * model that `then` opens closes a tokenizer that was opened here.
 */
async function withTokenizer<T extends Closable>(
  options: LoadSourceOptions,
  then: (options: LoadSourceOptions) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const asked = optionsFor(options, SOURCE_OPTIONS);
  const { tokenizer: given, specialTokens = false } = asked;
  const opened =
    typeof given === 'string' ? await openTokenizer(given, undefined, { specialTokens }) : undefined;
  if (opened && !opened.value) return { diagnostics: opened.diagnostics };
  const tokenizer = opened?.value ?? (typeof given === 'object' ? given : undefined);
  return closedTogether(opened?.value, async () => {
    const device = await findDevice(asked.device ?? 'auto', asked.target);
    if (!device.value) return { diagnostics: device.diagnostics };
    const made = { target: device.value.target, ...(tokenizer && { ids: idsOf(tokenizer) }) };
    const full = { ...made, ...asked, ...(tokenizer && { tokenizer }), device: device.value.name };
    return after(opened?.diagnostics ?? [], await then(full));
  });
}

/** Writes a compiled model and its weights into a temporary folder and opens it. Closing the model removes the folder. */
export const loadCompiled = (
  compiled: Compiled,
  options: LoadCompiledOptions = {},
): Promise<Outcome<Model>> =>
  unless(optionProblems('loadCompiled', options, COMPILED_OPTIONS), () =>
    openWritten([compiled], options, ([path]) => loadModel(path!, optionsFor(options, LOAD_OPTIONS))),
  );

/** The two entries of one model that streaming needs, as `compile` returns them. */
export interface StreamingParts {
  readonly begin: Compiled;
  readonly advance: Compiled;
}

export const loadCompiledStreaming = (
  { begin, advance }: StreamingParts,
  options: LoadCompiledOptions = {},
): Promise<Outcome<StreamingModel>> =>
  unless(optionProblems('loadCompiledStreaming', options, COMPILED_OPTIONS), async () => {
    const { value: model, diagnostics } = await openWritten([begin, advance], options, ([first, second]) =>
      openStreaming({ begin: first!, advance: second! }, optionsFor(options, LOAD_OPTIONS)),
    );
    if (!model) return { diagnostics };
    const parameters = parametersOf(weightsIn([begin, advance]));
    return { value: { ...model, info: { ...model.info, parameters } }, diagnostics };
  });

/** Writes artifacts of one model with the same weights into a temporary folder and opens them. */
async function openWritten<T extends Closable>(
  parts: readonly [Compiled, ...Compiled[]],
  options: LoadCompiledOptions,
  open: (paths: readonly string[]) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const { tokenizer, signal, onStage, isolate = true } = options;
  const { spec, ids } = parts[0];
  // A tokenizer that does not fit is refused before hundreds of megabytes are written.
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
    isolate,
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
