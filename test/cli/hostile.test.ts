/** Malicious and unusual files: escape sequences, false metadata, pipes, full disks, other special ids. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createOutput } from '../../cli/output.ts';
import { claiming } from '../runtime/tiny_artifact.ts';
import { invoke, screenOf, workshop } from './invoke.ts';

const { folder, path } = await workshop();
const model = path('model.ben');
const WORDS = join(import.meta.dirname, '../runtime/fixtures/words');
const run = (file: string, ...more: string[]) => ['run', path(file), '-i', path('document.txt'), ...more];

beforeAll(async () => {
  expect((await invoke(['compile', model, '-o', path('tiny.onnx'), '--single-file'])).code).toBe(0);
});

describe('escape sequences', () => {
  const EVIL = '\x1b]0;owned\x07\x1b[2J\u202e\x9b31m';

  test('in an artifact’s metadata do not reach a terminal', async () => {
    claiming(path('tiny.onnx'), 'evil.onnx', {
      model: `M${EVIL}`,
      weights: `w${EVIL}`,
      version: EVIL,
      target: EVIL,
      random: 'true',
    });
    for (const args of [['inspect', path('evil.onnx')], run('evil.onnx', '--max', '2')]) {
      for (const terminal of [true, false]) {
        const { code, out, err } = await invoke(args, {
          terminal,
          env: terminal ? { FORCE_COLOR: '1' } : {},
        });
        expect(code, err).toBe(0);
        // The only escape sequences are those of our colours and the progress bar.
        expect(
          (out + err)
            .split('\x1b')
            .slice(1)
            .every((rest) => /^\[(\d+m|K)/.test(rest)),
        ).toBe(true);
        for (const bad of ['\u202e', '\u009b', '\u0007']) expect(out + err).not.toContain(bad);
      }
    }
  });

  test('in a tokenizer’s name do not reach a terminal in errors', async () => {
    claiming(path('tiny.onnx'), 'evil.onnx', { tokenizer: `../${EVIL}` });
    const { code, err } = await invoke(run('evil.onnx'), { terminal: true, env: { NO_COLOR: '1' } });
    expect(code).toBe(1);
    expect(err).toMatch(/^error\[D575\]/m);
    expect(err.includes('\x1b')).toBe(false);
  });

  test('are removed in one place, which all output passes', async () => {
    const [out, err]: [string[], string[]] = [[], []];
    const io = {
      stdin: [] as never,
      stdout: screenOf(out, true),
      stderr: screenOf(err, true),
      env: { FORCE_COLOR: '1' },
    };
    const output = createOutput(io, { json: false, quiet: false });
    output.note(`${output.err.red('red')} ${EVIL}`);
    await output.print(`${output.out.bold('bold')} ${EVIL}\n`);
    expect(err).toEqual(['\x1b[31mred\x1b[39m \uFFFD]0;owned\uFFFD\uFFFD[2J\uFFFD\uFFFD31m\n']);
    expect(out).toEqual(['\x1b[1mbold\x1b[22m \uFFFD]0;owned\uFFFD\uFFFD[2J\uFFFD\uFFFD31m\n']);
  });
});

describe('false metadata end with D554, never with exit 3', () => {
  test.each([
    ['entry', 'encode'],
    ['entry', '__proto__'],
    ['spec', '{"vocabulary":300,"encoder":{"length":null}}'],
    ['spec', '{"vocabulary":300,"encoder":{"length":64},"decoder":5}'],
    ['spec', undefined],
    ['eos', '300'],
    ['parameters', '{}'],
  ])('%s %s', async (key, value) => {
    claiming(path('tiny.onnx'), 'liar.onnx', { [key]: value });
    const { code, out, err } = await invoke(run('liar.onnx'));
    expect({ code, out }, err).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^error\[D554\]/m);
    expect((await invoke(['inspect', path('liar.onnx')])).code).toBe(0);
  });
});

test.runIf(process.platform !== 'win32')(
  'pipes are refused without waiting for data',
  { timeout: 20_000 },
  async () => {
    execFileSync('mkfifo', [path('pipe'), path('pipe.onnx')]);
    const out = path('never.onnx');
    for (const args of [
      ['inspect', path('pipe.onnx')],
      run('pipe.onnx'),
      ['compile', model, '-o', out, '--weights', path('pipe')],
      ['compile', model, '-o', out, '--tokenizer', path('pipe')],
      run('model.ben', '--weights', path('pipe')),
      run('model.ben', '--tokenizer', path('pipe')),
    ]) {
      const { code, err } = await invoke(args);
      expect(code).toBe(1);
      expect(err).toMatch(/error\[D511\]/);
    }
    expect(existsSync(out)).toBe(false);
  },
);

test('weights that are larger than any disk are refused', async () => {
  writeFileSync(
    path('huge.ben'),
    'model Huge { vocabulary 16_000_000; width 65536; encoder { schedule 64 } }\n',
  );
  const before = readdirSync(folder);
  const { code, err } = await invoke(['compile', path('huge.ben'), '-o', path('huge.onnx')]);
  expect(code).toBe(1);
  expect(err).toMatch(
    /^error\[D505\]: cannot write .*: it needs [\d.]+ TB, but the disk has only [\d.]+ \w+ free/m,
  );
  expect(readdirSync(folder)).toEqual(before);
});

test('weights that are NaN are reported, and no text is printed', async () => {
  expect((await invoke(['compile', model, '-o', path('noisy.onnx')])).code).toBe(0);
  const data = path('noisy.onnx.data');
  writeFileSync(data, Buffer.alloc(statSync(data).size, 0xff));
  const marked = await invoke(run('noisy.onnx', '--max', '2'));
  expect(marked.err).toMatch(/error\[D567\]/);
  // Without the mark, only the results show it.
  claiming(path('noisy.onnx'), 'unmarked.onnx', { data_mark: undefined });
  const { code, out, err } = await invoke(run('unmarked.onnx', '--max', '2'));
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/error\[D557\]/);
});

test('a terminal shows where a diagnostic is explained, and a pipe does not', async () => {
  for (const terminal of [true, false]) {
    const { err } = await invoke(['compile', path('no_such.ben')], { terminal, env: { NO_COLOR: '1' } });
    expect(err.includes('run `benben explain D501` for the cause')).toBe(terminal);
  }
});

test('limits that exceed the model’s are refused with the number, before anything is written', async () => {
  for (const file of ['model.ben', 'tiny.onnx']) {
    const { code, out, err } = await invoke(run(file, '--max', '500'));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/error\[D556\]: max is 500, but the model writes at most 31 tokens/);
  }
});

describe('special ids of the tokenizer', () => {
  const json = async (...args: string[]) => {
    const { code, out, err } = await invoke([...args, '--json']);
    expect(code, out + err).toBe(0);
    return JSON.parse(out) as {
      ids: number[];
      files: string[];
      benben: { ids: object };
      diagnostics: unknown[];
    };
  };

  test('become part of the graph, from a source and from an artifact', async () => {
    const limits = ['--min', '3', '--max', '3'];
    const fromSource = await json(...run('model.ben', ...limits, '--tokenizer', WORDS));
    await json('compile', model, '-o', path('words.onnx'), '--tokenizer', WORDS);
    expect((await json('inspect', path('words.onnx'))).benben.ids).toEqual({ pad: 0, eos: 3 });
    const fromArtifact = await json(...run('words.onnx', ...limits));
    expect(fromArtifact.ids).toEqual(fromSource.ids);
    expect(fromArtifact.ids).toHaveLength(4);
    expect(fromArtifact.ids.at(-1)).toBe(3);
  });

  test('an artifact with other ids refuses the tokenizer', async () => {
    const { code, err } = await invoke(run('tiny.onnx', '--tokenizer', WORDS));
    expect(code).toBe(1);
    expect(err).toMatch(/^error\[D532\]/);
  });

  test('are kept with the artifact if only tokenizer_config.json declares them', async () => {
    const own = path('tokenizer');
    mkdirSync(own);
    copyFileSync(join(WORDS, 'tokenizer.json'), join(own, 'tokenizer.json'));
    writeFileSync(join(own, 'tokenizer_config.json'), '{"pad_token":"stone","eos_token":"pyramid"}');
    const { files } = await json('compile', model, '-o', path('own.onnx'), '--tokenizer', own);
    expect(files.map((file) => file.slice(folder.length + 1))).toEqual([
      'own.onnx',
      'own.onnx.data',
      'own.tokenizer.json',
      'own.tokenizer_config.json',
    ]);
    const { ids, diagnostics } = await json(...run('own.onnx', '--min', '2', '--max', '2'));
    expect(ids.at(-1)).toBe(5);
    expect(diagnostics).not.toContainEqual(expect.objectContaining({ code: 'D532' }));
  });
});
