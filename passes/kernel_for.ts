/** With which of its kernels an op is written, as far as its record says. */
import { kernelOn } from '../compiler/ir/kernels.ts';
import { isComposite, type Op } from '../compiler/ir/op.ts';
import type { PassContext } from './pass.ts';

/** `body` for an op's own definition; undefined where it has one form only. */
export const kernelFor = (op: Op, { target, precision }: PassContext): string | undefined =>
  isComposite(op) ? kernelOn(op, target, precision) : undefined;
