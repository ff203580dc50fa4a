/**
 * Demands on attributes and lengths that do not affect the shapes of outputs: an axis must exist, a string attribute
 * must be valid, scales must fit. A runtime refuses a model that violates them. Source: ONNX’s operator pages.
 */
import { counted, listed, shown } from '../rule.ts';
import { DT, dtypeText, isDtype } from '../sizes.ts';
import { axisOf, type Call, fail, int, numbersIn, shapeIn, string, tensor } from './call.ts';
import { numbersDiffer, product, type Shape, shapeText } from './types.ts';

/** Throws a Misfit if the demand is not met. */
export type Demand = (call: Call) => void;

/** The attribute `axis` must be an axis of the first input. */
const axis =
  (otherwise: (version: number) => number): Demand =>
  (call) => {
    const from = shapeIn(call, 0);
    if (from) axisOf(int(call, 'axis', otherwise(call.version)), from.length);
  };

const softmaxAxis = axis((version) => (version < 13 ? 1 : -1));
const first = axis(() => 0);
const last = axis(() => -1);

/** An axis that is given as the second input must be an axis of the first input. */
const axisInput: Demand = (call) => {
  const [from, given] = [shapeIn(call, 0), numbersIn(call, 1)];
  if (from && given?.length === 1) axisOf(given[0]!, from.length);
};

/**
 * A string attribute must be one of these words. They include the words of all versions, because exporters use words of
 * later versions in earlier ones, and runtimes accept them. The first word is the default.
 */
const word =
  (name: string, words: string): Demand =>
  (call) => {
    const known = words.split(' ');
    const given = string(call, name, known[0]!);
    if (!known.includes(given))
      fail(`${call.op}: ${name} is '${shown(given)}', but must be one of ${listed(known, 12)}`);
  };

// Runtimes treat an empty string as the default.
const autoPad: Demand = (call) => {
  if (string(call, 'auto_pad', '') !== '') word('auto_pad', 'NOTSET SAME_UPPER SAME_LOWER VALID')(call);
};
const nearestMode: Demand = (call) => {
  const given = string(call, 'nearest_mode', '');
  if (given === '' || string(call, 'mode', 'nearest') !== 'nearest') return;
  word('nearest_mode', 'round_prefer_floor round_prefer_ceil floor ceil')(call);
};
const direction = word('direction', 'forward reverse bidirectional');
const lossReduction = word('reduction', 'mean none sum');

/** ONNX Runtime takes any other word as `none`. */
const scatterReduction: Demand = (call) => {
  const known = ['none', 'add', 'mul', 'max', 'min'];
  const given = string(call, 'reduction', 'none');
  if (!known.includes(given))
    call.doubt(`${call.op}: reduction is '${shown(given)}', but must be one of ${listed(known)}`);
};

/** Inputs that must have the same type in ONNX Runtime, although ONNX allows others. */
export const sameType =
  (...inputs: readonly number[]): Demand =>
  (call) => {
    const types = inputs.flatMap((i) => tensor(call, i)?.dtype || []);
    if (new Set(types).size > 1)
      fail(
        `${call.op} needs inputs ${inputs.join(' and ')} of one type, but they are ${types.map(dtypeText).join(' and ')}`,
      );
  };

/** The axes over which numbers are normalised must have elements. */
const someToNormalise: Demand = (call) => {
  const x = shapeIn(call, 0);
  const axis = int(call, 'axis', -1);
  if (x?.slice(axis).includes(0)) fail(`${call.op} of ${shapeText(x)} has no numbers from axis ${axis} on`);
};

/** A type of elements that an attribute names. It is used if the operator has more than one output. */
const dtypeIn =
  (name: string): Demand =>
  (call) => {
    const given = call.attribute(name)?.i;
    if (given !== undefined && call.outputs > 1 && !isDtype(given))
      fail(`${call.op}: ${name} is ${given}, which is not a type`);
  };

const FLOAT8: readonly number[] = [
  DT.float8e4m3fn,
  DT.float8e4m3fnuz,
  DT.float8e5m2,
  DT.float8e5m2fnuz,
  DT.float8e8m0,
];

