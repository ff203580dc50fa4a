/**
 * Decides for all commands which files a model may name: files in the folder of the model, and files in the folder that
 * the model's own link leads to (the caches of Hugging Face's hub consist of such links). ONNX Runtime has the same rule
 * for data files. The names are untrusted, so nothing in other folders is accessed, not even to check whether it exists.
 * Therefore this code follows links itself, one step at a time, and checks each step.
 */
import { lstatSync } from 'node:fs';
import { readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path';
import { leavesFolder } from '../check/external.ts';
import type { FileFact } from '../check/index.ts';
import { type Diagnostic, DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { fileDiagnostic, isSystemError } from './files.ts';

/** The functions of the file system that are used. They are parameters, so that a test sees every path that is accessed. */
export interface FileLookup {
  /** Returns undefined or rejects if the path does not exist. */
  readonly lstat: (path: string) => Promise<
    | {
        readonly size: number;
        isFile(): boolean;
        isDirectory(): boolean;
        isSymbolicLink(): boolean;
      }
    | undefined
  >;
  readonly readlink: (path: string) => Promise<string>;
  readonly realpath: (path: string) => Promise<string>;
}

export const onDisk: FileLookup = {
  // Synchronous, because a model can name 50,000 files, and awaiting each call would take longer than the call itself.
  lstat: async (path) => lstatSync(path, { throwIfNoEntry: false }),
  readlink,
  realpath,
};

/** The maximum number of links in a path. Linux has the same limit. */
const MOST_LINKS = 40;

const OUTSIDE = { problem: 'outside', why: 'through a symbolic link' } as const;
const MISSING = { problem: 'missing', why: 'there is no such file' } as const;

const within = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

const partsOf = (path: string): string[] => path.split(sep === '\\' ? /[\\/]/ : '/');

/** A file that may be opened, or the reason why not. */
type Found = FileFact | { readonly size: number; readonly path: string };

/** A position in the file system without links, and the parts of a path that still follow from there. */
interface Walk {
  readonly at: string;
  readonly left: readonly string[];
}

/**
 * Where the target of a link leads from the folder `at`, or undefined if that is outside all roots. Folders between `at` and
 * a root are not accessed. This is exact, because `at` and the roots contain no links.
 */
function followLink(at: string, target: string, roots: readonly string[]): Walk | undefined {
  const { root: top } = parse(target);
  const parts = partsOf(target.slice(top.length)).filter((part) => part !== '' && part !== '.');
  const named = parts.findIndex((part) => part !== '..');
  const up = named < 0 ? parts.length : named;
  const from = resolve(top || at, ...parts.slice(0, up));
  const down = parts.slice(up);
  if (roots.some((root) => within(root, from))) return { at: from, left: down };
  for (const root of roots) {
    if (!within(from, root)) continue;
    const way = partsOf(relative(from, root));
    if (way.every((part, i) => part === down[i])) return { at: root, left: down.slice(way.length) };
  }
  return undefined;
}

async function look(roots: readonly string[], location: string, files: FileLookup): Promise<Found> {
  if (leavesFolder(location)) return { problem: 'outside', why: 'by its path' };
  let walk: Walk = { at: roots[0]!, left: partsOf(location) };
  let links = 0;
  let found: Awaited<ReturnType<FileLookup['lstat']>> | undefined;
  while (walk.left.length > 0) {
    const { at }: Walk = walk;
    const [part, ...left]: readonly string[] = walk.left;
    if (part === '' || part === '.') {
      walk = { at, left };
      continue;
    }
    const next = part === '..' ? dirname(at) : join(at, part!);
    if (!roots.some((root) => within(root, next))) return OUTSIDE;
    found = await files.lstat(next).catch(() => undefined);
    if (!found) return MISSING;
    if (!found.isSymbolicLink()) {
      walk = { at: next, left };
      continue;
    }
    if (++links > MOST_LINKS) return { problem: 'missing', why: 'its symbolic links form a cycle' };
    const target = await files.readlink(next).catch(() => undefined);
    if (target === undefined) return MISSING;
    const led = followLink(at, target, roots);
    if (!led) return OUTSIDE;
    walk = { at: led.at, left: [...led.left, ...left] };
  }
  if (found?.isFile()) return { size: found.size, path: walk.at };
  return {
    problem: 'not a file',
    why: found?.isDirectory() ? 'that is a folder' : 'that is a device, a pipe or a socket',
  };
}

/** The folders that files of the model at `path` may be in: its own folder first. */
async function rootsOf(path: string, files: FileLookup): Promise<readonly string[]> {
  const folder = await files.realpath(dirname(path));
  const real = dirname(await files.realpath(path));
  return real === folder ? [folder] : [folder, real];
}

/** Looks up each location in the folder of the model at `path`. Rejects if there is no such model. */
export async function dataFilesBeside(
  path: string,
  locations: readonly string[],
  files: FileLookup = onDisk,
): Promise<ReadonlyMap<string, FileFact>> {
  if (locations.length === 0) return new Map();
  const roots = await rootsOf(path, files);
  const facts = new Map<string, FileFact>();
  for (const location of locations) facts.set(location, await look(roots, location, files));
  return facts;
}

/**
 * The path of a file that the model at `path` names, without links. Returns D575 if the file is in another folder, D501 if
 * there is no file, and D511 if it is not a regular file. `what` names its purpose, as in "data file".
 */
export async function fileBeside(path: string, name: string, what: string): Promise<Outcome<string>> {
  const bad = (diagnostic: Diagnostic): Outcome<string> => ({ diagnostics: [diagnostic] });
  let found: Found;
  try {
    found = await look(await rootsOf(path, onDisk), name, onDisk);
  } catch (error) {
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    if (isSystemError(error)) return bad(fileDiagnostic(error, path, 'open'));
    throw error;
  }
  if ('path' in found) return { value: found.path, diagnostics: [] };
  const why = 'why' in found ? found.why : '';
  const message = `${path} names the ${what} '${name}'`;
  if (!('problem' in found) || found.problem === 'outside') {
    const help = `put the file into the folder of the model; do not use such a model from a source that you do not trust`;
    return bad(runtimeDiagnostic('D575', `${message}, which is outside the model’s folder (${why})`, help));
  }
  const code = found.problem === 'missing' ? 'D501' : 'D511';
  const help = `keep the ${what} in the folder of the model, under exactly this name`;
  return bad(runtimeDiagnostic(code, `${message}, but ${why}`, help));
}

/** The names of the other files that belong to a tokenizer file `NAME.tokenizer.json` or `tokenizer.json`. */
const besideTokenizer = (name: string): readonly string[] => {
  const start = /^(.*)tokenizer\.json$/s.exec(name)?.[1] ?? join(dirname(name), '/');
  return [`${start}tokenizer_config.json`, `${start}special_tokens_map.json`];
};

/** The reason why the tokenizer that the model at `path` names, or a file that belongs to it, must not be opened. */
export async function refusedTokenizer(path: string, name: string): Promise<Diagnostic | undefined> {
  const tokenizer = await fileBeside(path, name, 'tokenizer');
  if (tokenizer.value === undefined) return tokenizer.diagnostics[0];
  for (const other of besideTokenizer(name)) {
    const { diagnostics } = await fileBeside(path, other, 'configuration of the tokenizer');
    // These files may be missing.
    const refused = diagnostics.find(({ code }) => code !== 'D501');
    if (refused) return refused;
  }
  return undefined;
}
