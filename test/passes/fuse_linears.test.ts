import { expect, test } from 'vitest';
import { fuseLinears, fuseLinearsBy } from '../../passes/fuse_linears.ts';
import { after, declined } from './checks.ts';

const always = fuseLinearsBy({ cpu: Infinity, cuda: 1, webgpu: 1, portable: 1 });

const draw = 'uniform(bound: 0.5)';
const weights = `
  param %1 = "q.weight" f32[4, 3] ${draw}
  param %2 = "q.bias" f32[4] ${draw}
  param %3 = "k.weight" f32[2, 3] ${draw}
  param %4 = "k.bias" f32[2] ${draw}
  param %5 = "v.weight" f32[4, 3] ${draw}
  param %6 = "v.bias" f32[4] ${draw}`;

const graph = (body: string, rows = '1'): string => `graph g(x: %0 f32[batch, ${rows}, 3]) {${weights}
${body}
}
`;

const three = `
  %7: f32[batch, 1, 4] = linear(%0, %1, %2)  // decoder.self_attn.q_proj @1-2
  %8: f32[batch, 1, 2] = linear(%0, %3, %4)  // decoder.self_attn.k_proj @1-2
  %9: f32[batch, 1, 4] = linear(%0, %5, %6)  // decoder.self_attn.v_proj @3-4
  return q: %7, k: %8, v: %9`;

test('joins Q, K and V of one row', () => {
  expect(after(fuseLinears, graph(three))).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[batch, 1, 3]) {
      param %1 = "q.weight" f32[4, 3] uniform(bound: 0.5)
      param %2 = "q.bias" f32[4] uniform(bound: 0.5)
      param %3 = "k.weight" f32[2, 3] uniform(bound: 0.5)
      param %4 = "k.bias" f32[2] uniform(bound: 0.5)
      param %5 = "v.weight" f32[4, 3] uniform(bound: 0.5)
      param %6 = "v.bias" f32[4] uniform(bound: 0.5)
      %7: f32[10] = concat(%2, %4, %6) {axis: 0}  // decoder.self_attn @1-2 @3-4
      %8: f32[10, 3] = concat(%1, %3, %5) {axis: 0}  // decoder.self_attn @1-2 @3-4
      %9: f32[batch, 1, 10] = linear(%0, %8, %7)  // decoder.self_attn @1-2 @3-4
      %10: f32[batch, 1, 4] = slice(%9) {axis: 2, start: 0, end: 4}  // decoder.self_attn.q_proj @1-2
      %11: f32[batch, 1, 2] = slice(%9) {axis: 2, start: 4, end: 6}  // decoder.self_attn.k_proj @1-2
      %12: f32[batch, 1, 4] = slice(%9) {axis: 2, start: 6, end: 10}  // decoder.self_attn.v_proj @3-4
      return q: %10, k: %11, v: %12
    }
    "
  `);
});

test('joins linears inside a loop that read x from outside it', () => {
  expect(
    after(
      fuseLinears,
      graph(`
  %10: i64[] = constant() {value: i64[](2)}
  %11: f32[batch, 1, 4] = linear(%0, %1, -)
  %12: f32[batch, 1, 4] = loop(%10, -, %11) (%13: i64[], %14: f32[batch, 1, 4]) {
    %15: bool[] = constant() {value: bool[](1)}
    %16: f32[batch, 1, 2] = linear(%0, %3, -)
    %17: f32[batch, 1, 4] = linear(%0, %5, -)
    %18: f32[batch, 1, 4] = concat(%16, %16) {axis: 2}
    %19: f32[batch, 1, 4] = add(%17, %18)
    yield %15, %19
  }
  return y: %12`),
    ),
  ).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[batch, 1, 3]) {
      param %1 = "q.weight" f32[4, 3] uniform(bound: 0.5)
      param %3 = "k.weight" f32[2, 3] uniform(bound: 0.5)
      param %5 = "v.weight" f32[4, 3] uniform(bound: 0.5)
      %7: i64[] = constant() {value: i64[](2)}
      %8: f32[batch, 1, 4] = linear(%0, %1, -)
      %18: f32[batch, 1, 4] = loop(%7, -, %8) (%9: i64[], %10: f32[batch, 1, 4]) {
        %11: bool[] = constant() {value: bool[](1)}
        %12: f32[6, 3] = concat(%3, %5) {axis: 0}
        %13: f32[batch, 1, 6] = linear(%0, %12, -)
        %14: f32[batch, 1, 2] = slice(%13) {axis: 2, start: 0, end: 2}
        %15: f32[batch, 1, 4] = slice(%13) {axis: 2, start: 2, end: 6}
        %16: f32[batch, 1, 4] = concat(%14, %14) {axis: 2}
        %17: f32[batch, 1, 4] = add(%15, %16)
        yield %11, %17
      }
      return y: %18
    }
    "
  `);
});

