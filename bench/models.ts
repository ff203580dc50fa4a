/** The models to measure: the paper's DeepPyramidion from examples/, and graphs of a few ops. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { emit, encodeSingleFile } from '../compiler/emit/index.ts';
import { type Builder, createBuilder } from '../compiler/ir/build.ts';
import { OPS } from '../compiler/ops/index.ts';
import {
  type CompileOptions,
  compile,
  type Entry,
  type Outcome,
  randomWeights,
  type Source,
  write,
} from '../index.ts';
import { addTemporary } from '../runtime/temporary.ts';

export const EXAMPLE = 'examples/deep-pyramidion.ben';

export const readExample = async (): Promise<Source> => ({
  path: EXAMPLE,
  text: await readFile(EXAMPLE, 'utf8'),
});

/** Makes a folder that is removed when the benchmarks end. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'benben-bench-'));
  addTemporary(folder);
  return folder;
}

/** The value of an outcome. Throws its diagnostics where there is none, because no benchmark expects a mistake. */
export function expectValue<T>(outcome: Outcome<T>): NonNullable<T> {
  const { value, diagnostics } = outcome;
  if (value === undefined || value === null) throw new Error(JSON.stringify(diagnostics));
  return value;
}

/** Writes a model of a source, with random weights of seed 0, to a folder that is removed when the benchmarks end. */
export async function writeFrom(source: Source, entry: Entry, options: CompileOptions = {}): Promise<string> {
  const compiled = expectValue(compile(source, { ...options, entry }));
  const path = join(await temporaryFolder(), `${entry}.onnx`);
  expectValue(await write(compiled, path, { weights: randomWeights(0) }));
  return path;
}

/** Writes a model of the example at full size. */
export const writeModel = async (entry: Entry, options: CompileOptions = {}): Promise<string> =>
  writeFrom(await readExample(), entry, options);

export const open = (
  model: string | Uint8Array,
  options: InferenceSession.SessionOptions = {},
): Promise<InferenceSession> => InferenceSession.create(model as string, { logSeverityLevel: 3, ...options });

/** Opens a session on a small graph. */
export async function openGraph(build: (b: Builder) => void): Promise<InferenceSession> {
  const b = createBuilder('bench');
  build(b);
  const emitted = emit(b.done(), { ops: OPS, metadata: {}, version: 'bench' });
  return open(await encodeSingleFile(emitted, randomWeights(0)));
}

/** Pseudo-random numbers, uniform in [0, 1), and the same in every run. */
export function noise(size: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

export const floats = (...shape: number[]): Tensor =>
  new Tensor('float32', noise(shape.reduce((a, b) => a * b, 1)), shape);

export const ints = (shape: number[], value: (i: number) => number): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return new Tensor(
    'int64',
    BigInt64Array.from({ length: size }, (_, i) => BigInt(value(i))),
    shape,
  );
};

/** A batch of documents of these lengths, padded to the longest. */
export function documents(lengths: readonly number[]): Record<string, Tensor> {
  const width = Math.max(...lengths);
  const shape = [lengths.length, width];
  const real = (i: number): boolean => i % width < lengths[Math.floor(i / width)]!;
  return {
    input_ids: ints(shape, (i) => (real(i) ? 4 + ((i * 7919) % 31990) : 1)),
    attention_mask: ints(shape, (i) => Number(real(i))),
  };
}

export const document = (length: number): Record<string, Tensor> => documents([length]);

/** The inputs of `generate` that make it write exactly this number of tokens. */
export const forced = (tokens: number): Record<string, Tensor> => ({
  max_length: ints([], () => tokens),
  min_length: ints([], () => tokens),
  length_penalty: new Tensor('float32', Float32Array.of(1), []),
});
