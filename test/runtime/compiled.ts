/**
 * The runtime compiled to JavaScript, for tests that need a process of their own: the effects of a signal or an exit
 * show only in another process, and Node 20 cannot run TypeScript.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');

/** Writes runtime/ and the rooms that it imports values from, as JavaScript. */
export const compileRuntime = (folder: string): void =>
  compileParts(folder, ['dsl', 'compiler', 'pipeline', 'passes', 'report', 'check', 'runtime']);

/** Writes folders and files of the repository as JavaScript, with package.json and the installed packages. */
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

/** The exit of a process and its output. */
export async function ending(
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; out: string; err: string }> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (data) => (out += String(data)));
  child.stderr?.on('data', (data) => (err += String(data)));
  return new Promise((done) => child.once('close', (code, signal) => done({ code, signal, out, err })));
}
