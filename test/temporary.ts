/** A file of tests that looks at what is left in the system's temporary folder has one of its own. */
import { afterAll } from 'vitest';

export function useTemporaryFolder(folder: string): void {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  afterAll(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
}
