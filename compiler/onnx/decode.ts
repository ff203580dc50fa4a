/**
 * Decodes bytes into messages, according to the table of messages.ts. There are two ways to read a model:
 * - `decodeModel` reads an outline: it leaves weights in the file, and skips fields that no rule reads.
 * - `decodeWholeModel` reads every field. Raw data stays a view of the bytes of the file.
 * Neither trusts the file, and the same limits bound the memory of both: the depth of messages (`DEEPEST`), and the
 * memory of all messages with their texts and lists of numbers (`MOST_COST`). Raw data does not count.
 */
import { type Draft, OUTLINE, type Reading, type Table, type Tables, WHOLE } from './fields.ts';
import type { MessageName } from './messages.ts';
import type { Model, Whole } from './model.ts';
import {
  type ByteSource,
  type Cursor,
  createCursor,
  inMemory,
  LENGTH_DELIMITED,
  WireFault,
  type WireProblem,
} from './wire.ts';

/** The largest depth of nested messages, which is protobuf's limit. A graph inside a graph adds three levels. */
export const DEEPEST = 100;

/**
 * The largest cost of all messages (`Table.cost`) with their texts and numbers. A file of about 125,000 plain nodes
 * reaches it; checking such a file takes two seconds.
 */
const MOST_COST = 192 * 2 ** 20;

export interface Decoded<M = Model> {
  readonly model?: M;
  readonly problem?: WireProblem;
  /** Describes the problem. */
  readonly message?: string;
  /** The fields that ONNX does not define, such as `NodeProto 42`, and how often each of them occurs. */
  readonly unknown: ReadonlyMap<string, number>;
}

const WIRE_NAMES = [
  'a varint',
  'a 64-bit number',
  'a length and bytes',
  'a group',
  'the end of a group',
  'a 32-bit number',
];

const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

interface Use {
  readonly source: ByteSource;
  readonly tables: Tables;
  /** How often each field that ONNX does not define occurs. */
  readonly unknown: Map<string, number>;
}

/** Reads the whole source as one message. */
function read(name: MessageName, { source, tables, unknown }: Use): Draft {
  const cursor = createCursor(source);
  let left = MOST_COST;
  const reading: Reading = {
    cursor,
    spend(bytes) {
      left -= bytes;
      if (left >= 0) return;
      const message = `its messages, without raw weights, need more than ${MOST_COST / 2 ** 20} MiB of memory, which is the limit; byte ${cursor.at} of ${source.size} is reached`;
      throw new WireFault('large', message);
    },
    message: (inner, end, depth, into) => readMessage(reading, tables(inner), unknown, end, depth, into),
  };
  return reading.message(name, source.size, 1);
}

function readMessage(
  reading: Reading,
  table: Table,
  unknown: Map<string, number>,
  end: number,
  depth: number,
  into?: Draft,
): Draft {
  const { cursor, spend } = reading;
  if (depth > DEEPEST) {
    throw new WireFault('deep', `messages are nested deeper than ${DEEPEST} levels at byte ${cursor.at}`);
  }
  spend(table.cost);
  const draft: Draft = into ?? { ...table.empty };
  while (cursor.at < end) {
    const start = cursor.at;
    const tag = cursor.varint(end);
    const [number, wire] = [Math.floor(tag / 8), tag & 7];
    if (tag < 8 || tag >= 2 ** 32 || wire === 3 || wire === 4 || wire > 5)
      throw new WireFault('broken', `the bytes at ${start} are not a field of ${table.name}`);
    const field = table.fields.get(number);
    if (field && !field.wires.includes(wire)) {
      const message = `${table.name}.${field.name} at byte ${start} is wrongly written as ${WIRE_NAMES[wire]}`;
      throw new WireFault('broken', message);
    }
    const what = `${table.name}.${field?.name ?? number}`;
    const own =
      wire === LENGTH_DELIMITED ? lengthEnd(cursor, end, what) : cursor.at + width(cursor, wire, end);
    if (!field) {
      spend(8);
      const key = `${table.name} ${number}`;
      if (unknown.size < 20 || unknown.has(key)) unknown.set(key, (unknown.get(key) ?? 0) + 1);
    }
    if (field) field.read(reading, draft, own, depth);
    else cursor.seek(own);
  }
  return draft;
}

/** The number of bytes of the number at the cursor. The cursor does not move. */
function width(cursor: Cursor, wire: number, end: number): number {
  const start = cursor.at;
  const fixed = FIXED[wire];
  if (fixed !== undefined) {
    if (start + fixed > end)
      throw new WireFault('broken', `a number at byte ${start} extends beyond its message`);
    return fixed;
  }
  cursor.varint(end);
  const bytes = cursor.at - start;
  cursor.seek(start);
  return bytes;
}

function lengthEnd(cursor: Cursor, end: number, what: string): number {
  const start = cursor.at;
  const length = cursor.varint(end);
  if (length < 0 || cursor.at + length > end) {
    const left = end - cursor.at;
    throw new WireFault(
      'broken',
      `${what} at byte ${start} claims ${length} bytes, but only ${left} ${left === 1 ? 'is' : 'are'} left`,
    );
  }
  return cursor.at + length;
}

function decodeWith<M>(source: ByteSource, tables: Tables): Decoded<M> {
  const unknown = new Map<string, number>();
  try {
    return { model: read('ModelProto', { source, tables, unknown }) as unknown as M, unknown };
  } catch (error) {
    if (!(error instanceof WireFault)) throw error;
    return { problem: error.problem, message: error.message, unknown };
  }
}

export const decodeModel = (source: ByteSource): Decoded => decodeWith(source, OUTLINE);

/** The bytes of the result are views into `bytes`. */
export const decodeWholeModel = (bytes: Uint8Array): Decoded<Whole<'ModelProto'>> =>
  decodeWith(inMemory(bytes), WHOLE);

/**
 * Decodes a message. Throws `WireFault` on bytes that are not such a message, and on bytes beyond the limits. The bytes
 * of the result are views into `bytes`.
 */
export function decodeMessage<N extends MessageName>(name: N, bytes: Uint8Array): Whole<N> {
  const use = { source: inMemory(bytes), tables: WHOLE, unknown: new Map<string, number>() };
  return read(name, use) as unknown as Whole<N>;
}

export const decodeModelProto = (bytes: Uint8Array): Whole<'ModelProto'> =>
  decodeMessage('ModelProto', bytes);
