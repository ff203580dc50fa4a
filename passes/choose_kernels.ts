/**
 * Chooses the kernel that computes each op with several kernels. The op's record names the kernel for each target. Only
 * the attribute `kernel` of the node changes, which decides what is emitted.
 */
import { isComposite } from '../compiler/ir/op.ts';
import { kernelFor } from './facts.ts';
import type { Pass } from './pass.ts';
import { type Rule, rewrite } from './rewrite.ts';

const chooseKernel: Rule = {
  name: 'choose_kernel',
  apply: (match) => {
    const { b, node, ctx } = match;
    const op = match.op(node.op);
    if (!isComposite(op) || !op.kernels) return match.miss('the op has one form only');
    const kernel = kernelFor(op, ctx, node.attrs)!;
    if (node.attrs.kernel === kernel) return match.miss('it already uses the kernel of the target', 1);
    const ins = node.ins.map((id) => (id === null ? null : match.value(id)));
    return b.many(op, ins, { ...node.attrs, kernel });
  },
};

export const chooseKernels: Pass = {
  name: 'choose_kernels',
  doc: 'Chooses the kernel for the target, for each op that has several kernels.',
  run: (graph, ctx) => rewrite(graph, [chooseKernel], ctx),
};
