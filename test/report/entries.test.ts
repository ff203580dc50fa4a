/** Memory is that of the entry that runs, and budgets can name the entry. */
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { parse } from '../../index.ts';
import { graphFootprint } from '../../report/memory/activations.ts';
import { layersProblem } from '../../report/most_layers.ts';
import { checkSource, report } from '../../report/source.ts';

const REAL = `model Real {
  vocabulary 16_000; width 256; heads 4; ffn 512 relu
  encoder { attention block(128); schedule 512 x 2 }
  decoder { layers 4; target 512 }
}
`;
const READER = 'model Reader { width 32; heads 2; encoder { schedule 64 } }\n';

const specs = (text: string) => parse({ path: 'a.ben', text }).value!.models;
const found = (text: string): readonly Diagnostic[] => checkSource({ path: 'a.ben', text }).diagnostics;

describe('the memory of a run', () => {
  /**
   * The most memory that one run on the CPU added to the process (ONNX Runtime 1.32 without its arena, 8 documents of 512
   * tokens, 512 words each).
   */
  test.each([
    ['generate', 135_086_080],
    ['forward', 524_398_592],
  ] as const)('%s is within 1 %% of what a run took', (entry, measured) => {
    const [spec] = specs(REAL);
    const lengths = { length: 512, target: 512, batch: 8 };
    const { bytes } = graphFootprint.activations(spec!, lengths, 'fp32', entry);
    expect(Math.abs(Number(bytes) / measured - 1)).toBeLessThan(0.01);
  });

  test('a report is for the entry that `run` and `compile` use, and names it', () => {
    for (const [text, entry] of [
      [REAL, 'generate'],
      [READER, 'encode'],
    ] as const) {
      const { spec, lengths, memory } = report({ path: 'a.ben', text }).value!.models[0]!.report;
      expect(memory.entry).toBe(entry);
      expect(memory.peakActivationBytes).toBe(graphFootprint.activations(spec, lengths, 'fp32', entry).bytes);
    }
  });

  test('a budget measures that entry, or the one that it names', () => {
    const budgets = (model: string, lines: string): string => `check ${model} {\n${lines}\n}\n`;
    const holds = [
      'peak_memory == peak_memory(entry: generate)',
      'peak_memory < peak_memory(forward)',
      'peak_activations(entry: encode) < peak_activations(entry: forward)',
      // The encoder's graph has none of the decoder's weights.
      'peak_memory(entry: encode) - peak_activations(entry: encode) < weight_bytes',
    ];
    expect(found(REAL + budgets('Real', holds.join('\n')))).toEqual([]);
    expect(found(READER + budgets('Reader', 'peak_memory == peak_memory(entry: encode)'))).toEqual([]);
    expect(found(READER + budgets('Reader', 'peak_memory(entry: generate) <= 1GB'))).toMatchObject([
      { code: 'D217', message: 'Reader has no entry `generate`, because it has no decoder' },
    ]);
    expect(found(REAL + budgets('Real', 'peak_memory(entry: step) <= 1GB'))).toMatchObject([
      { severity: 'error' },
    ]);
  });
});

describe('limits', () => {
  test('a budget whose value stays 0 while its parts get ever more digits ends at once', () => {
    const text = `${READER}check Reader { (macs - macs) * ${Array(100).fill('1.2e-295').join(' * ')} <= 1 }`;
    expect(found(text)).toMatchObject([
      { code: 'D203', message: 'the parts that add up to this value have too many digits' },
    ]);
  });

  test('models with too many layers together are refused', () => {
    const text = Array.from(
      { length: 9 },
      (_, i) => `model M${i} { width 8; heads 1; encoder { schedule 64 x 1024 }; decoder { layers 1024 } }`,
    ).join('\n');
    const all = specs(text);
    expect(layersProblem(all.slice(1), '')).toBeUndefined();
    expect(layersProblem(all, 'choose one')).toMatchObject({
      code: 'D587',
      message: 'the 9 models have 18,432 layers together; at most 16,384 can be counted at once',
      help: 'choose one',
    });
    const sum = all.map(({ name }) => `${name}.macs`).join(' + ');
    expect(found(`${text}\ncheck M0 { ${sum} > 0 }`)).toMatchObject([{ code: 'D587' }]);
  });

  test('a source without a model is a warning', () => {
    expect(found('// nothing\n')).toMatchObject([{ code: 'D555', severity: 'warning' }]);
  });
});
