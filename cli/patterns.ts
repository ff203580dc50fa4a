/** Patterns of files (`'models/*.onnx'`), for shells that do not expand them and for those that were told not to. */
import { lstat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { Report } from '../dsl/render.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { InputFault } from './faults.ts';

export interface Expanded {
  /** In the order given, each once however it is spelled (`./a.ben`); those of a pattern sorted. */
  readonly paths: readonly string[];
  /** One for each pattern that nothing matches, with the pattern in the place of a file. */
  readonly unmatched: readonly Report[];
}

/** No pattern is without one; what reads patterns takes a while to load. */
const SIGNS = /[^\w./~-]/;

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Sorted; a name that is no pattern after all is itself. */
async function matching(pattern: string): Promise<readonly string[]> {
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(pattern)) return [pattern];
  const how = { absolute: isAbsolute(pattern), followSymbolicLinks: false, expandDirectories: false };
  return (await glob(pattern, how)).sort();
}

/** A name that is there is a file, whatever signs it has; links to folders are not followed. */
export async function expandPatterns(args: readonly string[]): Promise<Expanded> {
  const paths: string[] = [];
  const unmatched: Report[] = [];
  for (const arg of args) {
    const found = SIGNS.test(arg) && !(await exists(arg)) ? await matching(arg) : [arg];
    if (found.length > 0) {
      paths.push(...found);
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

/** The same for a command that does all of them or nothing. */
export async function filesOf(args: readonly string[]): Promise<readonly string[]> {
  const { paths, unmatched } = await expandPatterns(args);
  if (unmatched.length > 0) throw new InputFault(unmatched);
  return paths;
}