test('joins weights that are joined already, with more rows on a target that allows them', () => {
  expect(
    after(
      always,
      graph(
        `
  %7: f32[6, 3] = concat(%1, %3) {axis: 0}
  %8: f32[batch, n, 6] = linear(%0, %7, -)
  %9: f32[batch, n, 4] = linear(%0, %5, -)
  return a: %8, b: %9`,
        'n',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[batch, n, 3]) {
      param %1 = "q.weight" f32[4, 3] uniform(bound: 0.5)
      param %3 = "k.weight" f32[2, 3] uniform(bound: 0.5)
      param %5 = "v.weight" f32[4, 3] uniform(bound: 0.5)
      %8: f32[10, 3] = concat(%1, %3, %5) {axis: 0}
      %9: f32[batch, n, 10] = linear(%0, %8, -)
      %10: f32[batch, n, 6] = slice(%9) {axis: 2, start: 0, end: 6}
      %11: f32[batch, n, 4] = slice(%9) {axis: 2, start: 6, end: 10}
      return a: %10, b: %11
    }
    "
  `);
});

const alone = 'no other linear reads the same x in the same way';
const shared = 'a weight has other readers';

test.each([
  [
    'many rows run',
    'with so many rows, one GEMM is not faster on cpu',
    graph(three.replaceAll('batch, 1', 'batch, n'), 'n'),
  ],
  [
    'a weight is shared with another op',
    shared,
    graph(`
  %7: f32[batch, 1, 4] = linear(%0, %1, -)
  %8: f32[batch, 1, 4] = linear(%0, %5, -)
  %9: f32[4, 3] = neg(%1)
  %10: f32[4, 3] = neg(%5)
  return q: %7, v: %8, a: %9, b: %10`),
  ],
  [
    'a weight is an output',
    shared,
    graph(`
  %7: f32[batch, 1, 4] = linear(%0, %1, -)
  %8: f32[batch, 1, 4] = linear(%0, %5, -)
  return q: %7, v: %8, w: %1, u: %5`),
  ],
  [
    'a bias is shared',
    shared,
    graph(`
  %7: f32[batch, 1, 4] = linear(%0, %1, %2)
  %8: f32[batch, 1, 4] = linear(%0, %5, %2)
  return q: %7, v: %8`),
  ],
  [
    'a weight is computed',
    'its weight or bias is computed',
    graph(`
  %7: f32[4, 3] = neg(%1)
  %8: f32[batch, 1, 4] = linear(%0, %7, -)
  %9: f32[4, 3] = neg(%5)
  %10: f32[batch, 1, 4] = linear(%0, %9, -)
  return q: %8, v: %10`),
  ],
  [
    'only one has a bias',
    alone,
    graph(`
  %7: f32[batch, 1, 4] = linear(%0, %1, %2)
  %8: f32[batch, 1, 4] = linear(%0, %5, -)
  return q: %7, v: %8`),
  ],
  [
    'they read different x',
    alone,
    graph(`
  %7: f32[batch, 1, 3] = neg(%0)
  %8: f32[batch, 1, 4] = linear(%0, %1, -)
  %9: f32[batch, 1, 4] = linear(%7, %5, -)
  return q: %8, v: %9`),
  ],
  [
    'one is in a loop',
    alone,
    graph(`
  %10: i64[] = constant() {value: i64[](2)}
  %11: f32[batch, 1, 4] = linear(%0, %1, -)
  %12: f32[batch, 1, 4] = loop(%10, -, %11) (%13: i64[], %14: f32[batch, 1, 4]) {
    %15: bool[] = constant() {value: bool[](1)}
    %17: f32[batch, 1, 4] = linear(%0, %5, -)
    yield %15, %17
  }
  return y: %12`),
  ],
])('does not fire where %s', (_, reason, text) =>
  expect(declined(fuseLinears, 'join_linears', text)).toBe(reason),
);
