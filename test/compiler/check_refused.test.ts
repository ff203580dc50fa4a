/** What ONNX's own checker or ONNX Runtime refuses, told with the reason; and what they take, left alone. */
import { describe, expect, test } from 'vitest';
import { checkOnnx, inMemory } from '../../compiler/check/index.ts';
import { info, type ModelParts, modelBytes, node } from './foreign_models.ts';

const told = (parts: ModelParts): readonly string[] =>
  checkOnnx(inMemory(modelBytes(parts))).map(
    ({ code, severity, message }) => `${severity} ${code} ${message}`,
  );

const xToZ: ModelParts = { input: [info('x', [2, 3])], output: [info('z')] };

const of = (
  text: string,
  attributes: Parameters<typeof node>[1] = {},
  more: ModelParts = {},
): ModelParts => ({
  ...xToZ,
  node: [node(text, attributes)],
  ...more,
});

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
