/** Checks of the metadata of artifacts, and of whether they are compiled from a source. */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CompileOptions, compile, randomWeights, type Source, write } from '../../index.ts';
import { checkFile, checkOwnSource } from '../../runtime/check/index.ts';
import { DEVICES } from '../../runtime/devices.ts';
import { info, node, one } from '../check/foreign_models.ts';
import type { ModelProto } from '../onnx_messages.ts';
import { decodeModelProto, encodeModelProto } from '../onnx_messages.ts';
import { artifactIn, claiming, SOURCE, temporaryFolder } from './tiny_artifact.ts';

const folder = temporaryFolder();
const path = await artifactIn(folder, 'tiny.onnx', { entry: 'encode' });

const codes = async (file: string, source?: Source): Promise<readonly string[]> =>
  (await checkFile(file, source ? { source } : {})).map(({ code }) => code);

/** The artifact with its messages changed. */
function changed(change: (model: ModelProto) => void, from = path): string {
  const model = decodeModelProto(readFileSync(from));
  change(model);
  const to = join(folder, 'changed.onnx');
  writeFileSync(to, encodeModelProto(model));
  return to;
}

test('an unchanged artifact gives no diagnostic', async () => {
  expect(await codes(path)).toEqual([]);
});

describe.each([
  ['D650', 'source', 'model Other { }'],
  ['D650', 'source_sha256', undefined],
  ['D651', 'entry', 'generate'],
  ['D651', 'entry', 'constructor'],
  ['D651', 'spec', '{"vocabulary":300}'],
  ['D651', 'version', '9.9.9'],
])('%s', (code, key, value) => {
  test(`${key} ${value}`, async () => {
    expect(await codes(claiming(path, 'claims.onnx', { [key]: value }))).toEqual([code]);
  });
});

test('repeated metadata: D651', async () => {
  const twice = changed((model) => void model.metadataProps.push({ key: 'benben.model', value: 'Other' }));
  expect(await codes(twice)).toContain('D651');
});

test('a model of another program needs no such metadata', async () => {
  const bare = changed((model) => {
    model.producerName = 'pytorch';
    model.metadataProps = [{ key: 'note', value: 'mine' }];
  });
  expect(await codes(bare)).toEqual([]);
  expect(await codes(bare, SOURCE)).toEqual(['D654']);
});

const FORMS: readonly (readonly [string, CompileOptions, { singleFile?: boolean; inline?: boolean }])[] = [
  ['default options', {}, {}],
  ['one file', { entry: 'encode' }, { singleFile: true }],
  ['without functions', { entry: 'forward' }, { inline: true }],
  ['beams', { beam: 2, returned: 2, noRepeatNgram: 3, ids: { pad: 5, eos: 7 } }, {}],
  ['int8', { entry: 'step', precision: 'int8' }, {}],
  ['fp16', { entry: 'encode', precision: 'fp16', target: 'webgpu' }, {}],
  ['an old opset', { opset: 20 }, {}],
  ['an opset whose oldest ONNX Runtime lacks a kernel', { opset: 23, entry: 'step' }, {}],
  ['padded as published', { entry: 'encode', compat: 'paper' }, {}],
];

describe('--source', () => {
  test.each(FORMS)('%s', async (_, options, more) => {
    const file = join(folder, 'form.onnx');
    const compiled = compile(SOURCE, options).value!;
    const { value } = await write(compiled, file, { weights: randomWeights(3), ...more });
    expect(value).toBeDefined();
    expect(await codes(file, SOURCE)).toEqual([]);
    expect(await codes(file)).toEqual([]);
    const wider = { path: 'wider.ben', text: SOURCE.text.replace('width 16', 'width 32') };
    expect(await codes(file, wider)).toEqual(['D652']);
  });

  test('another text for the same graph is a warning', async () => {
    const found = await checkFile(path, { source: { path: 'a.ben', text: `// a comment\n${SOURCE.text}` } });
    expect(found.map(({ code, severity }) => [code, severity])).toEqual([['D653', 'warning']]);
  });

  test('a graph that was changed after it was compiled', async () => {
    const other = changed((model) => {
      const node = model.graph!.node!.find(({ opType }) => opType === 'Relu')!;
      node.opType = 'Tanh';
    });
    const [found, ...more] = await checkFile(other, { source: SOURCE });
    expect(more).toEqual([]);
    expect(found).toMatchObject({ code: 'D652', severity: 'error' });
    expect(found!.message).toMatch(
      /its text is the same, but its graph was changed; the first difference is in node \d+ '/,
    );
  });

  test('a weight of another shape', async () => {
    const other = changed((model) => {
      const tensor = model.graph!.initializer!.find(({ name }) => name === 'encoder.layers.0.fc1.bias')!;
      Object.assign(tensor, { dims: [1, ...tensor.dims!.map(Number)] });
    });
    expect((await checkFile(other, { source: SOURCE })).map(({ code }) => code)).toContain('D652');
  });

  test('a source without the model, or with mistakes', async () => {
    expect(await codes(path, { path: 'b.ben', text: SOURCE.text.replace('Tiny', 'Other') })).toEqual([
      'D652',
    ]);
    expect(await codes(path, { path: 'b.ben', text: 'model Tiny { width many }' })).toEqual(['D652']);
  });
});

