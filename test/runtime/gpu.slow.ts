/**
 * Compares GPUs with the CPU: whole models, every op alone, and the device on which ONNX Runtime really runs each node.
 * CUDA and WebGPU run the same tests; WebGPU needs no GPU for them (gpus.ts).
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, type Tensor as OrtTensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { emit, encodeModel, encodeSingleFile } from '../../compiler/emit/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { isComposite, type Op, type Sample, type Tensor } from '../../compiler/ir/op.ts';
import { tensor } from '../../compiler/ir/tensors.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { compile, loadCompiled, type Precision, randomWeights } from '../../index.ts';
import type { Target } from '../../passes/pass.ts';
import type { Device } from '../../runtime/devices.ts';
import { softwareAdapter } from '../../runtime/machine.ts';
import { dataNodes, placementOn } from '../../runtime/placement.ts';
import { runFailure } from '../../runtime/session_errors.ts';
import type { TensorData } from '../../runtime/tensor.ts';
import { fromOrt, toOrt, weightSource } from '../compiler/emit/onnx.ts';
import { deviation, oneOp, sampleName, weightByName } from '../compiler/ops/samples.ts';
import type { ModelProto } from '../onnx_messages.ts';
import { decodeModelProto } from '../onnx_messages.ts';
import { gpus } from './gpus.ts';

const GPUS = await gpus();

const folder = mkdtempSync(join(tmpdir(), 'benben-gpu-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TOLERANCE = 1e-3;
/** The tolerance for a single op by its type; the results of all other types are exact. */
const ALONE: Readonly<Record<string, number>> = { f32: 1e-4, f16: 4e-3 };

/** Models that together have every kind of attention, pooling, norm, scorer, activation and positions. */
const MODELS: Readonly<Record<string, string>> = {
  'block attention, soft_topk, post-norm': `
    encoder { attention block(4); schedule 32, 16, 8 -> 4; pool soft_topk by linear }
    decoder { layers 2; target 8 }`,
  'full attention, hard_topk, pre-norm': `
    norm pre
    encoder { attention full; positions sinusoidal; schedule 32, 16 -> 4; pool hard_topk by linear }
    decoder { layers 1; target 8 }`,
  'blocks of which the last is partly padding, no pooling, gelu': `
    ffn 24 gelu
    encoder { attention block(8); schedule 32 x 2 }
    decoder { layers 1; target 8 }`,
};

const modelOf = (body: string): string =>
  `model Small {\n  vocabulary 300\n  width 16\n  heads 2\n${body}\n}\n`;

const ids = (length: number): number[] => Array.from({ length }, (_, i) => 4 + ((i * 37 + 11) % 290));

/** Documents of different lengths, one of them with a single token. */
const LENGTHS = [27, 9, 1];

const width = Math.max(...LENGTHS);
const rows = (f: (length: number, at: number) => number): number[] =>
  LENGTHS.flatMap((length) => Array.from({ length: width }, (_, at) => f(length, at)));
const BATCH: Readonly<Record<string, Tensor>> = {
  input_ids: tensor(
    'i64',
    [LENGTHS.length, width],
    rows((length, at) => (at < length ? ids(length)[at]! : 1)),
  ),
  attention_mask: tensor(
    'i64',
    [LENGTHS.length, width],
    rows((length, at) => Number(at < length)),
  ),
};
const LIMITS: Readonly<Record<string, Tensor>> = {
  max_length: tensor('i64', [], [6]),
  min_length: tensor('i64', [], [2]),
  length_penalty: tensor('f32', [], [1]),
};

const dataOf = ({ dtype, shape, data }: Tensor): TensorData =>
  dtype === 'i64'
    ? { dtype: 'int64', shape, data: BigInt64Array.from(data, BigInt) }
    : { dtype: 'float32', shape, data: Float32Array.from(data) };

const tensorIn = ({ dtype, shape, data }: TensorData): Tensor =>
  tensor(
    dtype === 'int64' ? 'i64' : dtype === 'bool' ? 'bool' : 'f32',
    shape,
    Array.from(data as ArrayLike<number | bigint>, Number),
  );

async function outputsOn(
  text: string,
  entry: 'encode' | 'generate',
  target: Target,
  device: string,
  { precision = 'fp32', beam = 1 }: { precision?: Precision; beam?: number } = {},
): Promise<Record<string, Tensor>> {
  const compiled = compile({ path: 'small.ben', text }, { entry, target, precision, beam, returned: beam })
    .value!;
  const { value: model, diagnostics } = await loadCompiled(compiled, { device, seed: 5 });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  try {
    const inputs = entry === 'encode' ? BATCH : { ...BATCH, ...LIMITS };
    const feeds = Object.entries(inputs).map(([name, t]) => [name, dataOf(t)] as const);
    const out = await model!.run(Object.fromEntries(feeds));
    return Object.fromEntries(Object.entries(out).map(([name, t]) => [name, tensorIn(t)]));
  } finally {
    await model!.close();
  }
}

