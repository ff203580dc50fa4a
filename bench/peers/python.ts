/** The process of Python that runs PyTorch: whether it is ready, and requests to it (bench/peers/serve.py). */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The folder of the virtual environment, which git ignores. */
export const ENVIRONMENT = '.venv-peers';
const REQUIREMENTS = 'bench/peers/requirements.txt';
const IMPORTS = 'import torch, numpy, safetensors, onnx, onnxscript';

export interface Machine {
  readonly windows: boolean;
  readonly exists: (path: string) => boolean;
  /** Runs a program, and returns whether it ended with exit code 0. */
  readonly succeeds: (program: string, args: readonly string[]) => boolean;
}

export const MACHINE: Machine = {
  windows: process.platform === 'win32',
  exists: existsSync,
  succeeds: (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0,
};

/** The interpreter to run, or the reason why there is none and what to do about it. */
export type Interpreter =
  | { readonly path: string }
  | { readonly missing: string; readonly install: string | null };

/** Looks for the interpreter in `.venv-peers`, and whether it has the packages. */
export function findPython(machine: Machine = MACHINE): Interpreter {
  const { windows, exists, succeeds } = machine;
  const path = windows ? join(ENVIRONMENT, 'Scripts', 'python.exe') : join(ENVIRONMENT, 'bin', 'python');
  if (exists(path) && succeeds(path, ['-c', IMPORTS])) return { path };
  const python = windows ? 'python' : 'python3';
  if (!succeeds(python, ['--version']))
    return { missing: `there is no ${python} on this machine`, install: null };
  return {
    missing: exists(path)
      ? `${path} does not have the packages of ${REQUIREMENTS}`
      : `there is no ${path} with the packages of ${REQUIREMENTS}`,
    install: `${python} -m venv ${ENVIRONMENT} && ${path} -m pip install -r ${REQUIREMENTS}`,
  };
}

/** Says aloud that the comparison is skipped, why, and what to do. */
export const skipped = ({ missing, install }: Extract<Interpreter, { missing: string }>): string =>
  [
    `SKIPPED: the comparison with PyTorch, because ${missing}.`,
    install === null
      ? 'Install Python 3.10 or newer, and run this again.'
      : `This command installs the packages (5.5 GB on Linux with x86-64):\n  ${install}`,
  ].join(' ');

export interface Python {
  /** Asks for a command of serve.py. Rejects with the traceback where it fails. */
  ask<T = unknown>(command: string, args?: Readonly<Record<string, unknown>>): Promise<T>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Starts serve.py. Its messages for people are written to the standard error of this process. */
export function startPython(path: string): Python {
  // PyTorch warns that its dynamic quantisation will move to another package, and prints each warning several times.
  const child = spawn(path, ['-W', 'ignore', 'bench/peers/serve.py'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: Waiting[] = [];
  const fail = (reason: string): void => {
    for (const { reject } of waiting.splice(0)) reject(new Error(reason));
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as { readonly value?: unknown; readonly error?: string };
    const { resolve, reject } = waiting.shift()!;
    if (answer.error === undefined) resolve(answer.value as never);
    else reject(new Error(answer.error));
  });
  const closed = new Promise<void>((resolve) => {
    child.on('close', (code) => {
      fail(`Python ended with ${code} before it answered`);
      resolve();
    });
  });
  child.on('error', (error) => fail(error.message));
  // A process that has ended closes its input. Its requests are rejected above, so this error says nothing new.
  child.stdin.on('error', () => {});
  return {
    ask: (command, args = {}) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify({ do: command, ...args })}\n`);
      }),
    close: () => {
      child.stdin.end();
      return closed;
    },
  };
}