describe('data files', () => {
  test('that are complete, too short or missing', async () => {
    const file = join(folder, 'two.onnx');
    await write(compile(SOURCE, { entry: 'encode' }).value!, file, { weights: randomWeights(0) });
    expect(await codes(file)).toEqual([]);
    writeFileSync(`${file}.data`, readFileSync(`${file}.data`).subarray(0, 5000));
    // A file gives one diagnostic, however many tensors it has.
    const [found, ...others] = await checkFile(file);
    expect(others).toEqual([]);
    const more =
      /^initializer '.*' is at bytes \d+ to \d+ of 'two.onnx.data', which has only 5000 bytes; the file also lacks data of (\d+) other tensors, up to byte (\d+)$/;
    expect(found).toMatchObject({ code: 'D646', message: expect.stringMatching(more) });
    const [, count, last] = more.exec(found!.message)!;
    const places = decodeModelProto(readFileSync(file)).graph!.initializer!.map(({ externalData }) => {
      const at = (name: string) => Number(externalData?.find(({ key }) => key === name)?.value ?? 0);
      return at('offset') + at('length');
    });
    expect(Number(count)).toBe(places.filter((end) => end > 5000).length - 1);
    expect(Number(last)).toBe(Math.max(...places));
    copyFileSync(file, join(folder, 'alone.onnx'));
    writeFileSync(join(folder, 'alone.onnx'), encodeModelProto(renamed(file, 'gone.data')));
    expect(await codes(join(folder, 'alone.onnx'))).toEqual(['D645']);
  });
});

function renamed(file: string, location: string): ModelProto {
  const model = decodeModelProto(readFileSync(file));
  for (const tensor of model.graph!.initializer!)
    for (const field of tensor.externalData ?? []) if (field.key === 'location') field.value = location;
  return model;
}

test('--device: nodes without a kernel on this device', async () => {
  const webgpu = DEVICES.find(({ name }) => name === 'webgpu')!;
  const found = await checkFile(path, { device: webgpu });
  expect(found.map(({ code, severity }) => [code, severity])).toEqual([['D548', 'warning']]);
});

test('--device: operators that are in no table give one note, with their counts', async () => {
  const file = join(folder, 'lstm.onnx');
  writeFileSync(
    file,
    one(
      'LSTM x,w,r > y,h,c',
      { hidden_size: 4 },
      {
        node: [node('Hardmax s > d'), node('Hardmax s > e'), node('Relu y > z')],
        input: [info('x', [5, 1, 3]), info('w', [1, 16, 3]), info('r', [1, 16, 4]), info('s', [2, 2])],
        output: [info('z'), info('h'), info('c'), info('d'), info('e')],
      },
    ),
  );
  expect(await codes(file)).toEqual([]);
  for (const name of ['cuda', 'webgpu'] as const) {
    const found = await checkFile(file, { device: DEVICES.find((one) => one.name === name)! });
    expect(found).toMatchObject([{ code: 'D656', severity: 'note' }]);
    expect(found[0]!.message).toBe(
      `3 of 4 nodes may have no kernel on ${name}: Hardmax (f32) × 2, LSTM (f32) × 1`,
    );
  }
  expect(await checkFile(file, { device: DEVICES.find(({ name }) => name === 'cpu')! })).toEqual([]);
});

