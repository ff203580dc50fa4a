/**
 * The versions that an artifact declares, and the oldest ONNX Runtime that runs it.
 *
 * An artifact declares the lowest opset that its operators allow. Operators of a later opset than `LOWEST_OPSET`, and
 * operators of ONNX Runtime's own that not every version computes correctly, are in the field `needs` of a kernel
 * (kernels.ts).
 */

import { IrError } from './op.ts';

/** A row of the table of opsets. */
export interface OpsetRow {
  readonly opset: number;
  /** The lowest IR version that a model of the opset may declare. */
  readonly irVersion: number;
  /** The oldest ONNX Runtime that accepts both, as `1.minor`. */
  readonly onnxRuntime: string;
}

/**
 * The opsets that Benben writes. The first two columns are ONNX's own table (docs/Versioning.md of the project ONNX).
 * The third column was tried (test/portability/).
 */
export const OPSETS: readonly OpsetRow[] = [
  { opset: 20, irVersion: 9, onnxRuntime: '1.17' },
  { opset: 21, irVersion: 10, onnxRuntime: '1.18' },
  { opset: 22, irVersion: 10, onnxRuntime: '1.21' },
  { opset: 23, irVersion: 11, onnxRuntime: '1.23' },
];

/** The opset that all operators are written for, unless a kernel says that it needs a later one. */
export const LOWEST_OPSET = 20;

/** The IR version with overloads of functions, and with the types of the values inside them. */
const FUNCTIONS_IR_VERSION = 10;

export const opsetRow = (opset: number): OpsetRow | undefined => OPSETS.find((row) => row.opset === opset);

/** What a kernel needs. Without a field, it runs wherever `LOWEST_OPSET` does. */
export interface Needs {
  readonly opset?: number;
  /** The oldest ONNX Runtime whose kernel is correct, as `1.minor`. */
  readonly onnxRuntime?: string;
}

const minorOf = (version: string): number => Number(version.split('.')[1]);

/** The later of two versions `1.minor`. */
export const later = (a: string, b: string): string => (minorOf(a) < minorOf(b) ? b : a);

/** Whether a model of this opset may use a kernel, and still run on the oldest ONNX Runtime that has the opset. */
export function fitsOpset({ opset = LOWEST_OPSET, onnxRuntime }: Needs, limit: number): boolean {
  const oldest = opsetRow(limit)?.onnxRuntime;
  return opset <= limit && (!onnxRuntime || !oldest || later(onnxRuntime, oldest) === oldest);
}

/**
 * The versions of a model, with or without functions, whose kernels have these needs: the lowest ones, or those of the
 * opset that was asked for. Throws an IrError if a kernel needs a later opset than that.
 */
export function versionsFor(needs: readonly Needs[], functions: boolean, asked?: number): OpsetRow {
  const needed = Math.max(LOWEST_OPSET, ...needs.map(({ opset = LOWEST_OPSET }) => opset));
  const row = opsetRow(asked ?? needed);
  if (!row || row.opset < needed)
    throw new IrError(`the model needs opset ${needed}, but was written for ${asked ?? needed}`);
  const irVersion = Math.max(row.irVersion, functions ? FUNCTIONS_IR_VERSION : 0);
  const forIr = OPSETS.find((one) => one.irVersion >= irVersion)!.onnxRuntime;
  const oldest = needs.flatMap(({ onnxRuntime }) => onnxRuntime ?? []);
  return { opset: row.opset, irVersion, onnxRuntime: [forIr, ...oldest].reduce(later, row.onnxRuntime) };
}
