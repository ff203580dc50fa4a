/** The shapes that operators demand of their inputs, as patterns (operands.ts), and the ranges of their attributes. */
import { counted } from '../rule.ts';
import { fail, int, numbersIn, shapeIn, string } from './call.ts';
import type { Demand } from './demands.ts';
import { between, operands } from './operands.ts';
import { numbersDiffer, product, shapeText, times } from './types.ts';

const positive =
  (name: string): Demand =>
  (call) => {
    const bad = call.attribute(name)?.ints?.find((value) => value < 1);
    if (bad !== undefined) fail(`${call.op}: ${name} contains ${bad}, but must contain numbers from 1 on`);
  };

const noNegative =
  (name: string): Demand =>
  (call) => {
    const bad = call.attribute(name)?.ints?.find((value) => value < 0);
    if (bad !== undefined) fail(`${call.op}: ${name} contains ${bad}, but no number may be negative`);
  };

/** The kernel of a convolution must have elements, and `kernel_shape` a number for each of its axes. */
export const fullKernel: Demand = (call) => {
  const [w, kernel] = [shapeIn(call, 1), call.attribute('kernel_shape')?.ints];
  if (w?.slice(2).includes(0)) fail(`${call.op}: the weights ${shapeText(w)} have no elements`);
  if (w && kernel && kernel.length !== w.length - 2)
    fail(`${call.op}: kernel_shape has ${counted(kernel.length, 'number')}, but needs ${w.length - 2}`);
};

/** The lengths of the output: one for each axis of the kernel. */
const outputLengths: Demand = (call) => {
  const [x, given] = [shapeIn(call, 0), call.attribute('output_shape')?.ints];
  if (x && given && given.length !== x.length - 2)
    fail(`${call.op}: output_shape has ${counted(given.length, 'number')}, but needs ${x.length - 2}`);
};

/** A number that is not negative, such as epsilon. */
const notNegative =
  (name: string): Demand =>
  (call) => {
    const value = call.attribute(name)?.f;
    if (value !== undefined && value < 0) fail(`${call.op}: ${name} is ${value}, but must not be negative`);
  };

/** An axis may be named once. Negative axes count from the end. */
export const distinct =
  (input: number): Demand =>
  (call) => {
    const [x, axes] = [shapeIn(call, 0), numbersIn(call, input)];
    if (!x || !axes) return;
    const at = axes.map((axis) => (axis < 0 ? axis + x.length : axis));
    const twice = at.find((axis, i) => at.indexOf(axis) !== i);
    if (twice !== undefined) fail(`${call.op} names the axis ${twice} twice: ${axes.join(', ')}`);
  };

const skipNorm: readonly Demand[] = [
  notNegative('epsilon'),
  (call) => {
    const bias = call.op === 'SkipLayerNormalization' ? '[d] [d]' : '[d]';
    const [input, skip] = [shapeIn(call, 0), shapeIn(call, 1)];
    if (skip?.includes(0) && !input?.includes(0))
      fail(`${call.op} of ${shapeText(input)} adds ${shapeText(skip)}, which has no elements`);
    // ONNX Runtime does not compare the batches otherwise.
    const x = shapeIn(call, 0)?.length === 2 ? '[n,d] [n,d]' : '[_,n,d] [_,n,d]|[n,d]';
    operands(`${x} [d] ${bias}`)(call);
  },
];

const gelu = operands('[...,d] [d]');

const depth: Demand = (call) => {
  const given = numbersIn(call, 1)?.[0];
  if (given !== undefined && given < 1) fail(`${call.op} has a depth of ${given}, but it must be at least 1`);
};

/** ONNX Runtime refuses an optional last input whose name is empty, or ends. */
const named =
  (last: number): Demand =>
  (call) => {
    if (call.ins.length > last && !call.has(last))
      fail(`${call.op} has an empty name for its last input; leave the name out`);
  };

