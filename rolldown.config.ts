/**
 * The command line in few files: a program of half a second must not spend a third of it on finding 200 modules
 * (docs/decisions/0017-starting-fast.md). What a command imports when it needs it stays a file of its own.
 * The library is not bundled: whoever imports it has a bundler, or time.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'rolldown';

const ROOT = import.meta.dirname;
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Readonly<Record<string, string>>;
};

export default defineConfig({
  input: join(ROOT, 'cli/main.ts'),
  platform: 'node',
  external: [/^node:/, new RegExp(`^(${Object.keys(dependencies).join('|')})(/|$)`)],
  transform: { target: 'node20.19' },
  output: { dir: join(ROOT, 'dist/bin'), chunkFileNames: '[name]-[hash].js', cleanDir: true },
});
