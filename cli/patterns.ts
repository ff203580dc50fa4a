/** Patterns of files (`'models/*.onnx'`), for shells that do not expand them and for those that were told not to. */
import { lstat } from 'node:fs/promises';
import { glob, isDynamicPattern } from 'tinyglobby';
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../runtime/codes.ts';

export interface Expanded {
  /** In the order given, each once; those of a pattern sorted. */
  readonly paths: readonly string[];
  /** One for each pattern that nothing matches. */
  readonly unmatched: readonly Diagnostic[];
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** A name that is there is a file, whatever signs it has; links to folders are not followed. */
export async function expandPatterns(args: readonly string[]): Promise<Expanded> {
  const paths: string[] = [];
  const unmatched: Diagnostic[] = [];
  for (const arg of args) {
    if (arg === '-' || !isDynamicPattern(arg) || (await exists(arg))) {
      paths.push(arg);
      continue;
    }
    const found = await glob(arg, { followSymbolicLinks: false, expandDirectories: false });
    if (found.length > 0) paths.push(...found.sort());
    else
      unmatched.push(
        runtimeDiagnostic(
          'D501',
          `no file matches ${arg}`,
          'check the pattern, and the folder that the command runs in',
        ),
      );
  }
  return { paths: [...new Set(paths)], unmatched };
}
