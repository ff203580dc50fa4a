/** What the test of every kind does: a whole model, compiled with all passes, against the reference interpreter. */
import { expect } from 'vitest';
import { interpret } from '../../../compiler/ir/interpret.ts';
import { tensor } from '../../../compiler/ir/tensors.ts';
import { type Entry, lower } from '../../../compiler/model/index.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { parse } from '../../../index.ts';
import { PIPELINES } from '../../../passes/index.ts';
import { runPasses } from '../../../passes/run.ts';
import { runOnnx } from '../emit/onnx.ts';
import { weightByName } from '../ops/samples.ts';

/** Holds the first model of a text to the same memory and logits in ONNX Runtime, for documents of unequal lengths. */
export async function expectModelRuns(text: string): Promise<void> {
  const { value, diagnostics } = parse({ path: 'kind.ben', text });
  expect(diagnostics).toEqual([]);
  const spec = value!.models[0]!;
  const entry: Entry = spec.decoder ? 'forward' : 'encode';
  const lowered = lower(spec, { entry }).value!;
  const { value: passed, diagnostics: broken } = runPasses(lowered, PIPELINES.default, {
    ops: OPS,
    target: 'cpu',
  });
  expect(broken).toEqual([]);
  const [length, short] = [spec.encoder.length, Math.max(1, spec.encoder.length - 5)];
  const ids = [...Array(length).keys()].map((i) => 4 + ((7 * i) % (spec.vocabulary - 4)));
  const inputs = {
    input_ids: tensor('i64', [2, length], [...ids, ...ids]),
    attention_mask: tensor(
      'i64',
      [2, length],
      [...ids.map(() => 1), ...ids.map((_, i) => Number(i < short))],
    ),
    ...(entry === 'forward' && { decoder_input_ids: tensor('i64', [2, 4], [2, 5, 6, 7, 2, 8, 9, 10]) }),
  };
  const want = interpret(lowered, inputs, weightByName, OPS);
  const got = await runOnnx(passed!.graph, inputs);
  for (const name of entry === 'forward' ? ['logits'] : ['memory', 'memory_mask']) {
    expect(got[name]!.shape).toEqual(want[name]!.shape);
    const furthest = Math.max(...want[name]!.data.map((x, i) => Math.abs(x - got[name]!.data[i]!)));
    const largest = Math.max(1, ...want[name]!.data.map(Math.abs));
    expect(furthest / largest, name).toBeLessThan(1e-4);
  }
}
