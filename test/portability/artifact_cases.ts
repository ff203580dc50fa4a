/** Cases for ONNX Runtime in Python: an artifact, inputs for it, and the outputs that onnxruntime-node gives. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import type { ModelSpec } from '../../dsl/spec.ts';
import { type Compiled, randomWeights, write } from '../../index.ts';

const [LENGTH, TARGET, SLOTS, PAST] = [40, 5, 8, 3];

const ids = (spec: ModelSpec, ...shape: number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  const id = (i: number): bigint => BigInt(4 + ((i * 131) % (spec.vocabulary - 4)));
  return new Tensor(
    'int64',
    BigInt64Array.from({ length: size }, (_, i) => id(i)),
    shape,
  );
};
const ones = (...shape: number[]): Tensor =>
  new Tensor('int64', new BigInt64Array(shape.reduce((a, b) => a * b, 1)).fill(1n), shape);
const waves = (...shape: number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return new Tensor(
    'float32',
    Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
    shape,
  );
};
const whole = (value: number): Tensor => new Tensor('int64', BigInt64Array.of(BigInt(value)), []);

/** A value for each input that any entry has. */
function feedsFor(names: readonly string[], spec: ModelSpec): Record<string, Tensor> {
  const cache = (length: number): Tensor => waves(1, spec.heads, length, spec.width / spec.heads);
  const known: Readonly<Record<string, () => Tensor>> = {
    input_ids: () => ids(spec, 1, LENGTH),
    attention_mask: () => ones(1, LENGTH),
    decoder_input_ids: () => ids(spec, 1, names.includes('input_ids') ? TARGET : 1),
    encoder_attention_mask: () => ones(1, SLOTS),
    memory: () => waves(1, SLOTS, spec.width),
    max_length: () => whole(3),
    min_length: () => whole(0),
    length_penalty: () => new Tensor('float32', Float32Array.of(1), []),
    rounds: () => whole(2),
    'past_search.token': () => ids(spec, 1, 1),
    'past_search.score': () => waves(1, 1),
    'past_search.missing': () => ones(1, 1),
    'past_search.finished': () => ids(spec, 1, 1, PAST),
    'past_search.finished_score': () => waves(1, 1),
    'past_search.history': () => ids(spec, 1, 1, PAST),
  };
  const make = (name: string): Tensor => known[name]?.() ?? cache(name.includes('.encoder.') ? SLOTS : PAST);
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}

/** Whether a number is finite. The score of a missing beam or text may also be -inf. */
const soundFor =
  (name: string) =>
  (x: number): boolean =>
    Number.isFinite(x) || (name.endsWith('score') && x === Number.NEGATIVE_INFINITY);

async function save(folder: string, prefix: string, tensors: Readonly<Record<string, Tensor>>) {
  const entries = Object.entries(tensors).map(async ([name, t], i) => {
    const file = join(folder, `${prefix}${i}.bin`);
    const data = t.data as Float32Array | BigInt64Array;
    await writeFile(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return [name, { dtype: t.type, shape: t.dims, file }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** A case as check.py reads it. */
export interface Case {
  readonly name: string;
  readonly model: string;
  /** Only the shapes must be equal, and the numbers finite. */
  readonly rough: boolean;
  readonly inputs: object;
  readonly outputs: object;
}

/** Writes an artifact into the folder, runs it in onnxruntime-node, and keeps its inputs and outputs as files. */
export async function caseOf(
  compiled: Compiled,
  folder: string,
  name: string,
  { inline = false }: { readonly inline?: boolean } = {},
): Promise<Case> {
  const id = name.replaceAll(/\W+/g, '_');
  const model = join(folder, `${id}.onnx`);
  await write(compiled, model, { weights: randomWeights(0), inline });
  const session = await InferenceSession.create(model, { logSeverityLevel: 3 });
  const feeds = feedsFor(session.inputNames, compiled.spec);
  const outputs = (await session.run(feeds)) as Record<string, Tensor>;
  await session.release();
  for (const [output, t] of Object.entries(outputs))
    expect(Array.from(t.data as Float32Array, Number).every(soundFor(output)), output).toBe(true);
  return {
    name,
    model,
    rough: compiled.precision !== 'fp32',
    inputs: await save(folder, `${id}.in`, feeds),
    outputs: await save(folder, `${id}.out`, outputs),
  };
}

/** Writes the cases to a file, for check.py. */
export async function manifestOf(folder: string, cases: readonly Case[]): Promise<string> {
  const path = join(folder, 'manifest.json');
  await writeFile(path, JSON.stringify(cases));
  return path;
}
