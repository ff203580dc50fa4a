/** Paths relative to the workspace, for services that show findings beside the files of a repository. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Io } from './io.ts';

/** GitHub's workspace if there is one, otherwise the root of the git repository, otherwise the working directory. */
function rootOf(env: Io['env'], cwd: string): string {
  const given = env.GITHUB_WORKSPACE;
  if (given && isAbsolute(given) && inside(real(given), real(cwd))) return given;
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (dirname(folder) === folder) return cwd;
  }
}

const inside = (root: string, path: string): boolean => {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

/** The path without links; the path itself if it does not exist. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Creates a function that makes a path relative to the workspace. A path outside the workspace becomes absolute. Names in
 * angle brackets, such as `<stdin>`, stay.
 */
export function inWorkspace(env: Io['env'], cwd = process.cwd()): (path: string) => string {
  const root = real(rootOf(env, cwd));
  return (path) => {
    if (/^<.*>$/.test(path)) return path;
    const whole = resolve(cwd, path);
    // The folder may be reached by a link, but a file that is a link is shown under its own name.
    const found = join(real(dirname(whole)), relative(dirname(whole), whole));
    return inside(root, found) && found !== root ? relative(root, found).split(sep).join('/') : whole;
  };
}
