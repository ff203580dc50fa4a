/** `benben diff`: what it finds between files, and how it says so. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { reportOf } from '../../compiler/cost/report.ts';
import { KINDS } from '../../compiler/kinds/index.ts';
import { analyze } from '../../dsl/index.ts';
import { artifactIn } from '../runtime/tiny_artifact.ts';
import { invoke, MODEL, workshop } from './invoke.ts';

const { folder, path } = await workshop();

const CHANGED = MODEL.replace('schedule  64, 64, 16 -> 8', 'schedule  64, 32, 16 -> 8')
  .replace('model Reader {', 'model Writer {')
  .replace('width 16\n}', 'width 16\n  norm pre\n}');
writeFileSync(path('changed.ben'), CHANGED);

const diff = (...args: readonly string[]) => invoke(['diff', ...args]);

function reportIn(text: string, name: string) {
  const spec = analyze({ path: 'm', text }, KINDS).value!.models.find((one) => one.name === name)!;
  return reportOf(spec);
}

describe('two .ben files', () => {
  test('fields and costs that changed, models that came and went', async () => {
    const { code, out, err } = await diff(path('model.ben'), path('changed.ben'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchSnapshot();
  });

  test('the numbers are those of the reports', async () => {
    const { out } = await diff(path('model.ben'), path('changed.ben'), '--model', 'Tiny', '--json');
    const found = JSON.parse(out);
    expect(found).toMatchObject({ schema: 'benben.diff/1', artifact: null });
    const costs = found.models[0].costs as { name: string; before: number; after: number }[];
    const [old, now] = [reportIn(MODEL, 'Tiny'), reportIn(CHANGED, 'Tiny')];
    expect(costs.find(({ name }) => name === 'encoder attention')).toEqual({
      name: 'encoder attention',
      before: Number(old.encoder.macs.attention.count),
      after: Number(now.encoder.macs.attention.count),
    });
    expect(found.models[0].changes.map(({ path }: { path: string }) => path)).toEqual([
      'encoder.schedule',
      'encoder.pool after layer 1',
    ]);
  });

  test('as Markdown, in which nothing of the files is Markdown', async () => {
    const { out } = await diff(path('model.ben'), path('changed.ben'), '-m', 'Small', '--markdown');
    expect(out).toMatchSnapshot();
  });

  test('a file and itself', async () => {
    expect(await diff(path('model.ben'), path('model.ben'))).toEqual({
      code: 0,
      out: 'no difference\n',
      err: '',
    });
  });

  test('one from standard input', async () => {
    const { out } = await invoke(['diff', '-', path('changed.ben'), '-m', 'Small'], { stdin: MODEL });
    expect(out).toContain('norm');
  });
});

describe('artifacts', () => {
  test('two of them: what is in the files', async () => {
    const [a, b] = [
      await artifactIn(folder, 'step.onnx', { entry: 'step' }),
      await artifactIn(folder, 'int8.onnx', { entry: 'step', precision: 'int8' }),
    ];
    const { code, out } = await diff(a, b);
    expect(code).toBe(0);
    expect(out).toMatch(/precision +fp32 +int8/);
    expect(out).toMatch(/and \d+ more changes/);
    const { artifact, models } = JSON.parse((await diff(a, b, '--json')).out);
    expect(artifact.length).toBeGreaterThan(20);
    // One source, so one model: only the file is another.
    expect(models).toMatchObject([{ changes: [] }]);
  });

  test('one and a .ben file: by the source that it carries', async () => {
    const artifact = await artifactIn(folder, 'tiny.onnx');
    const other = MODEL.replace('layers 2', 'layers 3');
    writeFileSync(path('three.ben'), other);
    const { out } = await diff(artifact, path('three.ben'));
    expect(out).toMatch(/decoder.layers +2 +3/);
    expect(out).not.toContain('Small');
  });
});

test('a model and a file without one are not the same for that', async () => {
  const foreign = 'test/compiler/foreign/models/pytorch_Linear.onnx';
  const { code, out, err } = await diff(path('model.ben'), foreign);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/pytorch_Linear.onnx carries no source of a model/);
});

test.each([
  [
    ['model.ben', 'changed.ben', '--model', 'Tinny'],
    /error\[D555\]: neither .* nor .* has a model 'Tinny'[\s\S]*did you mean 'Tiny'/,
    1,
  ],
  [['-', '-'], /standard input \(-\) is named twice/, 2],
  [['model.ben', 'nothing.ben'], /nothing\.ben/, 1],
  [['model.ben', 'document.txt'], /error\[D/, 1],
  [['model.ben'], /missing|<after>|after/, 2],
] as const)('diff %j', async (args, message, code) => {
  const files = args.map((arg) => (/\.(ben|txt)$/.test(arg) ? path(arg) : arg));
  const result = await diff(...files);
  expect(result.code).toBe(code);
  expect(result.err).toMatch(message);
  expect(result.out).toBe('');
});
