import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { DiagnosticError } from '../../dsl/diagnostics.ts';
import { type FileTokenizer, openTokenizer } from '../../runtime/tokenizer/huggingface.ts';
import { spanOf, type Tokenizer } from '../../runtime/tokenizer/tokenizer.ts';

import { cuts } from './spans.ts';

const folder = mkdtempSync(join(tmpdir(), 'benben-tokenizer-'));
const toClose: FileTokenizer[] = [];
afterAll(async () => {
  await Promise.all(toClose.map((tokenizer) => tokenizer.close()));
  rmSync(folder, { recursive: true });
});

const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);

async function load(path: string): Promise<Tokenizer> {
  const { value, diagnostics } = await openTokenizer(path);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  toClose.push(value!);
  return value!;
}

describe('byte-level BPE', () => {
  test('encodes with merges, decodes, and appends eos', async () => {
    const { value: bpe, diagnostics } = await openTokenizer(fixture('bpe'));
    expect(diagnostics).toEqual([]);
    expect(bpe).toMatchObject({
      name: 'tokenizer.json',
      size: 267,
      special: { bos: 0, pad: 1, eos: 2, unk: 3 },
    });
    toClose.push(bpe!);
    const { ids } = await bpe!.encode('the pin');
    expect(ids.map(bpe!.piece)).toEqual(['<s>', 'the', ' p', 'in', '</s>']);
    expect(await bpe!.decode(ids)).toBe('the pin');
    expect(await bpe!.decode([...ids, 99999])).toBe('the pin⟨99999⟩');
    expect(await bpe!.decode([])).toBe('');
    expect(await bpe!.encode('')).toMatchObject({ ids: [0, 2], leading: 1, trailing: 1 });
  });

  test('loses no text, and finds the place of every token', async () => {
    const bpe = await load(fixture('bpe'));
    const texts = fc.string({
      unit: fc.oneof(
        fc.constantFrom('the', ' a', 'é', '😀', '\n', ' ', '</s>', '<pad>'),
        fc.string({ unit: 'binary', maxLength: 1 }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const encoded = await bpe.encode(text);
        expect(await bpe.decode(encoded.ids)).toBe(text);
        expect(encoded.spans).toBeDefined();
        let reached = 0;
        for (let i = 0; i < encoded.ids.length; i++) {
          const { start, end } = spanOf(encoded, i)!;
          expect(end).toBeGreaterThanOrEqual(start);
          expect(start).toBeGreaterThanOrEqual(reached);
          reached = start;
        }
      }),
    );
  });

  test('spans of split characters', async () => {
    const bpe = await load(fixture('bpe/tokenizer.json'));
    const text = 'é😀the a';
    expect(cuts(text, await bpe.encode(text))).toEqual(['é', '😀', '😀', '😀', '😀', 'the', 'a']);
    expect(bpe.piece((await bpe.encode('😀')).ids[1]!)).toBe('⟨0xF0⟩');
  });
});

describe('WordPiece', () => {
  test('finds normalised words and unknown ones in the text', async () => {
    const { value: words, diagnostics } = await openTokenizer(fixture('words'));
    expect(diagnostics).toEqual([]);
    expect(words!.special).toMatchObject({ pad: 0, eos: 3 });
    const text = 'The  Pyramids of Gizeh, a CAFÉ.';
    toClose.push(words!);
    const encoded = await words!.encode(text);
    expect(encoded.ids.at(-1)).toBe(3);
    expect(encoded.ids.map(words!.piece)).toMatchInlineSnapshot(`
      [
        "the",
        "pyramid",
        "s",
        "of",
        "[UNK]",
        "[UNK]",
        "a",
        "cafe",
        ".",
        "[SEP]",
      ]
    `);
    expect(cuts(text, encoded)).toMatchInlineSnapshot(`
      [
        "The",
        "Pyramid",
        "s",
        "of",
        "Gizeh",
        ",",
        "a",
        "CAFÉ",
        ".",
      ]
    `);
    expect(await words!.decode(encoded.ids)).toMatchInlineSnapshot(`"the pyramids of a cafe."`);
  });
});

describe('other spellings', () => {
  const base = JSON.parse(readFileSync(join(fixture('bpe'), 'tokenizer.json'), 'utf8'));
  const write = (json: unknown): string => {
    const path = join(folder, 'tokenizer.json');
    writeFileSync(path, typeof json === 'string' ? json : JSON.stringify(json));
    return path;
  };

  test('sentencepiece: unigram, Metaspace and unknown characters', async () => {
    const vocab = [
      ['<s>', 0],
      ['<pad>', 0],
      ['</s>', 0],
      ['<unk>', 0],
      ['▁', -3],
      ['▁stone', -1],
      ['s', -2],
      ['▁a', -2],
    ];
    const tokenizer = await load(
      write({
        ...base,
        pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
        post_processor: null,
        decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
        model: { type: 'Unigram', unk_id: 3, vocab },
      }),
    );
    const text = 'a stones ☥ a';
    const encoded = await tokenizer.encode(text);
    expect(encoded.ids.map(tokenizer.piece)).toEqual([' a', ' stone', 's', ' ', '<unk>', ' a', '</s>']);
    expect(cuts(text, encoded)).toEqual(['a', ' stone', 's', ' ', '☥', ' a']);
    expect(await tokenizer.decode(encoded.ids.filter((id) => id !== 3))).toBe('a stones  a');
  });

  test('WordLevel with unknown words', async () => {
    const vocab = { '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3, stone: 4 };
    const tokenizer = await load(
      write({
        ...base,
        pre_tokenizer: { type: 'Whitespace' },
        decoder: null,
        post_processor: null,
        model: { type: 'WordLevel', vocab, unk_token: '<unk>' },
      }),
    );
    const text = 'a stone, stone';
    expect((await tokenizer.encode(text)).ids).toEqual([3, 4, 3, 4, 2]);
    expect(cuts(text, await tokenizer.encode(text))).toEqual(['a', 'stone', ',', 'stone']);
    expect(await tokenizer.decode([4, 4, 2])).toBe('stone stone');
  });

  test.each([
    ['no JSON', 'tokens', 'D530'],
    ['an array', [], 'D530'],
    ['no model', {}, 'D530'],
    ['no vocabulary', { model: { type: 'BPE' } }, 'D530'],
    ['a vocabulary of strings', { model: { type: 'BPE', vocab: { a: 'b' }, merges: [] } }, 'D530'],
    ['a huge id', { model: { type: 'BPE', vocab: { a: 4e9 }, merges: [] } }, 'D530'],
    ['a negative id', { model: { type: 'BPE', vocab: { a: -1 }, merges: [] } }, 'D530'],
    ['bad merges', { model: { type: 'BPE', vocab: { a: 0 }, merges: [3] } }, 'D530'],
    ['a bad unigram', { model: { type: 'Unigram', vocab: [['a']] } }, 'D530'],
    ['an empty unigram', { model: { type: 'Unigram', vocab: [] } }, 'D530'],
    ['an empty added token', { ...base, added_tokens: [{ id: 1, content: '' }] }, 'D530'],
    ['added tokens that are null', { ...base, added_tokens: [null] }, 'D530'],
    ['an unknown decoder', { ...base, decoder: { type: 'Magic' } }, 'D530'],
    [
      'an impossible pattern',
      { ...base, pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' } },
      'D530',
    ],
    ['a decoder that is a number', { ...base, decoder: 7 }, 'D530'],
    ['nothing', '', 'D510'],
    ['bytes', 'a\0b', 'D509'],
  ])('a file with %s is refused in one line', async (_, json, code) => {
    const { value, diagnostics } = await openTokenizer(write(json));
    expect(value).toBeUndefined();
    expect(diagnostics.map((d) => d.code)).toEqual([code]);
    expect(diagnostics[0]!.message).not.toMatch(/\n/);
  });

  test('a missing file is refused', async () => {
    expect((await openTokenizer(join(folder, 'none.json'))).diagnostics[0]!.code).toBe('D501');
    rmSync(join(folder, 'tokenizer.json'), { force: true });
    expect((await openTokenizer(folder)).diagnostics[0]!.code).toBe('D501');
  });

  test('names like __proto__ are ordinary names', async () => {
    const text = `{"model":{"type":"BPE","vocab":{"__proto__":4,"</s>":2,"<pad>":1,"a":5},"merges":[]},"__proto__":{"x":1}}`;
    const tokenizer = await load(write(text));
    expect(tokenizer.piece(4)).toBe('__proto__');
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  test('no change of a tokenizer file throws an unexpected exception', async () => {
    const text = JSON.stringify(base);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length - 1),
        fc.string({ minLength: 1, maxLength: 3 }),
        async (at, change) => {
          const path = write(text.slice(0, at) + change + text.slice(at + change.length));
          const { value, diagnostics } = await openTokenizer(path);
          if (!value) expect(diagnostics.length).toBe(1);
          else {
            const { ids } = await value.encode('the inn').catch((error: DiagnosticError) => {
              expect(error.diagnostics).toMatchObject([{ code: 'D531' }]);
              return { ids: [0] };
            });
            expect(ids.length).toBeGreaterThan(0);
            await value.close();
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
