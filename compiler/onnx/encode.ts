/**
 * Encodes messages as bytes, with the table of messages.ts and protobufjs' `Writer`. Fields are written in ascending
 * order of their numbers, and lists of numbers are packed. The encoders that protobufjs generates do the same, so they
 * write the same bytes for the same message.
 */
import protobuf from 'protobufjs/minimal.js';
import { isMessage, type MessageName, rowsOf, type Scalar } from './messages.ts';
import type { Written } from './model.ts';
import { LENGTH_DELIMITED } from './wire.ts';

type Writer = protobuf.Writer;

type Long = Exclude<Parameters<Writer['int64']>[0], number | string>;

/** An integer beyond 2^53 as the two halves that protobufjs takes. Negative integers are in two's complement. */
function halves(value: bigint): Long {
  const [low, high] = [Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n))];
  return { low, high, unsigned: true } as Long;
}

const integer = (value: unknown): number | Long =>
  typeof value === 'bigint' ? halves(value) : (value as number);

/** The wire type of each scalar, and the function that writes its value. */
const SCALARS: Readonly<
  Record<Scalar, readonly [wire: number, write: (out: Writer, value: unknown) => void]>
> = {
  int32: [0, (out, value) => out.int32(value as number)],
  int64: [0, (out, value) => out.int64(integer(value))],
  uint64: [0, (out, value) => out.uint64(integer(value))],
  double: [1, (out, value) => out.double(value as number)],
  string: [2, (out, value) => out.string(value as string)],
  bytes: [2, (out, value) => out.bytes(value as Uint8Array)],
  float: [5, (out, value) => out.float(value as number)],
};

type WriteField = (out: Writer, value: unknown) => void;

type Fields = readonly (readonly [name: string, write: WriteField])[];

const tables = new Map<MessageName, Fields>();

/** The table of a message. It is built when it is first needed, because tables refer to each other in cycles. */
function fieldsOf(name: MessageName): Fields {
  const known = tables.get(name);
  if (known) return known;
  const fields = rowsOf(name).map(
    ([field, [number, type, repeated]]) =>
      [field, repeated === 'list' ? listWriter(number, type) : oneWriter(number, type)] as const,
  );
  tables.set(name, fields);
  return fields;
}

function oneWriter(number: number, type: string): WriteField {
  if (isMessage(type)) {
    return (out, value) => {
      out.uint32((number << 3) | LENGTH_DELIMITED).fork();
      writeMessage(out, type, value as object);
      out.ldelim();
    };
  }
  const [wire, write] = SCALARS[type as Scalar];
  return (out, value) => write(out.uint32((number << 3) | wire), value);
}

function listWriter(number: number, type: string): WriteField {
  const one = oneWriter(number, type);
  const [wire, write] = isMessage(type) ? [LENGTH_DELIMITED] : SCALARS[type as Scalar];
  if (wire === LENGTH_DELIMITED || !write)
    return (out, value) => {
      for (const element of value as readonly unknown[]) one(out, element);
    };
  return (out, value) => {
    const list = value as readonly unknown[];
    if (list.length === 0) return;
    out.uint32((number << 3) | LENGTH_DELIMITED).fork();
    for (const element of list) write(out, element);
    out.ldelim();
  };
}

function writeMessage(out: Writer, name: MessageName, message: object): void {
  const values = message as Readonly<Record<string, unknown>>;
  for (const [field, write] of fieldsOf(name)) {
    const value = values[field];
    if (value !== undefined && value !== null) write(out, value);
  }
}

/**
 * Encodes a message. `room` is the number of bytes to reserve: a writer that must grow has two copies of its bytes in
 * memory for a while.
 */
export function encodeMessage<N extends MessageName>(name: N, message: Written<N>, room = 0): Uint8Array {
  // This writer never uses Node's `Buffer`, so Node and browsers give the same kind of bytes.
  const out = new protobuf.Writer();
  if (room > 0) out.buf = new Uint8Array(room);
  writeMessage(out, name, message);
  return out.finish(room > 0);
}

/** The bytes that are reserved for all parts of a large model except its weights. */
const SPARE = 1 << 20;

/** A model is large where its weights have more bytes than this. */
const LARGE = 1 << 24;

export function encodeModelProto(model: Written<'ModelProto'>): Uint8Array {
  const weights = (model.graph?.initializer ?? []).reduce(
    (sum, { rawData }) => sum + (rawData?.length ?? 0),
    0,
  );
  return encodeMessage('ModelProto', model, weights > LARGE ? weights + SPARE : 0);
}
