/**
 * Tests that the interface of gradients is sufficient. It differentiates a small graph, with rules for a few ops that
 * are defined here, and compares the result with differences of the interpreter's values. The ops themselves have no
 * rules yet.
 */
import { describe, expect, test } from 'vitest';
import { type Builder, createBuilder, type Value } from '../../../compiler/ir/build.ts';
import type { GradientRule, NoGradient } from '../../../compiler/ir/gradient.ts';
import { type Graph, type TensorType, type, type ValueId } from '../../../compiler/ir/graph.ts';
import { interpret } from '../../../compiler/ir/interpret.ts';
import type { Op, Tensor } from '../../../compiler/ir/op.ts';
import { verify } from '../../../compiler/ir/verify.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { randomTensor, weightByName } from '../ops/samples.ts';
import { graphOf } from './graphs.ts';

const op = (name: string): Op => OPS[name]!;
const apply = (b: Builder, name: string, ins: readonly Value[], attrs = {}): Value =>
  b.add(op(name), ins, attrs);

/** The derivative of a broadcast operand, which is summed where the operand was repeated. */
function narrowed(b: Builder, d: Value, { shape }: TensorType): Value {
  const extra = d.type.shape.length - shape.length;
  const summed = d.type.shape.reduce<Value>(
    (sum, length, axis) =>
      axis < extra || (shape[axis - extra] === 1 && length !== 1)
        ? apply(b, 'reduce_sum', [sum], { axis })
        : sum,
    d,
  );
  return extra > 0 ? apply(b, 'reshape', [summed], { shape }) : summed;
}

const turned = (b: Builder, x: Value): Value => apply(b, 'transpose', [x], { order: [1, 0] });

const RULES: Readonly<Record<string, GradientRule | NoGradient>> = {
  add: ({ b, ins, douts: [d] }) => ins.map((x) => narrowed(b, d!, x!.type)),
  mul: ({ b, ins: [x, y], douts: [d] }) => [
    narrowed(b, apply(b, 'mul', [d!, y!]), x!.type),
    narrowed(b, apply(b, 'mul', [d!, x!]), y!.type),
  ],
  matmul: ({ b, ins: [x, y], douts: [d] }) => [
    apply(b, 'matmul', [d!, turned(b, y!)]),
    apply(b, 'matmul', [turned(b, x!), d!]),
  ],
  relu: ({ b, outs: [y], douts: [d] }) => {
    const zero = apply(b, 'constant', [], { value: { dtype: 'f32', shape: [], data: [0] } });
    return [apply(b, 'where', [apply(b, 'greater', [y!, zero]), d!, zero])];
  },
  reduce_sum: ({ b, ins: [x], douts: [d] }) => [apply(b, 'expand', [d!], { shape: x!.type.shape })],
  reshape: ({ b, ins: [x], douts: [d] }) => [apply(b, 'reshape', [d!], { shape: x!.type.shape })],
  argmax: { none: 'a position does not change with the numbers around it' },
};

const RULED: Readonly<Record<string, Op>> = {
  ...OPS,
  ...Object.fromEntries(Object.entries(RULES).map(([name, grad]) => [name, { ...op(name), grad }])),
};

