/** Tokenizer files and texts that once crashed, hung or gave wrong ids. Each test is named after the fault. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { DiagnosticError, type FileTokenizer, openTokenizer, type TokenizerOptions } from '../../index.ts';
import { lastWords } from '../../runtime/tokenizer/child.ts';
import { startLibrary } from '../../runtime/tokenizer/library.ts';

const folder = mkdtempSync(join(tmpdir(), 'benben-faults-'));
afterAll(() => rmSync(folder, { recursive: true }));
const toClose: FileTokenizer[] = [];
afterEach(() => Promise.all(toClose.splice(0).map((tokenizer) => tokenizer.close())));

let files = 0;
/** Writes the files of a tokenizer into a folder of its own. A text is written as it is. */
function write(tokenizer: unknown, more: Readonly<Record<string, unknown>> = {}): string {
  const own = join(folder, String(files++));
  mkdirSync(own);
  for (const [name, json] of Object.entries({ 'tokenizer.json': tokenizer, ...more }))
    writeFileSync(join(own, name), typeof json === 'string' ? json : JSON.stringify(json));
  return own;
}

async function open(path: string, options?: TokenizerOptions): Promise<FileTokenizer> {
  const { value, diagnostics } = await openTokenizer(path, undefined, options);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  toClose.push(value!);
  return value!;
}

/** The code and the message of the only error. */
async function refused(path: string): Promise<string> {
  const { value, diagnostics } = await openTokenizer(path);
  expect(value).toBeUndefined();
  expect(diagnostics).toHaveLength(1);
  expect(diagnostics[0]!.message).not.toMatch(/[\n\p{Cc}]/u);
  expect(diagnostics[0]!.message.length).toBeLessThan(500);
  return `${diagnostics[0]!.code} ${diagnostics[0]!.message}`;
}

const failed = (job: Promise<unknown>): Promise<string> =>
  job.then(
    () => 'no error',
    (error: unknown) => {
      expect(error).toBeInstanceOf(DiagnosticError);
      const [{ code, message } = { code: '', message: '' }] = (error as DiagnosticError).diagnostics;
      return `${code} ${message}`;
    },
  );

const special = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
const VOCAB = { '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3, the: 4, river: 5, a: 6 };
const ADDED = ['<s>', '<pad>', '</s>', '<unk>'].map((content, id) => special(id, content));
const WORDS = {
  version: '1.0',
  added_tokens: ADDED,
  pre_tokenizer: { type: 'Whitespace' },
  model: { type: 'WordLevel', unk_token: '<unk>', vocab: VOCAB },
};
const golden = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'goldens', `${name}.json`), 'utf8')).tokenizer;

