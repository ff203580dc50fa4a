/** Which devices of the table are there, and finding the one that is asked for. */
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

/** Where ONNX Runtime looks for providers that are libraries of their own. Throws where the package is not found. */
export const providersFolder = (): string =>
  join(dirname(ortPath()), '..', 'bin', 'napi-v6', process.platform, process.arch);

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
  const names = [`libonnxruntime_providers_${provider}.so`, `onnxruntime_providers_${provider}.dll`];
  return names.some((name) => existsSync(join(providersFolder(), name)));
}

/**
 * What is missing, and how to get it: from what the machine shows (`lackingFor`) and what ONNX Runtime
 * said. The machine first: a missing driver is why a library was not found, not the other way round.
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

/** Whether a device works here, and where not what is missing. The CPU always does. */
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
 * What `auto` tries, in order. For a model that was compiled already (`target`) its own device alone; no
 * GPU where none can be, and no program in place of one: the CPU's own kernels are faster.
 */
export function candidates(target?: Target, at: Surroundings = HERE): readonly Device[] {
  const fits = (device: Device): boolean =>
    target === undefined || target === 'portable' || device.target === target;
  const fast = ({ name }: Device): boolean => mayHaveGpu(at) && !(name === 'webgpu' && softwareAdapter(at));
  const devices = BEST_FIRST.map((name) => deviceNamed(name)!);
  return devices.filter((device) => device.name === 'cpu' || (fits(device) && fast(device)));
}

/**
 * The device asked for. `auto` is the best that works, `BEST_FIRST`; for a model that was compiled
 * already (`target`), the device that it was compiled for, and the CPU where that one does not work.
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
