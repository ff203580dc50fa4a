/** What ONNX's own checker or ONNX Runtime refuses, told with the reason; and what they take, left alone. */
import { describe, expect, test } from 'vitest';
import { floats, info, ints, type ModelParts, node } from './foreign_models.ts';
import { of, told, xToZ } from './told.ts';

describe('functions', () => {
  const body = (nodes: readonly object[], more: object = {}) => ({
    ...{ name: 'F', domain: 'my', input: ['a'], output: ['c'], node: nodes },
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

  test('an attribute of another kind than the body takes', () => {
    expect(told(calling([leaky], { al: 3 }))).toEqual([
      "error D623 the attribute 'al' is an integer, and the function takes a float",
    ]);
    expect(told(calling([leaky], { al: { f: 0.5 } }))).toEqual([]);
  });
  test('an attribute that is lacking: an error only where an operator must have it', () => {
    expect(told(calling([leaky]))).toEqual([
      'warning D623 the call lacks the attribute al: the operators of the function run with their own defaults',
    ]);
    expect(told(calling([concat]))[0]).toBe('error D623 the call lacks the attribute al');
  });
  test('a domain that is there and empty is ONNX’s own', () => {
    expect(told(calling([body([node('Relu a > c')], { domain: '' })], {}, ''))).toEqual([]);
    expect(told(calling([body([node('Relu a > c')], { domain: undefined })], {}, ''))).toEqual([
      'error D603 a function has no domain',
    ]);
  });
  test.each([
    [90, []],
    [110, ['warning D634 functions call each other more than 100 deep: what is deeper is not checked']],
  ])('%i that each call the next', (count, lines) => {
    const chain = Array.from({ length: count }, (_, i) =>
      body([i === count - 1 ? node('Relu a > c') : node(`F${i + 1} a > c`, {}, { domain: 'my' })], {
        name: i === 0 ? 'F' : `F${i}`,
        opsetImport: [{ domain: i === count - 1 ? '' : 'my', version: i === count - 1 ? 21 : 1 }],
      }),
    );
    expect(told(calling(chain))).toEqual(lines);
  });
});

describe('attributes', () => {
  const bare = (type: object): ModelParts =>
    of(
      'LeakyRelu x > z',
      {},
      { node: [{ ...node('LeakyRelu x > z'), attribute: [{ name: 'alpha', ...type }] }] },
    );
  test('one that does not say its kind, from IR version 2 on', () => {
    const line = "error D633 the attribute 'alpha' does not say its kind (`type`)";
    expect(told(bare({ f: 0.5 }))).toEqual([line]);
    expect(told(bare({ f: 0.5, type: 1 }))).toEqual([]);
    expect(told({ ...bare({ f: 0.5 }), ir: 1, opsets: {} })).not.toContain(line);
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
    ['none of none', sparse(undefined, floats('w', [0], []))],
  ])('%s: right', (_, parts) => expect(told(parts)).toEqual([]));
  test.each<readonly [ModelParts, string]>([
    [sparse(undefined), 'has 2 values and no indices'],
    [sparse(ints('i', [0, 1, 2])), 'has 2 values and 3 indices'],
    [sparse(ints('i', [0, 1, 2, 0, 1, 2], [2, 3])), 'has indices [2, 3], and 2 dims: they are [n] or [n, 2]'],
    [
      sparse({ name: 'i', dims: [2], dataType: 6, int32Data: [0, 1] }),
      'has indices of int32, and not of int64',
    ],
    [sparse(ints('i', [-1, 1])), 'has the index -1, which is not within [6]'],
    [sparse(eight(1, 6)), 'has the index 6, which is not within [6]'],
    [sparse(ints('i', [0, 3, 1, 0], [2, 2])), 'has the index 0, 3, which is not within [2, 3]'],
    [sparse(ints('i', [4, 0])), 'has the index 0 behind one that is not before it'],
    [sparse(ints('i', [4, 4])), 'has the index 4 behind one that is not before it'],
    [sparse(ints('i', [1, 0, 0, 2], [2, 2])), 'has the index 0, 2 behind one that is not before it'],
    [sparse(ints('i', [0, 4]), floats('w', [2, 1])), 'has its values in 2 dims, not in one'],
  ])('%#: %s', (parts, why) => expect(told(parts)).toEqual([`error D641 sparse initializer 'w' ${why}`]));
  test('in an attribute', () => {
    const value = { values: floats('w', [2]), indices: ints('i', [0]), dims: [2, 3] };
    const constant = {
      ...node('Constant > w'),
      attribute: [{ name: 'sparse_value', type: 11, sparseTensor: value }],
    };
    expect(told({ ...xToZ, node: [constant, node('Add x,w > z')] })).toContain(
      "error D641 attribute 'sparse_value' has 2 values and 1 index",
    );
  });
});

describe('weights', () => {
  test('before IR version 4 they are inputs too', () => {
    const parts = (more: ModelParts): ModelParts =>
      of('Add x,w > z', {}, { ir: 3, opsets: { '': 9 }, initializer: [floats('w', [3])], ...more });
    expect(told(parts({}))).toEqual([
      'warning D605 initializers that are no inputs came with IR version 4, and the model says 3: w',
    ]);
    expect(told(parts({ ir: 4 }))).toEqual([]);
    expect(told(parts({ input: [info('x', [2, 3]), info('w', [3])] }))).toEqual([]);
  });
  const outside = (more: Readonly<Record<string, string>>) => ({
    ...{ name: 'w', dims: [3], dataType: 1, dataLocation: 1 },
    externalData: Object.entries({ location: 'w.bin', ...more }).map(([key, value]) => ({ key, value })),
  });
  test('a key that no reader knows', () => {
    const parts = (more: Readonly<Record<string, string>>) =>
      of('Add x,w > z', {}, { initializer: [outside(more)] });
    expect(told(parts({ checksum: 'a' }))).toEqual([]);
    expect(told(parts({ size: '12' }))).toEqual([
      "error D646 initializer 'w' says where it is by 'size', which no reader knows",
    ]);
  });
  test('those of the training lie in the folder too, in bodies also', () => {
    const graph = { name: 'deep', initializer: [outside({ location: '../secret' })] };
    const trainingInfo = [
      {
        algorithm: {
          name: 'a',
          node: [node('If c > d', { then_branch: { g: graph }, else_branch: { g: {} } })],
        },
      },
    ];
    expect(told(of('Neg x > z', {}, { more: { trainingInfo } }))).toEqual([
      "error D644 initializer 'w' is in '../secret', outside the model’s folder",
    ]);
  });
});
