/**
 * What operators ask of their attributes and lengths beyond what gives a shape: axes that there are, words that they
 * know, scales that fit. A runtime refuses what breaks them. Source: ONNX’s operator pages.
 */
import { counted, listed, shown } from '../rule.ts';
import { isDtype } from '../sizes.ts';
import { axisOf, type Call, fail, int, numbersIn, shapeIn, string } from './call.ts';
import { type Shape, type Size, shapeText } from './types.ts';

/** Ends in a Misfit where it is not met. */
export type Demand = (call: Call) => void;

/** The attribute `axis` is one of the first input's. */
const axis =
  (otherwise: (version: number) => number): Demand =>
  (call) => {
    const from = shapeIn(call, 0);
    if (from) axisOf(int(call, 'axis', otherwise(call.version)), from.length);
  };

const softmaxAxis = axis((version) => (version < 13 ? 1 : -1));
const first = axis(() => 0);
const last = axis(() => -1);

/** An axis that comes as an input. */
const axisInput: Demand = (call) => {
  const [from, given] = [shapeIn(call, 0), numbersIn(call, 1)];
  if (from && given?.length === 1) axisOf(given[0]!, from.length);
};

/**
 * A string attribute is one of a few words, of whatever version: runtimes take later ones in earlier versions, and
 * exporters write them. The first is the default, or would do as one.
 */
const word =
  (name: string, words: string): Demand =>
  (call) => {
    const known = words.split(' ');
    const given = string(call, name, known[0]!);
    if (!known.includes(given))
      fail(`${call.op}: ${name} is '${shown(given)}', and none of ${listed(known, 12)}`);
  };

// No word at all is the default's to runtimes.
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

const differ = (a: Size, b: Size): boolean => typeof a === 'number' && typeof b === 'number' && a !== b;

/** Inputs that have a number for each channel of the first. */
const perChannel =
  (inputs: readonly number[], since = 1): Demand =>
  (call) => {
    const x = shapeIn(call, 0);
    if (!x || x.length < 2 || call.version < since) return;
    for (const i of inputs) {
      const shape = shapeIn(call, i);
      if (shape && (shape.length !== 1 || differ(shape[0], x[1])))
        fail(
          `${call.op} of ${shapeText(x)}: input ${i} is ${shapeText(shape)}, not one number for each channel`,
        );
    }
  };

/** Laid onto the first input, which keeps its shape. */
const fitsOnto = (x: Shape, shape: Shape): boolean =>
  shape.length <= x.length && shape.every((d, i) => d === 1 || !differ(d, x[x.length - shape.length + i]));

const scales =
  (inputs: readonly number[]): Demand =>
  (call) => {
    const x = shapeIn(call, 0);
    for (const i of x ? inputs : []) {
      const shape = shapeIn(call, i);
      if (shape && !fitsOnto(x!, shape))
        fail(`${call.op}: input ${i}, ${shapeText(shape)}, cannot be laid onto ${shapeText(x)}`);
    }
  };

const VALUES =
  'value value_float value_int value_string value_floats value_ints value_strings sparse_value'.split(' ');

const oneValue: Demand = (call) => {
  const given = VALUES.filter((name) => call.attribute(name));
  if (given.length !== 1)
    fail(`Constant has ${given.length === 0 ? 'no value' : listed(given)}, and needs one value`);
};

const asManyOutputs: Demand = (call) => {
  const n = call.version >= 18 ? call.attribute('num_outputs')?.i : undefined;
  if (n !== undefined && n !== call.outputs)
    fail(`Split into ${counted(n, 'part')} (num_outputs) has ${counted(call.outputs, 'output')}`);
};

const scalesOrSizes: Demand = (call) => {
  if (call.version >= 11 && !call.has(2) && !call.has(3)) fail('Resize has neither scales nor sizes');
};

const onAndOff: Demand = (call) => {
  const values = shapeIn(call, 2);
  if (values && (values.length !== 1 || differ(values[0], 2)))
    fail(`OneHot by values ${shapeText(values)}: they are two, off and on`);
};

/** Before version 6 the type was a word. */
const knownType: Demand = (call) => {
  const to = call.attribute('to')?.i;
  if (call.version >= 6 && to !== undefined && !isDtype(to))
    fail(`${call.op} to type ${to}, which there is not`);
};

/** Scores [N, C, …] have targets [N, …]. */
const targets: Demand = (call) => {
  const [scores, given] = [shapeIn(call, 0), shapeIn(call, 1)];
  if (!scores || !given) return;
  const wanted = scores.toSpliced(1, 1);
  if (scores.length < 2 || given.length !== wanted.length || given.some((d, i) => differ(d, wanted[i])))
    fail(`${call.op} of ${shapeText(scores)} with targets ${shapeText(given)}`);
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
  // Before version 21 there was one for each group.
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
