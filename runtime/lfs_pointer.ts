/**
 * Recognises pointers of Git LFS. A repository with large files contains such a small text in the place of a file until
 * `git lfs pull` downloads the file.
 */
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

const BEGINNING = 'version https://git-lfs.github.com/spec/v1\n';

/** The specification of Git LFS limits a pointer to fewer bytes than this. */
export const LARGEST_POINTER = 1024;

/** A diagnostic (D576) if a file of `size` bytes that begins with `head` is a pointer. */
export function lfsPointer(path: string, head: Uint8Array, size = head.byteLength): Diagnostic | undefined {
  if (size >= LARGEST_POINTER || size < BEGINNING.length) return undefined;
  for (let i = 0; i < BEGINNING.length; i++) if (head[i] !== BEGINNING.charCodeAt(i)) return undefined;
  const message = `${path} is a Git LFS pointer, not the file itself`;
  return runtimeDiagnostic('D576', message, 'run `git lfs pull` in its repository');
}
