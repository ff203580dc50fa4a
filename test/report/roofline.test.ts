/** Predicted times: the roofline compared with arithmetic by hand, and properties for every machine and model. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Builder, createBuilder, type Value } from '../../compiler/ir/build.ts';
import { allNodes, type Graph, type } from '../../compiler/ir/graph.ts';
import { plainWeight } from '../../compiler/ir/weights.ts';
import { lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { layerNorm } from '../../compiler/ops/layer_norm.ts';
import { linear } from '../../compiler/ops/linear.ts';
import { normOfSum } from '../../compiler/ops/residual_norm.ts';
import { softmax } from '../../compiler/ops/softmax.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import { PIPELINE_OF, PIPELINES } from '../../passes/index.ts';
import type { Precision, Target } from '../../passes/pass.ts';
import { runPasses } from '../../passes/run.ts';
import { workOf } from '../../report/algebra/fold.ts';
import type { Machine, RateName } from '../../report/time/machine.ts';
import { MACHINES } from '../../report/time/machines.ts';
import { countedNodes, type Predicted, predict } from '../../report/time/predict.ts';
import { predictedOn } from '../../report/time/predicted.ts';
import { timedNodes } from '../../report/time/roofline.ts';
import { secondsOf, sumTime, type Time } from '../../report/time/time.ts';
import { oneOp } from '../compiler/ops/samples.ts';
import { effort } from '../effort.ts';
import { specs } from './random_spec.ts';
import { modelsIn } from './systems.ts';

const rate = (operationsPerSecond: number, bytesPerSecond: number) => ({
  operationsPerSecond,
  bytesPerSecond,
});

const machine = (change: Partial<Machine> = {}): Machine => ({
  name: 'test',
  source: '',
  target: 'cpu',
  rates: { fp32: rate(1e9, 1e9) },
  expsPerSecond: 1e8,
  normsPerSecond: 1e8,
  kernelSeconds: 0,
  runSeconds: 0,
  ...change,
});

const linearTo =
  (out: number, name: string) =>
  (b: Builder, x: Value): Value => {
    const shape = [out, x.type.shape.at(-1) as number];
    return b.add(linear, [x, b.param(plainWeight(name, shape, { kind: 'uniform', bound: 1 })), null]);
  };

/** A graph that applies these steps to x [n, width]. */
function chain(width: number, ...steps: readonly ((b: Builder, x: Value) => Value)[]): Graph {
  const b = createBuilder('chain');
  b.output(
    'y',
    steps.reduce((y, step) => step(b, y), b.input('x', type('f32', 'n', width))),
  );
  return b.done();
}

const timeOf = (graph: Graph, on: Machine, n: number): Time => {
  const lengths = new Map([['n', n]]);
  return sumTime(timedNodes(graph, OPS, lengths).map(({ at }) => at(on, lengths)));
};

/** max(operations / rate, bytes / bandwidth) of [n, a] · [b, a]ᵀ in float32, computed by hand. */
const byHand = (n: number, a: number, b: number, flops: number, bandwidth: number): number =>
  Math.max((2 * n * a * b) / flops, (4 * (n * a + a * b + n * b)) / bandwidth);

const positive = fc.double({ min: 1, max: 1e15, noNaN: true });

