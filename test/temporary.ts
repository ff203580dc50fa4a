/** Gives a file of tests its own temporary folder, so that it can check which files remain there. */
import { afterAll } from 'vitest';

export function useTemporaryFolder(folder: string): void {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  afterAll(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
}
