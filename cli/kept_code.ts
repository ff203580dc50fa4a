/**
 * Loads the parts of the command line (dist/cli/*.cjs) with the code that V8 made of them when they were built, where
 * that was by this Node on such a machine: nothing is parsed or compiled again, which is a quarter of the time of
 * `benben report` (docs/decisions/0019-kept-code.md). V8 itself refuses code that was made with other flags or of a
 * text of another length; such a part is compiled as usual. Where nothing was kept, Node loads the parts.
 * NODE_DEBUG=benben tells of each part what became of its code.
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

/** What CommonJS gives a module. */
type Body = (
  exports: object,
  require: (id: string) => unknown,
  module: Module,
  file: string,
  folder: string,
) => void;

export interface Loader {
  /** The part of that file, `process.cjs`, after all that it imports. */
  readonly load: (name: string) => object;
  readonly scripts: ReadonlyMap<string, Script>;
}

/** Loads parts as scripts; `codeOf` gives what was kept of one. */
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
    // Before it runs: parts that import each other see what there is.
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

/** The part of that name. */
export const part: (name: string) => object = existsSync(KEPT)
  ? createLoader(kept).load
  : (name) => packages(join(PARTS, name)) as object;
