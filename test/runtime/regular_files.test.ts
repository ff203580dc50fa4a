/** Pipes and devices are refused at once where a regular file is needed (D511), and full disks before writing (D505). */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compile, emitArtifact, loadModel, loadSource, randomWeights } from '../../index.ts';
import { writeArtifact } from '../../runtime/artifact.ts';
import { openRegular } from '../../runtime/files.ts';
import { readModel } from '../../runtime/model_file.ts';
import { openSession } from '../../runtime/session.ts';
import { lacksSpace } from '../../runtime/space.ts';
import { openTokenizer } from '../../runtime/tokenizer/huggingface.ts';
import { openSafetensors } from '../../runtime/weights/safetensors.ts';
import { artifactIn, SOURCE, temporaryFolder } from './tiny_artifact.ts';

const folder = temporaryFolder();
const unix = process.platform !== 'win32';
const fifo = join(folder, 'pipe');
if (unix) execFileSync('mkfifo', [fifo, join(folder, 'pipe.data')]);

test.runIf(unix).each([
  ['models', readModel],
  ['sessions', openSession],
  ['weights', openSafetensors],
  ['tokenizers', openTokenizer],
  ['artifacts', loadModel],
] as const)('%s: pipes and devices are refused without waiting', { timeout: 5000 }, async (_, open) => {
  const link = join(folder, `link-${Math.random()}`);
  symlinkSync(fifo, link);
  for (const path of [fifo, link, '/dev/zero']) {
    const { value, diagnostics } = await open(path);
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(['D511']);
    expect(diagnostics[0]!.message).toContain(`${path}: it is a device, a pipe or a socket`);
  }
});

test.runIf(unix)('a data file that is a pipe is refused without waiting', { timeout: 20_000 }, async () => {
  const compiled = compile(SOURCE).value!;
  const emitted = emitArtifact(compiled, 'pipe', { weights: randomWeights(0) });
  const own = join(folder, 'own');
  mkdirSync(own);
  const { value } = await writeArtifact(join(own, 'pipe'), emitted, { weights: randomWeights(0) });
  expect(value).toBeDefined();
  execFileSync('sh', ['-c', 'rm "$1" && mkfifo "$1"', 'sh', join(own, 'pipe.data')]);
  expect((await loadModel(join(own, 'pipe'))).diagnostics.map(({ code }) => code)).toEqual(['D511']);
});

test('a regular file opens', async () => {
  writeFileSync(join(folder, 'file'), 'x');
  const file = await openRegular(join(folder, 'file'));
  expect(await file.readFile('utf8')).toBe('x');
  await file.close();
  await expect(openRegular(folder)).rejects.toMatchObject({ diagnostics: [{ code: 'D503' }] });
});

test('a file larger than the free space is refused before the first byte, with both sizes', async () => {
  const compiled = compile(SOURCE).value!;
  const own = join(folder, 'space');
  mkdirSync(own);
  const path = join(own, 'model.onnx');
  const emitted = emitArtifact(compiled, path, { weights: randomWeights(0) });
  const { value, diagnostics } = await writeArtifact(
    path,
    { ...emitted, dataBytes: 2 ** 60 },
    { weights: randomWeights(0), onProgress: () => expect.unreachable() },
  );
  expect(value).toBeUndefined();
  expect(diagnostics.map(({ code }) => code)).toEqual(['D505']);
  expect(diagnostics[0]!.message).toMatch(/it needs 1 EB, but the disk has only [\d.]+ [KMGTP]?B free/);
  expect(readdirSync(own)).toEqual([]);
});

test('the free space of the target’s disk counts, and if it is unknown, nothing is refused', async () => {
  const path = await artifactIn(folder, 'there.onnx');
  expect(await lacksSpace(path, 1)).toBeUndefined();
  expect(await lacksSpace(join(folder, 'no', 'such', 'file'), 2 ** 60)).toBeUndefined();
  if (existsSync('/dev/null')) expect(await lacksSpace('/dev/null', 2 ** 60)).toBeUndefined();
});

test('a temporary artifact is refused too, with the advice to set TMPDIR', async () => {
  const huge = SOURCE.text.replace('300', '16_000_000').replace('width 16', 'width 65536');
  const { value, diagnostics } = await loadSource({ path: 'huge.ben', text: huge });
  expect(value).toBeUndefined();
  expect(diagnostics).toMatchObject([{ code: 'D505', help: expect.stringContaining('TMPDIR') }]);
});
