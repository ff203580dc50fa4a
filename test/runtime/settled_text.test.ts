/** Tests that the joined pieces of a streamed text equal the text decoded at once, so no piece needs a correction. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type FileTokenizer, openTokenizer } from '../../index.ts';
import { byteTokenizer, decodeBytes, encodeBytes } from '../../runtime/tokenizer/bytes.ts';
import { settledText } from '../../runtime/tokenizer/settled.ts';
import type { Tokenizer } from '../../runtime/tokenizer/tokenizer.ts';
import { temporaryFolder } from './tiny_artifact.ts';

const toClose: FileTokenizer[] = [];
afterAll(() => Promise.all(toClose.map((tokenizer) => tokenizer.close())));

async function opened(path: string): Promise<FileTokenizer> {
  const { value } = await openTokenizer(path);
  toClose.push(value!);
  return value!;
}
const fixture = (name: string): Promise<Tokenizer> => opened(join(import.meta.dirname, 'fixtures', name));
const folder = temporaryFolder();
/** The file of a tokenizer of test/tokenizers. */
async function golden(name: string): Promise<string> {
  const read = await readFile(join(import.meta.dirname, '../tokenizers/goldens', `${name}.json`), 'utf8');
  const path = join(folder, `${name}.tokenizer.json`);
  await writeFile(path, JSON.stringify(JSON.parse(read).tokenizer));
  return path;
}
const TOKENIZERS: Readonly<Record<string, Tokenizer>> = {
  bytes: byteTokenizer,
  words: await fixture('words'),
  bpe: await fixture('bpe'),
  'byte fallback': await opened(await golden('llama_bpe')),
  unigram: await opened(await golden('unigram')),
};

async function inPieces(
  tokenizer: Tokenizer,
  ids: readonly number[],
  cuts: readonly number[],
): Promise<string[]> {
  const settled = settledText(tokenizer);
  const ends = [...new Set(cuts.map((c) => c % (ids.length + 1)))].toSorted((a, b) => a - b);
  const starts = [0, ...ends];
  const pieces: string[] = [];
  for (const [i, end] of ends.entries()) pieces.push(await settled.push(ids.slice(starts[i], end)));
  return [...pieces, await settled.end(ids.slice(starts.at(-1)))];
}

const cuts = fc.array(fc.nat(40), { maxLength: 8 });

describe.each(Object.entries(TOKENIZERS))('%s', (_, tokenizer) => {
  test('any ids, cut anywhere', async () => {
    const ids = fc.array(fc.integer({ min: 0, max: tokenizer.size + 2 }), { maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(ids, cuts, async (all, places) => {
        expect((await inPieces(tokenizer, all, places)).join('')).toBe(await tokenizer.decode(all));
      }),
      { numRuns: 100 },
    );
  });

  test('any text, cut anywhere', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constant("It isn't a café , he 's \u{1f3db} ?"),
    );
    await fc.assert(
      fc.asyncProperty(text, cuts, async (written, places) => {
        const { ids } = await tokenizer.encode(written);
        expect((await inPieces(tokenizer, ids, places)).join('')).toBe(await tokenizer.decode(ids));
      }),
      { numRuns: 70 },
    );
  });
});

/** What is emitted after each id. */
async function oneByOne(tokenizer: Tokenizer, ids: readonly number[]): Promise<string[]> {
  const settled = settledText(tokenizer);
  const pieces: string[] = [];
  for (const id of ids) pieces.push(await settled.push([id]));
  return [...pieces, await settled.end([])];
}

test('bytes are emitted as soon as their character is complete', async () => {
  const { ids } = encodeBytes('a€b');
  expect(await oneByOne(byteTokenizer, ids.slice(0, -1))).toEqual(['a', '', '', '€', 'b', '']);
  // Bytes that cannot become a character are emitted at once.
  const broken = [0x9b, 0x9b, 0x9b].map((byte) => 4 + byte);
  expect(await oneByOne(byteTokenizer, broken)).toEqual(['', '\ufffd', '\ufffd', '\ufffd']);
});

test('with byte_fallback, a run of bytes is emitted when it is over, since a later byte can undo it', async () => {
  const tokenizer = await opened(await golden('llama_bpe'));
  const { ids } = await tokenizer.encode('火');
  const bytes = ids.slice(1, -1).filter((id) => /0x/.test(tokenizer.piece(id)));
  const river = (await tokenizer.encode('the')).ids.slice(1, -1);
  expect(await oneByOne(tokenizer, [...bytes, ...river])).toContain('火 the');
  const undone = [...bytes, bytes[0]!, ...river];
  expect((await oneByOne(tokenizer, undone)).join('')).toBe(await tokenizer.decode(undone));
});

test('with a decoder that looks at the next word, the last word is held back', async () => {
  const cleaning: Tokenizer = {
    ...byteTokenizer,
    decode: async (ids) => decodeBytes(ids).replaceAll(" n't", "n't").replaceAll(' .', '.'),
    settles: 'words',
  };
  const { ids } = encodeBytes("I do n't know .");
  const pieces = await inPieces(cleaning, ids, [3, 5, 6, 9, 14]);
  expect(pieces.join('')).toBe("I don't know.");
  expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(1);
});
