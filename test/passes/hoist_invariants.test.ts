import { describe, expect, test } from 'vitest';
import { allNodes, type Node, readsOf } from '../../compiler/ir/graph.ts';
import { lower } from '../../compiler/model/index.ts';
import { MOST_HELD, hoistInvariants as pass } from '../../passes/hoist_invariants.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { expectSameInOnnx, inputsOf, passed, after as textAfter } from './checks.ts';
import { pyramid } from './models.ts';

/** A loop of two iterations that adds %9, which `body` computes from x %0, m %1, the iteration %4 and the state %5. */
const graph = (body: string, shape = 'n', count = 2): string => `graph g(x: %0 f32[n], m: %1 f32[n, n]) {
  %2: i64[] = constant() {value: i64[](${count})}
  %3: f32[${shape}] = loop(%2, -, %0) (%4: i64[], %5: f32[n]) {
    %6: bool[] = constant() {value: bool[](1)}
${body}
    %10: f32[n] = add(%5, %9)
    yield %6, %10
  }
  return y: %3
}
`;

const CHAIN = graph(`    %7: f32[] = constant() {value: f32[](0.5)}
    %8: f32[n] = tanh(%0)  // layer @1-2
    %9: f32[n] = mul(%8, %7)`);

const NESTED = `graph g(x: %0 f32[n], y: %1 f32[n]) {
  %2: i64[] = constant() {value: i64[](2)}
  %3: f32[n] = loop(%2, -, %0) (%4: i64[], %5: f32[n]) {
    %6: bool[] = constant() {value: bool[](1)}
    %7: f32[n] = loop(%2, -, %5) (%8: i64[], %9: f32[n]) {
      %10: f32[n] = tanh(%1)
      %11: f32[n] = exp(%5)
      %12: f32[n] = add(%10, %11)
      %13: f32[n] = add(%12, %9)
      %14: f32[n] = tanh(%13)
      yield %6, %14
    }
    yield %6, %7
  }
  return z: %3
}
`;

test('moves a chain of ops, with the constants that it reads and no others', () => {
  expect(textAfter(pass, CHAIN)).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[n], m: %1 f32[n, n]) {
      %2: i64[] = constant() {value: i64[](2)}
      %3: f32[] = constant() {value: f32[](0.5)}
      %4: f32[n] = tanh(%0)  // layer @1-2
      %5: f32[n] = mul(%4, %3)
      %10: f32[n] = loop(%2, -, %0) (%6: i64[], %7: f32[n]) {
        %8: bool[] = constant() {value: bool[](1)}
        %9: f32[n] = add(%7, %5)
        yield %8, %9
      }
      return y: %10
    }
    "
  `);
});

test('moves nodes out of one loop, or of both', () => {
  expect(textAfter(pass, NESTED)).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[n], y: %1 f32[n]) {
      %2: i64[] = constant() {value: i64[](2)}
      %3: f32[n] = tanh(%1)
      %14: f32[n] = loop(%2, -, %0) (%4: i64[], %5: f32[n]) {
        %6: bool[] = constant() {value: bool[](1)}
        %7: f32[n] = exp(%5)
        %8: f32[n] = add(%3, %7)
        %13: f32[n] = loop(%2, -, %5) (%9: i64[], %10: f32[n]) {
          %11: f32[n] = add(%8, %10)
          %12: f32[n] = tanh(%11)
          yield %6, %12
        }
        yield %6, %13
      }
      return z: %14
    }
    "
  `);
});

test('shares what is computed outside already', () => {
  const text = CHAIN.replace('  %3:', '  %20: f32[n] = tanh(%0)\n  %3:').replace('y: %3', 'y: %3, t: %20');
  expect(textAfter(pass, text).match(/tanh/g)).toHaveLength(1);
});

const WEIGHTS = (x: string): string => `graph g(x: %0 f32[n, 3]) {
  param %1 = "a" f32[2, 3] uniform(bound: 0.5)
  param %2 = "b" f32[1, 3] uniform(bound: 0.5)
  %3: i64[] = constant() {value: i64[](2)}
  %4: f32[n, 3] = loop(%3, -, %0) (%5: i64[], %6: f32[n, 3]) {
    %7: bool[] = constant() {value: bool[](1)}
    %8: f32[3, 3] = concat(%1, %2) {axis: 0}
    %9: f32[n, 3] = linear(${x}, %8, -)
    %10: f32[n, 3] = add(%6, %9)
    yield %7, %10
  }
  return y: %4
}
`;

test('values computed from weights alone cost nothing at run time, so they move only with their readers', () => {
  const before = graphOf(WEIGHTS('%6'));
  expect(passed(pass, before).graph).toBe(before);
  const moved = textAfter(pass, WEIGHTS('%0'));
  expect(moved.indexOf('= concat')).toBeLessThan(moved.indexOf('= linear'));
  expect(moved.indexOf('= linear')).toBeLessThan(moved.indexOf('= loop'));
});

test('a loop without iterations gives the same as before', async () => {
  const before = graphOf(CHAIN.replace('i64[](2)', 'i64[](0)'));
  await expectSameInOnnx(before, passed(pass, before).graph, inputsOf(before));
});

