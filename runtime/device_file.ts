/**
 * Devices that users add to the table (`report/time/machines.ts`): a JSON file, written by hand or by `benben bench
 * --calibrate`. Anybody may have written it: each thing that is wrong is a diagnostic that names its place.
 */

import type { Outcome } from '../dsl/diagnostics.ts';
import { lineFinder } from '../dsl/place.ts';
import { suggestOrList } from '../dsl/suggest.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { type Kind, type Kinds, LIST, OBJECT, oneOf } from '../pipeline/options.ts';
import {
  MACHINE_TARGETS,
  type Machine,
  RATE_NAMES,
  type Rate,
  type RateName,
  usualRate,
} from '../report/time/machine.ts';
import { readTextFile } from './files.ts';
import { repeatedKey } from './repeated_key.ts';
import { quote } from './weights/safetensors_header.ts';

export const DEVICES_SCHEMA = 'benben.devices/1';

const MAX_BYTES = 1 << 20;
const MAX_DEVICES = 100;
/** The file, its list, a device, its rates, a rate; whatever lies deeper is refused for being there. */
const DEEPEST = 5;
/** More would be the same mistake again. */
const MAX_TOLD = 5;

/** Control characters, and those that turn the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const text = (most: number): Kind => ({
  is: `a text of 1 to ${most} characters that can be printed`,
  fits: (value) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= most && !UNPRINTABLE.test(value),
});
const from = (least: number, most: number): Kind => ({
  is: `a number from ${least} to ${most}`,
  fits: (value) => typeof value === 'number' && value >= least && value <= most,
});
const object: Kind = { is: OBJECT.is, fits: (value) => OBJECT.fits(value) && !Array.isArray(value) };
/** Beyond every machine, and short of where a time would be none or endless. */
const PER_SECOND = from(1, 1e21);
const SECONDS = from(0, 1000);

type FileOfDevices = { readonly schema: string; readonly devices: readonly unknown[] };

const FILE: Kinds<FileOfDevices> = { schema: oneOf([DEVICES_SCHEMA]), devices: LIST };
const DEVICE: Kinds<Machine> = {
  name: text(80),
  source: text(200),
  target: oneOf(MACHINE_TARGETS),
  rates: object,
  expsPerSecond: PER_SECOND,
  normsPerSecond: PER_SECOND,
  cache: object,
  kernelSeconds: SECONDS,
  runSeconds: SECONDS,
};
const RATES = Object.fromEntries(RATE_NAMES.map((name) => [name, object]));
const CACHE: Kinds<NonNullable<Machine['cache']>> = { bytes: from(1, 1e18), bytesPerSecond: PER_SECOND };
const RATE: Kinds<Rate> = { operationsPerSecond: PER_SECOND, bytesPerSecond: PER_SECOND };

/** All that is wrong with an object's members; `needed` ones must be there. */
function misfits(
  value: unknown,
  at: string,
  kinds: Readonly<Record<string, Kind>>,
  needed: readonly string[],
): readonly string[] {
  if (!object.fits(value)) return [`${at === '' ? 'it' : at} must be ${object.is}`];
  const members = value as Readonly<Record<string, unknown>>;
  const path = (name: string): string => (at === '' ? name : `${at}.${name}`);
  const unknown = Object.keys(members).filter((name) => !Object.hasOwn(kinds, name));
  const wrong = Object.entries(kinds).filter(([name, { fits }]) =>
    Object.hasOwn(members, name) ? !fits(members[name]) : needed.includes(name),
  );
  return [
    ...unknown.map((name) => {
      const help = suggestOrList(name, Object.keys(kinds), 'there are');
      return `${path(name.slice(0, 40))} is unknown: ${help}`;
    }),
    ...wrong.map(([name, { is }]) => `${path(name)} must be ${is}`),
  ];
}

