/**
 * Which devices of the table are there, and finding the one that is asked for. The issue on devices
 * adds columns to the table and fallbacks in `findDevice`; nothing else asks for names.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from './codes.ts';
import { DEVICE_NAMES, DEVICES, type Device, deviceNamed } from './devices.ts';

/**
 * ONNX Runtime reports its use to Microsoft from every platform since 1.30, and leaves files in the
 * temporary folder for it. Nobody who runs Benben asked for that; who wants it sets the variable to 0.
 * Native code reads it when it is loaded, so it is set by the module that says where that code is.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';

/** Resolved from here, since a worker started from text would look in the working directory. */
export const ORT_PATH = createRequire(import.meta.url).resolve('onnxruntime-node');

/** The names of the devices whose software is installed; whether a GPU is there, only a session tells. */
export async function installedDevices(): Promise<readonly string[]> {
  try {
    const { listSupportedBackends } = await import('onnxruntime-node');
    const backends = new Map(listSupportedBackends().map(({ name, bundled }) => [name as string, bundled]));
    const installed = ({ name, provider }: Device): boolean =>
      name === 'cpu' || backends.get(provider) === true || (backends.has(provider) && hasLibrary(provider));
    return DEVICES.filter(installed).map(({ name }) => name);
  } catch {
    // No native build for this platform: opening a session will say so.
    return ['cpu'];
  }
}

/** Providers that are not bundled are libraries beside the binding, put there by the install script. */
function hasLibrary(provider: string): boolean {
  const folder = join(dirname(ORT_PATH), '..', 'bin', 'napi-v6', process.platform, process.arch);
  const names = [`libonnxruntime_providers_${provider}.so`, `onnxruntime_providers_${provider}.dll`];
  return names.some((name) => existsSync(join(folder, name)));
}

export async function findDevice(name: string): Promise<Outcome<Device>> {
  const device = deviceNamed(name);
  if (!device) {
    return {
      diagnostics: [
        runtimeDiagnostic('D540', `there is no device '${name}'`, `use one of ${DEVICE_NAMES.join(', ')}`),
      ],
    };
  }
  if (device.name === 'cpu' || (await installedDevices()).includes(device.name)) {
    return { value: device, diagnostics: [] };
  }
  const message = `device ${device.name} is not installed: ${device.about}`;
  return { diagnostics: [runtimeDiagnostic('D540', message, `${device.get}, or use --device cpu`)] };
}
