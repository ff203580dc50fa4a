/**
 * Bundles the command line into a few files, because finding and loading 200 modules would take a large part of a short
 * command's time (docs/decisions/0017-starting-fast.md). Modules that a command imports dynamically stay in separate
 * files, called parts. The parts are CommonJS, because V8 can store the compiled code of scripts, but not of ES modules
 * (cli/kept_code.ts).
 *
 * The library is not bundled, except chevrotain, which imports 600 files of lodash-es. One module,
 * dist/dsl/chevrotain.js, contains everything that the parser needs from chevrotain and lodash-es. It replaces the file
 * that the TypeScript compiler wrote there.
 */
import { join } from 'node:path';
import { type BuildOptions, defineConfig } from 'rolldown';

const ROOT = import.meta.dirname;

const shared = {
  platform: 'node',
  logLevel: 'warn',
  // onnxruntime-node and tokenizers are native and are found by their paths. ts-morph is needed by very few commands.
  external: [/^node:/, 'onnxruntime-node', 'tokenizers', 'ts-morph'],
  transform: { target: 'node20.19' },
} as const satisfies BuildOptions;

/**
 * commander loads `node:child_process` for commands that are separate programs. Benben has none, and loading the module
 * takes some milliseconds of every command.
 */
const withoutPrograms = {
  name: 'without-programs',
  transform: (code: string, id: string) =>
    /[\\/]commander[\\/]lib[\\/]/.test(id)
      ? code.replace(/require\(['"]node:child_process['"]\)/, '({})')
      : null,
};

/** Bundles one program into one ES module: the program that starts the parts, or a step of the build. */
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
  plugins: [withoutPrograms],
  output: {
    dir,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    cleanDir: true,
  },
});

/** Bundles chevrotain into one ES module, which works in Node and in browsers. */
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
