/** The selection of a device: which are tried, which is used, and why others are not available. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compile, load, loadCompiled } from '../../index.ts';
import type { Target } from '../../passes/pass.ts';
import { candidates, findDevice, installedDevices, whyNot } from '../../runtime/device.ts';
import { BEST_FIRST, DEVICES, deviceNamed } from '../../runtime/devices.ts';
import { lackingFor, mayHaveGpu, type Surroundings, softwareAdapter } from '../../runtime/machine.ts';
import { ortPath } from '../../runtime/ort_package.ts';
import { ADDITION, probe } from '../../runtime/probe.ts';
import { decodeModelProto } from '../onnx_messages.ts';
import { SOURCE } from './tiny_artifact.ts';

const folder = mkdtempSync(join(tmpdir(), 'benben-devices-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A Linux machine with only these files. */
const machine = (
  files: Readonly<Record<string, readonly string[]>>,
  env: Readonly<Record<string, string>> = {},
): Surroundings => ({ platform: 'linux', env, list: (path) => files[path] ?? [] });

const RADEON = { '/dev/dri': ['card0', 'renderD128'], '/usr/lib/x86_64-linux-gnu': ['libvulkan.so.1'] };
const NVIDIA = { '/dev': ['null', 'nvidia0', 'nvidiactl'] };
const DRIVER = { '/usr/share/vulkan/icd.d': ['radeon_icd.x86_64.json'] };

describe('a machine', () => {
  test('has a GPU if its device file exists', () => {
    expect(mayHaveGpu(machine(RADEON))).toBe(true);
    expect(mayHaveGpu(machine(NVIDIA))).toBe(true);
    expect(mayHaveGpu(machine({ '/dev': ['null', 'nvme0'], '/dev/dri': ['card0'] }))).toBe(false);
    expect(mayHaveGpu({ ...machine({}), platform: 'darwin' })).toBe(true);
  });

  test('has a software adapter if it has no GPU, or if the environment selects one', () => {
    expect(softwareAdapter(machine(RADEON))).toBe(false);
    expect(softwareAdapter(machine({}))).toBe(true);
    const reported = (VK_DRIVER_FILES: string): boolean =>
      softwareAdapter(machine(RADEON, { VK_DRIVER_FILES }));
    expect(reported('/usr/lib/chromium/vk_swiftshader_icd.json')).toBe(true);
    expect(reported('/usr/share/vulkan/icd.d/lvp_icd.x86_64.json')).toBe(true);
    expect(reported('/usr/share/vulkan/icd.d/radeon_icd.json')).toBe(false);
    expect(softwareAdapter(machine(RADEON, { VK_ICD_FILENAMES: '/x/vk_swiftshader_icd.json' }))).toBe(true);
  });

  test('shows what a device lacks', () => {
    expect(lackingFor('cuda', machine(RADEON))).toBe('no NVIDIA driver');
    expect(lackingFor('cuda', machine(NVIDIA))).toBe('');
    expect(lackingFor('webgpu', machine({}))).toBe('no Vulkan loader');
    expect(lackingFor('webgpu', machine(RADEON))).toBe('no Vulkan driver');
    expect(lackingFor('webgpu', machine({ ...RADEON, ...DRIVER }))).toBe('');
    const elsewhere = machine(
      { '/opt/vulkan': ['libvulkan.so.1.3'], ...DRIVER },
      { LD_LIBRARY_PATH: '/x:/opt/vulkan' },
    );
    expect(lackingFor('webgpu', elsewhere)).toBe('');
    expect(lackingFor('webgpu', machine(RADEON, { VK_DRIVER_FILES: '/gone/driver.json' }))).toBe(
      'no Vulkan driver',
    );
    expect(lackingFor('cpu', machine({}))).toBe('');
  });
});

/** Messages of ONNX Runtime 1.30 and CUDA, shortened. */
const SAID = {
  provider:
    'Failed to load library /ort/libonnxruntime_providers_shared.so with error: /ort/libonnxruntime_providers_shared.so: cannot open shared object file: No such file or directory',
  cudnn:
    'Failed to load library /ort/libonnxruntime_providers_cuda.so with error: libcudnn.so.9: cannot open shared object file: No such file or directory',
  old: 'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1',
  none: 'CUDA failure 100: no CUDA-capable device is detected ; GPU=-1',
  adapter: 'Failed to get a WebGPU adapter: No supported adapters',
} as const;

test.each([
  ['cuda', '', SAID.provider, 'ONNX Runtime’s CUDA libraries are not installed', /doctor --install-cuda/],
  ['cuda', '', SAID.cudnn, 'libcudnn.so.9, a library of CUDA 12 or cuDNN 9, is missing', /--from FOLDER/],
  ['cuda', '', SAID.old, 'the NVIDIA driver is too old for CUDA 12', /newer/],
  ['cuda', '', SAID.none, 'the NVIDIA driver finds no GPU', /nvidia-smi/],
  ['cuda', 'no NVIDIA driver', SAID.provider, 'there is no NVIDIA driver', /install the driver/],
  ['webgpu', 'no Vulkan loader', SAID.adapter, 'libvulkan.so.1, the Vulkan loader, is missing', /libvulkan1/],
  ['webgpu', 'no Vulkan driver', SAID.adapter, 'no Vulkan driver is installed', /mesa-vulkan-drivers/],
  ['webgpu', '', SAID.adapter, 'there is no adapter that WebGPU can use', /\/dev\/dri/],
  ['webgpu', '', 'something else', 'something else', /onnxruntime-node build/],
] as const)('%s with “%s”, “%.40s”: %s', (name, lacking, said, what, get) => {
  const found = whyNot(deviceNamed(name)!, lacking, said);
  expect(found.what).toBe(what);
  expect(found.get).toMatch(get);
});

