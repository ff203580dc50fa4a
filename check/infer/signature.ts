/** Types of elements by an operator's signature: its variables stand for one type each. */
import type { Node } from '../../compiler/onnx/model.ts';
import { allows, OPTIONAL, OTHER, onlyType, type Param, type Schema, SEQUENCE } from '../schema.ts';
import { dtypeText, isDtype } from '../sizes.ts';
import { fail } from './call.ts';
import { type Value, valueText } from './types.ts';

const bitOf = (value: Value): number => {
  if (value.kind === 'tensor') return value.dtype;
  return { sequence: SEQUENCE, optional: OPTIONAL, other: OTHER }[value.kind];
};

/** Of the input or output at a place; a variadic one stands for all behind it. */
export const paramAt = (params: readonly Param[], i: number): Param | undefined =>
  params[i] ?? (params.at(-1)?.variadic ? params.at(-1) : undefined);

export function missesInput({ input, output }: Node, { inputs, outputs, least }: Schema): boolean {
  const lacks = inputs.some(({ optional, variadic }, i) => !optional && !variadic && !input[i]);
  const many = (given: number, params: readonly Param[]): boolean =>
    given > params.length && params.at(-1)?.variadic === undefined;
  return lacks || input.length < least.inputs || many(input.length, inputs) || many(output.length, outputs);
}

/** What each type variable is, or a Misfit where an input's type is not allowed, or two of one variable differ. */
export function bindTypes(schema: Schema, ins: readonly (Value | undefined)[]): ReadonlyMap<string, number> {
  const bound = new Map<string, { type: number; input: number }>();
  ins.forEach((value, i) => {
    const param = paramAt(schema.inputs, i);
    if (!value || !param) return;
    const bit = bitOf(value);
    if (bit === 0) return;
    if (!allows(param.types, bit)) fail(`input ${i} may not be ${valueText(value)}`);
    if (param.variable === undefined || param.variadic === 'any' || !isDtype(bit)) return;
    const known = bound.get(param.variable);
    if (known && known.type !== bit)
      fail(
        `inputs ${known.input} and ${i} must be of one type, and are ${dtypeText(known.type)} and ${dtypeText(bit)}`,
      );
    if (!known) bound.set(param.variable, { type: bit, input: i });
  });
  return new Map([...bound].map(([variable, { type }]) => [variable, type]));
}

/** The type of an output's elements, where the signature tells it; else 0. */
export function outputType(schema: Schema, types: ReadonlyMap<string, number>, i: number): number {
  const param = paramAt(schema.outputs, i);
  if (!param || param.variadic === 'any') return 0;
  const bound = param.variable === undefined ? undefined : types.get(param.variable);
  const only = onlyType(param.types);
  return bound ?? (isDtype(only) ? only : 0);
}
