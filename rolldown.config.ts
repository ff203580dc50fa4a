/**
 * The command line in few files: a program of half a second must not spend a third of it on finding 200 modules
 * (docs/decisions/0017-starting-fast.md). What a command imports when it needs it stays a file of its own.
 * The library is not bundled: whoever imports it has a bundler, or time.
 */
import { join } from 'node:path';
import { defineConfig } from 'rolldown';

const ROOT = import.meta.dirname;

export default defineConfig({
  input: join(ROOT, 'cli/main.ts'),
  platform: 'node',
  // What is native or found by its path stays a package; so does what almost no command needs.
  external: [/^node:/, 'onnxruntime-node', 'chevrotain', 'ts-morph'],
  transform: { target: 'node20.19' },
  output: { dir: join(ROOT, 'dist/cli'), chunkFileNames: '[name]-[hash].js', cleanDir: true },
});
