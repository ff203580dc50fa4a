/** The view that an inference rule has of a node: the types of its inputs, its attributes, and a way to report a fault. */
import type { Attribute, Graph, Tensor } from '../../compiler/onnx/model.ts';
import { counted } from '../rule.ts';
import type { Shape, Size, TensorValue, Value } from './types.ts';

/** The result of a rule for one output. The element type follows from the schema unless it is given here. */
export interface Out {
  readonly dtype?: number;
  readonly shape?: Shape | undefined;
  readonly value?: readonly Size[] | undefined;
  /** The complete value, for an output that is not a tensor or that is an unchanged input. */
  readonly whole?: Value | undefined;
}

export interface Call {
  readonly op: string;
  /** The imported version of the domain. */
  readonly version: number;
  /** The values of the node's inputs; undefined for an input that is left out or unknown. */
  readonly ins: readonly (Value | undefined)[];
  readonly outputs: number;
  /** Whether an input is given, even if its value is unknown. */
  readonly has: (input: number) => boolean;
  readonly attribute: (name: string) => Attribute | undefined;
  /** The types of a body's outputs for these inputs. If `settle` is true, nothing is reported: the types may change. */
  readonly body: (
    graph: Graph,
    inputs: readonly (Value | undefined)[],
    settle?: boolean,
  ) => readonly (Value | undefined)[];
  readonly constant: (tensor: Tensor) => TensorValue;
  /** Whether an input is an initializer or the output of a `Constant` of the same scope. */
  readonly isConstant: (input: number) => boolean;
  /** Reports a warning: ONNX forbids something, but ONNX Runtime ignores it. */
  readonly doubt: (message: string) => void;
}

export type InferenceRule = (call: Call) => readonly (Out | undefined)[];
export type InferenceRules = Readonly<Record<string, InferenceRule>>;

/** Thrown if an operator cannot take its inputs: it ends the rule and is reported as D631. */
export class Misfit extends Error {}

export const fail = (message: string): never => {
  throw new Misfit(message);
};

export const tensor = ({ ins }: Call, i: number): TensorValue | undefined => {
  const value = ins[i];
  return value?.kind === 'tensor' ? value : undefined;
};

export const shapeIn = (call: Call, i: number): Shape | undefined => tensor(call, i)?.shape;
export const valueIn = (call: Call, i: number): readonly Size[] | undefined => tensor(call, i)?.value;

/** The elements of an input, if all of them are numbers. */
export function numbersIn(call: Call, i: number): readonly number[] | undefined {
  const value = valueIn(call, i);
  return value?.every((v) => typeof v === 'number') ? (value as readonly number[]) : undefined;
}

export const int = (call: Call, name: string, otherwise: number): number =>
  call.attribute(name)?.i ?? otherwise;
export const ints = (call: Call, name: string): readonly number[] | undefined => call.attribute(name)?.ints;

/** An attribute with one number for each axis. If the attribute is absent, each number is `otherwise`. */
export function listOf(call: Call, name: string, rank: number, otherwise: number): readonly number[] {
  const given = ints(call, name);
  if (!given) return new Array<number>(rank).fill(otherwise);
  if (given.length !== rank)
    fail(`${call.op}: ${name} has ${counted(given.length, 'number')}, but needs ${rank}`);
  return given;
}

const TEXT = new TextDecoder();
export const string = (call: Call, name: string, otherwise: string): string => {
  const s = call.attribute(name)?.s;
  return s ? TEXT.decode(s) : otherwise;
};

/** The position of an axis, from 0. A negative axis counts from the end. Fails if the tensor has no such axis. */
export function axisOf(axis: number, rank: number, what = 'axis'): number {
  const at = axis < 0 ? axis + rank : axis;
  return Number.isInteger(at) && at >= 0 && at < rank
    ? at
    : fail(`${what} ${axis} is out of range for a tensor with ${counted(rank, 'dim')}`);
}

/** The `axes`: an attribute in early versions, and an input in later versions. Undefined if they are unknown. */
export function axesIn(call: Call, input: number): readonly number[] | undefined | 'absent' {
  const attribute = ints(call, 'axes');
  if (attribute) return attribute;
  return call.has(input) ? numbersIn(call, input) : 'absent';
}