describe('two products', () => {
  const [first, second] = [linearTo(24, 'first'), linearTo(8, 'second')];
  const both = chain(16, first, second);

  test('take the time that is computed by hand, whichever limit applies', () => {
    const n = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(n, positive, positive, (rows, flops, bandwidth) => {
        const on = machine({ rates: { fp32: rate(flops, bandwidth) } });
        const paper = byHand(rows, 16, 24, flops, bandwidth) + byHand(rows, 24, 8, flops, bandwidth);
        expect(secondsOf(timeOf(both, on, rows)) / paper).toBeCloseTo(1, 10);
      }),
    );
    const slow = timeOf(both, machine({ rates: { fp32: rate(1, 1e15) } }), 3);
    expect(slow).toEqual({ arithmetic: 2 * 3 * (16 * 24 + 24 * 8), memory: 0, overhead: 0 });
    const starved = timeOf(both, machine({ rates: { fp32: rate(1e15, 1) } }), 3);
    expect(starved).toEqual({
      arithmetic: 0,
      memory: 4 * (3 * 16 + 16 * 24 + 3 * 24 + 3 * 24 + 24 * 8 + 3 * 8),
      overhead: 0,
    });
  });

  test('take as long as the sum of the two alone', () => {
    const parts = [chain(16, first), chain(24, second)];
    for (const rows of [1, 40, 3000]) {
      const on = machine({ kernelSeconds: 1e-6 });
      expect(timeOf(both, on, rows)).toEqual(sumTime(parts.map((part) => timeOf(part, on, rows))));
    }
  });

  test('each product is a kernel', () => {
    expect(timeOf(both, machine({ kernelSeconds: 0.5 }), 7).overhead).toBe(1);
  });

  test('exponentials have a separate rate', () => {
    const weights = chain(16, (b, x) => b.add(softmax, [x]));
    const on = machine({ rates: { fp32: rate(1e15, 1e15) }, expsPerSecond: 10 });
    // There is one exponential for each element; other costs are negligible.
    expect(timeOf(weights, on, 5).arithmetic).toBeCloseTo((5 * 16) / 10, 6);
  });
});

test('a layer norm has a separate rate, with its sum or without', () => {
  const vector = (b: Builder, name: string): Value =>
    b.param(plainWeight(name, [16], { kind: 'constant', value: 1 }));
  const at = (norm: (b: Builder, x: Value) => Value): number =>
    timeOf(
      chain(16, norm),
      machine({ rates: { fp32: rate(1e15, 1e15) }, normsPerSecond: 10, expsPerSecond: 1e15 }),
      5,
    ).arithmetic;
  // The rate of norms counts elements.
  expect(at((b, x) => b.add(layerNorm, [x, vector(b, 'g'), vector(b, 'b')]))).toBeCloseTo((5 * 16) / 10, 6);
  expect(at((b, x) => b.add(normOfSum, [x, x, vector(b, 'g'), vector(b, 'b')]))).toBeCloseTo(
    (5 * 16) / 10,
    6,
  );
});

test('the records of the ops that multiply quantised matrices say so, and no other records do', () => {
  for (const op of Object.values(OPS))
    for (const sample of op.samples) {
      const { graph } = oneOp(op, sample);
      const [counted] = workOf(graph, OPS).slice(-1);
      const multiplies = counted !== undefined && counted.node.op === op.name && counted.work.macs.length > 0;
      const integers = counted?.ins.some((t) => t?.dtype === 'u8' || t?.dtype === 'i8') ?? false;
      expect([op.name, op.quantised !== undefined]).toEqual([op.name, multiplies && integers]);
      if (op.quantised === 'weights') expect(op.attrs.bits).toMatchObject({ kind: 'int' });
    }
});

const RUNS = { numRuns: effort(5, 80) };
const lengths = fc.record({
  length: fc.integer({ min: 1, max: 100 }),
  target: fc.integer({ min: 1, max: 20 }),
  batch: fc.integer({ min: 1, max: 3 }),
});
type Lengths = { readonly length: number; readonly target: number; readonly batch: number };

const on = (spec: ModelSpec, at: Lengths, change: Partial<Machine> = {}, precision: Precision = 'fp32') =>
  predictedOn([machine(change)], spec, at, precision)[0]!;

const timesIn = ({ encoder, decoder, total }: Predicted): readonly Time[] => [
  ...encoder.layers,
  encoder.rest,
  encoder.total,
  total,
  ...(decoder ? [decoder.projections, decoder.first, decoder.last, decoder.word, decoder.words] : []),
];

const [model] = modelsIn(`model A {
  vocabulary 500
  width 64
  heads 4
  encoder { attention block(16); schedule 64, 64 -> 16; pool soft_topk }
  decoder { layers 2; target 300 }
}`);
const AT = { length: 64, target: 20, batch: 1 };

function compiledModel(precision: Precision, target: Target = 'cpu'): Graph {
  const { value } = lower(model!, { entry: 'generate' });
  const ctx = { ops: OPS, target, precision };
  return runPasses(value!, PIPELINES[PIPELINE_OF[precision]], ctx).value!.graph;
}

