/**
 * `benben bench`, and `benben report --on`. Times are never asserted, only that they were measured, and that the numbers
 * agree with each other.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { Machine } from '../../report/time/machine.ts';
import { duration } from '../../report/view/duration.ts';
import { against } from '../../runtime/bench.ts';
import { devicesText, parseDevices } from '../../runtime/device_file.ts';
import { ratesOf } from '../../runtime/machine_probes.ts';
import { measureMachine } from '../../runtime/measure_machine.ts';
import { invoke, workshop } from './invoke.ts';

const { path } = await workshop();
const FILE = path('model.ben');

/** A machine with simple times: 10⁹ operations or bytes of any kind take one second. */
const slow: Machine = {
  name: 'slow',
  source: 'made up',
  target: 'cpu',
  expsPerSecond: 1e9,
  normsPerSecond: 1e9,
  rates: { fp32: { operationsPerSecond: 1e9, bytesPerSecond: 1e9 } },
  kernelSeconds: 1e-6,
  runSeconds: 1e-3,
};
writeFileSync(path('slow.json'), devicesText([slow]));
writeFileSync(path('two.json'), devicesText([slow, { ...slow, name: 'two, "quoted"', kernelSeconds: 1e-3 }]));
const ON = ['--on', path('slow.json'), '--device', 'cpu'];

interface Part {
  readonly part: string;
  readonly predicted: number;
  readonly measured: number | null;
  readonly error: number | null;
}

interface BenchOutput {
  readonly rounds: number;
  readonly parts: readonly Part[];
}

