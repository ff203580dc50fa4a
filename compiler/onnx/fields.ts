/**
 * How each field of the table (messages.ts) is read. There are two sets of readers: for whole messages, and for outlines,
 * where weights stay where they are and fields that no rule looks at are passed over.
 */
import { type MessageName, type Row, rowsOf } from './messages.ts';
import type { Blob, Sizes } from './model.ts';
import { type Cursor, WireFault } from './wire.ts';

/** How many numbers of a list, and bytes of a tensor, an outline keeps: enough for any shape and small constant. */
const FEW_NUMBERS = 1024;
const FEW_BYTES = 8192;

/** What a plain message takes, with its lists. */
const PLAIN = 256;

/** What the rules look at again and again takes them longer than its bytes. */
const COSTS: Readonly<Partial<Record<MessageName, number>>> = {
  NodeProto: 1400,
  TensorProto: 1024,
  GraphProto: 4096,
  FunctionProto: 7168,
};

export type Draft = Record<string, unknown>;

export interface Reading {
  readonly cursor: Cursor;
  readonly spend: (bytes: number) => void;
  /** Reads a message that ends there. What it holds is added to a draft, where there is one. */
  readonly message: (name: MessageName, end: number, depth: number, into?: Draft) => Draft;
}

/** Puts a field's bytes into the draft. `end` is that of the field where it has a length, else of its message. */
type Read = (reading: Reading, draft: Draft, end: number, depth: number) => void;

export interface Field {
  readonly name: string;
  /** The wire types that the field may come as. */
  readonly wires: readonly number[];
  readonly read: Read;
}

export interface Table {
  readonly name: MessageName;
  readonly fields: ReadonlyMap<number, Field>;
  /** The bytes that one message takes in memory, and the time that the rules take for it as if it were bytes. */
  readonly cost: number;
  /** Every list of the message, empty. */
  readonly empty: Readonly<Record<string, readonly never[]>>;
}

/** The tables of one use, each built when a message of its name is first read: they name each other in circles. */
export type Tables = (name: MessageName) => Table;

function pushTo(draft: Draft, name: string, value: unknown): void {
  const list = draft[name] as unknown[];
  // The empty list of a table is shared.
  if (list.length === 0) draft[name] = [value];
  else list.push(value);
}

/** How a value of one scalar type is read. `width` is that of numbers that all have the same, else 0. */
interface ScalarType {
  readonly wire: number;
  readonly width: number;
  readonly read: (reading: Reading, end: number) => unknown;
}

const INTEGER = { wire: 0, width: 0 };

/** Integers are told exactly in a whole message. In an outline, which is calculated with, they are the nearest number. */
const SCALARS: Readonly<Record<string, ScalarType>> = {
  int32: { ...INTEGER, read: ({ cursor }, end) => cursor.varint(end) },
  int64: { ...INTEGER, read: ({ cursor }, end) => cursor.exact(end, true) },
  uint64: { ...INTEGER, read: ({ cursor }, end) => cursor.exact(end, false) },
  float: { wire: 5, width: 4, read: ({ cursor }, end) => cursor.fixed32(end).getFloat32(0, true) },
  double: { wire: 1, width: 8, read: ({ cursor }, end) => cursor.fixed64(end).getFloat64(0, true) },
  string: {
    wire: 2,
    width: 0,
    read: ({ cursor, spend }, end) => {
      spend(32 + 2 * (end - cursor.at));
      return cursor.text(end - cursor.at);
    },
  },
  bytes: { wire: 2, width: 0, read: ({ cursor }, end) => cursor.view(end - cursor.at) },
};

const OUTLINE_SCALARS: typeof SCALARS = {
  ...SCALARS,
  int64: SCALARS.int32!,
  uint64: SCALARS.int32!,
  bytes: {
    wire: 2,
    width: 0,
    read: ({ cursor, spend }, end) => {
      spend(32 + 2 * (end - cursor.at));
      return cursor.bytes(end - cursor.at);
    },
  },
};

const LENGTH_DELIMITED = 2;

/** Lists of numbers come packed, with a length, or one by one: readers must take both. */
const numberList =
  (name: string, { read }: ScalarType): Read =>
  (reading, draft, end) => {
    while (reading.cursor.at < end) {
      reading.spend(8);
      pushTo(draft, name, read(reading, end));
    }
  };

