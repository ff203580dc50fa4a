/** Compares the conversion to float16 with its definition: no float16 is nearer, and a tie gives the even one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHalf } from '../../../compiler/onnx/half.ts';
import { toFloat32 } from '../../../runtime/weights/elements.ts';

const fromBits = (...bits: number[]): Float32Array =>
  toFloat32('F16', new Uint8Array(Uint16Array.from(bits).buffer));
const bitsOf = (x: number): number => toHalf(Float32Array.of(x))[0]!;

test('every float16 stays the same', () => {
  const all = Array.from({ length: 65536 }, (_, bits) => bits);
  const numbers = all.filter((bits) => !Number.isNaN(fromBits(bits)[0]!));
  expect([...toHalf(fromBits(...numbers))]).toEqual(numbers);
  expect(Number.isNaN(fromBits(bitsOf(Number.NaN))[0]!)).toBe(true);
});

test('any other number becomes the nearest float16', () => {
  const magnitude = fc.oneof(
    fc.float({ noNaN: true, min: -70000, max: 70000 }),
    fc.float({ noNaN: true, min: Math.fround(-1e-4), max: Math.fround(1e-4) }),
  );
  fc.assert(
    fc.property(magnitude, (x) => {
      const bits = bitsOf(x);
      if (Math.abs(x) >= 65520) {
        expect(bits & 0x7fff).toBe(0x7c00);
        return;
      }
      const distance = (b: number): number => Math.abs(fromBits(b)[0]! - x);
      for (const other of [bits - 1, bits + 1]) {
        if (((other ^ bits) & 0x8000) !== 0 || (other & 0x7fff) >= 0x7c00) continue;
        expect(distance(bits)).toBeLessThanOrEqual(distance(other));
        if (distance(bits) === distance(other)) expect(bits % 2).toBe(0);
      }
    }),
    { numRuns: 5000 },
  );
});
