/** `check` blocks: exact arithmetic, messages of broken budgets, and expressions that cannot be computed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../compiler/model/kinds/index.ts';
import { analyze, render } from '../../dsl/index.ts';
import { evaluateBudgets } from '../../report/budgets/budgets.ts';
import { footprint } from '../../report/footprint.ts';
import { checked } from '../dsl/kinds.ts';
import { effort } from '../effort.ts';
import { check, codes, MODELS } from './budget_models.ts';

const resultsOf = (text: string) => {
  const source = { path: 'a.ben', text };
  const { value, diagnostics } = analyze(source, KINDS);
  expect(value, render(diagnostics, source)).toBeDefined();
  return evaluateBudgets(value!, source, footprint).value!;
};

describe('arithmetic', () => {
  /** A number as a text of the language, and as a fraction that is not reduced. */
  interface Expr {
    readonly text: string;
    readonly n: bigint;
    readonly d: bigint;
  }
  const units: readonly (readonly [string, bigint])[] = [
    ['', 1n],
    ['k', 1024n],
    ['M', 1_000_000n],
    ['G', 1_000_000_000n],
    ['T', 10n ** 12n],
    ['P', 10n ** 15n],
  ];
  const literal: fc.Arbitrary<Expr> = fc
    .tuple(fc.nat(999), fc.nat(999), fc.constantFrom(0, 1, 3), fc.constantFrom(...units))
    .map(([whole, fraction, places, [unit, factor]]) => {
      const digits = String(fraction).padStart(3, '0').slice(0, places);
      const d = 10n ** BigInt(places);
      return {
        text: `${whole}${places > 0 ? `.${digits}` : ''}${unit}`,
        n: (BigInt(whole) * d + BigInt(digits || 0)) * factor,
        d,
      };
    });
  const combine = (op: string, x: Expr, y: Expr): Expr => {
    const text = `(${x.text} ${op} ${y.text})`;
    if (op === '+') return { text, n: x.n * y.d + y.n * x.d, d: x.d * y.d };
    if (op === '-') return { text, n: x.n * y.d - y.n * x.d, d: x.d * y.d };
    if (op === '*') return { text, n: x.n * y.n, d: x.d * y.d };
    // 0 / (1 / 0) also divides by zero, although as a fraction it would be 0.
    return { text, n: x.n * y.d, d: y.d === 0n ? 0n : x.d * y.n };
  };
  const { expr } = fc.letrec<{ expr: Expr }>((tie) => ({
    expr: fc.oneof(
      { maxDepth: 4 },
      literal,
      fc
        .tuple(fc.constantFrom('+', '-', '*', '/'), tie('expr'), tie('expr'))
        .map(([op, x, y]) => combine(op, x, y)),
      tie('expr').map(({ text, n, d }) => ({ text: `-(${text})`, n: -n, d })),
    ),
  }));

  test('compares random expressions like integers after cross-multiplication', () => {
    fc.assert(
      fc.property(expr, expr, (x, y) => {
        fc.pre(x.d !== 0n && y.d !== 0n);
        const [a, b] = [x.n * y.d, y.n * x.d];
        const [left, right] = x.d * y.d > 0n ? [a, b] : [-a, -b];
        const truth = [left < right, left <= right, left > right, left >= right, left === right];
        const budgets = ['<', '<=', '>', '>=', '=='].map((op) => `${x.text} ${op} ${y.text}`);
        expect(resultsOf(check(...budgets)).map(({ holds }) => holds)).toEqual(truth);
      }),
      { numRuns: effort(300, 3000) },
    );
  });

  test('reports division by zero as D216 wherever it occurs, and nothing else', () => {
    fc.assert(
      fc.property(expr, fc.boolean(), (x, left) => {
        fc.pre(x.d !== 0n);
        const zero = `1 / (${x.text} - ${x.text})`;
        expect(codes(check(left ? `${zero} < 1` : `1 < ${zero}`))).toEqual(['D216']);
      }),
      { numRuns: effort(50, 500) },
    );
  });

  test('does not round, where floating point would be wrong', () => {
    const budgets = [
      '0.1 * 3 == 0.3',
      '0.1 + 0.2 == 0.3',
      '1 / 3 * 3 == 1',
      'macs / 7 * 7 == macs',
      '9_007_199_254_740_991 + 2 > 9_007_199_254_740_991 + 1',
      '2.4375 == 39 / 16',
      '1GB == 1024MB',
      '1.5KB == 1_536 * 1KB / 1k',
      '8k == 8192',
      '1G == 1_000M',
      '1e3 == 1_000',
    ];
    expect(resultsOf(check(...budgets)).map(({ holds, text }) => holds || text)).toEqual(
      budgets.map(() => true),
    );
  });
});

