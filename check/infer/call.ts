/** One node as its rule sees it: the inputs' types, the attributes, and how to say that they cannot be. */
import type { Attribute, Graph, Tensor } from '../../compiler/onnx/model.ts';
import { counted } from '../rule.ts';
import type { Shape, Size, TensorValue, Value } from './types.ts';

/** What a rule says of one output; the type of its elements follows from the signature unless it is given. */
export interface Out {
  readonly dtype?: number;
  readonly shape?: Shape | undefined;
  readonly value?: readonly Size[] | undefined;
  /** Of an output that is no tensor, or is an input as it was. */
  readonly whole?: Value | undefined;
}

export interface Call {
  readonly op: string;
  /** Of the domain. */
  readonly version: number;
  /** Of the node's inputs; undefined where one is left out or not known. */
  readonly ins: readonly (Value | undefined)[];
  readonly outputs: number;
  /** Whether an input is there, known or not. */
  readonly has: (input: number) => boolean;
  readonly attribute: (name: string) => Attribute | undefined;
  /** Types of a body's outputs, called with these inputs. */
  readonly body: (
    graph: Graph,
    inputs: readonly (Value | undefined)[],
    settle?: boolean,
  ) => readonly (Value | undefined)[];
  readonly constant: (tensor: Tensor) => TensorValue;
}

export type Rule = (call: Call) => readonly (Out | undefined)[];
export type RuleTable = Readonly<Record<string, Rule>>;

/** The inputs of an operator cannot be what they are; ends the rule and is told as D631. */
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

/** All elements, where each is a number. */
export function numbersIn(call: Call, i: number): readonly number[] | undefined {
  const value = valueIn(call, i);
  return value?.every((v) => typeof v === 'number') ? (value as readonly number[]) : undefined;
}

export const int = (call: Call, name: string, otherwise: number): number =>
  call.attribute(name)?.i ?? otherwise;
export const ints = (call: Call, name: string): readonly number[] | undefined => call.attribute(name)?.ints;

const TEXT = new TextDecoder();
export const string = (call: Call, name: string, otherwise: string): string => {
  const s = call.attribute(name)?.s;
  return s ? TEXT.decode(s) : otherwise;
};

/** An axis counted from the end, or one that there is not. */
export function axisOf(axis: number, rank: number, what = 'axis'): number {
  const at = axis < 0 ? axis + rank : axis;
  return Number.isInteger(at) && at >= 0 && at < rank
    ? at
    : fail(`${what} ${axis} is not one of a tensor with ${counted(rank, 'dim')}`);
}

/** `axes` as an attribute, as it was in early versions, or as an input; undefined where it is not known. */
export function axesIn(call: Call, input: number): readonly number[] | undefined | 'absent' {
  const attribute = ints(call, 'axes');
  if (attribute) return attribute;
  return call.has(input) ? numbersIn(call, input) : 'absent';
}
