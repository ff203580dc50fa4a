import { describe, expect, test } from 'vitest';
import { emit, encodeModel } from '../../compiler/emit/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { chooseKernels } from '../../passes/choose_kernels.ts';
import { fuseResidualNorm as pass } from '../../passes/fuse_residual_norm.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { decodeModelProto } from '../onnx_messages.ts';
import { declined, expectSameInOnnx, inputsOf, passed, after as textAfter } from './checks.ts';

const draw = 'uniform(bound: 0.5)';
const graph = (
  body: string,
  shape = 'batch, n, 4',
): string => `graph g(x: %0 f32[${shape}], y: %1 f32[${shape}]) {
  param %2 = "norm.weight" f32[4] ${draw}
  param %3 = "norm.bias" f32[4] ${draw}
  param %4 = "other.weight" f32[4] ${draw}
${body}
}
`;

const sum = (shape: string): string => `  %5: f32[${shape}] = add(%0, %1)  // layer
  %6: f32[${shape}] = layer_norm(%5, %2, %3) {epsilon: 0.1}  // layer.norm @1-2`;
const POST = graph(`${sum('batch, n, 4')}\n  return z: %6`);
const PRE = graph(
  `${sum('n, 4')}
  %7: f32[n, 4] = tanh(%6)
  %8: f32[n, 4] = add(%5, %7)
  return z: %8`,
  'n, 4',
);

test('a norm alone reads the sum (post-norm)', () => {
  expect(textAfter(pass, POST)).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[batch, n, 4], y: %1 f32[batch, n, 4]) {
      param %2 = "norm.weight" f32[4] uniform(bound: 0.5)
      param %3 = "norm.bias" f32[4] uniform(bound: 0.5)
      %6: f32[batch, n, 4] = norm_of_sum(%0, %1, %2, %3) {epsilon: 0.1, kernel: "body"}  // layer.norm @1-2
      return z: %6
    }
    "
  `);
});

test('other nodes read the sum too (pre-norm): one op gives the sum and the norm', () => {
  expect(textAfter(pass, PRE)).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[n, 4], y: %1 f32[n, 4]) {
      param %2 = "norm.weight" f32[4] uniform(bound: 0.5)
      param %3 = "norm.bias" f32[4] uniform(bound: 0.5)
      %5: f32[n, 4], %6: f32[n, 4] = residual_norm(%0, %1, %2, %3) {epsilon: 0.1, kernel: "body"}  // layer.norm @1-2
      %7: f32[n, 4] = tanh(%5)
      %8: f32[n, 4] = add(%6, %7)
      return z: %8
    }
    "
  `);
});

test('the second of two norms stays', () => {
  const two = graph(
    `${sum('n, 4')}
  %7: f32[n, 4] = layer_norm(%5, %4, %3) {epsilon: 0.1}
  return a: %6, b: %7`,
    'n, 4',
  );
  const result = textAfter(pass, two);
  expect(result).toContain('residual_norm(%0, %1, ');
  expect(result.match(/layer_norm/g)).toHaveLength(1);
});

describe.each([
  ['post-norm', POST],
  ['pre-norm', PRE],
])('%s', (_, text) => {
  test('ONNX Runtime agrees, with its own operator', async () => {
    const before = graphOf(text);
    const fused = passed(chooseKernels, passed(pass, before).graph).graph;
    const model = decodeModelProto(encodeModel(emit(fused, { ops: OPS, metadata: {}, version: 'test' })));
    expect(model.opsetImport.map(({ domain }) => domain)).toEqual(['', 'ai.benben', 'com.microsoft']);
    expect(model.graph!.node!.map(({ opType }) => opType)).toContain('SkipLayerNormalization');
    await expectSameInOnnx(before, fused, inputsOf(before));
  });
});

const inLoop = graph(
  `  %10: i64[] = constant() {value: i64[](2)}
  %5: f32[n, 4] = add(%0, %1)
  %12: f32[n, 4] = loop(%10, -, %0) (%13: i64[], %14: f32[n, 4]) {
    %15: bool[] = constant() {value: bool[](1)}
    %16: f32[n, 4] = layer_norm(%5, %2, %3) {epsilon: 0.1}
    %17: f32[n, 4] = add(%14, %16)
    yield %15, %17
  }
  return y: %12`,
  'n, 4',
);

test.each([
  ['the target has no kernel', 'portable has no kernel', 'portable', POST],
  [
    'no norm reads the sum',
    'it is not the norm of a sum',
    'cpu',
    graph(
      '  %5: f32[batch, n, 4] = mul(%0, %1)\n  %6: f32[batch, n, 4] = layer_norm(%5, %2, %3) {epsilon: 0.1}\n  return z: %6',
    ),
  ],
  ['the norm is in a loop', 'the norm is in another region', 'cpu', inLoop],
  [
    'there are four axes',
    'the kernel takes two or three axes',
    'cpu',
    graph(`${sum('batch, 2, n, 4')}\n  return z: %6`, 'batch, 2, n, 4'),
  ],
  [
    'an operand is broadcast',
    'an operand of the sum is broadcast',
    'cpu',
    graph(
      '  %5: f32[n, 4] = add(%0, %2)\n  %6: f32[n, 4] = layer_norm(%5, %2, %3) {epsilon: 0.1}\n  return z: %6',
      'n, 4',
    ),
  ],
  [
    'the gain is computed',
    'the gain or the bias is not a weight',
    'cpu',
    graph(
      '  %5: f32[n, 4] = add(%0, %1)\n  %7: f32[4] = tanh(%2)\n  %6: f32[n, 4] = layer_norm(%5, %7, %3) {epsilon: 0.1}\n  return z: %6',
      'n, 4',
    ),
  ],
] as const)('does not fire where %s', (_, reason, target, text) => {
  expect(declined(pass, 'norm_with_sum', text, target)).toBe(reason);
});

test('does not fire for a sum that no norm reads', () => {
  const text = graph('  %5: f32[n, 4] = add(%0, %1)\n  return z: %5', 'n, 4');
  expect(declined(pass, 'sum_with_norm', text)).toBe('no norm reads the sum');
});
