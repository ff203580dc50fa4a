/** Finds the devices of the table that work on this machine, and selects the requested one. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Outcome } from '../dsl/diagnostics.ts';
import type { Target } from '../passes/pass.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { BEST_FIRST, DEVICE_NAMES, DEVICES, type Device, deviceNamed } from './devices.ts';
import { HERE, lackingFor, mayHaveGpu, type Surroundings, softwareAdapter } from './machine.ts';
import { ortPath } from './ort_package.ts';
import { probe } from './probe.ts';
import { trim } from './session_errors.ts';

/** The folder in which ONNX Runtime looks for providers that are separate libraries. Throws if the package is not installed. */
export const providersFolder = (): string =>
  join(dirname(ortPath()), '..', 'bin', 'napi-v6', process.platform, process.arch);

/** The names of the devices whose software is installed. Only opening a session shows whether a GPU exists. */
export async function installedDevices(): Promise<readonly string[]> {
  try {
    const { listSupportedBackends } = await import('onnxruntime-node');
    const backends = new Map(listSupportedBackends().map(({ name, bundled }) => [name as string, bundled]));
    const installed = ({ name, provider }: Device): boolean =>
      name === 'cpu' || backends.get(provider) === true || (backends.has(provider) && hasLibrary(provider));
    return DEVICES.filter(installed).map(({ name }) => name);
  } catch {
    // There is no native build for this platform. Opening a session will report that.
    return ['cpu'];
  }
}

/** Whether the library of a provider that is not bundled is installed in the folder of the binding. */
function hasLibrary(provider: string): boolean {
  const names = [`libonnxruntime_providers_${provider}.so`, `onnxruntime_providers_${provider}.dll`];
  return names.some((name) => existsSync(join(providersFolder(), name)));
}

/**
 * Describes what a device lacks and how to get it. `lacking` is the result of `lackingFor`, and `said` is the message
 * of ONNX Runtime. `lacking` is searched first, because a missing driver can be the cause of a missing library.
 */
export function whyNot(
  { ailments, get }: Device,
  lacking: string,
  said: string,
): { readonly what: string; readonly get: string } {
  for (const words of [lacking, said]) {
    for (const ailment of ailments) {
      const found = ailment.when.exec(words);
      if (found) return { what: ailment.what.replace('$1', found[1] ?? ''), get: ailment.get };
    }
  }
  return { what: trim(said), get };
}

/** Returns the device if it works on this machine, or a diagnostic (D540) that names the reason. The CPU always works. */
export async function tryDevice(device: Device): Promise<Outcome<Device>> {
  if (device.name === 'cpu') return { value: device, diagnostics: [] };
  const installed = (await installedDevices()).includes(device.name);
  const { works, said } = installed
    ? await probe(ortPath(), device.provider)
    : { works: false, said: `providers_${device.provider} is not there` };
  if (works) return { value: device, diagnostics: [] };
  const { what, get } = whyNot(device, lackingFor(device.name), said);
  const message = `device ${device.name} is not available: ${what}`;
  return { diagnostics: [runtimeDiagnostic('D540', message, `${get}, or use --device cpu`)] };
}

/**
 * The devices that `auto` tries, in order. For an artifact that was compiled for a `target`, it tries only the devices
 * of that target and the CPU. GPUs are left out if the machine has none. Software adapters are always left out, because
 * they are slower than the CPU.
 */
export function candidates(target?: Target, at: Surroundings = HERE): readonly Device[] {
  const fits = (device: Device): boolean =>
    target === undefined || target === 'portable' || device.target === target;
  const fast = ({ name }: Device): boolean => mayHaveGpu(at) && !(name === 'webgpu' && softwareAdapter(at));
  const devices = BEST_FIRST.map((name) => deviceNamed(name)!);
  return devices.filter((device) => device.name === 'cpu' || (fits(device) && fast(device)));
}

/**
 * Selects a device by its name. `auto` selects the first of `candidates` that works. For an artifact, `target` is the
 * target that it was compiled for. Returns D540 if the device does not work.
 */
export async function findDevice(name: string, target?: Target): Promise<Outcome<Device>> {
  if (name !== 'auto') {
    const device = deviceNamed(name);
    if (device) return tryDevice(device);
    const help = `use one of ${DEVICE_NAMES.join(', ')}`;
    return { diagnostics: [runtimeDiagnostic('D540', `there is no device '${name}'`, help)] };
  }
  for (const candidate of candidates(target)) {
    const { value } = await tryDevice(candidate);
    if (value) return { value, diagnostics: [] };
  }
  return tryDevice(deviceNamed('cpu')!);
}
