/** Tests that need a process: pipes, signals, exit codes, and which modules are loaded when. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { ending } from '../runtime/compiled.ts';
import { buildCommand, DOCUMENT, start, workshop } from './invoke.ts';

const { folder, path } = await workshop();
const main = await buildCommand(path('dist'));
const temporary = path('temporary');
mkdirSync(temporary);
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  start(main, args, folder, { TMPDIR: temporary, ...env });

/** A model with half a gigabyte of weights, so that there is time to interrupt. */
writeFileSync(
  path('large.ben'),
  'model Large { vocabulary 100_000; width 1024; ffn 4096; encoder { schedule 64 x 4 } }\n',
);

test('results, standard input, exit codes', async () => {
  const child = run(['run', 'model.ben', '--input', '-', '--max', '3', '-q']);
  child.stdin!.end(DOCUMENT);
  const { code, out, err } = await ending(child);
  expect(code).toBe(0);
  // Node prints no warning.
  expect(err).toMatch(/^warning\[D553\][^\n]*\n$/);
  expect(out).toMatch(/\n$/);
  expect(await ending(run(['check', 'nothing.ben']))).toMatchObject({ code: 1 });
  expect(await ending(run(['chekc']))).toMatchObject({ code: 2, out: '' });
  expect(readdirSync(temporary)).toEqual([]);
});

