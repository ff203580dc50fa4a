/** The mark of data files shows that those of two artifacts were swapped. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile, load, randomWeights, write } from '../../index.ts';
import { checkFile } from '../../runtime/check/index.ts';
import { marking, markOf } from '../../runtime/data_mark.ts';
import { SOURCE, temporaryFolder } from './tiny_artifact.ts';

const folder = temporaryFolder();

async function onDisk(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'bytes');
  writeFileSync(path, bytes);
  const file = await open(path);
  return markOf(file).finally(() => file.close());
}

const pieces = fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 20 });

test('the mark of a stream in pieces equals the mark of the file', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async (some) => {
      const whole = Buffer.concat(some);
      const marks = marking(whole.byteLength);
      for (const piece of some) marks.add(piece);
      expect(marks.mark()).toBe(await onDisk(whole));
    }),
  );
});

test('another length, or other bytes at a sampled position, give another mark', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 20_000 }), async (bytes) => {
      const mark = await onDisk(bytes);
      expect(await onDisk(bytes.map((byte) => byte ^ 1))).not.toBe(mark);
      expect(await onDisk(bytes.subarray(1))).not.toBe(mark);
    }),
  );
});

/** Without the mark, weights of another seed would silently give another text, as a warning did that nobody read. */
test('the data file of another artifact is reported, and the right data file is not', async () => {
  const compiled = compile(SOURCE).value!;
  const [a, b] = ['a.onnx', 'b.onnx'].map((name) => join(folder, name)) as [string, string];
  await write(compiled, a, { weights: randomWeights(1) });
  await write(compiled, b, { weights: randomWeights(2) });
  const reported = async (): Promise<readonly string[]> => {
    const { value, diagnostics } = await load(a);
    await value?.close();
    return diagnostics.map(({ code, severity }) => `${severity} ${code}`);
  };
  expect(await reported()).toEqual([]);
  copyFileSync(`${b}.data`, `${a}.data`);
  expect(await reported()).toEqual(['error D567']);
  expect((await checkFile(a)).map(({ code }) => code)).toEqual(['D567']);
});
