/** `npm run new -- pass NAME`: a pass of one rewriting rule, with a sample on which the rule fires. */
import { camel, checkedName, inTurn, replaced, type Sort, withImport } from './sort.ts';

const USAGE = 'pass NAME';

const passFile = (name: string): string => `/**
 * −(−x) is x. Replace this by what ${name} does, why that is faster, and what it refuses to touch.
 */
import type { Pass } from './pass.ts';
import { type Rule, rewrite } from './rewrite.ts';

const dropPair: Rule = {
  name: '${name}_pair',
  roots: ['neg'],
  apply: (match) => {
    const inner = match.producer(match.ins[0]!);
    if (inner?.op !== 'neg') return match.miss('its operand is not negated');
    return [match.value(inner.ins[0]!)];
  },
};

export const ${camel(name)}: Pass = {
  name: '${name}',
  doc: 'Replaces −(−x) by x.',
  run: (graph, ctx) => rewrite(graph, [dropPair], ctx),
  samples: [
    \`graph g(x: %0 f32[n]) {
  %1: f32[n] = neg(%0)
  %2: f32[n] = neg(%1)
  %3: f32[n] = relu(%2)
  return y: %3
}
\`,
  ],
};
`;

const testFile = (name: string): string => `import { expect, test } from 'vitest';
import { ${camel(name)} } from '../../passes/${name}.ts';
import { after } from './checks.ts';

test('a negation of a negation is gone', () => {
  const text = after(${camel(name)}, ${camel(name)}.samples![0]!);
  expect(text).toContain('relu(%0)');
  expect(text).not.toContain('neg(');
});
`;

export const pass: Sort = {
  usage: USAGE,
  doc: 'a pass of the pipelines: passes/NAME.ts',
  write: ([word]) => {
    const name = checkedName(word, USAGE);
    return {
      files: { [`passes/${name}.ts`]: passFile(name), [`test/passes/${name}.test.ts`]: testFile(name) },
      edits: [
        {
          path: 'passes/index.ts',
          change: inTurn(withImport(`import { ${camel(name)} } from './${name}.ts';`), (text) =>
            replaced(
              text,
              /(const REWRITE: readonly Pass\[\] = \[[\s\S]*?)(\n\];)/,
              (list, end) => `${list}\n  ${camel(name)},${end}`,
            ),
          ),
        },
      ],
      next: [
        'Move its line in passes/index.ts to its place: what reads the model as it was lowered comes first.',
        'Every rule must fire in one of its samples, and must leave the numbers of every graph as they are.',
      ],
    };
  },
};
