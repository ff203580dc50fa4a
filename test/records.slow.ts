/** Tests that a record without a required field does not compile: each case lacks one field. */
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { beforeAll, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

const IMPORTS = `import type { Composite, Primitive } from '../compiler/ir/op.ts';
import type { WeightSpec } from '../compiler/ir/weights.ts';
import type { Node } from '../compiler/ir/graph.ts';
import { kernels } from '../compiler/ir/kernels.ts';
import { free } from '../compiler/ir/work.ts';
import type { AttentionKind, PoolKind } from '../compiler/model/kinds/kind.ts';
`;

/** The fields of a complete record, by its type. */
const RECORDS: Readonly<Record<string, readonly string[]>> = {
  Primitive: [
    "name: 'x'",
    "doc: 'x'",
    "float16: 'follows'",
    "ins: ['x']",
    "outs: ['y']",
    'attrs: {}',
    'samples: []',
    'infer: ([x]) => [x!]',
    'cost: free',
    "onnx: 'Identity'",
  ],
  Composite: [
    "name: 'x'",
    "doc: 'x'",
    "float16: 'follows'",
    "ins: ['x']",
    "outs: ['y']",
    'attrs: {}',
    'samples: []',
    'body: (_, [x]) => [x!]',
  ],
  AttentionKind: [
    "name: 'x'",
    "doc: 'x'",
    'params: []',
    "lower: ({ project }) => project('q_proj')",
    'received: null',
    'multiple: null',
    'independent: null',
    'causal: null',
    'cross: null',
  ],
  PoolKind: [
    "name: 'x'",
    "doc: 'x'",
    'params: []',
    'lower: ({ rows }) => ({ x: rows(), mask: rows(), index: rows(), weight: rows() })',
    'emitted: (n) => n',
  ],
  WeightSpec: [
    "name: 'x'",
    'shape: [1]',
    "init: { kind: 'constant', value: 0 }",
    "group: 'other'",
    "layout: 'vector'",
    'side: null',
    'layer: null',
  ],
  Node: [
    "op: 'neg'",
    'ins: []',
    'outs: []',
    'attrs: {}',
    "scope: ''",
    'place: { side: null, layer: null, part: null, phase: "forward" }',
    'from: []',
  ],
};

const record = (type: string, fields: readonly string[]): string =>
  `export const made: ${type} = {\n${fields.map((field) => `  ${field},`).join('\n')}\n};\n`;

const nameOf = (field: string): string => field.slice(0, field.indexOf(':'));

interface Case {
  readonly name: string;
  readonly text: string;
  /** A word that TypeScript's message must contain; absent if the case must compile. */
  readonly misses?: string;
}

const form = '() => {}';
const CASES: readonly Case[] = [
  ...Object.entries(RECORDS).flatMap(([type, fields]): Case[] => [
    { name: `a whole ${type}`, text: record(type, fields) },
    ...fields.map((field) => ({
      name: `a ${type} without ${nameOf(field)}`,
      text: record(
        type,
        fields.filter((one) => one !== field),
      ),
      misses: nameOf(field),
    })),
  ]),
  {
    name: 'kernels with a choice for every target',
    text: `export const made = kernels({ fast: { write: ${form}, needs: {} } }, { cpu: 'fast', cuda: 'fast', webgpu: 'body', portable: 'body' });\n`,
  },
  {
    name: 'kernels without a choice for a target',
    text: `export const made = kernels({ fast: { write: ${form}, needs: {} } }, { cpu: 'fast', cuda: 'fast', portable: 'body' });\n`,
    misses: 'webgpu',
  },
  {
    name: 'a choice of a kernel that does not exist',
    text: `export const made = kernels({ fast: { write: ${form}, needs: {} } }, { cpu: 'faster', cuda: 'fast', webgpu: 'body', portable: 'body' });\n`,
    misses: 'faster',
  },
];

const pathOf = (i: number): string => join(ROOT, 'test', `record_case_${i}.ts`);
let complaints: readonly (readonly string[])[] = [];

beforeAll(() => {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  const texts = new Map(CASES.map(({ text }, i) => [pathOf(i), `${IMPORTS}${text}`]));
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  complaints = CASES.map((_, i) => {
    const file = program.getSourceFile(pathOf(i))!;
    return program
      .getSemanticDiagnostics(file)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  });
});

test.each(CASES.map(({ name, misses }, i) => [name, i, misses] as const))('%s', (_, i, misses) => {
  if (misses === undefined) expect(complaints[i]).toEqual([]);
  else expect(complaints[i]!.join('\n')).toContain(misses);
});
