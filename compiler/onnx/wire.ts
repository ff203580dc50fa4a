/**
 * protobuf's wire format, read as from a stranger: nothing is believed, nothing allocated for a length that the
 * file only claims. Source: protobuf.dev, "Encoding". What is wrong is thrown as `WireFault` and leaves decode.ts
 * as a value.
 */

/** Bytes that can be read anywhere: a file, or an array. `read` gives exactly `end - start` bytes. */
export interface ByteSource {
  readonly size: number;
  read(start: number, end: number): Uint8Array;
}

export const inMemory = (bytes: Uint8Array): ByteSource => ({
  size: bytes.byteLength,
  read: (start, end) => bytes.subarray(start, end),
});

/** `broken`: no protobuf message; `deep`, `large`: beyond what is read. */
export type WireProblem = 'broken' | 'deep' | 'large';

export class WireFault extends Error {
  readonly problem: WireProblem;
  constructor(problem: WireProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

export interface Cursor {
  readonly at: number;
  readonly seek: (at: number) => void;
  /** 64 bits, two's complement; beyond 2^53 the nearest number. */
  readonly varint: (end: number) => number;
  /** The same as a bigint where a number is not exact. */
  readonly exact: (end: number, signed: boolean) => number | bigint;
  readonly fixed32: (end: number) => DataView;
  readonly fixed64: (end: number) => DataView;
  /** A copy. */
  readonly bytes: (length: number) => Uint8Array;
  /** The bytes themselves, which keep all bytes around them in memory. */
  readonly view: (length: number) => Uint8Array;
  /** UTF-8; what is none becomes U+FFFD. */
  readonly text: (length: number) => string;
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Most names are short and ASCII, for which the decoder takes longer to call than to decode. */
const SHORT = 32;

/** Read at once: a file is asked a few times, not for each number. */
const WINDOW = 1 << 16;

export function createCursor(source: ByteSource): Cursor {
  let at = 0;
  let window: Uint8Array = new Uint8Array(0);
  let base = 0;
  /** Bytes from `at`, at least `length` of them in the window. */
  const ensure = (length: number): void => {
    if (at >= base && at + length <= base + window.length) return;
    base = at;
    window = source.read(at, Math.min(source.size, at + Math.max(length, WINDOW)));
  };
  const fixed =
    (length: number) =>
    (end: number): DataView => {
      if (at + length > end) throw new WireFault('broken', `a number at byte ${at} goes beyond its message`);
      ensure(length);
      const view = new DataView(window.buffer, window.byteOffset + at - base, length);
      at += length;
      return view;
    };
  /** The halves of the last varint; a pair made anew for each would cost more than to read it. */
  let [low, high] = [0, 0];
  const varint = (end: number): number => {
    const start = at;
    low = 0;
    high = 0;
    for (let i = 0; i < 10; i++) {
      if (at >= end) throw new WireFault('broken', `a number at byte ${start} goes beyond its message`);
      ensure(1);
      const byte = window[at - base]!;
      at++;
      const seven = byte & 0x7f;
      if (i < 4) low |= seven << (7 * i);
      else if (i === 4) {
        low |= (seven & 0x0f) << 28;
        high = seven >> 4;
      } else high |= seven << (7 * i - 32);
      if (byte < 0x80) return high * 2 ** 32 + (low >>> 0);
    }
    throw new WireFault('broken', `a number at byte ${start} has more than 10 bytes`);
  };
  return {
    get at() {
      return at;
    },
    seek: (to) => {
      at = to;
    },
    varint,
    exact(end, signed) {
      const number = varint(end);
      if (Number.isSafeInteger(number) && (signed || high >= 0)) return number;
      const bits = (BigInt(high) << 32n) | BigInt(low >>> 0);
      return signed ? bits : BigInt.asUintN(64, bits);
    },
    fixed32: fixed(4),
    fixed64: fixed(8),
    text(length) {
      ensure(length);
      const start = at - base;
      at += length;
      const whole = (): string => UTF8.decode(window.subarray(start, start + length));
      if (length > SHORT) return whole();
      const codes: number[] = [];
      for (let i = start; i < start + length; i++) {
        if (window[i]! > 0x7f) return whole();
        codes.push(window[i]!);
      }
      return String.fromCharCode(...codes);
    },
    bytes(length) {
      ensure(length);
      const copy = new Uint8Array(window.subarray(at - base, at - base + length));
      at += length;
      return copy;
    },
    view(length) {
      ensure(length);
      const bytes = window.subarray(at - base, at - base + length);
      at += length;
      return bytes;
    },
  };
}