async function bench(...args: readonly string[]): Promise<BenchOutput> {
  const { code, out, err } = await invoke(['bench', ...args, '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

describe('bench', () => {
  test('measures the first word, each further word, and all words of a model with a decoder', async () => {
    const printed = await bench(FILE, ...ON, '--target', '5', '--batch', '2', '--rounds', '1');
    expect(printed).toMatchObject({
      schema: 'benben.bench/1',
      model: 'Tiny',
      entry: 'generate',
      precision: 'fp32',
      device: 'cpu',
      lengths: { length: 64, target: 5, batch: 2 },
      machine: slow,
      diagnostics: [],
    });
    const [first, word, all] = printed.parts;
    expect(printed.parts.map(({ part }) => part)).toEqual(['first', 'word', 'all']);
    for (const { predicted, measured, error } of printed.parts) {
      expect(predicted).toBeGreaterThan(0);
      // A word may take less time than the clock resolves.
      if (measured === null) expect(error).toBeNull();
      else expect(error).toBeCloseTo(predicted / measured - 1, 12);
    }
    expect(printed.rounds).toBe(1);
    expect(first!.measured).toBeGreaterThan(0);
    expect(first!.predicted + 4 * word!.predicted).toBeCloseTo(all!.predicted, 12);
  });

  /** An earlier version printed a negative time with a negative error. */
  test('gives no error for a word whose time is too short to measure', () => {
    expect(against(2e-6, -1e-6)).toEqual({ measured: null, error: null });
    expect(against(3, 2)).toEqual({ measured: 2, error: 0.5 });
  });

  test('measures a model without a decoder', async () => {
    const reader = ['--model', 'Reader', '--length', '20', '--threads', '1', '--rounds', '2'];
    const { parts, rounds } = await bench(FILE, ...ON, ...reader);
    expect(parts.map(({ part }) => part)).toEqual(['first']);
    expect(rounds).toBe(2);
    expect(parts[0]!.measured).toBeGreaterThan(0);
  });

  test('measures no further words if there is only one word', async () => {
    const { parts } = await bench(FILE, ...ON, '--target', '1', '--rounds', '1', '--precision', 'int8');
    expect(parts.map(({ part }) => part)).toEqual(['first']);
  });

  test('prints a table on stdout, and the origin of the rates on stderr', async () => {
    const { code, out, err } = await invoke(['bench', FILE, ...ON, '--rounds', '1', '--target', '2']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Tiny in fp32 on cpu, documents of 64 tokens\n/);
    expect(out).toMatch(/^part +predicted +measured +error$/m);
    expect(out).toMatch(/^all 2 words +[\d.]+ \S+ +[\d.]+ \S+ +[+−]\d+ %$/m);
    expect(err).toBe('medians of 1 round; predicted for slow (made up)\n');
  });

  test.each<[readonly string[], number, string]>([
    [[], 2, 'there is nothing to measure'],
    [['--calibrate', path('x.json'), '--model', 'Tiny'], 2, '--model applies to a model'],
    [['--calibrate', path('x.json'), '--batch', '2'], 2, '--batch applies to a model'],
    [['--calibrate', path('none/x.json')], 1, 'error[D501]'],
    [[FILE, '--calibrate', path('model.ben/x.json')], 1, 'error[D504]'],
    [[FILE, '--on', path('two.json')], 2, 'names 2 devices'],
    [[FILE, '--on', 'h100', '--device', 'cpu'], 2, 'describes a device for cuda'],
    [[FILE, '--on', 'h1000'], 1, "did you mean 'h100'?"],
    [[FILE, '--on', path('none.json')], 1, 'error[D501]'],
    [[FILE, '--on', 'h100', '--calibrate', path('x.json')], 2, 'cannot be used together'],
    [[FILE, ...ON, '--length', '65'], 2, 'Tiny reads at most 64 tokens'],
    [[FILE, ...ON, '--target', '33'], 2, 'Tiny writes at most 32 words'],
    [[FILE, ...ON, '--model', 'Reader', '--target', '3'], 2, 'Reader has no decoder'],
    [[FILE, ...ON, '--model', 'Tinny'], 1, "did you mean 'Tiny'?"],
    [[FILE, ...ON, '--rounds', '0'], 2, 'whole number from 1'],
    [[FILE, '--device', 'cpu', '--precision', 'fp16', '--on', path('slow.json')], 1, 'error[D562]'],
    [[FILE, '--calibrate', FILE], 2, ''],
    [['--calibrate', path('machine.txt')], 2, 'must end in .json'],
    [['--calibrate', '-'], 2, 'must end in .json'],
  ])('%j', async (args, expected, message) => {
    const { code, out, err } = await invoke(['bench', ...args]);
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toContain(message);
    expect(existsSync(path('x.json'))).toBe(false);
  });
});

test('measuring a machine writes a file of devices', async () => {
  const shares: number[] = [];
  const onProgress = (share: number): void => void shares.push(share);
  const { value, diagnostics } = await measureMachine(
    { rates: [], weights: 8, onProgress },
    { least: 1, most: 1, seconds: 0 },
  );
  expect(diagnostics).toEqual([]);
  expect(Object.keys(value!.rates)).toEqual(['fp32']);
  expect(value).toMatchObject({ target: 'cpu', source: expect.stringContaining('measured') });
  expect(parseDevices(devicesText([value!]), 'x').value).toEqual([value]);
  expect(shares[0]).toBe(0);
  expect(shares).toEqual([...new Set(shares)].sort((a, b) => a - b));
  expect(shares.at(-1)).toBeLessThan(1);
});

test('the measured kernels are those of compiled models', () => {
  expect(ratesOf('fp32', 'cpu')).toEqual(['fp32']);
  expect(ratesOf('int8', 'cpu')).toEqual(['fp32', 'int8']);
  expect(ratesOf('int4', 'cpu')).toEqual(['fp32', 'int8', 'block4']);
  expect(ratesOf('fp16', 'cuda')).toEqual(['fp32', 'fp16']);
  expect(ratesOf('int8', 'cuda')).toEqual(['fp32', 'block8']);
});

const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/report.schema.json'), 'utf8'));
const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);

async function report(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await invoke(['report', FILE, ...args]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

describe('report --on', () => {
  test('has a column for each device, as text and as Markdown', async () => {
    const args = ['--full', '--model', 'Tiny', '--on', `${path('two.json')}, H100,h100`];
    const section = /\nPredicted time in fp32\n[\s\S]*?\n\n/.exec(await report(...args))![0];
    await expect(section).toMatchFileSnapshot('snapshots/report_on.txt');
    const markdown = await report(...args, '--markdown');
    expect(markdown).toContain('### Predicted time in fp32');
    expect(markdown).toContain('| part | slow | two, "quoted" | h100 |');
  });

  test('writes JSON by the schema', async () => {
    const value = JSON.parse(await report('--json', '--on', path('two.json')));
    expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
    expect(value.models.map(({ name }: { name: string }) => name)).toEqual(['Tiny', 'Small', 'Reader']);
    const [tiny, , reader] = value.models;
    expect(tiny.predicted).toHaveLength(2);
    expect(tiny.predicted[0]).toMatchObject({ device: 'slow', source: 'made up', precision: 'fp32' });
    expect(reader.predicted[0].decoder).toBeNull();
    const { seconds, arithmetic, memory, overhead } = tiny.predicted[0].total;
    expect(arithmetic + memory + overhead).toBeCloseTo(seconds, 12);
    expect(overhead).toBeGreaterThan(slow.runSeconds);
    const without = JSON.parse(await report('--json'));
    expect(without.models[0]).not.toHaveProperty('predicted');
  });

  test('writes CSV in which the seconds of a device add up, and so do multiplications', async () => {
    const on = ['--model', 'Tiny', '--on', path('slow.json')];
    const printed = JSON.parse(await report(...on, '--json')).models[0];
    const [head, ...lines] = (await report(...on, '--csv')).trimEnd().split('\r\n');
    expect(head).toMatch(/,side,layer,part,macs,formula,.*,device,seconds$/);
    const rows = lines.map((line) => line.replace(/"[^"]*"/g, '').split(','));
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([20]));
    const sum = (column: number): number => rows.reduce((all, row) => all + Number(row[column]), 0);
    expect(sum(10)).toBe(printed.macs);
    expect(sum(19)).toBeCloseTo(printed.predicted[0].total.seconds, 12);
  });

  test('distinguishes devices with the same name in two files', async () => {
    writeFileSync(path('other.json'), devicesText([{ ...slow, kernelSeconds: 1e-3 }]));
    const value = JSON.parse(await report('--json', '--on', `${path('slow.json')},${path('other.json')}`));
    const devices = value.models[0].predicted.map(({ device }: { readonly device: string }) => device);
    expect(devices).toEqual([slow.name, `${slow.name} (${path('other.json')})`]);
  });

  /** An earlier version let the table's device replace the file's device without a message. */
  test('shows a device of a file and one of the table with the same name, in either order', async () => {
    writeFileSync(path('h.json'), devicesText([{ ...slow, name: 'h100' }]));
    const named = async (on: string): Promise<readonly string[]> =>
      JSON.parse(await report('--json', '--on', on)).models[0].predicted.map(
        ({ device }: { readonly device: string }) => device,
      );
    expect(await named(`${path('h.json')},h100,h100`)).toEqual(['h100', 'h100 (the table)']);
    expect(await named(`h100,${path('h.json')}`)).toEqual(['h100', `h100 (${path('h.json')})`]);
  });

  test('writes a page for browsers', async () => {
    await report('--model', 'Tiny', '--on', path('two.json'), '--html', path('on.html'));
    const page = readFileSync(path('on.html'), 'utf8');
    expect(page).toContain('<h3>Predicted time in fp32</h3>');
    expect(page).toContain('two, &quot;quoted&quot;');
  });

  test('compiles the model in the given precision', async () => {
    const memory = async (...more: readonly string[]): Promise<number> => {
      const printed = await report('--model', 'Tiny', '--on', 't4', '--json', ...more);
      return JSON.parse(printed).models[0].predicted[0].total.memory;
    };
    const share = (await memory('--precision', 'fp16')) / (await memory());
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.7);
  });

  test.each<[readonly string[], number, string]>([
    [['--on', 'h10O'], 1, "did you mean 'h100'?"],
    [['--on', 'cray'], 1, 'the devices in the table are h200, h100, a100, l4, t4'],
    [['--on', 'h100,'], 2, 'a name is missing'],
    [['--on', path('model.ben').replace('model.ben', 'none.json')], 1, 'error[D501]'],
    [['--precision', 'int8'], 2, 'which need --on'],
    [['--on', path('slow.json'), '--precision', 'fp16'], 2, '--precision fp16 is for GPUs'],
    [['--on', 'h100', '--csv', '--sweep', 'n=16..32'], 2, '--on predicts times for one length'],
  ])('%j', async (args, expected, message) => {
    const { code, out, err } = await invoke(['report', FILE, ...args]);
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toContain(message);
  });
});

test.each([
  [0, '0.00 ns'],
  [1.234e-9, '1.23 ns'],
  [9.994e-7, '999 ns'],
  [9.996e-7, '1.00 µs'],
  [12.34e-6, '12.3 µs'],
  [0.0145, '14.5 ms'],
  [0.9994, '999 ms'],
  [0.9996, '1.00 s'],
  [119.6, '120 s'],
  [200, '3 min 20 s'],
  [7322, '2 h 2 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
