/** Models that ONNX's own checker or ONNX Runtime refuses are reported with the reason; accepted models are not. */
import { describe, expect, test } from 'vitest';
import { floats, info, ints, type ModelParts, node } from './foreign_models.ts';
import { of, reported, xToZ } from './reported.ts';

describe('functions', () => {
  const body = (nodes: readonly object[], more: object = {}) => ({
    name: 'F',
    domain: 'my',
    input: ['a'],
    output: ['c'],
    node: nodes,
    opsetImport: [{ domain: '', version: 21 }],
    ...more,
  });
  const calling = (
    functions: readonly object[],
    attributes: Parameters<typeof node>[1] = {},
    domain = 'my',
  ): ModelParts => ({
    ...xToZ,
    node: [node('F x > z', attributes, { domain })],
    opsets: { '': 21, ...(domain && { [domain]: 1 }) },
    functions,
  });
  const leaky = body([node('LeakyRelu a > c', { alpha: { ref: 'al', type: 1 } })], { attribute: ['al'] });
  const concat = body([node('Concat a,a > c', { axis: { ref: 'al', type: 2 } })], { attribute: ['al'] });

  test('an attribute of another type than the body takes', () => {
    expect(reported(calling([leaky], { al: 3 }))).toEqual([
      "error D623 the attribute 'al' is an integer, but the function takes a float",
    ]);
    expect(reported(calling([leaky], { al: { f: 0.5 } }))).toEqual([]);
  });
  test('a missing attribute is an error only if an operator requires it', () => {
    expect(reported(calling([leaky]))).toEqual([
      'warning D623 the call lacks the attribute al, so the operators of the function use their own defaults',
    ]);
    expect(reported(calling([concat]))[0]).toBe('error D623 the call lacks the attribute al');
  });
  test('a domain that is present but empty is ONNX’s own', () => {
    expect(reported(calling([body([node('Relu a > c')], { domain: '' })], {}, ''))).toEqual([]);
    expect(reported(calling([body([node('Relu a > c')], { domain: undefined })], {}, ''))).toEqual([
      'error D603 a function has no domain',
    ]);
  });
  test.each([
    [90, []],
    [
      110,
      [
        'error D665 the model has 110 levels of bodies and calls of functions inside each other; the limit is 100',
        'warning D634 functions call each other more than 100 levels deep, so deeper calls are not checked',
      ],
    ],
  ])('%i functions that each call the next', (count, lines) => {
    const chain = Array.from({ length: count }, (_, i) =>
      body([i === count - 1 ? node('Relu a > c') : node(`F${i + 1} a > c`, {}, { domain: 'my' })], {
        name: i === 0 ? 'F' : `F${i}`,
        opsetImport: [{ domain: i === count - 1 ? '' : 'my', version: i === count - 1 ? 21 : 1 }],
      }),
    );
    expect(reported(calling(chain))).toEqual(lines);
  });
});

describe('dims', () => {
  const constant = (dims: readonly number[]): ModelParts =>
    of(
      'Constant > z',
      {},
      {
        node: [
          { ...node('Constant > z'), attribute: [{ name: 'value', type: 4, t: { dims, dataType: 1 } }] },
        ],
      },
    );
  test.each([
    [Array.from({ length: 65 }, () => 1), 'has 65 dims, but at most 64 are allowed'],
    [[2, -3], 'has the dims [2, -3], but no dim may be negative'],
    [[2 ** 40, 2 ** 40], `has the dims [${2 ** 40}, ${2 ** 40}], whose product is too large for any tensor`],
  ])('%j', (dims, fault) => {
    expect(reported(constant(dims))).toContain(`error D640 attribute 'value' ${fault}`);
  });
  test('a negative dim of a declaration', () => {
    expect(reported(of('Relu x > z', {}, { output: [info('z', [2, -3])] }))).toContain(
      "error D640 'z' is declared with a dim of -3, but no dim may be negative",
    );
  });
});

