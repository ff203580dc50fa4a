/**
 * Loads the parts of the command line (dist/cli/*.cjs) with the code that V8 compiled when they were built, if the same
 * version of Node built them on the same kind of machine. Parsing and compiling again would take a quarter of the time of
 * `benben report` (docs/decisions/0019-kept-code.md). V8 rejects code that was made with other flags. It does not verify
 * the code, and damaged code would crash the process, so a checksum of each part's text and code is verified here. A part
 * whose code is rejected is compiled as usual. Without cached code, Node loads the parts.
 * NODE_DEBUG=benben prints for each part whether its cached code was used.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { debuglog } from 'node:util';
import { constants, Script } from 'node:vm';
import { crc32 } from 'node:zlib';

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

/** The name of the file with the checksums, beside the cached code. */
export const CHECKSUMS = 'checksums.json';

/** The checksum of a part: the CRC-32 of its cached code and its text. SHA-256 would take seven times as long. */
export const checksumOf = (code: Uint8Array, text: Uint8Array): number => crc32(text, crc32(code));

export interface Loader {
  /** Loads a part by its file name, such as `process.cjs`, and all that it imports. */
  readonly load: (name: string) => object;
  readonly scripts: ReadonlyMap<string, Script>;
}

/** Creates a loader that runs parts as scripts; `codeOf` returns the cached code of a part with this text. */
export function createLoader(codeOf: (name: string, text: Buffer) => Buffer | undefined): Loader {
  const scripts = new Map<string, Script>();
  const modules = new Map<string, Module>();
  const require = (id: string): unknown => (id.startsWith('./') ? load(id.slice(2)) : packages(id));

  function load(name: string): object {
    const known = modules.get(name);
    if (known) return known.exports;
    const file = join(PARTS, name);
    const bytes = readFileSync(file);
    const cachedData = codeOf(name, bytes);
    const text = `(function (exports, require, module, __filename, __dirname) {${bytes.toString()}\n})`;
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

/** Reads cached code whose checksum fits. */
function keptCode(): (name: string, text: Buffer) => Buffer | undefined {
  let checksums: Readonly<Record<string, unknown>>;
  try {
    checksums = JSON.parse(readFileSync(join(KEPT, CHECKSUMS), 'utf8')) as typeof checksums;
  } catch {
    return () => undefined;
  }
  return (name, text) => {
    try {
      const code = readFileSync(join(KEPT, name));
      return checksums[name] === checksumOf(code, text) ? code : undefined;
    } catch {
      return undefined;
    }
  };
}

/** Loads the part with this file name. */
export const part: (name: string) => object = existsSync(KEPT)
  ? createLoader(keptCode()).load
  : (name) => packages(join(PARTS, name)) as object;
