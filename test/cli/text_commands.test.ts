/** check, fmt, explain and types: commands that read and write text. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { invoke, MODEL, workshop } from './invoke.ts';

const { path } = await workshop();
const write = (name: string, text: string): string => {
  writeFileSync(path(name), text);
  return path(name);
};
const WRONG = 'model A {\n  widht 3\n  heads 0\n}\n';
const WARNED = 'model A {\n  share embeddings\n}\n';

test('check: a sound file', async () => {
  const { code, out, err } = await invoke(['check', path('model.ben')]);
  expect({ code, out }).toEqual({ code: 0, out: '' });
  expect(err).toBe('1 file checked: no mistakes; 1 budget holds\n');
});

const BUDGETS = `model A { vocabulary 100; width 8; heads 2; encoder { schedule 16 } }
check A {
  parameters   <= 2_000
  macs         <= 1k
  weight_bytes <= 8KB
  macs / 3     == 8k / 9
  1 / pool     <= 1
}
`;

test('check: a broken budget is an error at its line, and the summary counts all budgets', async () => {
  const { code, out, err } = await invoke(['check', write('budgets.ben', BUDGETS), path('model.ben')]);
  expect(code).toBe(1);
  expect(out).toContain(`error[D215]: \`macs <= 1k\` does not hold for A: `);
  expect(out).toContain('budgets.ben:4:3\n');
  expect(out).toContain('error[D216]: division by zero: `pool` is 0');
  expect(err).toBe(
    '2 files checked: 3 errors; 2 of 6 budgets are broken, 1 of 6 budgets is impossible to compute\n',
  );
  const one = write('one.ben', 'model A { }\ncheck A { parameters <= 1; macs > 1 }\n');
  expect((await invoke(['check', one])).err).toBe('1 file checked: 1 error; 1 of 2 budgets is broken\n');
});

test('check: --budgets lists the values of each budget', async () => {
  const file = write('budgets.ben', BUDGETS);
  const { code, out } = await invoke(['check', file, '--budgets']);
  expect(code).toBe(1);
  const lines = out.split('\n').slice(0, 4);
  expect(lines.map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
    [`${file}:3`, 'holds', 'A'],
    [`${file}:4`, 'broken', 'A'],
    [`${file}:5`, 'holds', 'A'],
    [`${file}:6`, 'broken', 'A'],
  ]);
  expect(lines[2]).toMatch(/weight_bytes <= 8KB +6_\d{3} bytes \(\d.* KB\) +8_192 bytes \(8 KB\) +\d\d.* %$/);
  const sound = await invoke(['check', path('model.ben')]);
  expect(sound.out).toBe('');
});

test('check: budgets in formats for machines', async () => {
  const file = write('budgets.ben', BUDGETS);
  const { out } = await invoke(['check', file, '--json']);
  const { schema, diagnostics, budgets } = JSON.parse(out) as {
    schema: string;
    diagnostics: { code: string }[];
    budgets: { budget: string; line: number; holds: boolean; left: unknown; right: unknown }[];
  };
  expect(diagnostics.map(({ code }) => code)).toEqual(['D215', 'D215', 'D216']);
  expect(budgets.map(({ holds, line }) => [line, holds])).toEqual([
    [3, true],
    [4, false],
    [5, true],
    [6, false],
  ]);
  expect(budgets[0]).toMatchObject({ model: 'A', file, budget: 'parameters <= 2_000', right: 2000 });
  expect(schema).toBe('benben.check/1');
  expect(budgets[2]).toMatchObject({ measures: 'bytes', right: 8192, rightNumber: 8192 });
  expect(budgets[3]).toMatchObject({ measures: 'count', right: '8192/9', rightNumber: 8192 / 9 });
  const github = (await invoke(['check', file, '-f', 'github'])).out.split('\n');
  expect(github[0]).toMatch(/^::error file=.*budgets.ben,line=4,endLine=4,col=3,endColumn=\d+,title=D215::/);
  const sarif = JSON.parse((await invoke(['check', file, '-f', 'sarif'])).out);
  expect(sarif.runs[0].results.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual([
    'D215',
    'D215',
    'D216',
  ]);
});

const NAMED_WRONG = `model A { encoder { schedule 512 x 2 } }
model Wrong { heads 7 }
model Child extends Wrong { heads 8 }
check A { macs <= 1; parameters <= 1k; flops <= 1; macs > Wrong.macs }
check Nobody { macs <= 1 }
check Wrong { macs <= 1 }
check Child { macs <= 1 }
check A { self_attention(layer: 3) <= 1; weight_bytes <= 8M; macs >= Child.macs }
`;

test('check: a mistake does not hide the budgets of other models', async () => {
  const file = write('named.ben', NAMED_WRONG);
  const { code, out } = await invoke(['check', file, '--json']);
  expect(code).toBe(1);
  const { diagnostics, budgets } = JSON.parse(out) as {
    diagnostics: { code: string; line: number }[];
    budgets: { budget: string; holds: boolean }[];
  };
  expect(diagnostics.map((d) => d.code)).toEqual(['D205', 'D215', 'D215', 'D110', 'D104', 'D208', 'D214']);
  // Budgets of the model with the mistake, and of a model that takes its fields, are left out.
  expect(budgets.map(({ budget }) => budget)).toEqual(['macs <= 1', 'parameters <= 1k']);
  const { err } = await invoke(['check', file]);
  expect(err).toContain('2 of 10 budgets are broken, 8 of 10 budgets are impossible to compute');
  // After a mistake of syntax it is unknown which fields a model has.
  const torn = await invoke(['check', write('torn.ben', `${NAMED_WRONG}model B { heads }}\n`), '--json']);
  expect(JSON.parse(torn.out).budgets).toEqual([]);
});

test('compile does not evaluate budgets', async () => {
  const file = write('budgets.ben', BUDGETS);
  expect(await invoke(['compile', file, '-o', path('budgets.onnx')])).toMatchObject({ code: 0 });
});

test('check: mistakes go to stdout, each with its position', async () => {
  const file = write('wrong.ben', WRONG);
  const { code, out, err } = await invoke(['check', file, path('model.ben')]);
  expect(code).toBe(1);
  expect(out).toContain(`${file}:2:3`);
  expect(out).toContain('did you mean `width`?');
  expect(out).toContain('error[D203]');
  expect(err).toContain('2 files checked: 2 errors');
});

test('check: a file that cannot be read does not hide the others', async () => {
  const { code, out } = await invoke(['check', path('nothing.ben'), write('wrong.ben', WRONG)]);
  expect(code).toBe(1);
  expect(out).toContain('error[D501]');
  expect(out).toContain('error[D203]');
});

test('check: --strict makes warnings count', async () => {
  const file = write('warned.ben', WARNED);
  expect(await invoke(['check', file])).toMatchObject({ code: 0 });
  expect(await invoke(['check', '--strict', file])).toMatchObject({ code: 1 });
});

test('check: formats for machines', async () => {
  const file = write('wrong.ben', WRONG);
  const json = await invoke(['check', file, '--json']);
  expect(json).toMatchObject({ code: 1, err: '' });
  const codes = (JSON.parse(json.out) as { diagnostics: { code: string }[] }).diagnostics.map(
    ({ code }) => code,
  );
  expect(codes).toEqual(['D101', 'D203']);
  const sarif = await invoke(['check', file, '--format', 'sarif']);
  expect(JSON.parse(sarif.out)).toMatchObject({ version: '2.1.0' });
  expect((await invoke(['check', file, '--format', 'github'])).out).toMatch(/^::error file=.*line=2/);
});

test('check reads standard input, and --quiet prints less', async () => {
  const { code, out, err } = await invoke(['check', '-q', '-'], { stdin: WRONG });
  expect({ code, err }).toEqual({ code: 1, err: '' });
  expect(out).toContain('<stdin>:2:3');
});

test('colours appear only where they are wanted', async () => {
  const args = ['check', write('wrong.ben', WRONG)];
  const colored = async (around: Parameters<typeof invoke>[1]) =>
    (await invoke(args, around)).out.includes('\x1b[');
  expect(await colored({})).toBe(false);
  expect(await colored({ terminal: true })).toBe(true);
  expect(await colored({ terminal: true, env: { NO_COLOR: '1' } })).toBe(false);
  expect(await colored({ terminal: true, env: { TERM: 'dumb' } })).toBe(false);
  expect(await colored({ env: { FORCE_COLOR: '1' } })).toBe(true);
  expect(await colored({ terminal: true, env: { FORCE_COLOR: '0' } })).toBe(false);
});

test('fmt rewrites files, names those that changed, and changes nothing the second time', async () => {
  const file = write('loose.ben', 'model A{width 32;heads 2}');
  expect(await invoke(['fmt', '--check', file])).toEqual({ code: 1, out: `${file}\n`, err: '' });
  expect(readFileSync(file, 'utf8')).toBe('model A{width 32;heads 2}');
  expect(await invoke(['fmt', file, path('model.ben')])).toEqual({ code: 0, out: `${file}\n`, err: '' });
  expect(readFileSync(file, 'utf8')).toBe('model A { width 32; heads 2 }\n');
  expect(await invoke(['fmt', '--check', file])).toEqual({ code: 0, out: '', err: '' });
  expect(await invoke(['fmt', '--json', file])).toMatchObject({ code: 0, out: '{\n  "changed": []\n}\n' });
});

test('fmt --check --json prints its result for standard input too', async () => {
  const checked = (stdin: string) => invoke(['fmt', '--check', '--json', '-'], { stdin });
  expect(await checked('model A{}')).toMatchObject({ code: 1, out: '{\n  "changed": [\n    "-"\n  ]\n}\n' });
  expect(await checked('model A {}\n')).toMatchObject({ code: 0, out: '{\n  "changed": []\n}\n' });
});

test('check warns about a file without a model', async () => {
  const empty = { stdin: '// nothing\n' };
  const { code, out } = await invoke(['check', '-'], empty);
  expect(code).toBe(0);
  expect(out).toContain('warning[D555]: <stdin> contains no model, so there is nothing to check');
  expect((await invoke(['check', '--strict', '-'], empty)).code).toBe(1);
});

test('fmt expands patterns, and refuses one that matches nothing', async () => {
  const file = write('loose.ben', 'model A{heads 8}');
  const pattern = path('loos?.ben');
  const { code, out } = await invoke(['fmt', '--check', file, pattern, path('*.bean')]);
  expect({ code, out }).toEqual({ code: 1, out: `${file}\n` });
  expect((await invoke(['fmt', pattern])).out).toBe(`${pattern.replace('?', 'e')}\n`);
  expect(readFileSync(file, 'utf8')).toBe('model A { heads 8 }\n');
});

test('fmt writes standard input to standard output, even with a semantic mistake', async () => {
  const { code, out } = await invoke(['fmt', '-'], { stdin: 'model A{heads 7}' });
  expect({ code, out }).toEqual({ code: 0, out: 'model A { heads 7 }\n' });
});

test('fmt leaves a file with mistakes of syntax unchanged, and formats the others', async () => {
  const [bad, loose] = [write('bad.ben', 'model {{\n'), write('loose.ben', 'model B{}')];
  const { code, err } = await invoke(['fmt', bad, loose]);
  expect(code).toBe(1);
  expect(err).toMatch(/error\[D0\d\d\]/);
  expect(readFileSync(bad, 'utf8')).toBe('model {{\n');
  expect(readFileSync(loose, 'utf8')).toBe('model B {}\n');
});

test('explain', async () => {
  const { code, out } = await invoke(['explain', 'd205']);
  expect(code).toBe(0);
  expect(out).toMatch(/^D205: heads do not divide the width\n/);
  expect(out).toContain('Right:');
  const list = await invoke(['explain']);
  for (const code of ['D001', 'D205', 'D310', 'D320', 'D401', 'D505'])
    expect(list.out).toContain(`${code}  `);
  expect(JSON.parse((await invoke(['explain', 'D401', '--json'])).out)).toMatchObject({ code: 'D401' });
});

test('types writes to stdout or to a file, and can write only types', async () => {
  const { code, out } = await invoke(['types', '-'], { stdin: MODEL });
  expect(code).toBe(0);
  expect(out).toContain('export async function loadTiny');
  const file = path('model.d.ts');
  expect(await invoke(['types', path('model.ben'), '-o', file])).toMatchObject({ code: 0, out: `${file}\n` });
  const types = readFileSync(file, 'utf8');
  expect(types).toContain('export interface TinyEntries');
  expect(types).not.toContain('function');
  expect((await invoke(['types', write('wrong.ben', WRONG)])).code).toBe(1);
});