/** ONNX Runtime refuses `saturate` for types to which it does not apply. */
const saturates: Demand = (call) => {
  const to = call.attribute('to')?.i ?? 0;
  if (call.attribute('saturate')?.i === 0 && isDtype(to) && !FLOAT8.includes(to))
    fail(`${call.op}: saturate applies only to types of 8-bit floats, not to ${dtypeText(to)}`);
};

/** These inputs must have one number for each channel, in any shape. */
const channelsOf =
  (inputs: readonly number[], since: number): Demand =>
  (call) => {
    const x = shapeIn(call, 0);
    if (x && x.length < 2) fail(`${call.op} needs an input with at least 2 dims, but it is ${shapeText(x)}`);
    for (const i of x && call.version >= since ? inputs : []) {
      const shape = shapeIn(call, i);
      if (shape && product(shape) !== 1 && numbersDiffer(product(shape), x![1]))
        fail(
          `${call.op} of ${shapeText(x)}: input ${i} is ${shapeText(shape)}, but must have one number for each channel`,
        );
    }
    if (x?.slice(2).includes(0)) fail(`${call.op} of ${shapeText(x)}: the input has no elements`);
    const [channels, groups] = [x?.[1], int(call, 'num_groups', 1)];
    if (groups < 1 || (typeof channels === 'number' && channels % groups !== 0))
      fail(`${call.op} has ${groups} groups, which do not divide ${channels ?? 'the'} channels`);
  };

/** These inputs must have one number for each channel of the first input. */
const perChannel =
  (inputs: readonly number[], since = 1): Demand =>
  (call) => {
    const x = shapeIn(call, 0);
    if (!x || x.length < 1 || call.version < since) return;
    for (const i of inputs) {
      const shape = shapeIn(call, i);
      if (shape && (shape.length !== 1 || numbersDiffer(shape[0], x.length === 1 ? 1 : x[1])))
        fail(
          `${call.op} of ${shapeText(x)}: input ${i} is ${shapeText(shape)}, but must have one number for each channel`,
        );
    }
  };

/** Whether a shape can be broadcast to the first input, which keeps its shape. */
export const fitsOnto = (x: Shape, shape: Shape): boolean =>
  shape.length <= x.length &&
  shape.every((d, i) => d === 1 || !numbersDiffer(d, x[x.length - shape.length + i]));

const scales =
  (inputs: readonly number[]): Demand =>
  (call) => {
    const x = shapeIn(call, 0);
    for (const i of x && !x.includes(0) ? inputs : []) {
      const shape = shapeIn(call, i);
      if (shape && !fitsOnto(x!, shape))
        fail(`${call.op}: input ${i}, ${shapeText(shape)}, cannot be broadcast to ${shapeText(x)}`);
    }
  };

const VALUES =
  'value value_float value_int value_string value_floats value_ints value_strings sparse_value'.split(' ');

const oneValue: Demand = (call) => {
  const given = VALUES.filter((name) => call.attribute(name));
  if (given.length !== 1)
    fail(`Constant has ${given.length === 0 ? 'no value' : listed(given)}, but needs exactly one value`);
};

const asManyOutputs: Demand = (call) => {
  const length = shapeIn(call, 0)?.at(int(call, 'axis', 0));
  const n = call.version >= 18 ? call.attribute('num_outputs')?.i : undefined;
  if (n !== undefined && n !== call.outputs) {
    const message = `Split has ${counted(call.outputs, 'output')}, but num_outputs is ${n}`;
    // ONNX Runtime notices it only if it knows the length of the axis.
    if (n < call.outputs && typeof length === 'number') fail(message);
    call.doubt(message);
  }
  if (n !== undefined && call.has(1)) fail('Split has both parts and num_outputs, but needs one of them');
  if (call.version < 18 || call.has(1)) return;
  if (n === undefined && typeof length === 'number')
    fail('Split has neither parts nor num_outputs, but needs one of them');
};

