/** The memory of training, compared with results by hand for small graphs, and by brute force for random ones. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bindings, evaluate } from '../../compiler/ir/dim.ts';
import { ELEMENT_BYTES } from '../../compiler/ir/dtype.ts';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { isComposite, type Op } from '../../compiler/ir/op.ts';
import { evaluatePolynomial } from '../../compiler/ir/polynomial.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { type FlatNode, flatten } from '../../report/algebra/flatten.ts';
import { trainingPeakOf } from '../../report/memory/training_memory.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { randomCase } from '../compiler/ir/random_graph.ts';
import { oneOp, randomTensor, sampleName, typeOf, weightByName } from '../compiler/ops/samples.ts';
import { effort } from '../effort.ts';

const peak = (text: string) => {
  const { bytes, phase, at } = trainingPeakOf(graphOf(text), OPS, new Map([['n', 10]]));
  return [Number(bytes) / 40, phase, at!.op];
};

describe('by hand, in floats for each of n rows', () => {
  test('linear, relu, linear, softmax', () => {
    const text = `graph g(x: %0 f32[n, 4]) {
  param %1 = "w" f32[8, 4] uniform(bound: 1)
  param %2 = "v" f32[6, 8] uniform(bound: 1)
  %3: f32[n, 8] = linear(%0, %1, -)
  %4: f32[n, 8] = relu(%3)
  %5: f32[n, 6] = linear(%4, %2, -)
  %6: f32[n, 6] = softmax(%5) {axis: -1}
  return y: %6
}`;
    // The results of relu (8) and softmax (6) are kept. Softmax's gradient reads one of 6 and makes one of 6.
    expect(peak(text)).toEqual([8 + 6 + 6 + 6, 'backward', 'softmax']);
  });

  test('a value that no gradient reads is released in the forward half', () => {
    const text = `graph g(x: %0 f32[n, 4]) {
  param %1 = "w" f32[8, 4] uniform(bound: 1)
  %2: f32[n, 8] = linear(%0, %1, -)
  %3: f32[n, 8] = add(%2, %2)
  %4: f32[n, 8] = neg(%3)
  %5: f32[n, 1] = reduce_sum(%4) {axis: 1}
  return y: %5
}`;
    // Gradients in reverse order: 1 and 8; 8 and 8; then 8 of the sum, and 8 for each of its two equal operands.
    expect(peak(text)).toEqual([24, 'backward', 'add']);
  });

  test('two gradients of a value are added, and a norm keeps two numbers for each row', () => {
    const text = `graph g(x: %0 f32[n, 4]) {
  param %1 = "w" f32[4, 4] uniform(bound: 1)
  param %2 = "gain" f32[4] constant(value: 1)
  param %3 = "bias" f32[4] constant(value: 0)
  %4: f32[n, 4] = linear(%0, %1, -)
  %5: f32[4*n] = reshape(%4) {shape: [4*n]}
  %6: f32[n, 4] = reshape(%5) {shape: [n, 4]}
  %7: f32[n, 4] = tanh(%6)
  %8: f32[n, 4] = layer_norm(%4, %2, %3) {epsilon: 0.00001}
  %9: f32[n, 12] = concat(%4, %7, %8) {axis: 1}
  return y: %9
}`;
    // The results of the linear (4) and of tanh (4) are kept, and two numbers of the norm. The gradient of concat has
    // 12 numbers, and those of its inputs 3 × 4.
    expect(peak(text)).toEqual([4 + 4 + 2 + 12 + 12, 'backward', 'concat']);
  });

  test('a value that depends on no weight has no gradient, but is kept if a gradient reads it', () => {
    const text = `graph g(x: %0 f32[n, 4]) {
  param %1 = "w" f32[4, 4] uniform(bound: 1)
  %2: f32[n, 4] = tanh(%0)
  %3: f32[n, 4] = linear(%2, %1, -)
  %4: f32[n, 1] = reduce_sum(%3) {axis: 1}
  return y: %4
}`;
    // The result of tanh (4) is kept for the weight's gradient. The sum reads 4 and makes 1.
    expect(peak(text)).toEqual([4 + 1 + 4, 'forward', 'reduce_sum']);
  });

  test('a loop keeps what enters each iteration, and computes one iteration again', () => {
    const text = `graph g(x: %0 f32[n, 4]) {
  param %1 = "w" f32[4, 4] uniform(bound: 1)
  %2: f32[n, 4] = linear(%0, %1, -)
  %3: i64[] = constant() {value: i64[](3)}
  %4: bool[] = constant() {value: bool[](1)}
  %5: f32[n, 4] = loop(%3, -, %2) (%6: i64[], %7: f32[n, 4]) {
    %8: f32[n, 4] = tanh(%7)
    yield %4, %8
  }
  return y: %5
}`;
    // The states that enter the three iterations have 3 · 4 numbers. The gradients after and before an iteration have
    // 2 · 4, and the repeated iteration needs 2 · 4.
    expect(peak(text)).toEqual([12 + 8 + 8, 'backward', 'loop']);
  });
});

/**
 * The peaks by definition: at each moment, everything that will still be read is in memory. It supports no loops, and
 * computes each moment from scratch.
 */