const sizes =
  (name: string, { read, width }: ScalarType): Read =>
  (reading, draft, end) => {
    const { cursor } = reading;
    const known = draft[name] as { count: number; values?: number[] } | undefined;
    let count = known?.count ?? 0;
    let values = known ? known.values : [];
    // Many numbers with a fixed width need not be looked at to be counted.
    const bytes = end - cursor.at;
    if (width > 0 && bytes / width > FEW_NUMBERS) {
      if (bytes % width !== 0)
        throw new WireFault('broken', `the numbers at byte ${cursor.at} end in the middle of one`);
      count += bytes / width;
      values = undefined;
      cursor.seek(end);
    }
    while (cursor.at < end) {
      const value = read(reading, end) as number;
      if (++count > FEW_NUMBERS) values = undefined;
      else values?.push(value);
    }
    draft[name] = { count, ...(values && { values }) } satisfies Sizes;
  };

const blob =
  (name: string): Read =>
  ({ cursor, spend }, draft, end) => {
    const [at, length] = [cursor.at, end - cursor.at];
    if (length <= FEW_BYTES) spend(length);
    draft[name] = { at, length, ...(length <= FEW_BYTES && { bytes: cursor.bytes(length) }) } satisfies Blob;
    cursor.seek(end);
  };

const pass: Read = ({ cursor }, _draft, end) => cursor.seek(end);

/** protobuf allows a message to be given twice: the later one adds to the earlier. */
const oneMessage =
  (name: string, of: MessageName): Read =>
  (reading, draft, end, depth) => {
    const before = draft[name] as Draft | undefined;
    draft[name] = reading.message(of, end, depth + 1, before);
  };

const messageList =
  (name: string, of: MessageName): Read =>
  (reading, draft, end, depth) =>
    pushTo(draft, name, reading.message(of, end, depth + 1));

function plainField(name: string, [, type, repeated]: Row, scalars: typeof SCALARS): Field {
  const scalar = scalars[type];
  if (!scalar) {
    const of = type as MessageName;
    const read = repeated === 'list' ? messageList(name, of) : oneMessage(name, of);
    return { name, wires: [LENGTH_DELIMITED], read };
  }
  const { wire, read } = scalar;
  if (repeated !== 'list')
    return {
      name,
      wires: [wire],
      read: (reading, draft, end) => {
        draft[name] = read(reading, end);
      },
    };
  if (wire === LENGTH_DELIMITED)
    return { name, wires: [wire], read: (reading, draft, end) => pushTo(draft, name, read(reading, end)) };
  return { name, wires: [wire, LENGTH_DELIMITED], read: numberList(name, scalar) };
}

function outlineField(name: string, row: Row): Field {
  const [, type, repeated, role] = row;
  if (role === 'aside') return { name, wires: [0, 1, 2, 5], read: pass };
  if (role !== 'weights') return plainField(name, row, OUTLINE_SCALARS);
  if (repeated !== 'list') return { name, wires: [LENGTH_DELIMITED], read: blob(name) };
  const scalar = OUTLINE_SCALARS[type]!;
  return { name, wires: [scalar.wire, LENGTH_DELIMITED], read: sizes(name, scalar) };
}

/** `isList` tells which fields are empty lists where the file has none. */
function tablesOf(fieldOf: (name: string, row: Row) => Field, isList: (row: Row) => boolean): Tables {
  const built = new Map<MessageName, Table>();
  return (name) => {
    const known = built.get(name);
    if (known) return known;
    const rows = rowsOf(name);
    const lists = rows.filter(([, row]) => isList(row)).map(([field]) => [field, Object.freeze([])] as const);
    const table: Table = {
      name,
      fields: new Map(rows.map(([field, row]) => [row[0], fieldOf(field, row)])),
      cost: COSTS[name] ?? PLAIN,
      empty: Object.fromEntries(lists),
    };
    built.set(name, table);
    return table;
  };
}

export const OUTLINE = tablesOf(
  outlineField,
  ([, , repeated, role]) => repeated === 'list' && role === undefined,
);

export const WHOLE = tablesOf(
  (name, row) => plainField(name, row, SCALARS),
  ([, , repeated]) => repeated === 'list',
);
