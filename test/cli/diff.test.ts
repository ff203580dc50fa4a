/** `benben diff`: the differences that it finds, and how it prints them. */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../compiler/model/kinds/index.ts';
import { analyze } from '../../dsl/index.ts';
import { reportOf } from '../../report/report.ts';
import { decodeModelProto, encodeModelProto } from '../onnx_messages.ts';
import { artifactIn, claiming, SOURCE } from '../runtime/tiny_artifact.ts';
import { invoke as invokeBusy, MODEL, withoutProgress, workshop } from './invoke.ts';

const { folder, path } = await workshop();

const CHANGED = MODEL.replace('schedule  64, 64, 16 -> 8', 'schedule  64, 32, 16 -> 8')
  .replace('model Reader {', 'model Writer {')
  .replace('width 16\n}', 'width 16\n  norm pre\n}');
writeFileSync(path('changed.ben'), CHANGED);

/** Runs a command. Lines of progress, which only a busy machine prints, are left out. */
const invoke: typeof invokeBusy = async (...args) => {
  const finished = await invokeBusy(...args);
  return { ...finished, err: withoutProgress(finished.err) };
};
const diff = (...args: readonly string[]) => invoke(['diff', ...args]);

function reportIn(text: string, name: string) {
  const spec = analyze({ path: 'm', text }, KINDS).value!.models.find((one) => one.name === name)!;
  return reportOf(spec);
}

describe('two .ben files', () => {
  test('fields and costs that changed, models that were added and removed', async () => {
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
      measures: 'multiplications',
      before: Number(old.encoder.macs.attention.count),
      after: Number(now.encoder.macs.attention.count),
    });
    expect(found.models[0].changes.map(({ path }: { path: string }) => path)).toEqual([
      'encoder.schedule',
      'encoder.pool after layer 1',
    ]);
  });

  test('as Markdown, in which the text of the files is escaped', async () => {
    const { out } = await diff(path('model.ben'), path('changed.ben'), '-m', 'Small', '--markdown');
    expect(out).toMatchSnapshot();
  });

  test('a file and itself', async () => {
    expect(await diff(path('model.ben'), path('model.ben'))).toEqual({
      code: 0,
      out: 'no difference\ncompared: fields, costs and budgets of the models\n',
      err: '',
    });
    expect((await diff(path('model.ben'), path('model.ben'), '--markdown')).out).toMatch(
      /^### .*model\.ben and .*model\.ben\n\nNo difference\.\n\ncompared: .*\n$/,
    );
  });

  test('that differ only in comments and layout', async () => {
    writeFileSync(path('noted.ben'), `// A note.\n${MODEL.replace('width 16', 'width    16 // so wide')}`);
    const { out } = await diff(path('model.ben'), path('noted.ben'));
    expect(out).toMatch(
      /^no difference\n.*\nthe files are not equal byte by byte: they differ in comments, layout/,
    );
    const found = JSON.parse((await diff(path('model.ben'), path('noted.ben'), '--json')).out);
    expect(found).toMatchObject({ identical: false, graph: null });
  });

  test('of which one is standard input', async () => {
    const { out } = await invoke(['diff', '-', path('changed.ben'), '-m', 'Small'], { stdin: MODEL });
    expect(out).toContain('norm');
  });
});

describe('budgets', () => {
  const budgeted = (name: string, lines: string) => {
    const alone = MODEL.slice(MODEL.indexOf('model '), MODEL.indexOf('model Small'));
    writeFileSync(path(name), `${alone}\n${lines}`);
    return path(name);
  };
  const before = budgeted('tight.ben', 'check Tiny { parameters <= 64_000; macs<4M; attention < 1M }\n');

  test('that were loosened, added and removed', async () => {
    const after = budgeted(
      'loose.ben',
      'check Tiny {\n  attention < 1M // as before\n  parameters <= 10M\n  ffn < 2M\n}\n',
    );
    const { code, out } = await diff(before, after);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'Tiny',
        '  check   before                after',
        '  budget  parameters <= 64_000  parameters <= 10M',
        '  budget  macs < 4M             –',
        '  budget  –                     ffn < 2M',
        '',
      ].join('\n'),
    );
    const { models } = JSON.parse((await diff(before, after, '--json')).out);
    expect(models[0].budgets).toEqual([
      { path: 'budget', before: 'parameters <= 64_000', after: 'parameters <= 10M' },
      { path: 'budget', before: 'macs < 4M', after: null },
      { path: 'budget', before: null, after: 'ffn < 2M' },
    ]);
    expect((await diff(before, after, '--markdown')).out).toContain(
      '| budget | parameters \\<= 64\\_000 | parameters \\<= 10M |',
    );
  });

  test('that differ only in blocks, order or layout are equal', async () => {
    const after = budgeted(
      'spread.ben',
      'check Tiny { macs < 4M }\ncheck Tiny {\n  attention   <   1M\n  parameters <= 64_000\n}\n',
    );
    expect((await diff(before, after)).out).toMatch(/^no difference\n/);
  });

  test('that were all removed while a model was added', async () => {
    const none = MODEL.slice(MODEL.indexOf('model '), MODEL.indexOf('model Small'));
    writeFileSync(path('two.ben'), `${none}\n${none.replace('Tiny', 'Twin')}`);
    const { out } = await diff(before, path('two.ben'));
    expect(out).toMatch(/Tiny\n {2}check +before +after\n/);
  });
});

