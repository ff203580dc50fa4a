import { describe, expect, test } from 'vitest';
import { emit } from '../../compiler/emit/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { flattenRows as pass } from '../../passes/flatten_rows.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { declined, expectSameInOnnx, inputsOf, passed, after as textAfter } from './checks.ts';

const draw = 'uniform(bound: 0.5)';
const graph = (body: string, shape = 'batch, n, 4'): string => `graph g(x: %0 f32[${shape}]) {
  param %1 = "fc1.weight" f32[6, 4] ${draw}
  param %2 = "fc1.bias" f32[6] ${draw}
  param %3 = "fc2.weight" f32[4, 6] ${draw}
  param %4 = "norm.weight" f32[4] ${draw}
${body}
}
`;

const LAYER = graph(`  %5: f32[batch, n, 6] = linear(%0, %1, %2)  // layer.fc1
  %6: f32[batch, n, 6] = relu(%5)  // layer
  %7: f32[batch, n, 4] = linear(%6, %3, -)  // layer.fc2
  %8: f32[batch, n, 4] = add(%0, %7)  // layer
  %9: f32[batch, n, 4] = layer_norm(%8, %4, %4) {epsilon: 0.1}  // layer.norm
  %10: f32[batch, n, 4] = mul(%9, %4)
  return y: %10`);

/** Q and K of one linear, split into heads as in a decoding step. */
const QKV = graph(
  `  %5: f32[batch, 1, 6] = linear(%0, %1, -)
  %6: f32[batch, 1, 4] = slice(%5) {axis: 2, start: 0, end: 4}
  %7: f32[batch, 1, 2] = slice(%5) {axis: 2, start: 4, end: 6}
  %8: f32[batch, 2, 1, 2] = reshape(%6) {shape: [batch, 2, 1, 2]}
  %9: f32[batch, 1, 1, 2] = reshape(%7) {shape: [batch, 1, 1, 2]}
  return q: %8, k: %9`,
  'batch, 1, 4',
);

test('a layer has one reshape before it and one after it', () => {
  expect(textAfter(pass, LAYER)).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[batch, n, 4]) {
      param %1 = "fc1.weight" f32[6, 4] uniform(bound: 0.5)
      param %2 = "fc1.bias" f32[6] uniform(bound: 0.5)
      param %3 = "fc2.weight" f32[4, 6] uniform(bound: 0.5)
      param %4 = "norm.weight" f32[4] uniform(bound: 0.5)
      %5: f32[batch*n, 4] = reshape(%0) {shape: [batch*n, 4]}  // layer.fc1
      %6: f32[batch*n, 6] = linear(%5, %1, %2)  // layer.fc1
      %8: f32[batch*n, 6] = relu(%6)  // layer
      %10: f32[batch*n, 4] = linear(%8, %3, -)  // layer.fc2
      %12: f32[batch*n, 4] = add(%5, %10)  // layer
      %14: f32[batch*n, 4] = layer_norm(%12, %4, %4) {epsilon: 0.1}  // layer.norm
      %16: f32[batch*n, 4] = mul(%14, %4)
      %17: f32[batch, n, 4] = reshape(%16) {shape: [batch, n, 4]}
      return y: %17
    }
    "
  `);
});

test('Q, K and V are split into heads once, and then cut', () => {
  expect(textAfter(pass, QKV)).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[batch, 1, 4]) {
      param %1 = "fc1.weight" f32[6, 4] uniform(bound: 0.5)
      %2: f32[batch, 4] = reshape(%0) {shape: [batch, 4]}
      %3: f32[batch, 6] = linear(%2, %1, -)
      %6: f32[batch, 3, 1, 2] = reshape(%3) {shape: [batch, 3, 1, 2]}
      %7: f32[batch, 2, 1, 2] = slice(%6) {axis: 1, start: 0, end: 2}
      %8: f32[batch, 1, 1, 2] = slice(%6) {axis: 1, start: 2, end: 3}
      return q: %7, k: %8
    }
    "
  `);
});

test('an axis of length 1 needs no separate op', () => {
  const text = graph(
    `  %5: f32[batch, 1, 6] = linear(%0, %1, -)
  %6: f32[batch, 6] = squeeze(%5) {axis: 1}
  return y: %6`,
    'batch, 1, 4',
  );
  expect(textAfter(pass, text)).not.toContain('squeeze');
});

describe.each([
  ['a layer', LAYER, ['Reshape', 'Gemm', 'Relu', 'Gemm', 'Add', 'LayerNormalization', 'Mul', 'Reshape']],
  ['Q and K', QKV, ['Reshape', 'Gemm', 'Reshape', 'Slice', 'Slice']],
])('%s in ONNX', (_, text, operators) => {
  test('has the expected operators, and gives the same', async () => {
    const before = graphOf(text);
    const { graph } = passed(pass, before);
    const written = emit(graph, { ops: OPS, metadata: {}, version: 'test' }).graph.node!;
    const lengths = ['Shape', 'Concat', 'Mul'];
    const made = written.map(({ opType }) => opType!).filter((name) => !lengths.slice(0, 2).includes(name));
    expect(made).toEqual(operators);
    await expectSameInOnnx(before, graph, inputsOf(before));
  });
});

