/** Files of strangers under every command: only diagnostics come out, with exit code 1, whatever the file contains. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { info, modelBytes, node } from '../check/foreign_models.ts';
import { decodeModelProto, encodeModelProto, type FunctionProto } from '../onnx_messages.ts';
import { invoke, workshop } from './invoke.ts';

const { path } = await workshop();
const model = path('model.ben');
const tiny = path('tiny.onnx');
const commands = (file: string): readonly (readonly string[])[] => [
  ['inspect', file],
  ['inspect', file, '--device', 'cuda'],
  ['diff', tiny, file],
  ['check', file],
  ['run', file, '-i', path('document.txt'), '--max', '2'],
];

beforeAll(async () => {
  expect((await invoke(['compile', model, '-o', tiny, '--single-file'])).code).toBe(0);
});

test('60 MB of empty nodes are refused by every command, with the limit', async () => {
  const nodes = new Uint8Array(60_000_000);
  for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
  writeFileSync(path('empty.onnx'), Buffer.concat([Buffer.from([0x3a, 0x80, 0x8e, 0xce, 0x1c]), nodes]));
  for (const args of commands(path('empty.onnx'))) {
    const { code, out, err } = await invoke(args);
    expect(code, args.join(' ')).toBe(1);
    expect(out + err).toMatch(
      /error\[D602\]: .*more than 192 MiB of memory, which is the limit; byte \d+ of 60000005/,
    );
  }
});

test('twenty functions that each call the next twice are refused before they are loaded', async () => {
  const artifact = decodeModelProto(readFileSync(tiny));
  const imports = [
    { domain: '', version: 21 },
    { domain: 'my', version: 1 },
  ];
  const call = (i: number, from: string, to: string) => ({
    domain: 'my',
    opType: `F${i}`,
    input: [from],
    output: [to],
  });
  const functions = Array.from(
    { length: 21 },
    (_, i): FunctionProto => ({
      domain: 'my',
      name: `F${i}`,
      input: ['a'],
      output: ['c'],
      opsetImport: imports,
      node:
        i === 20
          ? [{ opType: 'Neg', input: ['a'], output: ['c'] }]
          : [call(i + 1, 'a', 'b'), call(i + 1, 'b', 'c')],
    }),
  );
  artifact.functions.push(...functions);
  artifact.opsetImport.push(imports[1]!);
  artifact.graph!.node!.push(call(0, artifact.graph!.input![0]!.name!, 'unused'));
  writeFileSync(path('twice.onnx'), encodeModelProto(artifact));
  const message = /D665\]: .*the model has 2,097,1\d\d calls of functions.*the limit is 50,000/;
  const run = await invoke(['run', path('twice.onnx'), '-i', path('document.txt')]);
  expect(run).toMatchObject({ code: 1, out: '' });
  expect(run.err).toMatch(message);
  expect((await invoke(['check', path('twice.onnx')])).out).toMatch(message);
  const inspected = await invoke(['inspect', path('twice.onnx')]);
  expect(inspected.code).toBe(0);
  expect(inspected.err).toMatch(/^warning\[D665\]/);
});

test('eight thousand bodies see the names around them without a copy', async () => {
  const branch = (name: string, from: string) => ({
    g: { name, node: [node(`Neg ${from} > ${name}o`)], output: [info(`${name}o`)] },
  });
  const nodes = Array.from({ length: 8000 }, (_, i) =>
    node(`If c > v${i + 1}`, { then_branch: branch('t', `v${i}`), else_branch: branch('e', 'v0') }),
  );
  const parts = { input: [info('v0', [2]), info('c', [], 9)], output: [info('v8000', [2])], node: nodes };
  writeFileSync(path('bodies.onnx'), modelBytes(parts));
  const { code, out } = await invoke(['inspect', path('bodies.onnx'), '--device', 'cuda', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ ops: { If: 8000, Neg: 16_000 }, placement: { nodes: 24_000 } });
});

test.each([
  '__proto__',
  'constructor',
  'toString',
  'benben.__proto__',
  'benben.constructor',
  'hasOwnProperty',
  '',
])('metadata with the key %j change nothing', async (key) => {
  const artifact = decodeModelProto(readFileSync(tiny));
  artifact.metadataProps.push({ key, value: 'polluted' });
  artifact.metadataProps.push({ key, value: '{"polluted":true}' });
  writeFileSync(path('polluted.onnx'), encodeModelProto(artifact));
  for (const args of commands(path('polluted.onnx'))) {
    const { code, out, err } = await invoke(args);
    // `check` reports the key, because it is there twice.
    expect(code, `${args.join(' ')}\n${err}`).toBe(args[0] === 'check' ? 1 : 0);
    if (args[0] === 'diff') expect(out).toContain('polluted');
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

describe('numbers that float32 cannot hold', () => {
  test.each(['1e39', '-1e39', 'inf', 'nan', 'Infinity', '1e999', ''])(
    '--length-penalty %j is refused by name',
    async (x) => {
      const { code, err } = await invoke(['run', tiny, '-i', path('document.txt'), `--length-penalty=${x}`]);
      expect(code).toBe(2);
      expect(err).toContain('--length-penalty');
      expect(err).toContain('It must be a number');
    },
  );
  test('a penalty whose power is too large names its option, not a damaged file', async () => {
    for (const x of ['1000', '-1000', '1e38']) {
      const { code, err } = await invoke(['run', tiny, '-i', path('document.txt'), `--length-penalty=${x}`]);
      expect(code).toBe(1);
      expect(err).toMatch(
        /error\[D556\]: the length penalty is [^,]+, but must be a number from -19.9 to 19.9/,
      );
      expect(err).toContain('--length-penalty');
      expect(err).not.toContain('damaged');
    }
  });
  test.each([
    ['--min', '1e30'],
    ['--max', '99999999999999999999'],
    ['--max', '-1'],
    ['--beam', '1e9'],
    ['--best', 'nan'],
    ['--seed', '1e999'],
    ['--no-repeat-ngram', '0.5'],
  ])('%s %s is refused by name', async (option, x) => {
    const { code, err } = await invoke(['run', model, '-i', path('document.txt'), `${option}=${x}`]);
    expect(code).toBe(2);
    expect(err).toContain(option);
  });
});

describe('replay', () => {
  const head = '// passes: fuse_linears\n// target: cpu\n';
  test.each([
    ['an undefined value', 'graph g(x: %0 f32[2]) {\n  return y: %9\n}'],
    ['a wrong type', 'graph g(x: %0 f32[2]) {\n  %1: f32[3] = neg(%0)\n  return y: %1\n}'],
  ])('of a graph with %s is a mistake in the input', async (_, body) => {
    writeFileSync(path('broken.ir'), head + body);
    const { code, err } = await invoke(['replay', path('broken.ir')]);
    expect(code, err).toBe(1);
    expect(err).toMatch(/error\[D324\]: the graph breaks .* of the IR before any pass runs|error\[D3\d\d\]/);
    expect(err).not.toContain('this is a bug of Benben');
  });
  test.each([
    ['dims', `graph g(x: %0 f32[${'2, '.repeat(200_000)}2]) {\n  return y: %0\n}`],
    ['terms of a dim', `graph g(x: %0 f32[${'n + '.repeat(200_000)}n]) {\n  return y: %0\n}`],
    ['arguments of a dim', `graph g(x: %0 f32[min(${'n, '.repeat(200_000)}n)]) {\n  return y: %0\n}`],
  ])('of many %s is a mistake in the input', async (_, body) => {
    writeFileSync(path('broken.ir'), head + body);
    expect((await invoke(['replay', path('broken.ir')])).code).toBe(1);
  });
});

describe('inspect --weights', () => {
  test('lists names, shapes, types and groups', async () => {
    const { code, out, err } = await invoke(['inspect', model, '--weights']);
    expect(code).toBe(0);
    expect(out).toMatch(/^encoder\.embed_tokens\.weight +\[300, 32\] +f32 +embeddings +9,600$/m);
    expect(out).toMatch(/^decoder\.layers\.0\.encoder_attn\.k_proj\.bias +\[32\] +f32 +attention +32$/m);
    expect(err).toMatch(/^Tiny: \d+ tensors, 60,\d+ parameters/);
  });
  test('is the same in JSON, and chooses the model', async () => {
    const { out } = await invoke(['inspect', model, '--weights', '-m', 'Reader', '--json']);
    const { schema, model: name, weights, parameters } = JSON.parse(out);
    expect({ schema, name }).toEqual({ schema: 'benben.weights/1', name: 'Reader' });
    expect(weights[0]).toEqual({
      name: 'encoder.embed_tokens.weight',
      shape: [300, 16],
      dtype: 'f32',
      group: 'embeddings',
    });
    const count = weights.reduce(
      (sum: number, { shape }: { shape: number[] }) => sum + shape.reduce((a, b) => a * b, 1),
      0,
    );
    expect(parameters).toBe(count);
  });
  test.each([
    [['inspect', tiny, '--weights'], '--weights is for .ben files'],
    [['inspect', model, '--weights', '--device', 'cpu'], '--device is for .onnx files'],
    [['inspect', tiny, '-m', 'Tiny'], '--model is for the models of a .ben file'],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await invoke(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

test('weights are read from a folder, and a folder without any is refused', async () => {
  const from = (weights: string, out: string) =>
    invoke(['compile', model, '-o', path(out), '-w', weights, '--single-file']);
  expect((await from(path('model.safetensors'), 'file.onnx')).code).toBe(0);
  // The workshop contains model.safetensors.
  expect((await from(path('.'), 'folder.onnx')).code).toBe(0);
  const tensors = (name: string) => decodeModelProto(readFileSync(path(name))).graph!.initializer;
  expect(tensors('folder.onnx')).toEqual(tensors('file.onnx'));
  const { code, err } = await from(path('folder'), 'never.onnx');
  expect(code).toBe(1);
  expect(err).toMatch(/error\[D584\]: the folder .* contains no safetensors file/);
});
