/** Converts stored floating point formats to float32 in bulk. Stored bytes are little-endian. */
import { endianness } from 'node:os';

const BIG_ENDIAN = endianness() === 'BE';

/** The bytes per element of the types that weights may have. */
export const FLOAT_BYTES: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

/**
 * Converts bytes of a type to float32. `bytes` must start at offset 0 of its buffer. The result may share memory with
 * it.
 */
export function toFloat32(dtype: string, bytes: Uint8Array): Float32Array {
  const { buffer } = bytes;
  const swap = Buffer.from(buffer, bytes.byteOffset, bytes.byteLength);
  switch (dtype) {
    case 'F32':
      if (BIG_ENDIAN) swap.swap32();
      return new Float32Array(buffer, bytes.byteOffset, bytes.byteLength / 4);
    case 'F64':
      if (BIG_ENDIAN) swap.swap64();
      return Float32Array.from(new Float64Array(buffer, bytes.byteOffset, bytes.byteLength / 8));
    case 'BF16':
      if (BIG_ENDIAN) swap.swap16();
      return fromBfloat16(new Uint16Array(buffer, bytes.byteOffset, bytes.byteLength / 2));
    case 'F16':
      if (BIG_ENDIAN) swap.swap16();
      return fromFloat16(new Uint16Array(buffer, bytes.byteOffset, bytes.byteLength / 2));
    default:
      throw new Error(`no conversion from ${dtype}`);
  }
}

/** The little-endian bytes of float32 values: a view on a little-endian machine, otherwise a copy. */
export function toBytes(values: Float32Array): Uint8Array {
  const view = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return BIG_ENDIAN ? Buffer.from(view).swap32() : view;
}

/** Converts bfloat16, which is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  return new Float32Array(words.buffer);
}

let half: Float32Array | undefined;

function fromFloat16(halves: Uint16Array): Float32Array {
  half ??= Float32Array.from({ length: 65536 }, (_, bits) => float16Value(bits));
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = half[halves[i]!]!;
  return out;
}

function float16Value(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The index of the first NaN or infinity, or -1. */
export function firstNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value - value !== 0) return i;
  }
  return -1;
}
