/** Operators whose outputs differ from each other in shape or type: normalisations, dropout, quantisation, losses. */
import { DT } from '../sizes.ts';
import {
  axisOf,
  type InferenceRule,
  type InferenceRules,
  int,
  type Out,
  shapeIn,
  string,
  tensor,
  valueIn,
} from './call.ts';

const layerNorm: InferenceRule = (call) => {
  const x = shapeIn(call, 0);
  const axis = x && axisOf(int(call, 'axis', -1), x.length);
  const mean: Out = {
    dtype: int(call, 'stash_type', DT.float),
    shape: x?.map((d, i) => (axis !== undefined && i >= axis ? 1 : d)),
  };
  return [{ shape: x }, mean, mean];
};

const batchNorm: InferenceRule = (call) => {
  const [x, channels] = [shapeIn(call, 0), [shapeIn(call, 0)?.[1]]];
  const each: Out = { shape: channels };
  return [{ shape: x }, each, each, each, each];
};

const dropout: InferenceRule = (call) => {
  const mask = call.version >= 10 ? { dtype: DT.bool } : {};
  return [{ shape: shapeIn(call, 0) }, { ...mask, shape: shapeIn(call, 0) }];
};

const dynamicQuantize: InferenceRule = (call) => [{ shape: shapeIn(call, 0) }, { shape: [] }, { shape: [] }];

/** The zero point determines the integer type. From version 21 on, `output_dtype` can determine it too. */
const quantize: InferenceRule = (call) => {
  const dtype = tensor(call, 2)?.dtype || int(call, 'output_dtype', 0) || (call.has(2) ? 0 : DT.uint8);
  return [{ ...(dtype && { dtype }), shape: shapeIn(call, 0) }];
};

/** The loss is one number, or one for each element if `reduction` is `none`. */
const loss: InferenceRule = (call) => {
  const scores = shapeIn(call, 0);
  const each = string(call, 'reduction', 'mean') === 'none';
  return [{ shape: each ? shapeIn(call, 1) : [] }, { shape: scores }];
};

/** A window function, whose length is its input. */
const taper: InferenceRule = (call) => [
  { dtype: int(call, 'output_datatype', DT.float), shape: [valueIn(call, 0)?.[0]] },
];

const determinant: InferenceRule = (call) => [{ shape: shapeIn(call, 0)?.slice(0, -2) }];

/** The output has the type of the scale, unless `output_dtype` gives another type. */
const dequantize: InferenceRule = (call) => {
  const dtype = int(call, 'output_dtype', 0) || tensor(call, 1)?.dtype;
  return [{ ...(dtype && { dtype }), shape: shapeIn(call, 0) }];
};

export const NORMS: InferenceRules = {
  LayerNormalization: layerNorm,
  SimplifiedLayerNormalization: layerNorm,
  BatchNormalization: batchNorm,
  Dropout: dropout,
  DynamicQuantizeLinear: dynamicQuantize,
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  NegativeLogLikelihoodLoss: loss,
  SoftmaxCrossEntropyLoss: loss,
  BlackmanWindow: taper,
  HammingWindow: taper,
  HannWindow: taper,
  Det: determinant,
};
