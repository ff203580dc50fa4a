/**
 * A look at the data files that a model names. Names are a stranger's: nothing outside the model's folder is touched,
 * not even to see whether it is there. So links are followed by hand, step by step, each held against the folder.
 */
import { lstatSync } from 'node:fs';
import { readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { leavesFolder } from '../../check/external.ts';
import type { FileFact } from '../../check/index.ts';

/** What is asked of a file system; injected, so that a test sees every path that is touched. */
export interface Looking {
  /** Undefined, or an error, where there is nothing. */
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

export const onDisk: Looking = {
  // A model can name 50,000 files: waiting for each takes longer than looking at it.
  lstat: async (path) => lstatSync(path, { throwIfNoEntry: false }),
  readlink,
  realpath,
};

/** As the system has it. */
const MOST_LINKS = 40;

const OUTSIDE = { problem: 'outside', why: 'a link leads there' } as const;
const MISSING = { problem: 'missing', why: 'there is no such file' } as const;

const within = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

const partsOf = (path: string): string[] => path.split(sep === '\\' ? /[\\/]/ : '/');

async function look(folder: string, location: string, files: Looking): Promise<FileFact> {
  if (leavesFolder(location)) return { problem: 'outside', why: 'its name says so' };
  const left = partsOf(location);
  let at = folder;
  let links = 0;
  let found: Awaited<ReturnType<Looking['lstat']>> | undefined;
  for (let part = left.shift(); part !== undefined; part = left.shift()) {
    if (part === '' || part === '.') continue;
    const next = part === '..' ? dirname(at) : join(at, part);
    if (!within(folder, next)) return OUTSIDE;
    found = await files.lstat(next).catch(() => undefined);
    if (!found) return MISSING;
    if (!found.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) return { problem: 'missing', why: 'its links go in a circle' };
    const target = await files.readlink(next).catch(() => undefined);
    if (target === undefined) return MISSING;
    if (!isAbsolute(target)) left.unshift(...partsOf(target));
    else if (within(folder, target)) {
      left.unshift(...partsOf(relative(folder, target)));
      at = folder;
    } else return OUTSIDE;
  }
  if (found?.isFile()) return { size: found.size };
  return {
    problem: 'not a file',
    why: found?.isDirectory() ? 'that is a folder' : 'that is a device, a pipe or a socket',
  };
}

/** What there is at each location, beside the model at `path`. */
export async function lookBeside(
  path: string,
  locations: readonly string[],
  files: Looking = onDisk,
): Promise<ReadonlyMap<string, FileFact>> {
  if (locations.length === 0) return new Map();
  const folder = await files.realpath(dirname(path));
  const facts = new Map<string, FileFact>();
  for (const location of locations) facts.set(location, await look(folder, location, files));
  return facts;
}
