/** Tests the inference of types and shapes in bare artifacts, chains, bodies, functions and foreign models. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkOnnx, inMemory, openModel } from '../../check/index.ts';
import { valueText } from '../../check/infer/types.ts';
import { encodeModel } from '../../compiler/emit/index.ts';
import { type CompileOptions, compile, type Entry, emitArtifact, parse, randomWeights } from '../../index.ts';
import { ENTRY_NAMES } from '../../pipeline/entry_ports.ts';
import { SLOW } from '../effort.ts';
import type { GraphProto } from '../onnx_messages.ts';
import { decodeModelProto, encodeModelProto } from '../onnx_messages.ts';
import { floats, type Graph, info, ints, type ModelParts, modelBytes, node } from './foreign_models.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

const FORMS: readonly CompileOptions[] = [
  {},
  { target: 'webgpu', precision: 'fp16' },
  { target: 'portable', precision: 'int8' },
  ...(SLOW
    ? ([
        { precision: 'int4' },
        { precision: 'int8' },
        { target: 'cuda', precision: 'fp16' },
        { target: 'webgpu', precision: 'int4' },
        { target: 'portable' },
        { passes: 'none' },
        { compat: 'paper' },
      ] satisfies CompileOptions[])
    : []),
];

interface Form {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function* artifactsOf(file: string, model: string, entry: Entry): Generator<Form> {
  const source = { path: file, text: readFileSync(join(EXAMPLES, file), 'utf8') };
  const search = entry === 'generate' ? { beam: 2, noRepeatNgram: 3 } : {};
  for (const form of FORMS) {
    const compiled = compile(source, { model, entry, ...search, ...form }).value;
    for (const inline of compiled ? [false, true] : []) {
      const emitted = emitArtifact(compiled!, 'm.onnx', { weights: randomWeights(0), inline });
      yield { name: `${JSON.stringify(form)}${inline ? ' inline' : ''}`, bytes: encodeModel(emitted) };
    }
  }
}

/** Removes all declarations except those of inputs and outputs, so that inference must find the rest. */
function undeclared(bytes: Uint8Array): Uint8Array {
  const model = decodeModelProto(bytes);
  const strip = (graph: GraphProto | null | undefined): void => {
    if (!graph) return;
    graph.valueInfo = [];
    for (const { attribute } of graph.node ?? []) for (const { g } of attribute ?? []) strip(g);
  };
  strip(model.graph);
  for (const f of model.functions) f.valueInfo = [];
  return encodeModelProto(model);
}

const files = SLOW ? readdirSync(EXAMPLES).filter((file) => file.endsWith('.ben')) : ['tiny.ben'];
const models = files.flatMap((path) =>
  parse({ path, text: readFileSync(join(EXAMPLES, path), 'utf8') }).value!.models.map(({ name }) => ({
    path,
    name,
  })),
);

describe.each(models)('$path $name', ({ path, name }) => {
  test.each(ENTRY_NAMES)('%s checks clean, every type known', (entry) => {
    for (const form of artifactsOf(path, name, entry)) {
      expect(checkOnnx(inMemory(form.bytes)), form.name).toEqual([]);
      const { gaps, conflicts, misfits } = openModel(inMemory(undeclared(form.bytes))).facts!.inference;
      expect({ conflicts, misfits, name: form.name }).toEqual({
        conflicts: [],
        misfits: [],
        name: form.name,
      });
      expect({ ...gaps, values: 0 }).toEqual({
        values: 0,
        unknown: 0,
        trusted: 0,
        ruleless: [],
        stopped: false,
      });
    }
  });
});

/** The inferred types of these values. */
function typesOf(parts: ModelParts, ...names: readonly string[]): readonly string[] {
  const { facts } = openModel(inMemory(modelBytes(parts)));
  return names.map((name) => valueText(facts!.inference.values.get(name)));
}

