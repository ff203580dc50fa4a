/**
 * Bytes → model. Memory is bounded whatever the file says: weights stay where they are, and messages beyond
 * `MOST_COST` end the reading. Pure: bytes come from a `ByteSource`.
 */
import { type Field, MODEL, type Table } from './messages.ts';
import type { Blob, Model, Sizes } from './model.ts';
import { type ByteSource, type Cursor, createCursor, WireFault, type WireProblem } from './wire.ts';

/** protobuf's own limit on messages in messages. A graph in a graph takes three. */
export const DEEPEST = 100;

/** What all messages may cost (`Table.cost`) with their texts and numbers: some 125,000 plain nodes, two seconds. */
const MOST_COST = 192 * 2 ** 20;

/** Of a list of numbers or of a tensor's bytes: what is kept, enough for any shape and small constant. */
const FEW_NUMBERS = 1024;
const FEW_BYTES = 8192;

export interface Decoded {
  readonly model?: Model;
  readonly problem?: WireProblem;
  /** What is wrong. */
  readonly message?: string;
  /** Fields that ONNX does not have, `NodeProto 42`, and how often. */
  readonly unknown: ReadonlyMap<string, number>;
}

const WIRE_NAMES = [
  'a varint',
  'a 64-bit number',
  'a length and bytes',
  'a group',
  'a group’s end',
  'a 32-bit number',
];

type Draft = Record<string, unknown>;

interface Reading {
  readonly cursor: Cursor;
  readonly unknown: Map<string, number>;
  readonly spend: (bytes: number) => void;
}

/** What a field's bytes become. `end`: of the field where it has a length, else of the message around it. */
type Read = (reading: Reading, draft: Draft, field: Field, end: number, depth: number) => void;

/** protobuf allows a message to be given twice: the later one adds to the earlier. */
const message: Read = (reading, draft, field, end, depth) => {
  draft[field.name] = readMessage(reading, field.of!, end, depth + 1, draft[field.name] as Draft | undefined);
};

function pushTo(draft: Draft, name: string, value: unknown): void {
  const list = draft[name] as unknown[];
  // The empty list of a table is shared.
  if (list.length === 0) draft[name] = [value];
  else list.push(value);
}

const text = ({ cursor, spend }: Reading, end: number): string => {
  spend(32 + 2 * (end - cursor.at));
  return cursor.text(end - cursor.at);
};

type ReadNumber = (cursor: Cursor, end: number) => number;

const NUMBERS: Readonly<Record<'int' | 'float' | 'double', ReadNumber>> = {
  int: (cursor, end) => cursor.varint(end),
  float: (cursor, end) => cursor.fixed32(end).getFloat32(0, true),
  double: (cursor, end) => cursor.fixed64(end).getFloat64(0, true),
};

/** Lists of numbers come packed, with a length, or one by one: readers must take both. */
const numberList =
  (read: ReadNumber): Read =>
  ({ cursor, spend }, draft, { name }, end) => {
    while (cursor.at < end) {
      spend(8);
      pushTo(draft, name, read(cursor, end));
    }
  };

const sizes =
  (read: ReadNumber, width: number): Read =>
  ({ cursor }, draft, { name }, end) => {
    const known = draft[name] as { count: number; values?: number[] } | undefined;
    let count = known?.count ?? 0;
    let values = known ? known.values : [];
    // Of numbers with a fixed width many need not be looked at to be counted.
    const bytes = end - cursor.at;
    if (width > 0 && bytes / width > FEW_NUMBERS) {
      if (bytes % width !== 0)
        throw new WireFault('broken', `the numbers at byte ${cursor.at} end in the middle of one`);
      count += bytes / width;
      values = undefined;
      cursor.seek(end);
    }
    while (cursor.at < end) {
      const value = read(cursor, end);
      if (++count > FEW_NUMBERS) values = undefined;
      else values?.push(value);
    }
    draft[name] = { count, ...(values && { values }) } satisfies Sizes;
  };

const one =
  (read: ReadNumber): Read =>
  ({ cursor }, draft, { name }, end) => {
    draft[name] = read(cursor, end);
  };

