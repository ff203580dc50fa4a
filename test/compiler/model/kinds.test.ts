/**
 * Tests the laws that every kind must keep, also with kinds that the compiler has never seen. No kind can break one
 * silently.
 */
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { emit, encodeSingleFile } from '../../../compiler/emit/index.ts';
import { createBuilder, type Value } from '../../../compiler/ir/build.ts';
import { type Dim, evaluate, min } from '../../../compiler/ir/dim.ts';
import { type, typeText } from '../../../compiler/ir/graph.ts';
import { interpret } from '../../../compiler/ir/interpret.ts';
import { sizeOf, tensor } from '../../../compiler/ir/tensors.ts';
import { type Init, plainWeight } from '../../../compiler/ir/weights.ts';
import { lower } from '../../../compiler/model/index.ts';
import { KINDS } from '../../../compiler/model/kinds/index.ts';
import type {
  Args,
  AttentionKind,
  AttentionPlace,
  PoolKind,
  ScorerKind,
} from '../../../compiler/model/kinds/kind.ts';
import { paddedLength, paddingUnit, rowsByLayer } from '../../../compiler/model/lengths.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { squeeze } from '../../../compiler/ops/layout.ts';
import { matmul } from '../../../compiler/ops/matmul.ts';
import type { ModelSpec } from '../../../dsl/spec.ts';
import { compile, parse, randomWeights } from '../../../index.ts';
import { footprint } from '../../../report/footprint.ts';
import { reportOf } from '../../../report/report.ts';
import { fromOrt, toOrt } from '../emit/onnx.ts';
import { smallWeight } from '../ops/samples.ts';
import { halves, meanPool, power, registered, twoLinears } from './toys.ts';

const source = (encoder: string) => ({
  path: 'toy.ben',
  text: `model Toy {\n  vocabulary 64\n  width 16\n  heads 2\n  encoder { ${encoder} }\n}\n`,
});

function specOf(encoder: string): ModelSpec {
  const { value, diagnostics } = parse(source(encoder));
  expect(diagnostics).toEqual([]);
  return value!.models[0]!;
}

const at = (dim: Dim, length: number): number => evaluate(dim, new Map([['length', length]]))!;

/** The memories of documents of these lengths, as one batch with padding. */
async function memoriesOf(encoder: string, lengths: readonly number[]) {
  const { value, diagnostics } = compile(source(encoder));
  expect(diagnostics).toEqual([]);
  const emitted = emit(value!.graph, { ops: OPS, metadata: {}, version: 'test' });
  const bytes = await encodeSingleFile(emitted, randomWeights(3));
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const longest = Math.max(...lengths);
  const flat = lengths.flatMap((n) => Array.from({ length: longest }, (_, i) => (i < n ? 4 + (i % 50) : 1)));
  const mask = lengths.flatMap((n) => Array.from({ length: longest }, (_, i) => Number(i < n)));
  const shape = [lengths.length, longest];
  const out = await session.run({
    input_ids: toOrt(tensor('i64', shape, flat)),
    attention_mask: toOrt(tensor('i64', shape, mask)),
  });
  await session.release();
  return Object.fromEntries(Object.entries(out).map(([name, t]) => [name, fromOrt(t)]));
}

describe('a pooling gives as many rows as it declares', () => {
  const SCHEDULES: Readonly<Record<string, readonly number[]>> = { hard_topk: [64, 16], soft_topk: [64, 16] };
  test.each(KINDS.pool.map(({ name }) => name))('%s', (name) => {
    const [length, memory] = SCHEDULES[name] ?? [64, 32];
    const spec = specOf(`attention full; schedule ${length} -> ${memory}; pool ${name}`);
    const { emitted } = KINDS.pool.find((kind) => kind.name === name)!;
    const graph = lower(spec, { entry: 'encode' }).value!;
    const given = graph.types[graph.outputs[0]!.id]!.shape[1]!;
    const { args } = spec.encoder.layers[0]!.pool!;
    for (const n of [1, 15, 16, 17, 63, 64]) {
      const rows = evaluate(
        given,
        new Map([
          ['length', n],
          ['tokens', n],
        ]),
      );
      expect(rows).toBe(evaluate(emitted(n, memory!, args), new Map()));
    }
  });

  test('a pooling that declares another number is refused when it is lowered', () => {
    const liar: PoolKind = { ...meanPool, name: 'liar', emitted: (n, k) => min(n, k) };
    registered('pool', liar);
    const spec = specOf('attention full; schedule 64 -> 32; pool liar(2)');
    expect(() => lower(spec, { entry: 'encode' })).toThrow(
      /the pooling liar declares min\(tokens, 32\) rows, but its x has/,
    );
  });
});

