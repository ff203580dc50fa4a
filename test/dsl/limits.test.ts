/** Texts beyond a limit get one clear diagnostic quickly. Their size would make a quadratic algorithm time out. */
import { describe, expect, test } from 'vitest';
import { analyze, format, MAX_SOURCE, render } from '../../dsl/index.ts';
import { effort } from '../effort.ts';
import { KINDS } from './kinds.ts';

const codes = (text: string): readonly string[] => {
  const source = { path: 'a.ben', text };
  const { diagnostics } = analyze(source, KINDS);
  render(diagnostics, source, {});
  format(source);
  return diagnostics.map(({ code }) => code);
};

const fill = (unit: string, around: (text: string) => string = (t) => t): string =>
  around(unit.repeat(Math.floor((MAX_SOURCE * effort(0.1, 0.3)) / unit.length)));

describe('size', () => {
  test('100 MB', () => expect(codes('model A { width 512 }\n'.repeat(5_000_000))).toEqual(['D001']));
  test('a long text of fields', () => {
    const found = codes(fill('  width 512\n', (t) => `model A {\n${t}}`));
    expect(new Set(found)).toEqual(new Set(['D102', 'D014']));
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
  test('many mistakes are cut short', () => {
    const found = codes(fill('  width: 512\n', (t) => `model A {\n${t}}`));
    expect(found).toHaveLength(50);
    expect(found.at(-1)).toBe('D014');
  });
  test('many wrong fields are cut short', () => {
    const line = 'aaa 3\n';
    const source = { path: 'a.ben', text: `model A {\n${line.repeat(20_000)}}` };
    const { diagnostics } = analyze(source, KINDS);
    expect(diagnostics.map((d) => d.code)).toEqual([...Array(49).fill('D101'), 'D014']);
    const { message, labels } = diagnostics.at(-1)!;
    expect(message).toBe('there are more than 49 mistakes');
    expect(labels[0]!.span.start).toBe('model A {\n'.length + 49 * line.length);
  });
  test('fifty mistakes are all reported', () => {
    expect(codes(`model A {\n${'aaa 3\n'.repeat(50)}}`)).toEqual(Array(50).fill('D101'));
  });
  test('mistakes of both stages are cut short together', () => {
    const found = codes(`model A {\n${'aaa 3\nwidth: 5\n'.repeat(40)}}`);
    expect(found).toHaveLength(50);
    expect(found.filter((code) => code === 'D014')).toHaveLength(1);
    expect(found.at(-1)).toBe('D014');
  });
  test('many warnings are cut short, and stay warnings', () => {
    const layers = Array.from({ length: 60 }, (_, i) => `layer ${i + 1} { pool soft_topk }`).join('\n');
    const text = `model A { encoder { schedule 2k x 60\n${layers} } }`;
    const { value, diagnostics } = analyze({ path: 'a.ben', text }, KINDS);
    expect(value).toBeDefined();
    expect(diagnostics).toHaveLength(50);
    expect(diagnostics.at(-1)).toMatchObject({
      code: 'D014',
      severity: 'warning',
      message: 'there are more than 49 warnings',
    });
    const wrong = analyze({ path: 'a.ben', text: `${text}\nmodel B { heads 7 }` }, KINDS);
    expect(wrong.diagnostics.at(-1)?.code).toBe('D205');
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

describe('long words', () => {
  const word = 'm'.repeat(5000);
  const digits = '7'.repeat(5000);
  test.each([
    `${word} A { }`,
    `model A { ${word} 3 }`,
    `model A { width ${word} }`,
    `model A { width 512 ${word} }`,
    `model A { width ${digits} }`,
    `model A { width .${digits} }`,
    `model A { width ${digits}x3 }`,
    `model A { width 3${word} }`,
    `model A { width ${digits}, ${digits} }`,
    `model A { width { ${word} } }`,
    `model A { norm ${word} }`,
    `model A extends ${word} { }`,
    `model ${word} { }\nmodel ${word} { }\nmodel B extends C { }`,
    `model ${word} extends ${word} { }`,
    `model ${word} { width 3; heads 7; share embeddings }`,
    `model é${word} { }`,
    `model A { encoder { attention ${word} } }`,
    `model A { encoder { attention block(${word}) } }`,
    `model A { encoder { attention block(${word}: 3) } }`,
    `model A { encoder { attention block(512, ${word}) } }`,
    `model A { encoder { pool soft_topk ${word} } }`,
    `model A { encoder { pool soft_topk by ${word} } }`,
    `model A { encoder { schedule ${word} } }`,
    `model A { encoder { schedule ${digits} ${digits} } }`,
    `model A { encoder { layer ${word} { } } }`,
    `model A ${word} { }`,
    `model ${word} { }\ncheck ${word} { ${word} < 3 }`,
    `model A { }\ncheck A { parameters < 3 ${word} }`,
    `model A { }\ncheck A { parameters < ${digits} }`,
    `model A { }\ncheck A { parameters < 3${word} }`,
  ])('are not repeated whole: %.40s', (text) => {
    const { diagnostics } = analyze({ path: 'a.ben', text }, KINDS);
    expect(diagnostics).not.toEqual([]);
    for (const { message, help, labels } of diagnostics)
      for (const text of [message, help ?? '', ...labels.map((label) => label.text)])
        expect(text.length).toBeLessThan(400);
  });
});
