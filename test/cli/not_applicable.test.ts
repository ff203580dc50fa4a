/** Options that do not apply are refused with exit 2, and nothing is written. */
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS, COMMON } from '../../cli/commands.ts';
import { CONTRADICTIONS } from '../../cli/contradictions.ts';
import type { OptionRow } from '../../cli/options.ts';
import { compile } from '../../index.ts';
import { ENTRY_NAMES, SEARCHING } from '../../pipeline/entry_ports.ts';
import { invoke, MODEL, workshop } from './invoke.ts';

const { folder, path } = await workshop();
const model = path('model.ben');
const document = path('document.txt');

beforeAll(async () => {
  const made = ['compile', model, '-m', 'Reader', '-o', path('reader.onnx')];
  expect((await invoke(made)).code).toBe(0);
});

const OF_SEARCH = [
  ['--beam', '4'],
  ['--best', '1'],
  ['--no-repeat-ngram', '3'],
] as const;

describe('compile', () => {
  test.each(OF_SEARCH)('%s for an entry without a search', async (option, value) => {
    const before = readdirSync(folder);
    const args = ['compile', model, '-o', path('none.onnx'), option, value];
    const entries = ENTRY_NAMES.filter((entry) => !SEARCHING.includes(entry));
    for (const entry of entries) {
      const { code, out, err } = await invoke([...args, '--entry', entry]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain(
        `error: ${option} is for entries with a search, but entry ${entry} has none\n(leave the option out`,
      );
    }
    const reader = await invoke([...args, '-m', 'Reader']);
    expect(reader.err).toContain(`${option} is for entries with a search, but entry encode has none`);
    expect(readdirSync(folder)).toEqual(before);
  });

  test('accepts search options for entries with a search', async () => {
    for (const entry of SEARCHING) {
      const args = ['compile', model, '-o', path('some.onnx'), '--beam', '2', '-q', '--entry', entry];
      expect((await invoke(args)).code).toBe(0);
    }
  });

  test('refuses options that do not apply in the JavaScript API, too', () => {
    const source = { path: 'model.ben', text: MODEL };
    expect(compile(source, { model: 'Reader', beam: 2, returned: 2 })).toEqual({
      diagnostics: [
        expect.objectContaining({
          code: 'D570',
          message: "entry 'encode' does not search for a text, so beam, returned would have no effect",
        }),
      ],
    });
    const greedy = { entry: 'encode', beam: 1, returned: 1, noRepeatNgram: 0 } as const;
    expect(compile(source, greedy).diagnostics).toEqual([]);
    expect(compile(source, { entry: 'begin', beam: 2 }).value?.search.beam).toBe(2);
  });

  test.each(['graph.ir', '-'])(
    '--print-ir with -o %s is refused, because only one output is written',
    async (file) => {
      const before = readdirSync(folder);
      const output = file === '-' ? file : path(file);
      const { code, out, err } = await invoke(['compile', model, '--print-ir', 'lower', '-o', output]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain(
        '--print-ir and --output cannot be used together: the graph is printed, so no artifact is written',
      );
      expect(err).toContain('> FILE');
      expect(readdirSync(folder)).toEqual(before);
    },
  );
});

/** The arguments of an option, with the given value or any value that the option takes. */
function given(wanted: string, rows: readonly OptionRow[]): readonly string[] {
  const [flag = '', values] = wanted.split(' ');
  const row = rows.find(({ flags }) => flags.match(/--[\w-]+/)![0] === flag);
  if (!row) throw new Error(`there is no option ${flag}`);
  if (!/[<[]/.test(row.flags)) return [flag];
  const all = values?.split('|') ?? [row.parse ? '1' : 'x'];
  for (const value of all) if (row.choices) expect(row.choices).toContain(value);
  return [flag, all.at(-1)!];
}

describe.each(Object.keys(CONTRADICTIONS))('options of %s', (name) => {
  const command = COMMANDS.find((row) => row.name === name)!;
  const files = name === 'diff' ? [model, model] : command.args.map(() => model);
  test.each(CONTRADICTIONS[name]!.map(({ both, why }) => ({ both, why })))('$both', async ({ both, why }) => {
    const before = readdirSync(folder);
    const [a, b] = both.map((wanted) => given(wanted, [...command.options, ...COMMON]));
    for (const options of [
      [...a!, ...b!],
      [...b!, ...a!],
    ]) {
      const { code, out, err } = await invoke([name, ...files, ...options]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(/^error: (--[^ ]+( [^ ]+)?) and (--[^ ]+( [^ ]+)?) cannot be used together: /);
      for (const [option] of [a!, b!]) expect(err.split('\n')[0]).toContain(option);
      expect(err).toContain(why);
    }
    expect(readdirSync(folder)).toEqual(before);
  });
});

test('an option with two values is refused', async () => {
  for (const args of [
    ['report', model, '--length', '8', '--length', '16'],
    ['report', model, '--sweep', 'n=8..16', '--sweep', 't=8..16'],
    ['run', model, '-i', document, '-m', 'Tiny', '--model', 'Reader'],
  ]) {
    const { code, out, err } = await invoke(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^error: option '.*' is given twice, but takes only one value$/m);
  }
  expect((await invoke(['check', model, '-q', '-q'])).code).toBe(0);
});

test('options that agree are accepted together', async () => {
  const { code, out } = await invoke(['check', model, '--json', '--format', 'json', '--budgets']);
  expect({ code, budgets: JSON.parse(out).budgets.length }).toEqual({ code: 0, budgets: 1 });
});

describe('run of a model that only reads', () => {
  const given = [...OF_SEARCH, ['--max', '4'], ['--min', '1'], ['--length-penalty', '2'], ['--stream']];
  test.each(given.map((args) => ({ args })))('$args', async ({ args }) => {
    const source = [model, '-m', 'Reader'];
    for (const file of [source, [path('reader.onnx')]]) {
      const { code, out, err } = await invoke(['run', ...file, '-i', document, ...args]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain(
        `error: ${args[0]} is for models that write text, but Reader only reads (entry encode)\n`,
      );
      expect(err).toContain('(leave the option out, or use a model with a decoder)');
    }
  });
});
