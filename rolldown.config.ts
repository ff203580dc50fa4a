/**
 * The command line in few files: a program of half a second must not spend a third of it on finding 200 modules
 * (docs/decisions/0017-starting-fast.md). What a command imports when it needs it stays a part of its own. The parts are
 * CommonJS, because V8 gives the code that it made of a script, not of a module (cli/kept_code.ts).
 * The library is not bundled: whoever imports it has a bundler, or time.
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
  plugins: [
    {
      // A part waits for nothing while it is loaded, and needs no look for the smaller file: it takes the package in.
      name: 'chevrotain in one piece',
      resolveId(id, importer) {
        return id.endsWith('/chevrotain.ts') ? this.resolve('chevrotain', importer) : null;
      },
    },
  ],
  output: {
    dir,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    cleanDir: true,
  },
});

export const commandLine = (dir: string): BuildOptions[] => [
  parts(dir),
  alone('main', dir),
  alone('keep_code', dir),
];

export default defineConfig(commandLine(join(ROOT, 'dist/cli')));
