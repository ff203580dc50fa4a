/** The formatter takes texts of any number of lines, and does not make them longer than a source may be. */
import { expect, test } from 'vitest';
import { format, MAX_SOURCE } from '../../dsl/index.ts';

const formatted = (text: string) => format({ path: 'a.ben', text });

test.each([
  ['comments at the top', '//\n'.repeat(200_000)],
  ['comments in a block', `model A {\n${'//\n'.repeat(200_000)}}\n`],
  ['fields in a block', `model A {\n${'a 1\n'.repeat(130_000)}}\n`],
])('200,000 lines: %s', (_, text) => {
  const { value, diagnostics } = formatted(text);
  expect(diagnostics).toEqual([]);
  expect(value!.split('\n').length).toBeGreaterThan(120_000);
});

test('a text whose standard layout is too long to be read again is refused', () => {
  const text = `model A {\n${'n'.repeat(100)} 1\n${'a 1\n'.repeat(100_000)}}\n`;
  expect(text.length).toBeLessThan(MAX_SOURCE);
  expect(formatted(text)).toMatchObject({
    diagnostics: [
      {
        code: 'D001',
        message: 'in the standard layout this source would be 10.0 MB long, but at most 1 MB is allowed',
      },
    ],
  });
});