describe('the source in an artifact', () => {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  const carrying = (text: string, more: Readonly<Record<string, string>> = {}): string =>
    claiming(path, 'carrying.onnx', { source: text, source_sha256: hash(text), ...more });
  /** The artifact with another value as an input of a node; all types stay the same. */
  const rewired = (): string =>
    changed((model) => {
      const add = model.graph!.node!.find(({ opType, input }) => opType === 'Add' && input!.length === 2)!;
      add.input![1] = add.input![0]!;
    });
  const reported = async (file: string) =>
    (await checkFile(file)).map(({ code, severity, message }) => [code, severity, message] as const);

  test('a rewired node is reported without --source', async () => {
    const file = rewired();
    const [found, ...more] = await reported(file);
    expect(more).toEqual([]);
    expect(found!.slice(0, 2)).toEqual(['D652', 'warning']);
    expect(found![2]).toMatch(
      /the source in the file: its text is the same, .* the first difference is in node \d+ '/,
    );
    // `benben diff` gives the same message.
    expect((await checkOwnSource(file)).map(({ message }) => message)).toEqual([found![2]]);
  });

  test('another version gives a warning, if it makes another graph or cannot read the text', async () => {
    const older = (file: string): string => {
      const model = decodeModelProto(readFileSync(file));
      model.producerVersion = '0.0.1';
      model.metadataProps.find(({ key }) => key === 'benben.version')!.value = '0.0.1';
      writeFileSync(file, encodeModelProto(model));
      return file;
    };
    for (const file of [rewired(), carrying(SOURCE.text.replace('pool soft_topk', 'pool gone_since'))]) {
      const [found, ...more] = await reported(older(file));
      expect(more).toEqual([]);
      expect(found!.slice(0, 2)).toEqual(['D653', 'warning']);
      expect(found![2]).toContain('was compiled by Benben 0.0.1, but version ');
    }
    expect(await codes(older(carrying(SOURCE.text)))).toEqual([]);
  });

  describe('metadata that do not follow from the source', () => {
    const spec = JSON.parse(
      decodeModelProto(readFileSync(path)).metadataProps.find(({ key }) => key === 'benben.spec')!.value!,
    );
    const saying = (more: object): string => JSON.stringify({ ...spec, ...more });

    test.each([
      ['spec', saying({ vocabulary: 299 }), 'benben.spec (vocabulary 299, not 300)'],
      ['spec', saying({ width: 32 }), 'benben.spec (width 32, not 16)'],
      ['spec', saying({ name: 'Zork' }), 'benben.spec (name Zork, not Tiny)'],
      ['spec', saying({ decoder: { ...spec.decoder, target: 5 } }), 'benben.spec (decoder.target 5, not 12)'],
      ['spec', saying({ '\x1b[2J': [] }), 'benben.spec (\uFFFD[2J a list, not none)'],
      ['spec', saying({ encoder: { length: 32 } }), / \(encoder\.\w+ none, not /],
      ['parameters', '5', /: benben\.parameters \(5, not \d+\)$/],
    ])('%s %s', async (key, value, what) => {
      const file = claiming(path, 'misleading.onnx', { [key]: value });
      const [found, ...more] = await checkFile(file);
      expect(more).toEqual([]);
      expect(found).toMatchObject({ code: 'D657', severity: 'warning' });
      if (typeof what === 'string') expect(found!.message.endsWith(`: ${what}`)).toBe(true);
      else expect(found!.message).toMatch(what);
      expect(await checkFile(file, { source: SOURCE })).toMatchObject([{ code: 'D657', severity: 'error' }]);
      const commented = { path: 'b.ben', text: `${SOURCE.text}\n// more` };
      expect(await codes(file, commented)).toEqual(['D653', 'D657']);
    });

    test('all are in one diagnostic, which also reports if another version compiled the file', async () => {
      const claims = { spec: saying({ heads: 4, width: 8 }), parameters: '7' };
      const [found, ...more] = await reported(claiming(path, 'misleading.onnx', claims));
      expect(more).toEqual([]);
      expect(found![2]).toMatch(/: benben\.parameters \(7, not \d+\), benben\.spec \(width 8, not 16\)$/);
      const file = claiming(path, 'misleading.onnx', { ...claims, version: '0.0.1' });
      const model = decodeModelProto(readFileSync(file));
      writeFileSync(file, encodeModelProto({ ...model, producerVersion: '0.0.1' }));
      expect((await reported(file)).map((one) => one.slice(0, 2))).toEqual([['D653', 'warning']]);
    });

    test('metadata that do not depend on the source may have any value', async () => {
      const free = { weights: 'w.safetensors', random: 'false', error_max: '1', error_mean: '0.5' };
      expect(await codes(claiming(path, 'free.onnx', free))).toEqual([]);
    });
  });

  test('a source with thousands of layers in a small file is reported and not compiled', async () => {
    const start = process.cpuUsage();
    const layers = Array.from({ length: 1023 }, () => '32').join(', ');
    const many = SOURCE.text.replace('32, 16', `${layers}, 16`).replace('layers 2', 'layers 1024');
    const [found, ...more] = await reported(carrying(many));
    expect(more).toEqual([]);
    expect(found!.slice(0, 2)).toEqual(['D652', 'warning']);
    expect(found![2]).toMatch(/: the source has 2048 layers, but the file has only \d+ nodes$/);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(1);
  });

  test('a long text is not compiled, with a note', async () => {
    const found = await reported(carrying(`${SOURCE.text}\n${'// more\n'.repeat(1 << 13)}`));
    expect(found.map(([code, severity]) => [code, severity])).toEqual([['D655', 'note']]);
    const deep = SOURCE.text.replace('layers 2', 'layers 39');
    const file = join(folder, 'deep.onnx');
    await write(compile({ path: 'deep.ben', text: deep }).value!, file, { weights: randomWeights(0) });
    expect((await reported(file)).map(([code, , message]) => [code, message.slice(-9)])).toEqual([
      ['D655', '41 layers'],
    ]);
  });
});
