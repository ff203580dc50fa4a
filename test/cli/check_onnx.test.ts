/** `benben check` with .onnx files: formats, patterns, exit codes, and together with .ben files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { CHECK_RULES } from '../../check/index.ts';
import { CLAIM_CODES } from '../../runtime/check/codes.ts';
import { CASES } from '../check/cases.ts';
import { info, node, one } from '../check/foreign_models.ts';
import { invoke, workshop } from './invoke.ts';

const { path } = await workshop();

beforeAll(async () => {
  expect((await invoke(['compile', path('model.ben'), '-o', path('tiny.onnx')])).code).toBe(0);
  mkdirSync(path('models'));
  writeFileSync(path('models/bad.onnx'), CASES.D631!.bad);
  writeFileSync(path('models/warned.onnx'), CASES.D617!.bad);
  writeFileSync(path('models/noted.onnx'), CASES.D608!.bad);
  writeFileSync(path('models/[odd].onnx'), CASES.D631!.good);
});

const check = (...args: string[]) => invoke(['check', ...args]);

test('an artifact is sound, and comes from its source', async () => {
  const { code, out, err } = await check(path('tiny.onnx'), '--source', path('model.ben'), '--strict');
  expect({ code, out }).toEqual({ code: 0, out: '' });
  expect(err).toBe('1 file checked: no mistakes\n');
});

test('the text says what is wrong, where, why, and what to do', async () => {
  const { code, out, err } = await check(path('models/bad.onnx'));
  expect(code).toBe(1);
  expect(out).toBe(
    `error[D631]: MatMul of [2, 3] and [2, 3]: 3 columns do not match 2 rows\n--> ${path('models/bad.onnx')}: graph 'main', node 0 (MatMul)\n= help: its inputs are float [2, 3], float [2, 3]\n`,
  );
  expect(err).toBe('1 file checked: 1 error\n');
});

test('all mistakes of a kind are counted, although ten are listed', async () => {
  const names = Array.from({ length: 14 }, (_, i) => `n${i}`);
  writeFileSync(
    path('many.onnx'),
    one(
      'Add x,y > z',
      {},
      {
        node: names.map((name) => node(`Neg no_${name} > ${name}`)),
        output: [info('z'), ...names.map((name) => info(name))],
      },
    ),
  );
  const { out, err } = await check(path('many.onnx'));
  expect(out.match(/^error\[D\d+\]: (?!and)/gm)).toHaveLength(10);
  expect(out).toContain(': and 4 more of this kind: ');
  expect(err).toBe('1 file checked: 14 errors\n');
});

test('notes never fail, warnings fail with --strict', async () => {
  for (const [file, code, strict] of [
    ['noted', 0, 0],
    ['warned', 0, 1],
    ['bad', 1, 1],
  ] as const) {
    expect((await check(path(`models/${file}.onnx`))).code).toBe(code);
    expect((await check(path(`models/${file}.onnx`), '--strict')).code).toBe(strict);
  }
});

test('files of both kinds and a missing one are checked together', async () => {
  const { code, out, err } = await check(path('model.ben'), path('models/bad.onnx'), path('gone.onnx'));
  expect(code).toBe(1);
  expect([...out.matchAll(/^error\[(D\d+)\]/gm)].map(([, id]) => id)).toEqual(['D631', 'D501']);
  expect(err).toMatch(/^3 files checked: 2 errors; 1 budget holds$/m);
});

describe('patterns', () => {
  test('are expanded if the shell did not do so', async () => {
    const { code, err } = await check(path('models/*.onnx'));
    expect(code).toBe(1);
    expect(err).toBe('4 files checked: 1 error, 1 warning, 1 note\n');
  });
  test('are names of files if such a file exists', async () => {
    expect(await check(path('models/[odd].onnx'))).toMatchObject({ code: 0, out: '' });
  });
  test('are refused if they match nothing', async () => {
    const { code, out } = await check(path('models/*.nothing'), path('tiny.onnx'));
    expect(code).toBe(1);
    expect(out).toMatch(/^error\[D501\]: no file matches /);
  });
});

describe('formats', () => {
  test('json', async () => {
    const { code, out } = await check(path('models/bad.onnx'), '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      schema: 'benben.check/1',
      budgets: [],
      diagnostics: [
        {
          code: 'D631',
          severity: 'error',
          message: 'MatMul of [2, 3] and [2, 3]: 3 columns do not match 2 rows',
          where: "graph 'main', node 0 (MatMul)",
          help: 'its inputs are float [2, 3], float [2, 3]',
          file: path('models/bad.onnx'),
          labels: [],
        },
      ],
    });
  });
  test('github', async () => {
    const { out } = await check(path('models/*.onnx'), '--format', 'github');
    expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual([
      '::error',
      '::notice',
      '::warning',
      '',
    ]);
    expect(out).toContain(
      "title=D631::MatMul of [2, 3] and [2, 3]: 3 columns do not match 2 rows%0Agraph 'main', node 0 (MatMul)%0A",
    );
  });
  test('sarif', async () => {
    const { out } = await check(path('models/*.onnx'), '--format', 'sarif');
    const { runs } = JSON.parse(out) as {
      runs: { tool: { driver: { rules: object[] } }; results: object[] }[];
    };
    expect(runs[0]!.results).toMatchObject([
      {
        ruleId: 'D631',
        level: 'error',
        locations: [{ logicalLocations: [{ fullyQualifiedName: "graph 'main', node 0 (MatMul)" }] }],
      },
      { ruleId: 'D608', level: 'note' },
      { ruleId: 'D617', level: 'warning' },
    ]);
    expect(runs[0]!.tool.driver.rules).toMatchObject([
      { id: 'D608', shortDescription: { text: 'a domain that is imported but not used' } },
      { id: 'D617' },
      { id: 'D631' },
    ]);
  });
});

describe('every finding names a file', () => {
  interface Result {
    readonly ruleId: string;
    readonly locations: readonly [{ physicalLocation: { artifactLocation: { uri: string } } }];
  }
  const found = async (...args: string[]) => {
    const files = [...args, '-'];
    const told = (format: string) =>
      invoke(['check', ...files, '--format', format], { stdin: 'model A { w' });
    const sarif = JSON.parse((await told('sarif')).out) as { runs: [{ results: Result[] }] };
    const json = JSON.parse((await told('json')).out) as { diagnostics: { file: string | null }[] };
    return { results: sarif.runs[0].results, json, github: (await told('github')).out.trim().split('\n') };
  };

  test('in sarif, github and json', async () => {
    mkdirSync(path('all/folder.ben'), { recursive: true });
    mkdirSync(path('all/folder.onnx'));
    const files: Record<string, string | Uint8Array> = {
      'empty.ben': '',
      'binary.ben': 'model\0',
      'empty.onnx': '',
      'text.onnx': 'model A { }',
      'a:b #1?.ben': 'model A { width many }',
      'two.ben': 'model A {\n  width 768\n  heads 7\n}\n',
    };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(path(`all/${name}`), bytes);
    for (const [code, { bad }] of Object.entries(CASES)) writeFileSync(path(`all/${code}.onnx`), bad);
    const { results, json, github } = await found(
      path('all/*.{ben,onnx}'),
      path('all/folder.ben'),
      path('all/folder.onnx'),
      path('gone.ben'),
      path('gone.onnx'),
      'zz*.onnx',
    );
    const uris = results.map(({ locations }) => locations[0].physicalLocation.artifactLocation.uri);
    for (const uri of uris) expect(new URL(uri, 'file:///repository/').href).toContain(uri);
    expect(new Set(results.map(({ ruleId }) => ruleId)).size).toBeGreaterThan(35);
    for (const end of [
      'empty.ben',
      'folder.ben',
      'folder.onnx',
      'gone.ben',
      'gone.onnx',
      'a%3Ab%20%231%3F.ben',
    ])
      expect(uris.filter((uri) => uri.endsWith(end))).not.toEqual([]);
    // These two URIs are not names of files.
    expect(uris).toContain('zz*.onnx');
    expect(uris.at(-1)).toBe('stdin');
    for (const { file } of json.diagnostics) expect(file).toBeTruthy();
    expect(github).toHaveLength(results.length);
    for (const line of github) expect(line).toMatch(/^::(error|warning|notice) file=[^,]+,/);
  });
});

test('a device that lacks kernels warns', async () => {
  const { code, out } = await check(path('tiny.onnx'), '--device', 'webgpu');
  expect(code).toBe(0);
  expect(out).toMatch(/^warning\[D548\]: \d+ of \d+ nodes have no kernel on webgpu/);
});

test('a name with escape sequences does not reach the terminal', async () => {
  const bytes = Buffer.from(CASES.D631!.bad);
  // The escape sequence has four bytes, like the name `main` that it replaces.
  bytes.set(Buffer.from('\x1b[2J'), bytes.indexOf('main'));
  writeFileSync(path('models/paint.onnx'), bytes);
  const { out } = await invoke(['check', path('models/paint.onnx')], {
    terminal: true,
    env: { NO_COLOR: '1' },
  });
  expect(out).toContain("graph '\uFFFD[2J'");
  expect(out.includes('\x1b')).toBe(false);
});

describe('a name with control characters, in formats of other programs', () => {
  const name = '\x1b[31mred\x07\x9b\u202e\r\n::error::mine';
  test.each(['github', 'sarif'])('%s', async (format) => {
    writeFileSync(
      path('models/ring.onnx'),
      one('MatMul x,x > z', {}, { node: [node('MatMul x,x > y', {}, { name })] }),
    );
    const { out } = await check(path('models/ring.onnx'), '--format', format);
    expect(out).toContain('D631');
    expect(out).toContain('\uFFFD[31mred\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD::error::mine');
    expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]|\\u001b|\\u0007|%0D|\\r|\\n/u);
  });
});

test('--budgets without a .ben file is refused', async () => {
  const { code, out, err } = await check(path('tiny.onnx'), '--budgets');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^error: --budgets is for \.ben files, but none is named$/m);
  expect((await check(path('tiny.onnx'), path('model.ben'), '--budgets')).code).toBe(0);
});

test('every code is explained, and documented by its block', async () => {
  for (const code of [...Object.keys(CHECK_RULES), ...Object.keys(CLAIM_CODES)])
    expect((await invoke(['explain', code])).out).toMatch(new RegExp(`^${code}: .+\\n\\n.+`));
});
