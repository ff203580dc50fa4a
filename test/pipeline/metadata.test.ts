/** The metadata of artifacts are untrusted: impossible values are refused (D554), and none of them throws an exception. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENTRIES } from '../../compiler/model/index.ts';
import { compile, type Entry, loadModel } from '../../index.ts';
import { ENTRY_NAMES, ENTRY_PORTS, misfitOf } from '../../pipeline/entry_ports.ts';
import { infoFrom, metadataOf } from '../../pipeline/metadata.ts';
import { artifactIn, claiming, SOURCE, temporaryFolder } from '../runtime/tiny_artifact.ts';

const folder = temporaryFolder();
const { spec } = compile(SOURCE).value!;
const good = metadataOf(
  {
    model: 'Tiny',
    entry: 'generate',
    version: '1',
    compat: 'none',
    target: 'cpu',
    weights: 'w',
    precision: 'fp32',
    random: true,
    tokenizer: 'bytes',
    ids: { pad: 5, eos: 7 },
    parameters: 9,
    spec,
    search: { beam: 4, returned: 2, noRepeatNgram: 3 },
  },
  SOURCE,
);
const changed = (key: string, value: string) => infoFrom({ ...good, [`benben.${key}`]: value });

test('reading gives what was written', () => {
  expect(infoFrom(good)).toMatchObject({
    model: 'Tiny',
    entry: 'generate',
    ids: { pad: 5, eos: 7 },
    parameters: 9,
    source: SOURCE.text,
    search: { beam: 4, returned: 2, noRepeatNgram: 3 },
    spec: { vocabulary: 300, encoder: { length: 32 }, decoder: { target: 12 } },
  });
});

test('artifacts without ids have the ids of fairseq', () => {
  const { 'benben.pad': _, 'benben.eos': __, ...old } = good;
  expect(infoFrom(old)?.ids).toEqual({ pad: 1, eos: 2 });
});

test('artifacts without a search are greedy', () => {
  const old = Object.entries(good).filter(([key]) => !/beam|returned|no_repeat/.test(key));
  expect(old.length).toBe(Object.keys(good).length - 3);
  expect(infoFrom(Object.fromEntries(old))?.search).toEqual({ beam: 1, returned: 1, noRepeatNgram: 0 });
});

test.each([
  ['beam', '0'],
  ['beam', '65'],
  ['beam', '1'],
  ['returned', '5'],
  ['returned', '-1'],
  ['no_repeat_ngram', '1e3'],
  ['entry', 'constructor'],
  ['entry', ''],
  ['pad', '300'],
  ['eos', '-1'],
  ['eos', '1e1'],
  ['parameters', 'many'],
  ['spec', ''],
  ['spec', 'null'],
  ['spec', '{"vocabulary":300}'],
  ['spec', '{"vocabulary":300,"encoder":{"length":0},"decoder":{"target":12}}'],
  ['spec', '{"vocabulary":300,"encoder":{"length":1e9},"decoder":{"target":12}}'],
  ['spec', '{"vocabulary":300.5,"encoder":{"length":32},"decoder":{"target":12}}'],
  ['spec', '{"vocabulary":300,"encoder":{"length":32},"decoder":{"target":"12"}}'],
  ['spec', '{"vocabulary":300,"encoder":{"length":32},"decoder":null}'],
  ['spec', '{"vocabulary":300,"encoder":{"length":32}}'],
  ['spec', '['.repeat(100_000)],
])('%s %s is refused', (key, value) => {
  expect(changed(key, value)).toBeUndefined();
});

test('no metadata throw an exception', () => {
  const keys = Object.keys(good);
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.oneof(fc.string(), fc.json()), (key, value) => {
      const info = infoFrom({ ...good, [key]: value });
      if (info) expect(Number.isInteger(info.spec.encoder.length)).toBe(true);
    }),
  );
});

test('control characters are removed', () => {
  expect(changed('weights', 'a\x1b[2J\nb\u202e')?.weights).toBe('a\uFFFD[2J b\uFFFD');
});

describe('entries', () => {
  test('the table has the entries of the compiler', () => {
    expect(ENTRY_NAMES).toEqual(Object.keys(ENTRIES));
  });

  test.each(ENTRY_NAMES)('%s: the compiler gives it the ports of the table', async (entry) => {
    const { graph } = compile(SOURCE, { entry }).value!;
    const declared = (ports: typeof graph.inputs) =>
      ports.map(({ name, id }) => {
        const { dtype, shape } = graph.types[id]!;
        return { name, dtype: dtype === 'f32' ? 'float32' : 'int64', shape };
      });
    expect(misfitOf(ENTRY_PORTS[entry].inputs, declared(graph.inputs))).toBeUndefined();
    expect(misfitOf(ENTRY_PORTS[entry].outputs, declared(graph.outputs))).toBeUndefined();
  });

  test.each(ENTRY_NAMES)('%s: ONNX Runtime sees the same ports', async (entry) => {
    const { value, diagnostics } = await loadModel(await artifactIn(folder, `${entry}.onnx`, { entry }));
    expect(diagnostics).toEqual([]);
    await value!.close();
  });

  test.each([
    ['encode', 'generate', /input 'max_length' is missing/],
    ['generate', 'encode', /input 'max_length' is not a port of this entry/],
    ['forward', 'encode', /input 'decoder_input_ids' is not a port of this entry/],
    ['step', 'prefill', /input 'memory' is missing/],
  ] as const)('%s that claims to be %s is refused', async (entry, claim, message) => {
    const path = await artifactIn(folder, `${entry}.onnx`, { entry: entry as Entry });
    const { value, diagnostics } = await loadModel(claiming(path, 'claims.onnx', { entry: claim }));
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(['D554']);
    expect(diagnostics[0]!.message).toMatch(message);
  });
});

test('a tokenizer outside the artifact’s folder is not opened', async () => {
  const path = await artifactIn(folder, 'outside.onnx');
  for (const tokenizer of ['/etc/passwd', '../x.json']) {
    const { diagnostics } = await loadModel(claiming(path, 'claims.onnx', { tokenizer }));
    expect(diagnostics.map(({ code }) => code)).toEqual(['D575']);
  }
});
