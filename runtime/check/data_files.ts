/**
 * Looks up the data files that a model names. The names are untrusted, so nothing outside the model's folder is accessed,
 * not even to check whether it exists. Therefore this code follows links itself, one step at a time, and checks each
 * step.
 */
import { lstatSync } from 'node:fs';
import { readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { leavesFolder } from '../../check/external.ts';
import type { FileFact } from '../../check/index.ts';

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

async function look(folder: string, location: string, files: FileLookup): Promise<FileFact> {
  if (leavesFolder(location)) return { problem: 'outside', why: 'by its path' };
  const left = partsOf(location);
  let at = folder;
  let links = 0;
  let found: Awaited<ReturnType<FileLookup['lstat']>> | undefined;
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
    if (++links > MOST_LINKS) return { problem: 'missing', why: 'its symbolic links form a cycle' };
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

/** Looks up each location in the folder of the model at `path`. */
export async function dataFilesBeside(
  path: string,
  locations: readonly string[],
  files: FileLookup = onDisk,
): Promise<ReadonlyMap<string, FileFact>> {
  if (locations.length === 0) return new Map();
  const folder = await files.realpath(dirname(path));
  const facts = new Map<string, FileFact>();
  for (const location of locations) facts.set(location, await look(folder, location, files));
  return facts;
}
