/**
 * `npm run new -- kind SLOT NAME`: writes a new kind of the language with its lowering, and an entry in
 * docs/language.md.
 */
import { EXAMPLES } from './kind_examples.ts';
import { camel, checkedName, inTurn, Misuse, replaced, type Sort, withImport } from './sort.ts';

const SLOTS = Object.keys(EXAMPLES);
const USAGE = 'kind SLOT NAME';

/** A pattern that matches the table of a slot up to the end of its list. */
const tableOf = (slot: string): RegExp =>
  slot === 'attention'
    ? /(const ATTENTIONS[^=]*= \[[^\]]*)(\])/
    : new RegExp(`(\n  ${slot}: \\[[^\\]]*)(\\] as)`);

/** Adds an entry at the end of a section of docs/language.md. */
const documented = (section: string, entry: string) => (text: string) =>
  replaced(
    text,
    new RegExp(`(\n### ${section}\n(?:(?!\n##)[\\s\\S])*?\n)(\n*)(?=\n##)`),
    (body) => `${body}\n${entry}\n`,
  );

export const kind: Sort = {
  usage: USAGE,
  doc: `a kind of the language: ${SLOTS.join(', ')}`,
  write: ([slot, word]) => {
    if (slot === undefined || !Object.hasOwn(EXAMPLES, slot))
      throw new Misuse(
        `the slot of a kind must be one of ${SLOTS.join(', ')}; write: npm run new -- ${USAGE}`,
      );
    const name = checkedName(word, USAGE);
    const { section, means, file, encoder, decoder, rest = '' } = EXAMPLES[slot]!;
    const path = `compiler/model/kinds/${slot}_${name}.ts`;
    return {
      files: {
        [path]: file(name, camel(name)),
        [`test/compiler/model/${slot}_${name}.test.ts`]: `import { test } from 'vitest';
import { expectModelRuns } from './kind_checks.ts';

test('a model with ${name} compiles, and ONNX Runtime computes the same as the interpreter', async () => {
  await expectModelRuns(\`model M {
  vocabulary 64
  width 16
  heads 2
${rest.replaceAll('NAME', name)}  encoder { ${encoder.replaceAll('NAME', name)} }
  ${decoder ? 'decoder { layers 1; target 8 }' : 'decoder none'}
}\`);
});
`,
      },
      edits: [
        {
          path: 'compiler/model/kinds/index.ts',
          change: inTurn(withImport(`import { ${camel(name)} } from './${slot}_${name}.ts';`), (text) =>
            replaced(text, tableOf(slot), (list, end) => `${list}, ${camel(name)}${end}`),
          ),
        },
        { path: 'docs/language.md', change: documented(section, `**\`${name}\`** — ${means}`) },
      ],
      next: [
        `Write what the kind computes into ${path} and into its entry in docs/language.md. List every parameter and default there.`,
        'Replace the example in the new test by a comparison with the formula, written in plain loops.',
      ],
    };
  },
};