/** Sizes at which kernels change their algorithm, equal elements, and axes of length zero. */
const MORE_SAMPLES: Readonly<Record<string, readonly Sample[]>> = {
  attention: [
    {
      ins: ['f32[2, 130, 32]', 'f32[2, 130, 32]', 'f32[2, 130, 32]', null],
      attrs: { heads: 2, causal: true },
    },
    { ins: ['f32[2, 70, 32]', 'f32[2, 90, 32]', 'f32[2, 90, 32]', 'bool[2, 90]'], attrs: { heads: 2 } },
    {
      ins: ['f32[2, 2, 1, 16]', 'f32[2, 2, 90, 16]', 'f32[2, 2, 90, 16]', 'bool[2, 90]'],
      attrs: { heads: 2 },
    },
  ],
  block_attention: [
    {
      ins: ['f32[2, 192, 16]', 'f32[2, 192, 16]', 'f32[2, 192, 16]', 'bool[2, 192]'],
      attrs: { heads: 2, block: 64 },
    },
  ],
  top_k: [
    { ins: ['f32[3, 8192]'], attrs: { k: 2048 } },
    { ins: [{ dtype: 'f32', shape: [1, 300], data: ids(300).map((id) => id % 7) }], attrs: { k: 300 } },
    { ins: [{ dtype: 'f32', shape: [1, 5], data: [-1e30, 0, 1e29, -1e30, 2] }], attrs: { k: 5 } },
  ],
  argmax: [
    { ins: [{ dtype: 'f32', shape: [2, 5], data: [1, 3, 3, 2, 3, -5, -5, -5, -6, -5] }] },
    { ins: ['f32[2, 32000]'] },
  ],
  cumsum: [{ ins: ['f32[3, 1000]'], attrs: { axis: 1 } }],
  softmax: [{ ins: ['f32[3, 1000]'] }, { ins: [{ dtype: 'f32', shape: [1, 3], data: [-1e9, -1e9, -1e9] }] }],
  pow: [
    {
      ins: [
        { dtype: 'f32', shape: [], data: [20] },
        { dtype: 'f32', shape: [5], data: [-3, -1, 0, 2, 29] },
      ],
    },
  ],
  is_nan: [{ ins: [{ dtype: 'f32', shape: [3], data: [Number.NaN, 1, Number.POSITIVE_INFINITY] }] }],
  less: [
    {
      ins: [
        { dtype: 'f32', shape: [3], data: [Number.NaN, 1, 2] },
        { dtype: 'f32', shape: [], data: [1.5] },
      ],
    },
  ],
  where: [
    { ins: ['bool[2, 1, 1, 7]', 'f32[2, 3, 5, 7]', 'f32[]'] },
    { ins: ['bool[3]', 'i64[3] < 5', 'i64[3] < 5'] },
  ],
  and: [
    { ins: ['bool[7]', 'bool[7]'] },
    { ins: ['bool[2, 5]', 'bool[2, 1]'] },
    { ins: ['bool[1]', 'bool[1]'] },
  ],
  not: [{ ins: ['bool[7]'] }, { ins: ['bool[1]'] }],
  concat: [
    { ins: ['bool[2, 3]', 'bool[2, 2]'], attrs: { axis: 1 } },
    { ins: ['f32[2, 0, 3]', 'f32[2, 2, 3]'], attrs: { axis: 1 } },
  ],
  slice: [{ ins: ['f32[2, 5, 3]'], attrs: { axis: 1, start: 2, end: 2 } }],
  add: [{ ins: ['f32[2, 0, 3]', 'f32[2, 1, 3]'] }],
  gather_rows: [{ ins: ['f32[3, 500, 7]', 'i64[3, 400] < 500'] }],
  gather_elements: [{ ins: ['bool[3, 50]', 'i64[3, 40] < 50'], attrs: { axis: 1 } }],
  layer_norm: [
    { ins: ['f32[3, 50, 100]', 'f32[100]', 'f32[100]'] },
    { ins: ['f32[3, 2, 7]', 'f32[7]', 'f32[7]'] },
  ],
  linear: [
    { ins: ['f32[2, 129, 96]', 'f32[1, 96]', 'f32[1]'] },
    { ins: ['f32[1, 1, 64]', 'f32[320, 64]', null] },
  ],
  pad: [{ ins: ['f32[2, 3, 4]'], attrs: { axis: 1, after: 5, value: -1e30 } }],
  cast: [
    { ins: [{ dtype: 'f32', shape: [4], data: [0.5, -0.5, 1.5, -2.7] }], attrs: { to: 'i64' } },
    { ins: ['f32[7]'], attrs: { to: 'bool' } },
  ],
  soft_topk: [
    {
      ins: ['f32[2, 1000, 16]', 'f32[2, 1000] in -2..2', 'bool[2, 1000]'],
      attrs: { k: 60, form: 'tournament' },
    },
  ],
};

