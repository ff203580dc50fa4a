/** benben diff: which fields and quantities of two models differ, and nothing else. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { changedFields } from '../../compiler/cost/diff.ts';
import { parametersOf } from '../../compiler/cost/parameters.ts';
import { lower } from '../../compiler/lower/index.ts';
import { parse } from '../../index.ts';
import { invoke, MODEL, workshop } from './invoke.ts';

const { path } = await workshop();
const write = (name: string, text: string): string => {
  writeFileSync(path(name), text);
  return path(name);
};

interface Data {
  readonly models: readonly {
    readonly before: string;
    readonly after: string;
    readonly fields: readonly { readonly field: string; readonly before: string; readonly after: string }[];
    readonly quantities: readonly {
      readonly quantity: string;
      readonly before: number;
      readonly after: number;
    }[];
  }[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}
const dataOf = async (...args: readonly string[]): Promise<Data> =>
  JSON.parse((await invoke(['diff', ...args, '--json'])).out) as Data;

test('a model and itself do not differ', async () => {
  const same = await invoke(['diff', path('model.ben'), path('model.ben')]);
  expect(same).toEqual({ code: 0, out: '', err: '3 models compared: no differences\n' });
});

test('two models by name: the field that differs, and what it costs', async () => {
  const [tiny, small] = [`${path('model.ben')}#Tiny`, `${path('model.ben')}#Small`];
  const { models, added, removed } = await dataOf(tiny, small);
  expect({ added, removed }).toEqual({ added: [], removed: [] });
  expect(models).toHaveLength(1);
  const [{ before, after, fields, quantities }] = models as [Data['models'][0]];
  expect([before, after]).toEqual(['Tiny', 'Small']);
  expect(fields).toEqual([{ field: 'width', before: '32', after: '16' }]);
  const specs = parse({ path: 'model.ben', text: MODEL }).value!.models;
  const sizes = ['Tiny', 'Small'].map((name) =>
    Number(
      parametersOf(lower(specs.find((spec) => spec.name === name)!, { entry: 'generate' }).value!).total,
    ),
  );
  const of = (name: string) => quantities.find(({ quantity }) => quantity === name);
  expect(of('parameters')).toMatchObject({ before: sizes[0], after: sizes[1] });
  // Linear in the width: 2 layers · keys and values · (32 words + 8 slots) · width · 4 bytes.
  expect(of('kv_cache')).toMatchObject({ before: 2 * 2 * 40 * 32 * 4, after: 2 * 2 * 40 * 16 * 4 });
  // What does not depend on the width is not there.
  for (const same of ['attention_elements', 'effective_layers']) expect(of(same)).toBeUndefined();
  const { out } = await invoke(['diff', tiny, small]);
  expect(out).toMatch(/^Tiny → Small\n {2}width +32 +16\n\n/);
  expect(out).toMatch(/kv_cache +20_480 bytes \(20 KB\) +10_240 bytes \(10 KB\) +−50 %\n/);
});

test('two files: models of one name, and those that only one of them has', async () => {
  const changed = MODEL.replace('schedule  64, 64, 16 -> 8', 'schedule  64 x 2')
    .replace('model Small', 'model Large')
    .replace('check Tiny', 'check Large');
  const file = write('changed.ben', changed);
  const data = await dataOf(path('model.ben'), file);
  expect(data).toMatchObject({ added: ['Large'], removed: ['Small'] });
  expect(data.models.map(({ after, fields }) => [after, fields.map(({ field }) => field)])).toEqual([
    ['Tiny', ['encoder schedule', 'encoder pool']],
    ['Reader', []],
  ]);
  const { out, err } = await invoke(['diff', path('model.ben'), file, '--markdown']);
  expect(out).toMatch(/^### Tiny\n\n\| field \| before \| after \|\n\| --- \| --- \| --- \|\n/);
  expect(out).toContain('| `encoder schedule` | 64 x 2, 16 -> 8 | 64 x 2 |');
  expect(out).toContain('| `encoder pool` | soft_topk by linear | – |');
  expect(out).toMatch(/\| `effective_layers` \| 2\.25 \| 2 \| −11\.1 % \|/);
  expect(out).toMatch(/Added: `Large`\n\nRemoved: `Small`\n$/);
  expect(err).toBe('2 models compared: 1 changed\n');
  const one = await dataOf(`${path('model.ben')}#Tiny`, file);
  expect([one.models.length, one.added, one.removed]).toEqual([1, [], []]);
});

const CHANGES: readonly (readonly [string, string, string])[] = [
  ['vocabulary', 'vocabulary 90', 'vocabulary 91'],
  ['heads', 'heads 4', 'heads 2'],
  ['ffn', 'ffn 64 relu', 'ffn 64 gelu'],
  ['norm', 'norm post', 'norm pre'],
  ['dropout', 'dropout 0.1', 'dropout 0.2'],
  ['share embeddings', 'share embeddings', 'share none'],
  ['encoder schedule', '64, 64, 16 -> 8', '64, 64, 16 -> 4'],
  ['encoder attention', 'attention block(16)', 'attention block(32)'],
  ['encoder attention', '// layer', 'layer 2 { attention full } //'],
  ['encoder pool', 'by linear', 'by linear; layer 3 { pool hard_topk }'],
  ['encoder positions', 'positions sinusoidal // e', 'positions none // e'],
  ['decoder layers', 'layers 2', 'layers 3'],
  ['decoder target', 'target 32', 'target 31'],
  ['decoder positions', 'positions none // d', 'positions sinusoidal // d'],
];

test.each(CHANGES)('%s: `%s` becomes `%s`', (field, from, to) => {
  const text = `model A {
  vocabulary 90
  width 32
  heads 4
  ffn 64 relu
  norm post
  dropout 0.1
  share embeddings
  encoder {
    positions sinusoidal // e
    attention block(16)
    schedule 64, 64, 16 -> 8
    pool soft_topk by linear
    // layer
  }
  decoder {
    layers 2
    target 32
    positions none // d
  }
}
`;
  const modelOf = (source: string) => parse({ path: 'a.ben', text: source }).value!.models[0]!;
  expect(text).toContain(from);
  const fields = changedFields(modelOf(text), modelOf(text.replace(from, to)));
  expect(fields.map((change) => change.field)).toEqual([field]);
});

test('standard input, and what cannot be compared', async () => {
  const stdin = { stdin: MODEL };
  expect(await invoke(['diff', '-', path('model.ben')], stdin)).toMatchObject({ code: 0, out: '' });
  expect(await invoke(['diff', '-', '-'], stdin)).toMatchObject({ code: 2 });
  const unknown = await invoke(['diff', path('model.ben'), `${path('model.ben')}#Tinny`]);
  expect(unknown).toMatchObject({ code: 2, out: '' });
  expect(unknown.err).toContain("did you mean 'Tiny'?");
  expect(await invoke(['diff', path('model.ben'), path('model.onnx')])).toMatchObject({ code: 2 });
  expect(await invoke(['diff', path('model.ben')])).toMatchObject({ code: 2 });
  const wrong = await invoke(['diff', path('model.ben'), write('wrong.ben', 'model A { heads 0 }\n')]);
  expect(wrong.code).toBe(1);
  expect(wrong.err).toContain('error[D203]');
});
