/** Operators that work element by element. The output has the shape of the input, or of all inputs broadcast. */
import { DT } from '../sizes.ts';
import {
  type Call,
  fail,
  type InferenceRule,
  type InferenceRules,
  int,
  shapeIn,
  tensor,
  valueIn,
} from './call.ts';
import {
  broadcast,
  largest,
  minus,
  numbersDiffer,
  over,
  plus,
  type Shape,
  type Size,
  shapeText,
  smallest,
  times,
} from './types.ts';

const words = (text: string): string[] => text.trim().split(/\s+/);

const tableOf = (names: string, rule: InferenceRule): InferenceRules =>
  Object.fromEntries(words(names).map((name) => [name, rule]));

/** The first output has the shape of the first input. */
const same: InferenceRule = (call) => [{ shape: shapeIn(call, 0) }];

type Compute = (...elements: Size[]) => Size;

const onNumbers =
  (f: (...x: number[]) => number | boolean): Compute =>
  (...elements) =>
    elements.every((x) => typeof x === 'number') ? Number(f(...(elements as number[]))) : undefined;

/** Division of integers rounds towards zero; division of floats does not round. */
const divided = (call: Call): Compute =>
  [DT.int64, DT.int32].some((dtype) => tensor(call, 0)?.dtype === dtype) ? over : onNumbers((a, b) => a / b);

const COMPUTE: Readonly<Record<string, Compute>> = {
  Add: plus,
  Sub: minus,
  Mul: times,
  Min: (...x) => x.reduce((a, b) => smallest(a, b)),
  Max: (...x) => x.reduce((a, b) => largest(a, b)),
  Neg: (x) => times(-1, x),
  Equal: onNumbers((a, b) => a === b),
  Greater: onNumbers((a, b) => a > b),
  GreaterOrEqual: onNumbers((a, b) => a >= b),
  Less: onNumbers((a, b) => a < b),
  LessOrEqual: onNumbers((a, b) => a <= b),
  And: onNumbers((a, b) => a !== 0 && b !== 0),
  Or: onNumbers((a, b) => a !== 0 || b !== 0),
  Not: onNumbers((a) => a === 0),
  Abs: onNumbers(Math.abs),
  Ceil: onNumbers(Math.ceil),
  Floor: onNumbers(Math.floor),
  Sqrt: onNumbers(Math.sqrt),
  Pow: onNumbers((a, b) => a ** b),
  Where: (c, a, b) => (typeof c === 'number' ? (c ? a : b) : undefined),
};

/** The elements of a result that is a scalar or a short vector. */
function computed(
  call: Call,
  shape: Shape | undefined,
  compute: Compute | undefined,
): readonly Size[] | undefined {
  if (!compute || !shape || shape.length > 1) return undefined;
  const values = call.ins.map((_, i) => valueIn(call, i));
  if (values.some((v) => v === undefined)) return undefined;
  const length = shape.length === 0 ? 1 : shape[0];
  if (typeof length !== 'number' || values.some((v) => v!.length !== 1 && v!.length !== length))
    return undefined;
  return Array.from({ length }, (_, i) => compute(...values.map((v) => (v!.length === 1 ? v![0] : v![i]))));
}

const unary: InferenceRule = (call) => {
  const shape = shapeIn(call, 0);
  return [{ shape, value: computed(call, shape, COMPUTE[call.op]) }];
};

const identity: InferenceRule = ({ ins }) => [{ whole: ins[0] }];

/** The elements stay known if the new type is int32, int64, float or double. */
const cast: InferenceRule = (call) => {
  const value = valueIn(call, 0);
  const dtype = call.op === 'CastLike' ? tensor(call, 1)?.dtype : int(call, 'to', 0);
  const exact = dtype === DT.int64 || dtype === DT.int32 || dtype === DT.float || dtype === DT.double;
  const whole = value?.map((v) =>
    typeof v === 'number' && (dtype === DT.int64 || dtype === DT.int32) ? Math.trunc(v) : v,
  );
  return [{ ...(dtype && { dtype }), shape: shapeIn(call, 0), value: exact ? whole : undefined }];
};

const broadcasting: InferenceRule = (call) => {
  const shapes = call.ins.map((_, i) => shapeIn(call, i));
  // Before version 7 an attribute determined how the second input was broadcast to the first.
  if (call.version < 7 && call.ins.length === 2) return [{ shape: shapes[0] }];
  if (shapes.some((s) => s === undefined)) return [{}];
  const shape =
    broadcast(shapes as Shape[]) ??
    fail(`${call.op} cannot broadcast ${(shapes as Shape[]).map(shapeText).join(' with ')}`);
  const compute = call.op === 'Div' ? divided(call) : COMPUTE[call.op];
  return [{ shape, value: computed(call, shape, compute) }];
};

/** Broadcasts the second input to the first, which keeps its shape. */
const onto: InferenceRule = (call) => {
  const [to, from] = [shapeIn(call, 0), shapeIn(call, 1)];
  // PRelu before version 7 had one slope for each channel and did not broadcast, so there is nothing to check.
  if (to && from && call.version >= 7) {
    const both = broadcast([to, from]);
    if (both && (both.length > to.length || to.some((d, i) => numbersDiffer(d, both[i]))))
      call.doubt(`${call.op} broadcasts its input ${shapeText(to)}, which ONNX does not allow`);
    if (!both) fail(`${call.op} cannot broadcast ${shapeText(from)} to ${shapeText(to)}`);
  }
  return [{ shape: to }];
};

export const ELEMENTWISE: InferenceRules = {
  ...tableOf(
    `Acos Acosh Asin Asinh Atan Atanh Bernoulli BitwiseNot Celu Clip Cos Cosh Elu Erf Exp Gelu
     HardSigmoid HardSwish Hardmax IsInf IsNaN LeakyRelu Log LogSoftmax LpNormalization LRN MeanVarianceNormalization
     Mish Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Swish Tan Tanh
     ThresholdedRelu Trilu CumSum CumProd InstanceNormalization GroupNormalization RMSNormalization RandomNormalLike RandomUniformLike
     EyeLike ReverseSequence ScatterElements ScatterND Scatter TensorScatter
     Affine ImageScaler MemcpyFromHost MemcpyToHost ParametricSoftplus Scale ScaledTanh RegexFullMatch ai.onnx.ml::Binarizer ai.onnx.ml::LabelEncoder ai.onnx.ml::Scaler
     com.microsoft::BiasGelu com.microsoft::FastGelu com.microsoft::Gelu com.microsoft::QuickGelu`,
    same,
  ),
  ...tableOf('Abs Ceil Floor Neg Not Sqrt', unary),
  ...tableOf(
    `Add And BitShift BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min
     Mod Mul Or Pow StringConcat Sub Sum Where Xor`,
    broadcasting,
  ),
  Cast: cast,
  BitCast: (call) => [{ dtype: int(call, 'to', 0), shape: shapeIn(call, 0) }],
  CastLike: cast,
  Identity: identity,
  PRelu: onto,
};
