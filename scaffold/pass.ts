/** `npm run new -- pass NAME`: writes a new pass with one rewriting rule, and a sample to which the rule applies. */
import { camel, checkedName, inTurn, replaced, type Sort, withImport } from './sort.ts';

const USAGE = 'pass NAME';

const passFile = (name: string): string => `/**
 * Rewrites −(−x) to x. Write here what ${name} does, why the result is faster, and what the pass does not change.
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

test('a negation of a negation is removed', () => {
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
        'Move the line of the pass in passes/index.ts to the right position: passes that need the graph as it was lowered come first.',
        'Every rule must apply to one of the samples, and must not change the results of any graph.',
      ],
    };
  },
};
