import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DiagnosticError } from '../../dsl/diagnostics.ts';
import { findDevice, installedDevices } from '../../runtime/device.ts';
import { openSession, type Session, type SessionOptions } from '../../runtime/session.ts';
import { childArguments } from '../../runtime/session_child.ts';
import { runFailure } from '../../runtime/session_errors.ts';
import { workerSource } from '../../runtime/session_worker.ts';
import type { TensorData } from '../../runtime/tensor.ts';
import { effort } from '../effort.ts';
import { compileRuntime, ending, runProgram } from './compiled.ts';
import { slowModel, type TinyNode, tinyModel, type Value } from './tiny_models.ts';

const folder = mkdtempSync(join(tmpdir(), 'benben-session-'));
const compiled = join(folder, 'compiled');
beforeAll(() => compileRuntime(compiled));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function modelFile(bytes: Uint8Array): string {
  const path = join(folder, `${made++}.onnx`);
  writeFileSync(path, bytes);
  return path;
}

async function open(bytes: Uint8Array, options?: SessionOptions): Promise<Session> {
  const { value, diagnostics } = await openSession(modelFile(bytes), options);
  expect(diagnostics).toEqual([]);
  return value!;
}

const floats = (shape: number[], values: number[]): TensorData => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

const value = (name: string, type: Value['type'], ...dims: (number | string)[]): Value => ({
  name,
  type,
  dims,
});
const node = (op: string, ins: string[], outs: string[]): TinyNode => ({ op, ins, outs });

const ADD = tinyModel(
  [value('a', 'float32', 'n', 2), value('b', 'float32', 'n', 2)],
  [value('sum', 'float32', 'n', 2), value('less', 'bool', 'n', 2)],
  [node('Add', ['a', 'b'], ['sum']), node('Less', ['a', 'b'], ['less'])],
);

async function codesOf(run: Promise<unknown>): Promise<string[]> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DiagnosticError);
  return (error as DiagnosticError).diagnostics.map(({ code }) => code);
}

test('describes, runs and closes a model', async () => {
  const session = await open(ADD, { threads: 1 });
  expect(session.device).toBe('cpu');
  expect(session.inputs).toEqual([
    { name: 'a', dtype: 'float32', shape: ['n', 2] },
    { name: 'b', dtype: 'float32', shape: ['n', 2] },
  ]);
  expect(session.outputs.map(({ name, dtype }) => [name, dtype])).toEqual([
    ['sum', 'float32'],
    ['less', 'bool'],
  ]);
  const a = floats([1, 2], [1, 5]);
  const results = await session.run({ a, b: floats([1, 2], [3, 4]) });
  expect(results.sum).toEqual(floats([1, 2], [4, 9]));
  expect(results.less).toEqual({ dtype: 'bool', shape: [1, 2], data: Uint8Array.of(1, 0) });
  expect(a.data.length).toBe(2);

  const some = await session.run({ a, b: a }, { outputs: ['sum'] });
  expect(Object.keys(some)).toEqual(['sum']);
  await session.close();
  await session.close();
  expect(await codesOf(session.run({ a, b: a }))).toEqual(['D545']);
});

test('passes int64 and bool in and out, and empty tensors', async () => {
  const session = await open(
    tinyModel(
      [value('i', 'int64', 'n'), value('b', 'bool', 'm')],
      [value('j', 'int64', 'n'), value('c', 'bool', 'm')],
      [node('Neg', ['i'], ['j']), node('Not', ['b'], ['c'])],
    ),
  );
  const feeds = {
    i: { dtype: 'int64', shape: [2], data: BigInt64Array.of(5n, -(2n ** 62n)) },
    b: { dtype: 'bool', shape: [0], data: new Uint8Array(0) },
  } as const;
  const { j, c } = await session.run(feeds);
  expect(j).toEqual({ dtype: 'int64', shape: [2], data: BigInt64Array.of(-5n, 2n ** 62n) });
  expect(c).toEqual({ dtype: 'bool', shape: [0], data: new Uint8Array(0) });
  await session.close();
});