function bruteForce(graph: Graph, lengths: Bindings) {
  const { nodes, types, outputs } = flatten(graph, OPS);
  const opOf = ({ op }: FlatNode): Op => OPS[op]!;
  const weights = graph.params.map(({ id }) => id);
  const isFloat = (id: ValueId): boolean => types[id]!.dtype.startsWith('f');
  const idsOf = ({ ins }: FlatNode): readonly ValueId[] => ins.filter((id) => id !== null);
  const producer = (id: ValueId): number => nodes.findIndex(({ outs }) => outs.includes(id));
  const bytes = (id: ValueId): number =>
    types[id]!.shape.reduce<number>(
      (size, d) => size * evaluate(d, lengths)!,
      ELEMENT_BYTES[types[id]!.dtype],
    );
  const memoryOf = (id: ValueId): ValueId => {
    const node = nodes[producer(id)];
    return node && opOf(node).view ? memoryOf(node.ins[0]!) : id;
  };
  const trains = remembered((id): boolean => {
    const node = nodes[producer(id)];
    return weights.includes(id) || (isFloat(id) && node !== undefined && idsOf(node).some(trains));
  });
  const isReached = remembered(
    (id): boolean =>
      trains(id) &&
      (outputs.includes(id) || nodes.some((node) => idsOf(node).includes(id) && node.outs.some(isReached))),
  );
  const works = (node: FlatNode): boolean => !opOf(node).view && node.outs.some(isReached);
  const named = (node: FlatNode, name: string): readonly ValueId[] => {
    const { ins, outs } = opOf(node);
    const at = (list: readonly string[]): number =>
      list.findIndex((one) => one.replace(/[?*]$/, '') === name);
    return at(outs) >= 0 ? [node.outs[at(outs)]!] : [node.ins[at(ins)]!];
  };
  const saved = (node: FlatNode): readonly ValueId[] => {
    const { ins, saves } = opOf(node);
    return node.ins.flatMap((id, i) => {
      if (!works(node) || id === null || !trains(id)) return [];
      const list = saves?.[(ins[i] ?? ins.at(-1)!).replace(/[?*]$/, '')];
      return list ? list.flatMap((name) => named(node, name)) : idsOf(node).filter(isFloat);
    });
  };
  const statistics = (node: FlatNode): number =>
    node.op === 'layer_norm' && works(node) ? (8 * bytes(node.outs[0]!)) / bytes(node.ins[1]!) : 0;
  /** The inputs whose gradients a node computes, each as often as the node reads it. */
  const makes = (node: FlatNode): readonly ValueId[] =>
    works(node)
      ? idsOf(node)
          .filter((id) => trains(id) && !weights.includes(memoryOf(id)))
          .map(memoryOf)
      : [];
  const values = nodes.flatMap((node) =>
    node.op === 'constant' || opOf(node).view ? [] : node.outs.map((id) => id),
  );
  const reads = nodes.map((node) => idsOf(node).map(memoryOf));
  const keeps = nodes.map((node) => saved(node).map(memoryOf));
  const made = nodes.map(makes);
  const results = outputs.map(memoryOf);
  const seeds = outputs.filter(trains).map(memoryOf);
  const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
  const after = (i: number): readonly number[] => [...nodes.keys()].filter((j) => j >= i);
  const before = (i: number): readonly number[] => [...nodes.keys()].filter((j) => j <= i);

  /** The additional bytes that the kernel of a node needs, as declared in the record of its op. */
  const scratch = ({ op, ins, outs, attrs }: FlatNode): number => {
    const typesOf = (ids: FlatNode['ins']) => ids.map((id) => (id === null ? null : types[id]!));
    const held = OPS[op]!.scratch?.(
      typesOf(ins),
      outs.map((id) => types[id]!),
      attrs,
    );
    return held ? Number(evaluatePolynomial(held, lengths)) : 0;
  };
  const forward = (i: number): number =>
    sum(
      values
        .filter((id) => producer(id) <= i)
        .filter(
          (id) =>
            producer(id) === i ||
            results.includes(id) ||
            after(i).some((j) => reads[j]!.includes(id)) ||
            keeps.some((all) => all.includes(id)),
        )
        .map(bytes),
    ) +
    sum(before(i).map((j) => statistics(nodes[j]!))) +
    scratch(nodes[i]!);
  const backward = (i: number): number => {
    const given = (id: ValueId): boolean =>
      seeds.includes(id) || after(i + 1).some((j) => made[j]!.includes(id));
    const now = made[i]!;
    const gradients = values.filter((id) => producer(id) <= i && (given(id) || now.includes(id)));
    const more = [...new Set(now)].map(
      (id) => bytes(id) * (now.filter((one) => one === id).length - (given(id) ? 0 : 1)),
    );
    const kept = values.filter((id) => before(i).some((j) => keeps[j]!.includes(id)));
    return sum([
      ...kept.map(bytes),
      ...gradients.map(bytes),
      ...more,
      ...before(i).map((j) => statistics(nodes[j]!)),
    ]);
  };
  const most = (at: (i: number) => number): bigint => BigInt(Math.max(0, ...[...nodes.keys()].map(at)));
  return { forward: most(forward), backward: most(backward) };
}

