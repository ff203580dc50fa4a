/**
 * Finds the path of the package onnxruntime-node. Separate threads and processes load the package from this path. They
 * do not search for it themselves, because a worker whose code is a text would begin its search in the working
 * directory. The search here begins at the file that contains this code.
 */
import { createRequire } from 'node:module';
import { DiagnosticError } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

/**
 * Since version 1.30, ONNX Runtime reports its use to Microsoft and leaves files for this in the temporary folder.
 * Users of Benben did not agree to these reports, so they are switched off. Users who set the variable to 0 switch them
 * on. The native code reads the variable when it is loaded, so the variable is set in this module, which finds the
 * native code.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';

/** The path of this file. In CommonJS it is `__filename`, because bundlers leave `import.meta` empty there. */
const here = (): string => (typeof __filename === 'string' ? __filename : import.meta.url);

/** Returns the result of `find`. Throws DiagnosticError (D540) if the package is not found. */
function found<T>(find: (require: NodeJS.Require) => T): T {
  try {
    return find(createRequire(here()));
  } catch {
    const message = `the package onnxruntime-node cannot be found from ${here()}`;
    const help =
      'install it there with `npm install onnxruntime-node`; a bundle must leave it out (`external`), because it contains native code';
    throw new DiagnosticError(runtimeDiagnostic('D540', message, help));
  }
}

/** The absolute path of the main module of onnxruntime-node. */
export const ortPath = (): string => found((require) => require.resolve('onnxruntime-node'));

export const ortVersion = (): string =>
  found((require) => require('onnxruntime-node/package.json') as { version: string }).version;
