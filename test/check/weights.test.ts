/** The checker does not read weights, however many there are and wherever they are. */
import { expect, test } from 'vitest';
import { checkOnnx, inMemory } from '../../check/index.ts';
import { CASES } from './cases.ts';
import { info, modelBytes, node } from './foreign_models.ts';

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
const field = (number: number, length: number): number[] => [...varint(number * 8 + 2), ...varint(length)];

/** A model that contains one weight of this many floats. Its zeros are made on demand, and never exist all at once. */
function heavy(floats: number, bytes = 4 * floats) {
  const model = modelBytes({
    input: [info('x', [1, floats])],
    output: [info('z')],
    node: [node('Add x,w > z')],
  });
  // In protobuf, a message such as the graph may be given in two parts.
  const tensor = [8, ...varint(floats), 16, 1, ...field(8, 1), 'w'.charCodeAt(0), ...field(9, bytes)];
  const inner = tensor.length + bytes;
  const initializer = field(5, inner);
  const head = Uint8Array.from([
    ...model,
    ...field(7, initializer.length + inner),
    ...initializer,
    ...tensor,
  ]);
  let read = 0;
  const source = {
    size: head.length + bytes,
    read(start: number, end: number) {
      const out = new Uint8Array(end - start);
      out.set(head.subarray(start, end));
      read += out.length;
      return out;
    },
  };
  return { source, read: () => read };
}

test('1.9 GB of weights in the file', () => {
  const { source, read } = heavy(475_000_000);
  expect(checkOnnx(source)).toEqual([]);
  expect(read()).toBeLessThan(200_000);
});

test('a weight that lacks 4 bytes', () => {
  const { source } = heavy(475_000_000, 4 * 475_000_000 - 4);
  expect(checkOnnx(source).map(({ code, message }) => `${code} ${message}`)).toEqual([
    "D641 initializer 'w', float [475000000], needs 1900000000 bytes but has 1899999996",
  ]);
});

test('a Buffer, whose slices share its bytes, is read like any array', () => {
  expect(checkOnnx(inMemory(Buffer.from(CASES.D631!.good)))).toEqual([]);
});
