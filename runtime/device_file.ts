/**
 * Reads JSON files with devices, which are added to the table in `report/time/machines.ts`. Users write such a file by
 * hand or with `benben bench --calibrate`. The diagnostic for a bad file (D565) names the position of each error.
 */
import type { Outcome } from '../dsl/diagnostics.ts';
import { lineFinder } from '../dsl/place.ts';
import { suggestOrList } from '../dsl/suggest.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { LIST, OBJECT, type OptionRules, oneOf, type ValueRule } from '../pipeline/options.ts';
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
/** The depth of a valid file: file, list of devices, device, rates, rate. Deeper values belong to unknown members. */
const DEEPEST = 5;
/** The maximum number of errors that one message lists. */
const MAX_LISTED = 5;

/** Control characters, line separators and characters that change the writing direction. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const text = (most: number): ValueRule => ({
  is: `a text of 1 to ${most} characters that can be printed`,
  fits: (value) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= most && !UNPRINTABLE.test(value),
});
const from = (least: number, most: number): ValueRule => ({
  is: `a number from ${least} to ${most}`,
  fits: (value) => typeof value === 'number' && value >= least && value <= most,
});
const object: ValueRule = { is: OBJECT.is, fits: (value) => OBJECT.fits(value) && !Array.isArray(value) };
/** The upper limit is larger than every real rate, but small enough that all computed times are finite and positive. */
const PER_SECOND = from(1, 1e21);
const SECONDS = from(0, 1000);

type FileOfDevices = { readonly schema: string; readonly devices: readonly unknown[] };

const FILE: OptionRules<FileOfDevices> = { schema: oneOf([DEVICES_SCHEMA]), devices: LIST };
const DEVICE: OptionRules<Machine> = {
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
const CACHE: OptionRules<NonNullable<Machine['cache']>> = {
  bytes: from(1, 1e18),
  bytesPerSecond: PER_SECOND,
};
const RATE: OptionRules<Rate> = { operationsPerSecond: PER_SECOND, bytesPerSecond: PER_SECOND };

/** Describes everything that is wrong with the members of an object. The members in `needed` must be present. */
function misfits(
  value: unknown,
  at: string,
  rules: Readonly<Record<string, ValueRule>>,
  needed: readonly string[],
): readonly string[] {
  if (!object.fits(value)) return [`${at === '' ? 'it' : at} must be ${object.is}`];
  const members = value as Readonly<Record<string, unknown>>;
  const path = (name: string): string => (at === '' ? name : `${at}.${name}`);
  const unknown = Object.keys(members).filter((name) => !Object.hasOwn(rules, name));
  const wrong = Object.entries(rules).filter(([name, { fits }]) =>
    Object.hasOwn(members, name) ? !fits(members[name]) : needed.includes(name),
  );
  return [
    ...unknown.map((name) => {
      const help = suggestOrList(name, Object.keys(rules), 'the known members are');
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
  if (devices.length === 0) return ['it contains no device'];
  if (devices.length > MAX_DEVICES)
    return [`it contains ${devices.length} devices, but at most ${MAX_DEVICES} are allowed`];
  const wrong = devices.flatMap(deviceMisfits);
  if (wrong.length > 0) return wrong;
  const names = (devices as readonly Machine[]).map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  return twice === undefined ? [] : [`two of its devices are called '${twice}'`];
}

/** The position of a syntax error in a JSON text, taken from V8's message. */
function placeIn(content: string, error: unknown): string {
  const message = String(error);
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  const [, token] = /Unexpected token '(.)'/u.exec(message) ?? [];
  if (position === undefined && token !== undefined) return `: '${token}' is unexpected`;
  const before = content.slice(0, position === undefined ? content.length : Number(position)).split('\n');
  return `: the first error is in line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

/** Fills in the defaults of the optional members. */
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
  const cached = cache && { cache: { bytes: cache.bytes, bytesPerSecond: cache.bytesPerSecond } };
  return { name, source, target, rates, ...cached, ...others };
}

/** Parses the devices of a text: at least one, with distinct names. Returns D565 if the text is wrong. */
export function parseDevices(content: string, path: string): Outcome<readonly Machine[]> {
  const refuse = (why: string): Outcome<never> => {
    const help = '`benben bench --calibrate FILE` writes such a file; docs/costs.md describes its format';
    return { diagnostics: [runtimeDiagnostic('D565', `${path} is not a device file: ${why}`, help)] };
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
    return refuse(
      `it has ${quote(twice.key)} twice in one object, the second time in line ${line}, column ${column}`,
    );
  }
  const wrong = fileMisfits(value);
  const more = wrong.length > MAX_LISTED ? `; and ${wrong.length - MAX_LISTED} more` : '';
  if (wrong.length > 0) return refuse(`${wrong.slice(0, MAX_LISTED).join('; ')}${more}`);
  return { value: (value as { devices: readonly Machine[] }).devices.map(machineOf), diagnostics: [] };
}

export async function readDevices(path: string): Promise<Outcome<readonly Machine[]>> {
  const read = await readTextFile(path, MAX_BYTES);
  return read.value ? parseDevices(read.value.text, path) : { diagnostics: read.diagnostics };
}

export const devicesText = (devices: readonly Machine[]): string =>
  `${JSON.stringify({ schema: DEVICES_SCHEMA, devices }, null, 2)}\n`;
