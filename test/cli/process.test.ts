/** What only a process of its own shows: pipes, signals, exit codes, and what is loaded when. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ending } from '../runtime/compiled.ts';
import { buildCommand, DOCUMENT, start, workshop } from './invoke.ts';

const { folder, path } = await workshop();
const main = await buildCommand(path('dist'));
const temporary = path('temporary');
mkdirSync(temporary);
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  start(main, args, folder, { TMPDIR: temporary, ...env });

/** Half a gigabyte of weights: enough time to be interrupted. */
writeFileSync(
  path('large.ben'),
  'model Large { vocabulary 100_000; width 1024; ffn 4096; encoder { schedule 64 x 4 } }\n',
);

test('results, standard input, exit codes', async () => {
  const child = run(['run', 'model.ben', '--input', '-', '--max', '3', '-q']);
  child.stdin!.end(DOCUMENT);
  const { code, out, err } = await ending(child);
  expect(code).toBe(0);
  // And no warning of Node's.
  expect(err).toMatch(/^warning\[D553\][^\n]*\n$/);
  expect(out).toMatch(/\n$/);
  expect(await ending(run(['check', 'nothing.ben']))).toMatchObject({ code: 1 });
  expect(await ending(run(['chekc']))).toMatchObject({ code: 2, out: '' });
  expect(readdirSync(temporary)).toEqual([]);
});

test('what is thrown where nobody awaits is an internal error', async () => {
  // From a timer, as soon as the command has begun to listen.
  const ready = 'process.listenerCount("uncaughtException")>0';
  const program = `setInterval(()=>{if(${ready})throw new Error("late")},5).unref()`;
  const late = `data:text/javascript,${encodeURIComponent(program)}`;
  const { code, err } = await ending(
    run(['doctor'], { NODE_OPTIONS: `--import=${late}`, BENBEN_LOG: folder }),
  );
  expect(code).toBe(3);
  expect(err).toContain('internal error: late');
});

test('fmt and --help load neither ONNX Runtime nor ts-morph nor the tokenizers', async () => {
  const hook =
    'export async function resolve(s,c,n){if(/ts-morph|onnx|tokenizers/.test(s))console.error("LOADED "+s);return n(s,c)}';
  const register = `import{register}from"node:module";register("data:text/javascript,${encodeURIComponent(hook)}")`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(register)}` };
  for (const args of [['--help'], ['fmt', '--check', 'model.ben'], ['explain', 'D205']]) {
    expect(await ending(run(args, env))).toMatchObject({ code: 0, err: '' });
  }
  // The hook does see what another command loads.
  expect((await ending(run(['types', 'model.ben'], env))).err).toContain('LOADED ts-morph');
});

test('--help loads nothing of the compiler either, tables apart', async () => {
  // The bundle names above each module's text the file that it came from.
  const hook =
    'export async function load(u,c,n){const r=await n(u,c);const f=/^\\/\\/ (compiler|dsl\\/parser).*$/m.exec(r.source);if(f)console.error("LOADED "+f[0]);return r}';
  const register = `import{register}from"node:module";register("data:text/javascript,${encodeURIComponent(hook)}")`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(register)}` };
  for (const args of [['--help'], ['compile', '--help'], ['run', '--help']]) {
    expect(await ending(run(args, env))).toMatchObject({ code: 0, err: '' });
  }
  expect((await ending(run(['types', 'model.ben'], env))).err).toContain('LOADED');
});

test('a reader that goes away ends it quietly', async () => {
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

test('Ctrl-C in run takes the temporary folder away', async () => {
  const child = run(['run', 'large.ben', '-i', 'document.txt']);
  const ended = ending(child);
  await until(() => readdirSync(temporary).length > 0);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ signal: 'SIGINT', out: '' });
  expect(readdirSync(temporary)).toEqual([]);
});

test('Ctrl-C ends a text that is being made, and takes its files away', async () => {
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
