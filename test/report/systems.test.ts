/** The paper's tables and claims, derived from the models themselves (SYSTEMS.md 4.2 to 4.4, checks by their ids). */
import { describe, expect, test } from 'vitest';
import { decimal, rational, toNumber } from '../../report/algebra/rational.ts';
import { reportOf } from '../../report/report.ts';
import { modelsIn, ROWS, rowNamed, specOf } from './systems.ts';

const reports = new Map(ROWS.map((row) => [row, reportOf(specOf(row))]));
const reportNamed = (start: string) => reports.get(rowNamed(start))!;
const [deep, deepBlockwise] = [reportNamed('T3b'), reportNamed('T3a')];

describe('every row of the tables', () => {
  test.each(ROWS.map((row) => [row.row, row] as const))('%s', (_, row) => {
    const { table1, encoder, decoder, lengths } = reports.get(row)!;
    expect(encoder.macs.attention.count).toBe(row.self);
    expect(decoder!.layers[0]!.crossAttention.count).toBe(row.cross);
    expect(encoder.layers.reduce((sum, { consumes }) => sum + consumes, 0)).toBe(row.sum);
    expect(table1.c).toEqual(rational(BigInt(row.sum), BigInt(lengths.length)));
    expect(toNumber(table1.c)).toBe(row.c);
    expect(table1.selfAttention).toEqual({ text: row.table1, units: row.self / 2n });
  });

  test.each(ROWS.map((row) => [row.row, row] as const))(
    '%s: every part by its formula (1.0, 1.1)',
    (_, row) => {
      const { spec, encoder, decoder } = reports.get(row)!;
      const [d, f, t] = [spec.width, spec.ffn.width, 512].map(BigInt) as [bigint, bigint, bigint];
      const vocabulary = BigInt(spec.vocabulary);
      encoder.layers.forEach(({ consumes, pool, macs }) => {
        const n = BigInt(consumes);
        expect(macs.projections.count).toBe(4n * n * d * d);
        expect(macs.ffn.count).toBe(2n * n * d * f);
        expect(macs.score.count).toBe(pool ? n * d : 0n);
        // A selection multiplies nothing, and successive halving selects in one pass.
        expect(macs.pool.count).toBe(pool === 'soft_topk' ? n * d : 0n);
      });
      const memory = BigInt(encoder.layers.at(-1)!.emits);
      for (const layer of decoder!.layers) {
        expect(layer.selfAttention.count).toBe(d * t * (t + 1n));
        expect(layer.crossAttention.count).toBe(2n * t * memory * d);
        expect(layer.projections.count).toBe(6n * t * d * d);
        expect(layer.memoryProjections.count).toBe(2n * memory * d * d);
        expect(layer.ffn.count).toBe(2n * t * d * f);
      }
      expect(decoder!.macs.head.count).toBe(t * d * vocabulary);
      expect(decoder!.paperSelfAttention.count).toBe(BigInt(decoder!.layers.length) * t * t * d);
    },
  );

  test('has cross-attention over n without a pooling, and over k with one', () => {
    for (const [{ schedule }, { table1 }] of reports) {
      const pooled = schedule.includes('->') && schedule !== '8k x 6';
      expect(table1.crossAttention!.text).toBe(pooled ? 'l × t × k × d' : 'l × t × n × d');
    }
  });

  test('has factors whose product is its units', () => {
    for (const { table1 } of reports.values()) {
      const { symbols, c, selfAttention, crossAttention } = table1;
      const value = (text: string): bigint => {
        const factors = text.split(' × ').map((f) => (f === 'c' ? c.numerator : symbols[f]!));
        return factors.reduce((a, b) => a * b, 1n) / (text.startsWith('c') ? c.denominator : 1n);
      };
      expect(value(selfAttention.text!)).toBe(selfAttention.units);
      // Here l is the number of decoder layers.
      const { l, ...rest } = symbols;
      const spec = crossAttention!.text!.split(' × ').slice(1);
      const perLayer = spec.reduce((a, f) => a * rest[f]!, 1n);
      expect(crossAttention!.units % perLayer).toBe(0n);
      expect(l).toBeGreaterThan(0n);
    }
  });
});

