/** Tests axes, string attributes and lengths that an operator refuses, and similar ones that it accepts. */
import { describe, expect, test } from 'vitest';
import { floats, info, ints, type ModelParts, node } from './foreign_models.ts';
import { of, reported, xToZ } from './reported.ts';

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
