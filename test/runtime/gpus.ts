/**
 * GPUs for tests, or their stand-ins: WebGPU runs on the SwiftShader of a browser's package, where no
 * GPU is. What cannot run says so aloud.
 */
import { existsSync } from 'node:fs';
import { tryDevice } from '../../runtime/device.ts';
import { type Device, deviceNamed } from '../../runtime/devices.ts';
import { mayHaveGpu } from '../../runtime/machine.ts';

/** Where Debian, Fedora and Google put Chromium's Vulkan in software. */
const SWIFTSHADER = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib64/chromium-browser/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
];

/** Must come before anything native is loaded: drivers are looked for once. */
function useSwiftShader(): void {
  const { env } = process;
  if (env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES ?? (process.platform !== 'linux' || mayHaveGpu())) return;
  const driver = SWIFTSHADER.find((path) => existsSync(path));
  if (driver === undefined) return;
  // Loaders before 1.3.234 read the second one only.
  Object.assign(env, { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver });
}

export interface Gpu {
  readonly device: Device;
  /** Why its tests are skipped; undefined where they run. */
  readonly absent: string | undefined;
}

/** Every device but the CPU. */
export async function gpus(): Promise<readonly Gpu[]> {
  // Products of ten bits of mantissa, CUDA's default, are no float32 to compare.
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
