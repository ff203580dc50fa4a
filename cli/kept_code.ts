/**
 * Loads the parts of the command line (dist/cli/*.cjs). The build stored the code that V8 compiled for them; it is used
 * if this version of Node and this kind of machine built them. Parsing and compiling again would take a quarter of the
 * time of `benben report` (docs/decisions/0019-kept-code.md). V8 rejects code that was made with other flags or from a
 * text of another length; such a part is compiled as usual. Without cached code, Node loads the parts.
 * NODE_DEBUG=benben prints for each part whether its cached code was used.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { debuglog } from 'node:util';
import { constants, Script } from 'node:vm';

const PARTS = import.meta.dirname;
export const KEPT = join(PARTS, 'kept', `${process.version}-${process.platform}-${process.arch}`);

const debug = debuglog('benben');
const packages = createRequire(import.meta.url);

interface Module {
  readonly exports: object;
}

/** The function that CommonJS wraps a module in. */
type Body = (
  exports: object,
  require: (id: string) => unknown,
  module: Module,
  file: string,
  folder: string,
) => void;

export interface Loader {
  /** Loads a part by its file name, such as `process.cjs`, and all that it imports. */
  readonly load: (name: string) => object;
  readonly scripts: ReadonlyMap<string, Script>;
}

/** Creates a loader that runs parts as scripts; `codeOf` returns the cached code of a part. */
export function createLoader(codeOf: (name: string) => Buffer | undefined): Loader {
  const scripts = new Map<string, Script>();
  const modules = new Map<string, Module>();
  const require = (id: string): unknown => (id.startsWith('./') ? load(id.slice(2)) : packages(id));

  function load(name: string): object {
    const known = modules.get(name);
    if (known) return known.exports;
    const file = join(PARTS, name);
    const cachedData = codeOf(name);
    const text = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
    const script = new Script(text, {
      filename: file,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      ...(cachedData && { cachedData }),
    });
    scripts.set(name, script);
    debug('%s: %s', name, cachedData ? (script.cachedDataRejected ? 'refused' : 'kept') : 'none kept');
    const module: Module = { exports: {} };
    // The module is registered before it runs, so that parts that import each other find it.
    modules.set(name, module);
    (script.runInThisContext() as Body)(module.exports, require, module, file, PARTS);
    return module.exports;
  }

  return { load, scripts };
}

function kept(name: string): Buffer | undefined {
  try {
    return readFileSync(join(KEPT, name));
  } catch {
    return undefined;
  }
}

/** Loads the part with this file name. */
export const part: (name: string) => object = existsSync(KEPT)
  ? createLoader(kept).load
  : (name) => packages(join(PARTS, name)) as object;
