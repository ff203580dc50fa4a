/** Properties of the reports of all models. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluatePolynomial } from '../../compiler/ir/polynomial.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { workOf } from '../../report/algebra/fold.ts';
import { DECODER_PARTS, ENCODER_PARTS, placeOf } from '../../report/algebra/parts.ts';
import { rational, toNumber } from '../../report/algebra/rational.ts';
import { breakEvenOf } from '../../report/break_even.ts';
import { measure } from '../../report/measured.ts';
import { ratiosOf } from '../../report/ratios.ts';
import { type Counted, type ModelReport, reportAt, reportOf } from '../../report/report.ts';
import { REPORT_QUANTITIES } from '../../report/reported.ts';
import { doublings, SWEEPS, type SweepSymbol, sweepOf } from '../../report/sweep.ts';
import { effort } from '../effort.ts';
import { specs } from './random_spec.ts';
import { modelsIn } from './systems.ts';

const RUNS = { numRuns: effort(12, 150) };
const lengths = fc.record({
  length: fc.integer({ min: 1, max: 200 }),
  target: fc.integer({ min: 1, max: 30 }),
  batch: fc.integer({ min: 1, max: 5 }),
});

const sumOf = (all: readonly Counted[]): bigint => all.reduce((total, { count }) => total + count, 0n);
const allOf = (report: ModelReport): readonly (bigint | null)[] =>
  REPORT_QUANTITIES.map(({ count }) => count(report));

test('totals are the sums of parts, and of layers', () => {
  fc.assert(
    fc.property(specs, lengths, (spec, at) => {
      const { encoder, decoder, macs, entries } = reportOf(spec, at);
      for (const part of ENCODER_PARTS) {
        expect(encoder.macs[part].count).toBe(sumOf(encoder.layers.map((layer) => layer.macs[part])));
      }
      expect(encoder.macs.total.count).toBe(sumOf(ENCODER_PARTS.map((part) => encoder.macs[part])));
      expect(macs.count).toBe(encoder.macs.total.count + (decoder?.macs.total.count ?? 0n));
      expect(entries.count).toBeGreaterThanOrEqual(sumOf(encoder.layers.map((layer) => layer.entries)));
      if (!decoder) return;
      expect(decoder.macs.total.count).toBe(sumOf(DECODER_PARTS.map((part) => decoder.macs[part])));
      expect(sumOf(decoder.layers.map(({ total }) => total)) + decoder.macs.head.count).toBe(
        decoder.macs.total.count,
      );
    }),
    RUNS,
  );
});

test('nodes outside of all parts multiply no matrices', () => {
  fc.assert(
    fc.property(specs, (spec) => {
      const { graph } = measure(spec);
      const outside = workOf(graph, OPS).filter((node) => !placeOf(node));
      expect(outside.length).toBeGreaterThan(0);
      for (const { work } of outside) expect(work.macs).toEqual([]);
    }),
    { numRuns: effort(5, 50) },
  );
});

test('the operations of both sides are all operations of the graph', () => {
  fc.assert(
    fc.property(specs, lengths, (spec, at) => {
      const { operations, lengths: all, macs } = reportOf(spec, at);
      const work = workOf(measure(spec).graph, OPS, new Map(Object.entries(all)));
      const total = (kind: 'macs' | 'multiplies' | 'adds' | 'exps'): bigint =>
        work.reduce((sum, node) => sum + evaluatePolynomial(node.work[kind], new Map())!, 0n);
      for (const kind of ['multiplies', 'adds', 'exps'] as const) {
        const { encoder, decoder } = operations;
        expect(encoder[kind].count + (decoder?.[kind].count ?? 0n)).toBe(total(kind));
        expect(encoder[kind].count).toBeGreaterThan(0n);
      }
      expect(macs.count).toBe(total('macs'));
    }),
    { numRuns: effort(6, 60) },
  );
});

test('formulas equal the counts at lengths for which they hold', () => {
  fc.assert(
    fc.property(specs, lengths, fc.integer({ min: 0, max: 8 }), (spec, at, more) => {
      const { from, to, unit } = reportOf(spec).formulas;
      const start = Math.ceil(from / unit) * unit;
      const length = Math.min(start + more * unit, to ?? Number.POSITIVE_INFINITY);
      const report = reportOf(spec, { ...at, length });
      const { target, batch } = report.lengths;
      const symbols = new Map(Object.entries({ n: length, target, batch }));
      for (const { name, count, formula } of REPORT_QUANTITIES) {
        const one = formula?.(report);
        if (one) expect({ name, is: evaluatePolynomial(one, symbols) }).toEqual({ name, is: count(report) });
      }
    }),
    RUNS,
  );
});

test('a schedule below one block has formulas without padding', () => {
  const [spec] = modelsIn('model A { encoder { schedule 64, 32 } }');
  expect(reportOf(spec!).formulas).toEqual({ unit: 1, from: 32, to: 511 });
  const at50 = reportOf(spec!, { length: 50 });
  const symbols = new Map([
    ['n', 50],
    ['batch', 1],
  ]);
  expect(evaluatePolynomial(at50.macs.formula, symbols)).toBe(at50.macs.count);
});

test('a batch of B costs B times one document', () => {
  fc.assert(
    fc.property(specs, lengths, (spec, at) => {
      const measured = measure(spec);
      const [one, many] = [reportAt(measured, { ...at, batch: 1 }), reportAt(measured, at)];
      for (const { measures, count } of REPORT_QUANTITIES) {
        const [some, all] = [count(one), count(many)];
        if (measures === 'multiplications' || measures === 'entries')
          expect(all).toBe(some === null ? null : BigInt(at.batch) * some);
      }
      expect(many.table1).toEqual(one.table1);
    }),
    RUNS,
  );
});

test('a longer document never costs less', () => {
  fc.assert(
    fc.property(specs, lengths, (spec, at) => {
      const measured = measure(spec);
      const [short, long] = [at.length, at.length + 7].map((length) => reportAt(measured, { ...at, length }));
      expect(long!.macs.count).toBeGreaterThanOrEqual(short!.macs.count);
    }),
    RUNS,
  );
});

test('the points of a sweep equal separate reports', () => {
  const ranges: Readonly<Record<SweepSymbol, readonly number[]>> = {
    n: doublings(5, 200),
    t: doublings(1, 33),
    l: doublings(1, 6),
    m: doublings(2, 16),
  };
  fc.assert(
    fc.property(
      specs,
      lengths,
      fc.constantFrom(...(Object.keys(ranges) as SweepSymbol[])),
      (spec, at, symbol) => {
        const swept = sweepOf(measure(spec), at, symbol, ranges[symbol]);
        if ('problem' in swept) {
          expect(swept.problem).toMatch(
            /^(this model has no decoder|no encoder layer of this model attends)/,
          );
          return;
        }
        expect(swept.points.map(({ value }) => value)).toEqual(ranges[symbol]);
        for (const { value, report } of swept.points) {
          const given = symbol === 'n' ? { length: value } : symbol === 't' ? { target: value } : {};
          expect(allOf(report)).toEqual(allOf(reportOf(report.spec, { ...at, ...given })));
        }
      },
    ),
    { numRuns: effort(6, 80) },
  );
});

test('sweeps over l and m equal reports of models with changed texts', () => {
  const text = (schedule: string, m = 16) =>
    modelsIn(
      `model A { width 8; heads 2; ffn 16; encoder { attention block(${m}); schedule ${schedule} }; decoder { } }`.replaceAll(
        ';',
        '\n',
      ),
    )[0]!;
  const measured = measure(text('64, 64, 32 -> 16'));
  const swept = (symbol: SweepSymbol, value: number) => {
    const sweep = sweepOf(measured, {}, symbol, [value]);
    return 'problem' in sweep ? sweep.problem : allOf(sweep.points[0]!.report);
  };
  const whole = (schedule: string, m?: number) => allOf(reportOf(text(schedule, m)));
  expect(swept('l', 1)).toEqual(whole('64 -> 16'));
  expect(swept('l', 2)).toEqual(whole('64, 64 -> 16'));
  expect(swept('l', 3)).toEqual(whole('64, 64, 32 -> 16'));
  expect(swept('l', 5)).toEqual(whole('64, 64, 32, 32, 32 -> 16'));
  expect(swept('m', 8)).toEqual(whole('64, 64, 32 -> 16', 8));
  expect(swept('m', 24)).toBe('blocks of 24 do not divide 64 representations');
  expect(Object.keys(SWEEPS)).toEqual(['n', 't', 'l', 'm']);
});

test('doublings include both ends', () => {
  expect(doublings(1024, 8192)).toEqual([1024, 2048, 4096, 8192]);
  expect(doublings(3, 20)).toEqual([3, 6, 12, 20]);
  expect(doublings(5, 5)).toEqual([5]);
});

test('the product of Table 1 equals its units, or is marked as an upper bound', () => {
  fc.assert(
    fc.property(specs, (spec) => {
      const { selfAttention, atMost, symbols, c } = reportOf(spec).table1;
      if (selfAttention.text === null) return;
      const { n, d, l } = symbols as { n: bigint; d: bigint; l: bigint };
      const [layers, , span] = selfAttention.text.split(' ');
      expect(layers).toBe(c.denominator === 1n && c.numerator === l ? 'l' : 'c');
      const product = (c.numerator * symbols[span!]! * n * d) / c.denominator;
      if (atMost) expect(product).toBeGreaterThan(selfAttention.units);
      else expect(product).toBe(selfAttention.units);
    }),
    RUNS,
  );
  // The last layer has 256 keys for each query, although its blocks have 512. An earlier version showed the product
  // without “at most”.
  const [short] = modelsIn(
    'model S { width 64\n heads 4\n encoder { attention block(512)\n schedule 8k, 2k, 256 -> 64\n pool soft_topk by linear } }',
  );
  expect(reportOf(short!).table1).toMatchObject({
    selfAttention: { text: 'c × m × n × d', units: 339_738_624n },
    atMost: true,
  });
});

test('attention is more work exactly in the ranges of the break-even', () => {
  fc.assert(
    fc.property(specs, (spec) => {
      const measured = measure(spec);
      const { more: ranges, share } = breakEvenOf(measured);
      const more = (length: number): boolean => {
        const { attention, projections, ffn } = reportAt(measured, { length }).encoder.macs;
        return attention.count > projections.count + ffn.count;
      };
      const { attention, projections, ffn } = reportOf(spec).encoder.macs;
      expect(share).toEqual(rational(attention.count, projections.count + ffn.count));
      for (const length of [1, 50, 512, spec.encoder.length, 2 ** 24])
        expect([length, more(length)]).toEqual([
          length,
          ranges.some(({ from, until }) => from <= length && length <= (until ?? length)),
        ]);
      for (const { from, until } of ranges) {
        expect(more(from)).toBe(true);
        if (from > 1) expect(more(from - 1)).toBe(false);
        if (until === null) continue;
        expect(more(until)).toBe(true);
        expect(more(until + 1)).toBe(false);
      }
    }),
    RUNS,
  );
});

test('full attention breaks even at exactly 2d + f tokens, and smaller blocks never do', () => {
  const of = (attention: string) =>
    breakEvenOf(
      measure(
        modelsIn(
          `model A { width 768\n ffn 3072\n encoder { attention ${attention}\n schedule 8k x 3 } }`,
        )[0]!,
      ),
    );
  expect(of('full').more).toEqual([{ from: 2 * 768 + 3072 + 1, until: null }]);
  expect(of('block(512)')).toMatchObject({ more: [], share: rational(512n, 4608n) });
  expect(of('block(8192)').more).toMatchObject([{ from: 4609 }]);
});

test('a break-even can have several ranges', () => {
  const [spec] = modelsIn(`model R { width 64\n ffn 256\n heads 4
    encoder { attention full\n schedule 8k x 5, 600 x 6
      ${[1, 2, 3, 4].map((layer) => `layer ${layer} { attention block(16) }`).join('\n')} } }`);
  const measured = measure(spec!);
  const { more } = breakEvenOf(measured);
  const costs = (length: number): boolean => {
    const { attention, projections, ffn } = reportAt(measured, { length }).encoder.macs;
    return attention.count > projections.count + ffn.count;
  };
  expect(more).toHaveLength(2);
  const lengths = Array.from({ length: 128 }, (_, i) => 16 * (i + 1));
  for (const length of lengths)
    expect([length, costs(length)]).toEqual([
      length,
      more.some(({ from, until }) => from <= length && length <= (until ?? length)),
    ]);
});

test('ratios are exact and include every quantity that either model has', () => {
  fc.assert(
    fc.property(specs, specs, (a, b) => {
      const [own, other] = [reportOf(a), reportOf(b)];
      const { ratios } = ratiosOf(own, other);
      for (const { quantity, ratio, ...sides } of ratios) {
        const [x, y] = [own, other].map((one) => quantity.count(one));
        expect(sides).toEqual({ own: x, others: y });
        if (ratio === null) expect(!x || y === null).toBe(true);
        else expect(ratio.numerator * x!).toBe(ratio.denominator * y!);
      }
      const present = REPORT_QUANTITIES.filter(({ count }) => count(own) || count(other));
      expect(ratios.map(({ quantity }) => quantity.name)).toEqual(present.map(({ name }) => name));
      expect(ratiosOf(own, own).ratios.every(({ ratio }) => toNumber(ratio!) === 1)).toBe(true);
    }),
    { numRuns: effort(8, 80) },
  );
});

test('a document longer than the schedule costs what a model with a longer schedule costs', () => {
  const model = (schedule: string) =>
    modelsIn(
      `model A { width 8\n heads 2\n encoder { attention block(16)\n schedule ${schedule} }\n decoder { } }`,
    )[0]!;
  const longer = reportOf(model('64, 64, 32 -> 16'), { length: 256 });
  const written = reportOf(model('256, 256, 32 -> 16'));
  expect(allOf(longer)).toEqual(allOf(written));
  expect(longer.encoder.layers.map(({ consumes, emits }) => [consumes, emits])).toEqual([
    [256, 256],
    [256, 32],
    [32, 16],
  ]);
});
