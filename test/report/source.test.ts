/** Compares reports and budgets from a text with those of the command line, which combines the same parts itself. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { reportJson } from '../../report/report_json.ts';
import { checkSource, renderReport, report } from '../../report/source.ts';
import { invoke } from '../cli/invoke.ts';

const PATH = 'examples/tiny.ben';
const source = { path: PATH, text: readFileSync(PATH, 'utf8') };

describe('a report', () => {
  test('equals that of the command line in every format', async () => {
    const { value, diagnostics } = report(source, { length: 300, batch: 2 });
    expect(diagnostics).toEqual([]);
    const args = ['report', PATH, '--length', '300', '--batch', '2'];
    expect(reportJson(value!)).toEqual(JSON.parse((await invoke([...args, '--json'])).out));
    for (const [format, flags] of [
      ['text', ['--full']],
      ['markdown', ['--markdown', '--full']],
      ['csv', ['--csv']],
      ['html', ['--html', '-']],
    ] as const)
      expect(await renderReport(value!, format)).toBe((await invoke([...args, ...flags])).out);
  });

  test('can be of one model, and a missing model is a mistake', () => {
    const two = { path: 'two.ben', text: 'model A {\n}\nmodel B {\n}\n' };
    expect(report(two).value!.models.map((one) => one.report.name)).toEqual(['A', 'B']);
    expect(report(two, { model: 'B' }).value!.models.map((one) => one.report.name)).toEqual(['B']);
    expect(report(two, { model: 'C' })).toMatchObject({ diagnostics: [{ code: 'D555' }] });
    expect(report({ path: 'none.ben', text: '' })).toMatchObject({ diagnostics: [{ code: 'D555' }] });
  });

  test('gives diagnostics for unsuitable options', () => {
    const wrong = [
      { length: 0 },
      { batch: 1.5 },
      { target: '5' },
      { lenght: 5 },
      null,
    ] as unknown as object[];
    for (const options of wrong)
      expect(report(source, options)).toMatchObject({ diagnostics: [{ code: 'D570' }] });
    expect(report('text' as never)).toMatchObject({ diagnostics: [{ code: 'D570' }] });
    expect(checkSource(undefined as never)).toMatchObject({ diagnostics: [{ code: 'D570' }] });
  });
});

describe('checking a text', () => {
  const model = 'model A {\n}\n';

  test('reports kept and broken budgets', () => {
    const text = `${model}check A {\n  parameters <= 1G\n  parameters <= 1\n}\n`;
    const { value, diagnostics } = checkSource({ path: 'a.ben', text });
    expect(value!.map(({ holds }) => holds)).toEqual([true, false]);
    expect(diagnostics.map(({ code }) => code)).toEqual(['D215']);
  });

  test('reports mistakes of the text', () => {
    const { value, diagnostics } = checkSource({ path: 'a.ben', text: 'model A {\n  width ten\n}\n' });
    expect(value ?? []).toEqual([]);
    expect(diagnostics[0]).toMatchObject({ severity: 'error' });
    expect(checkSource({ path: 'a.ben', text: model })).toEqual({ value: [], diagnostics: [] });
  });
});
