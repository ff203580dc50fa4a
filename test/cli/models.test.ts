/** compile, run, inspect, doctor and replay: commands that make and run models. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, expect, test, vi } from 'vitest';
import { main } from '../../cli/app.ts';
import { parseGraph } from '../../compiler/ir/text.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { PASSES } from '../../passes/index.ts';
import { info, one } from '../check/foreign_models.ts';
import { decodeModelProto, encodeModelProto } from '../onnx_messages.ts';
import { useTemporaryFolder } from '../temporary.ts';
import { DOCUMENT, invoke, screenOf, workshop } from './invoke.ts';

const { folder, path } = await workshop();
const model = path('model.ben');
useTemporaryFolder(path('folder'));

beforeAll(async () => {
  const { code } = await invoke(['compile', model, '-o', path('tiny.onnx')]);
  expect(code).toBe(0);
});

test('compile writes a model and its data, and reports both', async () => {
  const file = path('trained.onnx');
  const { code, out, err } = await invoke(['compile', model, '-o', file, '-w', path('model.safetensors')]);
  expect({ code, out }).toEqual({ code: 0, out: `${file}\n` });
  expect(err).toMatch(/^Tiny: entry generate for cpu, 60,\d+ parameters, \d+ KB in /m);
  expect(err).not.toContain('random');
  expect(existsSync(`${file}.data`)).toBe(true);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('compile says that weights are random', async () => {
  const { err } = await invoke(['compile', model, '-o', path('random.onnx'), '--seed', '3']);
  expect(err).toContain(
    'weights are random (seed 3): the text means nothing until trained weights are given',
  );
  expect((await invoke(['compile', '-q', model, '-o', path('random.onnx')])).err).toBe('');
});

test('compile writes the same bytes, wherever the file of weights is', async () => {
  const bytes = async (name: string) => {
    await invoke(['compile', model, '-o', path(name), '-w', path('model.safetensors'), '--single-file']);
    return readFileSync(path(name));
  };
  expect((await bytes('a.onnx')).equals(await bytes('b.onnx'))).toBe(true);
});

test('compile --json', async () => {
  const file = path('json.onnx');
  const { out, err } = await invoke([
    'compile',
    model,
    '-m',
    'Reader',
    '-o',
    file,
    '--single-file',
    '--json',
  ]);
  expect(err).toBe('');
  expect(JSON.parse(out)).toMatchObject({
    schema: 'benben.compile/1',
    model: 'Reader',
    entry: 'encode',
    target: 'cpu',
    files: [file],
    weights: { label: 'random, seed 0', random: true },
  });
});

test('compile --precision reports the error, and stores it in the artifact', async () => {
  const file = path('int8.onnx');
  const { code, err } = await invoke(['compile', model, '-o', file, '--precision', 'int8']);
  expect(code).toBe(0);
  expect(err).toMatch(
    /^compared +int8 with fp32: logits, 64 tokens of the built-in text, and 31 tokens in the decoder$/m,
  );
  expect(err).toMatch(/^largest error +0\.\d+$/m);
  expect(err).toMatch(/^Tiny: entry generate for cpu in int8, /m);
  const largest = /^largest error +(\S+)$/m.exec(err)![1]!;
  expect((await invoke(['inspect', file])).out).toMatch(
    new RegExp(`^precision +int8, largest error ${largest}, `, 'm'),
  );
  const run = await invoke(['run', file, '--input', path('document.txt'), '--json']);
  expect(JSON.parse(run.out)).toMatchObject({ precision: 'int8' });
  const twice = await invoke(['run', file, '--input', path('document.txt'), '--precision', 'int8']);
  expect(twice.code).toBe(2);
  expect(twice.err).toContain('--precision is for .ben files');
  const direct = ['run', model, '--input', path('document.txt'), '--precision', 'int8', '--json'];
  expect(JSON.parse((await invoke(direct)).out)).toMatchObject({ precision: 'int8' });
});

test('compile --precision fp16 is only for GPUs', async () => {
  const file = path('fp16.onnx');
  const args = ['compile', model, '-o', file, '--precision', 'fp16', '--target'];
  const { code, err } = await invoke([...args, 'cuda']);
  expect(code).toBe(0);
  expect(err).toMatch(/^compared +fp16 with fp32: logits, 64 tokens of the built-in text, /m);
  // float16 has ten bits of mantissa.
  const largest = Number(/^largest error +(\S+)$/m.exec(err)![1]);
  expect(largest).toBeGreaterThan(1e-5);
  expect(largest).toBeLessThan(2e-2);
  expect(err).toMatch(/^Tiny: entry generate for cuda in fp16, /m);
  expect((await invoke(['inspect', file])).out).toMatch(/^precision +fp16, largest error /m);
  await invoke(['compile', model, '-o', path('fp32.onnx'), '--target', 'cuda']);
  const bytes = (name: string): number => statSync(path(`${name}.onnx.data`)).size;
  // The ratio is above 0.5 because the scorers stay in float32 and tensors are aligned.
  expect(bytes('fp16') / bytes('fp32')).toBeLessThan(0.55);

  for (const target of ['cpu', 'portable']) {
    const refused = await invoke([...args, target]);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/^error\[D562\]: --precision fp16 is only for cuda and webgpu: /m);
    expect(refused.err).toContain('--precision int8');
  }
});

test('compile --max-error refuses a larger error, and leaves no files', async () => {
  const file = path('refused.onnx');
  const args = ['compile', model, '-o', file, '--precision', 'int4', '--calibrate', path('document.txt')];
  const { code, out, err } = await invoke([...args, '--max-error', '0.0001']);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(
    /error\[D558\]: int4 differs from fp32 by up to 0\.\d+ \(logits\), but --max-error allows only 0\.0001/,
  );
  expect(err).toContain(`64 tokens of ${path('document.txt')}`);
  expect(readdirSync(folder).filter((name) => name.startsWith('refused'))).toEqual([]);
  expect(readdirSync(path('folder'))).toEqual([]);
  const { code: allowed, out: json } = await invoke([...args, '--max-error', '50', '--json']);
  expect(allowed).toBe(0);
  const { precision, error } = JSON.parse(json) as { precision: string; error: Record<string, number> };
  expect(precision).toBe('int4');
  expect(error.mean).toBeLessThan(error.max!);
});

test('compile --precision can leave out the report, and some models cannot have one', async () => {
  const quick = ['compile', model, '-o', path('quick.onnx'), '--precision', 'int8'];
  const silent = await invoke([...quick, '--no-error-report']);
  expect({ code: silent.code, told: silent.err.includes('compared') }).toEqual({ code: 0, told: false });
  const small = path('small.ben');
  writeFileSync(small, readFileSync(model, 'utf8').replace('vocabulary 300', 'vocabulary 50'));
  const args = ['compile', small, '-m', 'Tiny', '-o', path('quick.onnx'), '--precision', 'int8'];
  const warned = await invoke(args);
  expect(warned.code).toBe(0);
  expect(warned.err).toMatch(/warning\[D559\]: the error against float32 was not measured: .*vocabulary/);
  expect((await invoke([...args, '--max-error', '1'])).code).toBe(1);
});

test('compile --print-ir prints graphs that parse, and writes nothing', async () => {
  const before = readdirSync(folder);
  const print = async (...pass: string[]) => (await invoke(['compile', model, '--print-ir', ...pass])).out;
  const [lowered, folded, last] = [await print('lower'), await print('fold_constants'), await print()];
  for (const text of [lowered, folded, last]) {
    expect(parseGraph({ path: 'ir', text }, OPS)).toMatchObject({ diagnostics: [] });
  }
  expect(new Set([lowered, folded, last]).size).toBe(3);
  expect(readdirSync(folder)).toEqual(before);
  const unknown = await invoke(['compile', model, '--print-ir', 'fold']);
  expect(unknown).toMatchObject({ code: 2, out: '' });
  expect(unknown.err).toContain('fold_constants');
});

test('BENBEN_DUMP prints the graph after a pass', async () => {
  const { err } = await invoke(['compile', model, '-o', path('dump.onnx')], {
    env: { BENBEN_DUMP: 'choose_kernels' },
  });
  expect(err).toMatch(/^\/\/ after choose_kernels\ngraph generate/m);
});

test('run: the text goes to stdout and everything else to stderr, and no files remain', async () => {
  const { code, out, err } = await invoke(['run', model, '--input', path('document.txt'), '--max', '5']);
  expect(code).toBe(0);
  expect(out.endsWith('\n')).toBe(true);
  expect(err).toMatch(/^device +cpu$/m);
  expect(err).toMatch(/^warning\[D553\]: the document has 193 tokens, but the model reads only 64/m);
  expect(err).toMatch(/^document +64 tokens read, 129 left out \(tokenizer: bytes\)$/m);
  expect(err).toMatch(/^read and generate +\S+ m?s \(\d tokens? written\)$/m);
  expect(err).toMatch(/^kept +64 tokens in 8 memory slots; \d+ of \d+ words/m);
  expect(err).toContain(
    'weights are random (seed 0): the text means nothing until trained weights are given',
  );
  expect(readdirSync(tmpdir())).toEqual([]);
});

test('run: an artifact gives the same text as its source', async () => {
  const json = async (...args: string[]) => {
    const { code, out, err } = await invoke(['run', ...args, '--input', '-', '--json', '--max', '9'], {
      stdin: DOCUMENT,
    });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return JSON.parse(out) as { text: string; score: number; kept: { text: string; weight: number }[] };
  };
  const [fromSource, fromArtifact] = [await json(model), await json(path('tiny.onnx'))];
  expect(fromArtifact).toMatchObject({
    text: fromSource.text,
    kept: fromSource.kept,
    score: fromSource.score,
  });
  expect(fromSource).toMatchObject({
    schema: 'benben.run/1',
    model: 'Tiny',
    entry: 'generate',
    device: 'cpu',
    slots: 8,
    weights: { random: true },
    document: { tokens: 64, omittedTokens: 129 },
    diagnostics: [{ code: 'D553', severity: 'warning' }],
  });
  expect(fromSource.kept[1]).toMatchObject({ text: 'quick', start: 4, end: 9 });
});

test('run: a model without a decoder prints the words that it kept', async () => {
  const { code, out } = await invoke(['run', model, '-m', 'Reader', '-i', path('document.txt'), '-q']);
  expect(code).toBe(0);
  expect(out).toContain('fox');
  const max = await invoke(['run', model, '-m', 'Reader', '-i', path('document.txt'), '--max', '3']);
  expect(max).toMatchObject({ code: 2, out: '' });
});

test('run: --quiet keeps results and warnings, and --long refuse refuses long documents', async () => {
  const args = ['run', path('tiny.onnx'), '-i', path('document.txt')];
  const quiet = await invoke([...args, '-q', '--max', '2']);
  expect(quiet.err).toMatch(/^warning\[D553\][^\n]*\n$/);
  const refused = await invoke([...args, '--long', 'refuse']);
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toMatch(/^error\[D553\]/m);
});

test('run: --min and --max count tokens before the end', async () => {
  const { out } = await invoke([
    'run',
    model,
    '-i',
    path('document.txt'),
    '--json',
    '--min',
    '4',
    '--max',
    '4',
  ]);
  expect((JSON.parse(out) as { ids: number[] }).ids).toHaveLength(5);
});

test('run refuses options that contradict each other', async () => {
  const args = ['run', path('tiny.onnx'), '-i', path('document.txt')];
  expect(await invoke([...args, '--seed', '1'])).toMatchObject({ code: 2, out: '' });
  expect(await invoke([...args, '--model', 'Tiny'])).toMatchObject({ code: 2, out: '' });
  await invoke(['compile', model, '-o', path('step.onnx'), '--entry', 'step']);
  const step = await invoke(['run', path('step.onnx'), '-i', path('document.txt')]);
  expect(step.code).toBe(1);
  expect(step.err).toContain("compiled for entry 'step'");
});

const SEARCH = ['--beam', '3', '--best', '2', '--no-repeat-ngram', '2', '--max', '9'];

test('run --beam --best prints the texts with their scores, the best first, for a source and for an artifact', async () => {
  const args = ['-i', path('document.txt'), ...SEARCH];
  const { code, out } = await invoke(['run', model, ...args]);
  expect(code).toBe(0);
  const heads = [...out.matchAll(/^\[(\d)\] score (-\d+\.\d{4})$/gm)];
  expect(heads.map(([, place]) => place)).toEqual(['1', '2']);
  expect(Number(heads[0]![2])).toBeGreaterThanOrEqual(Number(heads[1]![2]));

  const json = async (file: string): Promise<Record<string, unknown>> =>
    JSON.parse((await invoke(['run', file, ...args, '--json'])).out) as Record<string, unknown>;
  expect((await invoke(['compile', model, '-o', path('beam.onnx'), ...SEARCH.slice(0, -2)])).code).toBe(0);
  const [source, artifact] = [await json(model), await json(path('beam.onnx'))];
  expect(source.alternatives).toMatchObject([{ score: expect.closeTo(Number(heads[1]![2]), 3) }]);
  for (const key of ['text', 'ids', 'alternatives']) expect(artifact[key]).toEqual(source[key]);
  expect((await invoke(['inspect', path('beam.onnx')])).out).toMatch(
    /^search +3 beams, 2 texts, no 2-gram twice$/m,
  );
});

test('run: the search is part of an artifact, and the message says how to get another search', async () => {
  const args = ['run', path('tiny.onnx'), '-i', path('document.txt')];
  const { code, out, err } = await invoke([...args, '--beam', '4']);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain('was compiled with --beam 1, and the search of an artifact cannot be changed');
  expect(err).toContain('compile its source again with --beam 4');
  expect((await invoke([...args, '--beam', '1', '--best', '1', '-q'])).code).toBe(0);
});

test('run --stream writes the same text as a run without it, in several pieces', async () => {
  for (const search of [['--max', '9'], SEARCH]) {
    const args = ['run', model, '-i', path('document.txt'), '-q', '--min', '9', ...search];
    const whole = await invoke(args.concat('--json'));
    const { text, ids } = JSON.parse(whole.out) as { text: string; ids: number[] };
    const streamed = await invoke([...args, '--stream']);
    expect(streamed.code).toBe(0);
    expect(streamed.out.startsWith(`${text}\n`)).toBe(true);
    const json = await invoke([...args, '--stream', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ entry: 'generate', text, ids });
  }
  const onnx = await invoke(['run', path('tiny.onnx'), '-i', path('document.txt'), '--stream']);
  expect(onnx).toMatchObject({ code: 2, out: '' });
  expect(readdirSync(tmpdir())).toEqual([]);
});

test('run --stream reports once that the document was cut, before the text', async () => {
  const args = ['run', model, '-i', path('document.txt'), '-q', '--min', '9', '--max', '9', '--stream'];
  const both: string[] = [];
  const screen = screenOf(both, false);
  const io = { stdin: Readable.from([]), stdout: screen, stderr: screen, env: {} };
  expect(await main(args, io)).toBe(0);
  expect(both[0]).toMatch(/^warning\[D553\]: the document has 193 tokens, but the model reads only 64/);
  expect(both.slice(1).join('')).not.toContain('D553');
  const json = JSON.parse((await invoke([...args, '--json'])).out) as { diagnostics: { code: string }[] };
  expect(json.diagnostics.map(({ code }) => code)).toEqual(['D553']);
});

test('inspect shows the contents of a model', async () => {
  const { code, out } = await invoke(['inspect', path('tiny.onnx')]);
  expect(code).toBe(0);
  expect(out).toMatch(/^weights +random, seed 0: not trained$/m);
  expect(out).toMatch(/^ {2}input_ids +int64 +\[batch, length\]$/m);
  expect(out).toMatch(/^ {2}ai\.benben::SoftTopK +\d+ nodes$/m);
  expect(out).toMatch(/^data +tiny\.onnx\.data: \d+ KB, for \d+ tensors$/m);
  const json = JSON.parse((await invoke(['inspect', path('tiny.onnx'), '--json'])).out) as Record<
    string,
    unknown
  >;
  expect(json).toMatchObject({ schema: 'benben.inspect/1', irVersion: 11, benben: { entry: 'generate' } });
  expect(json).toMatchObject({ onnxRuntime: '1.24', benben: { onnxRuntime: '1.24' } });
  expect(out).toMatch(/^runs on +ONNX Runtime 1\.24 and later$/m);
});

test('an artifact with an old opset says so, and loads', async () => {
  const file = path('opset.onnx');
  const compiled = await invoke(['compile', model, '--opset', '20', '-o', file]);
  expect(compiled.code).toBe(0);
  const { out } = await invoke(['inspect', file]);
  expect(out).toMatch(/^format +ONNX IR version 10, opsets ai\.onnx 20, /m);
  expect(out).toMatch(/^runs on +ONNX Runtime 1\.18 and later$/m);
  expect((await invoke(['run', file, '--input', path('document.txt'), '--max', '3', '--json'])).code).toBe(0);
  // A file of another program does not say what its operators need.
  const foreign = decodeModelProto(readFileSync(file));
  foreign.metadataProps = [];
  foreign.producerName = 'pytorch';
  writeFileSync(file, encodeModelProto(foreign));
  expect((await invoke(['inspect', file])).out).toMatch(
    /^runs on +ONNX Runtime 1\.18 at the earliest, for its opset and IR version$/m,
  );
  expect((await invoke(['compile', model, '--opset', '19', '-o', file])).code).toBe(2);
});

test('inspect reports damaged metadata of our artifacts, and what is missing', async () => {
  const good = decodeModelProto(readFileSync(path('tiny.onnx')));
  const damaged = (
    name: string,
    keep: (key: string) => boolean,
    more: Record<string, string> = {},
  ): string => {
    const metadataProps = [
      ...good.metadataProps.filter(({ key }) => keep(key!)),
      ...Object.entries(more).map(([key, value]) => ({ key, value })),
    ];
    writeFileSync(path(name), encodeModelProto({ ...good, metadataProps }));
    return path(name);
  };
  const cases: readonly (readonly [string, string])[] = [
    [damaged('none.onnx', () => false), 'benben.entry, benben.spec, benben.parameters are missing'],
    [damaged('no_spec.onnx', (key) => key !== 'benben.spec'), 'benben.spec is missing'],
    [
      damaged('cut_spec.onnx', (key) => key !== 'benben.spec', { 'benben.spec': '{"vocabulary":' }),
      'benben.spec is not JSON',
    ],
    [
      damaged('beam.onnx', (key) => key !== 'benben.beam', { 'benben.beam': '65' }),
      'benben.beam has an impossible value',
    ],
    [
      damaged('entry.onnx', (key) => key !== 'benben.entry', { 'benben.entry': 'sing' }),
      'benben.entry is not the name of an entry',
    ],
  ];
  for (const [file, damage] of cases) {
    const { code, out } = await invoke(['inspect', file]);
    expect(code).toBe(0);
    expect(out).toMatch(/^producer +benben \d/m);
    expect(out).toMatch(
      new RegExp(`^damaged +Benben made this file, but its metadata is damaged: ${damage}$`, 'm'),
    );
    expect(JSON.parse((await invoke(['inspect', file, '--json'])).out)).toMatchObject({
      benben: null,
      damage,
    });
    const run = await invoke(['run', file, '-i', path('document.txt')]);
    expect(run.code).toBe(1);
    expect(run.err).toContain(`was compiled by Benben, but its metadata are damaged: ${damage}`);
  }
  const foreign = { ...good, producerName: 'pytorch', metadataProps: [] };
  writeFileSync(path('foreign.onnx'), encodeModelProto(foreign));
  expect((await invoke(['inspect', path('foreign.onnx')])).out).not.toContain('damaged');
  expect((await invoke(['inspect', path('tiny.onnx')])).out).not.toContain('damaged');
});

test('inspect counts parameters as compile does, and shows stored numbers separately', async () => {
  for (const precision of ['fp32', 'int8']) {
    const args = ['compile', model, '-o', path('counted.onnx'), '-p', precision, '--no-error-report'];
    const parameters = / for cpu.*, ([\d,]+) parameters, /.exec((await invoke(args)).err)![1]!;
    const { out } = await invoke(['inspect', path('counted.onnx')]);
    expect(/^parameters +(\S+)$/m.exec(out)![1]).toBe(parameters);
    expect(out).toMatch(/^stored +[\d,]+ numbers in \d+ tensors$/m);
  }
});

test('inspect reports data that is missing or elsewhere', async () => {
  writeFileSync(path('moved.onnx'), readFileSync(path('tiny.onnx')));
  expect((await invoke(['inspect', path('moved.onnx')])).code).toBe(0);
  const lonely = join(path('folder'), 'lonely.onnx');
  writeFileSync(lonely, readFileSync(path('tiny.onnx')));
  expect((await invoke(['inspect', lonely])).out).toMatch(/^data +tiny\.onnx\.data: missing/m);
  const run = await invoke(['run', lonely, '-i', path('document.txt')]);
  expect(run.code).toBe(1);
  expect(run.err).toContain('keep the `.onnx.data` file beside the model');
});

test('inspect --device shows which nodes would run on the CPU, without the device', async () => {
  await invoke(['compile', model, '-o', path('placed.onnx'), '--entry', 'encode', '-q']);
  const { code, out } = await invoke(['inspect', path('placed.onnx'), '--device', 'webgpu']);
  expect(code).toBe(0);
  expect(out).toMatch(/^on webgpu\n {2}\d+ of \d+ nodes have no kernel and run on the CPU:$/m);
  expect(out).toMatch(/^ {2}IsNaN \(f32\) × 2 +\S/m);
  const asked = ['inspect', path('placed.onnx'), '--device', 'webgpu', '--json'];
  const { placement, unknownOperators } = JSON.parse((await invoke(asked)).out);
  expect(unknownOperators).toEqual([]);
  expect(placement).toMatchObject({ device: 'webgpu' });
  const lack = placement.lacks.find(({ op }: { op: string }) => op === 'IsNaN');
  expect(lack).toMatchObject({ type: 'f32', count: 2 });
  expect(lack.nodes).toHaveLength(2);
  const cpu = await invoke(['inspect', path('placed.onnx'), '--device', 'cpu']);
  expect(cpu.out).toMatch(/all \d+ nodes have a kernel/);
});

test('inspect --device does not count unknown operators as kernels', async () => {
  const file = path('hardmax.onnx');
  writeFileSync(file, one('Hardmax x > y', {}, { input: [info('x', [2, 2])], output: [info('y')] }));
  const { out } = await invoke(['inspect', file, '--device', 'cuda']);
  expect(out).toMatch(/^ {2}1 of 1 node may or may not have a kernel, .*:\n {2}Hardmax \(f32\) × 1/m);
  expect(out).not.toMatch(/all |has a kernel/);
  const { placement } = JSON.parse((await invoke(['inspect', file, '--device', 'cuda', '--json'])).out);
  expect(placement).toMatchObject({
    nodes: 1,
    lacks: [],
    unknown: [{ op: 'Hardmax', type: 'f32', count: 1 }],
  });
  const cpu = await invoke(['inspect', file, '--device', 'cpu']);
  expect(cpu.out).toMatch(/^ {2}its one node has a kernel$/m);
});

test('doctor finds no problem on this machine', async () => {
  const { code, out } = await invoke(['doctor']);
  expect(code).toBe(0);
  expect(out).toMatch(/^fine +cpu .*with the right results$/m);
  expect(JSON.parse((await invoke(['doctor', '--json'])).out)).toMatchObject({ healthy: true });
});

test('replay runs the passes that a reproducer names', async () => {
  const ir = (await invoke(['compile', model, '--print-ir', 'lower'])).out;
  writeFileSync(path('reproducer.ir'), `// passes: fold_constants, choose_kernels\n// target: cpu\n${ir}`);
  const { code, out, err } = await invoke(['replay', path('reproducer.ir')]);
  expect(code).toBe(0);
  expect(out).toMatch(/^fold_constants +.*nodes\nchoose_kernels +.*nodes\n$/);
  expect(err).toContain('does not occur in this version');
  const plain = await invoke(['replay', '-'], { stdin: ir });
  expect(plain.code).toBe(1);
  expect(plain.err).toContain('error[D324]');
});

test('a failing pass is a bug: it exits with 3 and writes a reproducer that replay runs', async () => {
  const spy = vi.spyOn(PASSES.fold_constants!, 'run').mockImplementation(() => {
    throw new Error('no constants today');
  });
  const log = { env: { BENBEN_LOG: folder } };
  const { code, out, err } = await invoke(['compile', model, '-o', path('never.onnx')], log);
  expect({ code, out }).toEqual({ code: 3, out: '' });
  expect(err).toMatch(/^error\[D320\]: the pass 'fold_constants' failed: no constants today/);
  expect(existsSync(path('never.onnx'))).toBe(false);
  const reproducer = err.match(/^.*benben-reproducer-\w+\.ir$/m)![0];
  expect(await invoke(['replay', reproducer], log)).toMatchObject({ code: 3, out: '' });
  spy.mockRestore();
  expect(await invoke(['replay', reproducer])).toMatchObject({ code: 0 });
});
