/** Tests axes, string attributes and lengths that an operator refuses, and similar ones that it accepts. */
import { describe, expect, test } from 'vitest';
import { floats, info, ints, type ModelParts, node } from './foreign_models.ts';
import { of, reported, xToZ } from './reported.ts';

describe('operands that do not fit each other', () => {
  const c = (name: string, dims: readonly number[], dataType = 1) => ({
    name,
    dims: [...dims],
    dataType,
    ...(dataType === 1
      ? { floatData: new Array(dims.reduce((a, b) => a * b, 1)).fill(1) }
      : { int32Data: new Array(dims.reduce((a, b) => a * b, 1)).fill(1) }),
  });
  const q = [info('x', [1, 4, 16]), info('k', [1, 6, 16])];
  const bytes = [info('x', [2, 3], 2)];
  const runtime = { opsets: { '': 21, 'com.microsoft': 1 } };
  const ms = (text: string, attributes: Parameters<typeof node>[1], more: ModelParts): ModelParts => ({
    ...xToZ,
    ...runtime,
    node: [node(text, attributes, { domain: 'com.microsoft' })],
    ...more,
  });
  const nBits = { K: 32, N: 4, bits: 4, block_size: 16 };
  test.each<readonly [ModelParts, string]>([
    [
      of('Reshape x,s > z', { allowzero: 1 }, { initializer: [ints('s', [0, -1])] }),
      'Reshape to [0, -1] has a 0 and a -1, so the length at -1 could be any number',
    ],
    [
      of(
        'QuantizeLinear x,s,p > z',
        { axis: 1 },
        { initializer: [c('s', [2]), c('p', [2], 2)], output: [info('z', undefined, 2)] },
      ),
      'QuantizeLinear of [2, 3]: its scales are [2] instead of [3]',
    ],
    [
      of(
        'MatMulInteger x,w,,p > z',
        {},
        { input: bytes, initializer: [c('w', [3, 4], 2), c('p', [3], 2)], output: [info('z', undefined, 6)] },
      ),
      'MatMulInteger: input 3 is [3], but must be one number or [4] or [1, 4]',
    ],
    [
      of('ScatterND x,i,u > z', {}, { initializer: [ints('i', [0], [1, 1]), c('u', [1, 4])] }),
      'ScatterND needs updates of shape [1, 3], but they are [1, 4]',
    ],
    [
      of('ScatterElements x,i,u > z', {}, { initializer: [ints('i', [0, 0], [1, 2]), c('u', [1, 3])] }),
      'ScatterElements has indices of shape [1, 2], but updates of shape [1, 3]',
    ],
    [
      of('Gemm x,w,b > z', {}, { initializer: [c('w', [3, 1]), c('b', [4])] }),
      'Gemm cannot add [4] to [2, 1]',
    ],
    [
      of(
        'Conv x,w,b > z',
        {},
        { input: [info('x', [1, 2, 5])], initializer: [c('w', [4, 2, 3]), c('b', [1])] },
      ),
      'Conv: input 2 is [1], but must be [4]',
    ],
    [
      of('Pad x,p > z', { mode: 'reflect' }, { initializer: [ints('p', [2, 0, 0, 0])] }),
      'Pad reflects 2 elements, but axis 0 has only 2',
    ],
    [
      of('Slice x,s,e > z', {}, { initializer: [ints('s', [0]), ints('e', [1, 1])] }),
      'Slice: input 2 is [2], but must be [1]',
    ],
    [
      ms('MatMulNBits x,w,s > z', nBits, {
        input: [info('x', [2, 32])],
        initializer: [c('w', [4, 2, 4], 2), c('s', [4, 2])],
      }),
      'MatMulNBits: input 1 is [4, 2, 4], but must be [4, 2, 8]',
    ],
    [
      ms('MultiHeadAttention x,k,k > z', { num_heads: 3 }, { input: q }),
      'MultiHeadAttention: queries have the width 16, which 3 heads do not divide',
    ],
    [
      ms('MultiHeadAttention x,k,v > z', { num_heads: 2 }, { input: [...q, info('v', [1, 5, 16])] }),
      'MultiHeadAttention: input 2 is [1, 5, 16], but must be [1, 6, out]',
    ],
    [
      ms(
        'SkipLayerNormalization x,y,g > z',
        {},
        { input: [info('x', [2, 3, 4]), info('y', [2, 2, 4])], initializer: [c('g', [4])] },
      ),
      'SkipLayerNormalization: input 1 is [2, 2, 4], but must be [?, 3, 4] or [3, 4]',
    ],
    [
      of(
        'Attention x,k,k,m > z',
        { q_num_heads: 2, kv_num_heads: 2 },
        { input: q, initializer: [c('m', [4, 5])], opsets: { '': 23 } },
      ),
      'Attention: input 3 is [4, 5], which does not fit the scores [1, 2, 4, 6]',
    ],
  ])('%#: %s', (parts, message) => {
    expect(reported(parts)).toEqual([`error D631 ${message}`]);
  });
  test('what ONNX forbids but ONNX Runtime ignores is a warning', () => {
    expect(
      reported(
        of(
          'ScatterND x,i,u > z',
          { reduction: 'plus' },
          { initializer: [ints('i', [0], [1, 1]), c('u', [1, 3])] },
        ),
      ),
    ).toEqual(["warning D631 ScatterND: reduction is 'plus', but must be one of none, add, mul, max, min"]);
  });
});