test('moves feeds only if requested, and copies views of larger memory', async () => {
  const session = await open(ADD);
  const moved = floats([1, 2], [1, 2]);
  await session.run({ a: moved, b: moved }, { move: true });
  expect(moved.data.length).toBe(0);
  const twice = floats([1, 2], [1, 2]);
  const feeds = { a: twice, b: twice };
  const both = await Promise.allSettled([
    session.run(feeds, { move: true }),
    session.run(feeds, { move: true }),
  ]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  const large = Float32Array.of(9, 9, 1, 2, 9);
  const view: TensorData = { dtype: 'float32', shape: [1, 2], data: large.subarray(2, 4) };
  const { sum } = await session.run({ a: view, b: view }, { move: true });
  expect([...sum!.data]).toEqual([2, 4]);
  expect(large.length).toBe(5);
  await session.close();
});

test.each([true, false])('answers runs in order: isolate %s', async (isolate) => {
  const session = await open(ADD, { isolate });
  const runs = [1, 2, 3, 4].map((n) => session.run({ a: floats([1, 2], [n, n]), b: floats([1, 2], [0, 0]) }));
  const firsts = (await Promise.all(runs)).map(({ sum }) => sum!.data[0]);
  expect(firsts).toEqual([1, 2, 3, 4]);
  await session.close();
});

test('reports which feed does not fit, and why', async () => {
  const session = await open(ADD);
  const a = floats([1, 2], [1, 2]);
  const message = async (feeds: Record<string, TensorData>): Promise<string> => {
    const error: unknown = await session.run(feeds).catch((thrown: unknown) => thrown);
    return (error as DiagnosticError).diagnostics.map((d) => `${d.code} ${d.message}`).join('\n');
  };
  expect(await message({ a })).toMatchInlineSnapshot(`"D544 input 'b' (float32 [n, 2]) is missing"`);
  expect(await message({ a, b: a, c: a })).toMatchInlineSnapshot(
    `"D544 the model has no input 'c', only a, b"`,
  );
  expect(await message({ a, b: floats([2, 2], [1, 2, 3, 4]) })).toMatchInlineSnapshot(
    `"D544 'n' is 1 in input 'a', but 2 in input 'b'"`,
  );
  expect(await message({ a, b: floats([2], [1, 2]) })).toMatchInlineSnapshot(
    `"D544 input 'b' must be float32 [n, 2], but has the shape [2]"`,
  );
  expect(await message({ a, b: floats([1, 2], [1]) })).toMatchInlineSnapshot(
    `"D544 input 'b' of shape [1, 2] needs 2 elements, but has 1"`,
  );
  expect(
    await message({ a, b: { dtype: 'int64', shape: [1, 2], data: BigInt64Array.of(1n, 2n) } }),
  ).toMatchInlineSnapshot(`"D544 input 'b' must be float32 [n, 2], but is int64 [1, 2]"`);
  expect(await codesOf(session.run({ a, b: a }, { outputs: ['nothing'] }))).toEqual(['D544']);
  await session.close();
});

test('an error of ONNX Runtime is a diagnostic, and the session survives it', async () => {
  const session = await open(
    tinyModel(
      [value('a', 'float32', 'm', 'k'), value('b', 'float32', 'l', 'n')],
      [value('c', 'float32', 'm', 'n')],
      [node('MatMul', ['a', 'b'], ['c'])],
    ),
  );
  const run = session.run({ a: floats([1, 2], [1, 2]), b: floats([1, 1], [1]) });
  const error = (await run.catch((thrown: unknown) => thrown)) as DiagnosticError;
  expect(error.diagnostics[0]!.code).toBe('D542');
  expect(error.message).toMatch(/MatMul/);
  expect(error.message).not.toMatch(/\.cc|\n/);
  const { c } = await session.run({ a: floats([1, 1], [3]), b: floats([1, 1], [2]) });
  expect([...c!.data]).toEqual([6]);
  await session.close();
});

test('an input of another type is refused with a clear message', async () => {
  const session = await open(
    tinyModel([value('a', 'float64', 1)], [value('b', 'float64', 1)], [node('Neg', ['a'], ['b'])]),
  );
  const a = { dtype: 'float64', shape: [1], data: Float64Array.of(1) } as unknown as TensorData;
  expect(await codesOf(session.run({ a }))).toEqual(['D544']);
  await session.close();
});

test.each([
  ['missing', () => join(folder, 'nowhere.onnx'), 'D501'],
  ['a folder', () => folder, 'D503'],
  ['empty', () => modelFile(new Uint8Array(0)), 'D510'],
  ['not ONNX', () => modelFile(Buffer.from('model A { width 8 }')), 'D541'],
  ['truncated', () => modelFile(ADD.subarray(0, ADD.length - 9)), 'D541'],
  [
    'invalid',
    () => modelFile(tinyModel([], [value('y', 'float32', 1)], [node('NoSuchOp', [], ['y'])])),
    'D541',
  ],
])('a model that is %s cannot be opened', async (_, path, code) => {
  const { value: session, diagnostics } = await openSession(path());
  expect(session).toBeUndefined();
  expect(diagnostics.map((d) => d.code)).toEqual([code]);
  expect(diagnostics[0]!.message).not.toMatch(/\n/);
});

test('an aborted run in a thread rejects at once and leaves the session usable', async () => {
  const session = await open(slowModel(effort(20, 60)), { isolate: false });
  const size = 1000;
  const x: TensorData = { dtype: 'float32', shape: [size, size], data: new Float32Array(size * size) };
  const whole = Date.now();
  await session.run({ x });
  const full = Date.now() - whole;

  const abort = new AbortController();
  const slow = session.run({ x }, { signal: abort.signal });
  const queued = session.run({ x: floats([1, 1], [2]) }, { signal: abort.signal });
  const later = session.run({ x: floats([1, 1], [1]) });
  await new Promise((done) => setTimeout(done, 20));
  const start = Date.now();
  abort.abort();
  await expect(slow).rejects.toMatchObject({ name: 'AbortError' });
  await expect(queued).rejects.toMatchObject({ name: 'AbortError' });
  expect(Date.now() - start).toBeLessThan(Math.max(100, full / 2));
  expect([...(await later).y!.data]).toEqual([1]);
  await expect(session.run({ x }, { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
  await session.close();
});

test('opening can be aborted', async () => {
  const path = modelFile(ADD);
  await expect(openSession(path, {}, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  const abort = new AbortController();
  const opening = openSession(path, {}, abort.signal);
  setTimeout(() => abort.abort(), 5);
  await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
});

test.each([true, false])('closing waits for the run in progress: isolate %s', async (isolate) => {
  const session = await open(slowModel(20), { isolate });
  const x: TensorData = { dtype: 'float32', shape: [500, 500], data: new Float32Array(250_000) };
  const run = session.run({ x });
  const queued = session.run({ x });
  queued.catch(() => {});
  await session.close();
  expect((await run).y!.shape).toEqual([500, 500]);
  expect(await codesOf(queued)).toEqual(['D545']);
});

const PROGRAM = `
  import { openSession } from './runtime/session.js';
  const { value: session } = await openSession(process.argv[2], { isolate: false });
  const x = { dtype: 'float32', shape: [1500, 1500], data: new Float32Array(1500 * 1500) };
`;

/**
 * Node ends threads when a process exits, and ending a thread inside native code once aborted the process (exit code
 * 134) with an uncaught Napi::Error.
 */
test.each([
  ['exit', `session.run({ x }); setTimeout(() => process.exit(3), 50);`, 3],
  ['an uncaught error', `session.run({ x }); setTimeout(() => { throw new Error('bug'); }, 50);`, 1],
  [
    'an abort',
    `const abort = new AbortController();
     setTimeout(() => abort.abort(), 50);
     await session.run({ x }, { signal: abort.signal }).catch((error) => console.log(error.name));`,
    0,
  ],
  ['an end without close', `await session.run({ x });`, 0],
  ['exit while opening', `openSession(process.argv[2], { isolate: false }); process.exit(5);`, 5],
])('a process that exits during a run ends normally: %s', async (_, code, expected) => {
  const ended = await ending(runProgram(compiled, PROGRAM + code, modelFile(slowModel(effort(8, 20)))));
  expect(ended).toMatchObject({ code: expected, signal: null });
  if (expected !== 1) expect(ended.err).toBe('');
});

/** In an earlier version, the reply of a run released the thread that `close` waits for: the program ended silently. */
test.each([
  ['a run', `session.run({ x }).catch(() => {});`],
  ['an aborted run', `await session.run({ x }, { signal: AbortSignal.timeout(50) }).catch(() => {});`],
  ['a run that is aborted', `session.run({ x }, { signal: AbortSignal.timeout(50) }).catch(() => {});`],
])('a program continues after it closes a session after %s', async (_, code) => {
  const program = `${PROGRAM + code} await session.close(); console.log('closed');`;
  const ended = await ending(runProgram(compiled, program, modelFile(slowModel(effort(8, 20)))));
  expect(ended).toEqual({ code: 0, signal: null, out: 'closed\n', err: '' });
});

test('a signal ends the process at once, even during a run', async () => {
  const program = `${PROGRAM} session.run({ x }); setTimeout(() => console.log('running'), 50);`;
  const child = runProgram(compiled, program, modelFile(slowModel(400)));
  const ended = ending(child);
  await new Promise((done) => child.stdout!.once('data', done));
  const start = Date.now();
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ signal: 'SIGINT' });
  expect(Date.now() - start).toBeLessThan(2000);
});

test('the programs of the thread and of the process refer to nothing outside themselves', () => {
  for (const program of [
    workerSource(),
    childArguments('ort')
      .join(' ')
      .replace(/^.*?-e /, '')
      .replace(/ -- .*$/, ''),
  ]) {
    expect(() => new Function('require', program)).not.toThrow();
    expect(program).not.toMatch(/__vi_import|import\.meta/);
  }
});

test('unavailable devices are refused with advice on how to get them', async () => {
  expect(await installedDevices()).toContain('cpu');
  const unknown = await findDevice('tpu');
  expect(unknown.diagnostics[0]).toMatchObject({ code: 'D540', help: 'use one of auto, cpu, cuda, webgpu' });
  if ((await installedDevices()).includes('cuda')) return;
  const { value: session, diagnostics } = await openSession(modelFile(ADD), { device: 'cuda' });
  expect(session).toBeUndefined();
  expect(diagnostics[0]!.code).toBe('D540');
  expect(diagnostics[0]!.help).toMatch(/install-cuda|install the driver/);
});

test('the message for a device without float16 has advice', () => {
  const reported =
    'shader_helper.cc:416 GenerateSourceCode Program Gather requires f16 but the device does not support it.';
  expect(runFailure(reported)).toMatchObject({
    code: 'D542',
    help: expect.stringContaining('compile without `--precision fp16`'),
  });
  expect(runFailure('shapes differ').help).toBeUndefined();
});
