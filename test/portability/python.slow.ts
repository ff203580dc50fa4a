/**
 * Checks every shape of model in examples/, at full size and in every precision, with ONNX's own checker (full_check).
 * Python's onnxruntime must give the same numbers as onnxruntime-node. The tests need `.venv`, which `.ci/run` makes;
 * without it they are skipped with a warning.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { ENTRIES } from '../../compiler/model/index.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import { compile, type Entry, type Precision, randomWeights, write } from '../../index.ts';
import { PRECISIONS } from '../../passes/index.ts';
import { SHAPES } from '../examples.ts';

const PYTHON = join('.venv', 'bin', 'python');
const ready = existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import onnx, onnxruntime']).status === 0;
if (!ready) console.warn(`SKIPPED: ${PYTHON} with onnx and onnxruntime is not there; run .ci/run to make it`);

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

describe.skipIf(!ready)('Python agrees', () => {
  for (const { source, spec } of SHAPES) {
    const entries = (Object.keys(ENTRIES) as Entry[]).filter((e) => spec.decoder || !ENTRIES[e].needsDecoder);
    // Tiny is fast, so all its entries run in every precision. Of larger models, only `generate` of the first model in
    // each file does.
    const whole = spec.name === 'Tiny';
    const first = SHAPES.find((one) => one.source === source)?.spec === spec;
    const wanted = (entry: Entry, precision: Precision): boolean =>
      precision === 'fp32' || whole || (first && entry === 'generate');
    const cases = entries.flatMap((entry) =>
      PRECISIONS.filter((precision) => wanted(entry, precision)).map(
        (precision) => [entry, precision] as const,
      ),
    );
    test.each(cases)(`${source.path} ${spec.name} %s %s`, async (entry, precision) => {
      const folder = await mkdtemp(join(tmpdir(), 'benben-python-'));
      try {
        const compiled = compile(source, {
          ...{ model: spec.name, entry, precision },
          // The compiler refuses fp16 for the CPU, but the CPU can run an artifact for CUDA with conversions.
          ...(precision === 'fp16' && { target: 'cuda' }),
        });
        const model = join(folder, 'model.onnx');
        await write(compiled.value!, model, { weights: randomWeights(0) });
        const session = await InferenceSession.create(model, { logSeverityLevel: 3 });
        const feeds = feedsFor(session.inputNames, spec);
        const outputs = (await session.run(feeds)) as Record<string, Tensor>;
        await session.release();
        for (const [name, t] of Object.entries(outputs))
          expect(Array.from(t.data as Float32Array, Number).every(soundFor(name)), name).toBe(true);
        const name = `${spec.name} ${entry} ${precision}`;
        const manifest = [
          {
            name,
            model,
            rough: precision !== 'fp32',
            inputs: await save(folder, 'in', feeds),
            outputs: await save(folder, 'out', outputs),
          },
        ];
        await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
        const run = spawnSync(PYTHON, ['test/portability/check.py', join(folder, 'manifest.json')], {
          encoding: 'utf8',
        });
        expect(`${run.stdout}${run.stderr}`).toBe(`${name}: ok\n`);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});
