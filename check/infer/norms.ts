/** Operators with more outputs than one shape: normalisations, dropout, quantisation. */
import { DT } from '../sizes.ts';
import {
  axisOf,
  int,
  type Out,
  type Rule,
  type RuleTable,
  shapeIn,
  string,
  tensor,
  valueIn,
} from './call.ts';

const layerNorm: Rule = (call) => {
  const x = shapeIn(call, 0);
  const axis = x && axisOf(int(call, 'axis', -1), x.length);
  const mean: Out = {
    dtype: int(call, 'stash_type', DT.float),
    shape: x?.map((d, i) => (axis !== undefined && i >= axis ? 1 : d)),
  };
  return [{ shape: x }, mean, mean];
};

const batchNorm: Rule = (call) => {
  const [x, channels] = [shapeIn(call, 0), [shapeIn(call, 0)?.[1]]];
  const each: Out = { shape: channels };
  return [{ shape: x }, each, each, each, each];
};

const dropout: Rule = (call) => {
  const mask = call.version >= 10 ? { dtype: DT.bool } : {};
  return [{ shape: shapeIn(call, 0) }, { ...mask, shape: shapeIn(call, 0) }];
};

const dynamicQuantize: Rule = (call) => [{ shape: shapeIn(call, 0) }, { shape: [] }, { shape: [] }];

/** The zero point says of which integers; `output_dtype` from version 21 on. */
const quantize: Rule = (call) => {
  const dtype = tensor(call, 2)?.dtype || int(call, 'output_dtype', 0) || (call.has(2) ? 0 : DT.uint8);
  return [{ ...(dtype && { dtype }), shape: shapeIn(call, 0) }];
};

/** One number, unless the losses of the elements are asked for. */
const loss: Rule = (call) => {
  const scores = shapeIn(call, 0);
  const each = string(call, 'reduction', 'mean') === 'none';
  return [{ shape: each ? shapeIn(call, 1) : [] }, { shape: scores }];
};

/** As long as its input says. */
const taper: Rule = (call) => [
  { dtype: int(call, 'output_datatype', DT.float), shape: [valueIn(call, 0)?.[0]] },
];

const determinant: Rule = (call) => [{ shape: shapeIn(call, 0)?.slice(0, -2) }];

/** What the scale is of, unless the node says otherwise. */
const dequantize: Rule = (call) => {
  const dtype = int(call, 'output_dtype', 0) || tensor(call, 1)?.dtype;
  return [{ ...(dtype && { dtype }), shape: shapeIn(call, 0) }];
};

export const NORMS: RuleTable = {
  LayerNormalization: layerNorm,
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
