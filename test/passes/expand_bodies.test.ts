import { describe, expect, test } from 'vitest';
import { allNodes, type Graph } from '../../compiler/ir/graph.ts';
import { lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { expandBodies as pass } from '../../passes/expand_bodies.ts';
import { PIPELINES, runPasses, type Target } from '../../passes/index.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { declined, expectSameInOnnx, inputsOf, passed, after as textAfter } from './checks.ts';
import { pyramid } from './models.ts';

const ATTENTION = '{heads: 2, causal: false, scaled: false, kernel: "body"}';

/** A loop of two iterations. `body` computes %9 from the state %6, [batch, 2, 1, 2], and the transposed memory %3. */
const graph = (body: string): string => `graph g(x: %0 f32[batch, 2, 1, 2], m: %1 f32[batch, n, 2, 2]) {
  %2: i64[] = constant() {value: i64[](2)}
  %3: f32[batch, 2, n, 2] = transpose(%1) {order: [0, 2, 1, 3]}
  %4: f32[batch, 2, 1, 2] = loop(%2, -, %0) (%5: i64[], %6: f32[batch, 2, 1, 2]) {
    %7: bool[] = constant() {value: bool[](1)}
${body}
    yield %7, %9
  }
  return y: %4
}
`;

const MEMORY = graph(`    %9: f32[batch, 2, 1, 2] = attention(%6, %3, %3, -) ${ATTENTION}  // layer`);
const OWN = graph(`    %8: f32[batch, 2, 1, 2] = tanh(%6)
    %9: f32[batch, 2, 1, 2] = attention(%6, %8, %8, -) ${ATTENTION}`);
const OUTSIDE = `graph g(x: %0 f32[batch, n, 4], m: %1 f32[batch, m, 4]) {
  %2: f32[batch, n, 4] = attention(%0, %1, %1, -) ${ATTENTION}
  return y: %2
}
`;

test('attention to a memory transposes its keys once, by a single transpose', () => {
  expect(textAfter(pass, MEMORY, 'portable')).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[batch, 2, 1, 2], m: %1 f32[batch, n, 2, 2]) {
      %2: i64[] = constant() {value: i64[](2)}
      %3: f32[batch, 2, n, 2] = transpose(%1) {order: [0, 2, 1, 3]}
      %13: f32[batch, 2, 1, 2] = loop(%2, -, %0) (%4: i64[], %5: f32[batch, 2, 1, 2]) {
        %6: bool[] = constant() {value: bool[](1)}
        %7: f32[] = constant() {value: f32[](1.4142135623730951)}  // layer
        %8: f32[batch, 2, 1, 2] = div(%5, %7)  // layer
        %9: f32[batch, 2, 2, n] = transpose(%1) {order: [0, 2, 3, 1]}  // layer
        %10: f32[batch, 2, 1, n] = matmul(%8, %9)  // layer
        %11: f32[batch, 2, 1, n] = softmax(%10) {axis: -1}  // layer
        %12: f32[batch, 2, 1, 2] = matmul(%11, %3)  // layer
        yield %6, %12
      }
      return y: %13
    }
    "
  `);
});

test('gives the same in ONNX Runtime', async () => {
  const before = graphOf(MEMORY);
  await expectSameInOnnx(before, passed(pass, before, 'webgpu').graph, inputsOf(before));
});

test.each([
  ['where it is outside of all loops', OUTSIDE, 'it is outside of all loops'],
  ['where it reads only values from inside the loop', OWN, 'it reads nothing from outside of its loop'],
] as const)('does not fire %s', (_, text, reason) => {
  expect(declined(pass, 'expand_body', text, 'portable')).toBe(reason);
});

test.each(['cpu', 'cuda'] as const)('does not fire where %s has a kernel', (target) => {
  expect(declined(pass, 'expand_body', MEMORY, target)).toBe(`${target} has a kernel for it`);
});

describe.each([1, 3])('a search with %i beams', (beam) => {
  const searched = (target: Target): Graph => {
    const graph = lower(pyramid(), { entry: 'generate', beam }).value!;
    return runPasses(graph, PIPELINES.default, { ops: OPS, target }, { verify: true }).value!.graph;
  };

  test.each(['webgpu', 'portable'] as const)('on %s no iteration transposes the memory', (target) => {
    const { params, nodes } = searched(target).nodes.find(({ op }) => op === 'loop')!.region!;
    const inside = new Set([...params, ...nodes.flatMap(({ outs }) => outs)]);
    const moved = [...allNodes(nodes)].filter(({ op }) => op === 'transpose');
    expect(nodes.filter(({ op }) => op === 'softmax')).toHaveLength(2);
    expect(moved.filter(({ ins }) => !inside.has(ins[0]!)).map(({ scope }) => scope)).toEqual([]);
    expect(nodes.filter(({ op }) => op === 'attention')).toEqual([]);
  });

  test('on the CPU attention stays one op', () => {
    const { nodes } = searched('cpu').nodes.find(({ op }) => op === 'loop')!.region!;
    expect(nodes.filter(({ op }) => op === 'attention')).toHaveLength(2);
  });
});
