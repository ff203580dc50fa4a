/**
 * The GPUs for tests. Without a GPU, WebGPU runs on the SwiftShader of a browser's package. If that is missing too, the
 * tests are skipped and the reason is printed.
 */
import { existsSync } from 'node:fs';
import { tryDevice } from '../../runtime/device.ts';
import { type Device, deviceNamed } from '../../runtime/devices.ts';
import { mayHaveGpu } from '../../runtime/machine.ts';

/** The folders in which Debian, Fedora and Google install Chromium's software Vulkan. */
const SWIFTSHADER = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib64/chromium-browser/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
];

/** This must run before anything native is loaded, because drivers are searched only once. */
function useSwiftShader(): void {
  const { env } = process;
  if (env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES ?? (process.platform !== 'linux' || mayHaveGpu())) return;
  const driver = SWIFTSHADER.find((path) => existsSync(path));
  if (driver === undefined) return;
  // Vulkan loaders before 1.3.234 read only the second variable.
  Object.assign(env, { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver });
}

export interface Gpu {
  readonly device: Device;
  /** Why its tests are skipped; undefined if they run. */
  readonly absent: string | undefined;
}

/** Every device but the CPU. */
export async function gpus(): Promise<readonly Gpu[]> {
  // CUDA's default, products with ten bits of mantissa (TF32), is too imprecise for a comparison with float32.
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  useSwiftShader();
  const found: Gpu[] = [];
  for (const name of ['webgpu', 'cuda']) {
    const device = deviceNamed(name)!;
    const { value, diagnostics } = await tryDevice(device);
    const absent = value ? undefined : diagnostics.map(({ message }) => message).join('; ');
    if (absent !== undefined) console.log(`SKIPPED: the tests of ${name}: ${absent}`);
    found.push({ device, absent });
  }
  return found;
}
