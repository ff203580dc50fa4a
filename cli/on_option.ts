/** Reads `--on`: names from the table of devices and paths of device files, separated by commas. */

import { suggest } from '../dsl/suggest.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import type { Machine } from '../report/time/machine.ts';
import { MACHINES } from '../report/time/machines.ts';
import { readDevices } from '../runtime/device_file.ts';
import { InputFault, UsageFault } from './faults.ts';
import type { Output } from './output.ts';

const isFile = (text: string): boolean => /\.json$/i.test(text) || /[\\/]/.test(text);

function deviceNamed(name: string): Machine {
  const names = MACHINES.map((device) => device.name);
  const found = MACHINES.find((device) => device.name === name.toLowerCase());
  if (found) return found;
  const near = suggest(name, names);
  const help = near
    ? `did you mean '${near}'?`
    : `the devices in the table are ${names.join(', ')}; other devices are read from files: --on FILE.json`;
  const diagnostics = [runtimeDiagnostic('D566', `there is no device '${name}' in the table`, help)];
  throw new InputFault([{ source: undefined, diagnostics }]);
}

/** The devices in the order of the option, each once. A file adds all devices that it lists. */
export async function machinesOn(text: string, output: Output): Promise<readonly Machine[]> {
  const machines = new Map<string, Machine>();
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '')
      throw new UsageFault(
        `--on ${text}: a name is missing`,
        'write --on h100 or --on a100,machine.json, for example',
      );
    const found = isFile(part) ? output.take(await readDevices(part)) : [deviceNamed(part)];
    const origin = isFile(part) ? part : 'the table';
    for (const machine of found) {
      const key = JSON.stringify([origin, machine.name]);
      if (machines.has(key)) continue;
      // Devices from different files, or from a file and the table, may have the same name.
      const taken = [...machines.values()].some(({ name }) => name === machine.name);
      machines.set(key, taken ? { ...machine, name: `${machine.name} (${origin})` } : machine);
    }
  }
  return [...machines.values()];
}
