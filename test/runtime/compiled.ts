/**
 * The runtime as `npm run build` leaves it, for tests that need a process of their own: Node 20
 * cannot run TypeScript, and what a signal or an exit does shows only in another process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');

/** Writes runtime/ and the folders that it imports from, as JavaScript. */
export const compileRuntime = (folder: string): void =>
  compileParts(folder, ['dsl', 'compiler', 'pipeline', 'passes', 'report', 'check', 'runtime']);

/** Writes folders and files of the root as JavaScript, with package.json and the installed packages. */
export function compileParts(folder: string, parts: readonly string[]): void {
  for (const path of parts.flatMap((part) => (part.endsWith('.ts') ? part : globTypeScript(part)))) {
    const { outputText } = ts.transpileModule(readFileSync(join(ROOT, path), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      },
    });
    const out = join(folder, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, outputText);
  }
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

function globTypeScript(part: string): string[] {
  const paths = readdirSync(join(ROOT, part), { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => path.endsWith('.ts')).map((path) => join(part, path));
}

/** A process that runs `program`, an ES module's text, in the compiled folder. */
export function runProgram(folder: string, program: string, ...args: string[]): ChildProcess {
  const path = join(folder, `program-${Math.random().toString(36).slice(2)}.js`);
  writeFileSync(path, program);
  return spawn(process.execPath, [path, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000,
  });
}

/** How it ended and what it said. */
export async function ending(
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; out: string; err: string }> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (data) => (out += String(data)));
  child.stderr?.on('data', (data) => (err += String(data)));
  return new Promise((done) => child.once('close', (code, signal) => done({ code, signal, out, err })));
}
