import { describe, expect, test } from 'vitest';
import { allNodes, type Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { ENTRIES, type Entry, lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { formsIn, PASSES, PIPELINES, replay, runPasses } from '../../passes/index.ts';
import { type Form, formFor, rowsOf, timeOf } from '../../passes/linear_costs.ts';
import type { PassContext, Precision, Target } from '../../passes/pass.ts';
import { quantizeLinears } from '../../passes/quantize_linears.ts';
import { writeReproducer } from '../../passes/reproducer.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { pyramid } from './models.ts';

const context = (precision: Precision, more: Partial<PassContext> = {}): PassContext => ({
  ops: OPS,
  target: 'cpu',
  precision,
  ...more,
});

interface Ran {
  readonly graph: Graph;
  readonly miss: string | undefined;
}

/** Runs the pass with verification, and then again. The second run must change nothing. */
function ran(before: Graph, ctx: PassContext): Ran {
  const { value, diagnostics } = runPasses(before, [quantizeLinears], ctx, { verify: true, misses: true });
  expect(diagnostics).toEqual([]);
  expect(quantizeLinears.run(value!.graph, ctx), 'a second run').toBe(value!.graph);
  return { graph: value!.graph, miss: value!.stats[0]!.rules[0]?.nearest?.reason };
}

const quantized = (text: string, ctx: PassContext): string =>
  `\n${printGraph(ran(graphOf(text), ctx).graph)}`;

const linear = (rows: string, out = 4, place = '') => `graph g(x: %0 f32[${rows}, 32]) {
  param %1 = "w" f32[${out}, 32] uniform(bound: 0.5)
  param %2 = "b" f32[${out}] uniform(bound: 0.5)
  %3: f32[${rows}, ${out}] = linear(%0, %1, %2)  // encoder.fc1${place} @7-9
  return y: %3
}
`;

describe('the result', () => {
  test('int8: weights have a scale for each output; linears of one x share its quantised activations', () => {
    const two = `graph g(x: %0 f32[batch, n, 32]) {
  param %1 = "w" f32[4, 32] uniform(bound: 0.5)
  param %2 = "v" f32[8, 32] uniform(bound: 0.5)
  param %3 = "b" f32[4] uniform(bound: 0.5)
  %4: f32[batch, n, 4] = linear(%0, %1, %3)
  %5: f32[batch, n, 8] = linear(%0, %2, -)
  return y: %4, z: %5
}
`;
    expect(quantized(two, context('int8'))).toMatchInlineSnapshot(`
      "
      graph g(x: %0 f32[batch, n, 32]) {
        param %1 = "w" f32[4, 32] uniform(bound: 0.5)
        param %2 = "v" f32[8, 32] uniform(bound: 0.5)
        param %3 = "b" f32[4] uniform(bound: 0.5)
        %4: i8[32, 4], %5: f32[4] = quantize_channels(%1)
        %6: u8[batch, n, 32], %7: f32[], %8: u8[] = quantize_dynamic(%0)
        %9: f32[batch, n, 4] = linear_dynamic(%6, %7, %8, %4, %5, %3) {kernel: "body"}
        %10: i8[32, 8], %11: f32[8] = quantize_channels(%2)
        %12: f32[batch, n, 8] = linear_dynamic(%6, %7, %8, %10, %11, -) {kernel: "body"}
        return y: %9, z: %12
      }
      "
    `);
  });

  test('int4: weights are quantised in blocks where few rows run', () => {
    expect(quantized(linear('batch, 1'), context('int4'))).toMatchInlineSnapshot(`
      "
      graph g(x: %0 f32[batch, 1, 32]) {
        param %1 = "w" f32[4, 32] uniform(bound: 0.5)
        param %2 = "b" f32[4] uniform(bound: 0.5)
        %3: u8[4, 1, 32], %4: f32[4, 1] = quantize_blocks(%1) {bits: 4, block: 64}  // encoder.fc1 @7-9
        %5: f32[batch, 1, 4] = linear_blockwise(%0, %3, %4, %2) {bits: 4, block: 64, in: 32, out: 4, kernel: "body"}  // encoder.fc1 @7-9
        return y: %5
      }
      "
    `);
  });

  test('a joined weight is quantised as one weight, and each of its parts counts as quantised', () => {
    const text = `graph g(x: %0 f32[batch, 1, 32]) {
  param %1 = "q" f32[4, 32] uniform(bound: 0.5)
  param %2 = "k" f32[4, 32] uniform(bound: 0.5)
  %3: f32[8, 32] = concat(%1, %2) {axis: 0}
  %4: f32[batch, 1, 8] = linear(%0, %3, -)
  return y: %4
}
`;
    const { graph } = ran(graphOf(text), context('int4'));
    expect(formsIn(graph)).toEqual(
      new Map([
        ['q', 'block4'],
        ['k', 'block4'],
      ]),
    );
  });
});

test('a value that is made of weights and constants alone counts as a weight', () => {
  const text = `graph g(x: %0 f32[batch, n, 2]) {
  param %1 = "w" f32[4, 2] uniform(bound: 0.5)
  %2: f32[1, 2] = constant() {value: f32[1, 2](1, -1)}
  %3: f32[5, 2] = concat(%1, %2) {axis: 0}
  %4: f32[batch, n, 5] = linear(%0, %3, -)
  return y: %4
}
`;
  expect(formsIn(ran(graphOf(text), context('int8')).graph)).toEqual(new Map([['w', 'dynamic8']]));
});

const NO = (text: string, ctx: PassContext): string | undefined => {
  const before = graphOf(text);
  const { graph, miss } = ran(before, ctx);
  expect(graph, 'the same object').toBe(before);
  return miss;
};

test('nothing is quantised in float32, and no value that must stay float32 is quantised', () => {
  expect(NO(linear('batch, n'), context('fp32'))).toBeUndefined();
  for (const out of [1, 4])
    expect(NO(linear('batch, n', out, ' #encoder.0.score'), context('int8'))).toBe(
      'it scores rows for a pooling',
    );
  const computed = `graph g(x: %0 f32[batch, n, 4], w: %1 f32[4, 4]) {
  %2: f32[batch, n, 4] = linear(%0, %1, -)
  return y: %2
}
`;
  expect(NO(computed, context('int8'))).toBe('its weight is computed');
  const columns = `graph g(x: %0 f32[batch, n, 4]) {
  param %1 = "w" f32[4, 2] uniform(bound: 0.5)
  %2: f32[4, 4] = concat(%1, %1) {axis: 1}
  %3: f32[batch, n, 4] = linear(%0, %2, -)
  return y: %3
}
`;
  // The record of `concat` on columns does not state how it is computed while the artifact is written.
  expect(NO(columns, context('int8'))).toBe('its weight is computed');
  expect(NO(linear('batch, n'), context('int8', { target: 'webgpu' }))).toBe('float32 is as fast on webgpu');
  expect(NO(linear('batch, n'), context('int8', { forms: new Map() }))).toBe('float32 is as fast on cpu');
});

test('forms that are given by name replace the cost model', () => {
  const { graph } = ran(graphOf(linear('batch, n')), context('int8', { forms: new Map([['w', 'block4']]) }));
  expect(formsIn(graph)).toEqual(new Map([['w', 'block4']]));
});

/** Long enough that no layer of the encoder runs on few rows. */
const LONG = pyramid({ schedule: [64, 64, 48, 32], memory: 32, block: 16 });

describe('a whole model', () => {
  const linears = (graph: Graph) =>
    [...allNodes(graph.nodes)].filter(({ op }) => op.startsWith('linear')).map(({ op }) => op);
  const through = (entry: 'generate' | 'forward', ctx: PassContext): Graph => {
    const { value, diagnostics } = runPasses(lower(LONG, { entry }).value!, PIPELINES.quantized, ctx);
    expect(diagnostics).toEqual([]);
    return value!.graph;
  };

  test('all linears but the scorers are quantised, also the tied output projection', () => {
    for (const precision of ['int8', 'int4'] as const) {
      const graph = through('generate', context(precision));
      // Two poolings, each with a scorer.
      expect(linears(graph).filter((op) => op === 'linear')).toHaveLength(2);
      expect(formsIn(graph).get('encoder.embed_tokens.weight')).toBe(
        precision === 'int8' ? 'dynamic8' : 'block4',
      );
      expect([...allNodes(graph.nodes)].filter(({ op }) => op === 'gather').length).toBeGreaterThan(0);
    }
  });

  test.each(['int8', 'int4'] as const)(
    '%s: every entry is valid with every table of costs, and a second run changes nothing',
    (precision) => {
      for (const entry of Object.keys(ENTRIES) as Entry[]) {
        for (const target of ['cpu', 'webgpu', 'portable'] as const) {
          const ctx = context(precision, { target });
          const { value, diagnostics } = runPasses(lower(LONG, { entry }).value!, PIPELINES.quantized, ctx, {
            verify: true,
          });
          expect(diagnostics).toEqual([]);
          expect(runPasses(value!.graph, PIPELINES.quantized, ctx).value!.graph).toBe(value!.graph);
        }
      }
    },
  );

  test('only the decoding step uses 4 bits; the encoder and the memory use 8', () => {
    const forms = [...formsIn(through('generate', context('int4')))];
    for (const [name, form] of forms) {
      const step = name.startsWith('decoder.') && !/encoder_attn\.[kv]_proj/.test(name);
      if (!name.includes('embed')) expect(form, name).toBe(step ? 'block4' : 'dynamic8');
    }
    expect(forms.length).toBeGreaterThan(40);
  });

  test('teacher forcing runs many rows, but may take the forms of the search to measure its errors', () => {
    const search = formsIn(through('generate', context('int4')));
    expect(formsIn(through('forward', context('int4')))).not.toEqual(search);
    expect(formsIn(through('forward', context('int4', { forms: search })))).toEqual(search);
  });
});

describe('the cost model', () => {
  const size = { in: 768, out: 768 };
  const forms = (precision: Precision, target: Target) =>
    [1, 2, 4, 16, 512, 8192].map((rows) => formFor(precision, target, rows, size));

  test.each<[Precision, Target, Form[]]>([
    ['int8', 'cpu', Array<Form>(6).fill('dynamic8')],
    ['int4', 'cpu', ['block4', 'block4', 'block4', 'dynamic8', 'dynamic8', 'dynamic8']],
    ['int8', 'portable', Array<Form>(6).fill('dynamic8')],
    ['int4', 'portable', Array<Form>(6).fill('dynamic8')],
    ['fp32', 'cpu', Array<Form>(6).fill('fp32')],
  ])('%s on %s', (precision, target, want) => {
    expect(forms(precision, target)).toEqual(want);
  });

  test('on GPUs only weights are quantised, and only where few rows run', () => {
    for (const target of ['cuda', 'webgpu'] as const) {
      expect(formFor('int8', target, 1, size)).toBe('block8');
      expect(formFor('int8', target, 8192, size)).toBe('fp32');
    }
  });

  // Ratios to float32 as measured on one core, 768 × 3072 (docs/decisions/0006-quantised-linears.md).
  test.each([
    [1, 'dynamic8', 3.14],
    [16, 'dynamic8', 3.05],
    [512, 'dynamic8', 3.07],
    [1, 'block8', 2.36],
    [16, 'block8', 1.55],
    [1, 'block4', 3.56],
    [16, 'block4', 1.46],
  ] as const)('%i rows in %s: within a quarter of what was measured', (rows, form, measured) => {
    const at = (f: Form): number => timeOf(f, 'cpu', rows, { in: 768, out: 3072 })!;
    expect(at('fp32') / at(form) / measured).toBeGreaterThan(0.75);
    expect(at('fp32') / at(form) / measured).toBeLessThan(1.25);
  });

  test('unknown lengths of batches and beams count as few rows, all other unknown lengths as many', () => {
    expect(rowsOf(['batch', 1])).toBe(1);
    expect(rowsOf(['batch', 5])).toBe(5);
    expect(rowsOf(['batch', 'tokens'])).toBe(512);
    expect(rowsOf([])).toBe(1);
  });
});

test('a reproducer keeps the precision', () => {
  const ctx = context('int8');
  const why = { code: 'D320', severity: 'error', message: 'm', labels: [] } as const;
  const text = writeReproducer(graphOf(linear('batch, n')), [quantizeLinears], ctx, why);
  const again = replay({ path: 'r.ir', text }, { ops: OPS, passes: PASSES });
  expect(formsIn(again.value!.graph).size).toBe(1);
  const odd = text.replace('precision: int8', 'precision: int2');
  expect(replay({ path: 'r.ir', text: odd }, { ops: OPS, passes: PASSES }).diagnostics[0]!.code).toBe('D324');
});
