/** Convolutions, poolings and recurrent networks. Windows move over the axes after batch and channels. */
import { counted } from '../rule.ts';
import { DT } from '../sizes.ts';
import {
  type Call,
  fail,
  type InferenceRule,
  type InferenceRules,
  int,
  ints,
  listOf,
  type Out,
  shapeIn,
  string,
} from './call.ts';
import {
  minus,
  numbersDiffer,
  over,
  overUp,
  plus,
  type Shape,
  type Size,
  shapeText,
  times,
} from './types.ts';

/** The length of an output axis, for windows that move over an input axis of the given `length`. */
function windowed(call: Call, length: Size, axis: number, rank: number, kernel: Size): Size {
  const stride = listOf(call, 'strides', rank, 1)[axis]!;
  const dilation = listOf(call, 'dilations', rank, 1)[axis]!;
  if (stride < 1 || dilation < 1)
    fail(`${call.op} has a stride of ${stride} and a dilation of ${dilation}, but both must be at least 1`);
  const auto = string(call, 'auto_pad', 'NOTSET');
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') return overUp(length, stride);
  const pads = auto === 'VALID' ? new Array<number>(2 * rank).fill(0) : listOf(call, 'pads', 2 * rank, 0);
  const extent = plus(times(dilation, minus(kernel, 1)), 1);
  const span = minus(plus(length, pads[axis], pads[axis + rank]), extent);
  // A pooling may have no window: then its output is empty.
  const least = call.op.endsWith('Pool') && int(call, 'ceil_mode', 0) !== 1 ? -stride : 0;
  if (typeof span === 'number' && span < least)
    fail(`${call.op}: a window of ${sizeOf(extent)} does not fit into ${sizeOf(length)}`);
  if (int(call, 'ceil_mode', 0) !== 1) return plus(over(span, stride), 1);
  const up = plus(overUp(span, stride), 1);
  // A window that would begin in the padding at the end is left out.
  const begins =
    typeof up === 'number' && typeof length === 'number' && (up - 1) * stride >= length + pads[axis]!;
  return begins ? minus(up, 1) : up;
}

const sizeOf = (d: Size): string => (typeof d === 'number' ? String(d) : '?');

/** The input and the weights of a convolution need the same rank: two axes, and at least one axis for windows. */
const sameRanks = ({ op }: Call, x: Shape, weights: Shape): void => {
  if (x.length < 3 || weights.length !== x.length)
    fail(
      `${op} needs an input and weights of the same rank, at least 3, but they are ${shapeText(x)} and ${shapeText(weights)}`,
    );
};

const conv =
  (weights: number, dtype?: number): InferenceRule =>
  (call) => {
    const [x, w] = [shapeIn(call, 0), shapeIn(call, weights)];
    if (!x || !w) return [{}];
    const rank = x.length - 2;
    sameRanks(call, x, w);
    const group = int(call, 'group', 1);
    const [channels, own] = [x[1], w[1]];
    if (numbersDiffer(channels, times(own, group)))
      fail(
        `${call.op} of ${shapeText(x)} with weights ${shapeText(w)}: the input has ${channels} channels instead of ${times(own, group)}`,
      );
    const kernel = ints(call, 'kernel_shape') ?? w.slice(2);
    if (kernel.length !== rank)
      fail(`${call.op}: kernel_shape has ${counted(kernel.length, 'number')}, but needs ${rank}`);
    const space = x.slice(2).map((d, i) => windowed(call, d, i, rank, kernel[i]));
    return [{ ...(dtype && { dtype }), shape: [x[0], w[0], ...space] }];
  };

const convTranspose: InferenceRule = (call) => {
  const [x, w] = [shapeIn(call, 0), shapeIn(call, 1)];
  if (!x || !w) return [{}];
  const rank = x.length - 2;
  sameRanks(call, x, w);
  const kernel = ints(call, 'kernel_shape') ?? w.slice(2);
  const given = ints(call, 'output_shape');
  const auto = string(call, 'auto_pad', 'NOTSET');
  const pads = listOf(call, 'pads', 2 * rank, 0);
  const [strides, dilations] = [listOf(call, 'strides', rank, 1), listOf(call, 'dilations', rank, 1)];
  const more = listOf(call, 'output_padding', rank, 0);
  const space = x.slice(2).map((d, i): Size => {
    if (given && given.length >= rank) return given.slice(-rank)[i];
    const stride = strides[i]!;
    if (auto.startsWith('SAME')) return times(d, stride);
    const extent = plus(times(dilations[i], minus(kernel[i], 1)), 1);
    const whole = plus(times(stride, minus(d, 1)), more[i], extent);
    return auto === 'VALID' ? whole : minus(whole, pads[i]! + pads[i + rank]!);
  });
  return [{ shape: [x[0], times(w[1], int(call, 'group', 1)), ...space] }];
};

const pool: InferenceRule = (call) => {
  const x = shapeIn(call, 0);
  if (!x) return [{}, {}];
  const rank = x.length - 2;
  const kernel = ints(call, 'kernel_shape') ?? [];
  if (rank < 1 || kernel.length !== rank)
    fail(
      `${call.op} of ${shapeText(x)} needs a number for each axis after the first two, but kernel_shape is [${kernel.join(', ')}]`,
    );
  const shape: Shape = [x[0], x[1], ...x.slice(2).map((d, i) => windowed(call, d, i, rank, kernel[i]))];
  return [{ shape }, { shape }];
};

const globalPool: InferenceRule = (call) => {
  const x = shapeIn(call, 0);
  return [{ shape: x && [x[0], x[1], ...x.slice(2).map((): Size => 1)] }];
};

/** Recurrent networks turn X [length, batch, inputs] into Y [length, directions, batch, hidden] and the last states. */
const recurrent: InferenceRule = (call) => {
  const x = shapeIn(call, 0);
  if (x && x.length !== 3) fail(`${call.op} needs an input with 3 dims, but it is ${shapeText(x)}`);
  const hidden: Size = call.attribute('hidden_size')?.i;
  const directions = string(call, 'direction', 'forward') === 'bidirectional' ? 2 : 1;
  const last: Out = { shape: [directions, x?.[1], hidden] };
  if (int(call, 'layout', 0) === 1) {
    const end: Out = { shape: [x?.[0], directions, hidden] };
    return [{ shape: [x?.[0], x?.[1], directions, hidden] }, end, end];
  }
  return [{ shape: [x?.[0], directions, x?.[1], hidden] }, last, last];
};

const maxUnpool: InferenceRule = (call) => [
  { shape: shapeIn(call, 0)?.map((d, i) => (i < 2 ? d : undefined)) },
];

const roiAlign: InferenceRule = (call) => [
  {
    shape: [
      shapeIn(call, 1)?.[0],
      shapeIn(call, 0)?.[1],
      int(call, 'output_height', 1),
      int(call, 'output_width', 1),
    ],
  },
];

const gridSample: InferenceRule = (call) => {
  const [x, grid] = [shapeIn(call, 0), shapeIn(call, 1)];
  return [{ shape: x && grid && [x[0], x[1], ...grid.slice(1, -1)] }];
};

export const WINDOWS: InferenceRules = {
  Conv: conv(1),
  ConvInteger: conv(1, DT.int32),
  QLinearConv: conv(3),
  'com.microsoft::FusedConv': conv(1),
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  RNN: recurrent,
  GRU: recurrent,
  LSTM: recurrent,
  MaxUnpool: maxUnpool,
  RoiAlign: roiAlign,
  GridSample: gridSample,
};