/** A window has nothing to read if an image has no channels or no rows. The first axis is the batch. */
const nonEmpty: Demand = (call) => {
  const x = shapeIn(call, 0);
  if (x?.slice(1).includes(0) && x[0] !== 0) fail(`${call.op} of ${shapeText(x)}: the input has no elements`);
};

/** Training returns the mean and the variance too. */
const trainingOutputs: Demand = (call) => {
  const wanted = int(call, 'training_mode', 0) === 0 ? 1 : 3;
  if (call.version >= 14 && call.outputs !== wanted)
    fail(`${call.op} has ${counted(call.outputs, 'output')}, but needs ${wanted} with this training_mode`);
};

/** ONNX Runtime ends when it selects along an axis of a tensor without elements. */
const someElements: Demand = (call) => {
  const x = shapeIn(call, 0);
  const axis = int(call, 'axis', -1);
  if (x?.slice(0, axis < 0 ? axis + x.length : axis).includes(0))
    fail(`${call.op} of ${shapeText(x)}: the input has no elements`);
};

const groups: Demand = (call) => {
  const [w, kernel] = [shapeIn(call, 1), call.attribute('kernel_shape')?.ints];
  const group = int(call, 'group', 1);
  const channels = w?.[0];
  if (typeof channels === 'number' && channels % group !== 0)
    fail(`${call.op} has ${channels} output channels, which ${group} groups do not divide`);
  if (w && kernel?.some((d, i) => numbersDiffer(d, w[i + 2])))
    fail(`${call.op}: kernel_shape is [${kernel.join(', ')}], but the weights are ${shapeText(w)}`);
};

/** The scalars of a range. ONNX Runtime takes vectors of one number only if they are computed. */
const scalars: Demand = (call) => {
  const all = [0, 1, 2].map((i) => shapeIn(call, i));
  const constant = [0, 1, 2].every((i) => call.isConstant(i));
  all.forEach((shape, i) => {
    if (shape && (constant ? shape.length > 0 : shape.some((d) => typeof d === 'number' && d !== 1)))
      fail(`${call.op}: input ${i} is ${shapeText(shape)}, but must be a scalar`);
  });
};

/** Padding by reflection needs enough elements. Pads may not remove more elements than there are. */
const enoughElements: Demand = (call) => {
  const [x, pads] = [shapeIn(call, 0), call.version < 11 ? call.attribute('pads')?.ints : numbersIn(call, 1)];
  const axes = call.version >= 18 && call.has(3) ? numbersIn(call, 3) : x?.map((_, i) => i);
  if (!x || !pads || !axes || pads.length !== 2 * axes.length) return;
  const mode = string(call, 'mode', 'constant');
  axes.forEach((axis, i) => {
    const length = x.at(axis);
    const [before, after] = [pads[i]!, pads[i + axes.length]!];
    if (typeof length !== 'number') return;
    const kept = length + Math.min(before, 0) + Math.min(after, 0);
    if (kept < 0) fail(`${call.op} removes ${length - kept} of ${length} elements along axis ${axis}`);
    if (mode === 'reflect' && Math.max(before, after) >= Math.max(kept, 1))
      fail(`${call.op} reflects ${Math.max(before, after)} elements, but axis ${axis} has only ${kept}`);
  });
};

const copies: Demand = (call) => {
  const repeats = numbersIn(call, 1)?.find((n) => n < 0);
  if (call.version >= 6 && repeats !== undefined)
    fail(`${call.op} has ${repeats} repeats, but needs 0 or more`);
};

