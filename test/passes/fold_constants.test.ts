import { describe, expect, test } from 'vitest';
import { foldConstants } from '../../passes/fold_constants.ts';
import { IDENTITIES } from '../../passes/identities.ts';
import { after, declined } from './checks.ts';

const folds = (text: string): string => after(foldConstants, text);
const declines = (rule: string, text: string): string | undefined => declined(foldConstants, rule, text);

describe('fold_node', () => {
  test('folds a chain of constants, also inside a loop', () => {
    expect(
      folds(`graph g(x: %0 f32[n, 2]) {
        %1: f32[2] = constant() {value: f32[2](1, 2)}
        %2: f32[2] = neg(%1)
        %3: f32[2] = exp(%2)  // a @3-4
        %4: i64[] = constant() {value: i64[](2)}
        %5: i64[] = add(%4, %4)
        %6: f32[n, 2] = loop(%5, -, %0) (%7: i64[], %8: f32[n, 2]) {
          %9: bool[] = constant() {value: bool[](1)}
          %10: f32[2] = mul(%3, %1)  // b
          %11: f32[n, 2] = add(%8, %10)
          yield %9, %11
        }
        return y: %6
      }`),
    ).toMatchInlineSnapshot(`
      "
      graph g(x: %0 f32[n, 2]) {
        %5: i64[] = constant() {value: i64[](4)}
        %11: f32[n, 2] = loop(%5, -, %0) (%6: i64[], %7: f32[n, 2]) {
          %8: bool[] = constant() {value: bool[](1)}
          %9: f32[2] = constant() {value: f32[2](0.36787944117144233, 0.2706705664732254)}  // b
          %10: f32[n, 2] = add(%7, %9)
          yield %8, %10
        }
        return y: %11
      }
      "
    `);
  });

  test('folds counters, lengths and several results of one op', () => {
    expect(
      folds(`graph g(x: %0 f32[n]) {
        %1: i64[3] = iota() {n: 3}
        %2: i64[] = dim_value() {of: 2}
        %3: i64[3] = mul(%1, %2)
        %4: i64[2], %5: i64[2] = top_k(%3) {k: 2, largest: true}
        return values: %4, index: %5
      }`),
    ).toMatchInlineSnapshot(`
      "
      graph g(x: %0 f32[n]) {
        %4: i64[2] = constant() {value: i64[2](4, 2)}
        %5: i64[2] = constant() {value: i64[2](2, 1)}
        return values: %4, index: %5
      }
      "
    `);
  });

  test.each([
    [
      'a weight',
      'an input is not constant',
      `graph g() {
        param %0 = "w" f32[2] constant(value: 1)
        %1: f32[2] = neg(%0)
        return y: %1
      }`,
    ],
    [
      'an input',
      'an input is not constant',
      `graph g(x: %0 f32[2]) {
        %1: f32[2] = neg(%0)
        return y: %1
      }`,
    ],
    [
      'a large result',
      'the result is large, or of unknown size',
      `graph g() {
        %0: f32[] = constant() {value: f32[](1)}
        %1: f32[1025] = expand(%0) {shape: [1025]}
        return y: %1
      }`,
    ],
    [
      'a result of unknown size',
      'an attribute is not known yet',
      `graph g(x: %0 f32[n]) {
        %1: i64[n] = iota() {n: "n"}
        return y: %1
      }`,
    ],
    [
      'a body',
      'it is not a primitive with a reference value',
      `graph g() {
        %0: f32[1, 2, 4] = constant() {value: f32[1, 2, 4](1, 2, 3, 4, 5, 6, 7, 8)}
        %1: f32[1, 2, 4] = attention(%0, %0, %0, -) {heads: 2, causal: false, scaled: false, kernel: "body"}
        return y: %1
      }`,
    ],
    [
      'float16',
      'float16 literals are not folded',
      `graph g() {
        %0: f32[] = constant() {value: f32[](1)}
        %1: f16[] = cast(%0) {to: "f16"}
        return y: %1
      }`,
    ],
    [
      'an integer beyond 2^53',
      'an integer is too large to be exact',
      `graph g() {
        %0: i64[] = constant() {value: i64[](9007199254740991)}
        %1: i64[] = mul(%0, %0)
        return y: %1
      }`,
    ],
  ])('does not fold %s', (_, reason, text) => expect(declines('fold_node', text)).toBe(reason));
});

