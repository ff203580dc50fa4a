/** Gives a test file its own temporary folder, so that the tests can check which files are left there. */
import { afterAll } from 'vitest';

export function useTemporaryFolder(folder: string): void {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  afterAll(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
}
