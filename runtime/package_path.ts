/**
 * Finds packages with native code. Separate threads and processes load this code by its path. The search begins at the file
 * that contains this function, because a worker whose code is a text would begin in the working directory.
 */
import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { DiagnosticError } from '../dsl/diagnostics.ts';
import { type RuntimeCode, runtimeDiagnostic } from '../pipeline/codes.ts';

/**
 * The path of this file. In CommonJS it is `__filename`, because bundlers leave `import.meta` empty there. In a program
 * that is a text (`node -e`, a worker with `eval`), `__filename` is a global variable that contains no path.
 */
const here = (): string =>
  typeof __filename === 'string' && isAbsolute(__filename) ? __filename : import.meta.url;

/** Calls `find` with a `require` of this file. Throws DiagnosticError with this code if the package is not found. */
export function findPackage<T>(name: string, code: RuntimeCode, find: (require: NodeJS.Require) => T): T {
  try {
    return find(createRequire(here()));
  } catch {
    const message = `the package ${name} cannot be found from ${here()}`;
    const help = `install it there with \`npm install ${name}\`; a bundle must leave it out (\`external\`), because it contains native code`;
    throw new DiagnosticError(runtimeDiagnostic(code, message, help));
  }
}
