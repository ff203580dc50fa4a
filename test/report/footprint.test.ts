/** Compares the bytes of a model with the file that `compile` writes, and with sums over its weights' shapes. */

import { describe, expect, test } from 'vitest';
import { encodeModel } from '../../compiler/emit/index.ts';
import { decodeModelProto } from '../../compiler/onnx/decode.ts';
import type { TensorProto } from '../../compiler/onnx/model.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import { compile, type Precision, parse, randomWeights } from '../../index.ts';
import { PRECISIONS } from '../../passes/index.ts';
import { footprint } from '../../report/footprint.ts';
import { measure } from '../../report/measured.ts';
import { reportAt } from '../../report/report.ts';
import { emitArtifact } from '../../runtime/write.ts';

const text = (decoder: string, more = ''): string => `model A {
  vocabulary 90
  width 64
  heads 4
  ffn 192
  ${more}
  encoder {
    attention block(16)
    schedule 64, 64, 16 -> 8
  }
  ${decoder}
}`;

const MODELS = {
  'shared embeddings': text('decoder { layers 2; target 12 }'),
  'embeddings apart, positions in the decoder': text(
    'decoder { layers 1; target 40; positions sinusoidal }\n  share none',
    'norm pre',
  ),
  'an encoder': text(''),
};

const total = (groups: Readonly<Record<string, bigint>>): bigint =>
  Object.values(groups).reduce((a, b) => a + b, 0n);

/** The bytes of all initializers in a file, except sunk scorers and tables of positions. */
function bytesInFile(
  source: string,
  precision: Precision,
): { readonly weights: bigint; readonly params: number } {
  const target = precision === 'fp16' ? 'cuda' : 'cpu';
  const { value } = compile({ path: 'a.ben', text: source }, { precision, target });
  const emitted = emitArtifact(value!, 'a.onnx', { weights: randomWeights(0) });
  const { graph } = decodeModelProto(encodeModel(emitted));
  const lengthOf = ({ externalData }: TensorProto): bigint =>
    BigInt(externalData?.find(({ key }) => key === 'length')?.value ?? 0);
  const all = graph!.initializer.filter((t) => lengthOf(t) > 0n);
  const tables = all.filter((t) => {
    const [rows, width] = (t.dims ?? []).map(Number);
    return width === 64 && (rows === 64 + 2 || rows === 40 + 3);
  });
  // With norms before branches, the scorer is also applied to the hidden rows of the feed-forward network: [1, 192] and [1].
  const sunk = all.filter(({ name }) => name!.includes('pool.scorer/'));
  expect(sunk).toHaveLength(source.includes('norm pre') ? 4 : 0);
  const sum = (some: readonly TensorProto[]) => some.reduce((a, t) => a + lengthOf(t), 0n);
  const params = value!.weights.reduce((a, { shape }) => a + shape.reduce((x, y) => x * y, 1), 0);
  expect(tables).toHaveLength(source.includes('positions sinusoidal') ? 2 : 1);
  return { weights: sum(all) - sum(tables) - sum(sunk), params };
}

describe.each(Object.entries(MODELS))('%s', (_, source) => {
  const spec = parse({ path: 'a.ben', text: source }).value!.models[0]!;

  test.each(PRECISIONS)('the bytes of weights in %s are those of the file', (precision) => {
    const groups = footprint.weights(spec, precision);
    const { weights } = bytesInFile(source, precision);
    // A sunk scorer's bias becomes part of another number, and one of the biases is also stored as a float.
    if (source.includes('norm pre')) expect(Number(total(groups))).toBeCloseTo(Number(weights), -3);
    else expect(total(groups)).toBe(weights);
    expect(groups.other, 'every weight is in a group').toBeUndefined();
  });

  test('weights have 4 bytes each, or 2 in float16 except in the two scorers', () => {
    const { params } = bytesInFile(source, 'fp32');
    expect(total(footprint.weights(spec, 'fp32'))).toBe(4n * BigInt(params));
    const scorers = 2 * (64 + 1);
    expect(total(footprint.weights(spec, 'fp16'))).toBe(BigInt(2 * (params - scorers) + 4 * scorers));
  });

  test('the most activations at once are at least the hidden rows of a layer, for every document', () => {
    const lengths = { length: 64, target: 12, batch: 1 };
    const one = footprint.activations(spec, lengths, 'fp32').bytes;
    expect(one).toBeGreaterThanOrEqual(64n * 192n * 4n);
    const five = footprint.activations(spec, { ...lengths, batch: 5 }, 'fp32').bytes;
    expect(five).toBeGreaterThanOrEqual(5n * 64n * 192n * 4n);
    expect(footprint.activations(spec, lengths, 'fp16').bytes).toBeLessThan(one);
  });

  test('a step of training keeps the hidden rows of every layer, for every document', () => {
    const lengths = { length: 64, target: 12, batch: 1 };
    const rows = spec.encoder.layers.reduce((sum, { consumes }) => sum + BigInt(consumes), 0n);
    const words = BigInt(12 * (spec.decoder?.layers ?? 0));
    const hidden = (rows + words) * 192n * 4n;
    const one = footprint.training(spec, lengths).bytes;
    expect(one).toBeGreaterThan(hidden);
    const five = footprint.training(spec, { ...lengths, batch: 5 }).bytes;
    expect(five).toBeGreaterThan(5n * hidden);
    expect(five).toBeGreaterThan(footprint.activations(spec, { ...lengths, batch: 5 }, 'fp32').bytes);
  });

  test('every weight is read, except unused rows of embeddings, and float16 moves fewer bytes', () => {
    const lengths = { length: 64, target: 12, batch: 1 };
    const [whole, half] = (['fp32', 'fp16'] as const).map((one) => footprint.execution(spec, lengths, one));
    const { embeddings, ...others } = footprint.weights(spec, 'fp32');
    const read = whole!.encoder.read + (whole!.decoder?.read ?? 0n);
    expect(read).toBeGreaterThan(total(others));
    expect(embeddings).toBeGreaterThan(0n);
    expect(half!.encoder.written).toBeLessThan(whole!.encoder.written);
    expect(whole!.decoder === null).toBe(spec.decoder === undefined);
  });
});

describe('multiplications of the compiled model', () => {
  const specOf = (norm: string): ModelSpec => {
    const text = `model A { vocabulary 50; width 16; heads 2; ffn 32; norm ${norm}
      encoder { schedule 64, 16; attention block(16) } }`;
    return parse({ path: 'a.ben', text }).value!.models[0]!;
  };
  const lengths = { length: 64, target: 1, batch: 1 };
  const compiledMacs = (spec: ModelSpec): bigint => footprint.execution(spec, lengths, 'fp32').encoder.macs;
  const lowered = (spec: ModelSpec): bigint => reportAt(measure(spec), lengths).macs.count;

  test('norm pre: the last linear before a pooling runs on 16 rows instead of 64; its input is scored and pooled, too', () => {
    const spec = specOf('pre');
    const [rows, kept, width, ffn] = [64n, 16n, 16n, 32n];
    expect(lowered(spec) - compiledMacs(spec)).toBe((rows - kept) * ffn * width - 2n * rows * ffn);
  });

  test('norm post: no linear can move, so they are those of the report', () => {
    expect(compiledMacs(specOf('post'))).toBe(lowered(specOf('post')));
  });
});
