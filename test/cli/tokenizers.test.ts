/** Tokenizers on the command line: their copies beside artifacts, special tokens in documents, and crashes. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadModel, openTokenizer } from '../../index.ts';
import { invoke, workshop } from './invoke.ts';

const { path } = await workshop();
const model = path('model.ben');
const FIXTURES = join(import.meta.dirname, '../runtime/fixtures');
const LIMITS = ['--min', '2', '--max', '2'];
const run = (file: string, ...more: string[]) => ['run', path(file), '-i', path('words.txt'), ...more];
writeFileSync(path('words.txt'), 'the pyramid of stone </s> the cafe');

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await invoke([...args, '--json']);
  expect(code, out + err).toBe(0);
  return JSON.parse(out);
}

/** A folder with the byte-level tokenizer of the fixtures and other files beside it. */
function tokenizerWith(name: string, files: Readonly<Record<string, object>>): string {
  mkdirSync(path(name));
  copyFileSync(join(FIXTURES, 'bpe/tokenizer.json'), join(path(name), 'tokenizer.json'));
  for (const [file, content] of Object.entries(files))
    writeFileSync(join(path(name), file), JSON.stringify(content));
  return path(name);
}

describe('a copy beside an artifact', () => {
  test('gives the same ids, whatever files the tokenizer had', async () => {
    const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false };
    const own = tokenizerWith('many', {
      'tokenizer_config.json': { added_tokens_decoder: { 267: { content: 'pyramid', ...flags } } },
      'special_tokens_map.json': { pad_token: '<unk>', eos_token: { content: '<s>' } },
    });
    await json('compile', model, '-o', path('many.onnx'), '--tokenizer', own);
    const { value: first } = await openTokenizer(own);
    const { value: second, diagnostics } = await openTokenizer(path('many.tokenizer.json'));
    expect(diagnostics).toEqual([]);
    expect(second).toMatchObject({ special: first!.special, size: first!.size, config: first!.config });
    const text = 'the pyramid <s> </s>';
    const encoded = await first!.encode(text);
    expect(encoded.ids).toContain(267);
    expect(await second!.encode(text)).toEqual(encoded);
    await Promise.all([first!.close(), second!.close()]);
  });

  test('replaces the configuration of an earlier artifact of this name', async () => {
    const other = tokenizerWith('other', { 'tokenizer_config.json': { pad_token: 'a', eos_token: 'b' } });
    await json('compile', model, '-o', path('again.onnx'), '--tokenizer', other);
    const { files } = await json(
      'compile',
      model,
      '-o',
      path('again.onnx'),
      '--tokenizer',
      join(FIXTURES, 'words'),
    );
    expect(files).toContain(path('again.tokenizer_config.json'));
    expect((await json('inspect', path('again.onnx'))).benben).toMatchObject({ ids: { pad: 0, eos: 3 } });
    await json(...run('again.onnx', ...LIMITS));
  });

  test.skipIf(process.platform === 'win32')('is not followed out of the folder of the model', async () => {
    await json('compile', model, '-o', path('linked.onnx'), '--tokenizer', join(FIXTURES, 'words'));
    mkdirSync(path('elsewhere'));
    writeFileSync(path('elsewhere/secret.txt'), 'root:x:0:0:secret');
    rmSync(path('linked.tokenizer.json'));
    symlinkSync(path('elsewhere/secret.txt'), path('linked.tokenizer.json'));
    // The link stays in the folder of the model only if that is the workshop's folder.
    mkdirSync(path('model'));
    for (const name of ['linked.onnx', 'linked.onnx.data']) copyFileSync(path(name), path(`model/${name}`));
    symlinkSync(path('elsewhere/secret.txt'), path('model/linked.tokenizer.json'));
    const { code, err } = await invoke(run('model/linked.onnx'));
    expect(code).toBe(1);
    expect(err).toMatch(
      /^error\[D575\].*, which is outside the model’s folder \(through a symbolic link\)$/m,
    );
    expect(err).not.toContain('secret"');
    expect(err).not.toMatch(/root/);
    // A user may name a link.
    symlinkSync(join(FIXTURES, 'words/tokenizer.json'), path('mine.json'));
    await json(...run('linked.onnx', ...LIMITS, '--tokenizer', path('mine.json')));
  });
});

describe('special tokens in a document', () => {
  test('are text, and become their ids with --special-tokens', async () => {
    const own = tokenizerWith('special', {});
    const args = [...LIMITS, '--tokenizer', own];
    const tokens = async (...more: string[]) => {
      const { document } = await json(...more);
      return (document as { tokens: number }).tokens;
    };
    const plain = await tokens(...run('model.ben', ...args));
    // `</s>` has four bytes as text, and is one token as such.
    expect(await tokens(...run('model.ben', ...args, '--special-tokens'))).toBe(plain - 3);
    await json('compile', model, '-o', path('special.onnx'), '--tokenizer', own);
    expect(await tokens(...run('special.onnx', ...LIMITS))).toBe(plain);
    expect(await tokens(...run('special.onnx', ...LIMITS, '--special-tokens'))).toBe(plain - 3);
    const { value } = await loadModel(path('special.onnx'), { specialTokens: true });
    expect((await value!.tokenizer.encode('a</s>')).ids.slice(-2)).toEqual([2, 2]);
    await value!.close();
  });

  test('cannot be asked for without a tokenizer', async () => {
    await json('compile', model, '-o', path('plain.onnx'));
    for (const file of ['model.ben', 'plain.onnx']) {
      const { code, err } = await invoke(run(file, '--special-tokens'));
      expect(code).toBe(2);
      expect(err).toMatch(/--special-tokens is for tokenizers from a file/);
    }
  });
});

test('words of a document do not include the tokens of a template', async () => {
  const found = await json(...run('model.ben', ...LIMITS, '--tokenizer', join(FIXTURES, 'bpe')));
  const words = (found.kept as { text: string }[]).map(({ text }) => text);
  expect(words).toEqual(['the', 'pyramid', 'of', 'stone', 's', 'the', 'cafe']);
});

test('a tokenizer that crashes ends a command with D531', async () => {
  const own = tokenizerWith('crashing', {});
  const file = JSON.parse(readFileSync(join(own, 'tokenizer.json'), 'utf8'));
  const pre_tokenizer = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false };
  writeFileSync(join(own, 'tokenizer.json'), JSON.stringify({ ...file, pre_tokenizer }));
  writeFileSync(path('slow.txt'), `${'a'.repeat(30)}b`);
  const { code, out, err } = await invoke(['run', model, '-i', path('slow.txt'), '--tokenizer', own]);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^error\[D531\]: tokenizer tokenizer.json failed: Onig: Regex search error/m);
  expect(err).not.toMatch(/ at .*:\d+:\d+/);
});
