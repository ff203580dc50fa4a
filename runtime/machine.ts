/**
 * Looks for a machine's GPUs in its file system, without loading a library. This answers two questions that ONNX Runtime
 * does not answer: whether trying a GPU is worth the time, and whether the adapter of Vulkan is a real GPU.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The platform, the environment variables and the folders to look at; tests inject their own. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The names in a folder; empty if there is no such folder. */
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

/** The driver files that Vulkan's environment variables name. If there are any, Vulkan does not search for drivers. */
const chosenDrivers = ({ env }: Surroundings): readonly string[] =>
  (env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES ?? '').split(':').filter(Boolean);

const SOFTWARE = /swiftshader|lvp_icd|llvmpipe|lavapipe/i;

/**
 * Whether there may be a GPU. On Linux, a GPU has a device file (a render node of the kernel, or a file of NVIDIA or
 * WSL). On other platforms only a driver could answer this question, so the result is always true.
 */
export function mayHaveGpu(at: Surroundings = HERE): boolean {
  if (at.platform !== 'linux') return true;
  return has(at, ['/dev/dri'], /^renderD/) || has(at, ['/dev'], /^(nvidia\d+|nvidiactl|dxg)$/);
}

/** Whether WebGPU would use a software adapter, which is slower than the kernels of the CPU. */
export function softwareAdapter(at: Surroundings = HERE): boolean {
  const chosen = chosenDrivers(at);
  return !mayHaveGpu(at) || (chosen.length > 0 && chosen.every((path) => SOFTWARE.test(path)));
}

/** Names the missing software of a device, in words that match its `ailments`; '' if nothing is known to be missing. */
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
