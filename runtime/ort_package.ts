/**
 * Where the package onnxruntime-node lies. Its native code is loaded by path in threads and processes of their own, so
 * the path is found here, from the file that holds this code: a worker that is started from a text would look in the
 * working directory.
 */
import { createRequire } from 'node:module';
import { DiagnosticError } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

/**
 * ONNX Runtime reports its use to Microsoft from every platform since 1.30, and leaves files in the
 * temporary folder for it. Nobody who runs Benben asked for that; who wants it sets the variable to 0.
 * Native code reads it when it is loaded, so it is set by the module that says where that code is.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';

/** Bundlers that write CommonJS leave `import.meta` empty, and CommonJS alone has `__filename`. */
const here = (): string => (typeof __filename === 'string' ? __filename : import.meta.url);

/** What `find` returns; throws DiagnosticError (D540) where the package is not found. */
function found<T>(find: (require: NodeJS.Require) => T): T {
  try {
    return find(createRequire(here()));
  } catch {
    const message = `the package onnxruntime-node is not found from ${here()}`;
    const help =
      'install it there with `npm install onnxruntime-node`; a bundle must leave it out (`external`), because it holds native code';
    throw new DiagnosticError(runtimeDiagnostic('D540', message, help));
  }
}

/** The absolute path of its main module. */
export const ortPath = (): string => found((require) => require.resolve('onnxruntime-node'));

export const ortVersion = (): string =>
  found((require) => require('onnxruntime-node/package.json') as { version: string }).version;
