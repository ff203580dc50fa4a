/** `doctor --install-cuda --from FOLDER`: it checks all libraries first, and copies all of them or none. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readElf } from '../../cli/elf.ts';
import { installFrom } from '../../cli/install_cuda_from.ts';
import { providersFolder } from '../../runtime/device.ts';
import { invoke } from './invoke.ts';

const VERSION = '1.30.0';
const NAMES = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];

let folder: string;
let into: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'benben-cuda-'));
  into = mkdtempSync(join(tmpdir(), 'benben-ort-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(into, { recursive: true });
});

/**
 * A 64-bit shared object for a machine (0x3e: x86-64, 0xb7: ARM) with the name `soname`. It has a header, a loadable and a
 * dynamic segment, and the strings that they refer to.
 */
function elf(machine: number, soname: string | undefined, body: string): Buffer {
  const [address, dynamic, strings] = [0x1000, 64 + 2 * 56, 64 + 2 * 56 + 3 * 16];
  const text = Buffer.from(`\0${soname ?? ''}\0`);
  const head = Buffer.alloc(strings);
  head.write('\x7fELF', 'latin1');
  head.set([2, 1, 1], 4);
  head.writeUInt16LE(3, 16);
  head.writeUInt16LE(machine, 18);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(2, 56);
  const segment = (at: number, type: number, offset: number, size: number): void => {
    head.writeUInt32LE(type, at);
    for (const [place, value] of [
      [8, offset],
      [16, address + offset],
      [32, size],
    ] as const)
      head.writeBigUInt64LE(BigInt(value), at + place);
  };
  segment(64, 1, 0, strings + text.length);
  segment(64 + 56, 2, dynamic, 3 * 16);
  const tags = [[5, address + strings], ...(soname === undefined ? [] : [[14, 1]])] as [number, number][];
  for (const [i, [tag, value]] of tags.entries()) {
    head.writeBigInt64LE(BigInt(tag), dynamic + 16 * i);
    head.writeBigUInt64LE(BigInt(value), dynamic + 16 * i + 8);
  }
  return Buffer.concat([head, text, Buffer.from(body)]);
}

/** The name by which a library is loaded. It ends with the first number of the version. */
const loadedAs = (name: string): string => /^.*\.so(?:\.\d+)?/.exec(name)![0];

function library(name: string, machine = 0x3e, soname: string | undefined = loadedAs(name)): void {
  writeFileSync(join(folder, name), elf(machine, soname, name));
}

const messageOf = async (): Promise<string> => {
  const { value, diagnostics } = await installFrom(folder, into, VERSION);
  expect(value).toBeUndefined();
  expect(diagnostics[0]).toMatchObject({ severity: 'error' });
  expect(readdirSync(into)).toEqual([]);
  return diagnostics[0]!.message;
};

test('the provider’s two libraries and those of CUDA are copied, and nothing else', async () => {
  for (const name of [...NAMES, 'libcudart.so.12', 'libcudnn_ops.so.9.1.0', 'libnvrtc.so.12', 'libother.so'])
    library(name);
  writeFileSync(join(folder, 'LICENSE'), 'text');
  symlinkSync('libcudart.so.12', join(folder, 'libcudart.so'));
  const { value, diagnostics } = await installFrom(folder, into, VERSION);
  expect(diagnostics).toEqual([]);
  const installed = [
    ...NAMES,
    'libcudart.so',
    'libcudart.so.12',
    'libcudnn_ops.so.9.1.0',
    'libnvrtc.so.12',
  ].sort();
  expect([...value!.files].sort()).toEqual(installed);
  expect(readdirSync(into).sort()).toEqual(installed);
  for (const name of installed)
    expect(readFileSync(join(into, name))).toEqual(readFileSync(join(folder, name)));
  // Installing again does no harm.
  expect((await installFrom(folder, into, VERSION)).value).toBeDefined();
});

test('an unpacked release has the libraries in lib, and states its version', async () => {
  for (const name of NAMES) library(name);
  const lib = join(folder, 'lib');
  mkdirSync(lib);
  for (const name of NAMES) {
    writeFileSync(join(lib, name), readFileSync(join(folder, name)));
    rmSync(join(folder, name));
  }
  writeFileSync(join(folder, 'VERSION_NUMBER'), '1.30.2\n');
  expect((await installFrom(folder, into, VERSION)).value?.files).toHaveLength(2);
  rmSync(into, { recursive: true });
  mkdirSync(into);
  writeFileSync(join(folder, 'VERSION_NUMBER'), '1.22.0\n');
  expect(await messageOf()).toMatch(/has libraries of ONNX Runtime 1\.22\.0, .* installed version 1\.30\.0/);
});