describe('a model', () => {
  test('has parts that add up, and each is positive', () => {
    fc.assert(
      fc.property(specs, lengths, (spec, at) => {
        const predicted = on(spec, at, { runSeconds: 0.25, kernelSeconds: 1e-6 });
        const { encoder, decoder, total } = predicted;
        expect(encoder.layers).toHaveLength(spec.encoder.layers.length);
        for (const time of timesIn(predicted)) expect(secondsOf(time)).toBeGreaterThan(0);
        const sums = decoder
          ? [...encoder.layers, encoder.rest, decoder.projections, decoder.words]
          : [...encoder.layers, encoder.rest];
        expect(secondsOf(total)).toBeCloseTo(0.25 + secondsOf(sumTime(sums)), 10);
        expect(decoder === null).toBe(!spec.decoder);
        if (!decoder) return;
        expect(secondsOf(decoder.first)).toBeLessThanOrEqual(secondsOf(decoder.last));
        expect(decoder.layers).toHaveLength(spec.decoder!.layers);
        const [inLayers, words] = [sumTime(decoder.layers), decoder.words].map(secondsOf);
        expect(inLayers).toBeGreaterThan(0);
        expect(inLayers).toBeLessThan(words!);
        expect(secondsOf(decoder.words) / (at.target * secondsOf(decoder.word))).toBeCloseTo(1, 10);
      }),
      RUNS,
    );
  });

  test('is never slower on a machine with a better rate', () => {
    const better = fc.constantFrom<readonly Partial<Machine>[]>(
      [{ rates: { fp32: rate(3e9, 1e9) } }],
      [{ rates: { fp32: rate(1e9, 3e9) } }],
      [{ expsPerSecond: 3e8 }],
      [{ normsPerSecond: 3e8 }],
      [{ kernelSeconds: 0 }],
      [{ runSeconds: 0 }],
    );
    fc.assert(
      fc.property(specs, lengths, better, (spec, at, [change]) => {
        const base = { kernelSeconds: 1e-6, runSeconds: 1e-3 };
        const [slow, fast] = [on(spec, at, base), on(spec, at, { ...base, ...change })];
        const pairs = timesIn(slow).map(
          (time, i) => [secondsOf(time), secondsOf(timesIn(fast)[i]!)] as const,
        );
        for (const [before, after] of pairs) expect(after).toBeLessThanOrEqual(before * (1 + 1e-12));
      }),
      RUNS,
    );
  });

  test('reads from a cache only in a search whose steps fit into it', () => {
    const cache = { bytes: 1e9, bytesPerSecond: 4e9 };
    const fast = { rates: { fp32: rate(1e15, 1e9) }, expsPerSecond: 1e15, normsPerSecond: 1e15 };
    const [memory, cached] = [on(model!, AT, fast), on(model!, AT, { ...fast, cache })];
    expect(cached.decoder!.word.memory / memory.decoder!.word.memory).toBeCloseTo(1 / 4, 10);
    expect(cached.encoder).toEqual(memory.encoder);
    expect(cached.decoder!.projections).toEqual(memory.decoder!.projections);
    const small = on(model!, AT, { ...fast, cache: { ...cache, bytes: 1000 } });
    expect(small).toMatchObject({ decoder: memory.decoder });
    const slow = on(model!, AT, { ...fast, cache: { ...cache, bytesPerSecond: 1 } });
    expect(slow).toMatchObject({ decoder: memory.decoder });
  });

  test('takes longer for longer documents, more documents and more words', () => {
    const base = secondsOf(on(model!, AT).total);
    for (const more of [{ length: 128 }, { batch: 2 }, { target: 40 }])
      expect(secondsOf(on(model!, { ...AT, ...more }).total)).toBeGreaterThan(base);
  });

  test('takes the sum of its steps for all words, each at its length', () => {
    const inputs = new Map(Object.entries({ length: 64, batch: 1 }));
    const nodes = timedNodes(compiledModel('fp32'), OPS, inputs).filter(({ looped }) => looped);
    const stepTime = (written: number): Time => {
      const known = new Map(Object.entries({ written, steps: written + 1 }));
      return sumTime(nodes.map(({ at }) => at(machine(), known)));
    };
    const sum = (words: number): number =>
      secondsOf(sumTime(Array.from({ length: words }, (_, written) => stepTime(written))));
    const words = (target: number): number => secondsOf(on(model!, { ...AT, target }).decoder!.words);
    for (const target of [1, 2, 20, 64]) expect(words(target) / sum(target)).toBeCloseTo(1, 10);
    // There are more steps than samples, so each sample represents its neighbours.
    expect(words(300) / sum(300)).toBeCloseTo(1, 3);
    const { first, last } = on(model!, { ...AT, target: 300 }).decoder!;
    expect(secondsOf(first)).toBeCloseTo(secondsOf(stepTime(0)), 12);
    expect(secondsOf(last)).toBeCloseTo(secondsOf(stepTime(299)), 12);
    expect(secondsOf(last)).toBeGreaterThan(secondsOf(first));
  });

  test.each<[Precision, Target, RateName, string]>([
    ['int8', 'cpu', 'int8', 'linear_dynamic'],
    ['int8', 'cuda', 'block8', 'linear_blockwise'],
    ['int4', 'cpu', 'block4', 'linear_blockwise'],
  ])('in %s on %s, the rate %s is used for %s', (precision, target, name, op) => {
    const graph = compiledModel(precision, target);
    const inputs = new Map(Object.entries({ length: 64, batch: 1 }));
    const known = new Map(Object.entries({ written: 3, steps: 4 }));
    const at = (change: Machine['rates']) =>
      timedNodes(graph, OPS, inputs).map(({ node, at }) => ({
        node,
        seconds: secondsOf(at(machine({ rates: change }), known)),
      }));
    const { fp32 } = machine().rates;
    const [before, after] = [at({ fp32 }), at({ fp32, [name]: rate(1, 1) })];
    const slower = before.filter(({ seconds }, i) => after[i]!.seconds > seconds).map(({ node }) => node.op);
    expect(slower.length).toBeGreaterThan(0);
    expect(new Set(slower)).toEqual(new Set([op]));
  });

  test('uses the rate of fp16 for nearly all arithmetic in fp16, on a GPU', () => {
    const gpu = (fp16: number): Machine =>
      machine({ target: 'cuda', rates: { fp32: rate(1e9, 1e9), fp16: rate(fp16, 1e9) } });
    const [slow, fast] = predictedOn([gpu(1e6), gpu(1e15)], model!, AT, 'fp16');
    expect(secondsOf(slow!.total) / secondsOf(fast!.total)).toBeGreaterThan(50);
  });

  test('counts every node that runs in exactly one part', () => {
    const graph = compiledModel('fp32');
    const each = machine({
      rates: { fp32: rate(1e21, 1e21) },
      expsPerSecond: 1e21,
      normsPerSecond: 1e21,
      kernelSeconds: 1,
    });
    const nodes = countedNodes(graph, OPS, AT);
    const { total } = predict(nodes, 1, each, 'fp32');
    const one = new Map(Object.entries({ written: 0, steps: 1 }));
    expect(total.overhead).toBe(nodes.reduce((sum, { at }) => sum + at(each, one).overhead, 0));
    // The graph has about as many nodes that are neither constants nor loops.
    const those = [...allNodes(graph.nodes)].filter(({ op, region }) => op !== 'constant' && !region);
    expect(total.overhead).toBeGreaterThan(those.length / 2);
  });
});

test('the table of devices has distinct names, and later devices are faster', () => {
  expect(new Set(MACHINES.map(({ name }) => name)).size).toBe(MACHINES.length);
  for (const { source, rates, target } of MACHINES) {
    expect(source).toContain('data sheet');
    expect(target).toBe('cuda');
    expect(rates.fp16!.operationsPerSecond).toBeGreaterThan(rates.fp32.operationsPerSecond);
  }
  const all = predictedOn(MACHINES, model!, AT, 'fp16');
  const seconds = (name: string): number =>
    secondsOf(all.find(({ machine: { name: own } }) => own === name)!.total);
  expect(seconds('h200')).toBeLessThan(seconds('h100'));
  expect(seconds('h100')).toBeLessThan(seconds('a100'));
  expect(seconds('a100')).toBeLessThan(seconds('t4'));
});
