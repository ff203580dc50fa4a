/** Options that mean nothing where they are given are said to, with exit 2, and nothing is made. */
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../index.ts';
import { ENTRY_NAMES, SEARCHING } from '../../runtime/entry_ports.ts';
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
  test.each(OF_SEARCH)('%s for an entry that searches for no text', async (option, value) => {
    const before = readdirSync(folder);
    const args = ['compile', model, '-o', path('none.onnx'), option, value];
    const entries = ENTRY_NAMES.filter((entry) => !SEARCHING.includes(entry));
    for (const entry of entries) {
      const { code, out, err } = await invoke([...args, '--entry', entry]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain(
        `error: entry ${entry} searches for no text: there is nothing for ${option}\n(leave the option out`,
      );
    }
    const reader = await invoke([...args, '-m', 'Reader']);
    expect(reader.err).toContain(`entry encode searches for no text: there is nothing for ${option}`);
    expect(readdirSync(folder)).toEqual(before);
  });

  test('entries that search have one', async () => {
    for (const entry of SEARCHING) {
      const args = ['compile', model, '-o', path('some.onnx'), '--beam', '2', '-q', '--entry', entry];
      expect((await invoke(args)).code).toBe(0);
    }
  });

  test('so does the JavaScript API', () => {
    const source = { path: 'model.ben', text: MODEL };
    expect(compile(source, { model: 'Reader', beam: 2, returned: 2 })).toEqual({
      diagnostics: [
        expect.objectContaining({
          code: 'D570',
          message: "entry 'encode' searches for no text: there is nothing for beam, returned",
        }),
      ],
    });
    const greedy = { entry: 'encode', beam: 1, returned: 1, noRepeatNgram: 0 } as const;
    expect(compile(source, greedy).diagnostics).toEqual([]);
    expect(compile(source, { entry: 'begin', beam: 2 }).value?.search.beam).toBe(2);
  });

  test.each(['graph.ir', '-'])('--print-ir with -o %s asks for two outputs', async (file) => {
    const before = readdirSync(folder);
    const output = file === '-' ? file : path(file);
    const { code, out, err } = await invoke(['compile', model, '--print-ir', 'lower', '-o', output]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(
      '--print-ir prints the graph and writes no artifact: there is nothing for --output',
    );
    expect(err).toContain('> FILE');
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('run of a model that only reads', () => {
  const given = [...OF_SEARCH, ['--max', '4'], ['--min', '1'], ['--length-penalty', '2'], ['--stream']];
  test.each(given.map((args) => ({ args })))('$args', async ({ args }) => {
    const source = [model, '-m', 'Reader'];
    for (const file of [source, [path('reader.onnx')]]) {
      const { code, out, err } = await invoke(['run', ...file, '-i', document, ...args]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain(`error: Reader only reads (entry encode): there is no text for ${args[0]}\n`);
      expect(err).toContain('(an encoder alone writes no text: ');
    }
  });
});