describe('arithmetic on lengths', () => {
  const x = info('x', ['batch', 'tokens', 768]);
  test('Shape → Gather → Concat → Reshape, with a length left open', () => {
    const parts = {
      input: [x],
      output: [info('z')],
      initializer: [ints('zero', [0]), ints('twelve', [12]), ints('open', [-1])],
      node: [
        node('Shape x > s'),
        node('Gather s,zero > b'),
        node('Concat b,open,twelve,open2 > to', { axis: 0 }),
        node('Reshape x,to > z'),
      ],
    };
    parts.initializer.push(ints('open2', [64]));
    expect(typesOf(parts, 'to', 'z')).toEqual(['int64 [4]', 'float [batch, tokens, 12, 64]']);
  });
  test('halves of a length, by Div and Mul', () => {
    const parts = {
      input: [info('x', ['n', 4])],
      output: [info('z')],
      initializer: [ints('two', [2]), ints('rest', [-1])],
      node: [
        node('Shape x > n', { start: 0, end: 1 }),
        node('Mul n,two > doubled'),
        node('Concat doubled,rest > to', { axis: 0 }),
        node('Reshape x,to > z'),
      ],
    };
    expect(typesOf(parts, 'z')).toEqual(['float [2*n, 2]']);
  });
  test('Range, Expand and ConstantOfShape', () => {
    const parts = {
      input: [info('n', [], 7), x],
      output: [info('r'), info('e'), info('c')],
      initializer: [ints('from', [0], []), ints('by', [1], [])],
      node: [
        node('Range from,n,by > r'),
        node('Shape x > s'),
        node('Expand from,s > e'),
        node('ConstantOfShape s > c'),
      ],
    };
    expect(typesOf(parts, 'r', 'e', 'c')).toEqual([
      'int64 [?]',
      'int64 [batch, tokens, 768]',
      'float [batch, tokens, 768]',
    ]);
  });
  test('slices from the end, and beyond it', () => {
    const parts = {
      input: [x],
      output: [info('a'), info('b')],
      initializer: [ints('one', [1]), ints('start', [-3]), ints('end', [2 ** 53]), ints('two', [2])],
      node: [node('Slice x,one,end,one > a'), node('Slice x,start,end,two > b')],
    };
    expect(typesOf(parts, 'a', 'b')).toEqual([
      'float [batch, -1*min(tokens, 1) + tokens, 768]',
      'float [batch, tokens, 3]',
    ]);
  });
});

const body = (parts: Graph): { g: Graph } => ({ g: { name: 'body', ...parts } });

describe('bodies', () => {
  const loop = (grow: boolean): ModelParts => ({
    input: [info('n', [], 7), info('go', [], 9), info('x', ['batch', 1])],
    output: [info('last'), info('all')],
    node: [
      node('Loop n,go,x > last,all', {
        body: body({
          input: [info('i', [], 7), info('on', [], 9), info('was')],
          output: [info('on_out'), info('now'), info('each')],
          node: [
            node('Identity on > on_out'),
            grow ? node('Concat was,x > now', { axis: 1 }) : node('Add was,x > now'),
            node('ReduceSum now > each', { keepdims: 0 }),
          ],
        }),
      }),
    ],
  });
  test('a carried value of a Loop keeps its type, and a scan output gets one more axis', () => {
    expect(typesOf(loop(false), 'last', 'all')).toEqual(['float [batch, 1]', 'float [?]']);
  });
  test('a length that grows with every iteration is unknown', () => {
    expect(typesOf(loop(true), 'last', 'all')).toEqual(['float [batch, ?]', 'float [?]']);
  });
  test('a Loop whose body changes a type is reported', () => {
    const parts = loop(false);
    const graph = body({
      input: [info('i', [], 7), info('on', [], 9), info('was')],
      output: [info('on_out'), info('now', undefined, 7)],
      node: [node('Identity on > on_out'), node('Cast was > now', { to: 7 })],
    });
    const bad = { ...parts, output: [info('last')], node: [node('Loop n,go,x > last', { body: graph })] };
    const [found] = checkOnnx(inMemory(modelBytes(bad)));
    expect(found).toMatchObject({
      code: 'D631',
      message: expect.stringMatching(/^Loop passes float .* returns int64/),
    });
  });
  test('branches with different lengths give the type that both have in common', () => {
    const branch = (name: string, axis: number): { g: Graph } =>
      body({ node: [node(`Concat x,x > ${name}`, { axis })], output: [info(name)] });
    const parts = {
      input: [info('c', [], 9), info('x', ['n', 4])],
      output: [info('z')],
      node: [node('If c > z', { then_branch: branch('a', 1), else_branch: branch('b', 0) })],
    };
    expect(typesOf(parts, 'z')).toEqual(['float [?, ?]']);
  });
  test('Scan along an axis', () => {
    const parts = {
      input: [info('s', [3]), info('xs', ['n', 3])],
      output: [info('end'), info('ys')],
      node: [
        node('Scan s,xs > end,ys', {
          num_scan_inputs: 1,
          body: body({
            input: [info('s0'), info('x0')],
            output: [info('s1'), info('y0')],
            node: [node('Add s0,x0 > s1'), node('Concat s1,x0 > y0', { axis: 0 })],
          }),
        }),
      ],
    };
    expect(typesOf(parts, 'end', 'ys')).toEqual(['float [3]', 'float [n, 6]']);
  });
});

