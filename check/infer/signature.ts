/** Derives element types from the schema of an operator. In one node, each type variable has one type. */
import type { Node } from '../../compiler/onnx/model.ts';
import { allows, OPTIONAL, OTHER, onlyType, type Param, type Schema, SEQUENCE } from '../schema.ts';
import { dtypeText, isDtype } from '../sizes.ts';
import { fail } from './call.ts';
import { type Value, valueText } from './types.ts';

const bitOf = (value: Value): number => {
  if (value.kind === 'tensor') return value.dtype;
  return { sequence: SEQUENCE, optional: OPTIONAL, other: OTHER }[value.kind];
};

/** The parameter of the input or output at a position. A variadic last parameter applies to all later positions. */
export const paramAt = (params: readonly Param[], i: number): Param | undefined =>
  params[i] ?? (params.at(-1)?.variadic ? params.at(-1) : undefined);

/** Whether a node has too few or too many inputs, or too many outputs, which D632 reports. */
export function missesInput({ input, output }: Node, { inputs, outputs, least }: Schema): boolean {
  const lacks = inputs.some(({ optional, variadic }, i) => !optional && !variadic && !input[i]);
  const many = (given: number, params: readonly Param[]): boolean =>
    given > params.length && params.at(-1)?.variadic === undefined;
  return lacks || input.length < least.inputs || many(input.length, inputs) || many(output.length, outputs);
}

/**
 * The type of each type variable. Throws a Misfit if the type of an input is not allowed, or if two inputs of one
 * variable have different types.
 */
export function bindTypes(schema: Schema, ins: readonly (Value | undefined)[]): ReadonlyMap<string, number> {
  const bound = new Map<string, { type: number; input: number }>();
  ins.forEach((value, i) => {
    const param = paramAt(schema.inputs, i);
    if (!value || !param) return;
    const bit = bitOf(value);
    if (bit === 0) return;
    if (!allows(param.types, bit))
      fail(`input ${i} is ${valueText(value)}, a type that the operator does not take`);
    if (param.variable === undefined || param.variadic === 'any' || !isDtype(bit)) return;
    const known = bound.get(param.variable);
    if (known && known.type !== bit)
      fail(
        `inputs ${known.input} and ${i} must have the same type, but are ${dtypeText(known.type)} and ${dtypeText(bit)}`,
      );
    if (!known) bound.set(param.variable, { type: bit, input: i });
  });
  return new Map([...bound].map(([variable, { type }]) => [variable, type]));
}

/** The element type of an output if the schema determines it, and 0 otherwise. */
export function outputType(schema: Schema, types: ReadonlyMap<string, number>, i: number): number {
  const param = paramAt(schema.outputs, i);
  if (!param || param.variadic === 'any') return 0;
  const bound = param.variable === undefined ? undefined : types.get(param.variable);
  const only = onlyType(param.types);
  return bound ?? (isDtype(only) ? only : 0);
}
