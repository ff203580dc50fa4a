/** Tests the verifier with graphs that break each rule of the IR, and with graphs that break none. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBuilder } from '../../../compiler/ir/build.ts';
import { type Attrs, type Graph, type } from '../../../compiler/ir/graph.ts';
import { IR_RULES, verify } from '../../../compiler/ir/verify.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { graphOf } from './graphs.ts';
import { randomCase } from './random_graph.ts';

const X = 'x: %0 f32[n, 4]';
const loopOf = (parts: {
  ins?: string;
  outs?: string;
  params?: string;
  yields?: string;
  init?: string;
}): string => `
graph g(x: %0 f32[n, 4], n: %1 i64[], b: %2 bool[], i: %8 f32[${parts.init ?? 'n, 4'}]) {
  ${parts.outs ?? '%3: f32[n, 4], %4: f32[rounds, 4]'} = loop(${parts.ins ?? '%1, -, %8'}) (${parts.params ?? '%5: i64[], %6: f32[n, 4]'}) {
    %7: f32[4] = constant() {value: f32[4](1, 2, 3, 4)}
    yield ${parts.yields ?? '%2, %0, %7'}
  }
  return y: %3
}`;

/** The code, a pattern of the message, and the graph. */
const BROKEN: readonly (readonly [keyof typeof IR_RULES, RegExp, string])[] = [
  [
    'D309',
    /the encoder has no part 'head'/,
    `graph g(${X}) { %1: f32[n, 4] = relu(%0)  // a #encoder.0.head\n return y: %1 }`,
  ],
  [
    'D309',
    /the decoder has no part 'pool'/,
    `graph g(${X}) { %1: f32[n, 4] = relu(%0)  // #decoder..pool:backward\n return y: %1 }`,
  ],
  [
    'D309',
    /it has a layer or a part, but no side/,
    `graph g(${X}) { %1: f32[n, 4] = relu(%0)  // #.3\n return y: %1 }`,
  ],
  [
    'D310',
    /%1 is defined a second time/,
    `graph g(${X}) { %1: f32[n, 4] = relu(%0)  // a\n %1: f32[n, 4] = neg(%0) return y: %1 }`,
  ],
  [
    'D310',
    /%0 is defined a second time/,
    `graph g(${X}) { param %0 = "w" f32[4] uniform(bound: 1) return y: %0 }`,
  ],
  [
    'D311',
    /%2 is not defined here/,
    `graph g(${X}) { %1: f32[n, 4] = relu(%2) %2: f32[n, 4] = relu(%0) return y: %1 }`,
  ],
  ['D311', /output 'y' is %7/, `graph g(${X}) { return y: %7 }`],
  ['D311', /output 'y' is %7/, loopOf({}).replace('y: %3', 'y: %7')],
  ['D311', /the region yields %9/, loopOf({ yields: '%2, %0, %9' })],
  [
    'D312',
    /the weight 'w' is \[4\]/,
    `graph g(${X}) { param %1: f32[5] = "w" f32[4] uniform(bound: 1) return y: %1 }`,
  ],
  ['D314', /at most 1/, `graph g(${X}) { %1: f32[n, 4] = relu(%0, %0) return y: %1 }`],
  ['D314', /input 'x' is missing/, `graph g(${X}) { %1: f32[n, 4] = relu() return y: %1 }`],
  ['D314', /input 'weight' is missing/, `graph g(${X}) { %1: f32[n, 4] = linear(%0, -) return y: %1 }`],
  [
    'D315',
    /outputs is 2, but it must be 1/,
    `graph g(${X}) { %1: f32[n, 4], %2: f32[n, 4] = relu(%0) return y: %1 }`,
  ],
  [
    'D315',
    /outputs is 1, but it must be 2/,
    `graph g(${X}) { %1: f32[n, 2] = top_k(%0) {k: 2, largest: true} return y: %1 }`,
  ],
  ['D316', /no attribute 'by'/, `graph g(${X}) { %1: f32[n, 4] = relu(%0) {by: 2} return y: %1 }`],
  ['D316', /'axis' is missing/, `graph g(${X}) { %1: f32[n, 4] = softmax(%0) return y: %1 }`],
  [
    'D316',
    /'axis' is not of kind int/,
    `graph g(${X}) { %1: f32[n, 4] = softmax(%0) {axis: 0.5} return y: %1 }`,
  ],
  [
    'D316',
    /'value' is not of kind literal/,
    `graph g() { %1: f32[3] = constant() {value: f32[3](1, 2)} return y: %1 }`,
  ],
  [
    'D316',
    /'value' is not of kind literal/,
    `graph g() { %1: bool[1] = constant() {value: bool[1](2)} return y: %1 }`,
  ],
  [
    'D317',
    /gives the types f32\[n, 4\], but the node states f32\[n, 5\]/,
    `graph g(${X}) { %1: f32[n, 5] = relu(%0) return y: %1 }`,
  ],
  ['D317', /must be bool/, `graph g(${X}) { %1: bool[n, 4] = not(%0) return y: %1 }`],
  ['D318', /number of iterations is f32/, loopOf({ ins: '%0, -, %8' })],
  ['D318', /condition to start is i64/, loopOf({ ins: '%1, %1, %8' })],
  ['D318', /iteration's number is f32\[\]/, loopOf({ params: '%5: f32[], %6: f32[n, 4]' })],
  ['D318', /condition to continue is i64/, loopOf({ yields: '%1, %0, %7' })],
  [
    'D318',
    /carried parameters of the region is 2, but it must be 1/,
    loopOf({ params: '%5: i64[], %6: f32[n, 4], %9: f32[]' }),
  ],
  ['D318', /results of the region is 1, but it must be 2/, loopOf({ yields: '%2, %0' })],
  ['D318', /0 results for 1 carried/, loopOf({ outs: '', yields: '%2' })],
  ['D318', /f32\[n, 4\] inside but f32\[n, 5\] before/, loopOf({ init: 'n, 5' })],
  ['D318', /f32\[n, 4\] inside but f32\[4\] in the result/, loopOf({ yields: '%2, %7, %7' })],
  ['D318', /f32\[n, 4\] inside but i64\[n, 4\] after/, loopOf({ outs: '%3: i64[n, 4], %4: f32[rounds, 4]' })],
  ['D318', /scan 0 is f32\[7, 4\]/, loopOf({ outs: '%3: f32[n, 4], %4: f32[7, 4]' })],
  [
    'D318',
    /the loop has no region/,
    `graph g(c: %0 i64[], ${X.replace('0', '1')}) { %2: f32[n, 4] = loop(%0, -, %1) return y: %2 }`,
  ],
  [
    'D318',
    /it has a region, but only a loop may have one/,
    `graph g(${X}) { %1: f32[n, 4] = relu(%0) () { yield } return y: %1 }`,
  ],
  ['D319', /length 'm' in %1/, `graph g(${X}) { %1: f32[m, 4] = reshape(%0) {shape: [m, 4]} return y: %1 }`],
  [
    'D319',
    /length 'm' in attribute 'end'/,
    `graph g(${X}) { %1: f32[m, 4] = slice(%0) {axis: 0, start: 0, end: "m"} return y: %1 }`,
  ],
  ['D319', /length 'm' in %0/, 'graph g(x: %0 f32[m + 1]) { return y: %0 }'],
];

describe('verify', () => {
  test.each(BROKEN)('%s: %s', (code, message, text) => {
    const found = verify(graphOf(text), OPS);
    expect(found.map((d) => `${d.code} ${d.message}`)).toContainEqual(expect.stringMatching(message));
    const hit = found.find((d) => d.code === code && message.test(d.message))!;
    expect(hit).toMatchObject({ code, severity: 'error', labels: [] });
  });

  test('a message names the node and its scope, and shows its line', () => {
    const graph = graphOf(`graph g(${X}) {\n%1: f32[n, 5] = relu(%0)  // encoder.layers.3\nreturn y: %1 }`);
    expect(verify(graph, OPS).map((d) => d.message)).toEqual([
      'encoder.layers.3: relu: the op gives the types f32[n, 4], but the node states f32[n, 5]\n  %1: f32[n, 5] = relu(%0)',
    ]);
  });

  test('D312: types without a value, and values without a type', () => {
    const graph = graphOf(`graph g(${X}) { %1: f32[n, 4] = relu(%0) return y: %1 }`);
    const { 1: moved, ...types } = graph.types;
    const broken: Graph = { ...graph, types: { ...types, 7: moved! } };
    expect(verify(broken, OPS).map((d) => d.code)).toEqual(['D312', 'D312']);
  });

  test('D313: an op that does not exist', () => {
    const graph = graphOf(`graph g(${X}) { %1: f32[n, 4] = relu(%0) return y: %1 }`);
    const { relu: _, ...fewer } = OPS;
    expect(verify(graph, fewer).map((d) => d.code)).toEqual(['D313']);
  });

  test('every rule has a case', () => {
    const covered = new Set<string>([...BROKEN.map(([code]) => code), 'D313']);
    expect(Object.keys(IR_RULES).filter((code) => !covered.has(code))).toEqual([]);
  });

  test('a symbol of a region is not defined outside of it', () => {
    const graph = graphOf(`graph g(${X}, c: %1 i64[], t: %2 bool[]) {
      %3: f32[rows, 4] = loop(%1, -, %0) (%4: i64[], %5: f32[inside, 4]) {
        %6: f32[2*inside, 4] = concat(%5, %5) {axis: 0}
        yield %2, %6
      }
      %7: f32[inside, 4] = reshape(%3) {shape: [inside, 4]}
      return y: %7
    }`);
    const codes = verify(graph, OPS).map((d) => `${d.code} ${d.message.split('\n')[0]}`);
    expect(codes).toEqual([
      "D319 g: reshape: nothing defines the length 'inside' in %7: f32[inside, 4]",
      "D319 g: reshape: nothing defines the length 'inside' in attribute 'shape'",
    ]);
  });

  test('accepts a loop without faults', () => expect(verify(graphOf(loopOf({})), OPS)).toEqual([]));

  test('finds nothing in random graphs', () => {
    fc.assert(
      fc.property(randomCase(14), ({ graph }) => void expect(verify(graph, OPS)).toEqual([])),
      { numRuns: 300 },
    );
  });
});

describe('attribute kinds', () => {
  const withAttrs = (attrs: Attrs): readonly string[] => {
    const b = createBuilder('g');
    const x = b.input('x', type('f32', 2, 3, 8));
    const [y] = b.node(OPS.attention!, [x, x, x, null], attrs, [x.type]);
    b.output('y', y!);
    return verify(b.done(), OPS).map((d) => d.code);
  };
  const fine: Attrs = { heads: 2, causal: false, scaled: false, kernel: 'body' };

  test.each<[string, Attrs, string[]]>([
    ['numbers', fine, []],
    ['an attribute of the node that owns the body', { ...fine, heads: '@heads' }, []],
    ['a reference', { ...fine, causal: { ref: 'causal' } }, []],
    ['a text for a flag', { ...fine, causal: 'yes' }, ['D316']],
    ['a number for a text', { ...fine, kernel: 3 }, ['D316']],
    ['a fraction for a length', { ...fine, heads: 1.5 }, ['D316']],
    ['a list for a length', { ...fine, heads: [2] }, ['D316']],
  ])('%s', (_, attrs, codes) => expect(withAttrs(attrs)).toEqual(codes));
});
