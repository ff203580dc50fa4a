/**
 * Compares every quantity that a budget may name with its formula from SYSTEMS.md 0.3, 1.0 and 4.3. The formulas are written
 * in terms of the schedule, without a graph or a report. The comparison is a `check` block with `==`, as users write it.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KINDS } from '../../compiler/model/kinds/index.ts';
import { analyze, QUANTITIES, render } from '../../dsl/index.ts';
import { NO_AMOUNT } from '../../report/algebra/amounts.ts';
import { subtract, whole } from '../../report/algebra/fractions.ts';
import { evaluateBudgets } from '../../report/budgets/budgets.ts';
import { QUANTITY_TABLE } from '../../report/budgets/quantities.ts';
import { footprint } from '../../report/footprint.ts';
import { reportOf } from '../../report/report.ts';
import { effort } from '../effort.ts';
import { EXAMPLES } from '../examples.ts';

const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);

interface Shape {
  readonly d: number;
  readonly heads: number;
  readonly f: number;
  readonly V: number;
  readonly norm: 'pre' | 'post';
  readonly shared: boolean;
  /** The block size of each layer in units of 4; 0 for full attention. */
  readonly block: number;
  /** The lengths that the layers read, and the length of the memory. */
  readonly lengths: readonly number[];
  readonly memory: number;
  readonly decoder: { readonly layers: number; readonly target: number } | null;
}

const shape: fc.Arbitrary<Shape> = fc
  .record({
    heads: fc.constantFrom(1, 2, 4),
    perHead: fc.constantFrom(4, 8, 12),
    f: fc.integer({ min: 1, max: 70 }),
    V: fc.integer({ min: 5, max: 300 }),
    norm: fc.constantFrom('pre' as const, 'post' as const),
    shared: fc.boolean(),
    block: fc.constantFrom(0, 8, 16),
    drops: fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 1, maxLength: 4 }),
    decoder: fc.option(
      fc.record({ layers: fc.integer({ min: 1, max: 3 }), target: fc.integer({ min: 1, max: 20 }) }),
    ),
  })
  .map(({ heads, perHead, drops, ...rest }) => {
    const halvings = drops.map((_, i) => sum(drops.slice(0, i + 1)));
    const all = [64, ...halvings.map((times) => Math.max(4, 64 >> times))];
    const [lengths, memory] = [all.slice(0, -1), all.at(-1)!];
    return { ...rest, heads, d: heads * perHead, lengths, memory };
  });

const textOf = ({
  d,
  heads,
  f,
  V,
  norm,
  shared,
  block,
  lengths,
  memory,
  decoder,
}: Shape): string => `model A {
  vocabulary ${V}
  width ${d}
  heads ${heads}
  ffn ${f}
  norm ${norm}
  encoder {
    attention ${block === 0 ? 'full' : `block(${block})`}
    schedule ${lengths.join(', ')} -> ${memory}
  }
  ${decoder ? `decoder { layers ${decoder.layers}; target ${decoder.target} }\n  share ${shared ? 'embeddings' : 'none'}` : ''}
}
`;