/** For each identity, a node that equals its input, and one that does not, with the reason. */
const CASES: Readonly<
  Record<string, { fires: readonly string[]; declines: readonly [why: string, node: string][] }>
> = {
  drop_neutral_operand: {
    fires: [
      'f32[batch, n, 1] = mul(%0, %1)',
      'f32[batch, n, 1] = mul(%1, %0)',
      'f32[batch, n, 1] = div(%0, %1)',
      'f32[batch, n, 1] = pow(%0, %1)',
      'f32[batch, n, 1] = add(%0, %2)',
      'f32[batch, n, 1] = add(%2, %0)',
      'f32[batch, n, 1] = sub(%0, %2)',
      'f32[batch, n, 1] = minimum(%0, %3)',
      'bool[n] = and(%4, %5)',
      'bool[n] = and(%5, %4)',
    ],
    declines: [
      ['no operand is a neutral constant', 'f32[batch, n, 1] = mul(%0, %2)'],
      ['no operand is a neutral constant', 'f32[batch, n, 1] = sub(%2, %0)'],
      ['no operand is a neutral constant', 'f32[batch, n, 1] = div(%1, %0)'],
      ['no operand is a neutral constant', 'f32[batch, n, 1] = maximum(%0, %3)'],
      ['no operand is a neutral constant', 'bool[n] = or(%4, %5)'],
      ['no operand is a neutral constant', 'f32[batch, n, 2] = mul(%0, %11)'],
      ['the result has another type than the input', 'f32[batch, n, 2] = mul(%0, %6)'],
    ],
  },
  drop_same_shape: {
    fires: [
      'f32[batch, n, 1] = reshape(%0) {shape: [batch, n, 1]}',
      'f32[batch, n, 1] = expand(%0) {shape: [batch, n, 1]}',
    ],
    declines: [
      ['the shape changes', 'f32[batch*n] = reshape(%0) {shape: [batch*n]}'],
      ['the shape changes', 'f32[batch, n, 3] = expand(%0) {shape: [batch, n, 3]}'],
    ],
  },
  drop_transpose_in_order: {
    fires: ['f32[batch, n, 1] = transpose(%0) {order: [0, 1, 2]}'],
    declines: [['axes move', 'f32[n, batch, 1] = transpose(%0) {order: [1, 0, 2]}']],
  },
  drop_cast_to_same: {
    fires: ['f32[batch, n, 1] = cast(%0) {to: "f32"}'],
    declines: [['the dtype changes', 'i64[batch, n, 1] = cast(%0) {to: "i64"}']],
  },
  drop_whole_slice: {
    fires: [
      'f32[batch, n, 1] = slice(%0) {axis: 1, start: 0, end: "n"}',
      'f32[batch, n, 1] = slice(%0) {axis: -1, start: 0, end: 1}',
    ],
    declines: [
      ['positions are left out', 'f32[batch, n + -1, 1] = slice(%0) {axis: 1, start: 1, end: "n"}'],
      ['positions are left out', 'f32[batch, 2, 1] = slice(%0) {axis: 1, start: 0, end: 2}'],
    ],
  },
  drop_pad_by_none: {
    fires: ['f32[batch, n, 1] = pad(%0) {axis: 1, before: 0, after: 0, value: 3, as: ""}'],
    declines: [
      [
        'positions are added',
        'f32[batch, n + 1, 1] = pad(%0) {axis: 1, before: 0, after: 1, value: 3, as: ""}',
      ],
      [
        'positions are added',
        'f32[batch, n + 1, 1] = pad(%0) {axis: 1, before: 1, after: 0, value: 3, as: ""}',
      ],
      [
        'the result has another type than the input',
        'f32[batch, m, 1] = pad(%0) {axis: 1, before: 0, after: 0, value: 3, as: "m"}',
      ],
    ],
  },
  drop_concat_of_one: {
    fires: ['f32[batch, n, 1] = concat(%0) {axis: 1}'],
    declines: [['several values are joined', 'f32[batch, 2*n, 1] = concat(%0, %0) {axis: 1}']],
  },
  choose_branch: {
    fires: [
      'f32[batch, n, 1] = where(%5, %0, %2)',
      'f32[batch, n, 1] = where(%7, %2, %0)',
      'bool[n] = where(%4, %4, %4)',
    ],
    declines: [
      ['the condition is not constant', 'bool[n] = where(%4, %5, %4)'],
      ['the result has another type than the input', 'f32[batch, n, 1] = where(%5, %2, %0)'],
    ],
  },
  merge_reshape: {
    fires: ['f32[n, batch] = reshape(%8) {shape: [n, batch]}'],
    declines: [['its input is not a reshape', 'f32[batch*n] = reshape(%0) {shape: [batch*n]}']],
  },
  merge_transpose: {
    fires: ['f32[1, batch, n] = transpose(%9) {order: [0, 2, 1]}'],
    declines: [['its input is not a transpose', 'f32[1, n, batch] = transpose(%0) {order: [2, 1, 0]}']],
  },
};

