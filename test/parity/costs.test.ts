/**
 * The static count of a whole model equals what the interpreter performs, at every node and in total, before and
 * after the passes of each target. It is exact for documents without padding, and an upper bound for others.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emit } from '../../compiler/emit/index.ts';
import { evaluate } from '../../compiler/ir/dim.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { greatestCommonDivisor } from '../../compiler/ir/integers.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { sizeOf, tensor } from '../../compiler/ir/tensors.ts';
import { type Entry, lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import {
  PIPELINE_OF,
  PIPELINES,
  type Precision,
  runPasses,
  TARGETS,
  type Target,
} from '../../passes/index.ts';
import { parametersOf } from '../../report/algebra/parameters.ts';
import { weightBytesOf } from '../../report/memory/weights.ts';
import { counted, expectExact, expectUpperBound, totalOf } from '../compiler/ops/counted.ts';
import { random, randomTensor, smallWeight } from '../compiler/ops/samples.ts';
import { effort, sameFirst } from '../effort.ts';
import type { OracleWeights } from '../oracle/model.ts';
import { randomWeights } from '../oracle/weights.ts';
import { anySystem, batchOf, type Document, someDocuments, specOf } from './systems.ts';

interface Way {
  /** Null for the lowered graph without passes. */
  readonly target: Target | null;
  readonly precision: Precision;
}

const PRECISIONS = ['fp32', 'int8'] as const;
const WAYS: readonly Way[] = [
  { target: null, precision: 'fp32' },
  ...TARGETS.flatMap((target) => PRECISIONS.map((precision) => ({ target, precision }))),
];

function graphFor(spec: ModelSpec, entry: Entry, { target, precision }: Way): Graph {
  const graph = lower(spec, { entry, beam: 2 }).value!;
  if (target === null) return graph;
  const { value } = runPasses(graph, PIPELINES[PIPELINE_OF[precision]], { ops: OPS, target, precision });
  return value!.graph;
}

const LIMITS: Readonly<Record<string, Tensor>> = {
  max_length: tensor('i64', [], [3]),
  min_length: tensor('i64', [], [2]),
  length_penalty: tensor('f32', [], [1]),
};

/** The inputs of an entry besides a document. The masks hide no slot of a memory. */
function othersOf(graph: Graph, batch: number, seed: number): Record<string, Tensor> {
  const lengths = new Map(Object.entries({ batch, target: 5, slots: 4, past: 3 }));
  const next = random(seed);
  const of = (name: string, id: number): Tensor => {
    const { dtype, shape } = graph.types[id]!;
    const known = shape.map((d) => evaluate(d, lengths)!);
    if (LIMITS[name]) return LIMITS[name];
    if (dtype !== 'i64') return randomTensor({ dtype, shape: known }, seed + id);
    const size = sizeOf(known);
    const data = Array.from({ length: size }, () =>
      name.endsWith('mask') ? 1 : 4 + Math.floor(26 * next()),
    );
    return tensor('i64', known, data);
  };
  const rest = graph.inputs.filter(({ name }) => name !== 'input_ids' && name !== 'attention_mask');
  return Object.fromEntries(rest.map(({ name, id }) => [name, of(name, id)]));
}

/** Equal documents that fill their blocks, so that nothing is padded. */
const equalDocuments = (count: number, length: number, seed: number): Document[] => {
  const next = random(seed);
  const ids = (): number[] => Array.from({ length }, () => 4 + Math.floor(26 * next()));
  return Array.from({ length: count }, () => ({ ids: ids(), mask: Array(length).fill(1) }));
};

/** The lengths, up to the length of the model, that fill the blocks of all layers, so that nothing is padded. */
function wholeLengths({ encoder: { layers, length } }: ModelSpec): number[] {
  const units = layers.map(({ attention }) => (attention.args.size as number | undefined) ?? 1);
  const unit = units.reduce((a, b) => (a * b) / greatestCommonDivisor(a, b));
  return Array.from({ length }, (_, i) => i + 1).filter((n) => n % unit === 0);
}

const ENTRIES = ['encode', 'forward', 'generate', 'prefill', 'step'] as const satisfies readonly Entry[];

const cases = fc.record({
  config: anySystem,
  way: fc.constantFrom(...WAYS),
  batch: fc.integer({ min: 1, max: 2 }),
  length: fc.nat(99),
  seed: fc.nat(99_999),
});

// Every entry is tested with every way, because drawing both at random would leave out some combinations.
test.each(ENTRIES)('exact at every node and in total, for documents without padding: %s', (entry) => {
  for (const way of WAYS)
    fc.assert(
      fc.property(cases, ({ config, batch, length, seed }) => {
        const spec = specOf(config);
        const lengths = wholeLengths(spec);
        fc.pre(lengths.length > 0);
        const graph = graphFor(spec, entry, way);
        const documents = batchOf(equalDocuments(batch, lengths[length % lengths.length]!, seed));
        const all = counted(graph, { ...documents, ...othersOf(graph, batch, seed) }, smallWeight);
        expectExact(all);
        expect(totalOf(all, 'performed').macs).toBeGreaterThan(0);
      }),
      { numRuns: effort(1, 5) },
    );
});

test('an upper bound at every node for documents of any lengths, with holes', () => {
  let less = 0;
  const drawn = fc.tuple(cases, someDocuments(24));
  fc.assert(
    fc.property(drawn, ([{ config, way, seed }, documents]) => {
      const spec = specOf(config);
      const graph = graphFor(spec, 'forward', way);
      const cut = <T>(all: readonly T[]): T[] => all.slice(0, spec.encoder.length);
      const batch = batchOf(documents.map(({ ids, mask }) => ({ ids: cut(ids), mask: cut(mask) })));
      const all = counted(graph, { ...batch, ...othersOf(graph, documents.length, seed) }, smallWeight);
      expectUpperBound(all);
      if (totalOf(all, 'declared').macs > totalOf(all, 'performed').macs) less++;
    }),
    sameFirst(effort(10, 100), drawn),
  );
  expect(less).toBeGreaterThan(0);
});

/** The number of parameters in the weight file of an artifact, and in the oracle's weights of the same names. */
function numbersIn(graph: Graph, weights: OracleWeights): { written: number; trained: number } {
  const { placements } = emit(graph, { ops: OPS, metadata: {}, version: 'test', dataFile: 'weights' });
  const inFile = new Map(placements.map(({ name, bytes }) => [name, bytes / 4]));
  const names = graph.params.map(({ weight }) => weight.name);
  const total = (of: (name: string) => number): number => names.reduce((sum, name) => sum + of(name), 0);
  return {
    written: total((name) => inFile.get(name)!),
    trained: total((name) => weights.get(name)!.data.length),
  };
}

test('the number of parameters is the number in the weight file, and in the oracle’s weights', () => {
  const entries = fc.constantFrom<Entry>('encode', 'forward', 'generate', 'step');
  fc.assert(
    fc.property(anySystem, entries, (config, entry) => {
      const graph = lower(specOf(config), { entry }).value!;
      const { total, groups } = parametersOf(graph);
      const { written, trained } = numbersIn(graph, randomWeights(config, 1));
      expect([BigInt(written), BigInt(trained)]).toEqual([total, total]);
      expect(Object.keys(groups)).not.toContain('other');
      // Besides the weights, the file contains only tables of positions.
      expect(Number(weightBytesOf(graph, OPS)) / 4).toBeGreaterThanOrEqual(written);
    }),
    { numRuns: effort(24, 200) },
  );
});