/** The value of each quantity for documents of the schedule's first length. */
function formulas(s: Shape, t: number, B: number): Record<string, bigint> {
  const { d, f, V, heads, lengths, memory: M } = s;
  const n = lengths;
  const spans = n.map((rows) => (s.block === 0 ? rows : Math.min(s.block, rows)));
  const emitted = [...n.slice(1), M];
  const pooled = n.filter((rows, i) => emitted[i]! < rows);
  const l = s.decoder?.layers ?? 0;
  const self = sum(n.map((rows, i) => 2 * rows * spans[i]! * d));
  const own = l * d * t * (t + 1);
  const cross = l * 2 * t * M * d;
  const encoder = { projections: sum(n) * 4 * d * d, ffn: sum(n) * 2 * d * f, score: sum(pooled) * d };
  const decoder = { projections: l * 6 * t * d * d, memory: l * 2 * M * d * d, ffn: l * 2 * t * d * f };
  const head = l > 0 ? t * d * V : 0;
  const encoderAll = self + encoder.projections + encoder.ffn + encoder.score;
  const decoderAll = own + cross + decoder.projections + decoder.memory + decoder.ffn + head;
  const scorers = pooled.length * (d + 1);
  const encoderLayer = 4 * (d * d + d) + (d * f + f) + (f * d + d) + 4 * d;
  const decoderLayer = 8 * (d * d + d) + 2 * d * f + f + d + 6 * d;
  const finals = s.norm === 'pre' ? 2 * d * (l > 0 ? 2 : 1) : 0;
  const matrices = l > 0 && !s.shared ? 3 : 1;
  const parameters = n.length * encoderLayer + l * decoderLayer + finals + matrices * V * d + scorers;
  const entries = sum(n.map((rows, i) => rows * spans[i]!)) + l * (t * t + t * M);
  // A norm computes a root for each row of documents and of words. Pre-norm models have one more norm at the end.
  const norms = 2 * sum(n) + 3 * l * t + (s.norm === 'pre' ? M + (l > 0 ? t : 0) : 0);
  // A pooling scores every row with a sigmoid. It drops N − k of N slots in pairs, each with two powers and a sigmoid.
  const poolings = n.flatMap((rows, i) => {
    const k = emitted[i]!;
    return k < rows ? [rows + 3 * (k * 2 ** Math.ceil(Math.log2(rows / k)) - k)] : [];
  });
  const counts = {
    parameters,
    attention: B * (self + own + cross),
    self_attention: B * self,
    decoder_self_attention: B * own,
    paper_self_attention: B * l * t * t * d,
    cross_attention: B * cross,
    projections: B * (encoder.projections + decoder.projections),
    memory_projections: B * decoder.memory,
    ffn: B * (encoder.ffn + decoder.ffn),
    score: B * encoder.score,
    head: B * head,
    decoder_macs: B * decoderAll,
    // The matrix of decoder self-attention is t × t, including masked entries (SYSTEMS.md 1.1).
    attention_elements: B * heads * entries,
    // Softmax has one exponential for each entry. A pooling also computes the logarithm of its base once.
    exps: B * (heads * entries + norms + sum(poolings)) + poolings.length,
    gradient_bytes: 4 * parameters,
    optimizer_bytes: 2 * 4 * parameters,
    'training_memory - training_activations': 4 * 4 * parameters,
    weight_bytes: 4 * parameters,
    kv_cache: 2 * l * (t + M) * d * 4 * B,
    // Poolings have no formula here. They mix n − k rows, each at most twice.
    'encoder_macs - pool': B * encoderAll,
    'macs - pool': B * (encoderAll + decoderAll),
  };
  return Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, BigInt(value)]));
}

/** The values of one layer of the encoder, counted from 0. */
function inEncoder(s: Shape, i: number, B: number): Record<string, number> {
  const { d, f, heads, lengths, memory } = s;
  const n = lengths[i]!;
  const span = s.block === 0 ? n : Math.min(s.block, n);
  const attention = 2 * n * span * d;
  const score = (lengths[i + 1] ?? memory) < n ? n * d : 0;
  const counts = {
    self_attention: attention,
    attention,
    score,
    projections: 4 * n * d * d,
    ffn: 2 * n * d * f,
    attention_elements: heads * n * span,
    'encoder_macs - pool': attention + score + 4 * n * d * d + 2 * n * d * f,
  };
  return mapValues(counts, (value) => B * value);
}

/** The values of any layer of the decoder. */
function inDecoder({ d, f, heads, memory: M }: Shape, t: number, B: number): Record<string, number> {
  const [self, cross, projections] = [d * t * (t + 1), 2 * t * M * d, 6 * t * d * d];
  const counts = {
    decoder_self_attention: self,
    cross_attention: cross,
    attention: self + cross,
    projections,
    paper_self_attention: t * t * d,
    memory_projections: 2 * M * d * d,
    ffn: 2 * t * d * f,
    decoder_macs: self + cross + projections + 2 * M * d * d + 2 * t * d * f,
    attention_elements: heads * (t * t + t * M),
  };
  return mapValues(counts, (value) => B * value);
}

const mapValues = (of: Record<string, number>, by: (value: number) => number): Record<string, number> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, by(value)]));

/** The argument `layer`, with `side` if both sides have the quantity. */
const layerArgs = (name: string, side: 'encoder' | 'decoder', layer: number, args: string): string =>
  name
    .split(' - ')
    .map((one) => {
      const both = QUANTITIES[one]!.params.some((param) => param.name === 'side');
      return `${one}(${args}, ${both ? `side: ${side}, ` : ''}layer: ${layer + 1})`;
    })
    .join(' - ');

/** The unit of the first quantity of an expression. */
const unitOf = (expression: string): string =>
  QUANTITIES[expression.split(' - ')[0]!]!.measures === 'bytes' ? 'B' : '';

const withArgs = (expression: string, args: string): string =>
  expression
    .split(' - ')
    .map((name) => (QUANTITIES[name]!.params.some((p) => p.name === 'batch') ? `${name}(${args})` : name))
    .join(' - ');

function broken(text: string): readonly string[] {
  const source = { path: 'a.ben', text };
  const { value, diagnostics } = analyze(source, KINDS);
  expect(value, render(diagnostics, source)).toBeDefined();
  const results = evaluateBudgets(value!, source, footprint);
  expect(results.diagnostics.filter(({ code }) => code !== 'D215')).toEqual([]);
  return results
    .value!.filter(({ holds }) => !holds)
    .map(({ text: budget, left }) => `${budget}: ${left.text}`);
}

