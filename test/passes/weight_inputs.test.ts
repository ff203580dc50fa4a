/** Weights as inputs of the graph, which training feeds: passes keep the model the same. */

import { describe, expect, test } from 'vitest';
import { createBuilder } from '../../compiler/ir/build.ts';
import { type Graph, type } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { TARGETS, type Target } from '../../compiler/ir/target.ts';
import { tensor } from '../../compiler/ir/tensors.ts';
import { parseGraph, printGraph } from '../../compiler/ir/text.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { plainWeight } from '../../compiler/ir/weights.ts';
import { type Entry, lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { relu } from '../../compiler/ops/unary.ts';
import { PIPELINE_OF, PIPELINES, type Precision, runPasses } from '../../passes/index.ts';
import { runOnnx, sourceOf } from '../compiler/emit/onnx.ts';
import { deviation, smallWeight } from '../compiler/ops/samples.ts';
import { EXAMPLES } from '../examples.ts';
import { entryInputs } from './entry_inputs.ts';

const TINY = EXAMPLES.filter(({ name }) => name.startsWith('tiny.ben'));

/** The values that are fed for the weights that are inputs. */
const weightsFed = (graph: Graph): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(
    graph.inputs.flatMap(({ name, weight }) => (weight ? [[name, smallWeight(weight)] as const] : [])),
  );

const expectSound = (graph: Graph): void => {
  expect(verify(graph, OPS)).toEqual([]);
  const text = printGraph(graph);
  expect(parseGraph({ path: '<test>', text }, OPS).value).toStrictEqual(graph);
};

const passed = (graph: Graph, target: Target, precision: Precision = 'fp32'): Graph => {
  const ctx = { ops: OPS, target, precision };
  const { value, diagnostics } = runPasses(graph, PIPELINES[PIPELINE_OF[precision]], ctx, { verify: true });
  expect(diagnostics).toEqual([]);
  return value!.graph;
};

describe.each(TINY)('$name', ({ spec }) => {
  const entries: readonly Entry[] = ['encode', 'forward', 'generate'];
  describe.each(entries.filter((entry) => lower(spec, { entry }).value))('%s', (entry) => {
    const inside = lower(spec, { entry }).value!;
    const outside = lower(spec, { entry, weights: 'inputs' }).value!;
    const inputs = entryInputs(inside);

    test('has every weight as an input, after all other inputs, and no parameter', () => {
      expect(outside.params).toEqual([]);
      const ports = outside.inputs.map(({ name }) => name);
      const weights = inside.params.map(({ weight }) => weight.name);
      expect(ports).toEqual([...inside.inputs.map(({ name }) => name), ...weights]);
      expect(outside.inputs.filter(({ weight }) => weight).map(({ weight }) => weight)).toEqual(
        inside.params.map(({ weight }) => weight),
      );
      expectSound(outside);
    });

    test('gives the same in ONNX Runtime, through the passes of every target', async () => {
      const source = sourceOf(smallWeight);
      const want = await runOnnx(inside, inputs, { source });
      const plain = await runOnnx(outside, { ...inputs, ...weightsFed(outside) }, { source });
      for (const [name, value] of Object.entries(want))
        expect.soft(deviation(plain[name]!, value, 1e-6), name).toBeTypeOf('number');
      for (const target of TARGETS.filter((one) => one !== 'cuda')) {
        const after = passed(outside, target);
        expectSound(after);
        expect(after.params).toEqual([]);
        const got = await runOnnx(after, { ...inputs, ...weightsFed(after) }, { source });
        for (const [name, value] of Object.entries(want))
          expect.soft(deviation(got[name]!, value), `${name} for ${target}`).toBeTypeOf('number');
      }
    });

    test('has no quantised linear, and its weights are halved like computed values', () => {
      const quantised = passed(outside, 'cpu', 'int8');
      expect(quantised.nodes.filter(({ op }) => op.startsWith('quantize'))).toEqual([]);
      const halved = passed(outside, 'webgpu', 'fp16');
      expectSound(halved);
      const [want, got] = [outside, halved].map((graph) => interpret(graph, inputs, smallWeight, OPS));
      for (const [name, value] of Object.entries(want!))
        expect.soft(deviation(got![name]!, value, 1e-9), name).toBeTypeOf('number');
    });
  });
});

test('a weight that nothing reads is dropped, but another unused input is kept', () => {
  const b = createBuilder('g', { weights: 'inputs' });
  const init = { kind: 'constant', value: 1 } as const;
  const [used, unused] = ['used', 'unused'].map((name) => b.param(plainWeight(name, [2], init)));
  b.input('x', type('f32', 'n'));
  b.output('y', b.add(relu, [used!]));
  b.add(relu, [unused!]);
  const graph = b.done();
  expect(printGraph(graph)).toBe(`graph g(x: %2 f32[n]) {
  input %0 = "used" f32[2] constant(value: 1)
  %3: f32[2] = relu(%0)
  return y: %3
}
`);
  const given = { x: tensor('f32', [1], [0]) };
  const drawn = interpret(graph, given, () => tensor('f32', [2], [3, -4]), OPS);
  const fed = interpret(graph, { ...given, used: tensor('f32', [2], [3, -4]) }, smallWeight, OPS);
  expect(fed).toEqual(drawn);
});

test('a weight that is an input must have its declared shape', () => {
  const text = `graph g() {
  input %0: f32[3] = "w" f32[2] constant(value: 1)
  return y: %0
}
`;
  const graph = parseGraph({ path: '<test>', text }, OPS).value!;
  expect(verify(graph, OPS).map(({ code }) => code)).toEqual(['D312']);
});
