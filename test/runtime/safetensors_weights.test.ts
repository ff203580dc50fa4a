import { describe, expect, test } from 'vitest';
import type { WeightSpec } from '../../compiler/ir/weights.ts';
import { safetensorsWeights } from '../../runtime/weights/safetensors_weights.ts';
import { collect, file, good, spec, thrown, useFolder } from './safetensors_files.ts';

useFolder();

describe('weights of a model', () => {
  const wanted = [spec('encoder.layers.0.fc1.weight', 3, 2), spec('encoder.layers.0.fc1.bias', 3)];

  test('are found by name', async () => {
    const path = good({ 'encoder.layers.0.fc1.weight': [3, 2], 'model.encoder.layers.0.fc1.bias': [3] });
    const { value, diagnostics } = await safetensorsWeights(path, wanted);
    expect(diagnostics).toEqual([]);
    expect(value).toMatchObject({ label: path, random: false });
    expect(await collect(value!.read(wanted[0]!))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await collect(value!.read(wanted[1]!))).toEqual([6, 7, 8]);
    expect((await thrown((async () => collect(value!.read(spec('other', 1))))())).code).toBe('D518');
  });

  test('missing ones are named together, with the nearest name', async () => {
    const { value, diagnostics } = await safetensorsWeights(
      good({ 'encoder.layer.0.fc1.weight': [3, 2] }),
      wanted,
    );
    expect(value).toBeUndefined();
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ code: 'D518', severity: 'error' });
    expect(diagnostics[0]!.message).toMatch(
      /lacks 2 tensors of the model: 'encoder.layers.0.fc1.weight' \[3, 2\], 'encoder.layers.0.fc1.bias' \[3\]$/,
    );
    expect(diagnostics[0]!.help).toMatch(/most similar to .* is 'encoder.layer.0.fc1.weight'/);
  });

  test('wrong shapes, wrong types and missing tensors are reported together', async () => {
    const many = [...wanted, ...Array.from({ length: 9 }, (_, i) => spec(`m${i}`, 1)), spec('t', 1)];
    const path = file(
      {
        'encoder.layers.0.fc1.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
        'encoder.layers.0.fc1.bias': { dtype: 'F32', shape: [1], data_offsets: [24, 28] },
        t: { dtype: 'I32', shape: [1], data_offsets: [28, 32] },
      },
      new Uint8Array(32),
    );
    const { diagnostics } = await safetensorsWeights(path, many);
    expect(diagnostics.map(({ code }) => code)).toEqual(['D518', 'D519', 'D520']);
    expect(diagnostics[0]!.message).toMatch(/9 tensors .* and 4 more$/);
    expect(diagnostics[1]!.message).toMatch(
      /'encoder.layers.0.fc1.weight' should be \[3, 2\], but is \[2, 3\] \(its transpose\), 'encoder.layers.0.fc1.bias' should be \[3\], but is \[1\]/,
    );
  });

  test('unused tensors give a warning, but not those that fairseq always writes', async () => {
    const path = good({
      'encoder.layers.0.fc1.weight': [3, 2],
      'encoder.layers.0.fc1.bias': [3],
      'encoder.version': [1],
      'decoder.embed_positions._float_tensor': [1],
      'encoder.embed_positions.weights': [2, 2],
      'encoder.pooler.scorer.4.weight': [1, 2],
      'extra.weight': [1],
    });
    const { value, diagnostics } = await safetensorsWeights(path, wanted);
    expect(value).toBeDefined();
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['D523', 'warning']]);
    expect(diagnostics[0]!.message).toMatch(/a tensor that the model does not use: 'extra.weight'$/);
  });

  test('names of older versions are understood', async () => {
    const d = 2;
    const attention = 'decoder.layers.1.encoder_attn';
    const specs = [
      ...[...'qkv'].flatMap((p) => [
        spec(`${attention}.${p}_proj.weight`, d, d),
        spec(`${attention}.${p}_proj.bias`, d),
      ]),
      ...['self_attn', 'encoder_attn', 'final'].map((n) =>
        spec(`decoder.layers.1.${n}_layer_norm.weight`, d),
      ),
      ...['self_attn', 'final'].map((n) => spec(`encoder.layers.1.${n}_layer_norm.bias`, d)),
    ];
    const path = good({
      [`${attention}.in_proj_weight`]: [3 * d, d],
      [`${attention}.in_proj_bias`]: [3 * d],
      ...Object.fromEntries([0, 1, 2].map((i) => [`decoder.layers.1.layer_norms.${i}.weight`, [d]])),
      ...Object.fromEntries([0, 1].map((i) => [`encoder.layers.1.layer_norms.${i}.bias`, [d]])),
    });
    const { value, diagnostics } = await safetensorsWeights(path, specs);
    expect(diagnostics).toEqual([]);
    const values = await Promise.all(specs.map((one) => collect(value!.read(one))));
    expect(values).toEqual([
      ...[
        [0, 1, 2, 3],
        [12, 13],
        [4, 5, 6, 7],
        [14, 15],
        [8, 9, 10, 11],
        [16, 17],
      ],
      ...[
        [18, 19],
        [20, 21],
        [22, 23],
        [24, 25],
        [26, 27],
      ],
    ]);
    const wrong = await safetensorsWeights(good({ [`${attention}.in_proj_bias`]: [4] }), [specs[1]!]);
    expect(wrong.diagnostics[0]!.message).toMatch(/in_proj_bias' should be \[6\], but is \[4\]/);
  });

  test('shared embeddings may be stored once or often, but not differently', async () => {
    const matrix = (name: string, rows: number, side: WeightSpec['side']): WeightSpec => ({
      ...spec(`${name}.embed_tokens.weight`, rows, 2),
      group: 'embeddings',
      side,
    });
    const bias: WeightSpec = { ...spec('decoder.layers.0.fc1.bias', 1), side: 'decoder' };
    const shared = [matrix('encoder', 4, null), bias];
    const once = good({ 'decoder.layers.0.fc1.bias': [1], 'decoder.output_projection.weight': [4, 2] });
    const found = await safetensorsWeights(once, shared);
    expect(found.diagnostics).toEqual([]);
    expect(await collect(found.value!.read(shared[0]!))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);

    const stored = (second: readonly number[]): string => {
      const numbers = Float32Array.of(9, 1, 2, ...second);
      return file(
        {
          'decoder.layers.0.fc1.bias': { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
          'encoder.embed_tokens.weight': { dtype: 'F32', shape: [1, 2], data_offsets: [4, 12] },
          'decoder.embed_tokens.weight': { dtype: 'F32', shape: [1, 2], data_offsets: [12, 20] },
        },
        new Uint8Array(numbers.buffer),
      );
    };
    const small = [matrix('encoder', 1, null), bias];
    expect((await safetensorsWeights(stored([1, 2]), small)).diagnostics).toEqual([]);
    const differ = await safetensorsWeights(stored([1, 3]), small);
    expect(differ.value).toBeUndefined();
    expect(differ.diagnostics.map(({ code }) => code)).toEqual(['D524']);

    // A model without sharing reads each matrix under its own name.
    const own = [matrix('encoder', 1, 'encoder'), matrix('decoder', 1, 'decoder'), bias];
    const untied = await safetensorsWeights(stored([1, 3]), own);
    expect(untied.diagnostics).toEqual([]);
    expect(await collect(untied.value!.read(own[1]!))).toEqual([1, 3]);

    // An encoder alone does not read the decoder's copy. This depends on the sides of the weights, not on their names.
    const alone = [small[0]!, { ...bias, side: 'encoder' as const }];
    expect((await safetensorsWeights(stored([1, 3]), alone)).diagnostics).toEqual([]);
  });
});
