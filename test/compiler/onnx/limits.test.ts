/** Bytes of strangers: both decoders stop at the same limits, before they fill the memory. */
import { describe, expect, test } from 'vitest';
import { DEEPEST, decodeModel, decodeWholeModel } from '../../../compiler/onnx/decode.ts';
import { encodeModelProto } from '../../../compiler/onnx/encode.ts';
import { inMemory } from '../../../compiler/onnx/wire.ts';

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 128))];

/** A field of a length, in front of bytes. */
function field(number: number, inner: Uint8Array): Uint8Array {
  const head = [...varint(number * 8 + 2), ...varint(inner.length)];
  const whole = new Uint8Array(head.length + inner.length);
  whole.set(head);
  whole.set(inner, head.length);
  return whole;
}

/** A piece of bytes, repeated. */
const repeated = (piece: readonly number[], times: number): Uint8Array => {
  const bytes = new Uint8Array(piece.length * times);
  for (let i = 0; i < bytes.length; i++) bytes[i] = piece[i % piece.length]!;
  return bytes;
};

const decoders = [
  ['the outline', (bytes: Uint8Array) => decodeModel(inMemory(bytes))],
  ['the whole model', decodeWholeModel],
] as const;

const GRAPH = 7;
const NODE = 1;
const INITIALIZER = 5;
const FLOATS = 4;
const INTS = 7;

describe.each(decoders)('%s', (what, decode) => {
  test.each<[string, Uint8Array]>([
    ['60 MB of empty nodes', field(GRAPH, repeated([0x0a, 0], 30_000_000))],
    ['30 MB of empty names', field(GRAPH, field(NODE, repeated([0x0a, 0], 15_000_000)))],
    ['30 MB of empty tensors', field(GRAPH, repeated([0x2a, 0], 15_000_000))],
    ['30 MB of empty bytes', field(GRAPH, field(NODE, field(5, repeated([0x4a, 0], 15_000_000))))],
    [
      '30 MB of packed integers in an attribute',
      field(GRAPH, field(NODE, field(5, field(8, repeated([1], 30_000_000))))),
    ],
    ['30 MB of empty metadata', repeated([0x72, 0], 15_000_000)],
    ['300 MB of a text', field(GRAPH, field(2, repeated([65], 300_000_000)))],
  ])('refuses %s', (_, bytes) => {
    const { model, problem, message } = decode(bytes);
    expect(model).toBeUndefined();
    expect(problem).toBe('large');
    expect(message).toMatch(/more than 192 MiB of memory, which is the limit; byte \d+ of \d+ is reached$/);
  });

  test('refuses messages inside each other beyond the limit', () => {
    const nested = (levels: number): Uint8Array => {
      let type = field(1, Uint8Array.of(8, 1));
      for (let i = 0; i < levels; i++) type = field(4, field(1, type));
      return field(GRAPH, field(11, field(2, type)));
    };
    expect(decode(nested(45)).problem).toBeUndefined();
    expect(decode(nested(60))).toMatchObject({ problem: 'deep' });
    expect(decode(nested(60)).message).toContain(`messages are nested deeper than ${DEEPEST} levels`);
  });

  test('raw weights do not count, and are not copied', () => {
    const rawData = new Uint8Array(250 * 2 ** 20);
    const graph = { name: 'g', initializer: [{ name: 'w', dims: [rawData.length], dataType: 2, rawData }] };
    const bytes = encodeModelProto({ irVersion: 8, graph });
    const before = process.memoryUsage().arrayBuffers;
    const { model } = decode(bytes);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    expect(model?.graph?.initializer[0]?.rawData).toMatchObject({ length: rawData.length });
  });

  test('30 million packed weights are only counted in an outline', () => {
    const floats = field(GRAPH, field(INITIALIZER, field(FLOATS, new Uint8Array(4 * 30_000_000))));
    const ints = field(GRAPH, field(INITIALIZER, field(INTS, repeated([0x81, 1], 30_000_000))));
    for (const bytes of [floats, ints]) {
      const { model, problem } = decode(bytes);
      if (what === 'the whole model') expect(problem).toBe('large');
      else {
        const [tensor] = (model as ReturnType<typeof decodeModel>['model'])!.graph!.initializer;
        expect(tensor!.floatData ?? tensor!.int64Data).toEqual({ count: 30_000_000 });
      }
    }
  });
});

test('packed integers that never end are refused while they are counted', () => {
  const ints = (bytes: Uint8Array) =>
    decodeModel(inMemory(field(GRAPH, field(INITIALIZER, field(INTS, bytes)))));
  expect(ints(repeated([0x80], 20_000)).message).toContain('more than 10 bytes');
  const open = repeated([1], 20_000);
  open[19_999] = 0x80;
  expect(ints(open).message).toContain('is incomplete');
});