describe('operators that ONNX Runtime adds to ONNX’s domain', () => {
  const scale = { initializer: [floats('s', [3])] };
  test.each<readonly [string, ModelParts, readonly string[]]>([
    [
      'before ONNX had it',
      of('LayerNormalization x,s > z', {}, { ...scale, opsets: { '': 13 } }),
      ['LayerNormalization in version 13'],
    ],
    [
      'that ONNX never had',
      of('SimplifiedLayerNormalization x,s > z', {}, scale),
      ['SimplifiedLayerNormalization in version 21'],
    ],
    ['that are old', of('Affine x > z', { alpha: { f: 2 } }, { opsets: { '': 9 } }), ['Affine in version 9']],
    ['from ONNX', of('LayerNormalization x,s > z', {}, scale), []],
  ])('%s', (_, parts, names) =>
    expect(reported(parts)).toEqual(
      names.map((name) => `warning D629 operators that ONNX Runtime has, but ONNX does not: ${name}`),
    ),
  );
  test('are refused where the runtime has removed them', () => {
    expect(reported(of('Affine x > z'))).toEqual([
      'error D628 Affine was removed in version 10, but version 21 is imported',
    ]);
  });
});

describe('nodes of one name', () => {
  const line = 'D616 several nodes are called n';
  const named = (text: string, name = 'n', attributes: Parameters<typeof node>[1] = {}, domain?: string) =>
    node(text, attributes, { name, ...(domain && { domain }) });
  const one = { value_float: { f: 1 } };
  const twice = [named('Relu a > b'), named('Neg b > c')];
  const chosen = (
    yes: readonly ReturnType<typeof node>[],
    no: readonly ReturnType<typeof node>[],
  ): ModelParts => ({
    input: [info('x', [2, 3]), info('c', [], 9)],
    output: [info('z')],
    node: [
      node('If c > z', {
        then_branch: { g: { name: 'yes', node: yes, output: [info('t')] } },
        else_branch: { g: { name: 'no', node: no, output: [info('e')] } },
      }),
    ],
  });
  const calling = (call: string): ModelParts => ({
    ...xToZ,
    node: [
      named('F x > y', 'first', {}, 'my'),
      named(call, 'second', {}, call.startsWith('F') ? 'my' : undefined),
    ],
    opsets: { '': 21, my: 1 },
    functions: ['F', 'G'].map((name) => ({
      name,
      domain: 'my',
      input: ['a'],
      output: ['c'],
      opsetImport: [{ domain: '', version: 21 }],
      node: name === 'G' ? twice : [named('Relu a > c')],
    })),
  });
  test.each<readonly [string, ModelParts, readonly string[]]>([
    ['in the graph', { ...xToZ, node: [named('Relu x > y'), named('Neg y > z')] }, [`error ${line}`]],
    ['without a name', { ...xToZ, node: [named('Relu x > y', ''), named('Neg y > z', '')] }, []],
    ['in a body', chosen([named('Relu x > y'), named('Neg y > t')], [named('Neg x > e')]), [`error ${line}`]],
    ['in two bodies', chosen([named('Neg x > t')], [named('Abs x > e')]), []],
    [
      'of which one is a constant',
      { ...xToZ, node: [named('Constant > k', 'n', one), named('Add x,k > z')] },
      [`warning ${line}`],
    ],
    [
      'in a function that nothing calls',
      calling('F y > z'),
      [`warning ${line}`, 'warning D622 functions that are never called: my::G'],
    ],
  ])('%s', (_, parts, lines) => expect(reported(parts)).toEqual(lines));
  test('in a function that is called', () => {
    const parts = calling('F y > z');
    const [call] = parts.node!;
    expect(
      reported({
        ...parts,
        node: [call!, { ...call!, name: 'g', opType: 'G', input: ['y'], output: ['z'] }],
      }),
    ).toEqual([`error ${line}`]);
  });
});

describe('attributes', () => {
  const bare = (type: object): ModelParts =>
    of(
      'LeakyRelu x > z',
      {},
      { node: [{ ...node('LeakyRelu x > z'), attribute: [{ name: 'alpha', ...type }] }] },
    );
  test('an attribute that does not state its type, from IR version 2 on', () => {
    const line = "error D633 the attribute 'alpha' does not state its `type`";
    expect(reported(bare({ f: 0.5 }))).toEqual([line]);
    expect(reported(bare({ f: 0.5, type: 1 }))).toEqual([]);
    expect(reported({ ...bare({ f: 0.5 }), ir: 1, opsets: {} })).not.toContain(line);
  });
});

