import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteTokenizer, decodeBytes, encodeBytes } from '../../runtime/tokenizer/bytes.ts';
import { checkVocabulary, spanOf, truncate } from '../../runtime/tokenizer/tokenizer.ts';

import { cuts } from './spans.ts';

const wellFormed = fc.string({ unit: 'binary' });

describe('bytes', () => {
  test('has fairseq’s ids and ends with eos', () => {
    expect(encodeBytes('Aé').ids).toEqual([4 + 0x41, 4 + 0xc3, 4 + 0xa9, 2]);
    expect(encodeBytes('').ids).toEqual([2]);
    expect(byteTokenizer.size).toBe(260);
  });

  test('decodes what it encodes', () => {
    fc.assert(fc.property(wellFormed, (text) => decodeBytes(encodeBytes(text).ids) === text));
  });

  test('a lone surrogate becomes U+FFFD and has a separate span', () => {
    const text = 'a\ud800b';
    const encoded = encodeBytes(text);
    expect(decodeBytes(encoded.ids)).toBe('a\ufffdb');
    expect(cuts(text, encoded)).toEqual(['a', '\ud800', '\ud800', '\ud800', 'b']);
  });

  test('spans are the characters that the bytes belong to', () => {
    expect(cuts('é😀', encodeBytes('é😀'))).toEqual(['é', 'é', '😀', '😀', '😀', '😀']);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\ud800') }), (text) => {
        const encoded = encodeBytes(text);
        expect(encoded.spans!.length).toBe(2 * encoded.ids.length);
        expect(spanOf(encoded, encoded.ids.length - 1)).toEqual({ start: text.length, end: text.length });
        const whole = [...new Set(encoded.ids.slice(0, -1).map((_, i) => spanOf(encoded, i)!.start))];
        expect(whole.map((start) => String.fromCodePoint(text.codePointAt(start)!)).join('')).toBe(text);
      }),
    );
  });

  test('unknown ids are shown, invalid UTF-8 is replaced, special ids are left out', () => {
    const { piece } = byteTokenizer;
    expect(decodeBytes([0, 4 + 72, 1, 1234, 4 + 105, 3, 2, -1])).toBe('H⟨1234⟩i⟨unk⟩⟨-1⟩');
    expect(decodeBytes([4 + 0xc3, 4 + 0x41])).toBe('\ufffdA');
    expect(decodeBytes([])).toBe('');
    expect([4 + 65, 4 + 10, 2, 260].map(piece)).toEqual(['A', '⟨0x0A⟩', '</s>', '⟨260⟩']);
    fc.assert(fc.property(fc.array(fc.integer()), (ids) => typeof decodeBytes(ids) === 'string'));
  });
});

describe('truncate', () => {
  test('keeps eos and counts the omitted tokens', () => {
    const encoded = encodeBytes('abcdef');
    const cut = truncate(encoded, 4);
    expect(decodeBytes(cut.encoded.ids)).toBe('abc');
    expect(cut.encoded.ids.at(-1)).toBe(2);
    expect(cut).toMatchObject({ omittedTokens: 3, omittedCharacters: 3 });
    expect(spanOf(cut.encoded, 3)).toEqual({ start: 3, end: 3 });
    expect(truncate(encoded, 7)).toEqual({ encoded, omittedTokens: 0, omittedCharacters: 0 });
    expect(truncate(encoded, 1)).toMatchObject({
      encoded: { ids: [2] },
      omittedTokens: 6,
      omittedCharacters: 6,
    });
    expect(truncate({ ids: [9, 8, 2] }, 2)).toEqual({ encoded: { ids: [9, 2] }, omittedTokens: 1 });
    expect(() => truncate(encoded, 0)).toThrow(RangeError);
  });

  test('keeps the special tokens of a template, on both sides', () => {
    const spans = Uint32Array.of(0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 3);
    const encoded = { ids: [0, 7, 8, 9, 2, 5], spans, leading: 1, trailing: 2 };
    expect(truncate(encoded, 5)).toEqual({
      encoded: {
        ids: [0, 7, 8, 2, 5],
        spans: Uint32Array.of(0, 0, 0, 1, 1, 2, 2, 2, 2, 2),
        leading: 1,
        trailing: 2,
      },
      omittedTokens: 1,
      omittedCharacters: 1,
    });
    expect(truncate(encoded, 3).encoded).toEqual({
      ids: [0, 2, 5],
      spans: new Uint32Array(6),
      leading: 1,
      trailing: 2,
    });
    expect(truncate(encoded, 2).encoded.ids).toEqual([2, 5]);
    expect(truncate(encoded, 1).encoded).toMatchObject({ ids: [5], leading: 0, trailing: 1 });
  });
});

test('a vocabulary that is too small is refused', () => {
  expect(checkVocabulary(byteTokenizer, 32_000)).toEqual([]);
  expect(checkVocabulary(byteTokenizer, 256)[0]).toMatchObject({ code: 'D534', severity: 'error' });
});
