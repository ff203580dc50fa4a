/** Where `compile` writes: folders, links, pipes, names of entries, and data files that entries share. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile as compileSource, loadModel, type WeightSource, write } from '../../index.ts';
import { readWholeModel } from '../../runtime/model_file.ts';
import { DOCUMENT, invoke, workshop } from './invoke.ts';

const { path } = await workshop();
const model = path('model.ben');
const unix = process.platform !== 'win32';
const compile = (...args: string[]) => invoke(['compile', model, '-q', ...args]);

describe('-o', () => {
  test('a folder gets NAME.onnx, and the name of an entry that is not the default', async () => {
    mkdirSync(path('out'));
    expect((await compile('-o', path('out'))).out).toBe(`${join(path('out'), 'Tiny.onnx')}\n`);
    expect((await compile('-o', `${path('out')}/`, '-e', 'encode')).code).toBe(0);
    expect((await compile('-o', path('out'), '-e', 'step')).code).toBe(0);
    expect((await compile('-o', path('out'), '-m', 'Reader')).code).toBe(0);
    expect(readdirSync(path('out')).filter((name) => name.endsWith('.onnx'))).toEqual([
      'Reader.onnx',
      'Tiny.encode.onnx',
      'Tiny.onnx',
      'Tiny.step.onnx',
    ]);
  });

  test('a folder that does not exist is not created', async () => {
    const { code, err } = await compile('-o', path('nowhere/'));
    expect(code).toBe(1);
    expect(err).toMatch(/error\[D501\].*nowhere/);
    expect(existsSync(path('nowhere'))).toBe(false);
  });

  /** The model was once written through the link, and its data beside the link. */
  test.runIf(unix)('a link to another folder is refused, unless there is only one file', async () => {
    mkdirSync(path('elsewhere'));
    writeFileSync(path('elsewhere/m.onnx'), 'old');
    symlinkSync(path('elsewhere/m.onnx'), path('link.onnx'));
    const { code, err } = await compile('-o', path('link.onnx'));
    expect(code).toBe(1);
    expect(err).toMatch(/error\[D577\].*link\.onnx.*is a link to .*elsewhere\/m\.onnx/);
    expect(readFileSync(path('elsewhere/m.onnx'), 'utf8')).toBe('old');
    expect(existsSync(path('link.onnx.data'))).toBe(false);
    expect((await compile('-o', path('link.onnx'), '--single-file')).code).toBe(0);
    expect(lstatSync(path('link.onnx')).isSymbolicLink()).toBe(true);
    symlinkSync('same.onnx', path('inside.onnx'));
    writeFileSync(path('same.onnx'), 'old');
    expect((await compile('-o', path('inside.onnx'))).code).toBe(0);
    expect((await invoke(['check', path('inside.onnx')])).code).toBe(0);
  });

  test.runIf(unix)('pipes and devices are refused, not waited for', { timeout: 20_000 }, async () => {
    execFileSync('mkfifo', [path('pipe')]);
    for (const args of [
      ['-o', path('pipe')],
      ['-o', path('pipe'), '--single-file'],
      ['-o', '/dev/null'],
    ]) {
      const { code, err } = await compile(...args);
      expect(code).toBe(1);
      expect(err).toMatch(/error\[D511\]/);
    }
    expect(existsSync('/dev/null.data')).toBe(false);
    expect((await compile('-o', '/dev/null', '--single-file')).code).toBe(0);
  });
});

