/** Tests the driver of rewriting: what rules see, what they may do, and what happens to nodes that no rule changes. */
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { OPS } from '../../compiler/ops/index.ts';
import type { PassContext } from '../../passes/pass.ts';
import { type Match, type Rule, rewrite } from '../../passes/rewrite.ts';
import { EVERYTHING, graphOf } from '../compiler/ir/graphs.ts';

const ctx: PassContext = { ops: OPS, target: 'cpu' };

const rule = (roots: readonly string[], apply: Rule['apply'], name = 'rule'): Rule => ({
  name,
  roots,
  apply,
});

/** A rule that replaces `neg` by its input. */
const dropNeg = rule(['neg'], ({ ins, value }) => [value(ins[0]!)]);

const text = (graph: Graph): string => printGraph(graph);

const chain = (body: string): Graph => graphOf(`graph g(x: %0 f32[n], y: %1 f32[n]) {\n${body}\n}`);

describe('a replay', () => {
  test('without a rule that fires returns the same object', () => {
    const graph = graphOf(EVERYTHING);
    expect(rewrite(graph, [], ctx)).toBe(graph);
    expect(rewrite(graph, [rule(['relu'], (m) => m.miss('never'))], ctx)).toBe(graph);
  });

  test('keeps everything that no rule touches: weights and their types, attributes, loops, places', () => {
    const kept = `graph "odd name"(ids: %0 i64[batch, length], "odd input": %1 bool[length]) {
  param %2 = "table" f32[9, 4] normal(std: 0.0360844, zeroRow: 1)
  param %3: f16[4] = "half" f32[4] xavier_uniform(gain: 1.4142135623730951)
  %4: f32[batch, length, 4] = gather(%2, %0)  // encoder.embed @12-40 @50-61
  %5: f32[batch*length, 4] = reshape(%4) {shape: [batch*length, 4]}  // "two words"
  %6: f32[batch*length, 9] = linear(%5, %2, -)  // @3-9
  %7: f32[3] = constant() {value: f32[3](-0, -Infinity, NaN)}
  %8: f32[] = attribute() {of: "base"}
  %9: i64[] = dim_value() {of: "@k"}
  %14: f32[batch*length, 9], %15: f32[rounds] = loop(%9, -, %6) (%10: i64[], %11: f32[rows, 9]) {  // decoder
    %12: f32[rows, 9] = softmax(%11) {axis: -1}  // decoder.layers.0
    %13: bool[] = greater(%8, %8)
    yield %13, %12, %8
  }
`;
    const marked = `${kept}  %16: f16[4] = neg(%3)\n  return a: %14, b: %15, c: %7, d: %16\n}\n`;
    const want = `${kept}  return a: %14, b: %15, c: %7, d: %3\n}\n`;
    expect(verify(graphOf(marked), OPS)).toEqual([]);
    expect(text(rewrite(graphOf(marked), [dropNeg], ctx))).toBe(want);
  });

  test('shares what has become equal and drops what nothing reads', () => {
    const graph = chain(`
      %2: f32[n] = neg(%0)
      %3: f32[n] = tanh(%2)
      %4: f32[n] = tanh(%0)
      %5: f32[n] = mul(%3, %4)
      %6: f32[n] = exp(%2)
      return z: %5`);
    expect(text(rewrite(graph, [dropNeg], ctx))).toBe(
      'graph g(x: %0 f32[n], y: %1 f32[n]) {\n  %2: f32[n] = tanh(%0)\n  %3: f32[n] = mul(%2, %2)\n  return z: %3\n}\n',
    );
  });

  test('shares an expression of a loop with the same one outside, but not those of two loops, nor loops', () => {
    const twice = (id: number): string => `
      %${id}: f32[n] = loop(%2, -, %0) (%${id + 1}: i64[], %${id + 2}: f32[n]) {
        %${id + 3}: bool[] = constant() {value: bool[](1)}
        %${id + 4}: f32[n] = exp(%1)
        %${id + 5}: f32[n] = tanh(%1)
        %${id + 6}: f32[n] = add(%${id + 4}, %${id + 5})
        yield %${id + 3}, %${id + 6}
      }`;
    const graph = chain(`
      %2: i64[] = constant() {value: i64[](2)}
      %3: f32[n] = tanh(%1)
      %4: f32[n] = neg(%3)${twice(10)}${twice(20)}
      return a: %10, b: %20, c: %4`);
    const after = text(rewrite(graph, [dropNeg], ctx));
    expect([/= tanh/g, /= exp/g, /= loop/g].map((op) => after.match(op)!.length)).toEqual([1, 2, 2]);
  });

  test('drops carried values that feed only themselves, scans that nothing reads, and their weights', () => {
    const graph = graphOf(`graph g(x: %0 f32[n], y: %1 f32[n]) {
      param %2 = "dead.weight" f32[3] uniform(bound: 0.5)
      param %3 = "live.weight" f32[1] uniform(bound: 0.5)
      %4: i64[] = constant() {value: i64[](2)}
      %5: f32[n], %6: f32[3], %7: f32[r, n] = loop(%4, -, %0, %2) (%8: i64[], %9: f32[n], %10: f32[3]) {
        %11: bool[] = constant() {value: bool[](1)}
        %12: f32[n] = mul(%9, %3)
        %13: f32[3] = add(%10, %2)
        %14: f32[n] = tanh(%12)
        yield %11, %12, %13, %14
      }
      %15: f32[n] = neg(%5)
      return z: %15
    }`);
    expect(text(rewrite(graph, [dropNeg], ctx))).toBe(`graph g(x: %0 f32[n], y: %1 f32[n]) {
  param %3 = "live.weight" f32[1] uniform(bound: 0.5)
  %4: i64[] = constant() {value: i64[](2)}
  %12: f32[n] = loop(%4, -, %0) (%5: i64[], %6: f32[n]) {
    %8: bool[] = constant() {value: bool[](1)}
    %9: f32[n] = mul(%6, %3)
    yield %8, %9
  }
  return z: %12
}
`);
  });

  test('reaches into loops, substitutes what they capture, and lets them yield a value from outside', () => {
    const graph = chain(`
      %2: f32[n] = neg(%1)
      %3: i64[] = constant() {value: i64[](2)}
      %4: f32[n], %5: f32[r, n] = loop(%3, -, %0) (%6: i64[], %7: f32[n]) {
        %8: bool[] = constant() {value: bool[](1)}
        %9: f32[n] = add(%7, %2)
        %10: f32[n] = neg(%9)  // inside @3-4
        yield %8, %10, %2
      }
      return z: %4, all: %5`);
    expect(text(rewrite(graph, [dropNeg], ctx))).toBe(`graph g(x: %0 f32[n], y: %1 f32[n]) {
  %2: i64[] = constant() {value: i64[](2)}
  %7: f32[n], %8: f32[r, n] = loop(%2, -, %0) (%3: i64[], %4: f32[n]) {
    %5: bool[] = constant() {value: bool[](1)}
    %6: f32[n] = add(%4, %1)
    yield %5, %6, %1
  }
  return z: %7, all: %8
}
`);
  });

  test('gives the nodes that a rule builds the place of the replaced node', () => {
    const graph = chain('%2: f32[n] = neg(%0)  // layers.0.ffn @5-9 @11-12\n return z: %2');
    const twice = rule(['neg'], ({ b, ins, value, op }) => [
      b.within('inner', () => b.add(op('tanh'), [b.add(op('exp'), [value(ins[0]!)])])),
    ]);
    expect(text(rewrite(graph, [twice], ctx))).toContain(
      '  %2: f32[n] = exp(%0)  // layers.0.ffn.inner @5-9 @11-12\n  %3: f32[n] = tanh(%2)  // layers.0.ffn.inner @5-9 @11-12\n',
    );
  });
});

