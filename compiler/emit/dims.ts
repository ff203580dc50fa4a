/**
 * Computes symbolic dims at run time: the axis from which a symbol is read, and the ONNX nodes of each operation on
 * dims.
 * Every dim is an i64[1], so a vector of dims is a concatenation.
 */
import type { DimOp } from '../ir/dim.ts';
import { type } from '../ir/graph.ts';
import type { OnnxScope } from '../ir/onnx_scope.ts';
import { ONNX_DTYPE } from '../onnx/element_types.ts';

const ONE = type('i64', 1);

/** The axis of a value from which a symbol is read. The length of the axis is `factor` times the symbol. */
export interface SymbolHome {
  readonly value: string;
  readonly axis: number;
  readonly factor: number;
}

/** The powers of two, up to a number that exceeds every length of a tensor. */
const POWERS = Array.from({ length: 41 }, (_, p) => 2 ** p);

type WriteDim = (scope: OnnxScope, args: readonly string[], out: string) => void;

const fold =
  (operator: string): WriteDim =>
  (scope, args, out) => {
    let left = args[0]!;
    args.slice(1).forEach((right, i) => {
      const result = i === args.length - 2 ? out : scope.fresh('dim', ONE);
      scope.node(operator, [left, right], [result]);
      left = result;
    });
  };

/** Counts the powers of two that are smaller than x, which is ceil(log2 x). */
const countPowers: WriteDim = (scope, [x], out) => {
  const [above, ones] = [
    scope.fresh('above', type('bool', POWERS.length)),
    scope.fresh('ones', type('i64', POWERS.length)),
  ];
  scope.node('Greater', [x!, scope.i64(...POWERS)], [above]);
  scope.node('Cast', [above], [ones], { to: ONNX_DTYPE.i64 });
  scope.node('ReduceSum', [ones, scope.i64(0)], [out], { keepdims: 1 });
};

export const DIM_FORMS: Readonly<Record<DimOp, WriteDim>> = {
  add: fold('Add'),
  mul: fold('Mul'),
  min: fold('Min'),
  max: fold('Max'),
  floordiv: fold('Div'),
  ceildiv: (scope, [a, b], out) => {
    const [sum, raised] = [scope.fresh('dim', ONE), scope.fresh('dim', ONE)];
    scope.node('Add', [a!, b!], [sum]);
    scope.node('Sub', [sum, scope.i64(1)], [raised]);
    scope.node('Div', [raised, b!], [out]);
  },
  log2ceil: countPowers,
  pow2ceil: (scope, args, out) => {
    const exponent = scope.fresh('exponent', ONE);
    countPowers(scope, args, exponent);
    scope.node('Gather', [scope.i64(...POWERS), exponent], [out], { axis: 0 });
  },
};
