/** Tests that the joined pieces of a streamed text equal the text decoded at once, so no piece needs a correction. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openTokenizer } from '../../index.ts';
import { byteTokenizer } from '../../runtime/tokenizer/bytes.ts';
import { settledText } from '../../runtime/tokenizer/settled.ts';
import type { Tokenizer } from '../../runtime/tokenizer/tokenizer.ts';

const fixture = async (name: string): Promise<Tokenizer> =>
  (await openTokenizer(join(import.meta.dirname, 'fixtures', name))).value!;
const TOKENIZERS: Readonly<Record<string, Tokenizer>> = {
  bytes: byteTokenizer,
  words: await fixture('words'),
  bpe: await fixture('bpe'),
};

function inPieces(tokenizer: Tokenizer, ids: readonly number[], cuts: readonly number[]): string[] {
  const settled = settledText(tokenizer);
  const ends = [...new Set(cuts.map((c) => c % (ids.length + 1)))].toSorted((a, b) => a - b);
  const starts = [0, ...ends];
  const pieces = ends.map((end, i) => settled.push(ids.slice(starts[i], end)));
  return [...pieces, settled.end(ids.slice(starts.at(-1)))];
}

const cuts = fc.array(fc.nat(40), { maxLength: 8 });

describe.each(Object.entries(TOKENIZERS))('%s', (_, tokenizer) => {
  test('any ids, cut anywhere', () => {
    const ids = fc.array(fc.integer({ min: 0, max: tokenizer.size + 2 }), { maxLength: 24 });
    fc.assert(
      fc.property(ids, cuts, (all, places) => {
        expect(inPieces(tokenizer, all, places).join('')).toBe(tokenizer.decode(all));
      }),
      { numRuns: 300 },
    );
  });

  test('any text, cut anywhere', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constant("It isn't a café , he 's \u{1f3db} ?"),
    );
    fc.assert(
      fc.property(text, cuts, (written, places) => {
        const { ids } = tokenizer.encode(written);
        expect(inPieces(tokenizer, ids, places).join('')).toBe(tokenizer.decode(ids));
      }),
      { numRuns: 200 },
    );
  });
});

test('bytes are emitted as soon as their character is complete', () => {
  const { ids } = byteTokenizer.encode('a€b');
  const settled = settledText(byteTokenizer);
  expect(ids.slice(0, -1).map((id) => settled.push([id]))).toEqual(['a', '', '', '€', 'b']);
  // Bytes that cannot become a character are emitted at once.
  const broken = settledText(byteTokenizer);
  expect([0x9b, 0x9b, 0x9b].map((byte) => broken.push([4 + byte]))).toEqual(['', '\ufffd', '\ufffd']);
  expect(broken.end([])).toBe('\ufffd');
});

test('with a decoder that looks at the next word, the last word is held back', () => {
  const cleaning: Tokenizer = {
    ...byteTokenizer,
    decode: (ids) => byteTokenizer.decode(ids).replaceAll(" n't", "n't").replaceAll(' .', '.'),
    settles: 'words',
  };
  const { ids } = byteTokenizer.encode("I do n't know .");
  const pieces = inPieces(cleaning, ids, [3, 5, 6, 9, 14]);
  expect(pieces.join('')).toBe("I don't know.");
  expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(1);
});
