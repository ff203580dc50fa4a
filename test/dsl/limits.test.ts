/** Texts that are too much: one clear diagnostic, quickly. Times are generous bounds against hanging. */
import { describe, expect, test } from 'vitest';
import { analyze, format, MAX_SOURCE, render } from '../../dsl/index.ts';
import { KINDS } from './kinds.ts';

const codes = (text: string): readonly string[] => {
  const source = { path: 'a.ben', text };
  const { diagnostics } = analyze(source, KINDS);
  render(diagnostics, source, {});
  format(source);
  return diagnostics.map(({ code }) => code);
};

const fill = (unit: string, around: (text: string) => string = (t) => t): string =>
  around(unit.repeat(Math.floor((MAX_SOURCE * 0.3) / unit.length)));

describe('size', () => {
  test('100 MB', () => expect(codes('model A { width 512 }\n'.repeat(5_000_000))).toEqual(['D001']));
  test('a long text of fields', () => {
    const found = codes(fill('  width 512\n', (t) => `model A {\n${t}}`));
    expect(new Set(found)).toEqual(new Set(['D102']));
  });
  test('a long text of models', () => expect(codes(fill('model A { }\n'))).toEqual(['D203']));
  test('a long text of lengths', () => {
    expect(codes(fill('8k, ', (t) => `model A { encoder { schedule ${t} 8k } }`))).toEqual(['D203']);
  });
  test('a long chain of models', () => {
    const chain = Array.from({ length: 999 }, (_, i) => `model A${i} extends A${i + 1} { }`);
    expect(codes(`${chain.join('\n')}\nmodel A999 { encoder { schedule 2k x 1024 } }`)).toEqual([]);
  });
});

describe('depth', () => {
  test.each([
    ['blocks', fill('a {')],
    ['blocks in a model', `model A ${'{ a '.repeat(1000)}`],
    ['parentheses', `model A { }\ncheck A { ${'('.repeat(100_000)}1${')'.repeat(100_000)} < 2 }`],
    ['signs', `model A { }\ncheck A { ${'-'.repeat(100_000)}1 < 2 }`],
    ['sums', `model A { }\ncheck A { 1 < ${'1 + '.repeat(100_000)}1 }`],
    ['arguments', `model A { encoder { attention ${'f('.repeat(100_000)} } }`],
  ])('%s', (_, text) => expect(codes(text)).toEqual(['D011']));
});

describe('mistakes', () => {
  test('many are cut short', () => {
    const found = codes(fill('  width: 512\n', (t) => `model A {\n${t}}`));
    expect(found).toHaveLength(50);
    expect(found.at(-1)).toBe('D014');
  });
  test.each([
    ['NUL bytes', '\0', ['D002']],
    ['closing braces', '}', ['D006']],
    ['commas', ',', ['D010']],
    ['quotes', '"', ['D012']],
    ['an open comment', '/* ', ['D012']],
    ['carriage returns', '\r', []],
    ['digits', '9', ['D010']],
    ['letters', 'm', ['D010']],
  ])('a long text of %s', (_, unit, expected) => expect(codes(fill(unit))).toEqual(expected));
  test.each(['€', '\uD800', '€ \n', '@ a\n', '} ', 'model ', 'check', '->', '"\n', '{}\n', 'model A {\n'])(
    'a long text of %j',
    (unit) => {
      const found = codes(fill(unit));
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThan(1000);
    },
  );
});
