/** The table of commands is complete, documented, and agrees with the compiler. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { main } from '../../cli/app.ts';
import { allCodes } from '../../cli/codes.ts';
import { COMMANDS, COMMON } from '../../cli/commands.ts';
import { ENTRIES } from '../../compiler/model/index.ts';
import { VERSION } from '../../index.ts';
import { TARGETS } from '../../passes/index.ts';
import { DEVICES } from '../../runtime/devices.ts';
import { globSync } from './glob.ts';
import { invoke, screenOf } from './invoke.ts';

const ROOT = join(import.meta.dirname, '../..');
const docs = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8');

describe.each(COMMANDS)('$name', (row) => {
  test('has help with every option and an example', async () => {
    const { code, out, err } = await invoke([row.name, '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const { flags } of [...row.options, ...COMMON]) expect(out).toContain(flags);
    expect(row.examples.length).toBeGreaterThan(0);
    for (const [line] of row.examples) expect(out).toContain(line);
  });

  test.each([80, 100, 120])(
    'the lines of its help have at most %d columns, and are broken only at that width',
    async (columns) => {
      const pieces: string[] = [];
      const screen = Object.assign(screenOf(pieces, true), { columns });
      expect(
        await main([row.name, '--help'], {
          stdin: Readable.from([]),
          stdout: screen,
          stderr: screen,
          env: {},
        }),
      ).toBe(0);
      const lines = stripVTControlCharacters(pieces.join('')).split('\n');
      // A command line is never split into two lines.
      const commands = row.examples.map(([line]) => line);
      const long = lines.filter((line) => [...line].length > columns && !commands.includes(line.trim()));
      expect(long).toEqual([]);
      const about = row.about ?? row.summary;
      const from = lines.findIndex((line) => line !== '' && about.startsWith(line));
      const told = lines.slice(from, lines.indexOf('', from));
      expect(told.join(' ')).toBe(about);
      for (const [i, line] of told.entries()) {
        const next = told[i + 1]?.split(' ')[0];
        if (next !== undefined) expect(`${line} ${next}`.length).toBeGreaterThan(columns);
      }
    },
  );

  test('is documented with every option', () => {
    const section = docs.split(/^## /m).find((text) => text.startsWith(`${row.name}\n`));
    expect(section).toBeDefined();
    for (const { flags } of row.options) {
      const long = flags.match(/--[\w-]+/)![0];
      const short = flags.match(/^-\w(?=,)/)?.[0];
      expect(section!.includes(long) || (short && section!.includes(short)), `${long} in docs/cli.md`).toBe(
        true,
      );
    }
  });

  test('has an implementation', async () => {
    expect(await row.load()).toHaveProperty('run');
  });
});

const choices = (command: string, option: string): readonly string[] =>
  COMMANDS.find(({ name }) => name === command)!.options.find(({ flags }) => flags.includes(option))!
    .choices!;

test('choices are those of the compiler and the runtime', () => {
  expect(choices('compile', '--entry')).toEqual(Object.keys(ENTRIES));
  expect(choices('compile', '--target')).toEqual([...TARGETS]);
  expect(choices('run', '--device')).toEqual(['auto', ...DEVICES.map(({ name }) => name)]);
});

test('--help lists the commands, and --version prints the version', async () => {
  const help = await invoke(['--help']);
  for (const { name } of COMMANDS) expect(help.out).toMatch(new RegExp(`^  ${name} `, 'm'));
  expect(help).toMatchObject({ code: 0, err: '' });
  expect(await invoke(['--version'])).toEqual({ code: 0, out: `${VERSION}\n`, err: '' });
});

test.each([
  [[], /Usage: benben/],
  [['cmopile'], /unknown command 'cmopile'\n\(Did you mean compile\?\)/],
  [['compile'], /missing required argument 'file'/],
  [['compile', 'a.ben', 'b.ben'], /too many arguments/],
  [['compile', 'a.ben', '--outptu', 'x'], /unknown option '--outptu'\n\(Did you mean --output\?\)/],
  [['compile', 'a.ben', '--target', 'tpu'], /Allowed choices are cpu, cuda, webgpu, portable/],
  [['compile', 'a.ben', '--seed', '1.5'], /It must be a whole number\./],
  [['compile', 'a.ben', '--seed', '1', '--weights', 'w'], /--weights and --seed cannot be used together/],
  [['compile', 'a.ben', '--beam', '65'], /It must be a whole number from 1 to 64\./],
  [['compile', 'a.ben', '--beam', '2', '--best', '3'], /--best 3 is more than --beam 2/],
  [['run', 'a.ben', '--input', 'd', '--best', '2'], /--best 2 is more than --beam 1\n\(.*--beam 2\)/],
  [['compile', 'a.ben', '--no-repeat-ngram', 'x'], /It must be a whole number from 0 to 64\./],
  [['compile', 'a.ben', '--precision', 'int2'], /Allowed choices are fp32, fp16, int8, int4/],
  [['compile', 'a.ben', '--max-error', '0.1'], /--max-error need --precision fp16, int8 or int4/],
  [['compile', 'a.ben', '--precision', 'int8', '--max-error', '-1'], /a number of at least 0/],
  [
    ['compile', 'a.ben', '--precision', 'int8', '--max-error', '1', '--no-error-report'],
    /--no-error-report and --max-error cannot be used together: one skips the measurement that the other needs/,
  ],
  [['compile', 'a.ben', '-o', '-'], /cannot be written to standard output/],
  [['run', 'a.ben'], /there is no document/],
  [['run', '-', '--input', '-'], /standard input \(-\) is named twice/],
  [['run', 'a.ben', '--input', 'd', '--min', '9', '--max', '3'], /--min 9 is more than --max 3/],
  [['run', 'a.ben', '--input', 'd', '--max', '-1'], /whole number of at least 0/],
  [['check', 'a.ben', '--device', 'webgpu'], /--device is for \.onnx files/],
  [['check', 'a.ben', '--source', 'b.ben'], /--source is for \.onnx files/],
  [['check', 'a.onnx', '--device', 'tpu'], /Allowed choices are cpu, cuda, webgpu/],
  [['check', '-', '-'], /named twice/],
  [['check', 'a.onnx', '-', '--source', '-'], /named twice/],
  [['compile', '-', '-p', 'int8', '--calibrate', '-'], /named twice/],
  [['report', '-', '-'], /named twice/],
  [['explain', 'D999'], /there is no diagnostic code 'D999'/],
  [['inspect', '-'], /cannot be read from standard input/],
])('usage: %j', async (args, message) => {
  const { code, out, err } = await invoke(args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
});

test('every code that the sources use can be explained', async () => {
  const used = new Set<string>();
  for (const file of globSync(ROOT, ['dsl', 'compiler', 'passes', 'runtime', 'cli', 'index.ts'])) {
    for (const [code] of readFileSync(file, 'utf8').matchAll(/(?<=')D\d{3}(?=')/g)) used.add(code);
  }
  expect(used.size).toBeGreaterThan(50);
  expect([...used].filter((code) => !Object.hasOwn(allCodes(), code))).toEqual([]);
  for (const code of used) expect((await invoke(['explain', code])).out).toMatch(new RegExp(`^${code}: `));
});
