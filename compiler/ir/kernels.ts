/**
 * The kernels of a composite: other ONNX forms that compute the same result as its body. An op with kernels names the
 * kernel for each target. `body` is the definition of the op in standard operators, which runs on every target. The
 * reasons for the choices are in docs/decisions/0007-what-onnxruntime-fuses.md and in the file of each op.
 */
import type { Attrs } from './graph.ts';
import type { OnnxForm } from './op.ts';
import { fitsOpset, type Needs } from './opsets.ts';
import type { Precision, Target } from './target.ts';

export interface Kernel {
  readonly write: OnnxForm;
  /** The opset and the ONNX Runtime that the form needs. They may depend on the node's attributes. */
  readonly needs: Needs | ((attrs: Attrs) => Needs);
}

export interface Kernels<Name extends string = string> {
  readonly forms: Readonly<Record<Name, Kernel>>;
  readonly on: Readonly<Record<Target, Name | 'body'>>;
  /** The choices that differ if the model computes in float16. */
  readonly inFloat16?: Readonly<Partial<Record<Target, Name | 'body'>>>;
}

/** Builds the record of an op's kernels. Its type allows only kernels that are among the forms. */
export const kernels = <Name extends string>(
  forms: Kernels<Name>['forms'],
  on: Readonly<Record<Target, NoInfer<Name> | 'body'>>,
  inFloat16: Readonly<Partial<Record<Target, NoInfer<Name> | 'body'>>> = {},
): Kernels => ({ forms, on, inFloat16 });

/** What a kernel needs for a node with these attributes. */
export const needsOf = ({ needs }: Kernel, attrs: Attrs): Needs =>
  typeof needs === 'function' ? needs(attrs) : needs;

/** What a model is compiled for, as far as the choice of kernels depends on it. */
export interface KernelContext {
  readonly target: Target;
  /** Default `fp32`. */
  readonly precision?: Precision;
  /** The opset that was asked for. A kernel that it or its oldest ONNX Runtime lacks is not used. Default: no limit. */
  readonly opset?: number;
}

/** The kernel that an op uses for a node with these attributes; undefined if the op has only one form. */
export function kernelOn(
  { kernels }: { readonly kernels?: Kernels },
  { target, precision, opset }: KernelContext,
  attrs: Attrs = {},
): string | undefined {
  const name = (precision === 'fp16' ? kernels?.inFloat16?.[target] : undefined) ?? kernels?.on[target];
  const kernel = name === undefined ? undefined : kernels!.forms[name];
  if (!kernel || opset === undefined) return name;
  return fitsOpset(needsOf(kernel, attrs), opset) ? name : 'body';
}