test('each quantity equals its formula', () => {
  fc.assert(
    fc.property(
      shape,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 20 }),
      (s, batch, target) => {
        const t = Math.min(target, s.decoder?.target ?? target);
        const args = `batch: ${batch}${s.decoder ? `, target: ${t}` : ''}`;
        const budgets = Object.entries(formulas(s, t, batch)).map(
          ([name, value]) => `  ${withArgs(name, args)} == ${value}${unitOf(name)}`,
        );
        const layers = `  effective_layers == ${sum(s.lengths)} / ${s.lengths[0]}`;
        const pool = `  pool(${args}) <= 2 * ${batch * s.d * (s.lengths[0]! - s.memory)}`;
        expect(broken(`${textOf(s)}check A {\n${[...budgets, layers, pool].join('\n')}\n}\n`)).toEqual([]);
      },
    ),
    { numRuns: effort(25, 200) },
  );
}, 120_000);

test('each layer equals its formula, and the layers of a side add up to the side', () => {
  fc.assert(
    fc.property(shape, fc.integer({ min: 1, max: 3 }), (s, batch) => {
      const { layers: deep, target } = s.decoder ?? { layers: 0, target: 1 };
      const args = `batch: ${batch}${s.decoder ? `, target: ${target}` : ''}`;
      const own = s.lengths.flatMap((_, i) =>
        Object.entries(inEncoder(s, i, batch)).map(
          ([name, value]) => `${layerArgs(name, 'encoder', i, args)} == ${value}`,
        ),
      );
      const other = Array.from({ length: deep }, (_, i) =>
        Object.entries(inDecoder(s, target, batch)).map(
          ([name, value]) => `${layerArgs(name, 'decoder', i, args)} == ${value}`,
        ),
      ).flat();
      const rows = s.lengths.map((n, i) => `effective_layers(layer: ${i + 1}) == ${n} / ${s.lengths[0]}`);
      const all = (name: string, side: 'encoder' | 'decoder', layers: number): string =>
        Array.from({ length: layers }, (_, i) => layerArgs(name, side, i, args)).join(' + ');
      const sums = [
        `${all('encoder_macs', 'encoder', s.lengths.length)} == macs(${args}, side: encoder)`,
        `${all('exps', 'encoder', s.lengths.length)} <= exps(${args}, side: encoder)`,
        `bytes_read(${args}, side: encoder) + bytes_read(${args}, side: decoder) == bytes_read(${args})`,
        `${all('bytes_written', 'encoder', s.lengths.length)} < bytes_written(${args}, side: encoder)`,
      ];
      // Outside its layers, a decoder multiplies only in the output projection.
      const head = s.decoder
        ? [`${all('decoder_macs', 'decoder', deep)} + head(${args}) == macs(${args}, side: decoder)`]
        : ['macs(side: decoder) == 0'];
      const budgets = [...own, ...other, ...rows, ...sums, ...head];
      expect(broken(`${textOf(s)}check A {\n  ${budgets.join('\n  ')}\n}\n`)).toEqual([]);
    }),
    { numRuns: effort(6, 100) },
  );
}, 120_000);

test('a formula that is off by one is detected', () => {
  const s: Shape = {
    d: 8,
    heads: 2,
    f: 16,
    V: 50,
    norm: 'post',
    shared: true,
    block: 8,
    lengths: [64, 64],
    memory: 16,
    decoder: { layers: 2, target: 8 },
  };
  for (const [name, value] of Object.entries(formulas(s, 8, 1)))
    expect(
      broken(`${textOf(s)}check A { ${withArgs(name, 'target: 8')} == ${value + 1n}${unitOf(name)} }`),
    ).toHaveLength(1);
  for (const [name, value] of Object.entries(inDecoder(s, 8, 1))) {
    const layer = layerArgs(name, 'decoder', 1, 'target: 8');
    expect(broken(`${textOf(s)}check A { ${layer} == ${value + 1} }`)).toHaveLength(1);
  }
});

test('the language and the table have the same quantities', () => {
  expect(Object.keys(QUANTITY_TABLE).sort()).toEqual(Object.keys(QUANTITIES).sort());
});

test('a quantity is the sum of its parts, in every example', () => {
  for (const { name, spec } of EXAMPLES.filter((_, i) => i % effort(4, 1) === 0)) {
    const report = reportOf(spec);
    for (const [quantity, { of }] of Object.entries(QUANTITY_TABLE)) {
      // A length is not a sum of parts.
      if (quantity.startsWith('peak') || quantity === 'break_even') continue;
      const { total, parts } = of({ report, precision: 'fp32', footprint, device: 'h100' }) ?? NO_AMOUNT;
      let rest = total;
      for (const { amount } of parts) rest = subtract(rest, amount);
      expect(rest, `${name}: ${quantity}`).toEqual(whole(0));
    }
    expect(QUANTITY_TABLE.macs.of({ report, precision: 'fp32', footprint })!.total).toEqual(
      whole(report.macs.count),
    );
  }
});