describe('--data', () => {
  const out = (name: string): string => join(path('shared'), name);
  const names = ['Tiny.onnx', 'Tiny.encode.onnx', 'Tiny.step.onnx', 'Tiny.forward.onnx'];
  const share = (...args: string[]) => compile('-o', path('shared'), '--data', 'tiny.data', ...args);

  test('all entries share one file, which only the first compilation writes', async () => {
    mkdirSync(path('shared'));
    // The file does not depend on which entry comes first, or on the search.
    for (const args of [
      ['-e', 'step'],
      ['--beam', '2'],
      ['-e', 'encode'],
      ['-e', 'forward'],
    ]) {
      const before = existsSync(out('tiny.data')) ? lstatSync(out('tiny.data')).ino : undefined;
      expect(await share(...args)).toMatchObject({ code: 0 });
      if (before !== undefined) expect(lstatSync(out('tiny.data')).ino).toBe(before);
    }
    expect(readdirSync(path('shared')).sort()).toEqual([...names, 'tiny.data'].sort());
    expect((await invoke(['check', ...names.map(out)])).code).toBe(0);
  });

  test('the offsets of equal tensors agree, and each artifact computes what its own data file gives', async () => {
    const offsets = new Map<string, string>();
    for (const name of names) {
      const { value } = await readWholeModel(out(name));
      for (const { name: tensor, dataLocation, externalData } of value!.graph!.initializer) {
        if (dataLocation !== 1) continue;
        const place = JSON.stringify(externalData);
        expect(place).toContain('tiny.data');
        if (!/weight|bias/.test(tensor!) || /_\d+$/.test(tensor!)) continue;
        expect(offsets.get(tensor!) ?? place).toBe(place);
        offsets.set(tensor!, place);
      }
    }
    expect(offsets.size).toBeGreaterThan(10);
    await compile('-o', path('alone.onnx'), '-e', 'encode');
    const [shared, alone] = [out('Tiny.encode.onnx'), path('alone.onnx')];
    const memories = [];
    for (const file of [shared, alone]) {
      const { value } = await loadModel(file, { isolate: false });
      memories.push((await value!.encode([DOCUMENT])).value![0]!.memory);
      await value!.close();
    }
    expect(memories[0]).toEqual(memories[1]);
  });

  test('a file with other contents is refused and stays as it is', async () => {
    const before = readFileSync(out('tiny.data'));
    for (const args of [
      ['--seed', '1'],
      ['--precision', 'int8', '--no-error-report'],
      ['-m', 'Small'],
    ]) {
      const { code, err } = await share(...args);
      expect(code).toBe(1);
      expect(err).toMatch(/error\[D578\].*tiny\.data exists, but has other contents/);
    }
    expect(readFileSync(out('tiny.data')).equals(before)).toBe(true);
    expect((await invoke(['check', ...names.map(out)])).code).toBe(0);
  });

  test.each([
    [['--data', '../x.data'], /is not in the folder of/],
    [['--data', 'x.data', '--single-file'], /--single-file puts the weights into/],
    [['--data', 'Tiny.onnx'], /name the same file/],
  ])('%j is a wrong command line', async (args, message) => {
    const { code, err } = await compile('-o', path('shared'), ...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

test('run says that the model wrote no text if its first token is the end', async () => {
  const made = compileSource({ path: model, text: readFileSync(model, 'utf8') }).value!;
  /** Weights with which the end token has the highest score: only its embedding is not zero. */
  const weights: WeightSource = {
    label: 'silent',
    random: false,
    async *read({ name, shape }) {
      const isEnd = (i: number): boolean => Math.floor(i / shape[1]!) === made.ids.eos;
      const all = new Float32Array(shape.reduce((a, b) => a * b, 1));
      yield all.map((_, i) => (name.includes('embed_tokens') ? Number(isEnd(i)) : 1));
    },
  };
  await write(made, path('silent.onnx'), { weights });
  writeFileSync(path('short.txt'), 'A short text.');
  const run = ['run', path('silent.onnx'), '--input', path('short.txt')];
  const { code, out, err } = await invoke(run);
  expect({ code, out }, err).toEqual({ code: 0, out: '\n' });
  expect(err).toMatch(/note\[D579\]: the model wrote no text/);
  const json = await invoke([...run, '--json']);
  expect(JSON.parse(json.out).diagnostics).toMatchObject([{ code: 'D579' }]);
});
