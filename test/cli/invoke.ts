/** Runs commands for tests, in this process with its own streams, or in a separate process. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { build } from 'rolldown';
import { afterAll, expect } from 'vitest';
import { main } from '../../cli/app.ts';
import type { CommandRow } from '../../cli/command.ts';
import { COMMANDS } from '../../cli/commands.ts';
import type { Screen } from '../../cli/io.ts';
import { compile, randomWeights } from '../../index.ts';
import { commandLine } from '../../rolldown.config.ts';
import { writeSafetensors } from '../../runtime/weights/write_safetensors.ts';
import { compileParts } from '../runtime/compiled.ts';

export interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Makes both streams look like a terminal. */
  readonly terminal?: boolean;
  readonly commands?: readonly CommandRow[];
}

export function screenOf(pieces: string[], isTTY: boolean): Screen {
  const stream = new Writable({
    write(piece, _encoding, done) {
      pieces.push(String(piece));
      done();
    },
  });
  return Object.assign(stream, { isTTY, columns: 88 });
}

export async function invoke(args: readonly string[], around: Surroundings = {}): Promise<Finished> {
  const { stdin = '', env = {}, terminal = false, commands = COMMANDS } = around;
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main(
    args,
    {
      stdin: Readable.from([Buffer.from(stdin)]),
      stdout: screenOf(out, terminal),
      stderr: screenOf(err, terminal),
      env,
    },
    commands,
  );
  return { code, out: out.join(''), err: err.join('') };
}

/** Two models and a budget, each compiled and run in a fraction of a second. */
export const MODEL = `// Two models for the tests.
model Tiny {
  vocabulary 300
  width      32
  heads      4
  ffn        64 relu

  encoder {
    attention block(16)
    schedule  64, 64, 16 -> 8
    pool      soft_topk by linear
  }

  decoder {
    layers 2
    target 32
  }
}

model Small extends Tiny {
  width 16
}

model Reader {
  vocabulary 300
  width      16
  heads      2

  encoder { schedule 64, 32 }
}

check Tiny {
  parameters <= 125M
}
`;

export const DOCUMENT = 'The quick brown fox jumps over the lazy dog, and then it rests. '.repeat(3);

/** A folder with a model, its weights and a document. It is removed after the tests. */
export async function workshop(): Promise<{
  readonly folder: string;
  readonly path: (name: string) => string;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'benben-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  writeFileSync(path('model.ben'), MODEL);
  writeFileSync(path('document.txt'), DOCUMENT);
  mkdirSync(path('folder'));
  const { weights } = compile({ path: 'model.ben', text: MODEL }).value!;
  await writeSafetensors(path('model.safetensors'), weights, randomWeights(7));
  return { folder, path };
}

/** Builds the command as `npm run build` does, beside the installed packages. Returns the path of its main file. */
export async function buildCommand(folder: string): Promise<string> {
  mkdirSync(folder);
  compileParts(folder, []);
  const dir = join(folder, 'dist', 'cli');
  for (const options of commandLine(dir)) await build(options);
  const { status, stderr } = spawnSync(process.execPath, [join(dir, 'keep_code.js')], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return join(dir, 'main.js');
}

export function start(
  main: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 50_000,
  });
}

/** The text on stderr without the lines of progress, which a busy machine prints and a fast one does not. */
export const withoutProgress = (err: string): string => err.replace(/^.* … \d+(\.\d+)? s\n/gm, '');
