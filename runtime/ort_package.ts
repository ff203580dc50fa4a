/** Finds the package onnxruntime-node. */
import { findPackage } from './package_path.ts';

/**
 * Since version 1.30, ONNX Runtime reports its use to Microsoft and leaves files for this in the temporary folder.
 * Users of Benben did not agree to these reports, so they are switched off. Users who set the variable to 0 switch them
 * on. The native code reads the variable when it is loaded, so the variable is set in this module, which finds the
 * native code.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';

/** Returns the result of `find`. Throws DiagnosticError (D540) if the package is not found. */
const found = <T>(find: (require: NodeJS.Require) => T): T => findPackage('onnxruntime-node', 'D540', find);

/** The absolute path of the main module of onnxruntime-node. */
export const ortPath = (): string => found((require) => require.resolve('onnxruntime-node'));

export const ortVersion = (): string =>
  found((require) => require('onnxruntime-node/package.json') as { version: string }).version;
