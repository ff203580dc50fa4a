/**
 * The command line in few files: a program of half a second must not spend a third of it on finding 200 modules
 * (docs/decisions/0017-starting-fast.md). What a command imports when it needs it stays a part of its own. The parts are
 * CommonJS, because V8 gives the code that it made of a script, not of a module (cli/kept_code.ts).
 * The library stays as it was compiled, but for chevrotain, which imports 600 files of lodash-es: dist/dsl/chevrotain.js
 * holds what the parser needs of both in one module, written over what the compiler wrote there.
 */
import { join } from 'node:path';
import { type BuildOptions, defineConfig } from 'rolldown';

const ROOT = import.meta.dirname;

const shared = {
  platform: 'node',
  logLevel: 'warn',
  // What is native or found by its path stays a package; so does what almost no command needs.
  external: [/^node:/, 'onnxruntime-node', 'ts-morph'],
  transform: { target: 'node20.19' },
} as const satisfies BuildOptions;

/** One file, an ES module, that starts the parts or is a step of the build. */
const alone = (name: string, dir: string): BuildOptions => ({
  ...shared,
  input: { [name]: join(ROOT, `cli/${name}.ts`) },
  output: { dir, entryFileNames: '[name].js' },
});

const parts = (dir: string): BuildOptions => ({
  ...shared,
  input: {
    process: join(ROOT, 'cli/process.ts'),
    session_thread: join(ROOT, 'runtime/session_thread.ts'),
  },
  output: {
    dir,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    cleanDir: true,
  },
});

/** One ES module for Node and browsers alike. */
const chevrotain: BuildOptions = {
  ...shared,
  platform: 'neutral',
  input: { chevrotain: join(ROOT, 'dsl/chevrotain.ts') },
  resolve: { mainFields: ['module', 'main'] },
  output: { dir: join(ROOT, 'dist/dsl'), entryFileNames: '[name].js' },
};

export const commandLine = (dir: string): BuildOptions[] => [
  parts(dir),
  alone('main', dir),
  alone('keep_code', dir),
];

export default defineConfig([chevrotain, ...commandLine(join(ROOT, 'dist/cli'))]);
