/**
 * Malicious files under `benben check`: each gives diagnostics or passes within 2 s and 512 MB, and nothing outside the
 * model's folder is touched, not even to see whether it exists.
 */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeModel, encodeSingleFile } from '../../compiler/emit/index.ts';
import { compile, emitArtifact, randomWeights } from '../../index.ts';
import { onDisk } from '../../runtime/beside.ts';
import { checkFile } from '../../runtime/check/index.ts';
import { DEVICES } from '../../runtime/devices.ts';
import { CASES } from '../check/cases.ts';
import { modelBytes } from '../check/foreign_models.ts';
import { KINDS, mutant } from '../check/mutate.ts';
import { effort, sameFirst } from '../effort.ts';
import { decodeModelProto, encodeModelProto } from '../onnx_messages.ts';
import { LONG } from './long_models.ts';
import { SOURCE } from './tiny_artifact.ts';

const outer = realpathSync(mkdtempSync(join(tmpdir(), 'benben-hostile-')));
afterAll(() => rmSync(outer, { recursive: true, force: true }));
const folder = join(outer, 'model');
mkdirSync(folder);
mkdirSync(join(folder, 'folder'));
mkdirSync(join(folder, 'here'));
writeFileSync(join(outer, 'secret'), 'nobody may look');
writeFileSync(join(folder, 'good.bin'), new Uint8Array(4096));
const links = process.platform !== 'win32';
if (links) {
  symlinkSync('../secret', join(folder, 'link'));
  symlinkSync('loop', join(folder, 'loop'));
  symlinkSync('good.bin', join(folder, 'inside'));
  symlinkSync(outer, join(folder, 'away'));
}

/** Every path that a check touches, apart from the model itself. */
const touched: string[] = [];
const tracing = Object.fromEntries(
  Object.entries(onDisk).map(([name, call]) => [
    name,
    (path: string) => {
      touched.push(path);
      return call(path);
    },
  ]),
) as unknown as typeof onDisk;

const isInside = (path: string): boolean => path === folder || path.startsWith(folder + sep);

async function artifact(entry: 'encode' | 'generate', single: boolean): Promise<Uint8Array> {
  const compiled = compile(SOURCE, { entry }).value!;
  const emitted = emitArtifact(compiled, 'm.onnx', { weights: randomWeights(0), singleFile: single });
  return single ? encodeSingleFile(emitted, randomWeights(0)) : encodeModel(emitted);
}

const bases: Readonly<Record<string, Uint8Array>> = {
  encode: await artifact('encode', false),
  'encode in one file': await artifact('encode', true),
  generate: await artifact('generate', false),
  functions: CASES.D620!.good,
  branches: CASES.D619!.good,
  'data file': CASES.D648!.good,
};

const path = join(folder, 'mutant.onnx');
/** A limit on the processor time in milliseconds, which does not depend on tests that run in parallel. */
const MOST_TIME = 2000;
const used = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const MOST_MEMORY = 512 * 2 ** 20;

/** The peak memory in bytes since `forgetPeak`: other tests ran before in this process. Only Linux can reset it. */
const LINUX = process.platform === 'linux';
const forgetPeak = (): void => {
  if (LINUX) writeFileSync('/proc/self/clear_refs', '5');
};
const peak = (): number =>
  LINUX
    ? 1024 * Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1])
    : process.memoryUsage().rss;

test.each(KINDS)('mutated models give diagnostics or pass: %s', { timeout: 1_200_000 }, async (kind) => {
  let reported = 0;
  const drawn = fc.tuple(fc.constantFrom(...Object.keys(bases)), fc.integer({ min: 0, max: 2 ** 31 - 1 }));
  await fc.assert(
    fc.asyncProperty(drawn, async ([base, seed]) => {
      writeFileSync(path, mutant(bases[base]!, kind, seed));
      forgetPeak();
      const [before, start] = [peak(), used()];
      const diagnostics = await checkFile(path, { files: tracing, device: DEVICES.at(-1)! });
      expect(used() - start).toBeLessThan(MOST_TIME);
      expect(peak() - before).toBeLessThan(MOST_MEMORY);
      for (const { code, message } of diagnostics) {
        expect(code).toMatch(/^D[56]\d\d$/);
        expect(message).not.toBe('');
        expect(message.length).toBeLessThan(4000);
      }
      reported += Number(diagnostics.length > 0);
    }),
    sameFirst(Math.ceil(effort(120, 2000) / KINDS.length), drawn),
  );
  expect(touched.filter((one) => !isInside(one))).toEqual([]);
  expect(reported, 'the mutations do harm').toBeGreaterThan(0);
});