describe('mean(2) twice over block(16)', () => {
  const ENCODER = 'attention block(16); schedule 64, 32, 16; pool mean(2)';

  test('documents are padded so that every layer has whole blocks', () => {
    registered('pool', meanPool);
    const spec = specOf(ENCODER);
    // 32 tokens become 32, 16 and 8 rows, and 8 is less than a block. 64 tokens become 64, 32 and 16 rows.
    expect(paddingUnit(spec)).toBe(32);
    expect(at(paddedLength(spec, 'none'), 50)).toBe(64);
    expect(rowsByLayer(spec, 64)).toEqual([64, 32, 16, 16]);
  });

  test('50 tokens have the same memory of 13 slots alone and in a batch with 64 tokens', async () => {
    registered('pool', meanPool);
    const alone = await memoriesOf(ENCODER, [50]);
    const beside = await memoriesOf(ENCODER, [64, 50]);
    const slots = alone.memory!.shape[1]!;
    expect(alone.memory!.shape).toEqual([1, 16, 16]);
    expect(Array.from(alone.memory_mask!.data)).toEqual(
      Array.from({ length: slots }, (_, i) => Number(i < 13)),
    );
    for (let i = 0; i < 13 * 16; i++)
      expect(beside.memory!.data[slots * 16 + i]).toBeCloseTo(alone.memory!.data[i]!, 5);
    // Each slot is the mean of the four tokens of its window. The last slot is the mean of the two remaining tokens.
    const index = Array.from(alone.origin_index!.data.subarray(0, 13 * 4));
    expect(index.slice(0, 48)).toEqual(Array.from({ length: 48 }, (_, i) => i));
    expect(
      Array.from(alone.origin_weight!.data.subarray(0, 48)).every((w) => Math.abs(w - 0.25) < 1e-6),
    ).toBe(true);
  });

  test('a document that is shorter than a block is not padded, and longer ones run at every length', async () => {
    registered('pool', meanPool);
    for (const length of [1, 7, 16, 17, 33, 63, 64]) {
      const { memory, memory_mask: mask } = await memoriesOf(ENCODER, [length]);
      expect(memory!.data.every(Number.isFinite)).toBe(true);
      expect(mask!.data.reduce((sum, real) => sum + real, 0)).toBe(Math.ceil(length / 4));
    }
  });

  test('the report counts the rows that the pooling declares', () => {
    registered('pool', meanPool);
    const { encoder } = reportOf(specOf(ENCODER), { length: 50 });
    expect(encoder.layers.map(({ consumes, emits }) => [consumes, emits])).toEqual([
      [50, 25],
      [25, 13],
      [13, 13],
    ]);
  });
});

test('a scorer with two linears has its weights under its own name', () => {
  registered('scorer', twoLinears);
  const { value } = compile(source('attention full; schedule 32 -> 8; pool soft_topk by two_linears'));
  const own = value!.weights.filter(({ name }) => name.includes('scorer'));
  expect(own.map(({ name, shape }) => `${name} ${shape}`).sort()).toEqual([
    'encoder.pooler.scorer.0.hidden.bias 8',
    'encoder.pooler.scorer.0.hidden.weight 8,16',
    'encoder.pooler.scorer.0.score.bias 1',
    'encoder.pooler.scorer.0.score.weight 1,8',
  ]);
  expect(value!.graph.outputs.map(({ id }) => typeText(value!.graph.types[id]!))[0]).toContain('f32');
});

/** Computes Σ over heads and real queries of softmax(q·kᵀ/√d_h) with plain loops. q and k are [n, d]. */
function receivedByLoops(q: number[][], k: number[][], real: boolean[], heads: number): number[] {
  const size = q[0]!.length / heads;
  const sums = q.map(() => 0);
  for (let h = 0; h < heads; h++)
    for (const [i, query] of q.entries()) {
      if (!real[i]) continue;
      const part = (row: number[]): number[] => row.slice(h * size, (h + 1) * size);
      const dot = (row: number[]): number =>
        part(row).reduce((sum, x, c) => sum + x * part(query)[c]!, 0) / Math.sqrt(size);
      const e = k.map((key, j) => (real[j] ? Math.exp(dot(key)) : 0));
      const total = e.reduce((a, b) => a + b, 0);
      for (const [j, x] of e.entries()) sums[j]! += x / total;
    }
  return sums;
}