describe('a device is tried', () => {
  test('with an addition', async () => {
    const { graph } = decodeModelProto(Buffer.from(ADDITION, 'base64'));
    expect(graph!.node).toMatchObject([{ opType: 'Add', input: ['x', 'x'], output: ['y'] }]);
    expect(await probe(ortPath(), 'cpu')).toEqual({ works: true, said: '' });
    const strange = await probe(ortPath(), 'no such provider');
    expect(strange.works).toBe(false);
    expect(strange.said).toMatch(/provider|backend/i);
  });

  test('in a separate process, which may crash', async () => {
    const crashes = join(folder, 'crash.cjs');
    writeFileSync(crashes, "process.stderr.write('shader'); process.kill(process.pid, 'SIGSEGV');");
    const { works, said } = await probe(crashes, 'cpu');
    expect(works).toBe(false);
    expect(said).toMatch(/shader[\s\S]*SIGSEGV/);
  });

  test('by a process that Electron runs as Node, so that the application is not started again', async () => {
    const electron = join(folder, 'electron.cjs');
    writeFileSync(electron, "console.log('as node: ' + process.env.ELECTRON_RUN_AS_NODE); process.exit(1);");
    expect((await probe(electron, 'cpu')).said).toBe('as node: 1\n');
  });

  test('and its sum is checked', async () => {
    const wrong = join(folder, 'wrong.cjs');
    const session = 'run: async () => ({ y: { data: [2, 4, 6, 9] } })';
    writeFileSync(
      wrong,
      `module.exports = { env: {}, Tensor: class {}, InferenceSession: { create: async () => ({ ${session} }) } };`,
    );
    expect(await probe(wrong, 'cpu')).toEqual({ works: false, said: 'the sum was 2,4,6,9\n' });
  });
});

describe('auto', () => {
  test('tries every device, and the CPU last', () => {
    expect([...BEST_FIRST].sort()).toEqual(DEVICES.map(({ name }) => name).sort());
    expect(BEST_FIRST.at(-1)).toBe('cpu');
  });

  test('tries a real GPU before the CPU, and never a software adapter', () => {
    const names = (at: Surroundings, target?: Target): string[] =>
      candidates(target, at).map(({ name }) => name);
    expect(names(machine(RADEON))).toEqual(['cuda', 'webgpu', 'cpu']);
    expect(names(machine({}))).toEqual(['cpu']);
    const swiftshader = { VK_DRIVER_FILES: '/usr/lib/chromium/vk_swiftshader_icd.json' };
    expect(names(machine(RADEON, swiftshader))).toEqual(['cuda', 'cpu']);
    expect(names(machine({}, swiftshader))).toEqual(['cpu']);
    expect(names(machine(RADEON), 'webgpu')).toEqual(['webgpu', 'cpu']);
    expect(names(machine(NVIDIA), 'cuda')).toEqual(['cuda', 'cpu']);
    expect(names(machine(NVIDIA), 'cpu')).toEqual(['cpu']);
    expect(names(machine(NVIDIA), 'portable')).toEqual(['cuda', 'webgpu', 'cpu']);
  });

  test('is the CPU for a model that was compiled for it, and always finds a device', async () => {
    expect((await findDevice('auto', 'cpu')).value?.name).toBe('cpu');
    expect((await installedDevices()).concat('cpu')).toContain((await findDevice('auto')).value!.name);
  });

  test.skipIf(mayHaveGpu())('is the CPU if there is no GPU, whatever the target', async () => {
    for (const target of [undefined, 'cpu', 'cuda', 'webgpu', 'portable'] as const) {
      expect((await findDevice('auto', target)).value?.name).toBe('cpu');
    }
  });

  test('a source is compiled for the device, and an artifact selects the device that it was compiled for', async () => {
    const path = join(folder, 'tiny.ben');
    writeFileSync(path, SOURCE.text);
    const { value: model } = await load(path, { device: 'cpu' });
    expect(model).toMatchObject({ device: 'cpu', info: { target: 'cpu' } });
    await model!.close();
    const compiled = compile(SOURCE, { target: 'portable', entry: 'encode' }).value!;
    const opened = await loadCompiled(compiled, { device: 'cpu' });
    expect(opened.value).toMatchObject({ device: 'cpu', info: { target: 'portable' } });
    await opened.value!.close();
  });

  test.skipIf(mayHaveGpu())('an unavailable device is refused before the source is compiled', async () => {
    const path = join(folder, 'other.ben');
    writeFileSync(path, SOURCE.text);
    const { value, diagnostics } = await load(path, { device: 'cuda' });
    expect(value).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: 'D540', help: expect.stringMatching(/--device cpu/) }]);
  });
});
