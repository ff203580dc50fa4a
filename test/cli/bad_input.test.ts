/** Bad input of every kind gives one clear error and exit 1, and leaves no new file. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { compile, randomWeights, type WeightSpec } from '../../index.ts';
import { writeSafetensors } from '../../runtime/weights/write_safetensors.ts';
import { invoke, MODEL, workshop } from './invoke.ts';

const { folder, path } = await workshop();
const model = path('model.ben');
const { weights: specs } = compile({ path: 'model.ben', text: MODEL }).value!;

writeFileSync(path('empty'), '');
writeFileSync(
  path('binary'),
  Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) % 256),
);
writeFileSync(path('latin1'), Buffer.from('caf\xe9', 'latin1'));
writeFileSync(path('huge.ben'), '');
// The file is sparse: it has 100 MB although nothing is written.
truncateSync(path('huge.ben'), 100_000_000);

async function fails(args: readonly string[], code: string, stdin = ''): Promise<string> {
  const before = readdirSync(folder).sort();
  const { code: exit, out, err } = await invoke(args, { stdin });
  expect({ exit, out }, err).toEqual({ exit: 1, out: '' });
  expect(err.match(/^error\[/gm), err).toHaveLength(1);
  expect(err).toMatch(new RegExp(`^error\\[${code}\\]`, 'm'));
  expect(err).not.toMatch(/\n\s+at /);
  expect(readdirSync(folder).sort()).toEqual(before);
  return err;
}

describe.each([
  ['a missing file', 'nothing.ben', 'D501'],
  ['a folder', 'folder', 'D503'],
  ['an empty file', 'empty', 'D510'],
  ['a binary file', 'binary', 'D509'],
  ['another encoding', 'latin1', 'D509'],
  ['100 MB', 'huge.ben', 'D508'],
  ['a path through a file', 'empty/model.ben', 'D504'],
])('%s as a source', (_, name, code) => {
  test.each([
    ['compile', ['compile', path(name), '-o', path('out.onnx')]],
    ['run', ['run', path(name), '-i', path('document.txt')]],
    ['fmt', ['fmt', path(name)]],
    ['types', ['types', path(name), '-o', path('out.ts')]],
  ])('%s', async (_command, args) => {
    await fails(args, code);
  });

  test('is reported by check on stdout', async () => {
    const { code: exit, out } = await invoke(['check', path(name)]);
    expect(exit).toBe(1);
    expect(out).toMatch(new RegExp(`^error\\[${code}\\]`));
  });

  test('is refused as a document', async () => {
    // The size limit of documents differs from the limit of sources. The sparse file is 100 MB of zeros.
    await fails(['run', model, '-i', path(name)], code);
  });
});

test('standard input that is empty or binary is refused', async () => {
  await fails(['compile', '-', '-o', path('out.onnx')], 'D510');
  await fails(['run', model, '-i', '-'], 'D509', 'a\0b');
});

test('mistakes in the source are reported', async () => {
  const err = await fails(
    ['compile', '-', '-o', path('out.onnx')],
    'D205',
    'model A {\n  width 10\n  heads 4\n}\n',
  );
  expect(err).toContain('<stdin>:3:');
});

test('an unknown model is reported', async () => {
  const err = await fails(['compile', model, '-m', 'Smal', '-o', path('out.onnx')], 'D555');
  expect(err).toContain("did you mean 'Small'?");
  await fails(['compile', '-', '-o', path('out.onnx')], 'D555', '// nothing\n');
});

test('an entry that the model lacks is reported', async () => {
  await fails(['compile', model, '-m', 'Reader', '-e', 'forward', '-o', path('out.onnx')], 'D401');
});

describe('a model and a source that are exchanged', () => {
  test('an ONNX model instead of a text is recognised by its bytes', async () => {
    await invoke(['compile', model, '-m', 'Reader', '-o', path('reader.onnx'), '-q']);
    const bytes = readFileSync(path('reader.onnx'));
    // One model has another extension, one exceeds the size limit of sources, one is text except for its first byte.
    writeFileSync(path('reader.bin'), bytes);
    writeFileSync(path('long.onnx'), Buffer.concat([bytes, Buffer.alloc(9_000_000)]));
    writeFileSync(path('short.onnx'), '\x08\x07\x12\x05maker');
    for (const file of ['reader.onnx', 'reader.bin', 'long.onnx', 'short.onnx'])
      for (const args of [
        ['compile', path(file), '-o', path('out.onnx')],
        ['report', path(file)],
        ['fmt', path(file)],
        ['types', path(file)],
        ['run', model, '-i', path(file)],
      ]) {
        // A document may be longer than a source.
        if (args[0] === 'run' && file === 'long.onnx') continue;
        const err = await fails(args, 'D509');
        expect(err).toContain(`${path(file)} is an ONNX model, but a text is expected here`);
        expect(err).toContain('inspect, run, check and diff read a model');
      }
    const stdin = (await invoke(['report', '-'], { stdin: bytes })).err;
    expect(stdin).toContain('<stdin> is an ONNX model');
  });

  test('a text instead of an ONNX model is recognised', async () => {
    writeFileSync(path('source.onnx'), MODEL);
    for (const args of [
      ['inspect', model],
      ['inspect', path('source.onnx')],
      ['run', path('source.onnx'), '-i', path('document.txt')],
      ['diff', path('source.onnx'), model],
    ]) {
      const err = await fails(args, 'D551');
      expect(err).toContain('is a text, but an ONNX model is expected here');
      expect(err).toContain('run, check and diff read a source');
    }
    const { code, out } = await invoke(['check', path('source.onnx')]);
    expect(code).toBe(1);
    expect(out).toContain('error[D551]');
  });
});

describe('weights', () => {
  const compiled = (file: string) => ['compile', model, '-o', path('out.onnx'), '-w', path(file)];
  const bytes = readFileSync(path('model.safetensors'));

  test('are refused if they are missing, a folder, empty, or not safetensors', async () => {
    await fails(compiled('nothing.safetensors'), 'D501');
    await fails(compiled('folder'), 'D5\\d\\d');
    await fails(compiled('empty'), 'D5\\d\\d');
    await fails(compiled('binary'), 'D515');
  });

  test('are refused if they are truncated', async () => {
    writeFileSync(path('short.safetensors'), bytes.subarray(0, bytes.length - 100));
    await fails(compiled('short.safetensors'), 'D516');
  });

  test('are refused if their shapes differ or some are missing', async () => {
    const flipped = specs.map((spec): WeightSpec => ({ ...spec, shape: spec.shape.toReversed() }));
    await writeSafetensors(path('flipped.safetensors'), flipped, randomWeights(0));
    await fails(compiled('flipped.safetensors'), 'D519');
    await writeSafetensors(path('half.safetensors'), specs.slice(5), randomWeights(0));
    await fails(compiled('half.safetensors'), 'D518');
  });

  test('are refused if they contain NaN, which is found while the artifact is written', async () => {
    const nan = Buffer.from(bytes);
    nan.writeFloatLE(Number.NaN, nan.length - 4);
    writeFileSync(path('nan.safetensors'), nan);
    await fails(compiled('nan.safetensors'), 'D521');
    await fails(['run', model, '-i', path('document.txt'), '-w', path('nan.safetensors')], 'D521');
  });

  test('are refused if they exceed float16, which is found while the artifact is written', async () => {
    const large = Buffer.from(bytes);
    large.writeFloatLE(70_000, large.length - 4);
    writeFileSync(path('large.safetensors'), large);
    const half = ['--precision', 'fp16', '--target', 'webgpu', '--no-error-report'];
    const err = await fails([...compiled('large.safetensors'), ...half], 'D402');
    expect(err).toContain(`${specs.at(-1)!.name} contains 70000`);
  });
});

describe('output', () => {
  test('is refused in a missing folder, or in place of a folder', async () => {
    await fails(['compile', model, '-o', path('no/such/out.onnx')], 'D501');
    mkdirSync(path('taken/Tiny.onnx'), { recursive: true });
    await fails(['compile', model, '-o', path('taken')], 'D503');
    await fails(['types', model, '-o', path('no/such/out.ts')], 'D501');
  });

  test.runIf(existsSync('/dev/full'))('a full disk', async () => {
    const err = await fails(['compile', model, '--single-file', '-o', '/dev/full'], 'D505');
    expect(err).toContain('no space is left on the disk');
    await fails(['types', model, '-o', '/dev/full'], 'D505');
  });

  test('does not replace an old file if writing fails', async () => {
    writeFileSync(path('kept.onnx'), 'before');
    await fails(['compile', model, '-o', path('kept.onnx'), '-w', path('nan.safetensors')], 'D521');
    expect(readFileSync(path('kept.onnx'), 'utf8')).toBe('before');
  });
});

describe('models', () => {
  const run = (file: string) => ['run', path(file), '-i', path('document.txt')];

  test('are refused if they are missing, empty, not ONNX, or truncated', async () => {
    await fails(run('nothing.onnx'), 'D501');
    for (const name of ['empty', 'binary', 'document.txt']) {
      writeFileSync(path(`${name}.onnx`), readFileSync(path(name)));
      await fails(run(`${name}.onnx`), 'D551');
      await fails(['inspect', path(`${name}.onnx`)], 'D551');
    }
  });

  test('are refused if their data is truncated, too', async () => {
    await invoke(['compile', model, '-o', path('whole.onnx')]);
    const whole = readFileSync(path('whole.onnx'));
    writeFileSync(path('half.onnx'), whole.subarray(0, whole.length / 2));
    const err = await fails(run('half.onnx'), 'D5[45]1');
    expect(err).toMatch(
      /is not an ONNX model: \w+\.graph at byte \d+ claims \d+ bytes, but only \d+ are left/,
    );
    const data = await open(path('whole.onnx.data'), 'r+');
    await data.truncate(1000);
    await data.close();
    await fails(run('whole.onnx'), 'D541');
    expect((await invoke(['inspect', path('whole.onnx')])).out).toContain(
      'too short: it has 1000 bytes, but the model needs',
    );
  });
});

test('a file that is not a tokenizer is refused', async () => {
  const args = ['compile', model, '-o', path('out.onnx'), '--tokenizer'];
  await fails([...args, path('document.txt')], 'D530');
  await fails([...args, path('nothing.json')], 'D501');
});

test('with --json the error is JSON on stdout', async () => {
  const { code, out, err } = await invoke(['compile', path('nothing.ben'), '--json']);
  expect({ code, err }).toEqual({ code: 1, err: '' });
  expect(JSON.parse(out)).toMatchObject({ diagnostics: [{ code: 'D501', severity: 'error' }] });
});

describe('an output that would replace its input', () => {
  const refused = async (args: readonly string[], kept: string): Promise<void> => {
    const before = readFileSync(kept);
    const { code, err } = await invoke(args);
    expect([code, err]).toEqual([2, expect.stringContaining('would overwrite')]);
    expect(readFileSync(kept).equals(before)).toBe(true);
  };

  test('is refused: the source, a link to it, its data file, the calibration text', async () => {
    const source = path('own.ben');
    writeFileSync(source, MODEL);
    await refused(['compile', source, '-o', source], source);
    await refused(['types', source, '-o', source], source);
    symlinkSync(source, path('link.onnx'));
    await refused(['compile', source, '-o', path('link.onnx')], source);
    const data = path('x.onnx.data');
    writeFileSync(data, MODEL);
    await refused(['compile', data, '-o', path('x.onnx')], data);
    const text = path('text.txt');
    writeFileSync(text, 'some words');
    await refused(['compile', source, '-p', 'int8', '--calibrate', text, '-o', text], text);
    const weights = path('model.safetensors');
    await refused(['compile', model, '--weights', weights, '-o', weights], weights);
  });
});

test('an internal error: a short message, the stack in a file, exit 3', async () => {
  const broken = {
    name: 'break',
    summary: 'break',
    args: [],
    options: [],
    examples: [],
    load: () => Promise.resolve({ run: () => Promise.reject(new TypeError('x is not a function\nat y')) }),
  };
  const { code, out, err } = await invoke(['break'], {
    commands: [broken],
    env: { BENBEN_LOG: path('folder') },
  });
  expect({ code, out }).toEqual({ code: 3, out: '' });
  expect(err).toMatch(/^internal error: x is not a function\nThis is a bug of Benben \d/);
  expect(err).not.toMatch(/\n\s+at /);
  const log = readFileSync(err.match(/^.*benben-error-\w+\.log$/m)![0], 'utf8');
  expect(log).toContain('benben break');
  expect(log).toMatch(/TypeError: x is not a function[\s\S]*\n\s+at /);
});
