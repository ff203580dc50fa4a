/** Tests which values become float16, which must stay float32, and how large the errors are. */
import { describe, expect, test } from 'vitest';
import { emit } from '../../compiler/emit/index.ts';
import { allNodes, type Graph, typeText } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { ENTRIES, type Entry, lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { halveFloats } from '../../passes/halve_floats.ts';
import { PIPELINES, runPasses } from '../../passes/index.ts';
import { HALF_TARGETS, type PassContext } from '../../passes/pass.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { SHAPES } from '../examples.ts';
import { expectSame, inputsOf } from './checks.ts';
import { pyramid } from './models.ts';

const FP16: PassContext = { ops: OPS, target: 'cuda', precision: 'fp16' };

interface Ran {
  readonly graph: Graph;
  readonly miss: string | undefined;
}

/**
 * Runs the pass with verification, compares the outputs before and after it (the interpreter does not round), and
 * runs the pass again.
 */
function ran(text: string): Ran {
  const before = graphOf(text);
  const { value, diagnostics } = runPasses(before, [halveFloats], FP16, { verify: true, misses: true });
  expect(diagnostics).toEqual([]);
  expect(halveFloats.run(value!.graph, FP16), 'a second run').toBe(value!.graph);
  for (const seed of [1, 2]) expectSame(before, value!.graph, inputsOf(before, seed));
  return { graph: value!.graph, miss: value!.stats[0]!.rules[0]?.nearest?.reason };
}

const halved = (text: string): string => `\n${printGraph(ran(text).graph)}`;

function kept(text: string): string | undefined {
  const { graph, miss } = ran(text);
  expect(printGraph(graph)).toBe(printGraph(graphOf(text)));
  return miss;
}

describe('the result', () => {
  test('weights keep their names, arithmetic is float16, inputs and outputs stay float32', () => {
    const text = `graph g(x: %0 f32[batch, n, 4]) {
  param %1 = "w" f32[3, 4] uniform(bound: 0.5)
  param %2 = "b" f32[3] uniform(bound: 0.5)
  %3: f32[batch, n, 3] = linear(%0, %1, %2)  // layer @7-9
  %4: f32[] = constant() {value: f32[](0.5)}
  %5: f32[batch, n, 3] = mul(%3, %4)
  %6: f32[batch, n, 3] = relu(%5)  // layer
  return y: %6
}
`;
    expect(halved(text)).toMatchInlineSnapshot(`
      "
      graph g(x: %0 f32[batch, n, 4]) {
        param %2 = "w" f32[3, 4] uniform(bound: 0.5)
        param %4 = "b" f32[3] uniform(bound: 0.5)
        %1: f16[batch, n, 4] = cast(%0) {to: "f16"}
        %3: f16[3, 4] = cast(%2) {to: "f16"}  // w
        %5: f16[3] = cast(%4) {to: "f16"}  // b
        %6: f16[batch, n, 3] = linear(%1, %3, %5)  // layer @7-9
        %9: f16[] = constant() {value: f16[](0.5)}
        %10: f16[batch, n, 3] = mul(%6, %9)
        %12: f16[batch, n, 3] = relu(%10)  // layer
        %13: f32[batch, n, 3] = cast(%12) {to: "f32"}  // layer
        return y: %13
      }
      "
    `);
  });

  test('a table is read in float16, and weights made of weights are rounded once', () => {
    const text = `graph g(i: %0 i64[batch, n]) {
  param %1 = "e" f32[9, 4] uniform(bound: 0.5)
  param %2 = "q" f32[2, 4] uniform(bound: 0.5)
  param %3 = "k" f32[2, 4] uniform(bound: 0.5)
  %4: f32[9, 4] = sinusoid_table() {rows: 9, width: 4, zero_row: 1}
  %5: f32[batch, n, 4] = gather(%1, %0)
  %6: f32[batch, n, 4] = gather(%4, %0)
  %7: f32[batch, n, 4] = add(%5, %6)
  %8: f32[4, 4] = concat(%2, %3) {axis: 0}
  %9: f32[batch, n, 4] = linear(%7, %8, -)
  return y: %9
}
`;
    expect(halved(text)).toMatchInlineSnapshot(`
      "
      graph g(i: %0 i64[batch, n]) {
        param %1 = "e" f32[9, 4] uniform(bound: 0.5)
        param %3 = "q" f32[2, 4] uniform(bound: 0.5)
        param %5 = "k" f32[2, 4] uniform(bound: 0.5)
        %2: f16[9, 4] = cast(%1) {to: "f16"}  // e
        %7: f32[9, 4] = sinusoid_table() {rows: 9, width: 4, zero_row: 1}
        %8: f16[9, 4] = cast(%7) {to: "f16"}
        %9: f16[batch, n, 4] = gather(%2, %0)
        %11: f16[batch, n, 4] = gather(%8, %0)
        %13: f16[batch, n, 4] = add(%9, %11)
        %15: f32[4, 4] = concat(%3, %5) {axis: 0}
        %16: f16[4, 4] = cast(%15) {to: "f16"}
        %17: f16[batch, n, 4] = linear(%13, %16, -)
        %18: f32[batch, n, 4] = cast(%17) {to: "f32"}
        return y: %18
      }
      "
    `);
  });

  test('scores and the weights of a pooling stay float32; rows become float16', () => {
    const text = `graph g(x: %0 f32[batch, n, 4], mask: %1 bool[batch, n]) {
  param %2 = "w" f32[4, 4] uniform(bound: 0.5)
  param %3 = "scorer" f32[1, 4] uniform(bound: 0.5)
  %4: f32[batch, n, 4] = linear(%0, %2, -)
  %5: f32[batch, n, 1] = linear(%4, %3, -)  // #encoder.0.score
  %6: f32[batch, n] = squeeze(%5) {axis: -1}
  %7: f32[batch, n] = sigmoid(%6)
  %8: f32[batch, min(n, 2), 4], %9: bool[batch, min(n, 2)], %10: i64[batch, min(n, 2), pow2ceil(ceildiv(n, 2))], %11: f32[batch, min(n, 2), pow2ceil(ceildiv(n, 2))] = soft_topk(%4, %7, %1, -) {k: 2, base: 20, order: "position", pair: "best_worst", form: "tournament"}
  return y: %8, weight: %11
}
`;
    expect(halved(text)).toMatchInlineSnapshot(`
      "
      graph g(x: %0 f32[batch, n, 4], mask: %2 bool[batch, n]) {
        param %3 = "w" f32[4, 4] uniform(bound: 0.5)
        param %5 = "scorer" f32[1, 4] uniform(bound: 0.5)
        %1: f16[batch, n, 4] = cast(%0) {to: "f16"}
        %4: f16[4, 4] = cast(%3) {to: "f16"}  // w
        %7: f16[batch, n, 4] = linear(%1, %4, -)
        %8: f32[batch, n, 4] = cast(%7) {to: "f32"}
        %9: f32[batch, n, 1] = linear(%8, %5, -)  // #encoder.0.score
        %11: f32[batch, n] = squeeze(%9) {axis: -1}
        %13: f32[batch, n] = sigmoid(%11)
        %15: f16[batch, min(n, 2), 4], %16: bool[batch, min(n, 2)], %17: i64[batch, min(n, 2), pow2ceil(ceildiv(n, 2))], %18: f32[batch, min(n, 2), pow2ceil(ceildiv(n, 2))] = soft_topk(%7, %13, %2, -) {k: 2, base: 20, order: "position", pair: "best_worst", form: "tournament"}
        %19: f32[batch, min(n, 2), 4] = cast(%15) {to: "f32"}
        return y: %19, weight: %18
      }
      "
    `);
    expect(ran(text).miss).toMatch(/^scores decide/);
  });

  test('a cache that a loop carries becomes float16, even if it enters as float32; a score does not', () => {
    const text = `graph g(x: %0 f32[batch, 4], cache: %1 f32[batch, n, 4], score: %2 f32[batch]) {
  param %3 = "w" f32[4, 4] uniform(bound: 0.5)
  %4: i64[] = constant() {value: i64[](3)}
  %5: f32[batch, end, 4], %6: f32[batch] = loop(%4, -, %1, %2) (%7: i64[], %8: f32[batch, rows, 4], %9: f32[batch]) {
    %10: bool[] = constant() {value: bool[](1)}
    %11: f32[batch, 4] = linear(%0, %3, -)
    %12: f32[batch, 1, 4] = unsqueeze(%11) {axis: 1}
    %13: f32[batch, rows + 1, 4] = concat(%8, %12) {axis: 1}
    %14: f32[batch, 4] = log_softmax(%11) {axis: -1}
    %15: f32[batch, 1] = reduce_max(%14) {axis: 1}
    %16: f32[batch] = squeeze(%15) {axis: 1}
    %17: f32[batch] = add(%9, %16)
    yield %10, %13, %17
  }
  return cache_after: %5, score_after: %6
}
`;
    expect(halved(text)).toMatchInlineSnapshot(`
      "
      graph g(x: %0 f32[batch, 4], cache: %2 f32[batch, n, 4], score: %4 f32[batch]) {
        param %6 = "w" f32[4, 4] uniform(bound: 0.5)
        %1: f16[batch, 4] = cast(%0) {to: "f16"}
        %3: f16[batch, n, 4] = cast(%2) {to: "f16"}
        %7: f16[4, 4] = cast(%6) {to: "f16"}  // w
        %8: i64[] = constant() {value: i64[](3)}
        %29: f16[batch, end, 4], %30: f32[batch] = loop(%8, -, %3, %4) (%9: i64[], %10: f16[batch, rows, 4], %11: f32[batch]) {
          %14: bool[] = constant() {value: bool[](1)}
          %15: f16[batch, 4] = linear(%1, %7, -)
          %16: f32[batch, 4] = cast(%15) {to: "f32"}
          %17: f16[batch, 1, 4] = unsqueeze(%15) {axis: 1}
          %19: f16[batch, rows + 1, 4] = concat(%10, %17) {axis: 1}
          %21: f32[batch, 4] = log_softmax(%16) {axis: -1}
          %23: f32[batch, 1] = reduce_max(%21) {axis: 1}
          %25: f32[batch] = squeeze(%23) {axis: 1}
          %27: f32[batch] = add(%11, %25)
          yield %14, %19, %27
        }
        %31: f32[batch, end, 4] = cast(%29) {to: "f32"}
        return cache_after: %31, score_after: %30
      }
      "
    `);
  });
});

describe('these stay float32:', () => {
  const moved = (op: string): string => `graph g(x: %0 f32[batch, n, 4]) {
  ${op}
  return y: %1
}
`;

  test('everything in any other precision', () => {
    const graph = graphOf(`graph g(x: %0 f32[n, 4]) {
  param %1 = "w" f32[4, 4] uniform(bound: 0.5)
  %2: f32[n, 4] = linear(%0, %1, -)
  return y: %2
}
`);
    for (const precision of ['fp32', 'int8', 'int4'] as const)
      expect(halveFloats.run(graph, { ...FP16, precision })).toBe(graph);
    expect(halveFloats.run(graph, { ops: OPS, target: 'cuda' })).toBe(graph);
  });

  test('ops that only move float32 numbers', () => {
    expect(kept(moved('%1: f32[batch, 4, n] = transpose(%0) {order: [0, 2, 1]}'))).toBe(
      'nothing that it reads is float16',
    );
  });

  test('ops that add up, rank or grow without a bound', () => {
    expect(kept(moved('%1: f32[batch, n, 4] = cumsum(%0) {axis: 1}'))).toMatch(/^sums of many/);
    expect(kept(moved('%1: f32[batch, n, 4] = log_softmax(%0) {axis: -1}'))).toMatch(/^sums of log/);
    expect(kept(moved('%1: f32[batch, n, 4] = exp(%0)'))).toMatch(/^it leaves the range/);
    expect(kept(moved('%1: f32[batch, n, 4] = sigmoid(%0)'))).toMatch(/^scores decide/);
  });

  test.each([1, 4])('a linear of a scorer, with %d outputs', (out) => {
    const text = `graph g(x: %0 f32[batch, n, 4]) {
  param %1 = "w" f32[${out}, 4] uniform(bound: 0.5)
  %2: f32[batch, n, ${out}] = linear(%0, %1, -)  // #encoder.0.score
  return y: %2
}
`;
    expect(kept(text)).toMatch(/^scores decide/);
  });

  test('numbers that float16 cannot represent', () => {
    const masked = (value: string): string => `graph g(x: %0 f32[n, 4], m: %1 bool[n, 4]) {
  param %2 = "w" f32[4, 4] uniform(bound: 0.5)
  %3: f32[n, 4] = linear(%0, %2, -)
  %4: f32[] = constant() {value: f32[](${value})}
  %5: f32[n, 4] = where(%1, %3, %4)
  return y: %5
}
`;
    for (const value of ['-1e9', '1e-9']) expect(halved(masked(value))).toContain(' f32[n, 4] = where');
    expect(ran(masked('-1e9')).miss).toBe('float16 cannot represent a constant');
    for (const value of ['-60000', '-Infinity', '0'])
      expect(halved(masked(value))).toContain(' f16[n, 4] = where');
  });
});

test('every op that stays float32 gives the reason as a sentence', () => {
  const reasons = Object.values(OPS).flatMap(({ float16 }) =>
    typeof float16 === 'object' ? [float16.keeps] : [],
  );
  expect(reasons.length).toBeGreaterThan(20);
  for (const reason of reasons) expect(reason).toMatch(/^\S+ \S+ \S+/);
});

const dtypesOf = (graph: Graph, name: string): ReadonlySet<string> =>
  new Set(
    [...allNodes(graph.nodes)]
      .filter(({ op }) => op === name)
      .map(({ outs }) => graph.types[outs[0]!]!.dtype),
  );

describe('a whole model', () => {
  const through = (graph: Graph, target: PassContext['target'], precision: 'fp32' | 'fp16'): Graph => {
    const pipeline = precision === 'fp16' ? PIPELINES.halved : PIPELINES.default;
    const ctx = { ops: OPS, target, precision };
    const { value, diagnostics } = runPasses(graph, pipeline, ctx, { verify: true });
    expect(diagnostics).toEqual([]);
    return value!.graph;
  };

  test.each(SHAPES)('$name: every entry verifies and keeps its ports', ({ spec }) => {
    for (const [entry, { needsDecoder }] of Object.entries(ENTRIES)) {
      if (needsDecoder && !spec.decoder) continue;
      const before = lower(spec, { entry: entry as Entry }).value!;
      for (const target of HALF_TARGETS) {
        const after = through(before, target, 'fp16');
        const ports = (g: Graph) => [...g.inputs, ...g.outputs].map(({ name, id }) => [name, g.types[id]]);
        expect(ports(after)).toEqual(ports(before));
        for (const op of ['attention', 'block_attention', 'layer_norm', 'norm_of_sum', 'weighted_rows'])
          expect([...dtypesOf(after, op)].filter((dtype) => dtype !== 'f16')).toEqual([]);
        for (const op of ['sigmoid', 'log_softmax', 'pow', 'scatter_add'])
          expect(dtypesOf(after, op).has('f16'), op).toBe(false);
      }
    }
  });

  const SPEC = pyramid({ width: 32, heads: 4, ffn: 64, vocabulary: 50, norm: 'pre' });

  test('each iteration of a search reads and writes caches in float16 and casts none', () => {
    for (const entry of ['generate', 'advance'] as const) {
      const graph = through(lower(SPEC, { entry, beam: 3 }).value!, 'webgpu', 'fp16');
      const loop = graph.nodes.find(({ region, place }) => region && place.part !== 'pool')!;
      const carried = loop.region!.params.slice(1).map((id) => graph.types[id]!);
      expect(carried.filter(({ dtype }) => dtype === 'f16')).toHaveLength(4);
      for (const { dtype, shape } of carried) if (shape.length === 4) expect(dtype).toBe('f16');
      const inside = loop.region!.nodes.filter(
        ({ op, ins, outs }) =>
          op === 'cast' &&
          [...ins, ...outs].every((id) => /^f/.test(graph.types[id!]!.dtype)) &&
          // Values of known size are weights times the attention's scale, which the artifact contains as initializers.
          graph.types[outs[0]!]!.shape.some((d) => typeof d !== 'number'),
      );
      // Only the logits are cast, for the sums of log-probabilities.
      expect(inside.map(({ outs }) => typeText(graph.types[outs[0]!]!))).toEqual(['f32[3*batch, 50]']);
    }
  });

  test('on CUDA norms are computed in float32, by LayerNormalization', () => {
    const graph = lower(SPEC, { entry: 'forward' }).value!;
    const norms = (target: PassContext['target'], precision: 'fp32' | 'fp16'): readonly string[] => [
      ...new Set(
        [...allNodes(through(graph, target, precision).nodes)].flatMap(({ op }) =>
          op.includes('norm') ? [op] : [],
        ),
      ),
    ];
    expect(norms('cuda', 'fp16')).toEqual(['layer_norm']);
    expect(norms('cuda', 'fp32')).toContain('residual_norm');
    expect(norms('webgpu', 'fp16')).toContain('residual_norm');
  });

  test('the weights take half the bytes', () => {
    const spec = { ...SPEC, norm: { ...SPEC.norm, place: 'post' as const } };
    for (const entry of ['encode', 'generate'] as const) {
      const graph = lower(spec, { entry }).value!;
      const bytes = (precision: 'fp32' | 'fp16'): number =>
        emit(through(graph, 'cuda', precision), {
          ops: OPS,
          metadata: {},
          version: 'test',
        }).placements.reduce((sum, placement) => sum + placement.bytes, 0);
      // The scorers of two poolings, with 33 numbers each, stay float32.
      expect(bytes('fp16')).toBe(bytes('fp32') / 2 + 2 * 33 * 2);
    }
  });
});
