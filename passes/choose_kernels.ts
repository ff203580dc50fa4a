/**
 * Chooses how each op with several kernels is computed on the target, as the op's record says. Only the hint
 * `kernel` of the op changes, and with it what is emitted.
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
    const kernel = kernelFor(op, ctx)!;
    if (node.attrs.kernel === kernel) return match.miss('it uses the kernel of the target already', 1);
    const ins = node.ins.map((id) => (id === null ? null : match.value(id)));
    return b.many(op, ins, { ...node.attrs, kernel });
  },
};

export const chooseKernels: Pass = {
  name: 'choose_kernels',
  doc: 'Chooses the kernel of each op that has several, by target.',
  run: (graph, ctx) => rewrite(graph, [chooseKernel], ctx),
};