describe('what operators demand of attributes and lengths', () => {
  const c = (name: string, dims: readonly number[]) => floats(name, [...dims]);
  const picture: ModelParts = { input: [info('x', [1, 4, 8, 8])] };
  const up = { initializer: [c('s', [4])], ...picture };
  const twice: ModelParts = {
    node: [
      {
        ...node('Constant > z'),
        attribute: [
          { name: 'value_float', type: 1, f: 1 },
          { name: 'value_int', type: 2, i: 1 },
        ],
      },
    ],
  };
  test.each<readonly [ModelParts, string]>([
    [of('Softmax x > z', { axis: 2 }), 'axis 2 is out of range for a tensor with 2 dims'],
    [of('LogSoftmax x > z', { axis: -3 }), 'axis -3 is out of range for a tensor with 2 dims'],
    [of('Hardmax x > z', { axis: 5 }), 'axis 5 is out of range for a tensor with 2 dims'],
    [
      of('CumSum x,a > z', {}, { initializer: [ints('a', [4], [])] }),
      'axis 4 is out of range for a tensor with 2 dims',
    ],
    [
      of('RMSNormalization x,s > z', { axis: 3 }, { initializer: [c('s', [3])], opsets: { '': 23 } }),
      'axis 3 is out of range for a tensor with 2 dims',
    ],
    [
      of('RMSNormalization x,s > z', {}, { initializer: [c('s', [5])], opsets: { '': 23 } }),
      'RMSNormalization: input 1, [5], cannot be broadcast to [2, 3]',
    ],
    [
      of(
        'SplitToSequence x > z',
        { axis: 2 },
        { output: [{ name: 'z', type: { sequenceType: { elemType: info('', undefined).type } } } as never] },
      ),
      'axis 2 is out of range for a tensor with 2 dims',
    ],
    [
      of('LayerNormalization x,s > z', {}, { initializer: [c('s', [5])] }),
      'LayerNormalization: input 1, [5], cannot be broadcast to [2, 3]',
    ],
    [
      of('LayerNormalization x,s,b > z', {}, { initializer: [c('s', [3]), c('b', [2, 2, 3])] }),
      'LayerNormalization: input 2, [2, 2, 3], cannot be broadcast to [2, 3]',
    ],
    [
      of('BatchNormalization x,s,t,t,t > z', {}, { initializer: [c('s', [2]), c('t', [3])] }),
      'BatchNormalization of [2, 3]: input 1 is [2], but must have one number for each channel',
    ],
    [
      of('InstanceNormalization x,s,t > z', {}, { initializer: [c('s', [4]), c('t', [3])], ...picture }),
      'InstanceNormalization of [1, 4, 8, 8]: input 2 is [3], but must have one number for each channel',
    ],
    [{ ...xToZ, node: [node('Constant > z')] }, 'Constant has no value, but needs exactly one value'],
    [{ ...xToZ, ...twice }, 'Constant has value_float, value_int, but needs exactly one value'],
    [
      of('Split x > z,y,w', { axis: 1, num_outputs: 2 }, { output: [info('z'), info('y'), info('w')] }),
      'Split has 3 outputs, but num_outputs is 2',
    ],
    [
      of('Pad x,p > z', { mode: 'zork' }, { initializer: [ints('p', [0, 0, 1, 1])] }),
      "Pad: mode is 'zork', but must be one of constant, reflect, edge, wrap",
    ],
    [
      of('Resize x,,s > z', { mode: 'bilinear' }, up),
      "Resize: mode is 'bilinear', but must be one of nearest, linear, cubic",
    ],
    [
      of('Resize x,,s > z', { nearest_mode: 'up' }, up),
      "Resize: nearest_mode is 'up', but must be one of round_prefer_floor, round_prefer_ceil, floor, ceil",
    ],
    [of('Resize x > z', {}, picture), 'Resize has neither scales nor sizes, but needs one of them'],
    [
      of(
        'BitShift x,x > z',
        { direction: 'left' },
        { input: [info('x', [2], 2)], output: [info('z', [2], 2)] },
      ),
      "BitShift: direction is 'left', but must be one of LEFT, RIGHT",
    ],
    [
      of('MaxPool x > z', { auto_pad: 'SAME', kernel_shape: [2, 2] }, picture),
      "MaxPool: auto_pad is 'SAME', but must be one of NOTSET, SAME_UPPER, SAME_LOWER, VALID",
    ],
    [
      of(
        'GroupNormalization x,s,t > z',
        { num_groups: 2 },
        { initializer: [c('s', [4]), c('t', [2])], ...picture },
      ),
      'GroupNormalization of [1, 4, 8, 8]: input 2 is [2], but must have one number for each channel',
    ],
    [
      of('SoftmaxCrossEntropyLoss x,t > z', {}, { initializer: [ints('t', [0, 1, 2])] }),
      'SoftmaxCrossEntropyLoss of [2, 3] needs targets [2], but they are [3]',
    ],
    [of('Cast x > z', { to: 99 }), 'Cast converts to type 99, which ONNX does not define'],
    [
      of(
        'OneHot i,d,v > z',
        {},
        { initializer: [ints('i', [0, 1]), ints('d', [4], []), c('v', [3])], input: [] },
      ),
      'OneHot has values of shape [3], but needs two values, off and on',
    ],
  ])('%#: %s', (parts, message) => {
    expect(reported(parts)).toEqual([`error D631 ${message}`]);
  });
  test.each<readonly [string, ModelParts]>([
    ['the last axis from the end', of('Softmax x > z', { axis: -2 })],
    ['an axis as a vector of one', of('CumSum x,a > z', {}, { initializer: [ints('a', [-1])] })],
    [
      'a scale of the last axes',
      of('LayerNormalization x,s > z', { axis: 0 }, { initializer: [c('s', [2, 3])] }),
    ],
    ['a scale of one number', of('LayerNormalization x,s > z', {}, { initializer: [c('s', [1])] })],
    ['an empty string for the padding', of('MaxPool x > z', { auto_pad: '', kernel_shape: [2, 2] }, picture)],
    ['a rounding mode that is not used', of('Resize x,,s > z', { mode: 'linear', nearest_mode: '' }, up)],
    [
      'a string of a later version',
      of('Pad x,p > z', { mode: 'wrap' }, { initializer: [ints('p', [0, 0, 1, 1])], opsets: { '': 13 } }),
    ],
    [
      'a scale of unknown length',
      of(
        'BatchNormalization x,s,t,t,t > z',
        {},
        { input: [info('x', [2, 3]), info('s', ['c'])], initializer: [c('t', [3])] },
      ),
    ],
  ])('%s: accepted', (_, parts) => expect(reported(parts)).toEqual([]));
});
