/** Converts float32 to float16 (IEEE 754 binary16): rounds to nearest, ties to even. Larger values become infinity. */

const word = new Uint32Array(1);
const value = new Float32Array(word.buffer);

function halfBits(x: number): number {
  value[0] = x;
  const bits = word[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x7f800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  // For 65520 and above, the nearest float16 is infinity. Below 2^-14, float16 has steps of 2^-24.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | roundEven(Math.abs(x) * 2 ** 24);
  const rebased = magnitude - 0x38000000;
  return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
}

function roundEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

/** The float16 bits of each element. */
export const toHalf = (values: Float32Array): Uint16Array => Uint16Array.from(values, halfBits);
