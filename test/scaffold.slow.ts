/**
 * Tests `npm run new` for each sort in a copy of the project: the files that it writes are formatted, compile and pass
 * their tests.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXAMPLES } from '../scaffold/kind_examples.ts';

const ROOT = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'benben-scaffold-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const path of listed.split('\n').filter(Boolean)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  // Biome reads .gitignore only in a git repository.
  execFileSync('git', ['init', '-q'], { cwd: folder });
});

function ran(command: string, ...args: string[]): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  return { status, text: `${stdout}${stderr}` };
}

const create = (...words: string[]) => ran('npm', 'run', '-s', 'new', '--', ...words);

const MADE: readonly (readonly string[])[] = [
  ['op', 'swish_two'],
  ['pass', 'drop_double_neg'],
  ['command', 'titles'],
  ...Object.keys(EXAMPLES).map((slot) => ['kind', slot, `toy_${slot}`]),
];

test.each(MADE)('%s %s %s', (...words) => {
  const { status, text } = create(...words.filter(Boolean));
  expect(status, text).toBe(0);
  expect(text).toMatch(/^new {3}/m);
  expect(text).toMatch(/^line {2}/m);
});

test.each([
  [[], /npm run new -- SORT NAME/],
  [['house', 'x'], /there is no sort 'house'/],
  [['op'], /a name is missing/],
  [['op', 'Swish-Two'], /must consist of lowercase letters/],
  [['kind', 'wall', 'x'], /the slot of a kind must be one of attention/],
  [['op', 'softmax'], /compiler\/ops\/softmax.ts exists already/],
] as const)('%j is refused with a message, and nothing is written', (words, message) => {
  const before = ran('git', 'status', '--short').text;
  const { status, text } = create(...words);
  expect(status).toBe(2);
  expect(text).toMatch(message);
  expect(text).not.toContain('    at ');
  expect(ran('git', 'status', '--short').text).toBe(before);
});

test('it compiles and is formatted', () => {
  for (const args of [
    ['tsc', '--noEmit', '-p', '.'],
    ['biome', 'check', '.'],
  ]) {
    const [command, ...words] = args;
    const { status, text } = ran(join(ROOT, 'node_modules/.bin', command!), ...words);
    expect(status, text).toBe(0);
  }
});

test('its tests pass, and so do the tests of all ops, kinds, passes and commands', () => {
  const own = MADE.map(([sort, ...names]) => {
    const name = names.join('_');
    return {
      op: `test/compiler/ops/${name}`,
      pass: `test/passes/${name}`,
      command: `test/cli/${name}`,
      kind: `test/compiler/model/${name}`,
    }[sort!]!;
  });
  const all = [
    'test/compiler/ops/ops.test.ts',
    'test/compiler/ops/record.test.ts',
    'test/compiler/model/kinds.test.ts',
    'test/passes/random_graphs.test.ts',
    'test/cli/commands.test.ts',
    'test/dsl/language_guide.test.ts',
    'test/dsl/cases.test.ts',
    'test/structure.test.ts',
  ];
  const { status, text } = ran(join(ROOT, 'node_modules/.bin/vitest'), 'run', ...own, ...all);
  expect(status, text.slice(-4000)).toBe(0);
  expect(text).toMatch(/[1-9]\d* passed, 0 failed/);
});

test('a new kind is on the language page, in the section of its slot', () => {
  const guide = readFileSync(join(folder, 'docs/language.md'), 'utf8');
  const pooling = guide.slice(guide.indexOf('### Pooling'), guide.indexOf('### Scorers'));
  expect(pooling).toContain('**`toy_pool`**');
});
