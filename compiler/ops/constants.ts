/**
 * Ops without inputs (literals, the attributes of an enclosing body, dims as numbers, counters, the sinusoid
 * table), and functions that add them to a graph.
 */

import type { Builder, Value } from '../ir/build.ts';
import type { Dim } from '../ir/dim.ts';
import { NO_FLOATS } from '../ir/float16.ts';
import { type AttrRef, type Attrs, type AttrValue, type DType, type Literal, type } from '../ir/graph.ts';
import type { Primitive } from '../ir/op.ts';
import { tabulate, tensor } from '../ir/tensors.ts';
import { tableExpr } from '../ir/weight_expr.ts';
import { free } from '../ir/work.ts';
import { dim, int, literalOf } from './shapes.ts';

export const constant: Primitive = {
  name: 'constant',
  doc: 'A small tensor that is written into the graph.',
  float16: NO_FLOATS,
  ins: [],
  outs: ['value'],
  attrs: { value: { kind: 'literal' } },
  samples: [{ ins: [], attrs: { value: { dtype: 'f32', shape: [3], data: [1, 2.5, -3] } } }],
  infer: (_, attrs) => {
    const { dtype, shape } = literalOf(attrs, 'value');
    return [{ dtype, shape }];
  },
  ref: (_, attrs) => {
    const { dtype, shape, data } = literalOf(attrs, 'value');
    return [tensor(dtype, shape, data)];
  },
  cost: free,
  onnx: (scope, _, [out], node) =>
    scope.node('Identity', [scope.literal(literalOf(node.attrs, 'value'))], [out!]),
};

export const attribute: Primitive = {
  name: 'attribute',
  doc: 'A float attribute of the op whose body holds this node, as an f32 scalar.',
  float16: NO_FLOATS,
  ins: [],
  outs: ['value'],
  attrs: { of: { kind: 'string' } },
  samples: [],
  infer: () => [type('f32')],
  cost: free,
  onnx: (scope, _, outs, node) =>
    scope.node('Constant', [], outs, { value_float: { ref: node.attrs.of as string } }),
};

export const dimValue: Primitive = {
  name: 'dim_value',
  doc: 'The length `of` as an i64 scalar.',
  float16: NO_FLOATS,
  ins: [],
  outs: ['value'],
  attrs: { of: { kind: 'dim' } },
  samples: [{ ins: [], attrs: { of: 7 } }],
  infer: () => [type('i64')],
  ref: (_, attrs, value) => [tensor('i64', [], [value(dim(attrs, 'of'))])],
  cost: free,
  onnx: (scope, _, outs, node) => scope.node('Squeeze', [scope.dim(dim(node.attrs, 'of'))], outs),
};

export const iota: Primitive = {
  name: 'iota',
  doc: '0, 1, …, n − 1 as i64.',
  float16: NO_FLOATS,
  cheap: true,
  ins: [],
  outs: ['value'],
  attrs: { n: { kind: 'dim' } },
  samples: [{ ins: [], attrs: { n: 5 } }],
  infer: (_, attrs) => [type('i64', dim(attrs, 'n'))],
  ref: (_, attrs, value) => [tabulate('i64', [value(dim(attrs, 'n'))], ([i]) => i!)],
  cost: free,
  onnx: (scope, _, outs, node) => {
    const end = scope.fresh('end', type('i64'));
    scope.node('Squeeze', [scope.dim(dim(node.attrs, 'n'))], [end]);
    const bound = (x: number): string => scope.literal({ dtype: 'i64', shape: [], data: [x] });
    scope.node('Range', [bound(0), end, bound(1)], outs);
  },
};

/**
 * The row of position p in fairseq's table of sinusoids: sines of p·f_j, then cosines, with f_j = 10000^(−j/(d/2 − 1)).
 * A row of odd length ends in 0.
 */
function sinusoid(position: number, width: number): Float32Array {
  const half = Math.floor(width / 2);
  const row = new Float32Array(width);
  for (let j = 0; j < half; j++) {
    const angle = position * Math.exp((-j * Math.log(10000)) / Math.max(half - 1, 1));
    row[j] = Math.sin(angle);
    row[half + j] = Math.cos(angle);
  }
  return row;
}

function sinusoids(attrs: Attrs): { shape: readonly [number, number]; row: (p: number) => Float32Array } {
  const [rows, width, zero] = [int(attrs, 'rows'), int(attrs, 'width'), int(attrs, 'zero_row')];
  const row = (p: number): Float32Array => (p === zero ? new Float32Array(width) : sinusoid(p, width));
  return { shape: [rows, width], row };
}

export const sinusoidTable: Primitive = {
  name: 'sinusoid_table',
  doc: 'Position vectors f32 [rows, width] as fairseq computes them; row `zero_row` is all zero.',
  float16: NO_FLOATS,
  ins: [],
  outs: ['table'],
  attrs: { rows: { kind: 'int' }, width: { kind: 'int' }, zero_row: { kind: 'int' } },
  samples: [{ ins: [], attrs: { rows: 4, width: 6, zero_row: 1 } }],
  infer: (_, attrs) => [type('f32', int(attrs, 'rows'), int(attrs, 'width'))],
  ref: (_, attrs) => {
    const { shape, row } = sinusoids(attrs);
    const table = Array.from({ length: shape[0] }, (_row, p) => row(p));
    return [tabulate('f32', shape, ([p, j]) => table[p!]![j!]!)];
  },
  cost: free,
  onnx: (scope, _, [out], { attrs }) => {
    const { shape, row } = sinusoids(attrs);
    scope.node('Identity', [scope.table(`sinusoids_${shape.join('x')}`, shape, row)], [out!]);
  },
  onWeights: (_, { attrs }) => {
    const { shape, row } = sinusoids(attrs);
    return tableExpr('sinusoids', shape, row).stream;
  },
};

/** Adds a literal of any shape. */
export const literal = (
  b: Builder,
  dtype: DType,
  shape: readonly number[],
  data: readonly number[],
): Value => {
  const value: Literal = { dtype, shape, data };
  return b.add(constant, [], { value });
};

export const scalar = (b: Builder, dtype: DType, value: number): Value => literal(b, dtype, [], [value]);

/** Adds a float attribute inside a body: a literal if its value is known, else a reference to the attribute. */
export const floatAttr = (b: Builder, value: AttrValue): Value =>
  typeof value === 'number' ? scalar(b, 'f32', value) : b.add(attribute, [], { of: (value as AttrRef).ref });

export const dimAsValue = (b: Builder, d: Dim): Value => b.add(dimValue, [], { of: d });
