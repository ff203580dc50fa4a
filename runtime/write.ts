/** A compiled model written to files: its messages from the pipeline, its weights from a seed or a file. */
import { basename } from 'node:path';
import type { Emitted } from '../compiler/emit/index.ts';
import type { WeightSource } from '../compiler/ir/weights.ts';
import type { SpecialIds } from '../compiler/model/index.ts';
import type { Outcome } from '../dsl/diagnostics.ts';
import { type Compiled, type EmitArtifactOptions, emitCompiled } from '../pipeline/compile.ts';
import {
  argumentProblem,
  CALLBACK,
  type Kinds,
  LIST,
  OBJECT,
  optionProblems,
  record,
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
    Pick<EmitArtifactOptions, 'inline' | 'tokenizer' | 'error'> {}

const WRITE_OPTIONS: Kinds<WriteOptions> = {
  weights: record(
    { label: 'string', random: 'boolean', read: 'function' },
    'a source of weights, such as `randomWeights(0)` or what `weightsFor` gives',
  ),
  singleFile: SWITCH,
  beside: LIST,
  onProgress: CALLBACK,
  signal: SIGNAL,
  inline: SWITCH,
  tokenizer: TEXT,
  error: OBJECT,
};

/** Graph → ONNX messages, for an artifact of that name with those weights. */
export function emitArtifact(compiled: Compiled, path: string, options: WriteOptions): Emitted {
  const { weights, singleFile, inline, tokenizer, error } = options;
  const { label, random } = weights;
  return emitCompiled(compiled, {
    // Without its folder: the same weights give the same bytes wherever they lie.
    weights: { label: random ? label : basename(label), random },
    ...(!singleFile && { dataFile: dataFileName(path) }),
    ...(inline !== undefined && { inline }),
    ...(tokenizer !== undefined && { tokenizer }),
    ...(error && { error }),
  });
}
/** Writes `path` and `path.data`. */
export const write = (
  compiled: Compiled,
  path: string,
  options: WriteOptions,
): Promise<Outcome<WrittenArtifact>> => {
  const { weights } = options ?? {};
  const problems = [
    argumentProblem('path', path, TEXT),
    ...optionProblems('write', { ...options, weights: weights ?? null }, WRITE_OPTIONS),
  ];
  return unless(problems, () => writeArtifact(path, emitArtifact(compiled, path, options), options));
};

/** Weights from a safetensors file, or drawn from a seed when there is none. */
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

/** What a model must be compiled with for that tokenizer. */
export const idsOf = ({ special: { pad, eos } }: Tokenizer): SpecialIds => ({ pad, eos });
