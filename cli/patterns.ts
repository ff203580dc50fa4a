/** Expands patterns of files (`'models/*.onnx'`) that the shell did not expand. */
import { lstat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { Report } from '../dsl/render.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { InputFault } from './faults.ts';

export interface Expanded {
  /** The files in the order of the arguments; the files that match one pattern are sorted. No file is listed twice. */
  readonly paths: readonly string[];
  /** A report for each pattern that matches nothing, with the pattern in place of the file's name. */
  readonly unmatched: readonly Report[];
}

/**
 * A name that contains a character matched here may be a pattern. Other names do not need the glob library, which takes a while to load.
 */
const PATTERN_CHARACTER = /[^\w./~-]/;

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** The files that match, sorted. A name without wildcards is returned as it is. */
async function matching(pattern: string): Promise<readonly string[]> {
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(pattern)) return [pattern];
  const how = { absolute: isAbsolute(pattern), followSymbolicLinks: false, expandDirectories: false };
  return (await glob(pattern, how)).sort();
}

/** Expands the arguments. The name of an existing file is never a pattern; links to folders are not followed. */
export async function expandPatterns(args: readonly string[]): Promise<Expanded> {
  const paths: string[] = [];
  const unmatched: Report[] = [];
  for (const arg of args) {
    const found = PATTERN_CHARACTER.test(arg) && !(await exists(arg)) ? await matching(arg) : [arg];
    if (found.length > 0) {
      for (const path of found) paths.push(path);
      continue;
    }
    const help = 'check the pattern, and the folder that the command runs in';
    const diagnostic = runtimeDiagnostic('D501', `no file matches ${arg}`, help);
    unmatched.push({ source: { path: arg, text: '' }, diagnostics: [diagnostic] });
  }
  const places = new Map<string, string>();
  for (const path of paths) {
    const place = path === '-' ? path : resolve(path);
    if (!places.has(place)) places.set(place, path);
  }
  return { paths: [...places.values()], unmatched };
}

/** Expands the arguments of a command that stops when a pattern matches nothing. */
export async function filesOf(args: readonly string[]): Promise<readonly string[]> {
  const { paths, unmatched } = await expandPatterns(args);
  if (unmatched.length > 0) throw new InputFault(unmatched);
  return paths;
}
