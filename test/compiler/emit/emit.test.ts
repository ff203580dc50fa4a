/** Tests the structure of artifacts: functions, overloads, types of values, external data, reproducible bytes. */
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import {
  type Emitted,
  emit,
  encodeModel,
  encodeSingleFile,
  streamData,
} from '../../../compiler/emit/index.ts';
import { createBuilder } from '../../../compiler/ir/build.ts';
import { type } from '../../../compiler/ir/graph.ts';
import { interpret } from '../../../compiler/ir/interpret.ts';
import { tensor } from '../../../compiler/ir/tensors.ts';
import { type Entry, lower } from '../../../compiler/model/index.ts';
import { decodeModelProto } from '../../../compiler/onnx/decode.ts';
import type { NodeProto, ValueInfoProto } from '../../../compiler/onnx/model.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { softTopk } from '../../../compiler/ops/soft_topk.ts';
import { base } from '../../oracle/fixtures.ts';
import { specOf } from '../../parity/systems.ts';
import { graphOf } from '../ir/graphs.ts';
import { deviation, weightByName } from '../ops/samples.ts';
import { runOnnx, weightSource } from './onnx.ts';

const emitEntry = (entry: Entry, options: { inline?: boolean; dataFile?: string } = {}): Emitted =>
  emit(lower(specOf(base), { entry }).value!, {
    ops: OPS,
    metadata: { 'benben.model': 'X' },
    version: '1',
    ...options,
  });

const decode = (emitted: Emitted) => decodeModelProto(encodeModel(emitted));

describe('functions', () => {
  test('one function serves every layer and every k, and the nodes that call it have the attributes', () => {
    const model = decode(emitEntry('encode'));
    expect(model.functions.map((f) => f.name)).toEqual(['BlockAttention', 'SoftTopK']);
    const nodes = model.graph!.node!.filter((n) => n.domain === 'ai.benben');
    expect(nodes.map((n) => n.opType)).toEqual([
      'BlockAttention',
      'BlockAttention',
      'SoftTopK',
      'BlockAttention',
      'SoftTopK',
    ]);
    const k = nodes
      .filter((n) => n.opType === 'SoftTopK')
      .map((n) => Number(n.attribute!.find((a) => a.name === 'k')!.i));
    expect(k).toEqual([8, 3]);
  });

  test('it also serves a document of one block, for which two lengths are equal that otherwise differ', () => {
    const [attention, pool] = [
      { kind: 'block', size: 8 } as const,
      base.encoder.layers.find((l) => l.pool)!.pool!,
    ];
    const layers = [
      { consumes: 16, emits: 8, attention, pool },
      { consumes: 8, emits: 3, attention, pool },
    ];
    const spec = specOf({ ...base, encoder: { ...base.encoder, layers } });
    const emitted = emit(lower(spec, { entry: 'encode' }).value!, { ops: OPS, metadata: {}, version: '1' });
    expect(emitted.functions.map((f) => f.name)).toEqual(['BlockAttention', 'SoftTopK']);
  });

  test('options that change the body make overloads, which ONNX Runtime distinguishes', async () => {
    const b = createBuilder('two');
    const [x, score] = [b.input('x', type('f32', 1, 'n', 2)), b.input('score', type('f32', 1, 'n'))];
    for (const order of ['position', 'score'])
      b.output(`by_${order}`, b.many(softTopk, [x, score, null], { k: 2, order })[0]!);
    const emitted = emit(b.done(), { ops: OPS, metadata: {}, version: '1' });
    expect(emitted.functions.map((f) => f.overload)).toEqual([undefined, 'variant2']);
    const session = await InferenceSession.create(await encodeSingleFile(emitted, weightSource));
    const { Tensor } = await import('onnxruntime-node');
    const out = await session.run({
      x: new Tensor('float32', [1, 1, 2, 2, 3, 3, 4, 4], [1, 4, 2]),
      score: new Tensor('float32', [0.1, 0.8, 0.2, 0.9], [1, 4]),
    });
    const rounded = (name: string): number[] => Array.from(out[name]!.data as Float32Array, Math.round);
    expect(rounded('by_position')).toEqual([2, 2, 4, 4]);
    expect(rounded('by_score')).toEqual([4, 4, 2, 2]);
    await session.release();
  });

  test('--inline leaves no function', () => {
    const model = decode(emitEntry('generate', { inline: true }));
    expect(model.functions).toEqual([]);
    expect(model.graph!.node!.filter((n) => n.domain)).toEqual([]);
  });
});

