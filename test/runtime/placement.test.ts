/** Nodes without a kernel on a device are reported by name before loading, in functions and loops too. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeModel } from '../../compiler/emit/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { type CompileOptions, compile, emitArtifact, loadModel, randomWeights } from '../../index.ts';
import { ENTRY_NAMES } from '../../pipeline/entry_ports.ts';
import { deviceNamed } from '../../runtime/devices.ts';
import { hasKernel, placementDiagnostics, placementOn, unknownOperators } from '../../runtime/placement.ts';

import type { ModelProto, NodeProto } from '../onnx_messages.ts';
import { decodeModelProto, encodeModelProto } from '../onnx_messages.ts';

import { artifactIn, SOURCE, temporaryFolder } from './tiny_artifact.ts';
import { tinyModel, type Value } from './tiny_models.ts';
import { unlistedOperators, unlistedOperatorsOf } from './unlisted_operators.ts';

test('the tables contain every operator of a compiled model (placement.slow.ts: all examples)', () => {
  expect(unlistedOperators(SOURCE)).toEqual({});
});

test.each(Object.values(OPS).map((op) => [op.name, op] as const))(
  'the tables contain every operator with which %s is written',
  (_, op) => expect(unlistedOperatorsOf(op)).toEqual([]),
);

test('a kernel may exist for some types only', () => {
  expect(hasKernel('webgpu', 'Add', 'f32')).toBe(true);
  expect(hasKernel('webgpu', 'Add', 'i64')).toBe(false);
  expect(hasKernel('webgpu', 'LogSoftmax', 'f32')).toBe(false);
  expect(hasKernel('cuda', 'Where', 'bool')).toBe(false);
  expect(hasKernel('webgpu', 'Add')).toBe(true);
  expect(hasKernel('webgpu', 'RoiAlign', 'f32')).toBeUndefined();
  for (const op of ['StringNormalizer', 'Unique', 'ai.onnx.ml::Scaler'])
    for (const provider of ['cuda', 'webgpu']) expect(hasKernel(provider, op, 'other')).toBe(false);
  // For a type that no table has, or that the file does not declare, the result is unknown.
  expect(hasKernel('webgpu', 'Add', 'other')).toBeUndefined();
  expect(hasKernel('webgpu', 'Add', 'undeclared')).toBeUndefined();
  expect(hasKernel('cuda', 'Reshape', 'undeclared')).toBeUndefined();
  expect(hasKernel('webgpu', 'LogSoftmax', 'other')).toBe(false);
  expect(hasKernel('cpu', 'Add', 'i64')).toBe(true);
});

const value = (name: string, type: Value['type'], ...dims: (number | string)[]): Value => ({
  name,
  type,
  dims,
});

const decoded = (bytes: Uint8Array): ModelProto => decodeModelProto(bytes);

test('arithmetic on lengths and constants does not count', () => {
  const model = decoded(
    tinyModel(
      [value('x', 'float32', 'n'), value('i', 'int64', 'n')],
      [value('y', 'float32', 'n'), value('j', 'int64', 'n')],
      [
        { op: 'Shape', ins: ['x'], outs: ['s'] },
        { op: 'Add', ins: ['s', 's'], outs: ['twice'] },
        { op: 'Relu', ins: ['x'], outs: ['y'] },
        { op: 'Add', ins: ['i', 'i'], outs: ['j'] },
      ],
    ),
  );
  const { nodes, lacks } = placementOn('webgpu', model);
  expect(nodes).toBe(2);
  expect(lacks).toMatchObject([{ op: 'Add', type: 'i64', count: 1 }]);
});

describe('nodes that the tables say nothing about', () => {
  const [x, y] = [value('x', 'float32', 'n'), value('y', 'float32', 'n')];
  const placed = (nodes: Parameters<typeof tinyModel>[2], ins = [x], outs = [y]) =>
    placementOn('webgpu', decoded(tinyModel(ins, outs, nodes)));

  test('are counted as unknown, by operator and type', () => {
    const double = value('d', 'float64', 'n');
    const { nodes, lacks, unknown } = placed(
      [
        { op: 'StringNormalizer', ins: ['x'], outs: ['a'] },
        { op: 'Relu', ins: ['a'], outs: ['b'] },
        { op: 'Relu', ins: ['d'], outs: ['e'] },
        { op: 'IsNaN', ins: ['x'], outs: ['c'] },
        { op: 'LSTM', ins: ['x', 'x', 'x'], outs: ['l'] },
        { op: 'Relu', ins: ['x'], outs: ['y'] },
      ],
      [x, double],
    );
    expect(nodes).toBe(6);
    expect(lacks.map(({ op, type }) => [op, type])).toEqual([
      ['IsNaN', 'f32'],
      ['StringNormalizer', 'f32'],
    ]);
    expect(unknown.map(({ op, type }) => [op, type])).toEqual([
      ['LSTM', 'f32'],
      // The output of StringNormalizer is a string, as its signature says.
      ['Relu', 'string'],
      ['Relu', 'double'],
    ]);
  });

  test('types that the file does not declare are inferred from signatures', () => {
    const { lacks, unknown } = placed([
      { op: 'Relu', ins: ['x'], outs: ['a'] },
      { op: 'Less', ins: ['a', 'x'], outs: ['b'] },
      { op: 'Not', ins: ['b'], outs: ['c'] },
      { op: 'Xor', ins: ['c', 'b'], outs: ['d'] },
      { op: 'Where', ins: ['c', 'a', 'x'], outs: ['e'] },
      { op: 'ArgMax', ins: ['e'], outs: ['i'] },
      { op: 'Add', ins: ['i', 'i'], outs: ['j'] },
      { op: 'Add', ins: ['e', 'a'], outs: ['y'] },
    ]);
    expect(unknown).toEqual([]);
    expect(lacks.map(({ op, type }) => [op, type])).toEqual([
      ['Add', 'i64'],
      ['Xor', 'bool'],
    ]);
  });
});

describe('a compiled model', () => {
  const folder = temporaryFolder();

  test('lacks kernels in functions and loops, once for each expanded call', async () => {
    const path = await artifactIn(folder, 'cpu.onnx', { entry: 'generate', target: 'cpu' });
    const model = decoded(readFileSync(path));
    const { lacks } = placementOn('webgpu', model);
    expect(placementOn('webgpu', model).unknown).toEqual([]);
    const found = Object.fromEntries(lacks.map(({ op, type, count }) => [`${op} ${type ?? '-'}`, count]));
    // Attention of opset 23: two encoder layers, and two decoder layers with two attentions each.
    expect(found['Attention f32']).toBe(6);
    // There is one loop in the search and one in each pooling.
    expect(found['Loop -']).toBe(3);
    expect(found['LogSoftmax f32']).toBe(1);
    expect(found['IsNaN f32']).toBeGreaterThan(1);
    for (const { count, nodes } of lacks) expect(nodes.length).toBe(count);
  });

  test('lacks fewer kernels on its own device, and reports them in one warning', async () => {
    const lacksOf = async (target: 'cpu' | 'webgpu'): Promise<number> => {
      const path = await artifactIn(folder, `${target}.onnx`, { entry: 'encode', target });
      const { lacks } = placementOn('webgpu', decoded(readFileSync(path)));
      return lacks.filter(({ type }) => type === 'f32').reduce((sum, { count }) => sum + count, 0);
    };
    expect(await lacksOf('webgpu')).toBeLessThan(await lacksOf('cpu'));
    const model = decoded(readFileSync(join(folder, 'webgpu.onnx')));
    const reported = placementDiagnostics('m.onnx', model, deviceNamed('webgpu')!);
    expect(reported).toMatchObject([{ code: 'D548', severity: 'warning' }]);
    expect(reported[0]!.message).toMatch(
      /^\d+ of \d+ nodes have no kernel on webgpu and run on the CPU: .*IsNaN \(f32\) × 2/,
    );
    expect(placementDiagnostics('m.onnx', model, deviceNamed('cpu')!)).toEqual([]);
  });

  const placedOn = (options: CompileOptions & { readonly target: 'cuda' | 'webgpu' }) => {
    const source = { path: 'deep.ben', text: readFileSync('examples/deep-pyramidion.ben', 'utf8') };
    const emitted = emitArtifact(compile(source, options).value!, 'm.onnx', { weights: randomWeights(0) });
    return placementOn(options.target, decoded(encodeModel(emitted)));
  };

  test('lacks no kernel on CUDA if it is compiled for CUDA', () => {
    for (const entry of ENTRY_NAMES) {
      for (const precision of ['fp32', 'fp16'] as const) {
        const { lacks, unknown } = placedOn({ entry, precision, target: 'cuda' });
        expect(lacks.filter(({ type }) => type?.startsWith('f'))).toEqual([]);
        expect(unknown).toEqual([]);
      }
    }
  });

  test('lacks no kernel in float16 on WebGPU that it has in float32', () => {
    for (const entry of ENTRY_NAMES) {
      const floats = (precision: 'fp32' | 'fp16') =>
        placedOn({ entry, precision, target: 'webgpu' }).lacks.filter(({ type }) => type?.startsWith('f'));
      expect(floats('fp16').filter(({ type }) => type === 'f16')).toEqual([]);
      // Scores and log-probabilities are float32 in both models.
      expect(floats('fp16').map(({ op, count }) => [op, count])).toEqual(
        floats('fp32').map(({ op, count }) => [op, count]),
      );
    }
  });

  test('with an unknown operator is refused by name before it is loaded', async () => {
    const path = await artifactIn(folder, 'unlisted.onnx', { entry: 'encode' });
    const model = decoded(readFileSync(path));
    const nodes = model.graph!.node!;
    nodes[0] = { ...nodes[0]!, domain: 'org.example', opType: 'Wonder' };
    writeFileSync(path, encodeModelProto(model));
    const { value, diagnostics } = await loadModel(path, { device: 'cpu' });
    expect(value).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: 'D549' }]);
    expect(diagnostics[0]!.message).toContain('org.example::Wonder');
  });

  test('keeps overloads and types inside functions when it is read back', async () => {
    const path = await artifactIn(folder, 'again.onnx', { entry: 'encode' });
    const model = decoded(readFileSync(path));
    expect(new Set(model.functions.map(({ name, overload }) => `${name} ${overload ?? ''}`)).size).toBe(
      model.functions.length,
    );
    for (const f of model.functions) expect(f.valueInfo!.length).toBeGreaterThan(f.input!.length);
    expect(decoded(encodeModelProto(model))).toEqual(model);
  });
});

test('the search through functions that call each other ends', () => {
  const call: NodeProto = { opType: 'F', domain: 'x', input: ['x'], output: ['y'] };
  const model = decoded(tinyModel([value('x', 'float32', 'n')], [value('y', 'float32', 'n')], []));
  const endless = {
    ...model,
    graph: { ...model.graph, node: [call] },
    functions: [{ name: 'F', domain: 'x', input: ['x'], output: ['y'], node: Array(40).fill(call) }],
  };
  expect(unknownOperators(endless)).toEqual([]);
  expect(placementOn('cuda', endless).lacks).toEqual([]);
});