const linear = '  %5: f32[batch, n, 6] = linear(%0, %1, -)';

test('does not fire where x is a matrix already', () => {
  const text = graph('  %5: f32[n, 6] = linear(%0, %1, -)\n  return y: %5', 'n, 4');
  expect(declined(pass, 'linear_on_rows', text)).toBe('its input is a matrix already');
});

test('does not fire where a length is 0, which has another meaning in Reshape', () => {
  const empty = graph('  %5: f32[batch, 0, 6] = linear(%0, %1, -)\n  return y: %5', 'batch, 0, 4');
  expect(declined(pass, 'linear_on_rows', empty)).toBe('there are no rows');
  const nothing = graph(
    `${linear}\n  %6: f32[batch, n, 0] = slice(%5) {axis: 2, start: 0, end: 0}\n  return y: %6`,
  );
  expect(textAfter(pass, nothing)).toContain('f32[batch, n, 0] = slice');
  const column = graph(
    `  %5: f32[batch, 0, 2] = reshape(%0) {shape: [batch, 0, 2]}
  %6: f32[batch, 1, 0, 2] = unsqueeze(%5) {axis: 1}
  return y: %6`,
    'batch, 0',
  )
    .replace('x: %0 f32[batch, 0]', 'x: %0 f32[0, 2]')
    .replaceAll('batch', '3');
  expect(textAfter(pass, column)).toContain('= unsqueeze');
});

/** After a linear, each of these ops stays on three axes, with the shape that it had. */
test.each([
  [
    'an operand differs between rows but has another shape',
    'f32[batch, n, 6] = add',
    `${linear}
  %6: f32[n, 6] = constant() {value: f32[5, 6](${Array(30).fill('0.5').join(', ')})}
  %7: f32[batch, n, 6] = add(%5, %6)`.replace('f32[n, 6] = constant', 'f32[5, 6] = constant'),
  ],
  [
    'a slice cuts across rows',
    'f32[batch, 2, 6] = slice',
    `${linear}
  %7: f32[batch, 2, 6] = slice(%5) {axis: 1, start: 0, end: 2}`,
  ],
  [
    'an op combines rows',
    'f32[batch, n, 6] = softmax',
    `${linear}
  %7: f32[batch, n, 6] = softmax(%5) {axis: 1}`,
  ],
  [
    'a reshape moves columns',
    'f32[batch, 2, n, 3] = relu',
    `${linear}
  %6: f32[batch, 2, n, 3] = reshape(%5) {shape: [batch, 2, n, 3]}
  %7: f32[batch, 2, n, 3] = relu(%6)`,
  ],
])('keeps three axes where %s', (_, kept, body) => {
  const fixed = body.includes('[5, 6]')
    ? graph(`${body}\n  return y: %7`).replaceAll(/\bn\b/g, '5')
    : graph(`${body}\n  return y: %7`);
  expect(textAfter(pass, fixed)).toContain(
    fixed.includes('batch, 5') ? kept.replaceAll(/\bn\b/g, '5') : kept,
  );
});

const cuts = (more: string, outputs: string): string =>
  graph(
    `  %5: f32[batch, 6] = linear(%0, %1, -)
  %6: f32[batch, 4] = slice(%5) {axis: 1, start: 0, end: 4}
  %7: f32[batch, 2] = slice(%5) {axis: 1, start: 4, end: 6}
  %8: f32[batch, 2, 1, 2] = reshape(%6) {shape: [batch, 2, 1, 2]}
${more}
  return ${outputs}`,
    'batch, 4',
  );

test.each([
  [
    'another slice is read without a reshape',
    'another slice of the same value is used differently',
    cuts('', 'q: %8, k: %7'),
  ],
  [
    'another slice has other heads',
    'another slice of the same value is used differently',
    cuts('  %9: f32[batch, 2, 1, 1] = reshape(%7) {shape: [batch, 2, 1, 1]}', 'q: %8, k: %9'),
  ],
  [
    'another op reads the whole value',
    'there is only one slice',
    cuts('  %9: f32[batch, 1, 1, 2] = reshape(%7) {shape: [batch, 1, 1, 2]}', 'q: %8, k: %9, x: %5'),
  ],
  [
    'a slice cuts through a head',
    'the slice cuts through an axis that the reshape makes',
    graph(
      `  %5: f32[batch, 6] = linear(%0, %1, -)
  %6: f32[batch, 4] = slice(%5) {axis: 1, start: 1, end: 5}
  %8: f32[batch, 2, 1, 2] = reshape(%6) {shape: [batch, 2, 1, 2]}
  return q: %8`,
      'batch, 4',
    ),
  ],
])('slices stay where %s', (_, reason, text) =>
  expect(declined(pass, 'reshape_before_cuts', text)).toBe(reason),
);
