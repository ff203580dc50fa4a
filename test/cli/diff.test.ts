/** `benben diff`: what it finds between files, and how it says so. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { reportOf } from '../../compiler/cost/report.ts';
import { KINDS } from '../../compiler/kinds/index.ts';
import { analyze } from '../../dsl/index.ts';
import { artifactIn, claiming, SOURCE } from '../runtime/tiny_artifact.ts';
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

describe('a renamed model', () => {
  const renamed = MODEL.replaceAll('Tiny', 'Little');

  test('among others is gone and new; alone it is compared', async () => {
    writeFileSync(path('renamed.ben'), renamed);
    const among = await diff(path('model.ben'), path('renamed.ben'));
    expect(among.out).toContain('Tiny (gone)');
    expect(among.out).toContain('Little (new)');
    const alone = (text: string) => text.slice(text.indexOf('model '), text.indexOf('model Small'));
    writeFileSync(path('a.ben'), alone(MODEL));
    writeFileSync(path('b.ben'), alone(renamed));
    expect((await diff(path('a.ben'), path('b.ben'))).out).toContain('Little (was Tiny)');
  });

  test('is missed by its checks', async () => {
    writeFileSync(
      path('missed.ben'),
      MODEL.replace('model Tiny', 'model Little').replace('extends Tiny', ''),
    );
    expect((await invoke(['check', path('missed.ben')])).out).toContain(
      'error[D104]: there is no model `Tiny`',
    );
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

  test('a source that is not the graph’s is warned of, and compared all the same', async () => {
    const sound = await artifactIn(folder, 'sound.onnx');
    const text = `${SOURCE.text.replace('layers 2', 'layers 3')}`;
    const hash = createHash('sha256').update(text).digest('hex');
    const changes: readonly (readonly [Record<string, string>, string, string])[] = [
      [{ source: text }, 'D650', 'the source text in the file is not the one'],
      [{ source: text, source_sha256: hash }, 'D652', 'not compiled from the source that it carries'],
      [{ entry: 'step' }, 'D651', 'the file says that it is entry'],
    ];
    for (const [i, [claims, code, message]] of changes.entries()) {
      const file = claiming(sound, `doubtful${i}.onnx`, claims);
      const { code: exit, out, err } = await diff(sound, file);
      expect(exit).toBe(0);
      expect(err).toMatch(new RegExp(`^warning\\[${code}\\]: .*`));
      expect(err.split('\n')[0]).toContain(file);
      expect(err).toContain(message);
      expect(out).toContain(i < 2 ? 'decoder.layers' : 'entry');
      const told = JSON.parse((await diff(sound, file, '--json')).out).diagnostics;
      expect(told).toMatchObject([{ code, severity: 'warning' }]);
    }
    expect((await diff(sound, sound)).err).toBe('');
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