const scalesFit: Demand = (call) => {
  const [x, at] = [shapeIn(call, 0), call.op === 'Upsample' || call.version < 11 ? 1 : 2];
  const scales = numbersIn(call, at);
  const given = shapeIn(call, at);
  const length = given && product(given);
  const axes = call.attribute('axes')?.ints.length ?? x?.length;
  if (scales?.some((s) => s <= 0))
    fail(`${call.op} has the scales [${scales.join(', ')}], but each must be larger than 0`);
  if (
    call.op === 'Resize' &&
    int(call, 'antialias', 0) !== 0 &&
    string(call, 'mode', 'nearest') === 'nearest'
  )
    fail('Resize with antialias needs the mode linear or cubic');
  if (at === 2 && length === 0 && !call.has(3))
    fail(`${call.op} has neither scales nor sizes, but needs one of them`);
  if (typeof length === 'number' && length > 0 && axes !== undefined && length !== axes)
    fail(`${call.op} has ${length} scales, but needs ${axes}`);
};

/** A window may not lie in the padding alone. */
const padsFit: Demand = (call) => {
  const [kernel, pads] = [call.attribute('kernel_shape')?.ints, call.attribute('pads')?.ints];
  if (!kernel || pads?.length !== 2 * kernel.length) return;
  const bad = pads.findIndex((pad, i) => pad >= kernel[i % kernel.length]!);
  if (bad >= 0)
    fail(`${call.op} has a pad of ${pads[bad]}, but a window of only ${kernel[bad % kernel.length]}`);
};

export const OPERAND_SHAPES: Readonly<Record<string, readonly Demand[]>> = {
  Range: [scalars],
  Resize: [scalesFit],
  Upsample: [scalesFit],
  Clip: [operands('* one one')],
  ConstantOfShape: [operands('[_,...]')],
  CumSum: [operands('* one'), between('reverse', 0, 1), between('exclusive', 0, 1)],
  Reshape: [operands('* [_]')],
  Tile: [operands('* [_]'), copies],
  Slice: [operands('* [cuts] [cuts] [cuts] [cuts]'), distinct(3)],
  Split: [operands('* [_]')],
  Squeeze: [operands('* [_]'), named(1)],
  Unsqueeze: [operands('* scalar|[_]')],
  Pad: [
    // The rank of the pads is compared only if the rank of the input is known.
    (call) => operands(`* ${shapeIn(call, 0) ? '[_]' : '[_]|[1,_]'} one [_]`)(call),
    distinct(3),
    enoughElements,
  ],
  TopK: [operands('* [1]'), someElements],
  OneHot: [operands('[...,_] one'), depth],
  Trilu: [operands('[...,_,_] one')],
  Dropout: [operands('* scalar scalar')],
  InstanceNormalization: [operands('[...,_,_,_]'), nonEmpty],
  Conv: [
    positive('kernel_shape'),
    noNegative('pads'),
    fullKernel,
    between('group', 1),
    groups,
    operands('* [...,_] [m]', (call) => ({ m: shapeIn(call, 1)?.[0] })),
  ],
  ConvTranspose: [
    outputLengths,
    nonEmpty,
    fullKernel,
    positive('kernel_shape'),
    positive('strides'),
    between('group', 1),
    operands('[_,inputs,...] [inputs,...] [all]', (call) => ({
      all: times(shapeIn(call, 1)?.[1], int(call, 'group', 1)),
    })),
  ],
  MaxPool: [positive('kernel_shape'), padsFit, nonEmpty, between('storage_order', 0, 1)],
  AveragePool: [positive('kernel_shape'), padsFit, nonEmpty],
  GlobalAveragePool: [operands('[...,_,_,_]'), nonEmpty],
  GlobalMaxPool: [operands('[...,_,_,_]'), nonEmpty],
  BatchNormalization: [trainingOutputs],
  LayerNormalization: [named(2)],
  Loop: [operands('one one')],
  If: [operands('one')],
  ...Object.fromEntries(
    ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'].map((name) => [
      `Reduce${name}`,
      [operands('* [_]')],
    ]),
  ),
  'com.microsoft::SkipLayerNormalization': skipNorm,
  'com.microsoft::SkipSimplifiedLayerNormalization': skipNorm,
  'com.microsoft::BiasGelu': [gelu],
  'com.microsoft::FastGelu': [gelu],
};