const graphWith = (node: string): string => `graph g(x: %0 f32[batch, n, 1], c: %4 bool[n]) {
  %1: f32[] = constant() {value: f32[](1)}
  %2: f32[] = constant() {value: f32[](0)}
  %3: f32[] = constant() {value: f32[](Infinity)}
  %5: bool[] = constant() {value: bool[](1)}
  %6: f32[2] = constant() {value: f32[2](1, 1)}
  %7: bool[] = constant() {value: bool[](0)}
  %11: f32[2] = constant() {value: f32[2](1, 2)}
  %8: f32[batch*n] = reshape(%0) {shape: [batch*n]}
  %9: f32[1, n, batch] = transpose(%0) {order: [2, 1, 0]}
  %10: ${node}
  return y: %10, flat: %8, turned: %9
}`;

test('every identity has cases here', () => {
  expect(Object.keys(CASES).sort()).toEqual(IDENTITIES.map((rule) => rule.name).sort());
});

describe.each(Object.entries(CASES))('%s', (name, { fires, declines: refuses }) => {
  test.each(fires)('%s', (node) => {
    const op = node.match(/= (\w+)\(/)![1]!;
    const text = folds(graphWith(node));
    if (!name.startsWith('merge')) {
      const left = text.split('\n').filter((line) => line.includes(`= ${op}(`)).length;
      expect(left, text).toBe(['reshape', 'transpose'].includes(op) ? 1 : 0);
    }
  });

  test.each(refuses)('declines because %s: %s', (why, node) =>
    expect(declines(name, graphWith(node))).toBe(why),
  );
});

test('merged reshapes and transposes read the input of the first one', () => {
  expect(
    folds(`graph g(x: %0 f32[batch, n, 2]) {
      %1: f32[batch*n, 2] = reshape(%0) {shape: [batch*n, 2]}
      %2: f32[batch, 2*n] = reshape(%1) {shape: [batch, 2*n]}
      %3: f32[batch, 2, n] = transpose(%0) {order: [0, 2, 1]}
      %4: f32[n, batch, 2] = transpose(%3) {order: [2, 0, 1]}
      return y: %2, z: %4
    }`),
  ).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[batch, n, 2]) {
      %2: f32[batch, 2*n] = reshape(%0) {shape: [batch, 2*n]}
      %4: f32[n, batch, 2] = transpose(%0) {order: [1, 0, 2]}
      return y: %2, z: %4
    }
    "
  `);
});

test('an output of the graph may become one of its inputs', () => {
  expect(
    folds(`graph g(x: %0 f32[n]) {
      %1: f32[n] = cast(%0) {to: "f32"}
      return y: %1
    }`),
  ).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[n]) {
      return y: %0
    }
    "
  `);
});
