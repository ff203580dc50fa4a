/** An abort ends native code at once, and nothing is left behind, however a program or a thread ends. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { openSession } from '../../runtime/session.ts';
import { compileParts, ending, runProgram } from './compiled.ts';
import { SOURCE, temporaryFolder } from './tiny_artifact.ts';
import { slowModel } from './tiny_models.ts';

const folder = temporaryFolder();
const compiled = join(folder, 'compiled');
const ROOMS = ['dsl', 'compiler', 'pipeline', 'passes', 'report', 'check', 'runtime', 'index.ts'];
beforeAll(() => compileParts(compiled, ROOMS));

/** A model that multiplies matrices of this size for many minutes, and of size 1 in no time. */
const ENDLESS = slowModel(4000);
const x = (size: number) =>
  ({ dtype: 'float32', shape: [size, size], data: new Float32Array(size * size).fill(1) }) as const;

/** A run once continued after its abort: 27 seconds passed before the next one began, and 19 before `close` returned. */
test('an abort ends a run that would take an hour, and the next run and close work', async () => {
  const path = join(folder, 'endless.onnx');
  writeFileSync(path, ENDLESS);
  const { value: session } = await openSession(path);
  for (let round = 0; round < 2; round++) {
    const abort = new AbortController();
    const endless = session!.run({ x: x(3000) }, { signal: abort.signal });
    const waiting = session!.run({ x: x(1) });
    setTimeout(() => abort.abort(), 100);
    await expect(endless).rejects.toMatchObject({ name: 'AbortError' });
    expect([...(await waiting).y!.data]).toEqual([1]);
  }
  expect([...(await session!.run({ x: x(1) })).y!.data]).toEqual([1]);
  const abort = new AbortController();
  const last = session!.run({ x: x(3000) }, { signal: abort.signal });
  abort.abort();
  await expect(last).rejects.toMatchObject({ name: 'AbortError' });
  await session!.close();
}, 60_000);

test('closing during an endless run returns when the run is aborted', async () => {
  const { value: session } = await openSession(join(folder, 'endless.onnx'));
  const abort = new AbortController();
  const endless = session!.run({ x: x(3000) }, { signal: abort.signal });
  const closed = session!.close();
  abort.abort();
  await expect(endless).rejects.toMatchObject({ name: 'AbortError' });
  await closed;
}, 60_000);

test('a model that was replaced by one with other inputs is not run after an abort', async () => {
  const path = join(folder, 'replaced.onnx');
  writeFileSync(path, slowModel(1));
  const { value: session } = await openSession(path);
  const abort = new AbortController();
  const run = session!.run({ x: x(1) }, { signal: abort.signal });
  abort.abort();
  await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  writeFileSync(path, 'not a model any more');
  await expect(session!.run({ x: x(1) })).rejects.toMatchObject({ diagnostics: [{ code: 'D541' }] });
  await expect(session!.run({ x: x(1) })).rejects.toMatchObject({ diagnostics: [{ code: 'D541' }] });
  await session!.close();
});

/** Opens a model in a thread of its own, which is then terminated, and reports what is in the folder for temporaries. */
const TERMINATED = `
  import { Worker } from 'node:worker_threads';
  const program = \`
    import(\${JSON.stringify(new URL('./index.js', import.meta.url).href)}).then(async ({ loadSource }) => {
      const { parentPort, workerData } = require('node:worker_threads');
      const { value } = await loadSource(workerData, { onStage: (stage) => parentPort.postMessage(stage) });
      if (value) parentPort.postMessage('open');
    });\`;
  const worker = new Worker(program, { eval: true, workerData: ${JSON.stringify(SOURCE)} });
  worker.on('message', function end(stage) {
    if (stage !== process.argv[2]) return;
    worker.off('message', end);
    worker.terminate().then(() => console.log('terminated'));
  });
`;

const killed = (program: string, stage: string) => {
  const temporary = join(folder, `tmp-${stage}-${program.length}`);
  mkdirSync(temporary);
  vi.stubEnv('TMPDIR', temporary);
  const child = runProgram(compiled, program, stage);
  vi.unstubAllEnvs();
  return { temporary, child };
};

const isEmpty = (path: string) => vi.waitFor(() => expect(readdirSync(path)).toEqual([]), 20_000);

test.runIf(process.platform !== 'win32').each(['write', 'open'])(
  'a thread that is terminated leaves no temporary folder behind: %s',
  async (stage) => {
    const { temporary, child } = killed(TERMINATED, stage);
    expect(await ending(child)).toMatchObject({ code: 0, out: 'terminated\n', err: '' });
    await isEmpty(temporary);
  },
  60_000,
);

const OPENED = (isolate: boolean): string => `
  import { loadSource } from './index.js';
  const { value } = await loadSource(${JSON.stringify(SOURCE)}, { isolate: ${isolate} });
  if (value) console.log('open');
  setInterval(() => {}, 1000);
`;

test.runIf(process.platform !== 'win32')(
  'a program that is killed leaves nothing behind, or the next program removes it',
  async () => {
    for (const isolate of [true, false]) {
      const { temporary, child } = killed(OPENED(isolate), `kill-${isolate}`);
      const ended = ending(child);
      await new Promise((done) => child.stdout!.once('data', done));
      expect(readdirSync(temporary)).toHaveLength(1);
      child.kill('SIGKILL');
      expect(await ended).toMatchObject({ signal: 'SIGKILL' });
      if (!isolate) {
        expect(readdirSync(temporary)).toHaveLength(1);
        const next = `import { loadSource } from './index.js';
          const { value } = await loadSource(${JSON.stringify(SOURCE)}, { isolate: false });
          await value.close();`;
        vi.stubEnv('TMPDIR', temporary);
        expect(await ending(runProgram(compiled, next))).toMatchObject({ code: 0, err: '' });
        vi.unstubAllEnvs();
      }
      await isEmpty(temporary);
    }
    expect(existsSync(folder)).toBe(true);
  },
  60_000,
);
