/**
 * Reads protobuf's wire format from untrusted bytes (source: protobuf.dev, "Encoding"). It checks every length and
 * allocates nothing for a length that exceeds the file. A fault is thrown as `WireFault`; `decodeModel` returns it as
 * a value.
 */

/** Bytes with random access: a file, or an array. `read` gives exactly `end - start` bytes. */
export interface ByteSource {
  readonly size: number;
  read(start: number, end: number): Uint8Array;
}

export function inMemory(bytes: Uint8Array): ByteSource {
  // The parts of a Node `Buffer` would be buffers too, not plain arrays.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { size: plain.byteLength, read: (start, end) => plain.subarray(start, end) };
}

/** The wire type of strings, bytes, messages and packed lists. */
export const LENGTH_DELIMITED = 2;

/** `broken`: the bytes are not a protobuf message. `deep` and `large`: the message exceeds a limit of the reader. */
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
  /** Reads a 64-bit integer in two's complement, as the nearest number. */
  readonly varint: (end: number) => number;
  /** Moves to `end` over packed integers, and returns how many there are. */
  readonly countVarints: (end: number) => number;
  /** Reads a 64-bit integer, as a bigint if a number is not exact. */
  readonly exact: (end: number, signed: boolean) => number | bigint;
  readonly fixed32: (end: number) => DataView;
  readonly fixed64: (end: number) => DataView;
  /** Reads a copy of bytes. */
  readonly bytes: (length: number) => Uint8Array;
  /** Reads bytes without a copy. The result keeps the surrounding bytes in memory. */
  readonly view: (length: number) => Uint8Array;
  /** Reads UTF-8. Invalid bytes become U+FFFD. */
  readonly text: (length: number) => string;
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * ASCII texts of at most this many bytes are decoded here, because calling the decoder takes longer for such short
 * texts.
 */
const SHORT = 32;

/** The bytes that are read from the source at once, so that a file is read a few times and not for each number. */
const WINDOW = 1 << 16;

function textOf(bytes: Uint8Array): string {
  if (bytes.length > SHORT) return UTF8.decode(bytes);
  const codes: number[] = [];
  for (const byte of bytes) {
    if (byte > 0x7f) return UTF8.decode(bytes);
    codes.push(byte);
  }
  return String.fromCharCode(...codes);
}

interface VarintCounter {
  count: number;
  /** The bytes of the number that has not ended yet. */
  open: number;
}

/** Counts the numbers that end in a piece of packed integers, which ends at `end`. */
function countIn(piece: Uint8Array, counter: VarintCounter, end: number): void {
  let { count, open } = counter;
  for (const byte of piece) {
    // The last byte of a number is below 0x80.
    if (byte < 0x80) {
      count++;
      open = 0;
    } else if (++open === 10)
      throw new WireFault('broken', `a number before byte ${end} has more than 10 bytes`);
  }
  counter.count = count;
  counter.open = open;
}

export function createCursor(source: ByteSource): Cursor {
  let at = 0;
  let window: Uint8Array = new Uint8Array(0);
  let base = 0;
  /** Makes sure that the window contains `length` bytes from `at`. */
  const ensure = (length: number): void => {
    if (at >= base && at + length <= base + window.length) return;
    base = at;
    window = source.read(at, Math.min(source.size, at + Math.max(length, WINDOW)));
  };
  const fixed =
    (length: number) =>
    (end: number): DataView => {
      if (at + length > end)
        throw new WireFault('broken', `a number at byte ${at} extends beyond its message`);
      ensure(length);
      const view = new DataView(window.buffer, window.byteOffset + at - base, length);
      at += length;
      return view;
    };
  /** The halves of the last varint. Allocating a pair for each would take longer than reading it. */
  let [low, high] = [0, 0];
  const varint = (end: number): number => {
    const start = at;
    low = 0;
    high = 0;
    for (let i = 0; i < 10; i++) {
      if (at >= end) throw new WireFault('broken', `a number at byte ${start} extends beyond its message`);
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
  const countVarints = (end: number): number => {
    const counter: VarintCounter = { count: 0, open: 0 };
    while (at < end) {
      ensure(1);
      const piece = window.subarray(at - base, Math.min(window.length, end - base));
      at += piece.length;
      countIn(piece, counter, at);
    }
    if (counter.open > 0) throw new WireFault('broken', `the last number before byte ${end} is incomplete`);
    return counter.count;
  };
  const view = (length: number): Uint8Array => {
    ensure(length);
    const bytes = window.subarray(at - base, at - base + length);
    at += length;
    return bytes;
  };
  return {
    get at() {
      return at;
    },
    seek: (to) => {
      at = to;
    },
    varint,
    countVarints,
    exact(end, signed) {
      const number = varint(end);
      if (Number.isSafeInteger(number) && (signed || high >= 0)) return number;
      const bits = (BigInt(high) << 32n) | BigInt(low >>> 0);
      return signed ? bits : BigInt.asUintN(64, bits);
    },
    fixed32: fixed(4),
    fixed64: fixed(8),
    text: (length) => textOf(view(length)),
    bytes: (length) => new Uint8Array(view(length)),
    view,
  };
}