const noWeights = (): never => {
  throw new Error('the graph has no weights');
};

describe('an attention gives the amount of attention that each row received', () => {
  const [n, d, heads] = [12, 8, 2];
  const rows = (seed: number): number[][] =>
    Array.from({ length: n }, (_, i) => Array.from({ length: d }, (_, c) => Math.sin(seed + 7 * i + 3 * c)));
  const real = Array.from({ length: n }, (_, i) => i < 10);

  test.each([
    ['full', {}, n],
    ['block', { size: 4 }, 4],
  ] as const)('%s', (name, args, block) => {
    const kind = KINDS.attention.find((one) => one.name === name)!;
    const b = createBuilder('received');
    const inputs: Readonly<Record<string, Value>> = {
      q_proj: b.input('q', type('f32', 1, n, d)),
      k_proj: b.input('k', type('f32', 1, n, d)),
    };
    const mask = b.input('mask', type('bool', 1, n));
    const place = { b, n, mask, heads, project: (projection: string) => inputs[projection]! };
    b.output('received', kind.received!(place as unknown as AttentionPlace, args));
    const [q, k] = [rows(1), rows(2)];
    const { received } = interpret(
      b.done(),
      {
        q: tensor('f32', [1, n, d], q.flat()),
        k: tensor('f32', [1, n, d], k.flat()),
        mask: tensor('bool', [1, n], real.map(Number)),
      },
      noWeights,
      OPS,
    );
    const want = Array.from({ length: n / block }, (_, i) => {
      const part = <T>(all: readonly T[]): T[] => all.slice(i * block, (i + 1) * block);
      return receivedByLoops(part(q), part(k), part(real), heads);
    }).flat();
    for (const [i, value] of want.entries()) expect(received!.data[i]).toBeCloseTo(real[i] ? value : 0, 6);
  });

  test('a scorer that uses this amount gives the same memory for packed blocks', async () => {
    registered('scorer', power);
    const encoder = 'attention block(8); schedule 32 -> 8; pool hard_topk by power';
    const alone = await memoriesOf(encoder, [20]);
    const beside = await memoriesOf(encoder, [32, 20]);
    expect(alone.memory!.shape).toEqual([1, 8, 16]);
    for (let i = 0; i < 8 * 16; i++)
      expect(beside.memory!.data[8 * 16 + i]).toBeCloseTo(alone.memory!.data[i]!, 5);
  });

  test('an attention that does not give this amount is refused at the scorer', () => {
    registered('attention', halves);
    registered('scorer', power);
    const { diagnostics } = parse(source('attention halves; schedule 32 -> 8; pool hard_topk by power'));
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['D209', 'this attention does not give what each row received'],
    ]);
  });
});

test('heads that are divided among kinds compute the same as the heads of one attention', async () => {
  registered('attention', halves);
  const [one, two] = [
    await memoriesOf('attention full; schedule 16', [13]),
    await memoriesOf('attention halves; schedule 16', [13]),
  ];
  for (const [i, value] of one.memory!.data.entries()) expect(two.memory!.data[i]).toBeCloseTo(value, 5);
});

/** A kind's arguments with every length set to 4, so that a few rows make several blocks. */
const smallArgs = ({ params }: AttentionKind): Args =>
  Object.fromEntries(
    params.flatMap((param) => {
      const value = param.type === 'length' ? 4 : param.default;
      return value === undefined ? [] : [[param.name, value]];
    }),
  );