const readers: Readonly<Record<Field['kind'], Read>> = {
  int: one(NUMBERS.int),
  float: one(NUMBERS.float),
  double: one(NUMBERS.double),
  ints: numberList(NUMBERS.int),
  floats: numberList(NUMBERS.float),
  'int sizes': sizes(NUMBERS.int, 0),
  'float sizes': sizes(NUMBERS.float, 4),
  'double sizes': sizes(NUMBERS.double, 8),
  string: (reading, draft, { name }, end) => {
    draft[name] = text(reading, end);
  },
  strings: (reading, draft, { name }, end) => pushTo(draft, name, text(reading, end)),
  bytes: ({ cursor, spend }, draft, { name }, end) => {
    spend(end - cursor.at);
    draft[name] = cursor.bytes(end - cursor.at);
  },
  blob: ({ cursor, spend }, draft, { name }, end) => {
    const [at, length] = [cursor.at, end - cursor.at];
    if (length <= FEW_BYTES) spend(length);
    draft[name] = { at, length, ...(length <= FEW_BYTES && { bytes: cursor.bytes(length) }) } satisfies Blob;
    cursor.seek(end);
  },
  skip: ({ cursor }, _draft, _field, end) => cursor.seek(end),
  message,
  messages: (reading, draft, { name, of }, end, depth) =>
    pushTo(draft, name, readMessage(reading, of!, end, depth + 1)),
};

/** The wire types that a field's kind may come as. */
const WIRES: Readonly<Record<Field['kind'], readonly number[]>> = {
  int: [0],
  float: [5],
  double: [1],
  ints: [0, 2],
  floats: [2, 5],
  'int sizes': [0, 2],
  'float sizes': [2, 5],
  'double sizes': [1, 2],
  string: [2],
  strings: [2],
  bytes: [2],
  blob: [2],
  skip: [0, 1, 2, 5],
  message: [2],
  messages: [2],
};

const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

function readMessage(reading: Reading, table: Table, end: number, depth: number, into?: Draft): Draft {
  const { cursor, unknown, spend } = reading;
  if (depth > DEEPEST) {
    throw new WireFault('deep', `more than ${DEEPEST} messages lie inside each other at byte ${cursor.at}`);
  }
  spend(table.cost);
  const draft: Draft = into ?? { ...table.empty };
  while (cursor.at < end) {
    const start = cursor.at;
    const tag = cursor.varint(end);
    const [number, wire] = [Math.floor(tag / 8), tag & 7];
    if (tag < 8 || tag >= 2 ** 32 || wire === 3 || wire === 4 || wire > 5)
      throw new WireFault('broken', `there is no field of ${table.name} at byte ${start}`);
    const field = table.fields.get(number);
    if (field && !WIRES[field.kind].includes(wire)) {
      const message = `${table.name}.${field.name} at byte ${start} is written as ${WIRE_NAMES[wire]}`;
      throw new WireFault('broken', message);
    }
    const what = `${table.name}.${field?.name ?? number}`;
    const own = wire === 2 ? lengthEnd(cursor, end, what) : cursor.at + width(cursor, wire, end);
    if (!field) {
      spend(8);
      const key = `${table.name} ${number}`;
      if (unknown.size < 20 || unknown.has(key)) unknown.set(key, (unknown.get(key) ?? 0) + 1);
    }
    if (field) readers[field.kind](reading, draft, field, own, depth);
    else cursor.seek(own);
  }
  return draft;
}

/** Bytes of the number at the cursor, which stays where it is. */
function width(cursor: Cursor, wire: number, end: number): number {
  const start = cursor.at;
  const fixed = FIXED[wire];
  if (fixed !== undefined) {
    if (start + fixed > end)
      throw new WireFault('broken', `a number at byte ${start} goes beyond its message`);
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
      `${what} at byte ${start} claims ${length} bytes, and ${left} ${left === 1 ? 'is' : 'are'} left`,
    );
  }
  return cursor.at + length;
}

export function decodeModel(source: ByteSource): Decoded {
  const unknown = new Map<string, number>();
  let left = MOST_COST;
  const spend = (bytes: number): void => {
    left -= bytes;
    if (left < 0)
      throw new WireFault('large', 'its messages, without the weights, are more than can be checked');
  };
  try {
    const cursor = createCursor(source);
    const model = readMessage({ cursor, unknown, spend }, MODEL(), source.size, 1);
    return { model: model as unknown as Model, unknown };
  } catch (error) {
    if (!(error instanceof WireFault)) throw error;
    return { problem: error.problem, message: error.message, unknown };
  }
}
