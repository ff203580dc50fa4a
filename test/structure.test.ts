/** Checks the rules of the project's structure: which room may import which, and how long a file may be. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { VERSION } from '../pipeline/constants.ts';

/**
 * Every room (source folder), lowest first. A file may import only files of its own room and of rooms before it, even
 * if it imports only types.
 */
const ROOMS = [
  'dsl',
  'compiler/ir',
  'compiler/onnx',
  'compiler/ops',
  'compiler/model',
  'compiler/emit',
  'passes',
  'pipeline',
  'report',
  'check',
  'runtime',
  'cli',
];

/** Rooms that run in a browser, so they use neither Node's modules nor its globals. */
const CORE = ROOMS.slice(0, ROOMS.indexOf('runtime'));

const typescriptIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));

const sources = [...new Set(ROOMS.map((room) => room.split('/')[0]!))].flatMap(typescriptIn);

interface Import {
  readonly target: string;
  /** Whether only types are imported, so that nothing is imported when the program runs. */
  readonly typeOnly: boolean;
}

const STATIC = /^(?:import|export)\s+(type\s+)?([^'";]*?)(?:\s*from\s*)?'(\.{1,2}\/[^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'(\.{1,2}\/[^']+)'/g;

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(file, 'utf8');
  const at = (path: string): string => normalize(join(dirname(file), path));
  const written = [...text.matchAll(STATIC)].map(([, type, names = '', path]) => {
    const each = names.includes('{') ? names.replace(/[{}]/g, '').split(',') : [names];
    const typeOnly = type !== undefined || each.filter((n) => n.trim()).every((n) => /^\s*type\s/.test(n));
    return { target: at(path!), typeOnly: typeOnly && names.trim() !== '' };
  });
  return [
    ...written,
    ...[...text.matchAll(DYNAMIC)].map(([, path]) => ({ target: at(path!), typeOnly: false })),
  ];
}

const roomOf = (file: string): number => ROOMS.findIndex((room) => file.startsWith(`${room}/`));

test('every file is in a room', () => {
  expect(sources.filter((file) => roomOf(file) < 0)).toEqual([]);
});

test('a room imports only itself and rooms before it, types included', () => {
  const wrong = sources.flatMap((file) =>
    importsOf(file)
      .filter(({ target }) => roomOf(target) < 0 || roomOf(target) > roomOf(file))
      .map(({ target }) => `${file} imports ${target}`),
  );
  expect(wrong).toEqual([]);
});

test('the checker of ONNX files imports only the language, lengths and the codec', () => {
  const known = /^(dsl|check|compiler\/onnx)\/|^compiler\/ir\/dim\.ts$/;
  const wrong = sources
    .filter((file) => file.startsWith('check/'))
    .flatMap((file) => importsOf(file).map(({ target }) => ({ file, target })))
    .filter(({ target }) => !known.test(target));
  expect(wrong).toEqual([]);
});

/** The groups of files that import each other by value in a circle (Tarjan's strongly connected components). */
function circlesIn(files: readonly string[]): readonly string[][] {
  const edges = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ target }) => target),
    ]),
  );
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    open.push(file);
    for (const next of edges.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      else if (!open.includes(next)) continue;
      lowest.set(file, Math.min(lowest.get(file)!, lowest.get(next)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const group = open.splice(open.indexOf(file));
    if (group.length > 1 || edges.get(file)?.includes(file)) circles.push(group);
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return circles;
}

test('no files import each other by value in a circle', () => {
  expect(circlesIn(sources)).toEqual([]);
});

/** Packages that run in browsers as well as in Node. */
const CORE_PACKAGES = /^(?:chevrotain|onnx-proto|picocolors|protobufjs\/minimal\.js|@noble\/hashes\/[\w.]+)$/;

const PACKAGE = /^(?:import|export)\s[^'";]*?from\s*'([^'.][^']*)'|\bimport\(\s*'([^'.][^']*)'/gm;
const NODE_GLOBALS =
  /\b(?:process|global)\.\w|\bBuffer\.|\b__(?:dirname|filename)\b|\brequire\('|import\.meta\.(?:dirname|filename)|\bsetImmediate\(/;

/** The text without its comments. Marks of comments inside string literals are kept. */
const codeOf = (text: string): string =>
  text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")/g,
    (_, literal: string | undefined) => literal ?? '',
  );

const core = sources.filter((file) => CORE.some((room) => file.startsWith(`${room}/`)));

test('the core imports packages that browsers can run and reads no globals of Node', () => {
  const found = [...core, 'core.ts'].flatMap((file) => {
    const code = codeOf(readFileSync(file, 'utf8'));
    const packages = [...code.matchAll(PACKAGE)].map(([, name, late]) => name ?? late!);
    const wrong = packages.filter((name) => !CORE_PACKAGES.test(name));
    const [global] = NODE_GLOBALS.exec(code) ?? [];
    return [...wrong, ...(global === undefined ? [] : [global])].map((what) => `${file}: ${what}`);
  });
  expect(found).toEqual([]);
});

/** Files that may read the names of scopes, because they make or print them. */
const NAMES_SCOPES = /^compiler\/(emit\/|ir\/(place|text|read_facts)\.ts$)/;

test('no file parses the name of a scope, and no report or pass parses the name of a weight', () => {
  const read = String.raw`(?:split|match|matchAll|startsWith|endsWith|includes|replace|slice|search|indexOf)\(`;
  const patterns = (name: string): RegExp =>
    new RegExp(String.raw`\b${name}\)?[!?]?\.${read}|\.(?:test|exec|match)\([^)\n]*\b${name}\b`);
  // Regular expressions that look for names of this project's weights and scopes.
  const body = String.raw`(?:\\.|[^/\\\n*\`'])*`;
  const words = new RegExp(
    String.raw`/${body}\b(?:encoder|decoder|fc1|fc\[12\]|self_attn|_attn|layer_norm|scorer)\b${body}/[a-z]*[.,\]]`,
  );
  const graphs = sources.filter((file) => !/^(?:check|runtime\/(?:check|compare))\//.test(file));
  const scopes = graphs.filter(
    (file) => !NAMES_SCOPES.test(file) && patterns('scope').test(readFileSync(file, 'utf8')),
  );
  const weights = graphs
    .filter((file) => /^(?:report|passes|compiler\/emit)\//.test(file))
    .filter((file) => {
      const text = readFileSync(file, 'utf8');
      return patterns(String.raw`weight\.name`).test(text) || words.test(text);
    });
  // The names of weights are the names in fairseq, which only fairseq_names.ts may parse.
  const named = graphs.filter(
    (file) =>
      file !== 'runtime/weights/fairseq_names.ts' &&
      patterns(String.raw`spec\.name`).test(readFileSync(file, 'utf8')),
  );
  expect([...scopes, ...weights, ...named]).toEqual([]);
});

test('the search for globals of Node finds code and ignores comments', () => {
  const seen = (text: string): boolean => NODE_GLOBALS.test(codeOf(text));
  expect(
    ['process.env.A', "const a = 'http://b'; Buffer.from(a)", 'a /* b */ + __dirname'].map(seen),
  ).toEqual([true, true, true]);
  expect(['// a Buffer', '/**\n * process.env\n */', 'in_process.a', 'ArrayBuffer'].map(seen)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('the entry for browsers exports only rooms of the core', () => {
  const wrong = importsOf('core.ts').filter(({ target }) => !core.includes(target));
  expect(wrong).toEqual([]);
});

test('the version in the code is that of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
});

/** Files that may be longer, each with a reason. */
const LONGER: readonly string[] = [];

test('files have at most 300 lines', () => {
  const long = sources
    .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
    .filter(({ file, lines }) => lines > 300 && !LONGER.includes(file));
  expect(long).toEqual([]);
});

test('nothing opts out of the type checker or the linter', () => {
  const marks = /@ts-ignore|@ts-expect-error|@ts-nocheck|biome-ignore|\bas any\b|: any[;,)>|\]]/;
  const found = sources.filter((file) => marks.test(readFileSync(file, 'utf8')));
  expect(found).toEqual([]);
});

test('functions are at most 80 lines', () => {
  const long: string[] = [];
  for (const path of sources) {
    const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
    const lineAt = (position: number): number => file.getLineAndCharacterOfPosition(position).line;
    const visit = (node: ts.Node): void => {
      if (ts.isFunctionLike(node) && 'body' in node && node.body) {
        const lines = lineAt(node.end) - lineAt(node.getStart()) + 1;
        if (lines > 80) long.push(`${path}:${lineAt(node.getStart()) + 1} has ${lines} lines`);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  expect(long).toEqual([]);
});

test('no object literal is spread into another, which would switch off the check of surplus properties', () => {
  const spread = /\.\.\.\{ ?\w/;
  const found = sources.filter((file) =>
    codeOf(readFileSync(file, 'utf8'))
      .split('\n')
      .some((line) => spread.test(line)),
  );
  expect(found).toEqual([]);
});