describe('an attention obeys its mask, and its runs are independent if it declares this', () => {
  const [n, d] = [16, 8];
  const numbers = (seed: number): number[] =>
    Array.from({ length: n * d }, (_, i) => Math.sin(seed * (i + 1)));

  /** The context of rows whose queries, keys and values are the rows themselves. */
  function contextOf(kind: AttentionKind, rows: readonly number[], real: readonly boolean[]): Float64Array {
    const b = createBuilder('context');
    const x = b.input('x', type('f32', 1, n, d));
    const mask = b.input('mask', type('bool', 1, n));
    const weight = (name: string, shape: readonly number[], init: Init): Value =>
      b.param(plainWeight(name, shape, init));
    const place = { b, x, n, mask, heads: 2, width: d, layer: 0, prefix: 'a', weight, project: () => x };
    b.output('y', kind.lower(place as unknown as AttentionPlace, smallArgs(kind)));
    const inputs = { x: tensor('f32', [1, n, d], [...rows]), mask: tensor('bool', [1, n], real.map(Number)) };
    return interpret(b.done(), inputs, smallWeight, OPS).y!.data;
  }

  const whole = Array.from({ length: n }, () => true);
  const changedFrom = (rows: readonly number[], row: number): number[] =>
    rows.map((x, i) => (i < row * d ? x : x + 1));

  const obeys = (kind: AttentionKind): void => {
    const real = whole.map((_, i) => i < 11);
    const [rows, other] = [numbers(1), changedFrom(numbers(1), 11)];
    const [a, c] = [contextOf(kind, rows, real), contextOf(kind, other, real)];
    for (let i = 0; i < 11 * d; i++) expect(c[i]).toBeCloseTo(a[i]!, 9);
  };

  const isIndependent = (kind: AttentionKind): void => {
    const run = kind.independent?.(smallArgs(kind));
    if (run === undefined) return;
    const [a, c] = [contextOf(kind, numbers(1), whole), contextOf(kind, changedFrom(numbers(1), run), whole)];
    for (let i = 0; i < run * d; i++) expect(c[i]).toBeCloseTo(a[i]!, 9);
  };

  test.each(KINDS.attention.map((kind) => [kind.name, kind] as const))('%s', (_, kind) => {
    obeys(kind);
    isIndependent(kind);
  });

  const full = KINDS.attention.find(({ name }) => name === 'full')!;
  test('a kind that ignores its mask fails', () => {
    const blind: AttentionKind = {
      ...full,
      lower: (place, args) => full.lower({ ...place, mask: null }, args),
    };
    expect(() => obeys(blind)).toThrow();
  });

  test('a kind whose rows see beyond their runs fails', () => {
    expect(() => isIndependent({ ...full, independent: () => 4 })).toThrow();
  });

  test('runs that do not divide the rows are refused where the kind is lowered', () => {
    registered('attention', { ...full, name: 'ragged', independent: () => 16 });
    const spec = specOf('attention ragged; schedule 32');
    expect(() => lower(spec, { entry: 'encode' })).toThrow(/the attention ragged declares runs of 16 rows/);
  });
});

test('a pooling that gives another number of rows than the schedule is refused where it is lowered', () => {
  const { check: _, ...unchecked } = meanPool;
  registered('pool', { ...unchecked, name: 'unchecked' });
  const spec = specOf('attention full; schedule 64 -> 8; pool unchecked(2)');
  expect(() => lower(spec, { entry: 'encode' })).toThrow(/makes 32 of 64 rows, but the schedule demands 8/);
});

test('all weights and products of a scorer stay float32, whichever ops it uses, and are counted as float32', () => {
  const products: ScorerKind = {
    name: 'products',
    doc: 'A scorer that multiplies by a matrix without a linear.',
    params: [],
    lower: ({ b, x, width, weight }) => {
      const matrix = weight('matrix', [width, 1], { kind: 'uniform', bound: 0.1 });
      return b.add(squeeze, [b.add(matmul, [x, matrix])], { axis: -1 });
    },
  };
  registered('scorer', twoLinears);
  registered('scorer', products);
  for (const scorer of ['two_linears', 'products']) {
    const text = source(`attention full; schedule 32 -> 8; pool soft_topk by ${scorer}`);
    const { value } = compile(text, { target: 'cuda', precision: 'fp16' });
    const emitted = emit(value!.graph, { ops: OPS, metadata: {}, version: 'test' });
    const own = emitted.placements.filter(({ name }) => name.includes('.scorer.'));
    const numbers = value!.weights
      .filter(({ group }) => group === 'scorers')
      .map(({ shape }) => sizeOf(shape));
    const bytes = 4 * numbers.reduce((a, b) => a + b, 0);
    expect(own.every(({ content }) => content.dtype === 'f32')).toBe(true);
    expect(own.reduce((sum, placement) => sum + placement.bytes, 0)).toBe(bytes);
    expect(footprint.weights(value!.spec, 'fp16').scorers).toBe(BigInt(bytes));
  }
});

describe('a decoder accepts the attentions that have a form for it', () => {
  test('the language refuses all other attentions at their position', () => {
    const text = 'model A { encoder { }; decoder { attention block(16) } }';
    const { diagnostics } = parse({ path: 'a.ben', text });
    expect(diagnostics.map(({ code }) => code)).toEqual(['D106']);
    expect(text.slice(diagnostics[0]!.labels[0]!.span.start)).toMatch(/^block/);
    expect(diagnostics[0]!.message).toBe('`attention` of a decoder has no kind `block`');
  });
});
