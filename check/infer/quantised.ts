/** The scales, zero points and packed weights of quantised operators. */
import { DT, dtypeText } from '../sizes.ts';
import { type Call, fail, int, shapeIn, tensor } from './call.ts';
import { type Demand, sameType } from './demands.ts';
import { fullKernel } from './operand_shapes.ts';
import { between, operands } from './operands.ts';
import { numbersDiffer, overUp, product, type Shape, type Size, shapeText } from './types.ts';

/** The lengths of packed weights, which the attributes K, N, bits and block_size determine. */
const nBits = (call: Call): Readonly<Record<string, Size>> => {
  const [k, n, bits] = [int(call, 'K', 0), int(call, 'N', 0), int(call, 'bits', 4)];
  const block = int(call, 'block_size', 0);
  if (block < 1) return { k, n };
  const blocks = Math.ceil(k / block);
  return {
    k,
    n,
    blocks,
    bytes: (block * bits) / 8,
    all: n * blocks,
    packed: Math.ceil((blocks * bits) / 8),
    points: n * Math.ceil((blocks * bits) / 8),
  };
};

const blockSizes: Demand = (call) => {
  const block = call.attribute('block_size')?.i;
  if (block !== undefined && ![16, 32, 64, 128, 256].includes(block))
    fail(`${call.op}: block_size is ${block}, but must be 16, 32, 64, 128 or 256`);
};

/**
 * Scales or zero points of weights [rows, columns]: one, or one for each column. Weights with more dims have them for each
 * column of each matrix.
 */
const perColumn = (weights: Shape | undefined): string => {
  if (!weights) return '*';
  return weights.length > 2 ? 'one|[...,1,columns]' : 'one|[columns]|[1,columns]';
};

/** The pattern of an operator whose weights are the input `at`; `$` stands for their scales or zero points. */
const withColumns =
  (text: string, at: number): Demand =>
  (call) =>
    operands(text.replaceAll('$', perColumn(shapeIn(call, at))))(call);

const WEIGHTS = '[...,columns]|[columns]';

/** A bias must have one number for each column, in any shape. */
const biasOf =
  (bias: number): Demand =>
  (call) => {
    const [weights, given] = [shapeIn(call, 1), shapeIn(call, bias)];
    if (weights && given && numbersDiffer(product(given), weights.at(-1)))
      fail(`${call.op}: the bias is ${shapeText(given)}, but the weights are ${shapeText(weights)}`);
  };

/** The type of the results is given by the zero points, or by `output_dtype`. */
const outputType: Demand = (call) => {
  const given = call.version >= 21 ? int(call, 'output_dtype', 0) : 0;
  const zero = tensor(call, 2)?.dtype;
  if (given !== 0 && zero && zero !== given)
    fail(`${call.op}: output_dtype is ${dtypeText(given)}, but the zero points are ${dtypeText(zero)}`);
};

const floatOutput: Demand = (call) => {
  const given = call.version >= 21 ? int(call, 'output_dtype', 0) : 0;
  if (given !== 0 && !([DT.float, DT.float16, DT.bfloat16] as readonly number[]).includes(given))
    fail(`${call.op}: output_dtype is ${dtypeText(given)}, but must be a type of floats`);
};

/** Scales and zero points: of the whole tensor, of each index of an axis, or of blocks along the axis. */
const quantised: Demand = (call) => {
  const [x, scale, zero] = [shapeIn(call, 0), shapeIn(call, 1), shapeIn(call, 2)];
  if (!x || !scale) return;
  const block = call.version >= 21 ? int(call, 'block_size', 0) : 0;
  if (scale.length === 0 || (scale.length === 1 && scale[0] === 1)) {
    if (block !== 0 && scale.length === 0)
      fail(`${call.op} has a block_size of ${block}, but only one scale`);
    if (block === 0) return operands('* * one')(call);
  }
  const axis = int(call, 'axis', 1);
  const at = axis < 0 ? axis + x.length : axis;
  if (!(at in x)) fail(`${call.op}: axis ${axis} is out of range for ${shapeText(x)}`);
  const wanted = block > 0 ? x.with(at, overUp(x[at], block)) : [x[at]];
  const fits = scale.length === wanted.length && !scale.some((d, i) => numbersDiffer(d, wanted[i]));
  if (!fits)
    fail(`${call.op} of ${shapeText(x)}: its scales are ${shapeText(scale)} instead of ${shapeText(wanted)}`);
  if (zero && (zero.length !== scale.length || zero.some((d, i) => numbersDiffer(d, scale[i]))))
    fail(`${call.op}: its scales are ${shapeText(scale)}, but its zero points are ${shapeText(zero)}`);
};

export const QUANTISED: Readonly<Record<string, readonly Demand[]>> = {
  QuantizeLinear: [between('block_size', 0), sameType(0, 1), quantised, outputType],
  DequantizeLinear: [between('block_size', 0), quantised, floatOutput],
  MatMulInteger: [withColumns(`* ${WEIGHTS} one $`, 1)],
  QLinearMatMul: [withColumns(`* one one ${WEIGHTS} $ $ one one`, 3)],
  QLinearConv: [operands('* one one [m,...] one|[m] one|[m] one one [m]')],
  ConvInteger: [fullKernel, operands('* [m,...] one one|[m]')],
  'com.microsoft::MatMulNBits': [
    blockSizes,
    (call) => {
      // Zero points of the type of the input are not packed.
      const points = tensor(call, 3)?.dtype === DT.uint8 ? '[n,packed]|[points]' : '[n,blocks]|[all]';
      operands(`[...,k] [n,blocks,bytes] [n,blocks]|[all] ${points} * [n]`, nBits)(call);
    },
  ],
  'com.microsoft::MatMulIntegerToFloat': [withColumns(`* ${WEIGHTS} one|[columns] $ one $`, 1), biasOf(6)],
  'com.microsoft::DynamicQuantizeMatMul': [withColumns(`* ${WEIGHTS} $ $`, 1), biasOf(4)],
};