test.each([
  ['a chain', CHAIN],
  ['nested loops', NESTED],
])('%s: ONNX Runtime agrees', async (_, text) => {
  const before = graphOf(text);
  await expectSameInOnnx(before, passed(pass, before).graph, inputsOf(before));
});

const bulk = (rows: number): string => `    %7: i64[${rows}] = iota() {n: ${rows}}
    %8: f32[${rows}] = cast(%7) {to: "f32"}
    %11: f32[1] = reduce_mean(%8) {axis: 0}
    %9: f32[n] = mul(%0, %11)`;

describe('a node stays', () => {
  test.each([
    ['that reads a carried value', '    %9: f32[n] = tanh(%5)'],
    ['that reads the iteration', '    %7: f32[] = cast(%4) {to: "f32"}\n    %9: f32[n] = mul(%0, %7)'],
    ['that reads a node that reads one of these', '    %7: f32[n] = tanh(%5)\n    %9: f32[n] = mul(%0, %7)'],
    [
      'that is a constant which no moved node reads',
      '    %7: f32[] = constant() {value: f32[](2)}\n    %9: f32[n] = mul(%5, %7)',
    ],
    [
      'that may fail although no iteration runs',
      '    %7: i64[n] = constant() {value: i64[5](0, 1, 2, 3, 4)}\n    %9: f32[n] = gather(%0, %7)'
        .replaceAll('i64[n]', 'i64[5]')
        .replaceAll('f32[n]', 'f32[5]'),
    ],
  ])('%s', (_, body) => {
    const text = body.includes('f32[5]') ? graph(body).replaceAll(/\bn\b(?!:)/g, '5') : graph(body);
    const before = graphOf(text);
    expect(passed(pass, before).graph).toBe(before);
  });

  test('whose length is known only in an iteration', () => {
    const text = `graph g(x: %0 f32[n], c: %1 f32[1]) {
  %2: i64[] = constant() {value: i64[](2)}
  %3: f32[grown] = loop(%2, -, %0) (%4: i64[], %5: f32[m]) {
    %6: bool[] = constant() {value: bool[](1)}
    %7: i64[] = dim_value() {of: m}
    %8: f32[] = cast(%7) {to: "f32"}
    %9: f32[m] = mul(%5, %8)
    %10: f32[m + 1] = concat(%9, %1) {axis: 0}
    yield %6, %10
  }
  return y: %3
}
`;
    const before = graphOf(text);
    expect(passed(pass, before).graph).toBe(before);
  });

  test('that is cheap and larger than its operands', () => {
    const outer =
      '    %7: f32[n, 1] = unsqueeze(%0) {axis: 1}\n    %8: f32[n, n] = add(%7, %0)\n    %11: f32[n, 1] = reduce_mean(%8) {axis: 1}\n    %9: f32[n] = squeeze(%11) {axis: 1}';
    const result = textAfter(pass, graph(outer));
    expect(result.indexOf('unsqueeze')).toBeLessThan(result.indexOf('= loop'));
    expect(result.indexOf(': f32[n, n] = add')).toBeGreaterThan(result.indexOf('= loop'));
    // Such a node moves if its size is known and small. A product of matrices moves at any size.
    expect(textAfter(pass, graph(bulk(100))).indexOf('iota')).toBeLessThan(
      textAfter(pass, graph(bulk(100))).indexOf('= loop'),
    );
    const before = graphOf(graph(bulk(MOST_HELD + 1)));
    expect(passed(pass, before).graph).toBe(before);
    const product =
      '    %7: f32[n, n] = matmul(%1, %1)\n    %8: f32[n, 1] = reduce_mean(%7) {axis: 1}\n    %9: f32[n] = squeeze(%8) {axis: 1}';
    const moved = textAfter(pass, graph(product));
    expect(moved.indexOf('matmul')).toBeLessThan(moved.indexOf('= loop'));
  });
});

/** The nodes in loops that read nothing of their innermost loop. Constants are left out, because they cost nothing. */
function invariant(nodes: readonly Node[]): readonly Node[] {
  return nodes.flatMap(({ region }) => {
    if (!region) return [];
    const inside = new Set([...region.params, ...[...allNodes(region.nodes)].flatMap(({ outs }) => outs)]);
    const fixed = (node: Node) => node.op !== 'constant' && readsOf(node).every((id) => !inside.has(id));
    return [...region.nodes.filter(fixed), ...invariant(region.nodes)];
  });
}

describe.each([{}, { beam: 3, returned: 2 }, { noRepeatNgram: 2 }])('the search of %j', (search) => {
  test.each(['generate', 'advance'] as const)(
    '%s: no iteration computes a value that no iteration changes',
    (entry) => {
      const before = lower(pyramid(), { entry, ...search }).value!;
      expect(before.nodes.some(({ op }) => op === 'loop')).toBe(true);
      // With several beams, the indices of the beams are moved. All other invariant values are lowered outside already.
      expect(invariant(before.nodes).map(({ op }) => op)).toEqual('beam' in search ? ['iota'] : []);
      expect(invariant(passed(pass, before).graph.nodes).map(({ op }) => op)).toEqual([]);
    },
  );
});