test('a function has the types of each of its calls', () => {
  const parts = {
    input: [info('x', ['n', 8]), info('y', [2, 3, 5], 10)],
    output: [info('a', undefined, 7), info('b')],
    opsets: { '': 21, my: 1 },
    functions: [
      {
        name: 'Turn',
        domain: 'my',
        input: ['i'],
        output: ['o'],
        attribute: ['to'],
        node: [node('Transpose i > t'), node('Cast t > o', { to: { ref: 'to', type: 2 } })],
        opsetImport: [{ domain: '', version: 21 }],
      },
    ],
    node: [node('Turn x > a', { to: 7 }, { domain: 'my' }), node('Turn y > b', { to: 1 }, { domain: 'my' })],
  };
  expect(typesOf(parts, 'a', 'b')).toEqual(['int64 [8, n]', 'float [5, 3, 2]']);
  expect(checkOnnx(inMemory(modelBytes(parts)))).toEqual([]);
});

describe('a mistake is reported where it is', () => {
  const reported = (parts: ModelParts): readonly string[] =>
    checkOnnx(inMemory(modelBytes(parts))).map(({ code, message }) => `${code} ${message}`);
  const inputs = { input: [info('x', ['n', 4]), info('y', ['n', 5])], output: [info('z')] };
  test.each([
    [
      'lengths that cannot be broadcast',
      [node('Add x,y > z')],
      /^D631 Add cannot broadcast \[n, 4\] with \[n, 5\]/,
    ],
    [
      'types that differ',
      [node('Cast y > c', { to: 7 }), node('Mul x,c > z')],
      /^D631 inputs 0 and 1 must have the same type/,
    ],
    [
      'a type that the operator does not take',
      [node('Cast x > c', { to: 9 }), node('Relu c > z'), node('Neg y > u')],
      /^D631 input 0 is bool/,
    ],
    [
      'an axis that does not exist',
      [node('Softmax x > s', { axis: 0 }), node('Gather s,i > z', { axis: 2 })],
      /^D631 axis 2 is out of range/,
    ],
    [
      'an index beyond the end',
      [node('Gather x,i > z', { axis: 1 })],
      /^D631 Gather reads index 7 of \[n, 4\]/,
    ],
    [
      'a shape with another number of elements',
      [node('Reshape w,to > z')],
      /^D631 Reshape of \[6\] to \[4, 2\] would change 6 elements into 8/,
    ],
    [
      'a permutation of other axes',
      [node('Transpose x > z', { perm: [0, 2] })],
      /^D631 Transpose of \[n, 4\]: perm \[0, 2\] is not a permutation of its axes/,
    ],
  ] as const)('%s', (_, nodes, message) => {
    const initializer = [ints('i', [7]), floats('w', [6]), ints('to', [4, 2])];
    expect(reported({ ...inputs, initializer, node: nodes })).toContainEqual(expect.stringMatching(message));
  });
  test('a mistake is reported once, not for every node after it', () => {
    const nodes = [node('Add x,y > a'), node('Relu a > b'), node('MatMul b,b > c'), node('Neg c > z')];
    expect(reported({ ...inputs, node: nodes })).toHaveLength(1);
  });
  test('a false declaration is reported once: at the node that writes the value, or at the graph', () => {
    const wrong = (
      nodes: NonNullable<Graph['node']>,
      output: NonNullable<Graph['output']>,
    ): readonly string[] =>
      checkOnnx(inMemory(modelBytes({ input: [info('x', [2, 3])], output, node: nodes }))).map(
        ({ code, where }) => `${code} ${where}`,
      );
    expect(wrong([node('Relu x > z')], [info('z', [2, 4])])).toEqual(["D630 graph 'main', node 0 (Relu)"]);
    // An input that is also an output, with another declaration.
    expect(wrong([node('Relu x > z')], [info('z', [2, 3]), info('x', [2, 4])])).toEqual([
      "D630 graph 'main'",
    ]);
  });
  describe('lengths by name', () => {
    const b4 = info('x', ['b', 4]);
    const shaped = (to: readonly number[], declared: readonly (string | number)[]): ModelParts => ({
      input: [b4],
      output: [info('z', declared)],
      initializer: [ints('to', [...to])],
      node: [node('Reshape x,to > z')],
    });
    const joined = (declared: readonly (string | number)[], more: ModelParts = {}): ModelParts => ({
      input: [b4],
      output: [info('z', declared)],
      node: [node('Concat x,x > w', { axis: 0 }), node('Neg w > z')],
      ...more,
    });
    test.each([
      ['Concat of b and b, declared b', joined(['b', 4]), '[b, 4], but is float [2*b, 4]'],
      ['Concat of b and b, declared 3*b', joined(['3*b', 4]), '[3*b, 4], but is float [2*b, 4]'],
      ['Reshape to twice as many, declared b', shaped([-1, 2], ['b', 2]), '[b, 2], but is float [2*b, 2]'],
      ['Reshape to fewer, declared b', shaped([-1, 5], ['b', 5]), '[b, 5], but is float [floor'],
    ])('%s: D630', (_, parts, words) => {
      const found = reported(parts);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(/^D630 'z' is declared as float /);
      expect(found[0]).toContain(words);
    });
    test.each([
      ['a new name', joined(['c', 4])],
      ['no name', joined(['', 4])],
      ['the formula', joined(['2*b', 4])],
      ['the formula, written differently', joined(['b + b', 4])],
      ['the name of another input', { ...joined(['n', 4]), node: joined([]).node! }],
      ['a formula that may be equal', shaped([-1], ['b*b'])],
    ])('%s may be declared for an inferred length', (_, parts) => {
      expect(reported(parts)).toEqual([]);
    });
  });
  test('gaps are reported with their number and their operators', () => {
    const nodes = [node('Foreign x > a', {}, { domain: 'lab' }), node('Add a,a > b'), node('Neg b > z')];
    const found = reported({
      input: [info('x', [2])],
      output: [info('z')],
      opsets: { '': 21, lab: 1 },
      node: nodes,
    });
    const alone = reported({
      input: [info('x', [2])],
      opsets: { '': 21, lab: 1 },
      output: [info('z', [2])],
      node: [node('Foreign x > z', {}, { domain: 'lab' })],
    });
    expect(alone[1]).toBe(
      'D634 the type of the only value is taken as declared: there is no rule for lab::Foreign × 1',
    );
    expect(found).toEqual([
      'D626 operators of an unknown domain: lab::Foreign',
      'D634 the types of 3 of 3 values are unknown: there is no rule for lab::Foreign × 1',
    ]);
  });
});

describe('foreign models', () => {
  const FOLDER = join(import.meta.dirname, 'foreign/models');
  const GAPS: Readonly<Record<string, RegExp>> = {
    'onnx_gradient_of_add_and_mul.onnx': /no rule for ai\.onnx\.preview\.training::Gradient × 1/,
    'onnx_sequence_model1.onnx': /some shapes are known only at run time/,
    'onnx_strnorm_model_monday_casesensintive_upper.onnx': /no rule for StringNormalizer × 1/,
    'onnxruntime_logreg_iris.onnx': /no rule for ai\.onnx\.ml::LinearClassifier × 1/,
  };
  const files = readdirSync(FOLDER);
  test('are present', () => expect(files.length).toBeGreaterThan(20));
  test.each(files)('%s', (file) => {
    const found = checkOnnx(inMemory(readFileSync(join(FOLDER, file))));
    const gap = GAPS[file];
    expect(found.map(({ code }) => code)).toEqual(gap ? ['D634'] : []);
    if (gap) expect(found[0]!.message).toMatch(gap);
  });
});