/** The processes that have a variable in their environment. */
const processesWith = (variable: string): readonly string[] =>
  readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/environ`, 'utf8').includes(variable);
    } catch {
      return false;
    }
  });

test.runIf(process.platform === 'linux')(
  'a tokenizer’s process does not outlive its command, even if that is killed',
  async () => {
    const WORDS = join(import.meta.dirname, '../runtime/fixtures/words');
    const args = ['run', 'model.ben', '-i', 'document.txt', '--max', '3', '--tokenizer', WORDS];
    const mark = `BENBEN_TEST_MARK=${process.pid}`;
    const env = { BENBEN_TEST_MARK: String(process.pid) };
    const { code, err } = await ending(run(args, env));
    expect(code, err).toBe(0);
    await vi.waitFor(() => expect(processesWith(mark)).toEqual([]), { timeout: 30_000 });
    const killed = run(args, env);
    await vi.waitFor(() => expect(processesWith(mark).length).toBeGreaterThan(1), { timeout: 30_000 });
    killed.kill('SIGKILL');
    await vi.waitFor(() => expect(processesWith(mark)).toEqual([]), { timeout: 30_000 });
  },
);

test.runIf(process.platform === 'linux')('a working folder that no longer exists is reported', async () => {
  mkdirSync(path('gone'));
  const program = `process.chdir(${JSON.stringify(path('gone'))});require('fs').rmdirSync(${JSON.stringify(path('gone'))})`;
  writeFileSync(path('leave.cjs'), program);
  const { code, err } = await ending(
    run(['report', 'model.ben'], { NODE_OPTIONS: `--require=${path('leave.cjs')}` }),
  );
  expect(err).toBe('error: the current folder no longer exists\n(change to another folder)\n');
  expect(code).toBe(1);
});

test('an error that is thrown outside of all promises is an internal error', async () => {
  // A timer throws as soon as the command has begun to listen.
  const ready = 'process.listenerCount("uncaughtException")>0';
  const program = `setInterval(()=>{if(${ready})throw new Error("late")},5).unref()`;
  const late = `data:text/javascript,${encodeURIComponent(program)}`;
  const { code, err } = await ending(
    run(['doctor'], { NODE_OPTIONS: `--import=${late}`, BENBEN_LOG: folder }),
  );
  expect(code).toBe(3);
  expect(err).toContain('internal error: late');
});

/** The parts that a command loads besides the main file. With `NODE_DEBUG`, each part prints the origin of its code. */
async function partsOf(args: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { err } = await ending(run(args, { NODE_DEBUG: 'benben' }));
  return new Map([...err.matchAll(/^BENBEN \d+: (\S+): (.*)$/gm)].map(([, part, code]) => [part!, code!]));
}

/** The modules in these parts, as the bundle marks them, and the packages that they import. */
async function loadedBy(...args: string[]): Promise<string> {
  const texts = [...(await partsOf(args)).keys()].map((name) =>
    readFileSync(join(dirname(main), name), 'utf8'),
  );
  const marks = texts.flatMap((text) => text.match(/^\/\/ \S+\.\w+$|^.*\brequire\("[^."].*/gm) ?? []);
  expect(marks).toContain('// cli/app.ts');
  return marks.join('\n');
}

test.each([['--help'], ['fmt', '--check', 'model.ben'], ['explain', 'D205']])(
  '%s loads neither ONNX Runtime nor ts-morph nor tokenizers',
  async (...args) => {
    expect(await loadedBy(...args)).not.toMatch(
      /ts-morph|onnxruntime|onnx-proto|^\/\/ runtime\/(session|tokenizer)/m,
    );
  },
);

test.each([['--help'], ['compile', '--help'], ['run', '--help']])(
  '%s %s loads no part of the compiler except tables',
  async (...args) => {
    expect(await loadedBy(...args)).not.toMatch(
      /^\/\/ (compiler\/(?!ir\/(?:target|opsets|op)\.ts)|dsl\/parser)/m,
    );
  },
);

test('modules that other commands load are detected', async () => {
  expect(await loadedBy('types', 'model.ben')).toMatch(/ts-morph/);
  const running = await loadedBy('run', 'model.ben', '-i', 'document.txt');
  for (const one of [/^\/\/ compiler\//m, /^\/\/ runtime\/session/m, /^\/\/ runtime\/tokenizer/m])
    expect(running).toMatch(one);
});

describe('code of the parts, kept by the build', () => {
  const kept = join(dirname(main), 'kept');
  const report = ['report', 'model.ben', '--quiet'];

  test('is accepted by V8 completely', async () => {
    for (const args of [report, ['check', 'model.ben'], ['compile', 'model.ben', '-o', 'kept.onnx']]) {
      const parts = await partsOf(args);
      expect(parts.size).toBeGreaterThan(5);
      expect(new Set(parts.values())).toEqual(new Set(['kept']));
    }
  });

  /** A flipped byte once crashed Node, and a text that was edited without changing its length kept its old code. */
  test('is not used if one of its bits, or the text of its part, was changed', async () => {
    const [folder] = readdirSync(kept) as [string];
    const changed = async (
      file: string,
      change: (bytes: Buffer) => void,
    ): Promise<ReadonlyMap<string, string>> => {
      const before = readFileSync(file);
      const bytes = Buffer.from(before);
      change(bytes);
      writeFileSync(file, bytes);
      const parts = await partsOf(report);
      writeFileSync(file, before);
      return parts;
    };
    const parts = readdirSync(join(kept, folder)).filter((one) => /^(dsl|report)-.*\.cjs$/.test(one));
    expect(parts.length).toBeGreaterThan(1);
    for (const name of parts) {
      const code = join(kept, folder, name);
      for (const place of [100, 1000, 5000]) {
        const flipped = await changed(code, (bytes) => (bytes[place]! ^= 1));
        expect(flipped.get(name)).toBe('none kept');
      }
      const edited = await changed(join(dirname(main), name), (bytes) => bytes.fill(' ', bytes.length - 1));
      expect(edited.get(name)).toBe('none kept');
    }
    expect(new Set((await partsOf(report)).values())).toEqual(new Set(['kept']));
  });

  test('changes nothing with other flags, with damaged or missing code, or with another version of Node', async () => {
    const usual = await ending(run(report));
    expect(usual).toMatchObject({ code: 0, err: '' });
    expect(await ending(run(report, { NODE_OPTIONS: '--stack-trace-limit=20' }))).toEqual(usual);
    const [folder] = readdirSync(kept) as [string];
    const codes = readdirSync(join(kept, folder)).filter((name) => name.endsWith('.cjs'));
    for (const [i, name] of codes.entries()) {
      const code = readFileSync(join(kept, folder, name));
      const damaged = [code.subarray(0, code.length / 2), Buffer.alloc(0), Buffer.alloc(code.length, 7)][
        i % 4
      ];
      if (damaged) writeFileSync(join(kept, folder, name), damaged);
      else rmSync(join(kept, folder, name));
    }
    expect(new Set((await partsOf(report)).values())).toEqual(new Set(['none kept']));
    expect(await ending(run(report))).toEqual(usual);
    renameSync(join(kept, folder), join(kept, 'v99.0.0-plan9-vax'));
    expect(await ending(run(report))).toEqual(usual);
  });
});

test('a closed pipe ends a command without a message', async () => {
  const child = run(['compile', 'model.ben', '--print-ir']);
  child.stdout!.destroy();
  let err = '';
  child.stderr!.on('data', (piece) => (err += String(piece)));
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

test.runIf(existsSync('/dev/full'))('a full disk behind a redirection', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [main, 'explain'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toBe('error[D505]: cannot write standard output: no space is left on the disk\n');
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await sleep(20);
  expect(condition()).toBe(true);
}

const unfinished = (): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

test.each(['SIGINT', 'SIGTERM'] as const)('%s while weights are written leaves nothing', async (signal) => {
  const before = readdirSync(folder);
  const child = run(['compile', 'large.ben', '-o', 'large.onnx']);
  const ended = ending(child);
  await until(() => unfinished().length === 2);
  child.kill(signal);
  expect(await ended).toMatchObject({ signal, out: '', err: '' });
  expect(readdirSync(folder)).toEqual(before);
});

test('Ctrl-C in run removes the temporary folder', async () => {
  const child = run(['run', 'large.ben', '-i', 'document.txt']);
  const ended = ending(child);
  await until(() => readdirSync(temporary).length > 0);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ signal: 'SIGINT', out: '' });
  expect(readdirSync(temporary)).toEqual([]);
});

test('Ctrl-C ends a run that writes a text, and removes its files', async () => {
  writeFileSync(
    path('long.ben'),
    'model Long { vocabulary 300; width 64; encoder { schedule 64 x 2 }; decoder { layers 2; target 50_000 } }\n',
  );
  const limits = ['--min', '40000', '--max', '40000'];
  const child = run(['run', 'long.ben', '-i', 'document.txt', '-q', '--stream', ...limits]);
  const ended = ending(child);
  await once(child.stdout!, 'data');
  expect(readdirSync(temporary).length).toBeGreaterThan(0);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ signal: 'SIGINT', out: expect.stringMatching(/./) });
  expect(readdirSync(temporary)).toEqual([]);
});
