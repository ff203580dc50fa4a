/** Finds a folder for compiled code, which nobody but this user can change. */
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, sep } from 'node:path';

/** A folder of this user that exists, and the folder for Benben's code below it (XDG Base Directory Specification). */
function cacheFolder(env: Readonly<Record<string, string | undefined>>): {
  readonly base: string;
  readonly parts: readonly string[];
} {
  const { XDG_CACHE_HOME: asked, LOCALAPPDATA: local } = env;
  const base = process.platform === 'win32' ? local : asked;
  return base && isAbsolute(base)
    ? { base, parts: ['benben', 'compiled'] }
    : { base: homedir(), parts: ['.cache', 'benben', 'compiled'] };
}

/** Whether nobody but this user and the administrator can change what a path leads to. Windows has no such modes. */
function isPrivate(path: string, own: boolean): boolean {
  const found = lstatSync(path);
  if (!found.isDirectory()) return false;
  if (process.getuid === undefined) return true;
  const trusted = found.uid === process.getuid() || (!own && found.uid === 0);
  return trusted && (found.mode & 0o022) === 0;
}

/** A private folder for compiled code, or undefined. Node does not check to whom the folder belongs. */
export function privateFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  try {
    const { base, parts } = cacheFolder(env);
    const real = realpathSync(base);
    const above = real.split(sep).map((_, i, all) => all.slice(0, i + 1).join(sep) || sep);
    if (!above.every((path) => isPrivate(path, false))) return undefined;
    let folder = real;
    for (const part of parts) {
      folder = join(folder, part);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (!isPrivate(folder, true)) return undefined;
    }
    return folder;
  } catch {
    return undefined;
  }
}
