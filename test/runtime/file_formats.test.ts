/** Files of other well-known formats are called what they are, wherever a source, a model or weights are expected. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkFile } from '../../runtime/check/index.ts';
import { readTextFile } from '../../runtime/files.ts';
import { openSafetensors } from '../../runtime/weights/safetensors.ts';
import { temporaryFolder } from './tiny_artifact.ts';

const folder = temporaryFolder();

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
const pad = (text: string): string => text.padEnd(600, '\0');

const FILES: readonly (readonly [name: string, head: string, found: string])[] = [
  [
    'safetensors',
    `${String.fromCharCode(header.length)}\0\0\0\0\0\0\0${header}\0\0\0\0`,
    'a safetensors file',
  ],
  ['zip', pad(`PK\x03\x04${'\0'.repeat(26)}archive/data.pkl`), 'a zip file, as PyTorch’s .pt'],
  ['npz', pad(`PK\x03\x04${'\0'.repeat(26)}w.npy`), 'a NumPy file'],
  ['npy', pad('\x93NUMPY\x01\0'), 'a NumPy file'],
  ['pickle', pad('\x80\x02}q\0(X'), 'a Python pickle'],
  ['GGUF', pad('GGUF\x03\0\0\0'), 'a GGUF file'],
  ['TFLite', pad('\x1c\0\0\0TFL3'), 'a TensorFlow Lite model'],
  ['HDF5', pad('\x89HDF\r\n\x1a\n'), 'an HDF5 file'],
  ['ORT', pad('\x30\0\0\0ORTM'), 'a model in ONNX Runtime’s own format'],
  ['HTML', '\n<!doctype html><html><body>Sign in</body></html>', 'a web page'],
  ['gzip', pad('\x1f\x8b\x08\0'), 'a file that is compressed with gzip'],
  ['tar', pad(`${'model.onnx'.padEnd(257, '\0')}ustar`), 'a tar archive'],
];

describe.each(FILES)('%s', (name, text, found) => {
  const path = join(folder, `${name}.onnx`);
  writeFileSync(path, bytes(text));
  test('for an ONNX model', async () => {
    const [only, ...others] = await checkFile(path);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ code: 'D551', message: expect.stringContaining(`it is ${found}`) });
    expect(only!.help).toBeTruthy();
  });
  test('for a source', async () => {
    const { value, diagnostics } = await readTextFile(path, 1 << 20);
    expect(value).toBeUndefined();
    expect(diagnostics).toMatchObject([
      { code: 'D509', message: expect.stringContaining(`it is ${found}`), help: expect.any(String) },
    ]);
  });
});

test('a checkpoint of PyTorch, for weights: one line of Python converts it', async () => {
  const path = join(folder, 'zip.onnx');
  const { diagnostics } = await openSafetensors(path);
  expect(diagnostics).toMatchObject([{ code: 'D515', message: expect.stringContaining('PyTorch') }]);
  expect(diagnostics[0]!.help).toMatch(
    /python -c "import sys, torch, safetensors\.torch as s; .*" OLD\.pt NEW\.safetensors$/,
  );
});
