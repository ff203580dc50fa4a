/**
 * The readers of the fields of messages.ts. There are two sets of readers: one reads whole messages, the other
 * reads outlines, which leave weights in the file and skip fields that no rule reads.
 */
import { type FieldRow, type MessageName, rowsOf } from './messages.ts';
import type { Blob, Sizes } from './model.ts';
import { type Cursor, LENGTH_DELIMITED, WireFault } from './wire.ts';

/** An outline keeps a list if it has at most this many numbers, which is enough for every shape and small constant. */
const FEW_NUMBERS = 1024;
/** An outline keeps the bytes of a tensor if there are at most this many. */
const FEW_BYTES = 8192;

/** The cost of a message with its lists (`Table.cost`), unless another cost is listed below. */
const PLAIN = 256;

/** The costs of messages that the rules read many times. They are higher than the bytes in memory. */
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
  /** Reads a message that ends at `end`. Its fields are added to the draft `into`, if there is one. */
  readonly message: (name: MessageName, end: number, depth: number, into?: Draft) => Draft;
}

/** Reads a field into the draft. `end` is the end of the field if it has a length, otherwise of its message. */
type Read = (reading: Reading, draft: Draft, end: number, depth: number) => void;

export interface Field {
  readonly name: string;
  /** The wire types in which the field may be written. */
  readonly wires: readonly number[];
  readonly read: Read;
}

export interface Table {
  readonly name: MessageName;
  readonly fields: ReadonlyMap<number, Field>;
  /** The bytes that one message takes in memory, plus the time that the rules take for it, expressed in bytes. */
  readonly cost: number;
  /** An empty list for every field that is a list. */
  readonly empty: Readonly<Record<string, readonly never[]>>;
}

/** Gives the table of a message. It is built when it is first needed, because tables refer to each other in cycles. */
export type Tables = (name: MessageName) => Table;

function pushTo(draft: Draft, name: string, value: unknown): void {
  const list = draft[name] as unknown[];
  // All messages share the empty list of their table, so it must not change.
  if (list.length === 0) draft[name] = [value];
  else list.push(value);
}

/** How to read a value of one scalar type. */
interface ScalarType {
  readonly wire: number;
  /** The number of bytes of a value, or 0 if it varies. */
  readonly width: number;
  readonly read: (reading: Reading, end: number) => unknown;
}

const INTEGER = { wire: 0, width: 0 };

/** The memory in bytes that a bigint takes besides its place in a list. */
const BIGINT_COST = 24;
/** The memory in bytes that an array of bytes takes besides its bytes. */
const BYTES_COST = 256;

const exact = (signed: boolean): ScalarType => ({
  ...INTEGER,
  read: ({ cursor, spend }, end) => {
    const value = cursor.exact(end, signed);
    if (typeof value === 'bigint') spend(BIGINT_COST);
    return value;
  },
});

/**
 * The scalars of whole messages. Integers of whole messages are exact; integers of an outline are the nearest number,
 * for calculations.
 */
const SCALARS: Readonly<Record<string, ScalarType>> = {
  int32: { ...INTEGER, read: ({ cursor }, end) => cursor.varint(end) },
  int64: exact(true),
  uint64: exact(false),
  float: { wire: 5, width: 4, read: ({ cursor }, end) => cursor.fixed32(end).getFloat32(0, true) },
  double: { wire: 1, width: 8, read: ({ cursor }, end) => cursor.fixed64(end).getFloat64(0, true) },
  string: {
    wire: 2,
    width: 0,
    read: ({ cursor, spend }, end) => {
      spend(Math.max(64, 32 + 2 * (end - cursor.at)));
      return cursor.text(end - cursor.at);
    },
  },
  bytes: {
    wire: 2,
    width: 0,
    read: ({ cursor, spend }, end) => {
      spend(BYTES_COST);
      return cursor.view(end - cursor.at);
    },
  },
};

const OUTLINE_SCALARS: typeof SCALARS = {
  ...SCALARS,
  int64: SCALARS.int32!,
  uint64: SCALARS.int32!,
  bytes: {
    wire: 2,
    width: 0,
    read: ({ cursor, spend }, end) => {
      spend(BYTES_COST + (end - cursor.at));
      return cursor.bytes(end - cursor.at);
    },
  },
};

/**
 * Reads a list of numbers. It may be packed, with a length, or written one by one; protobuf's readers must accept
 * both forms.
 */
const numberList =
  (name: string, { read, width }: ScalarType): Read =>
  (reading, draft, end) => {
    const { cursor, spend } = reading;
    // The whole list is paid before any number of it is read.
    const start = cursor.at;
    spend(8 * Math.ceil(width > 0 ? (end - start) / width : cursor.countVarints(end)));
    cursor.seek(start);
    let list = draft[name] as unknown[];
    // All messages share the empty list of their table, so it must not change.
    if (list.length === 0 && start < end) {
      list = [];
      draft[name] = list;
    }
    while (cursor.at < end) list.push(read(reading, end));
  };

/** Counts the numbers of a list, and keeps them if they are few. */
const sizes =
  (name: string, { read, width }: ScalarType): Read =>
  (reading, draft, end) => {
    const { cursor } = reading;
    const known = draft[name] as { count: number; values?: number[] } | undefined;
    let count = known?.count ?? 0;
    let values = known ? known.values : [];
    // Many numbers can be counted without decoding them. An integer has at most 10 bytes.
    const bytes = end - cursor.at;
    if (width === 0 && bytes > 10 * FEW_NUMBERS) {
      count += cursor.countVarints(end);
      values = undefined;
    } else if (width > 0 && bytes / width > FEW_NUMBERS) {
      if (bytes % width !== 0)
        throw new WireFault('broken', `the numbers at byte ${cursor.at} end in the middle of a number`);
      count += bytes / width;
      values = undefined;
      cursor.seek(end);
    }
    while (cursor.at < end) {
      const value = read(reading, end) as number;
      if (++count > FEW_NUMBERS) values = undefined;
      if (!values) continue;
      reading.spend(8);
      values.push(value);
    }
    draft[name] = { count, ...(values && { values }) } satisfies Sizes;
  };

/** Records where the bytes of the field are, and keeps them if they are few. */
const blob =
  (name: string): Read =>
  ({ cursor, spend }, draft, end) => {
    const [at, length] = [cursor.at, end - cursor.at];
    if (length <= FEW_BYTES) spend(length);
    draft[name] = { at, length, ...(length <= FEW_BYTES && { bytes: cursor.bytes(length) }) } satisfies Blob;
    cursor.seek(end);
  };

const skip: Read = ({ cursor }, _draft, end) => cursor.seek(end);

/** Reads one message. It may be written twice; the fields of the second are then added to the first. */
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

function plainField(name: string, [, type, repeated]: FieldRow, scalars: typeof SCALARS): Field {
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

function outlineField(name: string, row: FieldRow): Field {
  const [, type, repeated, role] = row;
  if (role === 'aside') return { name, wires: [0, 1, 2, 5], read: skip };
  if (role !== 'weights') return plainField(name, row, OUTLINE_SCALARS);
  if (repeated !== 'list') return { name, wires: [LENGTH_DELIMITED], read: blob(name) };
  const scalar = OUTLINE_SCALARS[type]!;
  return { name, wires: [scalar.wire, LENGTH_DELIMITED], read: sizes(name, scalar) };
}

/** Makes the tables of one set of readers. `isList` selects the fields that are empty lists if the file omits them. */
function tablesOf(
  fieldOf: (name: string, row: FieldRow) => Field,
  isList: (row: FieldRow) => boolean,
): Tables {
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