describe('valid models that take long to check', () => {
  const checked = async (parts: Parameters<typeof modelBytes>[0]) => {
    writeFileSync(path, modelBytes(parts));
    forgetPeak();
    const [before, start] = [peak(), used()];
    const found = await checkFile(path);
    expect(used() - start).toBeLessThan(MOST_TIME);
    expect(peak() - before).toBeLessThan(MOST_MEMORY);
    return found.map(({ code }) => code);
  };
  test.each(LONG)('%s', { timeout: 60_000 }, async (_, codes, parts) => {
    expect([...new Set(await checked(parts()))]).toEqual(codes);
  });
});

describe('data files', () => {
  const withLocation = async (location: string) => {
    writeFileSync(path, externalAt(location));
    touched.length = 0;
    return (await checkFile(path, { files: tracing })).map(({ code }) => code);
  };
  const locations: readonly (readonly [string, readonly string[]])[] = [
    ['good.bin', []],
    ['./good.bin', []],
    ['gone.bin', ['D645']],
    ['folder', ['D645']],
    ['good.bin/x', ['D645']],
    ['here/../good.bin', []],
    ['here/.././here/../good.bin', []],
    ['gone/../good.bin', ['D645']],
    ['here/../../model/good.bin', ['D644']],
    ['../secret', ['D644']],
    ['here/../../secret', ['D644']],
    [join(outer, 'secret'), ['D644']],
    ['C:\\secret', ['D644']],
    ['good.bin\0', ['D644']],
    ...(links
      ? ([
          ['link', ['D644']],
          ['away/secret', ['D644']],
          ['away/../good.bin', ['D644']],
          ['loop', ['D645']],
          ['inside', []],
        ] as const)
      : []),
  ];
  test.each(locations)('%j: %j', async (location, codes) => {
    expect(await withLocation(location)).toEqual(codes);
    expect(touched.filter((one) => !isInside(one))).toEqual([]);
  });
});

/** A valid model with its weights at a location. */
function externalAt(location: string): Uint8Array {
  const model = decodeModelProto(CASES.D644!.good);
  for (const tensor of model.graph?.initializer ?? []) {
    const others = (tensor.externalData ?? []).filter(({ key }) => key !== 'location');
    tensor.externalData = [{ key: 'location', value: location }, ...others];
  }
  return encodeModelProto(model);
}

describe('bytes', () => {
  const codes = async (bytes: Uint8Array) => {
    writeFileSync(path, bytes);
    return (await checkFile(path)).map(({ code }) => code);
  };
  test('an empty file', async () => expect(await codes(new Uint8Array(0))).toEqual(['D551']));
  test('text', async () => expect(await codes(new TextEncoder().encode('model Tiny { }'))).toEqual(['D551']));
  test('more messages than the limit', async () => {
    // Each empty node has two bytes.
    const nodes = new Uint8Array(6_000_000);
    for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
    const length = [
      0x3a,
      ...[0, 7, 14, 21].map((shift, i) => ((nodes.length >> shift) & 0x7f) | (i < 3 ? 0x80 : 0)),
    ];
    const start = used();
    expect(await codes(Uint8Array.from([...length, ...nodes]))).toEqual(['D602']);
    expect(used() - start).toBeLessThan(MOST_TIME);
  });
  test('a file of 2 GiB or more, of which nothing is read', async () => {
    writeFileSync(path, '');
    truncateSync(path, 2 ** 31);
    expect((await checkFile(path)).map(({ code }) => code)).toEqual(['D602']);
    truncateSync(path, 0);
  });
  test('a folder, and a missing file', async () => {
    expect((await checkFile(folder)).map(({ code }) => code)).toEqual(['D503']);
    expect((await checkFile(join(folder, 'gone.onnx'))).map(({ code }) => code)).toEqual(['D501']);
  });
});
