/**
 * Quantised models: ONNX Runtime computes what the interpreter computes, and the reported error equals that of an
 * oracle which shares nothing with the compiler.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { createBuilder } from '../../compiler/ir/build.ts';
import { type Graph, type } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { tensor } from '../../compiler/ir/tensors.ts';
import { plainWeight, type WeightSpec } from '../../compiler/ir/weights.ts';
import { lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { matmulInteger } from '../../compiler/ops/matmul_integer.ts';
import { compile, measureError, randomWeights, write } from '../../index.ts';
import { formsIn, PIPELINES, runPasses } from '../../passes/index.ts';
import type { Form } from '../../passes/linear_costs.ts';
import type { Target } from '../../passes/pass.ts';
import { CALIBRATION_TEXT } from '../../runtime/calibration.ts';
import { readModel } from '../../runtime/model_file.ts';
import { fromOrt, runOnnx, toOrt } from '../compiler/emit/onnx.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { random, randomTensor, weightByName } from '../compiler/ops/samples.ts';
import { pyramid } from '../passes/models.ts';

const spec = (name: string, ...shape: number[]): WeightSpec =>
  plainWeight(name, shape, { kind: 'constant', value: 0 });

const folder = mkdtempSync(join(tmpdir(), 'benben-quantized-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('weights are so small that 16-bit sums of products do not saturate, so every machine is exact', async () => {
  const [inner, out] = [64, 8];
  const b = createBuilder('worst');
  const [q, zero] = [b.input('q', type('u8', 3, inner)), b.input('zero', type('u8'))];
  const weight = b.input('weight', type('i8', inner, out));
  b.output('z', b.add(matmulInteger, [q, zero, weight]));
  const worst = Array.from({ length: inner * out }, (_, i) => (i % out < 4 ? 63 : -63));
  const inputs = {
    q: tensor('u8', [3, inner], new Array<number>(3 * inner).fill(255)),
    zero: tensor('u8', [], [0]),
    weight: tensor('i8', [inner, out], worst),
  };
  const { z } = await runOnnx(b.done(), inputs);
  expect([...z!.data.slice(0, out)]).toEqual(worst.slice(0, out).map((w) => inner * 255 * w));
  // x86 without VNNI first adds the products of two neighbours in 16 bits.
  expect(2 * 255 * 63).toBeLessThan(2 ** 15);
  expect(2 * 255 * 127).toBeGreaterThan(2 ** 15);
});

const WIDE = pyramid({ width: 16, ffn: 32, vocabulary: 40, schedule: [16, 16], memory: 16, block: 8 });
const next = random(3);
const ids = (length: number): Tensor =>
  tensor(
    'i64',
    [2, length],
    Array.from({ length: 2 * length }, () => 4 + Math.floor(36 * next())),
  );
const INPUTS: Record<string, Tensor> = {
  input_ids: ids(14),
  attention_mask: tensor(
    'i64',
    [2, 14],
    Array.from({ length: 28 }, (_, i) => Number(i < 23)),
  ),
  decoder_input_ids: ids(4),
};
const lowered = lower(WIDE, { entry: 'forward' }).value!;
const exact = interpret(lowered, INPUTS, weightByName, OPS).logits!;

/** The model with every linear in one form, and with the kernels of the target. */
function inForm(form: Form, target: Target): Graph {
  const names = lowered.params.map(({ weight }) => weight.name);
  const forms = new Map(names.map((name) => [name, form]));
  const ctx = { ops: OPS, target, precision: 'int8', forms } as const;
  const { value, diagnostics } = runPasses(lowered, PIPELINES.quantized, ctx, { verify: true });
  expect(diagnostics).toEqual([]);
  expect(new Set(formsIn(value!.graph).values())).toEqual(new Set([form]));
  return value!.graph;
}

const differenceOf = (a: Tensor, b: Tensor): number =>
  a.data.reduce((sum, x, i) => sum + Math.abs(x - b.data[i]!), 0) / a.data.length;

/**
 * The difference between ONNX Runtime and the interpreter, as a share of the change by the quantisation itself. Where
 * activations are rounded, a float32 sum in another order may move one of them across a tie, which changes that
 * activation by a whole step. MatMulNBits also rounds activations itself (linear_blockwise.ts).
 */