describe('a renamed model', () => {
  const renamed = MODEL.replaceAll('Tiny', 'Little');

  test('is compared if it is the only one, and otherwise one model is gone and one is new', async () => {
    writeFileSync(path('renamed.ben'), renamed);
    const among = await diff(path('model.ben'), path('renamed.ben'));
    expect(among.out).toContain('Tiny (gone)');
    expect(among.out).toContain('Little (new)');
    const alone = (text: string) => text.slice(text.indexOf('model '), text.indexOf('model Small'));
    writeFileSync(path('a.ben'), alone(MODEL));
    writeFileSync(path('b.ben'), alone(renamed));
    expect((await diff(path('a.ben'), path('b.ben'))).out).toContain('Little (was Tiny)');
  });

  test('is reported if its checks still use the old name', async () => {
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
  test('are compared by the contents of their files', async () => {
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
    // Both artifacts come from the same source, so only the files differ.
    expect(models).toMatchObject([{ changes: [] }]);
  });

  test('are compared with a warning if the source is not that of the graph', async () => {
    const sound = await artifactIn(folder, 'sound.onnx');
    const text = `${SOURCE.text.replace('layers 2', 'layers 3')}`;
    const hash = createHash('sha256').update(text).digest('hex');
    const changes: readonly (readonly [Record<string, string>, string, string])[] = [
      [{ source: text }, 'D650', 'the source text in the file was changed'],
      [{ source: text, source_sha256: hash }, 'D652', 'not compiled from the source in the file'],
      [{ entry: 'step' }, 'D651', 'the metadata of the file name the entry'],
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

  test('show where a constant or an attribute of the graph changed', async () => {
    const sound = await artifactIn(folder, 'original.onnx');
    const same = join(folder, 'same.onnx');
    copyFileSync(sound, same);
    const { out } = await diff(sound, same);
    expect(out).toMatch(/^no difference\ncompared: .*every node of the graphs\n$/);
    const model = decodeModelProto(readFileSync(sound));
    const node = model.graph!.node!.find(({ attribute }) =>
      attribute?.some(({ name }) => name === 'epsilon'),
    )!;
    node.attribute!.find(({ name }) => name === 'epsilon')!.f = 0.5;
    const changed = join(folder, 'epsilon.onnx');
    writeFileSync(changed, encodeModelProto(model));
    const told = await diff(sound, changed);
    expect(told.err).toContain('warning[D652]');
    expect(told.out).toMatch(/^the graph\n {2}part +before +after\n.*Norm.* epsilon +0\.0*1 +0\.5\n/);
    expect(told.out).not.toContain('no difference');
    const json = JSON.parse((await diff(sound, changed, '--json')).out);
    expect(json.graph.changes).toHaveLength(1);
    expect(json.graph.nodes.before - json.graph.nodes.same).toBe(1);
  });

  test('show that the files differ in bytes without a meaning', async () => {
    const sound = await artifactIn(folder, 'bytes.onnx');
    const more = join(folder, 'more.onnx');
    // An empty text in field 21 of a ModelProto, which ONNX does not define.
    writeFileSync(more, Buffer.concat([readFileSync(sound), Buffer.from([0xaa, 0x01, 0x00])]));
    const { out } = await diff(sound, more);
    expect(out).toMatch(
      /^no difference\n[\s\S]*the files are not equal byte by byte: they differ in names of values/,
    );
  });

  test('with nothing in common are reported in one sentence', async () => {
    const chain = (name: string, opType: string) => {
      const node = Array.from({ length: 60 }, (_, i) => ({
        opType,
        input: [`v${i}`],
        output: [`v${i + 1}`],
      }));
      const ends = [{ name: 'v0' }, { name: 'v60' }] as const;
      const graph = { name: 'g', node, input: [ends[0]], output: [ends[1]] };
      writeFileSync(
        path(name),
        encodeModelProto({ irVersion: 9, opsetImport: [{ domain: '', version: 17 }], graph }),
      );
      return path(name);
    };
    const { out } = await diff(chain('relu.onnx', 'Relu'), chain('tanh.onnx', 'Tanh'));
    expect(out).toContain('the graphs have little in common: 60 nodes before, 60 after, 0 in both\n');
  });

  test('are compared with a .ben file by the source that they contain', async () => {
    const artifact = await artifactIn(folder, 'tiny.onnx');
    const other = MODEL.replace('layers 2', 'layers 3');
    writeFileSync(path('three.ben'), other);
    const { out } = await diff(artifact, path('three.ben'));
    expect(out).toMatch(/decoder.layers +2 +3/);
    expect(out).not.toContain('Small');
  });
});

test('a model and a file without models are not equal', async () => {
  const foreign = 'test/check/foreign/models/pytorch_Linear.onnx';
  const { code, out, err } = await diff(path('model.ben'), foreign);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/pytorch_Linear.onnx contains no source of a model/);
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
