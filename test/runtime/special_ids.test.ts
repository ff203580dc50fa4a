/** Tests that the pad and eos ids of the tokenizer are used, both in the graph and outside it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compile, idsOf, loadModel, loadSource, openTokenizer } from '../../index.ts';
import { infoFrom, metadataOf } from '../../pipeline/metadata.ts';
import { batchOf, untilEnd } from '../../runtime/batch.ts';
import { artifactIn, SOURCE, temporaryFolder } from './tiny_artifact.ts';

const folder = temporaryFolder();
/** A tokenizer with pad 0 and eos 3. */
const WORDS = join(import.meta.dirname, 'fixtures', 'words');
const WORDS_IDS = { pad: 0, eos: 3 };

test('a source with a tokenizer is compiled for its ids', async () => {
  const { value: model, diagnostics } = await loadSource(SOURCE, { tokenizer: WORDS });
  expect(diagnostics).toEqual([]);
  expect(model!.info.ids).toEqual(WORDS_IDS);
  const { value } = await model!.generate(['the pyramid of stone.', 'a cafe'], { min: 4, max: 4 });
  for (const { ids, text } of value!) {
    // The ids are four words and the tokenizer's eos, which the graph wrote.
    expect(ids).toHaveLength(5);
    expect(ids.at(-1)).toBe(3);
    for (const id of ids.slice(0, -1)) expect([0, 3]).not.toContain(id);
    expect(text).not.toMatch(/\[SEP\]|\[PAD\]/);
  }
  // The shorter document has the same result as alone, because the graph recognises its padding.
  const alone = await model!.generate(['a cafe'], { min: 4, max: 4 });
  expect(alone.value![0]!.ids).toEqual(value![1]!.ids);
  await model!.close();
});

test('the artifact’s ids are used to pad feeds and to cut sequences', async () => {
  const { value: tokenizer } = await openTokenizer(WORDS);
  const compiled = compile(SOURCE, { ids: idsOf(tokenizer!) }).value!;
  const info = infoFrom(
    metadataOf(
      { ...compiled, model: 'Tiny', version: '1', weights: 'w', random: true, tokenizer: 'x', parameters: 1 },
      SOURCE,
    ),
  )!;
  const { feeds } = await batchOf(['the stone', 'a'], tokenizer!, info, 'cut');
  expect([...feeds.input_ids!.data].map(Number)).toEqual([4, 8, 3, 12, 3, 0]);
  expect(untilEnd(BigInt64Array.of(2n, 1n, 3n, 0n, 0n), info)).toEqual([2, 1, 3]);
  expect(untilEnd(BigInt64Array.of(2n, 1n), info)).toEqual([2, 1]);
});

test('an artifact and a tokenizer with other ids give an error: D532', async () => {
  const { value, diagnostics } = await loadModel(await artifactIn(folder, 'fairseq.onnx'), {
    tokenizer: WORDS,
  });
  expect(value).toBeUndefined();
  expect(diagnostics).toMatchObject([{ code: 'D532', severity: 'error' }]);
  expect(diagnostics[0]!.message).toMatch(
    /its pad is 0, but the model’s is 1; its eos is 3, but the model’s is 2/,
  );
  expect(diagnostics[0]!.help).toMatch(/--tokenizer/);

  const other = await artifactIn(folder, 'words.onnx', { ids: WORDS_IDS });
  expect((await loadModel(other)).diagnostics).toMatchObject([{ code: 'D532', severity: 'error' }]);
  const fits = await loadModel(other, { tokenizer: WORDS });
  expect(fits.diagnostics).toEqual([]);
  await fits.value!.close();
});

test('impossible ids are refused', () => {
  const codes = (ids: { pad: number; eos: number }) =>
    compile(SOURCE, { ids }).diagnostics.map((d) => d.code);
  expect(codes({ pad: 300, eos: 2 })).toEqual(['D534']);
  expect(codes({ pad: 1, eos: -2 })).toEqual(['D534']);
  expect(codes({ pad: 0.5, eos: 2 })).toEqual(['D534']);
  expect(codes({ pad: 2, eos: 2 })).toEqual(['D532']);
});

/** A tokenizer whose special tokens are declared only in its configuration. */
function configured(name: string, config?: object): string {
  const path = join(folder, name);
  mkdirSync(path);
  const vocab = { stone: 0, a: 1, the: 2, '<unk>': 3, '<fill>': 5, '<stop>': 6 };
  const tokenizer = {
    version: '1.0',
    added_tokens: [],
    pre_tokenizer: { type: 'Whitespace' },
    model: { type: 'WordLevel', unk_token: '<unk>', vocab },
  };
  writeFileSync(join(path, 'tokenizer.json'), JSON.stringify(tokenizer));
  if (config) writeFileSync(join(path, 'tokenizer_config.json'), JSON.stringify(config));
  return path;
}

test('ids may be declared in tokenizer_config.json only; undeclared ones are the model’s, with a warning', async () => {
  const declared = await openTokenizer(configured('declared', { pad_token: '<fill>', eos_token: '<stop>' }));
  expect(declared.diagnostics).toEqual([]);
  expect(idsOf(declared.value!)).toEqual({ pad: 5, eos: 6 });
  const bare = await openTokenizer(configured('bare'), { pad: 8, eos: 9 });
  expect(bare.diagnostics).toMatchObject([{ code: 'D532', severity: 'warning' }]);
  expect(idsOf(bare.value!)).toEqual({ pad: 8, eos: 9 });
});

test('an artifact ignores the configuration of another tokenizer in its folder', async () => {
  const path = configured('both', { pad_token: 'stone', eos_token: 'a' });
  const { copyFileSync } = await import('node:fs');
  copyFileSync(join(path, 'tokenizer.json'), join(path, 'm.tokenizer.json'));
  writeFileSync(
    join(path, 'm.tokenizer_config.json'),
    JSON.stringify({ pad_token: '<fill>', eos_token: '<stop>' }),
  );
  expect(idsOf((await openTokenizer(join(path, 'm.tokenizer.json'))).value!)).toEqual({ pad: 5, eos: 6 });
});