interface Ran {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** The provider that ran each node of the profile, by the node's name. */
  readonly providers: ReadonlyMap<string, string>;
}

let profiles = 0;

/** Runs a graph on a provider exactly as it is written, without ONNX Runtime's own optimisations. */
async function runOn(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
  provider: string,
): Promise<Ran & { readonly model: ModelProto }> {
  const bytes = await encodeSingleFile(
    emit(graph, { ops: OPS, metadata: {}, version: 'test' }),
    weightSource,
  );
  return { ...(await runModel(bytes, inputs, provider)), model: decodeModelProto(bytes) };
}

async function runModel(
  bytes: Uint8Array,
  inputs: Readonly<Record<string, Tensor>>,
  provider: string,
): Promise<Ran> {
  const prefix = `profile${profiles++}`;
  const session = await InferenceSession.create(bytes, {
    executionProviders: [provider],
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 4,
    enableProfiling: true,
    profileFilePrefix: join(folder, prefix),
  });
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, t]) => [name, toOrt(t)]));
  const results = await session.run(feeds);
  session.endProfiling();
  await session.release();
  const file = readdirSync(folder).find((name) => name.startsWith(prefix))!;
  const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    cat?: string;
    name?: string;
    args?: { provider?: string };
  }[];
  const ran = events.filter(({ cat, args }) => cat === 'Node' && args?.provider);
  const providers = new Map(
    ran.map(({ name, args }) => [name!.replace(/_kernel_time$/, ''), args!.provider!]),
  );
  const named = Object.entries(results) as [string, OrtTensor][];
  return { outputs: Object.fromEntries(named.map(([name, t]) => [name, fromOrt(t)])), providers };
}

/** Compares the table with a run: exactly the nodes without a kernel in the table ran elsewhere. */
function expectPlaced(
  model: ModelProto,
  providers: ReadonlyMap<string, string>,
  provider: string,
): { readonly here: number } {
  const lacking = new Set(placementOn(provider, model).lacks.flatMap(({ nodes }) => nodes));
  const data = dataNodes(model);
  const ran = [...providers].filter(([node]) => data.has(node));
  const here = ran.flatMap(([node, where]) => (where === SELF[provider] ? [node] : []));
  const elsewhere = ran.flatMap(([node, where]) => (where === SELF[provider] ? [] : [node]));
  expect(here.filter((node) => lacking.has(node))).toEqual([]);
  expect(elsewhere.filter((node) => !lacking.has(node))).toEqual([]);
  return { here: here.length };
}

/** The error message if the device lacks float16. Adapters of WebGPU may lack it, and SwiftShader does. */
async function lackOfHalf(provider: string): Promise<string | undefined> {
  const { graph, inputs } = oneOp(OPS.relu!, { ins: ['f16[4]'] });
  try {
    await runOn(graph, inputs, provider);
    return undefined;
  } catch (error) {
    return runFailure(String(error)).message;
  }
}

/** The names of the providers in a profile. */
const SELF: Readonly<Record<string, string>> = {
  webgpu: 'WebGpuExecutionProvider',
  cuda: 'CUDAExecutionProvider',
};

const kernelsFor = (op: Op, target: Target): readonly string[] =>
  isComposite(op) && op.kernels ? [op.kernels.on[target]] : [''];

/** Ops on weights alone, which are computed while the artifact is written and never run on a device. */
const AT_WRITING: readonly string[] = ['quantize_channels', 'quantize_blocks'];

for (const { device, absent } of GPUS) {
  const lack = absent === undefined ? await lackOfHalf(device.provider) : absent;
  if (lack !== undefined && absent === undefined) console.log(`SKIPPED: float16 on ${device.name}: ${lack}`);
  describe.skipIf(absent !== undefined)(device.name, () => {
    tests(device, lack === undefined);
  });
}

