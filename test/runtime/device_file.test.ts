/** Device files: what they contain, which members are optional, and how errors are reported. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Machine } from '../../report/time/machine.ts';
import { MACHINES } from '../../report/time/machines.ts';
import { devicesText, parseDevices, readDevices } from '../../runtime/device_file.ts';
import { temporaryFolder } from './tiny_artifact.ts';

const FP32 = { operationsPerSecond: 2e11, bytesPerSecond: 2.5e10 };
const device = (change: object = {}): object => ({ name: 'mine', rates: { fp32: FP32 }, ...change });
const file = (...devices: readonly unknown[]): object => ({ schema: 'benben.devices/1', devices });
const parse = (value: unknown) => parseDevices(JSON.stringify(value), 'machine.json');

const folder = temporaryFolder();

test('reading gives what was written', async () => {
  const path = join(folder, 'all.json');
  writeFileSync(path, devicesText(MACHINES));
  expect(await readDevices(path)).toEqual({ value: MACHINES, diagnostics: [] });
});

test('a name and the rates of fp32 are enough', () => {
  const mine: Machine = {
    name: 'mine',
    source: '',
    target: 'cpu',
    rates: { fp32: FP32 },
    expsPerSecond: 2e11 / 16,
    normsPerSecond: 2e11 / 16,
    kernelSeconds: 0,
    runSeconds: 0,
  };
  expect(parse(file(device()))).toEqual({ value: [mine], diagnostics: [] });
  const cache = { bytes: 1e6, bytesPerSecond: 1e11 };
  expect(parse(file(device({ cache }))).value).toEqual([{ ...mine, cache }]);
  const two = parse(file(device(), device({ name: 'other', target: 'webgpu', kernelSeconds: 1e-5 })));
  expect(two.value).toMatchObject([{}, { name: 'other', target: 'webgpu', kernelSeconds: 1e-5 }]);
});

const rates = (fp32: unknown): object => device({ rates: { fp32 } });

describe('a wrong file is refused with the position of the error', () => {
  test.each<[string, unknown, string]>([
    ['a list', [], 'it must be an object'],
    ['null', null, 'it must be an object'],
    ['no schema', { devices: [device()] }, 'schema must be one of benben.devices/1'],
    ['another schema', { ...file(device()), schema: 'benben.devices/2' }, 'schema must be one of'],
    ['no devices', { schema: 'benben.devices/1' }, 'devices must be an array'],
    ['none', file(), 'it contains no device'],
    [
      'very many',
      file(...Array.from({ length: 101 }, (_, i) => device({ name: `${i}` }))),
      'at most 100 are allowed',
    ],
    ['a device that is a text', file('h100'), 'devices[0] must be an object'],
    ['no name', file(device(), device({ name: undefined })), 'devices[1].name must be a text'],
    ['an empty name', file(device({ name: ' ' })), 'devices[0].name must be a text of 1 to 80'],
    ['an endless name', file(device({ name: 'x'.repeat(81) })), 'devices[0].name must be'],
    ['one name twice', file(device(), device()), "two of its devices are called 'mine'"],
    ['a slip', file(device({ kernelSecond: 1 })), 'did you mean `kernelSeconds`?'],
    [
      'an unknown member',
      file(device({ colour: 1 })),
      'devices[0].colour is unknown: the known members are: `name`',
    ],
    ['no rates', file({ name: 'mine' }), 'devices[0].rates must be an object'],
    ['no fp32', file(device({ rates: { fp16: FP32 } })), 'devices[0].rates.fp32 must be'],
    ['an unknown rate', file(device({ rates: { fp32: FP32, fp8: FP32 } })), 'rates.fp8 is unknown'],
    ['a rate that is a number', file(rates(1e9)), 'devices[0].rates.fp32 must be an object'],
    [
      'half a rate',
      file(rates({ bytesPerSecond: 1 })),
      'fp32.operationsPerSecond must be a number from 1 to',
    ],
    ['nothing a second', file(rates({ ...FP32, bytesPerSecond: 0 })), 'fp32.bytesPerSecond must be'],
    ['less than nothing', file(rates({ ...FP32, operationsPerSecond: -1 })), 'must be a number from 1 to'],
    ['beyond all machines', file(rates({ ...FP32, operationsPerSecond: 1e300 })), 'must be a number from 1'],
    ['digits in quotes', file(rates({ ...FP32, operationsPerSecond: '1e12' })), 'must be a number'],
    ['a day for a kernel', file(device({ kernelSeconds: 86400 })), 'kernelSeconds must be a number from 0'],
    ['half a cache', file(device({ cache: { bytes: 1e6 } })), 'devices[0].cache.bytesPerSecond must be'],
    ['a cache that is a number', file(device({ cache: 1e6 })), 'devices[0].cache must be an object'],
    [
      'a name of colours',
      file(device({ name: '\x1b[31mred' })),
      'devices[0].name must be a text of 1 to 80 characters that can be printed',
    ],
    ['an unknown target', file(device({ target: 'tpu' })), 'target must be one of cpu, cuda, webgpu'],
  ])('%s', (_, value, why) => {
    const { value: machines, diagnostics } = parse(value);
    expect(machines).toBeUndefined();
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ code: 'D565', severity: 'error' });
    expect(diagnostics[0]!.message).toContain('machine.json is not a device file: ');
    expect(diagnostics[0]!.message).toContain(why);
  });

  test.each([
    ['', /: the first error is in line 1, column 1$/],
    ['{', /: the first error is in line 1, column 2$/],
    ['name: mine', /: 'a' is unexpected$|: the first error is in line 1, column 2$/],
    ['{\n  "schema":NaN}', /: 'N' is unexpected$|: the first error is in line 2, column 12$/],
  ])('%j is not JSON', (text, place) => {
    const [diagnostic, ...others] = parseDevices(text, 'x').diagnostics;
    expect(others).toEqual([]);
    expect(diagnostic!.code).toBe('D565');
    expect(diagnostic!.message).toMatch(/^x is not a device file: it is not JSON/);
    expect(diagnostic!.message).toMatch(place);
  });

  test('a repeated key, at any depth', () => {
    const text = devicesText(MACHINES.slice(0, 2));
    const again = (line: string): string => text.replace(line, `${line}\n${line}`);
    const reported = (changed: string): string => {
      expect(changed).not.toBe(text);
      const { value, diagnostics } = parseDevices(changed, 'x');
      expect(value).toBeUndefined();
      return diagnostics.map(({ code, message }) => `${code} ${message}`).join('\n');
    };
    for (const line of text.split('\n').filter((one) => /": .*,$/.test(one))) {
      const [, key] = /"(\w+)"/.exec(line)!;
      const at = text.slice(0, text.indexOf(line)).split('\n').length;
      const place = `the second time in line ${at + 1}, column ${line.indexOf('"') + 1}`;
      expect(reported(again(line))).toBe(
        `D565 x is not a device file: it has '${key}' twice in one object, ${place}`,
      );
    }
    // The repeated key is written with an escape, and has another value.
    expect(reported(text.replace('"name"', '"n\\u0061me": "other", "name"'))).toContain("'name' twice");
    // Different devices have the same keys, and a value may look like a key.
    expect(parseDevices(text, 'x').diagnostics).toEqual([]);
    expect(parseDevices(text.replace('peaks of', '\\"name\\": peaks of'), 'x').diagnostics).toEqual([]);
  });

  test('numbers that are valid JSON but impossible for a machine', () => {
    const text = JSON.stringify(file(device())).replace('25000000000', '1e999');
    expect(parseDevices(text, 'x').diagnostics[0]!.message).toContain('bytesPerSecond must be a number');
  });

  test('only the first of many errors are listed', () => {
    const wrong = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`m${i}`, i]));
    expect(parse(file(device(wrong))).diagnostics[0]!.message).toMatch(/m4 .*; and 4 more$/);
  });

  test('a missing file, a folder, a file that is too large', async () => {
    writeFileSync(join(folder, 'large.json'), ' '.repeat((1 << 20) + 1));
    const codes = await Promise.all(
      ['none.json', '.', 'large.json'].map(
        async (name) => (await readDevices(join(folder, name))).diagnostics,
      ),
    );
    expect(codes).toMatchObject([[{ code: 'D501' }], [{ code: 'D503' }], [{ code: 'D508' }]]);
  });
});

test('any text gives devices or one diagnostic', () => {
  const strange = fc.oneof(fc.jsonValue(), fc.constantFrom('mine', 1e12, 0, -1, null, {}, []));
  const some = fc.dictionary(
    fc.constantFrom('name', 'rates', 'target', 'runSeconds', '__proto__', 'toString'),
    strange,
  );
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.oneof(strange, some)).map((devices) => file(...devices)),
    fc
      .dictionary(fc.constantFrom('fp32', 'int8', '__proto__'), fc.oneof(strange, fc.constant(FP32)))
      .map((all) => file(device({ rates: all }))),
  );
  fc.assert(
    fc.property(anything, (value) => {
      const { value: machines, diagnostics } = parse(value);
      if (machines) {
        for (const { rates: own } of machines) expect(own.fp32.bytesPerSecond).toBeGreaterThan(0);
      } else expect(diagnostics.map(({ code }) => code)).toEqual(['D565']);
    }),
  );
});
