/** Tests of examples/: every budget holds, and the models of the tables are those of the paper. */
import { describe, expect, test } from 'vitest';
import { KINDS } from '../compiler/model/kinds/index.ts';
import { analyze, render } from '../dsl/index.ts';
import { parse } from '../index.ts';
import { evaluateBudgets } from '../report/budgets/budgets.ts';
import { footprint } from '../report/footprint.ts';
import { EXAMPLE_FILES, EXAMPLES, SHAPES } from './examples.ts';

test.each(EXAMPLE_FILES)('$path: no mistakes, and every budget holds', (source) => {
  const { value, diagnostics } = parse(source);
  // The file has no mistakes, so `checkable` contains all of it.
  expect(analyze(source, KINDS).checkable).toMatchObject({ ...value });
  expect(diagnostics).toEqual([]);
  expect(value!.checks.length).toBeGreaterThan(0);
  const budgets = evaluateBudgets(value!, source, footprint);
  expect(budgets.diagnostics, render(budgets.diagnostics, source)).toEqual([]);
  const count = value!.checks.reduce((sum, check) => sum + check.budgets.length, 0);
  expect(budgets.value).toHaveLength(count);
});

/**
 * Rows of the paper's tables: file, beginning of the comment, lengths of the layers, span (null: full attention),
 * memory.
 */
const ROWS: readonly (readonly [string, string, readonly number[], number | null, number])[] = [
  ['table2.ben', 'Row 1', [512, 512], null, 512],
  ['table2.ben', 'Row 2', [2048, 2048], null, 2048],
  ['table2.ben', 'Row 3', [8192, 8192], null, 8192],
  ['table2.ben', 'Row 4', [2048, 2048], 512, 2048],
  ['table2.ben', 'Row 5', [8192, 8192], 512, 8192],
  ['table2.ben', 'Row 6', [2048, 2048], 512, 512],
  ['table2.ben', 'Row 7', [8192, 8192], 512, 512],
  ['table2.ben', 'Row 8', [8192, 8192], 512, 2048],
  ['table7.ben', 'Row 21', [8192, 2048], 512, 512],
  ['table7.ben', 'Row 22', [8192, 8192, 2048], 512, 512],
  ['table7.ben', 'Row 23', [8192, 8192, 2048, 512], 512, 128],
  ['table7.ben', 'Row 24', [8192, 8192, 4096], 512, 2048],
  ['table7.ben', 'Row 26', [8192, 8192, 8192], 512, 2048],
  ['table8.ben', 'Row 27', [2048, 2048], 128, 2048],
  ['table8.ben', 'Row 28', [2048, 2048], 512, 2048],
  ['table8.ben', 'Row 29', [2048, 2048], null, 2048],
  ['table8.ben', 'Row 30', [2048, 2048], 128, 512],
  ['table8.ben', 'Row 31', [2048, 2048], 512, 512],
  ['table8.ben', 'Row 32', [2048, 2048], null, 512],
  ['table3.ben', 'The deep Blockwise', [8192, 8192, 8192, 8192, 8192, 8192], 512, 8192],
  ['table3.ben', 'DeepPyramidion.', [8192, 8192, 2048, 512, 512, 512], 512, 512],
];

describe('rows of the paper', () => {
  test.each(ROWS)('%s, %s', (file, row, lengths, span, memory) => {
    const found = EXAMPLES.filter(({ source, spec }) => {
      const before = source.text.slice(0, source.text.search(new RegExp(`^model ${spec.name}\\b`, 'm')));
      const comment = before.trimEnd().split('\n').at(-1)!;
      return source.path === `examples/${file}` && new RegExp(`^// ${row}(?!\\d)`).test(comment);
    });
    expect(found).toHaveLength(1);
    const { encoder, width, decoder } = found[0]!.spec;
    expect(encoder.layers.map(({ consumes }) => consumes)).toEqual(lengths);
    expect(encoder.memory).toBe(memory);
    for (const { attention } of encoder.layers)
      expect(attention).toMatchObject(
        span === null ? { kind: 'full' } : { kind: 'block', args: { size: span } },
      );
    const deep = file === 'table3.ben';
    expect([width, decoder!.layers, decoder!.target]).toEqual(deep ? [768, 6, 512] : [512, 2, 512]);
  });
});

test('the shapes include every other example, and a few models of the tables', () => {
  const isTable = ({ source }: { source: { path: string } }) => source.path.startsWith('examples/table');
  expect(SHAPES.filter((one) => !isTable(one))).toEqual(EXAMPLES.filter((one) => !isTable(one)));
  expect(SHAPES.filter(isTable).length).toBeLessThan(5);
});
