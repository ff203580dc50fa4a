/** Writes a compiled model to files, with weights from a seed or from safetensors files. */
import { basename } from 'node:path';
import { type Emitted, shareData } from '../compiler/emit/index.ts';
import type { WeightSource } from '../compiler/ir/weights.ts';
import type { SpecialIds } from '../compiler/model/index.ts';
import type { Outcome } from '../dsl/diagnostics.ts';
import {
  type Compiled,
  compileEntries,
  type EmitArtifactOptions,
  emitCompiled,
} from '../pipeline/compile.ts';
import {
  argumentProblem,
  CALLBACK,
  LIST,
  OBJECT,
  type OptionRules,
  objectWith,
  optionProblems,
  SIGNAL,
  SWITCH,
  TEXT,
  unless,
  WHOLE,
} from '../pipeline/options.ts';
import { randomWeights } from '../pipeline/weights/random.ts';
import { dataFileName, type WriteArtifactOptions, type WrittenArtifact, writeArtifact } from './artifact.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';
import { safetensorsWeights } from './weights/safetensors_weights.ts';

export interface WriteOptions
  extends WriteArtifactOptions,
    Pick<EmitArtifactOptions, 'inline' | 'tokenizer' | 'error'> {
  /**
   * The name of a data file in the folder of the model that the artifacts of all entries of the model share. The first
   * artifact writes the file with the weights of all entries; the others check that it has exactly these weights (D578).
   * All artifacts must have the same target, precision, compat, ids and weights. Default: each has its own file.
   */
  readonly sharedData?: string;
}

const FILE_NAME = {
  is: 'the name of a file, without its folder',
  fits: (value: unknown) => typeof value === 'string' && value !== '' && basename(value) === value,
};

const WRITE_OPTIONS: OptionRules<WriteOptions> = {
  weights: objectWith(
    { label: 'string', random: 'boolean', read: 'function' },
    'a source of weights, such as `randomWeights(0)` or the value of `weightsFor`',
  ),
  singleFile: SWITCH,
  beside: LIST,
  onProgress: CALLBACK,
  signal: SIGNAL,
  inline: SWITCH,
  sharedData: FILE_NAME,
  tokenizer: TEXT,
  error: OBJECT,
};

/** Emits the ONNX messages of a compiled model, for an artifact at `path` with the given weights. */
export function emitArtifact(compiled: Compiled, path: string, options: WriteOptions): Emitted {
  const { weights, singleFile, inline, tokenizer, error, sharedData } = options;
  const { label, random } = weights;
  const emitting: EmitArtifactOptions = {
    // The label omits the folder of the weights, so that the same weights give the same bytes in every folder.
    weights: { label: random ? label : basename(label), random },
    ...(!singleFile && { dataFile: sharedData ?? dataFileName(path) }),
    ...(inline !== undefined && { inline }),
    ...(tokenizer !== undefined && { tokenizer }),
    ...(error && { error }),
  };
  const emitted = emitCompiled(compiled, emitting);
  if (singleFile || sharedData === undefined) return emitted;
  return shareData(
    emitted,
    compileEntries(compiled).map((other) => emitCompiled(other, emitting)),
  );
}

/**
 * Writes a compiled model to `path` and its weights to `path.data`. Returns diagnostics for invalid arguments (D570),
 * for weights that are too large for a single file (D552) and for errors of the file system.
 */
export const write = (
  compiled: Compiled,
  path: string,
  options: WriteOptions,
): Promise<Outcome<WrittenArtifact>> => {
  const { weights, sharedData } = options ?? {};
  const problems = [
    argumentProblem('path', path, TEXT),
    ...optionProblems('write', { ...options, weights: weights ?? null }, WRITE_OPTIONS),
  ];
  return unless(problems, () =>
    writeArtifact(path, emitArtifact(compiled, path, options), {
      ...options,
      shared: sharedData !== undefined,
    }),
  );
};

/**
 * The weights in a safetensors file, in several files that an index names, or in a folder with one of these. Without a
 * path, random weights of a seed.
 */
export const weightsFor = (
  compiled: Pick<Compiled, 'weights'>,
  file?: string,
  seed = 0,
): Promise<Outcome<WeightSource>> =>
  unless(optionProblems('weightsFor', { file, seed }, { file: TEXT, seed: WHOLE }), async () =>
    file === undefined
      ? { value: randomWeights(seed), diagnostics: [] }
      : safetensorsWeights(file, compiled.weights),
  );

/** The ids that a model must be compiled with to use this tokenizer. */
export const idsOf = ({ special: { pad, eos } }: Tokenizer): SpecialIds => ({ pad, eos });