describe('a broken budget', () => {
  const messageOf = (budget: string): string => {
    const text = check(budget);
    const diagnostics = checked(text);
    expect(diagnostics.map(({ code }) => code)).toEqual(['D215']);
    const { labels, message, help } = diagnostics[0]!;
    expect(text.slice(labels[0]!.span.start, labels[0]!.span.end)).toBe(budget);
    return `${message} | ${help}`;
  };

  test('reports the value, the limit, the difference, the largest part, and advice', () => {
    // Each of the two layers that read 64 rows in blocks of 16 costs 64 · 16 · 8 · 2.
    expect(messageOf('self_attention <= 10_000')).toBe(
      '`self_attention <= 10_000` does not hold for A: 36_864 is more than 10_000, by 26_864 (269 %) | ' +
        'most of it: encoder layers 1 and 2, attention, 16_384 each (88.9 % together); ' +
        'to make it smaller: shorter lengths in `schedule`, or smaller blocks',
    );
  });

  test('has its own words for each comparison', () => {
    expect(messageOf('8 < 8')).toContain('8 is equal to 8 |');
    expect(messageOf('9 < 8')).toContain('9 is more than 8, by 1 (12.5 %)');
    expect(messageOf('7 >= 8')).toContain('7 is less than 8, by 1 (12.5 %)');
    expect(messageOf('8 > 8')).toContain('8 is equal to 8 |');
    expect(messageOf('7 == 8')).toContain('7 is less than 8, by 1 (12.5 %)');
    expect(messageOf('1 <= 0')).toContain('1 is more than 0, by 1 |');
    expect(messageOf('10 / 3 <= 3')).toContain('≈ 3.333333 is more than 3, by ≈ 0.333333 (11.1 %)');
    expect(messageOf('1_000_001M <= 1_000_000M')).toContain('(< 0.001 %)');
    // A value that is not 0 is never shown as ≈ 0: this one is 300 millionths of a millionth.
    expect(messageOf('0.0003 / 1M <= 0')).toContain('0.0000000003 is more than 0');
    expect(messageOf('2 / 3M <= 1 / 3M')).toContain('≈ 0.000000667 is more than ≈ 0.000000333');
  });

  test('shows the digits that differ if both sides would be rounded to the same number', () => {
    const [one] = checked(check('macs / macs == 1.0000000001'));
    expect(one!.message).toMatch(/: 1 is less than 1\.0000000001, by 0\.0000000001 /);
    const [bytes] = checked(check('weight_bytes / 3 == weight_bytes / 3 + 0.0000001B'));
    expect(bytes!.message).toMatch(/: ≈ 7_714\.66666667 bytes is less than ≈ 7_714\.66666677 bytes, /);
  });

  test('names the parts of the greater side, with their models', () => {
    expect(messageOf('self_attention >= B.self_attention')).toContain(
      'most of it: B’s encoder layers 1 to 3, attention, 16_384 each (100 % together)',
    );
    expect(messageOf('self_attention >= 1G')).toMatch(/\| change the model or the budget$/);
    // Subtracted parts do not count, and parts of two models are separate.
    expect(messageOf('B.macs - B.ffn - B.projections <= 1')).toContain(
      'B’s encoder layers 1 to 3, attention',
    );
    expect(messageOf('B.self_attention / 2 + self_attention <= 1')).toContain(
      'encoder layers 1 and 2, attention, 16_384 each',
    );
    expect(messageOf('2 * self_attention * 3 <= 1')).toContain('98_304 each (88.9 % together)');
  });

  test('names layers and gives advice for operations, bytes and peaks, too', () => {
    for (const name of ['multiplies', 'adds', 'exps', 'compiled_macs'])
      expect(messageOf(`${name} <= 1`)).toMatch(
        /(most of it|the largest part): (en|de)coder (layers \d[^;]* each \([\d.]+ % together\)|layer \d)/,
      );
    expect(messageOf('peak_activations <= 1B')).toMatch(
      /most of it: encoder layer \d, activations, .*to make it smaller: shorter lengths in `schedule`/,
    );
    // The decoder is the largest part: the schedule has 64 tokens, and the output 512 words.
    const writer = MODELS.replace('target 16', 'target 512');
    const helps = checked(
      `${writer}check A {\n  bytes_read <= 1B\n  exps <= 1\n  training_activations <= 1B\n}\n`,
    ).map(({ help }) => help);
    expect(helps).toHaveLength(3);
    for (const help of helps)
      expect(help).toMatch(
        /^(most of it|the largest part): decoder layer.*to make it smaller: a shorter `target`/,
      );
  });

  test('says “most of it” for a half or more', () => {
    const share = (help: string | undefined) => Number(/\(([\d.]+) %/.exec(help ?? '')![1]);
    const budgets = ['macs <= 1', 'E.macs <= 1', 'self_attention <= 1', 'multiplies <= 1', 'parameters <= 1'];
    const helps = checked(check(...budgets)).map(({ help }) => help);
    expect(helps.map((help) => help!.split(':')[0])).toEqual(
      helps.map((help) => (share(help) >= 50 ? 'most of it' : 'the largest part')),
    );
    expect(new Set(helps.map((help) => share(help) >= 50)).size).toBe(2);
  });

  test('has groups of parameters that add up to all parameters', () => {
    const groups = ['embeddings', 'head', 'attention', 'ffn', 'norms', 'scorers', 'other'];
    const all = groups.map((group) => `parameters(group: ${group})`).join(' + ');
    expect(codes(check(`${all} == parameters`))).toEqual([]);
    expect(messageOf('parameters(group: ffn) <= 1')).toContain('most of it: feed-forward weights');
    expect(messageOf('parameters(group: scorers) <= 1')).toMatch(/weights of scorers, .* \(100 %\)/);
    expect(codes(check('parameters(group: fnn) <= 1'))).not.toEqual([]);
  });

  test('shows bytes as a count and in a unit', () => {
    // There are (16 + 8) words and slots · 2 layers · keys and values · 8 numbers of 4 bytes.
    expect(messageOf('kv_cache <= 1KB')).toBe(
      '`kv_cache <= 1KB` does not hold for A: 3_072 bytes (3 KB) is more than 1_024 bytes (1 KB), by 2 KB (200 %) | ' +
        'most of it: keys and values of written words, 2 KB (66.7 %); to make it smaller: a shorter `target`',
    );
  });

  test('marks a fraction of a byte as approximate', () => {
    expect(messageOf('1.5KB <= 0.25KB')).toContain(', by 1.25 KB (500 %)');
    expect(messageOf('2KB / 1_000 * 1_001 <= 1KB')).toContain(
      '2_050.048 bytes (2 KB) is more than 1_024 bytes (1 KB), by ≈ 1 KB (100 %)',
    );
    expect(messageOf('1GB / 1k / 1k * 1k / 1k + 1KB / 1k <= 1KB')).toContain(', by 1 byte ');
  });

  test('rounds bytes like counts, and writes one byte in the singular', () => {
    const sides = (budget: string): string =>
      / for A: (.*?), by /.exec(checked(check(budget)).find(({ code }) => code === 'D215')!.message)![1]!;
    const bytes = resultsOf(check('weight_bytes == 1KB'))[0]!.left.value.numerator;
    const count = resultsOf(check('parameters == 1'))[0]!.left.value.numerator;
    expect(bytes).toBe(4n * count);
    expect(sides('weight_bytes / parameters <= 1B')).toBe('4 bytes is more than 1 byte');
    expect(sides('weight_bytes / parameters / 8 >= 1B')).toBe('0.5 bytes is less than 1 byte');
    // The value is half a byte more than 4.
    expect(sides('(weight_bytes + parameters / 2 * 1KB / 1k) / parameters <= 4B')).toBe(
      '4.5 bytes is more than 4 bytes',
    );
    expect(sides('0.3KB <= 307B')).toBe('307.2 bytes is more than 307 bytes');
    expect(sides('1KB / 3 <= 341B')).toBe('≈ 341.333333 bytes is more than 341 bytes');
  });

  test('keeps its parentheses in its text', () => {
    const [result] = resultsOf(check('(macs) <= 2 * (macs + (1))'));
    expect(result).toMatchObject({ text: '(macs) <= 2 * (macs + (1))', holds: true });
  });

  test('has a text of one line, however it is written', () => {
    const diagnostics = checked(check('1 + // one\n    1 <=\n    1'));
    expect(diagnostics[0]!.message).toContain('`1 + 1 <= 1` does not hold');
  });
});

describe('an expression that cannot be computed', () => {
  test.each([
    ['an unknown model', 'self_attention <= Nobody.self_attention', 'D104'],
    ['an unknown quantity', 'flops <= 1', 'D110'],
    ['an unknown argument', 'macs(size: 3) <= 1', 'D107'],
    ['an argument of a quantity without any', 'gradient_bytes(3) <= 1GB', 'D107'],
    ['an unknown precision', 'weight_bytes(precision: fp8) <= 1GB', 'D111'],
    ['a batch of zero documents', 'macs(batch: 0) <= 1', 'D203'],
    ['a longer document than the model reads', 'macs(length: 65) <= 1', 'D203'],
    ['more words than the model writes', 'B.macs(target: 17) <= 1', 'D203'],
    ['too many digits of a large number', 'macs <= 9_007_199_254_740_992', 'D203'],
    ['an infinite number', 'macs <= 1e999', 'D203'],
    ['a number of too many digits', 'macs <= 0.1234567890123456789', 'D203'],
    ['a number that is too small', 'macs <= 1e-400', 'D203'],
    ['a layer beyond the encoder’s', 'self_attention(layer: 4) <= 1', 'D208'],
    ['a layer beyond the decoder’s', 'B.macs(side: decoder, layer: 7) <= 1', 'D208'],
    ['a layer of a missing decoder', 'E.decoder_macs(layer: 1) <= 1', 'D208'],
    ['a layer without a side', 'ffn(layer: 1) <= 1', 'D210'],
    ['a layer of a quantity without layers', 'peak_memory(layer: 1) <= 1', 'D107'],
    ['a break-even that does not exist', 'break_even >= 1', 'D217'],
    ['a time on no device', 'predicted_time <= 1s', 'D210'],
    ['a time on an unknown device', 'predicted_time(device: tpu) <= 1s', 'D111'],
    ['a time against bytes', 'predicted_time(h100) <= 1MB', 'D214'],
    ['a time against a bare number', 'predicted_time(h100) <= 100', 'D214'],
    ['bytes against a bare number', 'peak_memory <= 1', 'D214'],
    ['bytes against millions', 'peak_memory <= 8M', 'D214'],
    ['a bare number added to a time', 'predicted_time(h100) + 5 <= 1s', 'D214'],
    ['a rate against a bare number', 'bytes_read / predicted_time(h100) <= 3_000', 'D214'],
    ['a length without its name', 'macs(65) <= 1', 'D107'],
    ['two devices', 'predicted_time(h100, h200) <= 1s', 'D108'],
    ['a target without a decoder', 'E.macs(target: 5) > 0', 'D217'],
    ['a time of words without a decoder', 'E.predicted_time(t4, target: 5) > 0', 'D217'],
    ['kept keys of words without a decoder', 'E.kv_cache(target: 5) >= 0', 'D217'],
    ['a time against a count', 'predicted_time(h100) <= macs', 'D214'],
    ['a time times a time', '1ms * 1ms <= 1', 'D214'],
    ['a division by a quantity that the model lacks', 'macs / E.cross_attention <= 1', 'D216'],
    ['a division by zero', 'macs / 0 <= 1', 'D216'],
    ['bytes against a count', 'macs <= kv_cache', 'D214'],
    ['bytes against a quotient of counts', 'kv_cache <= macs / parameters', 'D214'],
    ['bytes against a quotient of bytes', 'kv_cache <= kv_cache / weight_bytes', 'D214'],
    ['bytes times bytes', 'kv_cache * kv_cache <= 1', 'D214'],
    ['the same on both sides', 'kv_cache * kv_cache == kv_cache * kv_cache', 'D214'],
  ])('%s', (_, budget, code) => expect(codes(check(budget))).toEqual([code]));

  test('divides by something that is 0 for this model, or for every model', () => {
    const help = (budget: string) => checked(check(budget)).map((one) => one.help);
    for (const zero of ['0', '(1 - 1)', '-0', '0KB', '(2k - 2 * 1k)'])
      expect(help(`macs / ${zero} <= 0`)).toEqual(['it is 0 for every model; divide by another number']);
    for (const zero of ['E.cross_attention', '(0 * macs)', 'E.pool'])
      expect(help(`macs / ${zero} <= 1`)).toEqual([
        'divide by something else, or by a quantity of another model',
      ]);
  });

  test('is refused before a value with thousands of digits becomes slow', () => {
    const long = Array.from({ length: 250 }, () => '9_007_199_254_740_991').join(' * ');
    expect(codes(check(`${long} > 1`))).toEqual(['D203']);
    expect(codes(check(`1 > ${long.replaceAll('*', '/')}`))).toEqual(['D203']);
  });

  test('does not hide other budgets, and has no result', () => {
    const text = check('parameters <= 1', 'macs / 0 <= 1', 'parameters >= 1');
    expect(codes(text)).toEqual(['D215', 'D216']);
    expect(resultsOf(text).map(({ holds }) => holds)).toEqual([false, true]);
  });

  test('is reported, and many broken budgets are cut short', () => {
    const found = codes(check(...Array.from({ length: 200 }, (_, i) => `parameters <= ${i}`)));
    expect(found).toHaveLength(50);
    expect(found.at(-1)).toBe('D014');
  });
});

test('arguments change what is measured', () => {
  const holds = resultsOf(
    check(
      'macs(batch: 3) == 3 * macs',
      'self_attention(length: 32) < self_attention',
      'cross_attention(target: 4) == cross_attention / 4',
      'E.macs(length: 8) < E.macs',
      // With blocks of 16, twice the length costs twice as much, until the last layers have as many rows as they can.
      'self_attention(length: 64) - self_attention(length: 48) == 2 * 2 * 16 * 16 * 8',
      'weight_bytes(precision: fp16) < weight_bytes',
      'kv_cache(precision: fp16) == kv_cache / 2',
      'peak_memory == peak_activations + weight_bytes',
      'peak_activations(batch: 2) > peak_activations',
    ),
  );
  expect(holds.filter((result) => !result.holds)).toEqual([]);
});
