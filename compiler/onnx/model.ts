/**
 * The types of messages, derived from the table of messages.ts. There are three views of one message:
 * - `Written`: what the writer takes. Every field may be missing or undefined.
 * - `Whole`: what the full reading gives. Lists are always there, and a `Whole` message is a `Written` one.
 * - `Outline`: what the reading within bounds gives, for files that nobody has checked. Weights stay where they are.
 * `Common` is what all of them are, for code that looks at no weights.
 */
import type { MESSAGES, MessageName } from './messages.ts';

/** Bytes that stayed where they are. */
export interface Blob {
  /** Offset in the file. */
  readonly at: number;
  readonly length: number;
  /** The bytes, where they are few. */
  readonly bytes?: Uint8Array;
}

/** How many numbers there are. */
export interface Sizes {
  readonly count: number;
  /** The numbers, where they are few. */
  readonly values?: readonly number[];
}

/** A 64-bit integer: a number where that is exact, else a bigint. */
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

/** One element of a field. */
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

/** Whether a view has the field: only a full one has those that no rule looks at. */
type Has<R extends readonly unknown[], V extends View> =
  RoleOf<R> extends 'aside' ? (V['weights'] extends 'here' ? true : false) : true;

/** Whether the field is always there. Weights that stayed outside are no lists. */
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

/** The outlines that the checker works on have short names. */
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