const scalesOrSizes: Demand = (call) => {
  if (call.version >= 11 && !call.has(2) && !call.has(3))
    fail('Resize has neither scales nor sizes, but needs one of them');
};

const onAndOff: Demand = (call) => {
  const values = shapeIn(call, 2);
  if (values && (values.length !== 1 || numbersDiffer(values[0], 2)))
    fail(`OneHot has values of shape ${shapeText(values)}, but needs two values, off and on`);
};

/** The type to which `Cast` converts must exist. Before version 6, it was given as a string. */
const knownType: Demand = (call) => {
  const to = call.attribute('to')?.i;
  if (call.version >= 6 && to !== undefined && !isDtype(to))
    fail(`${call.op} converts to type ${to}, which ONNX does not define`);
};

/** Scores of shape [N, C, …] need targets of shape [N, …]. */
const targets: Demand = (call) => {
  const [scores, given] = [shapeIn(call, 0), shapeIn(call, 1)];
  if (!scores || !given) return;
  if (scores.length < 2)
    fail(`${call.op} needs scores with at least 2 dims, but they are ${shapeText(scores)}`);
  const wanted = scores.toSpliced(1, 1);
  if (given.length !== wanted.length || given.some((d, i) => numbersDiffer(d, wanted[i])))
    fail(
      `${call.op} of ${shapeText(scores)} needs targets ${shapeText(wanted)}, but they are ${shapeText(given)}`,
    );
};

export const DEMANDS: Readonly<Record<string, readonly Demand[]>> = {
  Softmax: [softmaxAxis],
  LogSoftmax: [softmaxAxis],
  Hardmax: [softmaxAxis],
  LpNormalization: [last],
  RMSNormalization: [last, scales([1]), someToNormalise, sameType(0, 1)],
  LayerNormalization: [scales([1, 2]), someToNormalise, dtypeIn('stash_type')],
  SimplifiedLayerNormalization: [scales([1]), someToNormalise],
  BatchNormalization: [perChannel([1, 2, 3, 4], 9)],
  InstanceNormalization: [perChannel([1, 2])],
  // Before version 21 scales and biases had one number for each group.
  GroupNormalization: [channelsOf([1, 2], 21)],
  CumSum: [axisInput],
  CumProd: [axisInput],
  SplitToSequence: [first],
  GatherElements: [first],
  ScatterElements: [first, scatterReduction],
  ScatterND: [scatterReduction],
  Scatter: [first],
  TensorScatter: [word('mode', 'linear circular')],
  Split: [asManyOutputs],
  Constant: [oneValue],
  Cast: [knownType, saturates],
  OneHot: [onAndOff],
  Pad: [word('mode', 'constant reflect edge wrap')],
  Resize: [
    scalesOrSizes,
    word('mode', 'nearest linear cubic'),
    nearestMode,
    word('keep_aspect_ratio_policy', 'stretch not_larger not_smaller'),
    word(
      'coordinate_transformation_mode',
      'half_pixel half_pixel_symmetric pytorch_half_pixel align_corners asymmetric tf_half_pixel_for_nn tf_crop_and_resize',
    ),
  ],
  Upsample: [word('mode', 'nearest linear cubic bilinear')],
  BitShift: [word('direction', 'LEFT RIGHT')],
  DepthToSpace: [word('mode', 'DCR CRD')],
  Gelu: [word('approximate', 'none tanh')],
  GridSample: [
    word('mode', 'linear nearest cubic bilinear bicubic'),
    word('padding_mode', 'zeros border reflection'),
  ],
  RoiAlign: [word('mode', 'avg max')],
  RNN: [direction],
  GRU: [direction],
  LSTM: [direction],
  NegativeLogLikelihoodLoss: [lossReduction, targets],
  SoftmaxCrossEntropyLoss: [lossReduction, targets],
  ...Object.fromEntries(
    ['Conv', 'ConvInteger', 'QLinearConv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'LpPool'].map((op) => [
      op,
      [autoPad],
    ]),
  ),
};
