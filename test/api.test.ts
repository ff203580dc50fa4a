/** Tests of the JavaScript API: `unwrap`, `report`, `check` and `diff`, and the examples and lists of docs/api.md. */
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import * as core from '../core.ts';
import * as api from '../index.ts';

const { check, compile, DiagnosticError, diff, parse, readSource, report, unwrap } = api;

const folder = join('test', '.api');
afterAll(() => rm(folder, { recursive: true, force: true }));

const small = (body: string) => ({ path: 'small.ben', text: `model Small {\n  ${body}\n}\n` });

/** The error that `run` throws or rejects with. */
async function thrown(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('unwrap', () => {
  test('returns the value, and warnings stay in the outcome', () => {
    const outcome = parse(small('share embeddings'));
    expect(unwrap(outcome).models.map(({ name }) => name)).toEqual(['Small']);
    expect(outcome.diagnostics.map(({ code }) => code)).toEqual(['D213']);
  });

  test('throws an error whose message shows the line of the source and the correction', async () => {
    const error = await thrown(() => unwrap(compile(small('hidden_size 64'))));
    expect(error).toBeInstanceOf(DiagnosticError);
    const { message, stack, diagnostics } = error as InstanceType<typeof DiagnosticError>;
    expect(message).toBe(
      [
        'error[D101]: a model has no field `hidden_size`',
        ' --> small.ben:2:3',
        '  |',
        '2 |   hidden_size 64',
        '  |   ^^^^^^^^^^^',
        '  = help: write `width 64`',
      ].join('\n'),
    );
    expect(stack).toContain('= help: write `width 64`');
    expect(stack).not.toContain('dsl/unwrap.ts');
    expect(diagnostics.map(({ code }) => code)).toEqual(['D101']);
  });

  test('shows the line of a file that was loaded by its path', async () => {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'wrong.ben');
    await writeFile(path, small('widht 64').text);
    for (const load of [
      async () => unwrap(await api.load(path)),
      async () => unwrap(await api.loadStreaming(path)),
    ]) {
      const error = await thrown(load);
      expect((error as Error).message).toContain('2 |   widht 64');
    }
  });

  test('a file that does not exist has a message without a line', async () => {
    const error = await thrown(async () => unwrap(await readSource('missing.ben')));
    expect((error as Error).message).toMatch(/^error\[D501\]: .*missing\.ben/);
  });

  test('after a check of the value, its type has no undefined', () => {
    const outcome = parse(small('width 64'));
    if (!outcome.value) {
      const failure: api.Failure = outcome;
      throw new Error(String(failure.diagnostics));
    }
    const success: api.Success<api.Program> = outcome;
    expect(success.value.models).toHaveLength(1);
  });
});

const BUDGET = (limit: string) => ({
  path: 'budget.ben',
  text: `model A { }\ncheck A {\n  parameters <= ${limit}\n}\n`,
});

describe('check', () => {
  test('has the results of budgets that hold', async () => {
    const { budgets } = unwrap(await check(BUDGET('25M')));
    expect(budgets).toHaveLength(1);
  });

  test('has no value if a budget does not hold, but `checkSource` has the result', async () => {
    const { value, diagnostics, source } = await check(BUDGET('1M'));
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(['D215']);
    expect(source?.path).toBe('budget.ben');
    expect(api.checkSource(BUDGET('1M')).value).toHaveLength(1);
  });

  test('checks files of both formats', async () => {
    const { budgets } = unwrap(await check('examples/tiny.ben'));
    expect(budgets.map(({ holds }) => holds)).toEqual([true, true]);
    const model = 'test/check/foreign/models/pytorch_Linear.onnx';
    expect((await check(model)).value).toEqual({ budgets: [] });
    expect((await check('package.json')).diagnostics.length).toBeGreaterThan(0);
  });

  test('an argument of another type is a diagnostic', async () => {
    const wrong = 3 as unknown as string;
    for (const outcome of [await check(wrong), await diff(wrong, 'a.ben')])
      expect(outcome.diagnostics.map(({ code }) => code)).toEqual(['D570']);
  });
});

describe('diff', () => {
  test('finds the changed field and its costs', async () => {
    const { models, identical } = unwrap(await diff(small('width 64'), small('width 128')));
    expect(identical).toBe(false);
    expect(models).toHaveLength(1);
    expect(models[0]!.changes).toContainEqual({ path: 'width', before: '64', after: '128' });
    expect(models[0]!.costs.length).toBeGreaterThan(0);
  });

  test('an unknown model and a file with mistakes are diagnostics', async () => {
    const unknown = await diff(small('width 64'), small('width 64'), { model: 'Smal' });
    expect(unknown.diagnostics.map(({ code, help }) => [code, help])).toEqual([
      ['D555', "did you mean 'Small'?"],
    ]);
    const mistaken = await diff(small('width 64'), small('widht 64'));
    expect(mistaken.value).toBeUndefined();
    expect(mistaken.source?.text).toContain('widht');
  });
});

test('report counts what the command counts', () => {
  const { models } = unwrap(report(small('width 64'), { batch: 2 }));
  expect(models[0]!.report.lengths.batch).toBe(2);
});

describe('docs/api.md', () => {
  const page = readFileSync('docs/api.md', 'utf8');
  const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((m) => m[1]!);
  const PRINTED: readonly RegExp[] = [/^256$/, /^\d$/, /^true$/];

  test.each(examples.map((text, i) => ({ text, i })))('example $i runs', async ({ text, i }) => {
    await mkdir(folder, { recursive: true });
    const file = join(folder, `example_${i}.ts`);
    await writeFile(file, text.replace("'benben'", "'../../index.ts'"));
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    try {
      await import(/* @vite-ignore */ pathToFileURL(file).href);
      expect(String(log.mock.calls.at(-1)![0])).toMatch(PRINTED[i]!);
    } finally {
      log.mockRestore();
    }
  });

  test('names every value that the package exports', () => {
    const names = [...new Set([...Object.keys(api), ...Object.keys(core)])];
    expect(names.filter((name) => !new RegExp(`\`${name}\\b`).test(page))).toEqual([]);
  });
});