describe('named checks', () => {
  test('C01: Vanilla to Blockwise at 8k, encoder self-attention, 16 times', () => {
    const [vanilla, blockwise] = [reportNamed('3'), reportNamed('5')];
    expect(vanilla.encoder.macs.attention.count).toBe(16n * blockwise.encoder.macs.attention.count);
  });

  test('C02: deep Blockwise to DeepPyramidion, encoder self-attention, 2.46 times', () => {
    const ratio = rational(deepBlockwise.encoder.macs.attention.count, deep.encoder.macs.attention.count);
    expect(ratio).toEqual(rational(49_152n, 19_968n));
    expect(decimal(ratio, 6)).toBe('2.461538');
    expect(Math.abs(toNumber(ratio) - 2.5)).toBeLessThan(0.05);
  });

  test('C02b: read as output lengths, the numbers of the paper would save 1.78 times', () => {
    const literal = reportOf(specOf({ ...rowNamed('T3b'), schedule: '8k x 3, 2k, 512 x 2 -> 512' }));
    const ratio = rational(deepBlockwise.encoder.macs.attention.count, literal.encoder.macs.attention.count);
    expect(ratio).toEqual(rational(49_152n, 27_648n));
    expect(decimal(ratio, 6)).toBe('1.777778');
    expect(2.5 - toNumber(ratio)).toBeGreaterThan(0.5);
  });

  test('C03: deep Blockwise to DeepPyramidion, cross-attention, 16 times', () => {
    const of = (report: typeof deep): bigint => report.decoder!.macs.crossAttention.count;
    expect(of(deepBlockwise)).toBe(16n * of(deep));
  });

  test('C04: decoder attention, self at t/2 keys, t = 256, 13 times', () => {
    const of = (report: typeof deep): bigint => {
      const { decoder } = reportOf(report.spec, { target: 256 });
      return decoder!.macs.crossAttention.count + decoder!.paperSelfAttention.count;
    };
    expect(rational(of(deepBlockwise), of(deep))).toEqual(rational(13n, 1n));
  });

  describe('C04b: in other conventions this ratio is', () => {
    type Decoder = NonNullable<typeof deep.decoder>;
    const l = 6n;
    const full = (target: number): bigint => 2n * l * BigInt(target) ** 2n * 768n;
    const exactly = ({ macs }: Decoder): bigint => macs.selfAttention.count + macs.crossAttention.count;
    const all = ({ macs }: Decoder): bigint => macs.total.count - macs.head.count;
    // The multiplications of a layer over a memory of M rows, in units of d.
    const causal = (t: bigint) => (M: bigint) => 2n * t * M + t * (t + 1n);
    const dense = (t: bigint) => (M: bigint) => 2n * t * M + 2n * t * t;
    const linear = (t: bigint) => (M: bigint) => causal(t)(M) + 14n * t * 768n;
    test.each<[string, number, (decoder: Decoder) => bigint, (M: bigint) => bigint, string]>([
      ['causal, t = 256', 256, exactly, causal(256n), '12.99'],
      ['not causal, t = 256', 256, ({ macs }) => macs.crossAttention.count + full(256), dense(256n), '11'],
      ['causal, t = 512', 512, exactly, causal(512n), '10.99'],
      ['not causal, t = 512', 512, ({ macs }) => macs.crossAttention.count + full(512), dense(512n), '8.5'],
      // SYSTEMS.md gives 8.72, which counts t/2 keys.
      ['causal, t = 966', 966, exactly, causal(966n), '8.71'],
      [
        'with projections, memory projections and FFN, t = 256',
        256,
        all,
        (M: bigint) => linear(256n)(M) + 2n * M * 768n,
        '5.07',
      ],
      [
        'with projections and FFN, without memory projections, t = 256',
        ...[
          256,
          (decoder: Decoder) => all(decoder) - decoder.macs.memoryProjections.count,
          linear(256n),
          '2.28',
        ],
      ],
    ] as [string, number, (decoder: Decoder) => bigint, (M: bigint) => bigint, string][])(
      '%s',
      (_, target, of, by, text) => {
        const [more, less] = [deepBlockwise, deep].map(({ spec }) => of(reportOf(spec, { target }).decoder!));
        const ratio = rational(more!, less!);
        expect(ratio).toEqual(rational(by(8192n), by(512n)));
        expect(decimal(ratio, 2)).toBe(text);
      },
    );
  });

  test.each([
    ['8k, 4k, 2k, 1k, 512 -> 512', 512n],
    ['4k, 2k, 1k -> 1k', 1024n],
    ['2k, 1k -> 1k', 1024n],
  ])('C07: halving in every layer, %s, is (2 − k/n)·m·n·d', (schedule, k) => {
    const { table1 } = reportOf(specOf({ ...rowNamed('21'), schedule }));
    const { n, m, d } = table1.symbols;
    expect(table1.selfAttention.units).toBe((2n * n! - k) * m! * d!);
    expect(table1.bound).toEqual({
      text: '(2 − k/n) × m × n × d',
      units: table1.selfAttention.units,
      k,
    });
    expect(table1.c).toEqual(rational(2n * n! - k, n!));
  });

  test('C07: it is a bound if each layer reads at most half of the one before, and absent otherwise', () => {
    const steep = reportOf(specOf({ ...rowNamed('21'), schedule: '8k, 2k, 512 -> 512' })).table1;
    expect(steep.selfAttention.units).toBeLessThan(steep.bound!.units);
    expect(deep.table1.bound).toBeNull();
  });

  test('C08: b + b/2 + … + b/2^l is b(2 − 2^−l), at most 2b, for schedules that halve in this way', () => {
    for (const l of [1, 2, 3, 4]) {
      const lengths = Array.from({ length: l + 1 }, (_, i) => 8192 / 2 ** i);
      const { encoder } = reportOf(specOf({ ...rowNamed('21'), schedule: lengths.join(', ') }));
      const sum = encoder.layers.reduce((total, { consumes }) => total + consumes, 0);
      expect(sum).toBe(8192 * (2 - 2 ** -l));
      expect(sum).toBeLessThanOrEqual(2 * 8192);
    }
  });

  test('C09: parameters, shallow: 31,096,832, which is 32 M only rounded up', () => {
    const { total, groups } = reportNamed('5').parameters;
    expect(total).toBe(31_096_832n);
    expect(groups.embeddings).toBe(16_384_000n);
    expect(total - groups.embeddings!).toBe(14_712_832n);
    expect(Math.abs(Number(total) / 32e6 - 1)).toBeLessThan(0.03);
  });

  test('C10: parameters, deep: 123,813,888 without scorers, within half a million of 124 M', () => {
    const { total, groups } = deep.parameters;
    expect(total - groups.scorers!).toBe(123_813_888n);
    expect(groups.embeddings).toBe(24_576_000n);
    expect(total - groups.scorers! - groups.embeddings!).toBe(99_237_888n);
    expect(Math.abs(Number(total) - 124e6)).toBeLessThan(0.5e6);
  });

  test('C11: DeepPyramidion has d + 1 = 769 more for each pooling; a scorer in each layer, as published, is 4,614', () => {
    const more = deep.parameters.total - deepBlockwise.parameters.total;
    const poolings = deep.spec.encoder.layers.filter(({ pool }) => pool).length;
    expect(more).toBe(BigInt(poolings) * 769n);
    // The published code has a scorer in each of the six layers, and uses only two.
    const idle = BigInt(deep.spec.encoder.layers.length - poolings) * 769n;
    expect(more + idle).toBe(4_614n);
    expect(deep.parameters.total + idle).toBe(123_818_502n);
  });

  test('C19: DeepPyramidion has 2.4375 effective layers', () => {
    expect(deep.table1.c).toEqual(rational(19_968n, 8_192n));
    expect(decimal(deep.table1.c, 4)).toBe('2.4375');
  });
});

test('layers of Tables 5 and 6 have the parameters of SYSTEMS.md 4.3', () => {
  const of = (l: number, width: number, ffn: number, decoder: string) =>
    reportOf(
      modelsIn(
        `model A { width ${width}; ffn ${ffn}; encoder { schedule 2k x ${l} }; ${decoder} }`.replaceAll(
          ';',
          '\n',
        ),
      )[0]!,
    ).parameters.total;
  for (const [width, ffn, encoder, decoder] of [
    [512, 2048, 3_152_384n, 4_204_032n],
    [768, 3072, 7_087_872n, 9_451_776n],
  ] as const) {
    expect(of(3, width, ffn, '') - of(2, width, ffn, '')).toBe(encoder);
    const layers = (n: number): bigint => of(2, width, ffn, `decoder { layers ${n} }`);
    expect(layers(3) - layers(2)).toBe(decoder);
  }
});