function deviceMisfits(value: unknown, i: number): readonly string[] {
  const at = `devices[${i}]`;
  const device = misfits(value, at, DEVICE, ['name', 'rates']);
  if (device.length > 0) return device;
  const { rates, cache } = value as Machine;
  const cached = cache ? misfits(cache, `${at}.cache`, CACHE, Object.keys(CACHE)) : [];
  if (cached.length > 0) return cached;
  const named = misfits(rates, `${at}.rates`, RATES, ['fp32']);
  if (named.length > 0) return named;
  return Object.entries(rates).flatMap(([name, rate]) =>
    misfits(rate, `${at}.rates.${name}`, RATE, Object.keys(RATE)),
  );
}

function fileMisfits(value: unknown): readonly string[] {
  const file = misfits(value, '', FILE, Object.keys(FILE));
  if (file.length > 0) return file;
  const { devices } = value as FileOfDevices;
  if (devices.length === 0) return ['it holds no device'];
  if (devices.length > MAX_DEVICES) return [`it holds more than ${MAX_DEVICES} devices`];
  const wrong = devices.flatMap(deviceMisfits);
  if (wrong.length > 0) return wrong;
  const names = (devices as readonly Machine[]).map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  return twice === undefined ? [] : [`two of its devices are called '${twice}'`];
}

/** Where JSON ends to be JSON, or at what, by what V8 tells. */
function placeIn(content: string, error: unknown): string {
  const told = String(error);
  const [, position] = /at position (\d+)/.exec(told) ?? [];
  const [, token] = /Unexpected token '(.)'/u.exec(told) ?? [];
  if (position === undefined && token !== undefined) return `: '${token}' is unexpected`;
  const before = content.slice(0, position === undefined ? content.length : Number(position)).split('\n');
  return ` from line ${before.length}, column ${before.at(-1)!.length + 1} on`;
}

/** What may be left out, filled in. */
function machineOf(device: Pick<Machine, 'name' | 'rates'> & Partial<Machine>): Machine {
  const { name, source = '', target = 'cpu', kernelSeconds = 0, runSeconds = 0 } = device;
  const rates = Object.fromEntries(
    Object.entries(device.rates).map(([rate, { operationsPerSecond, bytesPerSecond }]) => [
      rate as RateName,
      { operationsPerSecond, bytesPerSecond },
    ]),
  ) as Machine['rates'];
  const { expsPerSecond = usualRate(rates.fp32), normsPerSecond = usualRate(rates.fp32), cache } = device;
  const others = { expsPerSecond, normsPerSecond, kernelSeconds, runSeconds };
  const small = cache && { cache: { bytes: cache.bytes, bytesPerSecond: cache.bytesPerSecond } };
  return { name, source, target, rates, ...small, ...others };
}

/** The devices that a text describes: at least one, each with a name of its own. */
export function parseDevices(content: string, path: string): Outcome<readonly Machine[]> {
  const refuse = (why: string): Outcome<never> => {
    const help = '`benben bench --calibrate FILE` writes such a file; docs/costs.md describes it';
    return { diagnostics: [runtimeDiagnostic('D565', `${path} is no file of devices: ${why}`, help)] };
  };
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    return refuse(`it is not JSON${placeIn(content, error)}`);
  }
  const twice = repeatedKey(content, DEEPEST);
  if (twice) {
    const { line, column } = lineFinder(content)(twice.at);
    return refuse(`it has ${quote(twice.key)} twice in one object, again in line ${line}, column ${column}`);
  }
  const wrong = fileMisfits(value);
  const more = wrong.length > MAX_TOLD ? `; and ${wrong.length - MAX_TOLD} more` : '';
  if (wrong.length > 0) return refuse(`${wrong.slice(0, MAX_TOLD).join('; ')}${more}`);
  return { value: (value as { devices: readonly Machine[] }).devices.map(machineOf), diagnostics: [] };
}

export async function readDevices(path: string): Promise<Outcome<readonly Machine[]>> {
  const read = await readTextFile(path, MAX_BYTES);
  return read.value ? parseDevices(read.value.text, path) : { diagnostics: read.diagnostics };
}

export const devicesText = (devices: readonly Machine[]): string =>
  `${JSON.stringify({ schema: DEVICES_SCHEMA, devices }, null, 2)}\n`;
