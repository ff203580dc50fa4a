import { describe, expect, expectTypeOf, test } from 'vitest';
import { kernelOn, type kernels } from '../../compiler/ir/kernels.ts';
import { type Composite, isComposite, type OnnxForm } from '../../compiler/ir/op.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { chooseKernels } from '../../passes/choose_kernels.ts';
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

test('CUDA uses the kernel of ONNX Runtime’s own operator', () => {
  const chosen = after(chooseKernels, graph('body'), 'cuda');
  expect(chosen).toBe(after(chooseKernels, graph('standard'), 'cuda'));
  expect(chosen.match(/kernel: "multi_head"/g)).toHaveLength(2);
});

test.each(['webgpu', 'portable'] as const)('%s uses the body, whatever kernel was named before', (target) => {
  expect(after(chooseKernels, graph('standard'), target)).toBe(after(chooseKernels, graph('body'), target));
});

test('does not fire where the kernel is right already', () => {
  const reason = declined(chooseKernels, 'choose_kernel', graph('standard'));
  expect(reason).toBe('it already uses the kernel of the target');
});

test('does not fire for an op without kernels', () => {
  const text = 'graph g(x: %0 f32[n]) {\n  %1: f32[n] = relu(%0)\n  return y: %1\n}\n';
  expect(declined(chooseKernels, 'choose_kernel', text)).toBe('the op has one form only');
});

describe('the kernels of each op', () => {
  const withKernels = Object.values(OPS).flatMap((op) =>
    isComposite(op) && op.kernels ? [[op.name, op, op.kernels] as const] : [],
  );

  test.each(withKernels)(
    '%s has an attribute for its kernel, and a kernel for each target',
    (_, op, kernels) => {
      expect(op.attrs).toHaveProperty('kernel');
      const names = ['body', ...Object.keys(kernels.forms)];
      expect(Object.keys(kernels.on)).toEqual([...TARGETS]);
      for (const kernel of [...Object.values(kernels.on), ...Object.values(kernels.inFloat16 ?? {})])
        expect(names).toContain(kernel);
    },
  );

  test('an unknown kernel does not compile, and neither does a target without a choice', () => {
    type On = Parameters<typeof kernels<'fast'>>[1];
    type InFloat16 = Parameters<typeof kernels<'fast'>>[2];
    type Body = Readonly<Record<'webgpu' | 'portable', 'body'>>;
    expectTypeOf<Body & { cpu: 'fast'; cuda: 'body' }>().toExtend<On>();
    expectTypeOf<Body & { cpu: 'fast'; cuda: 'fats' }>().not.toExtend<On>();
    expectTypeOf<Body & { cpu: 'fast' }>().not.toExtend<On>();
    expectTypeOf<{ cuda: 'body' }>().toExtend<InFloat16>();
    expectTypeOf<{ cuda: 'fats' }>().not.toExtend<InFloat16>();
    expectTypeOf<{ forms: Record<string, OnnxForm> }>().not.toExtend<NonNullable<Composite['kernels']>>();
  });

  test('a kernel that the opset or its oldest ONNX Runtime lacks gives way to the body', () => {
    const kernel = (name: string, opset: number | undefined, attrs = {}): string | undefined =>
      kernelOn(OPS[name] as Composite, { target: 'cpu', ...(opset && { opset }) }, attrs);
    expect([20, 22, 23, undefined].map((opset) => kernel('attention', opset))).toEqual([
      'body',
      'body',
      'standard',
      'standard',
    ]);
    expect([22, 23, undefined].map((opset) => kernel('cached_attention', opset))).toEqual([
      'body',
      'body',
      'standard',
    ]);
    expect(kernel('linear_blockwise', 22, { bits: 4 })).toBe('nbits');
    expect(kernel('linear_blockwise', 22, { bits: 8 })).toBe('body');
    expect(kernel('norm_of_sum', 20)).toBe('skip');
  });

  test('a norm of a sum uses its body on CUDA in float16, where the kernel computes the mean in float16', () => {
    const op = OPS.residual_norm as Composite;
    expect(kernelOn(op, { target: 'cuda' })).toBe('skip');
    expect(kernelOn(op, { target: 'cuda', precision: 'fp16' })).toBe('body');
    expect(kernelOn(op, { target: 'webgpu', precision: 'fp16' })).toBe('skip');
  });
});
