import { describe, expect, test } from 'vitest';
import { isComposite } from '../../compiler/ir/op.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { chooseKernels } from '../../passes/choose_kernels.ts';
import { LOWERING } from '../../passes/lowering.ts';
import { TARGETS } from '../../passes/pass.ts';
import { after, declined } from './checks.ts';

const graph = (kernel: string): string => `graph g(x: %0 f32[batch, n, 4], mask: %1 bool[batch, n]) {
  %2: f32[batch, n, 4] = attention(%0, %0, %0, %1) {heads: 2, causal: false, scaled: false, kernel: "${kernel}"}  // layer
  %3: f32[batch, n, 4] = block_attention(%2, %2, %2, %1) {heads: 2, block: 5, scaled: false, kernel: "${kernel}"}
  %4: f32[batch, n, 4] = relu(%3)
  return y: %4
}
`;

test('the CPU has a kernel for attention', () => {
  expect(after(chooseKernels, graph('body'))).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[batch, n, 4], mask: %1 bool[batch, n]) {
      %2: f32[batch, n, 4] = attention(%0, %0, %0, %1) {heads: 2, causal: false, scaled: false, kernel: "standard"}  // layer
      %3: f32[batch, n, 4] = block_attention(%2, %2, %2, %1) {heads: 2, block: 5, scaled: false, kernel: "standard"}
      %4: f32[batch, n, 4] = relu(%3)
      return y: %4
    }
    "
  `);
});

test('CUDA has ONNX Runtime’s own', () => {
  const chosen = after(chooseKernels, graph('body'), 'cuda');
  expect(chosen).toBe(after(chooseKernels, graph('standard'), 'cuda'));
  expect(chosen.match(/kernel: "multi_head"/g)).toHaveLength(2);
});

test.each(['webgpu', 'portable'] as const)('%s takes the body, whatever was there', (target) => {
  expect(after(chooseKernels, graph('standard'), target)).toBe(after(chooseKernels, graph('body'), target));
});

test('not where the kernel is right already', () => {
  const reason = declined(chooseKernels, 'choose_kernel', graph('standard'));
  expect(reason).toBe('it has the kernel that the table names');
});

test('not for an op without kernels', () => {
  const text = 'graph g(x: %0 f32[n]) {\n  %1: f32[n] = relu(%0)\n  return y: %1\n}\n';
  expect(declined(chooseKernels, 'choose_kernel', text)).toBe('the op has one form only');
});

describe.each(TARGETS)('the table for %s', (target) => {
  const withKernels = Object.values(OPS).filter((op) => isComposite(op) && op.kernels);

  test('names every op with kernels, and no other', () => {
    expect(Object.keys(LOWERING[target]).sort()).toEqual(withKernels.map((op) => op.name).sort());
  });

  test.each(withKernels.map((op) => [op.name, op] as const))('has a real kernel for %s', (name, op) => {
    expect(op.attrs).toHaveProperty('kernel');
    const kernels = ['body', ...Object.keys((isComposite(op) && op.kernels) || {})];
    expect(kernels).toContain(LOWERING[target][name]);
  });
});