describe('the process of the library', () => {
  test('a regular expression that backtracks for ever ends with D531, not with the process', async () => {
    const pre_tokenizer = {
      type: 'Split',
      pattern: { Regex: '(a+)+$' },
      behavior: 'Isolated',
      invert: false,
    };
    const tokenizer = await open(write({ ...WORDS, pre_tokenizer }));
    expect(await failed(tokenizer.encode(`${'a'.repeat(25)}b`))).toBe(
      'D531 tokenizer tokenizer.json failed: Onig: Regex search error: retry-limit-in-match over',
    );
    // The next call starts another process.
    expect((await tokenizer.encode('the')).ids).toEqual([4, 2]);
  });

  test('merges that are shorter than the continuing_subword_prefix end with D531', async () => {
    const model = {
      type: 'BPE',
      vocab: { a: 0, b: 1, ab: 2 },
      merges: ['a b'],
      continuing_subword_prefix: '##',
    };
    expect(await refused(write({ model }))).toMatch(/^D531 tokenizer tokenizer.json failed: .*slice index/);
  });

  test('a damaged Precompiled map ends with D531', async () => {
    const normalizer = { type: 'Precompiled', precompiled_charsmap: 'AAAA' };
    expect(await refused(write({ ...WORDS, normalizer }))).toMatch(
      /^D531 .*Cannot parse precompiled_charsmap/,
    );
  });

  test('padding to a thousand million tokens, truncation and dropout have no effect', async () => {
    const padding = {
      strategy: { Fixed: 1e9 },
      direction: 'Right',
      pad_to_multiple_of: null,
      pad_id: 1,
      pad_type_id: 0,
      pad_token: '<pad>',
    };
    const truncation = { direction: 'Right', max_length: 1, strategy: 'LongestFirst', stride: 0 };
    const tokenizer = await open(write({ ...WORDS, padding, truncation }));
    expect((await tokenizer.encode('the river')).ids).toEqual([4, 5, 2]);
    const bytes = golden('bytes_gpt2');
    const dropping = await open(write({ ...bytes, model: { ...bytes.model, dropout: 0.9 } }));
    const { ids } = await dropping.encode('the river');
    for (let i = 0; i < 5; i++) expect((await dropping.encode('the river')).ids).toEqual(ids);
  });

  test('a text that a Replace multiplies without end stops at the limit of memory', async () => {
    const library = startLibrary({ patience: 60_000, memory: 400 * 2 ** 20 });
    const normalizer = { type: 'Replace', pattern: { String: 'a' }, content: 'b'.repeat(1 << 20) };
    const json = {
      ...WORDS,
      truncation: null,
      padding: null,
      normalizer,
      post_processor: null,
      decoder: null,
    };
    await library.load({ json: JSON.stringify(json), added: [] });
    await expect(library.encode('a'.repeat(100_000))).rejects.toThrow('it needs more than 400 MB of memory');
    await library.close();
  });

  test('a call that is too slow is stopped', async () => {
    const library = startLibrary({ patience: 0, memory: 2 ** 30 });
    await expect(library.load({ json: '{}', added: [] })).rejects.toThrow('it took longer than 0 seconds');
    await library.close();
  });

  test('closing ends the process, and a later call starts another', async () => {
    const tokenizer = await open(write(WORDS));
    await tokenizer.close();
    expect(await tokenizer.decode([4, 5])).toBe('the river');
    const running = tokenizer.encode('the '.repeat(1e5));
    await tokenizer.close();
    expect(await failed(running)).toMatch(/^(D531 tokenizer tokenizer.json failed: it was closed|no error)$/);
  });

  test('the reason of a crash is the last panic, in one line', () => {
    const panic =
      "thread '<unnamed>' (7) panicked at src/lib.rs:1:2:\nfirst \u001b[31mreason\nstack backtrace:\n";
    const second = "thread 'x' panicked at core:\npanic in a function that cannot unwind\n";
    expect(lastWords(panic + second, 'SIGABRT')).toBe('first \ufffd[31mreason');
    expect(lastWords('memory allocation of 99 bytes failed\n', 'SIGABRT')).toBe(
      'memory allocation of 99 bytes failed',
    );
    expect(lastWords('FATAL ERROR: heap limit\n 1: 0xabc\n', 'SIGABRT')).toBe('heap limit');
    expect(lastWords('', 'SIGKILL')).toBe('its process ended (SIGKILL)');
  });
});

describe('files', () => {
  const cases: Readonly<Record<string, [unknown, RegExp]>> = {
    'an unk_token that is no string': [
      { ...WORDS, model: { ...WORDS.model, unk_token: 5 } },
      /^D530 .*expected a string/,
    ],
    'a decoder whose type is constructor': [{ ...WORDS, decoder: { type: 'constructor' } }, /^D530 /],
    'a decoder whose type is an object': [{ ...WORDS, decoder: { type: { toString: 1 } } }, /^D530 /],
    'merges of objects': [
      { ...WORDS, model: { type: 'BPE', vocab: VOCAB, merges: [[{ toString: 1 }, 'a']] } },
      /^D530 /,
    ],
    'a lone surrogate': [{ ...WORDS, model: { ...WORDS.model, vocab: { ...VOCAB, '\ud800': 9 } } }, /^D530 /],
    'a Git LFS pointer': [
      'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 7\n',
      /^D576 .*is a Git LFS pointer, not the file itself$/,
    ],
    'ten thousand nested objects': [
      `{"model":{"vocab":{}},"decoder":${'{"a":'.repeat(1e4)}1${'}'.repeat(1e4)}}`,
      /^D530 /,
    ],
    'a word of nine million characters that has no id': [
      `{"model":{"vocab":{"${'x'.repeat(9e6)}":"y"}}}`,
      /^D530 .*"x{40}" is not a usable number$/,
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [json, message]) => {
    expect(await refused(write(json))).toMatch(message);
  });

  test('__proto__ as a key of the vocabulary, the decoder and the metadata', async () => {
    const text = JSON.stringify({ ...WORDS, decoder: { type: 'Fuse', PROTO: {} }, PROTO: { a: 1 } });
    const json = text.replace('"the":', '"__proto__":').replaceAll('PROTO', '__proto__');
    const { value, diagnostics } = await openTokenizer(
      write(json, { 'tokenizer_config.json': '{"__proto__":{}}' }),
    );
    if (!value) return expect(diagnostics).toMatchObject([{ code: 'D530' }]);
    toClose.push(value);
    expect((await value.encode('__proto__ river')).ids).toEqual([4, 5, 2]);
  });

  test('a word of nine million characters in the vocabulary', async () => {
    const word = 'x'.repeat(9e6);
    const tokenizer = await open(
      write({ ...WORDS, model: { ...WORDS.model, vocab: { ...VOCAB, [word]: 7 } } }),
    );
    expect((await tokenizer.encode(`the ${word}`)).ids).toEqual([4, 7, 2]);
  });

  test('a token that a configuration names and no file has', async () => {
    const missing = { eos_token: '<|im_end|>' };
    expect(await refused(write(WORDS, { 'tokenizer_config.json': missing }))).toMatch(
      /^D530 .*tokenizer_config.json cannot be used: its `eos_token` is "<\|im_end\|>", but neither/,
    );
    expect(
      await refused(write(WORDS, { 'special_tokens_map.json': { pad_token: { content: '[P]' } } })),
    ).toMatch(/^D530 .*special_tokens_map.json cannot be used: its `pad_token` is "\[P\]"/);
    expect(await refused(write(WORDS, { 'tokenizer_config.json': { eos_token: 5 } }))).toMatch(
      /^D530 .*its `eos_token` is neither a text nor an object/,
    );
  });

  test('special_tokens_map.json names tokens, and added_tokens_decoder adds them', async () => {
    const { special: _, ...flags } = special(0, '<|im_end|>');
    const path = write(WORDS, {
      'tokenizer_config.json': { added_tokens_decoder: { 7: { ...flags, special: true } } },
      'special_tokens_map.json': { eos_token: { content: '<|im_end|>' } },
    });
    const tokenizer = await open(path);
    expect(tokenizer).toMatchObject({ size: 8, special: { eos: 7, pad: 1 } });
    expect((await tokenizer.encode('the <|im_end|>')).ids).toEqual([4, 3, 3, 3, 7]);
    const asking = await open(path, { specialTokens: true });
    expect((await asking.encode('the <|im_end|>')).ids).toEqual([4, 7, 7]);
    expect(await asking.decode([4, 7, 5])).toBe('the river');
  });
});