function remembered(of: (id: ValueId) => boolean): (id: ValueId) => boolean {
  const known = new Map<ValueId, boolean>();
  return (id) => {
    if (!known.has(id)) known.set(id, of(id));
    return known.get(id)!;
  };
}

/** Whether some result depends on a weight. */
function trains({ params, nodes, outputs }: Graph): boolean {
  const found = new Set(params.map(({ id }) => id));
  for (const { ins, outs } of nodes)
    if (ins.some((id) => id !== null && found.has(id))) for (const id of outs) found.add(id);
  return outputs.some(({ id }) => found.has(id));
}

const trainable = randomCase(14).filter(
  ({ graph }) => trains(graph) && flatten(graph, OPS).nodes.every(({ region }) => region === undefined),
);

test('random graphs have the peaks that brute force finds', () => {
  fc.assert(
    fc.property(trainable, ({ graph, inputs }) => {
      const [batch, length] = inputs.x!.shape as readonly [number, number];
      const at = new Map(Object.entries({ batch, length }));
      const { bytes, phases } = trainingPeakOf(graph, OPS, at);
      expect(phases).toEqual(bruteForce(graph, at));
      expect(bytes).toBe(phases.forward > phases.backward ? phases.forward : phases.backward);
    }),
    { numRuns: effort(150, 1000) },
  );
});

describe('what gradients read', () => {
  const primitives = Object.values(OPS).filter((op) => !isComposite(op));

  test('is named among the inputs and results of the op', () => {
    for (const { name, ins, outs, saves = {} } of primitives) {
      const all = [...ins, ...outs].map((one) => one.replace(/[?*]$/, ''));
      for (const [input, list] of Object.entries(saves))
        expect(all, name).toEqual(expect.arrayContaining([input, ...list]));
    }
  });

  /** If a derivative needs neither the input nor the result, it is constant, so the op is affine in this input. */
  const straight = primitives.flatMap((op) =>
    op.samples.flatMap((sample) =>
      sample.ins.flatMap((one, i) => {
        const name = (op.ins[i] ?? op.ins.at(-1)!).replace(/[?*]$/, '');
        const list = op.view ? [] : op.saves?.[name];
        const stated = !list || [name, ...op.outs].some((other) => list.includes(other));
        return stated || typeof one !== 'string' || !one.startsWith('f32')
          ? []
          : [[sampleName(op, sample), i, op, sample] as const];
      }),
    ),
  );

  test('is nothing for some ops', () =>
    expect(new Set(straight.map(([, , op]) => op.name)).size).toBeGreaterThan(20));

  test.each(straight)('%s is affine in input %i', (_, i, op, sample) => {
    const { graph, inputs } = oneOp(op, sample);
    const name = `in${i}`;
    const [a, b] = [inputs[name]!, randomTensor(typeOf(inputs[name]!), 77)];
    const middle = { ...a, data: a.data.map((x, j) => (x + b.data[j]!) / 2) };
    const [ya, yb, ym] = [a, b, middle].map((x) =>
      interpret(graph, { ...inputs, [name]: x }, weightByName, OPS),
    );
    for (const [out, { dtype, data }] of Object.entries(ym!)) {
      if (!dtype.startsWith('f')) continue;
      const tolerance = dtype === 'f16' ? 1e-2 : 1e-9;
      data.forEach((x, j) => {
        expect(Math.abs(x - (ya![out]!.data[j]! + yb![out]!.data[j]!) / 2)).toBeLessThan(tolerance);
      });
    }
  });
});
