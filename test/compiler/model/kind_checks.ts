/** The checks that every kind has in common: a whole model in ONNX Runtime, and documents alone and beside longer ones. */
import { expect } from 'vitest';
import { interpret } from '../../../compiler/ir/interpret.ts';
import type { Tensor } from '../../../compiler/ir/op.ts';
import { tensor } from '../../../compiler/ir/tensors.ts';
import { type Entry, lower } from '../../../compiler/model/index.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { parse } from '../../../index.ts';
import { PIPELINES } from '../../../passes/index.ts';
import { runPasses } from '../../../passes/run.ts';
import { runOnnx, sourceOf } from '../emit/onnx.ts';
import { smallWeight } from '../ops/samples.ts';

/** A batch of documents with the same first tokens, padded to the longest. */
function batchOf(lengths: readonly number[], vocabulary: number, decodes: boolean): Record<string, Tensor> {
  const longest = Math.max(...lengths);
  const token = (i: number, n: number): number => (i < n ? 4 + ((7 * i) % (vocabulary - 4)) : 1);
  const rows = <T>(of: (i: number, n: number) => T): T[] =>
    lengths.flatMap((n) => Array.from({ length: longest }, (_, i) => of(i, n)));
  const shape = [lengths.length, longest];
  const words = lengths.flatMap(() => [2, 5, 6, 7]);
  return {
    input_ids: tensor('i64', shape, rows(token)),
    attention_mask: tensor(
      'i64',
      shape,
      rows((i, n) => Number(i < n)),
    ),
    ...(decodes && { decoder_input_ids: tensor('i64', [lengths.length, 4], words) }),
  };
}

/** The largest difference of some elements, relative to the largest of them. */
function difference(a: Float64Array, b: Float64Array): number {
  expect(a.length).toBe(b.length);
  const furthest = a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
  return furthest / Math.max(1, ...a.map(Math.abs));
}

/**
 * Tests the first model of a text. ONNX Runtime must compute the same after the passes as the reference interpreter
 * before the passes. A document has the same memory alone and beside a longer one, so its padding has no influence.
 */
export async function expectModelRuns(text: string): Promise<void> {
  const { value, diagnostics } = parse({ path: 'kind.ben', text });
  expect(diagnostics).toEqual([]);
  const spec = value!.models[0]!;
  const decodes = spec.decoder !== undefined;
  const graphOf = (entry: Entry) => lower(spec, { entry }).value!;
  const { length } = spec.encoder;
  const shorter = Math.max(1, length - 5);

  const lowered = graphOf(decodes ? 'forward' : 'encode');
  const run = runPasses(lowered, PIPELINES.default, { ops: OPS, target: 'cpu' });
  expect(run.diagnostics).toEqual([]);
  const inputs = batchOf([length, shorter], spec.vocabulary, decodes);
  const want = interpret(lowered, inputs, smallWeight, OPS);
  const got = await runOnnx(run.value!.graph, inputs, { source: sourceOf(smallWeight) });
  for (const name of decodes ? ['logits'] : ['memory', 'memory_mask']) {
    expect(got[name]!.shape).toEqual(want[name]!.shape);
    expect(difference(want[name]!.data, got[name]!.data), name).toBeLessThan(1e-4);
  }

  const encoder = graphOf('encode');
  const memoryOf = (lengths: readonly number[], row: number): Float64Array => {
    const out = interpret(encoder, batchOf(lengths, spec.vocabulary, false), smallWeight, OPS);
    const [, slots, width] = out.memory!.shape as readonly [number, number, number];
    const real = Array.from(out.memory_mask!.data.subarray(row * slots, (row + 1) * slots));
    const rows = out.memory!.data.subarray(row * slots * width, (row + 1) * slots * width);
    return rows.filter((_, i) => real[Math.floor(i / width)] === 1);
  };
  for (const n of new Set([1, Math.ceil(length / 2), shorter]))
    expect(
      difference(memoryOf([n], 0), memoryOf([length, n], 1)),
      `${n} tokens alone and beside ${length}`,
    ).toBeLessThan(1e-9);
}
