/**
 * The kernels of a composite: other ONNX forms that compute the same result as its body. An op with kernels names the
 * kernel for each target. `body` is the definition of the op in standard operators, which runs on every target. The
 * reasons for the choices are in docs/decisions/0007-what-onnxruntime-fuses.md and in the file of each op.
 */
import type { OnnxForm } from './op.ts';
import type { Precision, Target } from './target.ts';

export interface Kernels<Name extends string = string> {
  readonly forms: Readonly<Record<Name, OnnxForm>>;
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

/** The kernel that an op uses on a target; undefined if the op has only one form. */
export const kernelOn = (
  { kernels }: { readonly kernels?: Kernels },
  target: Target,
  precision: Precision = 'fp32',
): string | undefined =>
  (precision === 'fp16' ? kernels?.inFloat16?.[target] : undefined) ?? kernels?.on[target];
