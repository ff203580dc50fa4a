import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DiagnosticError } from '../../dsl/diagnostics.ts';
import { PIECE, randomWeights } from '../../pipeline/weights/random.ts';
import { openSafetensors } from '../../runtime/weights/safetensors.ts';
import { writeSafetensors } from '../../runtime/weights/write_safetensors.ts';

import {
  collect,
  file,
  folder,
  good,
  opened,
  PATH,
  raw,
  spec,
  thrown,
  useFolder,
} from './safetensors_files.ts';

useFolder();

describe('reading', () => {
  test('converts other types to float32', async () => {
    const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555);
    const brain = Uint16Array.of(0x3f80, 0xc049);
    const double = Float64Array.of(Math.PI, -1e-300);
    const data = Buffer.concat([half, brain, double].map((a) => Buffer.from(a.buffer)));
    const path = file(
      {
        h: { dtype: 'F16', shape: [5], data_offsets: [0, 10] },
        b: { dtype: 'BF16', shape: [2], data_offsets: [10, 14] },
        d: { dtype: 'F64', shape: [2], data_offsets: [14, 30] },
        i: { dtype: 'I64', shape: [0], data_offsets: [30, 30] },
      },
      data,
    );
    const read = await opened(path);
    expect(await collect(read.read('h'))).toEqual([1, -2, 2 ** -24, 65504, Math.fround(0.333251953125)]);
    expect(await collect(read.read('b'))).toEqual([1, -3.140625]);
    expect(await collect(read.read('d'))).toEqual([Math.fround(Math.PI), -0]);
    expect((await thrown(collect(read.read('i')))).code).toBe('D520');
    expect((await thrown((async () => collect(read.read('x')))())).code).toBe('D518');
  });

  test('gives pieces, and parts of a tensor', async () => {
    await writeSafetensors(PATH, [spec('a', 3, PIECE / 2 + 1)], randomWeights(0));
    const read = await opened(PATH);
    const sizes: number[] = [];
    for await (const piece of read.read('a')) sizes.push(piece.length);
    expect(sizes).toEqual([PIECE, PIECE / 2 + 3]);
    const whole = await collect(read.read('a', 0, 20));
    expect(await collect(read.read('a', 5, 10))).toEqual(whole.slice(5, 15));
  });

  test.each([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'infinity'],
    [Number.NEGATIVE_INFINITY, 'infinity'],
  ])('%s in a tensor is reported with its position', async (value, word) => {
    const data = new Float32Array(12);
    data[7] = value;
    const path = file(
      { w: { dtype: 'F32', shape: [4, 3], data_offsets: [0, 48] } },
      new Uint8Array(data.buffer),
    );
    const diagnostic = await thrown(collect((await opened(path)).read('w')));
    expect(diagnostic.code).toBe('D521');
    expect(diagnostic.message).toBe(`${path}: tensor 'w' contains ${word} at element 7 (at [2, 1])`);
  });

  const one = (entry: unknown): unknown => ({ a: entry });
  const f32 = (shape: unknown, offsets: unknown): unknown => ({ dtype: 'F32', shape, data_offsets: offsets });
  const four = new Uint8Array(4);

  test.each<[string, () => string, string, RegExp]>([
    ['no file', () => join(folder, 'none'), 'D501', /no such file/],
    ['a folder', () => folder, 'D503', /a folder/],
    ['nothing', () => raw(''), 'D515', /0 bytes are too few for a header/],
    ['a few bytes', () => raw('abcdefghi'), 'D515', /too few/],
    ['a zip file', () => raw('PK\x03\x04\x14\0\0\x08 and more'), 'D515', /a zip file/],
    [
      'a pointer',
      () => raw('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'),
      'D576',
      /a Git LFS pointer/,
    ],
    [
      'a huge header',
      () => file('{}', four, 2n ** 63n),
      'D515',
      /its header would have 9223372036854775808 bytes/,
    ],
    ['a header beyond the file', () => file('{}', four, 1000n), 'D516', /ends inside its header/],
    ['no JSON', () => file('{"a":'), 'D515', /not JSON/],
    ['not UTF-8', () => file('', Uint8Array.of(0x7b, 0xff, 0x7d), 3n), 'D515', /not JSON/],
    ['an array', () => file([]), 'D515', /not a JSON object/],
    ['a byte order mark first', () => file('\ufeff{}'), 'D515', /not JSON/],
    ['a space that is none of JSON’s first', () => file('\u00a0{}'), 'D515', /not JSON/],
    [
      'a type that is nested deeply',
      () => file(`{"a":{"dtype":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`),
      'D515',
      /unknown type a deeply nested value/,
    ],
    ['a tensor twice', () => file('{"a":1,"\\u0061":2}'), 'D515', /names 'a' twice/],
    ['a key twice', () => file('{"a":{"dtype":"F32","dtype":"F16"}}'), 'D515', /names 'dtype' twice/],
    ['metadata of numbers', () => file({ __metadata__: { a: 1 } }), 'D515', /not strings/],
    ['no entry', () => file(one(null)), 'D515', /not described/],
    ['no type', () => file(one({})), 'D515', /unknown type nothing/],
    ['a strange type', () => file(one({ dtype: 'F31' })), 'D515', /unknown type "F31"/],
    ['an inherited type', () => file(one({ dtype: 'constructor' })), 'D515', /unknown type/],
    ['no shape', () => file(one({ dtype: 'F32' })), 'D515', /impossible shape nothing/],
    ['a negative size', () => file(one(f32([-1], [0, 4])), four), 'D515', /impossible shape \[-1\]/],
    ['half a size', () => file(one(f32([0.5], [0, 4])), four), 'D515', /impossible shape/],
    [
      'a shape whose product is too large',
      () => file(one(f32([2 ** 40, 2 ** 40], [0, 4])), four),
      'D515',
      /impossible shape/,
    ],
    ['one offset', () => file(one(f32([1], [4])), four), 'D515', /impossible offsets/],
    ['offsets backwards', () => file(one(f32([1], [4, 0])), four), 'D515', /impossible offsets/],
    ['too few bytes for the shape', () => file(one(f32([2], [0, 4])), four), 'D515', /has 4 bytes.*needs 8/],
    [
      'offsets beyond the file',
      () => file(one(f32([2], [0, 8])), four),
      'D516',
      /truncated: .* 8 bytes, but it has only 4/,
    ],
    ['bytes at the end', () => file({}, four), 'D516', /4 bytes after its last tensor/],
    [
      'a gap',
      () => file(one(f32([1], [4, 8])), new Uint8Array(8)),
      'D517',
      /4 bytes before tensor 'a' belong to no tensor/,
    ],
    ['an overlap', () => file({ a: f32([1], [0, 4]), b: f32([1], [0, 4]) }, four), 'D517', /'b' overlaps/],
    [
      'half bytes',
      () => file(one({ dtype: 'F4', shape: [1], data_offsets: [0, 1] }), four),
      'D515',
      /needs 0.5/,
    ],
  ])('%s is refused', async (_, path, code, message) => {
    const { value, diagnostics } = await openSafetensors(path());
    expect(value).toBeUndefined();
    expect(diagnostics.map((d) => d.code)).toEqual([code]);
    expect(diagnostics[0]!.message).toMatch(message);
  });

  // The safetensors package of Python 0.6 reads all of these.
  test.each([
    ['white space around the header', ' \n\t{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} '],
    ['null metadata', '{"__metadata__":null,"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'],
  ])('%s is read, as the reference reads it', async (_, header) => {
    const read = await opened(file(header, four));
    expect(await collect(read.read('a'))).toEqual([0]);
  });

  test('names from the file cannot reach the terminal', async () => {
    const { diagnostics } = await openSafetensors(file({ '\x1b[2J\n': 1 }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for control characters.
    expect(diagnostics[0]!.message).not.toMatch(/[\x00-\x1f]/);
  });

  test('a deeply nested header is refused with a diagnostic', async () => {
    const { diagnostics } = await openSafetensors(file(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`));
    expect(diagnostics[0]!.code).toBe('D515');
  });

  test('a file that changes is noticed', async () => {
    const path = good({ a: [PIECE + 1] });
    const read = await opened(path);
    const pieces = read.read('a')[Symbol.asyncIterator]();
    await pieces.next();
    truncateSync(path, 100);
    expect((await thrown(pieces.next())).code).toBe('D522');
    expect((await thrown(collect(read.read('a')))).code).toBe('D522');
    appendFileSync(path, 'x');
    expect((await thrown(collect(read.read('a')))).code).toBe('D522');
    rmSync(path);
    expect((await thrown(collect(read.read('a')))).code).toBe('D501');
  });

  test('no damage throws an unexpected exception', async () => {
    good({ a: [2, 2], b: [3] });
    const bytes = readFileSync(PATH);
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(bytes.length), async (changes, length) => {
        const damaged = Buffer.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        writeFileSync(PATH, changes.length === 1 ? damaged.subarray(0, length) : damaged);
        const { value, diagnostics } = await openSafetensors(PATH);
        expect(diagnostics.length).toBe(value ? 0 : 1);
        for (const [name, { elements }] of value?.tensors ?? []) {
          const values = await collect(value!.read(name)).catch((error: unknown) => error);
          if (values instanceof Error) expect(values).toBeInstanceOf(DiagnosticError);
          else expect(values).toHaveLength(elements);
        }
      }),
      { numRuns: 500 },
    );
  });
});
