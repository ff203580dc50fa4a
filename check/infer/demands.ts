/**
 * Demands on attributes and lengths that do not affect the shapes of outputs: an axis must exist, a string attribute
 * must be valid, scales must fit. A runtime refuses a model that violates them. Source: ONNX’s operator pages.
 */
import { counted, listed, shown } from '../rule.ts';
import { isDtype } from '../sizes.ts';
import { axisOf, type Call, fail, int, numbersIn, shapeIn, string } from './call.ts';
import { numbersDiffer, type Shape, shapeText } from './types.ts';

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
const scatterReduction = word('reduction', 'none add mul max min');

/** These inputs must have one number for each channel of the first input. */
const perChannel =
  (inputs: readonly number[], since = 1): Demand =>
  (call) => {
    const x = shapeIn(call, 0);
    if (!x || x.length < 2 || call.version < since) return;
    for (const i of inputs) {
      const shape = shapeIn(call, i);
      if (shape && (shape.length !== 1 || numbersDiffer(shape[0], x[1])))
        fail(
          `${call.op} of ${shapeText(x)}: input ${i} is ${shapeText(shape)}, but must have one number for each channel`,
        );
    }
  };

/** Whether a shape can be broadcast to the first input, which keeps its shape. */
const fitsOnto = (x: Shape, shape: Shape): boolean =>
  shape.length <= x.length &&
  shape.every((d, i) => d === 1 || !numbersDiffer(d, x[x.length - shape.length + i]));

const scales =
  (inputs: readonly number[]): Demand =>
  (call) => {
    const x = shapeIn(call, 0);
    for (const i of x ? inputs : []) {
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
  const n = call.version >= 18 ? call.attribute('num_outputs')?.i : undefined;
  if (n !== undefined && n !== call.outputs)
    fail(`Split has ${counted(call.outputs, 'output')}, but num_outputs is ${n}`);
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
  RMSNormalization: [last, scales([1])],
  LayerNormalization: [scales([1, 2])],
  BatchNormalization: [perChannel([1, 2, 3, 4], 9)],
  InstanceNormalization: [perChannel([1, 2])],
  // Before version 21 scales and biases had one number for each group.
  GroupNormalization: [perChannel([1, 2], 21)],
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
  Cast: [knownType],
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
