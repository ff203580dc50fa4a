/** Weights are not read, however many there are and wherever they lie. */
import { expect, test } from 'vitest';
import { checkOnnx, inMemory } from '../../check/index.ts';
import { CASES } from './cases.ts';
import { info, modelBytes, node } from './foreign_models.ts';

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
const field = (number: number, length: number): number[] => [...varint(number * 8 + 2), ...varint(length)];

/** A model with one weight of so many floats inside it, as a file of zeros that is never there. */
function heavy(floats: number, bytes = 4 * floats) {
  const model = modelBytes({
    input: [info('x', [1, floats])],
    output: [info('z')],
    node: [node('Add x,w > z')],
  });
  // protobuf lets the graph be given in two parts.
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

test('1.9 GB of them in the file', () => {
  const { source, read } = heavy(475_000_000);
  expect(checkOnnx(source)).toEqual([]);
  expect(read()).toBeLessThan(200_000);
});

test('4 bytes too few', () => {
  const { source } = heavy(475_000_000, 4 * 475_000_000 - 4);
  expect(checkOnnx(source).map(({ code, message }) => `${code} ${message}`)).toEqual([
    "D641 initializer 'w', float [475000000], takes 1900000000 bytes and has 1899999996",
  ]);
});

test('a Buffer, whose slices share its bytes, is read as any array', () => {
  expect(checkOnnx(inMemory(Buffer.from(CASES.D631!.good)))).toEqual([]);
});
