/**
 * The types of messages, derived from the table of messages.ts. A message has three types:
 * - `Written` is what the writer takes. Every field may be missing or undefined.
 * - `Whole` is what `decodeModelProto` gives. Its lists are never missing. A `Whole` message is a `Written` message.
 * - `Outline` is what `decodeModel` gives for an untrusted file. It leaves weights in the file.
 * Each of the three is a `Common` message, for code that reads no weights.
 */
import type { MESSAGES, MessageName } from './messages.ts';

/** Bytes that are left in the file. */
export interface Blob {
  /** The offset in the file. */
  readonly at: number;
  readonly length: number;
  /** The bytes, if they are few. */
  readonly bytes?: Uint8Array;
}

/** A list of numbers. A long list is not loaded; it stays in the file. */
export interface Sizes {
  readonly count: number;
  /** The numbers, if they are few. */
  readonly values?: readonly number[];
}

/** A 64-bit integer: a number if it is exact, otherwise a bigint. */
export type Int64 = number | bigint;

interface View {
  readonly int64: Int64;
  readonly lists: 'always' | 'maybe';
  readonly weights: 'here' | 'outside' | 'either';
}

type Table = typeof MESSAGES;

type RowOf<N extends MessageName, F extends keyof Table[N]> = Table[N][F] & readonly unknown[];

type IsList<R extends readonly unknown[]> = R extends readonly [unknown, unknown, 'list', ...unknown[]]
  ? true
  : false;

type RoleOf<R extends readonly unknown[]> = R extends readonly [unknown, unknown, unknown, infer Role]
  ? Role
  : 'plain';

/** The type of a field's value, or of one element if the field is a list. */
type Element<T, V extends View> = T extends MessageName
  ? Message<T, V>
  : T extends 'string'
    ? string
    : T extends 'bytes'
      ? Uint8Array
      : T extends 'int64' | 'uint64'
        ? V['int64']
        : number;

type Plain<R extends readonly unknown[], V extends View> =
  IsList<R> extends true ? readonly Element<R[1], V>[] : Element<R[1], V>;

type Value<R extends readonly unknown[], V extends View> =
  RoleOf<R> extends 'weights'
    ? {
        readonly here: Plain<R, V>;
        readonly outside: R[1] extends 'bytes' ? Blob : Sizes;
        readonly either: unknown;
      }[V['weights']]
    : Plain<R, V>;

/** Whether a view has the field. An outline lacks the fields that no rule reads. */
type Has<R extends readonly unknown[], V extends View> =
  RoleOf<R> extends 'aside' ? (V['weights'] extends 'here' ? true : false) : true;

/** Whether the field is never missing. Weights that are left in the file are not lists. */
type Always<R extends readonly unknown[], V extends View> = V['lists'] extends 'always'
  ? RoleOf<R> extends 'weights'
    ? V['weights'] extends 'here'
      ? IsList<R>
      : false
    : IsList<R>
  : false;

type Message<N extends MessageName, V extends View> = {
  readonly [F in keyof Table[N] as Has<RowOf<N, F>, V> extends true
    ? Always<RowOf<N, F>, V> extends true
      ? F
      : never
    : never]: Value<RowOf<N, F>, V>;
} & {
  readonly [F in keyof Table[N] as Has<RowOf<N, F>, V> extends true
    ? Always<RowOf<N, F>, V> extends true
      ? never
      : F
    : never]?: Value<RowOf<N, F>, V> | undefined;
};

export type Written<N extends MessageName> = Message<N, { int64: Int64; lists: 'maybe'; weights: 'here' }>;
export type Whole<N extends MessageName> = Message<N, { int64: Int64; lists: 'always'; weights: 'here' }>;
export type Outline<N extends MessageName> = Message<
  N,
  { int64: number; lists: 'always'; weights: 'outside' }
>;
export type Common<N extends MessageName> = Message<N, { int64: Int64; lists: 'maybe'; weights: 'either' }>;

export type ModelProto = Written<'ModelProto'>;
export type NodeProto = Written<'NodeProto'>;
export type AttributeProto = Written<'AttributeProto'>;
export type TensorProto = Written<'TensorProto'>;
export type SparseTensorProto = Written<'SparseTensorProto'>;
export type TypeProto = Written<'TypeProto'>;
export type ValueInfoProto = Written<'ValueInfoProto'>;
export type GraphProto = Written<'GraphProto'>;
export type FunctionProto = Written<'FunctionProto'>;

/** Short names for the outlines that the checker works on. */
export type Model = Outline<'ModelProto'>;
export type Graph = Outline<'GraphProto'>;
export type Node = Outline<'NodeProto'>;
export type Attribute = Outline<'AttributeProto'>;
export type LocalFunction = Outline<'FunctionProto'>;
export type Tensor = Outline<'TensorProto'>;
export type SparseTensor = Outline<'SparseTensorProto'>;
export type Info = Outline<'ValueInfoProto'>;
export type TypeMessage = Outline<'TypeProto'>;
export type Import = Outline<'OperatorSetIdProto'>;