describe('a rule', () => {
  const product = chain(
    '%2: f32[n] = tanh(%0)\n %3: f32[n] = mul(%1, %2)\n %4: f32[n] = sub(%1, %2)\n return z: %3, w: %4',
  );

  test('sees a commutative node with both orders of its inputs, and other nodes with one', () => {
    const seen: string[] = [];
    const look = rule(['mul', 'sub'], (match) => {
      seen.push(`${match.node.op}(${match.ins})`);
      return match.miss('only looking');
    });
    expect(rewrite(product, [look], ctx)).toBe(product);
    expect(seen).toEqual(['mul(1,2)', 'mul(2,1)', 'sub(1,2)']);
  });

  test('fires for the order of inputs that fits', () => {
    const takeTanh = rule(['mul'], (match) =>
      match.producer(match.ins[0]!)?.op === 'tanh' ? [match.value(match.ins[0]!)] : match.miss('no tanh'),
    );
    expect(text(rewrite(product, [takeTanh], ctx))).not.toContain('mul');
  });

  test('is tried before the rules that follow it', () => {
    const fired: string[] = [];
    const trace = { fired: (name: string) => void fired.push(name), missed: () => {} };
    const first = rule(['neg'], (match) => match.miss('not me'), 'first');
    const rules = [first, { ...dropNeg, name: 'second' }, { ...dropNeg, name: 'third' }];
    rewrite(chain('%2: f32[n] = neg(%0)\n return z: %2'), rules, { ...ctx, trace });
    expect(fired).toEqual(['second']);
  });

  test('may not change a type', () => {
    const wrong = rule(['neg'], ({ b, ins, value, op }) => [
      b.add(op('cast'), [value(ins[0]!)], { to: 'i64' }),
    ]);
    expect(() => rewrite(chain('%2: f32[n] = neg(%0)\n return z: %2'), [wrong], ctx)).toThrow(
      "the rule 'rule' puts i64[n] in the place of f32[n]",
    );
  });

  test('may not fire endlessly', () => {
    const restless = rule(
      ['neg'],
      ({ b, node, value, op }) => [b.add(op('neg'), [value(node.ins[0]!)])],
      'restless',
    );
    expect(() => rewrite(chain('%2: f32[n] = neg(%0)\n return z: %2'), [restless], ctx)).toThrow(
      /D322.*does not settle.*restless/,
    );
  });

  test('can look up weights, literals and how often a value is read', () => {
    const facts: Record<string, unknown> = {};
    const look = rule(['add'], (match) => {
      const [a, b] = match.ins as readonly [number, number];
      facts[match.node.outs[0]!] = [
        match.weight(a)?.name,
        match.literal(b)?.data,
        match.uses(a),
        match.uses(b),
      ];
      return match.miss('only looking');
    });
    const graph = graphOf(`graph g() {
      param %0 = "w" f32[2] uniform(bound: 1)
      %1: f32[] = constant() {value: f32[](3)}
      %2: f32[2] = add(%0, %1)
      return y: %2, w: %0
    }`);
    rewrite(graph, [{ ...look, apply: (m) => (m.ins[0] === 0 ? look.apply(m) : m.miss('')) }], ctx);
    expect(facts).toEqual({ 2: ['w', [3], 2, 1] });
  });

  const inLoop = `
      %2: f32[n] = neg(%0)
      %3: f32[n] = tanh(%2)
      %4: i64[] = constant() {value: i64[](2)}
      %5: f32[n] = loop(%4, -, %3) (%6: i64[], %7: f32[n]) {
        %8: bool[] = constant() {value: bool[](1)}
        %9: f32[n] = tanh(%7)
        %10: f32[n] = tanh(%9)
        %11: f32[n] = add(%2, %10)
        yield %8, %11
      }
      return z: %5`;

  test('also counts the reads inside a loop', () => {
    const uses: number[] = [];
    const look = rule(['neg', 'loop'], (match) => {
      uses.push(...match.node.outs.map(match.uses));
      return match.miss('only looking');
    });
    rewrite(chain(inLoop), [look], ctx);
    expect(uses).toEqual([2, 1]);
  });

  test('computes `once` one time per iteration, and anew in each region', () => {
    let calls = 0;
    const tanhs = ({ mates }: Match): number => {
      calls++;
      return mates.filter(({ op }) => op === 'tanh').length;
    };
    const seen: number[] = [];
    const look = rule(['tanh'], (match) => {
      seen.push(match.once(tanhs));
      return match.miss('only looking');
    });
    rewrite(chain(inLoop), [look], ctx);
    expect({ seen, calls }).toEqual({ seen: [1, 2, 2], calls: 2 });
  });
});