test('an unsuitable folder is refused', async () => {
  expect(await messageOf()).toMatch(
    /does not contain libonnxruntime_providers_shared\.so and libonnxruntime_providers_cuda\.so/,
  );
  library(NAMES[0]!);
  expect(await messageOf()).toMatch(/does not contain libonnxruntime_providers_shared\.so$/);
  library(NAMES[1]!);
  library('libonnxruntime.so.1.24.1');
  expect(await messageOf()).toMatch(/has libraries of ONNX Runtime 1\.24\.1/);
  rmSync(folder, { recursive: true });
  expect(await messageOf()).toMatch(/cannot read .*: there is no such file or folder/);
});

test('files that are not libraries, or for another machine, are refused before anything is copied', async () => {
  for (const name of NAMES) library(name);
  writeFileSync(join(folder, 'libcudart.so.12'), 'Not found\n');
  expect(await messageOf()).toMatch(/libcudart\.so\.12 is not a shared library/);
  library('libcudart.so.12', 0xb7);
  expect(await messageOf()).toMatch(
    /^libcudart\.so\.12 is not a shared library for Linux x64: it is for AArch64, not x86-64$/,
  );
  const whole = elf(0x3e, 'libcudart.so.12', '');
  for (const [at, value] of [
    [4, 1],
    [16, 2],
    [64 + 56, 7],
  ] as const) {
    const other = Buffer.from(whole);
    other[at] = value;
    writeFileSync(join(folder, 'libcudart.so.12'), other);
    expect(await messageOf()).toMatch(
      /^libcudart\.so\.12 is not a shared library for Linux x64, or is truncated$/,
    );
  }
  for (const length of [64, 70, 180, 230, whole.length - 1]) {
    writeFileSync(join(folder, 'libcudart.so.12'), whole.subarray(0, length));
    expect(await messageOf(), `${length} bytes of it`).toMatch(/or is truncated$/);
  }
  rmSync(join(folder, 'libcudart.so.12'));
  mkdirSync(join(folder, 'libcudart.so.12'));
  expect(await messageOf()).toMatch(/it is a folder/);
});

test('a library under another library’s name is detected by the name that it contains', async () => {
  for (const name of NAMES) library(name);
  library(NAMES[0]!, 0x3e, 'libz.so.1');
  expect(await messageOf()).toBe(
    'libonnxruntime_providers_cuda.so is a different library, whose own name is libz.so.1',
  );
  library(NAMES[0]!, 0x3e, NAMES[1]);
  expect(await messageOf()).toMatch(/whose own name is libonnxruntime_providers_shared\.so$/);
  library(NAMES[0]!);
  library('libcudart.so.12', 0x3e, 'libcudart.so.11');
  expect(await messageOf()).toMatch(/^libcudart\.so\.12 is a different library, .* libcudart\.so\.11$/);
  library('libcudart.so.12', 0x3e, 'libcu\x1b[2J');
  expect(await messageOf()).not.toContain('\x1b');
  // A library without a name is accepted, because a plug-in need not have one.
  writeFileSync(join(folder, 'libcudart.so.12'), elf(0x3e, undefined, ''));
  expect((await installFrom(folder, into, VERSION)).diagnostics).toEqual([]);
});

const providers = providersFolder();
const installed = (): string[] => (existsSync(providers) ? readdirSync(providers) : []);

test('the name is read from a library that a linker made', async (context) => {
  const name = installed().find((one) => one.startsWith('libonnxruntime.so'));
  if (process.platform !== 'linux' || name === undefined) return context.skip();
  const file = await open(join(providers, name));
  const found = await readElf(file).finally(() => file.close());
  const machine = process.arch === 'x64' ? 'x86-64' : 'AArch64';
  expect(found).toEqual({ shared: true, machine, soname: expect.stringMatching(/^libonnxruntime\.so\.1/) });
});

test('a copy that fails leaves nothing', async () => {
  for (const name of NAMES) library(name);
  mkdirSync(join(into, NAMES[0]!));
  const { value, diagnostics } = await installFrom(folder, into, VERSION);
  expect(value).toBeUndefined();
  expect(diagnostics[0]!.message).toMatch(/cannot write/);
  expect(readdirSync(into)).toEqual([NAMES[0]]);
});

test('on the command line', async () => {
  const before = installed();
  const { code, err } = await invoke(['doctor', '--install-cuda', '--from', folder]);
  expect(code).toBe(1);
  if (process.platform === 'linux' && process.arch === 'x64') expect(err).toContain('does not contain');
  expect(installed()).toEqual(before);
  expect(await invoke(['doctor', '--from', folder])).toMatchObject({ code: 2 });
});
