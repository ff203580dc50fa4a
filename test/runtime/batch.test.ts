/** Batches: padding, and calls with very many documents. */
import { expect, test } from 'vitest';
import { DiagnosticError } from '../../dsl/diagnostics.ts';
import type { ArtifactInfo } from '../../pipeline/metadata.ts';
import { batchOf } from '../../runtime/batch.ts';
import { byteTokenizer } from '../../runtime/tokenizer/bytes.ts';

const info = { ids: { pad: 1, eos: 2 }, spec: { vocabulary: 300, encoder: { length: 8 } } } as ArtifactInfo;
const batch = (texts: readonly string[]) => batchOf(texts, byteTokenizer, info, 'cut');

test('documents are padded to the longest', async () => {
  const { feeds } = await batch(['a', 'abc']);
  expect(feeds.input_ids!.shape).toEqual([2, 4]);
  const [short, long] = [[...feeds.input_ids!.data].slice(0, 4), [...feeds.input_ids!.data].slice(4)];
  expect(short.slice(1)).toEqual([2n, 1n, 1n]);
  expect(long.at(-1)).toBe(2n);
  expect([...feeds.attention_mask!.data]).toEqual([1n, 1n, 0n, 0n, 1n, 1n, 1n, 1n]);
});

test('130,000 documents in one call are a batch', async () => {
  const { feeds, encoded } = await batch(new Array<string>(130_000).fill('ab'));
  expect(encoded).toHaveLength(130_000);
  expect(feeds.input_ids!.shape).toEqual([130_000, 3]);
});

test('a batch beyond what an array can hold is refused with D543', async () => {
  const tokenizer = { ...byteTokenizer, encode: () => ({ ids: { length: 2 ** 33, slice: () => [] } }) };
  const long = { ...info, spec: { ...info.spec, encoder: { length: 2 ** 33 } } };
  const thrown = await batchOf(
    new Array<string>(2 ** 20).fill(''),
    tokenizer as never,
    long as ArtifactInfo,
    'cut',
  ).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(DiagnosticError);
  expect((thrown as DiagnosticError).diagnostics[0]).toMatchObject({ code: 'D543' });
});