test('nodes of a loop write its results directly, so nothing is copied at the end of an iteration', () => {
  const loop = decode(emitEntry('generate')).graph!.node!.find((node) => node.opType === 'Loop')!;
  const body = loop.attribute!.find(({ name }) => name === 'body')!.g!;
  expect(body.output!.length).toBeGreaterThan(8);
  expect(body.node!.filter((node) => node.opType === 'Identity')).toEqual([]);
});

test('a result from outside the loop, or one that is yielded twice, gets its second name from an Identity node', async () => {
  const graph = graphOf(`graph g(x: %0 f32[n]) {
  %1: i64[] = constant() {value: i64[](2)}
  %2: f32[n], %3: f32[n], %4: f32[n], %5: f32[rounds, n] = loop(%1, -, %0, %0, %0) (%6: i64[], %7: f32[n], %8: f32[n], %9: f32[n]) {
    %10: bool[] = constant() {value: bool[](1)}
    %11: f32[n] = tanh(%7)
    yield %10, %11, %11, %0, %7
  }
  return a: %2, b: %3, c: %4, d: %5
}`);
  const x = tensor('f32', [2], [0.5, -1]);
  const want = interpret(graph, { x }, weightByName, OPS);
  const got = await runOnnx(graph, { x });
  for (const [name, t] of Object.entries(want)) expect(deviation(got[name]!, t), name).toBeTypeOf('number');
});

describe('the file', () => {
  test.each(['encode', 'forward', 'generate', 'step'] as const)('%s: every value has a type', (entry) => {
    const emitted = emitEntry(entry);
    const untyped = (nodes: readonly NodeProto[], known: readonly ValueInfoProto[]): string[] => {
      const names = new Set(known.map((v) => v.name));
      return nodes.flatMap((node) => {
        const inner = node.attribute?.find((a) => a.g)?.g;
        const below = inner ? untyped(inner.node!, [...inner.valueInfo!, ...inner.output!]) : [];
        const typed =
          node.opType === 'Constant' ? [] : node.output!.filter((name) => name && !names.has(name));
        return [...typed, ...below];
      });
    };
    const { graph, functions } = emitted;
    expect(untyped(graph.node!, [...graph.valueInfo!, ...graph.output!])).toEqual([]);
    for (const f of functions) expect(untyped(f.node!, f.valueInfo!)).toEqual([]);
  });

  test('the same source gives the same bytes', async () => {
    const [a, b] = [
      emitEntry('generate', { dataFile: 'm.data' }),
      emitEntry('generate', { dataFile: 'm.data' }),
    ];
    expect(Buffer.from(encodeModel(a)).equals(encodeModel(b))).toBe(true);
    const collect = async (e: Emitted): Promise<Buffer> => {
      const pieces: Uint8Array[] = [];
      for await (const piece of streamData(e, weightSource)) pieces.push(piece);
      return Buffer.concat(pieces);
    };
    const data = await collect(a);
    expect(data.equals(await collect(b))).toBe(true);
    expect(data.byteLength).toBe(a.dataBytes);
  });

  test('external data is in the named file, aligned, in order and without overlap', () => {
    const emitted = emitEntry('forward', { dataFile: 'm.onnx.data' });
    let end = 0;
    for (const { offset, bytes } of emitted.placements) {
      expect(offset).toBeGreaterThanOrEqual(end);
      expect(offset % (bytes >= 4096 ? 4096 : 64)).toBe(0);
      end = offset + bytes;
    }
    expect(end).toBe(emitted.dataBytes);
    const external = decode(emitted).graph!.initializer!.filter((t) => t.dataLocation === 1);
    expect(external.length).toBe(emitted.placements.length);
    const keys = Object.fromEntries(external[0]!.externalData!.map(({ key, value }) => [key, value]));
    expect(keys).toEqual({
      location: 'm.onnx.data',
      offset: '0',
      length: String(emitted.placements[0]!.bytes),
    });
  });

  test('metadata, versions and producer', () => {
    const model = decode(emitEntry('encode'));
    expect(model.metadataProps.map(({ key, value }) => [key, value])).toEqual([['benben.model', 'X']]);
    expect(Number(model.irVersion)).toBe(10);
    expect(model.opsetImport.map((o) => [o.domain, Number(o.version)])).toEqual([
      ['', 20],
      ['ai.benben', 1],
    ]);
    expect(model.producerName).toBe('benben');
  });
});
