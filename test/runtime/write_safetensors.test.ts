import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WeightSource } from '../../compiler/ir/weights.ts';
import { randomWeights } from '../../pipeline/weights/random.ts';
import { writeSafetensors } from '../../runtime/weights/write_safetensors.ts';

import { collect, folder, opened, PATH, spec, useFolder } from './safetensors_files.ts';

useFolder();

describe('writing', () => {
  test('reading gives what was written, and the bytes never change', async () => {
    const specs = [spec('b', 2, 3), spec('a'), spec('__proto__', 4), spec('none', 0, 5), spec('ü"\n', 1)];
    const source = randomWeights(5);
    const options = { metadata: { z: '1', format: 'pt' } };
    const { value } = await writeSafetensors(PATH, specs, source, options);
    const bytes = readFileSync(PATH);
    expect(value).toEqual({ bytes: bytes.byteLength });
    expect((8 + Number(bytes.readBigUInt64LE())) % 8).toBe(0);
    await writeSafetensors(PATH, specs, source, options);
    expect(readFileSync(PATH).equals(bytes)).toBe(true);

    const read = await opened(PATH);
    expect([...read.metadata]).toEqual([
      ['format', 'pt'],
      ['z', '1'],
    ]);
    expect([...read.tensors.keys()].sort()).toEqual(specs.map(({ name }) => name).sort());
    for (const one of specs) {
      expect(read.tensors.get(one.name)?.shape).toEqual(one.shape);
      expect(await collect(read.read(one.name))).toEqual(await collect(source.read(one)));
    }
  });

  test('any tensors survive the round trip', async () => {
    const shapes = fc.dictionary(
      fc.string({ maxLength: 12 }).filter((name) => name !== '__metadata__'),
      fc.array(fc.nat(5), { maxLength: 3 }),
      { maxKeys: 6 },
    );
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
        async (named, values) => {
          const specs = Object.entries(named).map(([name, shape]) => spec(name, ...shape));
          const source: Pick<WeightSource, 'read'> = {
            async *read({ shape }) {
              const total = shape.reduce((a, b) => a * b, 1);
              yield Float32Array.from({ length: total }, (_, i) => values[i % values.length]!);
            },
          };
          expect((await writeSafetensors(PATH, specs, source)).diagnostics).toEqual([]);
          const read = await opened(PATH);
          for (const one of specs) {
            expect(await collect(read.read(one.name))).toEqual(await collect(source.read(one)));
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('a failing source leaves the old file and nothing else', async () => {
    writeFileSync(PATH, 'old');
    const wrong = (size: number): Pick<WeightSource, 'read'> => ({
      async *read() {
        yield new Float32Array(size);
      },
    });
    await expect(writeSafetensors(PATH, [spec('a', 3)], wrong(2))).rejects.toThrow(
      /does not yield 3 elements/,
    );
    await expect(writeSafetensors(PATH, [spec('a', 3)], wrong(4))).rejects.toThrow(
      /does not yield 3 elements/,
    );
    const signal = AbortSignal.abort();
    const aborted = writeSafetensors(PATH, [spec('a', 3)], randomWeights(0), { signal });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    expect(readFileSync(PATH, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['weights.safetensors']);
    const nowhere = await writeSafetensors(join(folder, 'no', 'file'), [], randomWeights(0));
    expect(nowhere.diagnostics.map(({ code }) => code)).toEqual(['D501']);
  });
});
