/** One rule says which files a model may name: those beside it, and those beside the file that its link leads to. */
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compile, loadModel, randomWeights, write } from '../../index.ts';
import { checkFile } from '../../runtime/check/index.ts';
import { dataLocations } from '../../runtime/data_locations.ts';
import { readWholeModel } from '../../runtime/model_file.ts';
import { invoke } from '../cli/invoke.ts';
import type { ModelProto } from '../onnx_messages.ts';
import { encodeModelProto } from '../onnx_messages.ts';
import { artifactIn, claiming, SOURCE, temporaryFolder } from './tiny_artifact.ts';

const folder = temporaryFolder();
const links = process.platform !== 'win32';
const compiled = compile(SOURCE, { entry: 'encode' }).value!;

/** A folder with an artifact of two files. */
async function artifact(name: string): Promise<string> {
  mkdirSync(join(folder, name));
  const path = join(folder, name, 'm.onnx');
  expect((await write(compiled, path, { weights: randomWeights(0) })).diagnostics).toEqual([]);
  return path;
}

const codesOfLoading = async (path: string): Promise<string[]> => {
  const { value, diagnostics } = await loadModel(path, { isolate: false });
  await value?.close();
  return diagnostics.map(({ code }) => code);
};
const codesOfChecking = async (path: string): Promise<string[]> =>
  (await checkFile(path)).map(({ code }) => code);

test.runIf(links)('the links of a cache, as Hugging Face’s hub makes them, are followed', async () => {
  const path = await artifact('hub');
  const [blobs, snapshot] = [join(folder, 'hub', 'blobs'), join(folder, 'hub', 'snapshots', 'revision')];
  mkdirSync(blobs);
  mkdirSync(snapshot, { recursive: true });
  renameSync(path, join(blobs, '0a1b'));
  renameSync(`${path}.data`, join(blobs, '2c3d'));
  symlinkSync('../../blobs/0a1b', join(snapshot, 'm.onnx'));
  symlinkSync('../../blobs/2c3d', join(snapshot, 'm.onnx.data'));
  expect(await codesOfLoading(join(snapshot, 'm.onnx'))).toEqual([]);
  expect(await codesOfChecking(join(snapshot, 'm.onnx'))).toEqual([]);
  const { out } = await invoke(['inspect', join(snapshot, 'm.onnx'), '--json']);
  expect(JSON.parse(out).external).toMatchObject([{ location: 'm.onnx.data', size: expect.any(Number) }]);
});

test.runIf(links)('a data file that is a link to another folder is refused, and not opened', async () => {
  const path = await artifact('linked');
  mkdirSync(join(folder, 'elsewhere'));
  renameSync(`${path}.data`, join(folder, 'elsewhere', 'data'));
  for (const target of [
    '../elsewhere/data',
    join(folder, 'elsewhere', 'data'),
    '../elsewhere/../elsewhere/data',
  ]) {
    cpSync(path, join(folder, 'linked', 'copy.onnx'));
    symlinkSync(target, `${path}.data`);
    expect(await codesOfLoading(path)).toEqual(['D575']);
    expect(await codesOfChecking(path)).toEqual(['D644']);
    const { out } = await invoke(['inspect', path, '--json']);
    expect(JSON.parse(out).external).toMatchObject([{ problem: expect.stringContaining('outside') }]);
    renameSync(`${path}.data`, `${path}.old`);
  }
});

/** The text of another file once appeared in an error message, because the tokenizer was a link to it. */
test.runIf(links)(
  'a tokenizer, or its configuration, that is a link to another folder is refused',
  async () => {
    mkdirSync(join(folder, 'words'));
    const path = await artifactIn(join(folder, 'words'), 'm.onnx');
    const named = claiming(path, 'named.onnx', { tokenizer: 'named.tokenizer.json' });
    const [own, config] = [
      join(folder, 'words', 'named.tokenizer.json'),
      join(folder, 'words', 'named.tokenizer_config.json'),
    ];
    writeFileSync(join(folder, 'secret'), '{ "secret": 1 }');
    symlinkSync('../secret', config);
    writeFileSync(own, '{}');
    const refused = await loadModel(named);
    expect(refused.diagnostics).toMatchObject([
      { code: 'D575', message: expect.stringContaining('configuration') },
    ]);
    const map = join(folder, 'words', 'named.special_tokens_map.json');
    renameSync(config, map);
    expect((await loadModel(named)).diagnostics).toMatchObject([{ code: 'D575' }]);
    renameSync(map, config);
    renameSync(own, `${own}.old`);
    symlinkSync('../secret', own);
    const { diagnostics } = await loadModel(named);
    expect(diagnostics).toMatchObject([{ code: 'D575' }]);
    expect(JSON.stringify(diagnostics)).not.toContain('secret":');
  },
);

const external = (location: string) => ({
  name: location,
  dataType: 1,
  dims: [1],
  dataLocation: 1,
  externalData: [{ key: 'location', value: location }],
});

/** Only the initializers of the graph were once examined. */
test('a data file is found in bodies, attributes and functions too, and refused before ONNX Runtime opens it', async () => {
  const path = await artifactIn(folder, 'deep.onnx');
  const { value } = await readWholeModel(path);
  const body = {
    name: 'b',
    initializer: [external('body')],
    sparseInitializer: [{ values: external('sparse') }],
  };
  const model = {
    ...value!,
    graph: {
      ...value!.graph!,
      node: [
        ...value!.graph!.node,
        {
          opType: 'Constant',
          output: ['c'],
          attribute: [{ name: 'value', type: 4, t: external('attribute') }],
        },
        { opType: 'If', input: ['c'], output: ['d'], attribute: [{ name: 'then_branch', type: 5, g: body }] },
      ],
    },
    functions: [
      ...value!.functions,
      { name: 'f', domain: 'x', node: [{ opType: 'Y', attribute: [{ name: 'g', graphs: [body] }] }] },
    ],
  } as unknown as ModelProto;
  expect([...dataLocations(model)].sort()).toEqual(['attribute', 'body', 'sparse']);
  body.initializer = [external('../secret')];
  writeFileSync(path, encodeModelProto(model));
  expect(await codesOfLoading(path)).toEqual(['D575']);
});

/** A repository that was cloned without Git LFS once gave "not ONNX" or "not safetensors". */
test('pointers of Git LFS are named in every kind of file', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 497000000\n`;
  const at = (name: string): string => join(folder, name);
  for (const name of ['p.onnx', 'p.ben', 'p.safetensors', 'tokenizer.json']) writeFileSync(at(name), pointer);
  const path = await artifact('pointer');
  writeFileSync(at('t.ben'), SOURCE.text);
  writeFileSync(`${path}.data`, pointer);
  writeFileSync(at('text'), 'A text.');
  for (const args of [
    ['inspect', at('p.onnx')],
    ['check', at('p.onnx')],
    ['run', at('p.onnx'), '--input', at('text')],
    ['diff', at('p.onnx'), path],
    ['report', at('p.ben')],
    ['compile', at('t.ben'), '-o', at('t.onnx'), '--weights', at('p.safetensors')],
    ['compile', at('t.ben'), '-o', at('t.onnx'), '--tokenizer', at('tokenizer.json')],
    ['run', path, '--input', at('text')],
    ['check', path],
  ]) {
    const { code, out, err } = await invoke(args);
    expect(code, args.join(' ')).toBe(1);
    expect(out + err).toMatch(/D576.*\n?.*is a Git LFS pointer[\s\S]*git lfs pull/);
  }
  expect(readFileSync(at('text'), 'utf8')).toBe('A text.');
});
