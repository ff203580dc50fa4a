/** Checkpoints in several files, folders of weights, and the names under which one matrix may be saved. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { WeightSpec } from '../../compiler/ir/weights.ts';
import { safetensorsWeights } from '../../runtime/weights/safetensors_weights.ts';
import { openWeights } from '../../runtime/weights/shards.ts';
import { collect, spec } from './safetensors_files.ts';

const outer = mkdtempSync(join(tmpdir(), 'benben-shards-'));
afterAll(() => rmSync(outer, { recursive: true, force: true }));
let folders = 0;

/** The bytes of a file of float32 vectors. */
function shard(tensors: Readonly<Record<string, readonly number[]>>): Buffer {
  let end = 0;
  const header = Object.entries(tensors).map(([name, values]) => {
    const begin = end;
    end += 4 * values.length;
    return [name, { dtype: 'F32', shape: [values.length], data_offsets: [begin, end] }];
  });
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  const data = Float32Array.from(Object.values(tensors).flat());
  return Buffer.concat([prefix, text, Buffer.from(data.buffer)]);
}

/** A new folder with these files. */
function folderOf(files: Readonly<Record<string, Buffer | object | string>>): string {
  const folder = join(outer, `${folders++}`);
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    const plain = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(join(folder, name), plain ? content : JSON.stringify(content));
  }
  return folder;
}

const INDEX = 'model.safetensors.index.json';
const indexOf = (map: object): object => ({ metadata: { total_size: 12 }, weight_map: map });
const two = {
  'model-00001-of-00002.safetensors': shard({ a: [1, 2] }),
  'model-00002-of-00002.safetensors': shard({ b: [3] }),
  [INDEX]: indexOf({ a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' }),
};

describe('the weights that a path names', () => {
  test.each([
    ['the index of several files', (folder: string) => join(folder, INDEX)],
    ['their folder', (folder: string) => folder],
  ])('%s', async (_, pathOf) => {
    const { value, diagnostics } = await safetensorsWeights(pathOf(folderOf(two)), [
      spec('a', 2),
      spec('b', 1),
    ]);
    expect(diagnostics).toEqual([]);
    expect(await collect(value!.read(spec('a', 2)))).toEqual([1, 2]);
    expect(await collect(value!.read(spec('b', 1)))).toEqual([3]);
  });

  test.each<[string, Readonly<Record<string, Buffer | object | string>>, string]>([
    [
      'a folder with model.safetensors and other files',
      { 'model.safetensors': shard({ a: [1] }), 'x.safetensors': shard({ a: [2] }) },
      'a',
    ],
    [
      'a folder with one file of another name',
      { 'pyramid.safetensors': shard({ a: [1] }), 'config.json': '{}' },
      'a',
    ],
  ])('%s', async (_, files, name) => {
    const { value } = await openWeights(folderOf(files));
    expect(await collect(value!.read(name))).toEqual([1]);
  });

  test.each<[string, Readonly<Record<string, Buffer | object | string>>, string, string]>([
    ['no weights', { 'config.json': '{}' }, 'D584', 'contains no safetensors file'],
    [
      'two files',
      { 'a.safetensors': shard({}), 'b.safetensors': shard({}) },
      'D584',
      'contains 2 safetensors files and no model.safetensors.index.json',
    ],
    ['an index that is not JSON', { [INDEX]: '{' }, 'D583', 'it is not JSON'],
    ['an index of numbers', { [INDEX]: indexOf({ a: 5 }) }, 'D583', "the file of tensor 'a' is not a name"],
    ['an index without a map', { [INDEX]: {} }, 'D583', 'it has no `weight_map`'],
    ['an index with a list', { [INDEX]: { weight_map: ['a'] } }, 'D583', 'it has no `weight_map`'],
    ['an empty map', { [INDEX]: indexOf({}) }, 'D583', 'is empty'],
    [
      'a shard above the folder',
      { [INDEX]: indexOf({ a: '../0/model.safetensors' }) },
      'D583',
      "tensor 'a' is in '../0/model.safetensors', outside the folder of the index",
    ],
    ['a shard at an absolute path', { [INDEX]: indexOf({ a: '/etc/passwd' }) }, 'D583', 'outside the folder'],
    [
      'a shard that is missing',
      { [INDEX]: indexOf({ a: 'gone.safetensors' }) },
      'D501',
      'gone.safetensors: there is no such file',
    ],
    [
      'a tensor that its shard lacks',
      { ...two, [INDEX]: indexOf({ a: 'model-00002-of-00002.safetensors' }) },
      'D583',
      "'model-00002-of-00002.safetensors' contains no tensor 'a'",
    ],
    [
      'a shard that is a pointer of Git LFS',
      {
        [INDEX]: indexOf({ a: 's.safetensors' }),
        's.safetensors': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
      },
      'D576',
      's.safetensors is a Git LFS pointer',
    ],
    [
      'an index that is a pointer of Git LFS',
      { [INDEX]: 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n' },
      'D576',
      'is a Git LFS pointer',
    ],
    [
      'a tensor twice',
      { [INDEX]: '{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}' },
      'D583',
      "names 'a' twice",
    ],
    [
      'names of JavaScript',
      {
        [INDEX]: '{"weight_map":{"__proto__":"model-1.safetensors"}}',
        'model-1.safetensors': shard({ constructor: [1] }),
      },
      'D583',
      "contains no tensor '__proto__'",
    ],
  ])('%s is refused', async (_, files, code, message) => {
    const { value, diagnostics } = await openWeights(folderOf(files));
    expect(value).toBeUndefined();
    expect(diagnostics.map((one) => one.code)).toEqual([code]);
    expect(diagnostics[0]!.message).toContain(message);
  });
});

describe('a matrix that encoder, decoder and output share', () => {
  const shared: WeightSpec = { ...spec('encoder.embed_tokens.weight', 2), group: 'embeddings' };
  const rest: WeightSpec = { ...spec('decoder.layer', 1), side: 'decoder' };
  test.each([
    'shared.weight',
    'model.shared.weight',
    'lm_head.weight',
    'model.lm_head.weight',
    'module.shared.weight',
    'module.model.encoder.embed_tokens.weight',
    'decoder.output_projection.weight',
  ])('is found if it is saved once as %s', async (name) => {
    const folder = folderOf({ 'model.safetensors': shard({ [name]: [7, 8], 'decoder.layer': [1] }) });
    const { value, diagnostics } = await safetensorsWeights(folder, [shared, rest]);
    expect(diagnostics).toEqual([]);
    expect(await collect(value!.read(shared))).toEqual([7, 8]);
  });
  test('is refused if a copy of another name differs', async () => {
    const tensors = { 'shared.weight': [7, 8], 'lm_head.weight': [7, 9], 'decoder.layer': [1] };
    const { diagnostics } = await safetensorsWeights(folderOf({ 'model.safetensors': shard(tensors) }), [
      shared,
      rest,
    ]);
    expect(diagnostics.map(({ code }) => code)).toEqual(['D524']);
  });
});