describe('texts', () => {
  test('a Metaspace-only Unigram tokenizes 356 KB of text', async () => {
    const tokenizer = await open(write(golden('unigram_whole')));
    const text = 'the river had been rising '.repeat(14_000);
    expect(await tokenizer.decode((await tokenizer.encode(text)).ids)).toBe(text);
  });

  test('newline with byte_fallback is <0x0A>', async () => {
    const bytes = Array.from(
      { length: 256 },
      (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`,
    );
    const pieces = ['<s>', '<pad>', '</s>', '<unk>', '\u2581', 'a', 'b', ...bytes];
    const { pre_tokenizer: _, ...rest } = WORDS;
    const decoder = golden('llama_bpe').decoder;
    const ids = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
    const bpe = { type: 'BPE', vocab: ids, merges: [], unk_token: '<unk>', byte_fallback: true };
    const scored = pieces.map((piece) => [piece, -1]);
    const unigram = { type: 'Unigram', vocab: scored, unk_id: 3, byte_fallback: true };
    for (const model of [bpe, unigram]) {
      const tokenizer = await open(write({ ...rest, decoder, model }));
      const encoded = await tokenizer.encode('a\nb');
      expect(encoded.ids).toEqual([5, 7 + 10, 6, 2]);
      expect(tokenizer.piece(17)).toBe('\n');
      expect(await tokenizer.decode(encoded.ids)).toBe('a\nb');
    }
  });

  test('special tokens in a text are text, unless they are asked for', async () => {
    for (const name of ['unigram', 'wordlevel_split', 'bpe_ignore_merges', 'bytes_roberta']) {
      const path = write(golden(name));
      const [plain, asking] = [await open(path), await open(path, { specialTokens: true })];
      const idsIn = async (tokenizer: FileTokenizer): Promise<readonly number[]> => {
        const { ids, leading = 0, trailing = 1 } = await tokenizer.encode('the </s> river <pad>');
        return ids.slice(leading, ids.length - trailing);
      };
      expect(await idsIn(asking)).toEqual(expect.arrayContaining([1, 2]));
      const ids = await idsIn(plain);
      expect(ids).not.toContain(1);
      expect(ids).not.toContain(2);
    }
  });

  test('a lone surrogate does not move the places of later tokens', async () => {
    const tokenizer = await open(write(WORDS));
    const { spans } = await tokenizer.encode('the \ud800 river 😀 a');
    expect([...spans!]).toEqual([0, 3, 4, 5, 6, 11, 12, 14, 15, 16, 16, 16]);
  });

  test('an unknown word without unk_token is an error of one line', async () => {
    const tokenizer = await open(write({ ...WORDS, model: { ...WORDS.model, unk_token: 'none' } }));
    expect(await failed(tokenizer.encode('water'))).toMatch(/^D531 .*Missing \[UNK\] token/);
  });
});