function tests({ name, provider, target }: Device, half: boolean): void {
  describe.each(Object.entries(MODELS))('%s', (_, body) => {
    test.each(['encode', 'generate'] as const)('%s gives the results of the CPU', async (entry) => {
      const text = modelOf(body);
      const want = await outputsOn(text, entry, 'cpu', 'cpu');
      const got = await outputsOn(text, entry, target, name);
      expect(Object.keys(got)).toEqual(Object.keys(want));
      for (const [output, tensor] of Object.entries(want)) {
        const tolerance = tensor.dtype === 'f32' ? TOLERANCE : 0;
        expect.soft(deviation(got[output]!, tensor, tolerance), output).toBeTypeOf('number');
      }
    });
  });

  test('three beams find the same texts as on the CPU', async () => {
    const text = modelOf(Object.values(MODELS)[0]!);
    const want = await outputsOn(text, 'generate', 'cpu', 'cpu', { beam: 3 });
    const got = await outputsOn(text, 'generate', target, name, { beam: 3 });
    for (const [output, tensor] of Object.entries(want)) {
      const tolerance = tensor.dtype === 'f32' ? TOLERANCE : 0;
      expect.soft(deviation(got[output]!, tensor, tolerance), output).toBeTypeOf('number');
    }
  });

  describe.skipIf(!half).each(Object.entries(MODELS))('in float16: %s', (_, body) => {
    test.each(['encode', 'generate'] as const)(
      '%s gives the results of the CPU in float32',
      async (entry) => {
        const text = modelOf(body);
        const want = await outputsOn(text, entry, 'cpu', 'cpu');
        const got = await outputsOn(text, entry, target, name, { precision: 'fp16' });
        for (const [output, tensor] of Object.entries(want)) {
          const tolerance = tensor.dtype === 'f32' ? 1e-2 : 0;
          expect.soft(deviation(got[output]!, tensor, tolerance), output).toBeTypeOf('number');
        }
      },
    );
  });

  const sampled = Object.values(OPS).filter((op) => op.samples.length > 0 && !AT_WRITING.includes(op.name));
  describe.each(sampled.map((op) => [op.name, op] as const))('%s alone', (opName, op) => {
    const all = [...op.samples, ...(MORE_SAMPLES[opName] ?? [])];
    const samples = half ? all : all.filter(({ ins }) => !JSON.stringify(ins).includes('f16'));
    const cases = samples.flatMap((sample) => kernelsFor(op, target).map((kernel) => ({ sample, kernel })));
    test.each(cases.map((one) => [sampleName(op, one.sample).slice(0, 120), one] as const))(
      '%s',
      async (_name, { sample, kernel }) => {
        const one = oneOp(op, sample, { symbolic: true, attrs: kernel ? { kernel } : {} });
        const { outputs, providers, model } = await runOn(one.graph, one.inputs, provider);
        // Nodes of functions have other names once they are expanded. The tests of whole models cover them.
        if (!isComposite(op) || !op.onnxFunction) expectPlaced(model, providers, provider);
        const want = interpret(one.graph, one.inputs, weightByName, OPS);
        for (const [output, tensor] of Object.entries(want)) {
          const tolerance = ALONE[tensor.dtype] ?? 0;
          expect.soft(deviation(outputs[output]!, tensor, tolerance), output).toBeTypeOf('number');
        }
      },
    );
  });

  test.runIf(name === 'webgpu' && softwareAdapter())(
    'MultiHeadAttention is still wrong where subgroups are small (passes/lowering.ts)',
    async () => {
      const [sample] = MORE_SAMPLES.attention!;
      const one = oneOp(OPS.attention!, sample!, { attrs: { kernel: 'multi_head' } });
      const { outputs } = await runOn(one.graph, one.inputs, provider);
      const { y } = interpret(one.graph, one.inputs, weightByName, OPS);
      expect(deviation(outputs.y!, y!, TOLERANCE)).toMatch(/^element/);
    },
  );

  test.each(['encode', 'generate'] as const)('nodes of %s run where the table says', async (entry) => {
    const text = modelOf(Object.values(MODELS)[0]!);
    // Functions are inlined, so that a node's name in the file is its name in the profile.
    const { graph } = compile({ path: 'small.ben', text }, { entry, target }).value!;
    const emitted = emit(graph, { ops: OPS, metadata: {}, version: 'test', inline: true });
    const bytes = await encodeSingleFile(emitted, randomWeights(5));
    const inputs = entry === 'encode' ? BATCH : { ...BATCH, ...LIMITS };
    const { providers } = await runModel(bytes, inputs, provider);
    const model = decodeModelProto(encodeModel(emitted));
    const { here } = expectPlaced(model, providers, provider);
    expect(here).toBeGreaterThan(50);
  });
}
