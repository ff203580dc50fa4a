/** Gives a file of tests a temporary folder of its own, so that it can check which files are left there. */
import { afterAll } from 'vitest';

export function useTemporaryFolder(folder: string): void {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  afterAll(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
}
