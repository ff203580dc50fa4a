/** An installation of this project downloads packages only, and npm prints no warning about its configuration. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
}

/**
 * The install script of onnxruntime-node downloads hundreds of megabytes of CUDA libraries. npm runs the install script
 * of a package only if the lockfile says that the package has one (docs/decisions/0029-no-install-scripts.md).
 */
test('the lockfile marks no package as having an install script', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
  const marked = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(marked.map(([name]) => name)).toEqual([]);
});

test('there is no .npmrc, because npm 11 warns about settings that it does not know', () => {
  expect(existsSync('.npmrc')).toBe(false);
});