/** Adds an output for each named input: the derivative of the only output, a scalar, with respect to this input. */
function differentiate(graph: Graph, by: readonly string[]): Graph {
  const b = createBuilder(graph.name);
  const now = new Map<ValueId, Value>();
  const gradients = new Map<ValueId, Value>();
  const valueAt = (id: ValueId | null): Value | null => (id === null ? null : now.get(id)!);
  for (const { name, id } of graph.inputs) now.set(id, b.input(name, graph.types[id]!));
  for (const { id, weight } of graph.params) now.set(id, b.param(weight));
  for (const node of graph.nodes) {
    const types = node.outs.map((id) => graph.types[id]!);
    const outs = b.node(RULED[node.op]!, node.ins.map(valueAt), node.attrs, types);
    node.outs.forEach((id, i) => void now.set(id, outs[i]!));
  }
  const [loss] = graph.outputs;
  const one = { dtype: 'f32', shape: [], data: [1] } as const;
  gradients.set(loss!.id, apply(b, 'constant', [], { value: one }));
  for (const node of [...graph.nodes].reverse()) {
    const douts = node.outs.map((id) => gradients.get(id) ?? null);
    if (douts.every((d) => d === null) || node.ins.length === 0) continue;
    const { grad } = RULED[node.op]!;
    if (typeof grad !== 'function') throw new Error(`${node.op}: ${grad?.none ?? 'no rule'}`);
    const [ins, outs] = [node.ins.map(valueAt), node.outs.map((id) => now.get(id)!)];
    grad({ b, ins, outs, douts, attrs: node.attrs }).forEach((d, i) => {
      const id = node.ins[i]!;
      const known = gradients.get(id);
      if (d) gradients.set(id, known ? apply(b, 'add', [known, d]) : d);
    });
  }
  b.output(loss!.name, now.get(loss!.id)!);
  const ports = [...graph.inputs, ...graph.params.map(({ id, weight }) => ({ id, name: weight.name }))];
  for (const { name, id } of ports) if (by.includes(name)) b.output(`d.${name}`, gradients.get(id)!);
  return b.done();
}

/** The central differences of the only output for each element of an input. */
function differences(graph: Graph, inputs: Readonly<Record<string, Tensor>>, by: string): readonly number[] {
  const step = 1e-5;
  const lossAt = (i: number, change: number): number => {
    const given = inputs[by]!;
    const data = given.data.map((x, at) => (at === i ? x + change : x));
    return interpret(graph, { ...inputs, [by]: { ...given, data } }, weightByName, OPS).loss!.data[0]!;
  };
  return [...inputs[by]!.data.keys()].map((i) => (lossAt(i, step) - lossAt(i, -step)) / (2 * step));
}

/** Σ (relu(x·w + bias) · x·w). x·w is read twice, and the bias is broadcast. */
const TEXT = `graph g(x: %0 f32[n, 3], w: %1 f32[3, 4], bias: %2 f32[4]) {
  %3: f32[n, 4] = matmul(%0, %1)
  %4: f32[n, 4] = add(%3, %2)
  %5: f32[n, 4] = relu(%4)
  %6: f32[n, 4] = mul(%5, %3)
  %7: f32[n, 1] = reduce_sum(%6) {axis: 1}
  %8: f32[1, 1] = reduce_sum(%7) {axis: 0}
  %9: f32[] = reshape(%8) {shape: []}
  return loss: %9
}
`;

describe('rules in the record of an op', () => {
  const graph = graphOf(TEXT);
  const inputs = {
    x: randomTensor(type('f32', 5, 3), 1),
    w: randomTensor(type('f32', 3, 4), 2),
    bias: randomTensor(type('f32', 4), 3),
  };

  test('differentiate a small graph with symbols and broadcasts', () => {
    const trained = differentiate(graph, ['x', 'w', 'bias']);
    expect(verify(trained, RULED)).toEqual([]);
    const results = interpret(trained, inputs, weightByName, OPS);
    for (const name of ['x', 'w', 'bias'] as const) {
      const want = differences(graph, inputs, name);
      const got = results[`d.${name}`]!;
      expect(got.shape).toEqual(inputs[name].shape);
      got.data.forEach((d, i) => void expect(d).toBeCloseTo(want[i]!, 6));
      expect(want.some((d) => Math.abs(d) > 0.01)).toBe(true);
    }
  });

  test('give the reason why an op has no gradient', () => {
    const chosen = graphOf(`graph g(x: %0 f32[3], y: %1 f32[3]) {
  %2: f32[3] = mul(%0, %1)
  %3: i64[] = argmax(%2)
  return loss: %3
}
`);
    expect(() => differentiate(chosen, ['x'])).toThrow(/^argmax: a position does not change/);
  });
});
