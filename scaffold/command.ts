/** `npm run new -- command NAME`: writes a new command of the command line, with a section in docs/cli.md. */
import { camel, checkedName, inTurn, replaced, type Sort, withImport } from './sort.ts';

const USAGE = 'command NAME';

const constant = (name: string): string => name.toUpperCase();

const rowFile = (
  name: string,
): string => `/** The arguments, options and help of \`benben ${name}\`. The command's code is imported when it runs. */
import type { CommandRow } from '../command.ts';
import { FILE } from '../shared_options.ts';

export const ${constant(name)}: CommandRow = {
  name: '${name}',
  summary: 'print the names of the models in a file',
  args: [FILE],
  options: [],
  examples: [['benben ${name} model.ben', 'one name in each line']],
  load: () => import('../${name}.ts'),
};
`;

const codeFile = (
  name: string,
): string => `/** \`benben ${name}\`: prints the names of the models in a file. */
import { parse } from '../pipeline/compile.ts';
import type { Call } from './command.ts';
import { EXIT } from './faults.ts';
import { readSource } from './read.ts';

export async function run({ args, output }: Call): Promise<number> {
  const source = await readSource(args[0]!, output);
  const { models } = output.take(parse(source), source);
  const names = models.map((model) => model.name);
  if (output.json) await output.printJson({ models: names });
  else await output.print(names.map((name) => \`\${name}\\n\`).join(''));
  return EXIT.done;
}
`;

const testFile = (name: string): string => `import { expect, test } from 'vitest';
import { invoke } from './invoke.ts';

test('${name} prints one name in each line, and one JSON value with --json', async () => {
  expect(await invoke(['${name}', 'examples/tiny.ben'])).toMatchObject({ code: 0, out: 'Tiny\\n', err: '' });
  const { out } = await invoke(['${name}', 'examples/tiny.ben', '--json']);
  expect(JSON.parse(out)).toEqual({ models: ['Tiny'] });
});

test('${name} reports a file that does not exist', async () => {
  const { code, err } = await invoke(['${name}', 'nowhere.ben']);
  expect(code).toBe(1);
  expect(err).toContain('D501');
});
`;

export const command: Sort = {
  usage: USAGE,
  doc: 'a command: cli/NAME.ts, its row cli/commands/NAME.ts',
  write: ([word]) => {
    const name = checkedName(word, USAGE);
    return {
      files: {
        [`cli/commands/${name}.ts`]: rowFile(name),
        [`cli/${name}.ts`]: codeFile(name),
        [`test/cli/${name}.test.ts`]: testFile(name),
      },
      edits: [
        {
          path: 'cli/commands.ts',
          change: inTurn(withImport(`import { ${constant(name)} } from './commands/${name}.ts';`), (text) =>
            replaced(
              text,
              /(export const COMMANDS[\s\S]*?)(\n\];)/,
              (list, end) => `${list}\n  ${constant(name)},${end}`,
            ),
          ),
        },
        {
          path: 'docs/cli.md',
          change: (text) =>
            `${text.trimEnd()}\n\n## ${name}\n\n\`${name}\` prints the names of the models in a file, one in each line.\n\n\`\`\`\nbenben ${name} model.ben\n\`\`\`\n`,
        },
      ],
      next: [
        `Write the code into cli/${name}.ts, with camel-case names such as ${camel(name)}, and the options into cli/commands/${name}.ts.`,
        'Describe every option in a line of the new section of docs/cli.md.',
      ],
    };
  },
};