test.each<[Form, Target, number]>([
  ['dynamic8', 'cpu', 0.2],
  ['dynamic8', 'portable', 0.2],
  ['block8', 'portable', 1e-3],
  ['block4', 'portable', 1e-4],
  ['block8', 'cpu', 5],
  ['block4', 'cpu', 0.3],
])('%s with the kernels of %s', async (form, target, share) => {
  const graph = inForm(form, target);
  const want = interpret(graph, INPUTS, weightByName, OPS).logits!;
  const got = (await runOnnx(graph, INPUTS)).logits!;
  const quantization = differenceOf(want, exact);
  expect(quantization).toBeGreaterThan(1e-4);
  expect(differenceOf(got, want) / quantization).toBeLessThan(share);
});

describe('the error of one linear is no larger than the steps of its weights and activations allow', () => {
  const [rows, width, out] = [6, 96, 40];
  const text = (n: string | number): string => `graph g(x: %0 f32[batch, ${n}, ${width}]) {
  param %1 = "w" f32[${out}, ${width}] uniform(bound: 0.5)
  param %2 = "b" f32[${out}] uniform(bound: 0.5)
  %3: f32[batch, ${n}, ${out}] = linear(%0, %1, %2)
  return y: %3
}
`;
  const [w, bias] = [weightByName(spec('w', out, width)), weightByName(spec('b', out))];
  const x = randomTensor(type('f32', 1, rows, width), 11);
  const at = (t: Tensor, row: number, i: number): number => t.data[row * width + i]!;

  /** The largest magnitude in a row of weights or activations, between two columns. */
  const most = (t: Tensor, row: number, from = 0, to = width): number =>
    Math.max(...Array.from({ length: to - from }, (_, i) => Math.abs(at(t, row, from + i))));
  const range = Math.max(...x.data, 0) - Math.min(...x.data, 0);

  /** The error of an activation and of a weight: half a step, or a whole one where a value may exceed the range. */
  const stepsOf: Readonly<Record<Exclude<Form, 'fp32'>, (r: number, o: number, i: number) => number[]>> = {
    dynamic8: (_, o) => [range / 255, most(w, o) / 63 / 2],
    block8: (r, o, i) => [blockStep(x, r, i, 128, 127) / 2, blockStep(w, o, i, 128, 128)],
    block4: (r, o, i) => [blockStep(x, r, i, 64, 127) / 2, blockStep(w, o, i, 64, 8)],
  };
  const blockStep = (t: Tensor, row: number, i: number, block: number, steps: number): number => {
    const from = Math.floor(i / block) * block;
    return most(t, row, from, Math.min(from + block, width)) / steps;
  };

  test.each(['dynamic8', 'block8', 'block4'] as const)('%s', async (form) => {
    const forms = new Map([['w', form]]);
    const ctx = { ops: OPS, target: 'cpu', precision: 'int8', forms } as const;
    const { value } = runPasses(graphOf(text('n')), PIPELINES.quantized, ctx);
    const { y } = await runOnnx(value!.graph, { x });
    let worst = 0;
    for (let r = 0; r < rows; r++) {
      for (let o = 0; o < out; o++) {
        let [want, allowed] = [bias.data[o]!, 1e-4];
        for (let i = 0; i < width; i++) {
          const [dx, dw] = stepsOf[form](r, o, i) as [number, number];
          want += at(x, r, i) * at(w, o, i);
          allowed += Math.abs(at(w, o, i)) * dx + (Math.abs(at(x, r, i)) + dx) * dw;
        }
        worst = Math.max(worst, Math.abs(y!.data[r * out + o]! - want) / allowed);
      }
    }
    expect(worst).toBeLessThan(1);
    expect(worst).toBeGreaterThan(0.01);
  });
});

const SOURCE = {
  path: 'q.ben',
  text: `model Q {
  vocabulary 300
  width      64
  heads      4
  ffn        128 relu
  encoder {
    attention block(32)
    schedule  256, 256
  }
  decoder {
    layers 2
    target 40
  }
}
`,
};

