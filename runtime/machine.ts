/**
 * What can be seen of a machine's GPUs without loading anything. It serves two questions that ONNX
 * Runtime does not answer: is trying worth the time, and is the adapter behind Vulkan a real GPU.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders and variables to look at; tests give their own. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The names in a folder; none where there is no such folder. */
  readonly list: (folder: string) => readonly string[];
}

export const HERE: Surroundings = {
  platform: process.platform,
  env: process.env,
  list: (folder) => (existsSync(folder) ? readdirSync(folder) : []),
};

const LIBRARIES = [
  '/usr/lib',
  '/usr/lib64',
  '/lib',
  '/lib64',
  '/usr/local/lib',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
];
const DRIVERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

const has = ({ list }: Surroundings, folders: readonly string[], name: RegExp): boolean =>
  folders.some((folder) => list(folder).some((file) => name.test(file)));

/** Files that Vulkan is told to take its drivers from, instead of looking for them. */
const chosenDrivers = ({ env }: Surroundings): readonly string[] =>
  (env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES ?? '').split(':').filter(Boolean);

const SOFTWARE = /swiftshader|lvp_icd|llvmpipe|lavapipe/i;

/**
 * Whether some GPU's device file is there (Linux: the kernel's render nodes, NVIDIA's, WSL's). Elsewhere
 * nobody can tell without asking, so yes.
 */
export function mayHaveGpu(at: Surroundings = HERE): boolean {
  if (at.platform !== 'linux') return true;
  return has(at, ['/dev/dri'], /^renderD/) || has(at, ['/dev'], /^(nvidia\d+|nvidiactl|dxg)$/);
}

/** Whether what WebGPU finds is a program in place of a GPU, and slower than the CPU's own kernels. */
export function softwareAdapter(at: Surroundings = HERE): boolean {
  const chosen = chosenDrivers(at);
  return !mayHaveGpu(at) || (chosen.length > 0 && chosen.every((path) => SOFTWARE.test(path)));
}

/** In words that the ailments of `DEVICES` know. */
export function lackingFor(device: string, at: Surroundings = HERE): string {
  if (at.platform !== 'linux') return '';
  const paths = [...(at.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean), ...LIBRARIES];
  if (device === 'cuda') return has(at, ['/dev'], /^(nvidia\d+|nvidiactl|dxg)$/) ? '' : 'no NVIDIA driver';
  if (device !== 'webgpu') return '';
  if (!has(at, paths, /^libvulkan\.so\.1/)) return 'no Vulkan loader';
  const drivers = chosenDrivers(at);
  const found =
    drivers.length > 0
      ? drivers.some((path) => at.list(join(path, '..')).length > 0)
      : has(at, DRIVERS, /\.json$/);
  return found ? '' : 'no Vulkan driver';
}