describe('sparse initializers', () => {
  const sparse = (indices: object | undefined, values = floats('w', [2]), dims = [2, 3]): ModelParts =>
    of('Add x,w > z', {}, { sparseInitializer: [{ values, dims, ...(indices && { indices }) }] });
  const eight = (...numbers: number[]) => {
    const bytes = new DataView(new ArrayBuffer(8 * numbers.length));
    numbers.forEach((n, i) => void bytes.setBigInt64(8 * i, BigInt(n), true));
    return { name: 'i', dims: [numbers.length], dataType: 7, rawData: new Uint8Array(bytes.buffer) };
  };
  test.each([
    ['in the order of the elements', sparse(ints('i', [0, 4]))],
    ['as raw data', sparse(eight(1, 5))],
    ['by rows', sparse(ints('i', [0, 2, 1, 0], [2, 2]))],
    ['no values and no indices', sparse(undefined, floats('w', [0], []))],
  ])('%s: accepted', (_, parts) => expect(reported(parts)).toEqual([]));
  test.each<readonly [ModelParts, string]>([
    [sparse(undefined), 'has 2 values but no indices'],
    [sparse(ints('i', [0, 1, 2])), 'has 2 values but 3 indices'],
    [
      sparse(ints('i', [0, 1, 2, 0, 1, 2], [2, 3])),
      'has indices of shape [2, 3], but 2 dims need the shape [n] or [n, 2]',
    ],
    [
      sparse({ name: 'i', dims: [2], dataType: 6, int32Data: [0, 1] }),
      'has indices of int32 instead of int64',
    ],
    [sparse(ints('i', [-1, 1])), 'has the index -1, which is not within [6]'],
    [sparse(eight(1, 6)), 'has the index 6, which is not within [6]'],
    [sparse(ints('i', [0, 3, 1, 0], [2, 2])), 'has the index 0, 3, which is not within [2, 3]'],
    [sparse(ints('i', [4, 0])), 'has the index 0, which is not larger than the index before it'],
    [sparse(ints('i', [4, 4])), 'has the index 4, which is not larger than the index before it'],
    [
      sparse(ints('i', [1, 0, 0, 2], [2, 2])),
      'has the index 0, 2, which is not larger than the index before it',
    ],
    [sparse(ints('i', [0, 4]), floats('w', [2, 1])), 'has values of 2 dims instead of 1'],
  ])('%#: %s', (parts, why) => expect(reported(parts)).toEqual([`error D641 sparse initializer 'w' ${why}`]));
  test('in an attribute', () => {
    const value = { values: floats('w', [2]), indices: ints('i', [0]), dims: [2, 3] };
    const constant = {
      ...node('Constant > w'),
      attribute: [{ name: 'sparse_value', type: 11, sparseTensor: value }],
    };
    expect(reported({ ...xToZ, node: [constant, node('Add x,w > z')] })).toContain(
      "error D641 attribute 'sparse_value' has 2 values but 1 index",
    );
  });
});

describe('weights', () => {
  test('before IR version 4 they must be inputs too', () => {
    const parts = (more: ModelParts): ModelParts =>
      of('Add x,w > z', {}, { ir: 3, opsets: { '': 9 }, initializer: [floats('w', [3])], ...more });
    expect(reported(parts({}))).toEqual([
      'warning D605 initializers that are not inputs need IR version 4 or later, but the model declares version 3: w',
    ]);
    expect(reported(parts({ ir: 4 }))).toEqual([]);
    expect(reported(parts({ input: [info('x', [2, 3]), info('w', [3])] }))).toEqual([]);
  });
  const outside = (more: Readonly<Record<string, string>>) => ({
    name: 'w',
    dims: [3],
    dataType: 1,
    dataLocation: 1,
    externalData: Object.entries({ location: 'w.bin', ...more }).map(([key, value]) => ({ key, value })),
  });
  test('a key that ONNX does not define', () => {
    const parts = (more: Readonly<Record<string, string>>) =>
      of('Add x,w > z', {}, { initializer: [outside(more)] });
    expect(reported(parts({ checksum: 'a' }))).toEqual([]);
    expect(reported(parts({ size: '12' }))).toEqual([
      "error D646 initializer 'w' has the external_data key 'size', which ONNX does not define",
    ]);
  });
  test('the weights of training graphs and their bodies must be in the folder too', () => {
    const graph = { name: 'deep', initializer: [outside({ location: '../secret' })] };
    const trainingInfo = [
      {
        algorithm: {
          name: 'a',
          node: [node('If c > d', { then_branch: { g: graph }, else_branch: { g: {} } })],
        },
      },
    ];
    expect(reported(of('Neg x > z', {}, { more: { trainingInfo } }))).toEqual([
      "error D644 initializer 'w' is in '../secret', outside the model’s folder",
    ]);
  });
});