/** The logits that ONNX Runtime computes from the written artifact, without any of our runtime. */
async function logitsOf(precision: 'fp32' | 'int8' | 'int4', feeds: Record<string, Tensor>): Promise<Tensor> {
  const search = compile(SOURCE, { precision }).value!;
  const { value } = compile(SOURCE, { entry: 'forward', precision, forms: formsIn(search.graph) });
  const path = join(folder, `${precision}.onnx`);
  await write(value!, path, { weights: randomWeights(0) });
  const session = await InferenceSession.create(path, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, toOrt(t)]));
  const { logits } = await session.run(inputs);
  await session.release();
  return fromOrt(logits!);
}

describe.each(['int8', 'int4'] as const)('the error report of %s', (precision) => {
  test('equals the result of an independent run', async () => {
    const { value: report } = await measureError(compile(SOURCE, { precision }).value!);
    // A token is a byte of the text plus 4. The encoder reads 255 tokens and eos, and the decoder gets the first 39.
    const bytes = [...new TextEncoder().encode(CALIBRATION_TEXT)].map((byte) => byte + 4);
    const row = (list: number[]): Tensor => tensor('i64', [1, list.length], list);
    const feeds = {
      input_ids: row([...bytes.slice(0, 255), 2]),
      attention_mask: row(new Array<number>(256).fill(1)),
      decoder_input_ids: row([2, ...bytes.slice(0, 39)]),
    };
    const [want, got] = [await logitsOf('fp32', feeds), await logitsOf(precision, feeds)];
    const differences = [...want.data].map((x, i) => Math.abs(x - got.data[i]!));
    const best = (t: Tensor, p: number): number => {
      const words = [...t.data.slice(p * 300, (p + 1) * 300)];
      return words.indexOf(Math.max(...words));
    };
    const same = Array.from({ length: 40 }, (_, p) => best(want, p) === best(got, p));
    expect(report).toMatchObject({ of: 'logits', documentTokens: 256, targetTokens: 39 });
    expect(report!.max).toBeCloseTo(Math.max(...differences), 5);
    expect(report!.mean).toBeCloseTo(differences.reduce((a, b) => a + b) / differences.length, 6);
    expect(report!.agreement).toBe(same.filter(Boolean).length / 40);
    expect(report!.max).toBeGreaterThan(0);
    expect(report!.mean).toBeLessThan(precision === 'int8' ? 0.06 : 0.25);
  });
});

test('the error of a model without a decoder is measured on its memory', async () => {
  const { value } = await measureError(compile(SOURCE, { entry: 'encode', precision: 'int8' }).value!);
  expect(value).toMatchObject({ of: 'memory', documentTokens: 256 });
  expect(value!.agreement).toBeUndefined();
  expect(value!.max).toBeGreaterThan(0);
  expect(value!.mean).toBeLessThan(0.05);
});

test('an artifact has the same bytes each time, and fewer than in float32', async () => {
  const bytesOf = async (precision: 'fp32' | 'int8' | 'int4', name: string): Promise<Buffer> => {
    const path = join(folder, name);
    const compiled = compile(SOURCE, { entry: 'encode', precision }).value!;
    await write(compiled, path, { weights: randomWeights(1), singleFile: true });
    return readFileSync(path);
  };
  const [once, again] = [await bytesOf('int8', 'once.onnx'), await bytesOf('int8', 'again.onnx')];
  expect(once.equals(again)).toBe(true);
  expect(once.length).toBeLessThan(0.75 * (await bytesOf('fp32', 'exact.onnx')).length);
});

test.each([
  ['cpu', true],
  ['portable', false],
] as const)('for %s: ONNX Runtime’s own operators %s', async (target, own) => {
  const path = join(folder, `${target}.onnx`);
  await write(compile(SOURCE, { precision: 'int8', target }).value!, path, { weights: randomWeights(1) });
  const { value } = await readModel(path);
  expect(value!.opsetImport.some(({ domain }) => domain === 'com.microsoft')).toBe(own);
  const text = readFileSync(path).toString('latin1');
  expect(text.includes('MatMulIntegerToFloat')).toBe(own);
  expect(text.includes('DynamicQuantizeLinear')).toBe(true);
});
