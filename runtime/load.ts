/** From text to a session: a `.ben` source compiled into a temporary folder that goes when its model is closed. */
import type { Diagnostic, Outcome, Source } from '../dsl/diagnostics.ts';
import {
  type Compiled,
  type CompileOptions,
  compile,
  idsOf,
  MAX_SOURCE_BYTES,
  parametersOf,
  weightsFor,
  weightsIn,
  write,
} from './compile.ts';
import { findDevice } from './device.ts';
import { readTextFile } from './files.ts';
import { type LoadOptions, loadModel, type Model } from './model.ts';
import { openStreaming, type StreamingModel } from './stream.ts';
import { openTemporary } from './temporary_artifact.ts';
import { openTokenizer } from './tokenizer/huggingface.ts';
import { checkSpecial, checkVocabulary } from './tokenizer/tokenizer.ts';

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
