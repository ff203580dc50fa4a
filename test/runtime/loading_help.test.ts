/** The advice of D541 depends on what is wrong with the file that ONNX Runtime rejects. */
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compile, loadModel, randomWeights, write } from '../../index.ts';
import { openingFailure } from '../../runtime/session_errors.ts';
import type { ModelProto } from '../onnx_messages.ts';
import { decodeModelProto, encodeModelProto } from '../onnx_messages.ts';
import { SOURCE, temporaryFolder } from './tiny_artifact.ts';

const folder = temporaryFolder();
const encoder = compile(SOURCE, { entry: 'encode' }).value!;

/** The diagnostic for loading a valid artifact after it was damaged. */
async function refusalOf(name: string, harm: (path: string) => void) {
  mkdirSync(join(folder, name));
  const path = join(folder, name, 'm.onnx');
  expect((await write(encoder, path, { weights: randomWeights(0) })).diagnostics).toEqual([]);
  harm(path);
  const { value, diagnostics } = await loadModel(path, { device: 'cpu' });
  expect(value).toBeUndefined();
  expect(diagnostics).toHaveLength(1);
  return { ...diagnostics[0]!, path };
}

const changed = (change: (model: ModelProto) => ModelProto) => (path: string) =>
  writeFileSync(path, encodeModelProto(change(decodeModelProto(readFileSync(path)))));

const opset = (version: number) =>
  changed((model) => ({
    ...model,
    opsetImport: model.opsetImport.map((one) => (one.domain ? one : { ...one, version })),
  }));

test.each<[string, (path: string) => void, RegExp]>([
  [
    'without its data',
    (path) => rmSync(`${path}.data`),
    /^m\.onnx\.data is missing: keep the `\.onnx\.data`/,
  ],
  [
    'data cut off',
    (path) => truncateSync(`${path}.data`, 100),
    /^its data file is incomplete or belongs to another/,
  ],
  [
    'a newer format',
    changed((model) => ({ ...model, irVersion: 99 })),
    /newer ONNX Runtime than this one: update/,
  ],
  ['newer operators', opset(99), /newer ONNX Runtime than this one: update onnxruntime-node/],
  [
    'an unknown operator',
    changed((model) => ({
      ...model,
      graph: {
        ...model.graph!,
        node: model.graph!.node!.map((node, i) => (i === 3 ? { ...node, opType: 'Frobnicate' } : node)),
      },
    })),
    /^this ONNX Runtime has no operator Frobnicate: compile the model again with this version/,
  ],
  [
    'a removed node',
    changed((model) => ({ ...model, graph: { ...model.graph!, node: model.graph!.node!.slice(1) } })),
    /^its graph is inconsistent, .*: compile the model again$/,
  ],
])('%s', async (name, harm, help) => {
  const refused = await refusalOf(name.replaceAll(' ', '_'), harm);
  expect(refused.code).toBe('D541');
  expect(refused.help).toMatch(help);
  // The message names the file once, and no source file of ONNX Runtime.
  expect(refused.message.startsWith(`cannot load ${refused.path}: `)).toBe(true);
  expect(refused.message).not.toMatch(/onnxruntime::|\.cc:\d|Load model from|\[ONNXRuntimeError\]/);
});

test('an unknown message gives the advice to run `benben doctor`', () => {
  expect(openingFailure('m.onnx', 'cpu', 'something new').help).toMatch(/^`benben doctor` says/);
});
