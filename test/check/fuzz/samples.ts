/**
 * Valid models of one node: of every operator that Benben's artifacts contain, and of others that models often contain.
 * A test checks that ONNX Runtime runs each of them.
 */
import { floats, type Graph, info, node } from '../foreign_models.ts';
import { type Sample, sample } from './sample.ts';

const one = (...samples: readonly Sample[]): readonly Sample[] => samples;
const f = (value: number): { readonly f: number } => ({ f: value });

const body = (graph: Graph): { readonly g: Graph } => ({ g: { name: 'body', ...graph } });

const LOOP = body({
  input: [info('i', [], 7), info('going', [], 9), info('a', [2, 3])],
  output: [info('go', [], 9), info('b', [2, 3]), info('row', [2, 3])],
  node: [node('Identity going > go'), node('Add a,w > b'), node('Neg a > row')],
  initializer: [floats('w', [3])],
});

const BRANCH = (op: string): { readonly g: Graph } =>
  body({ output: [info('t', [2])], initializer: [floats('k', [2])], node: [node(`${op} k > t`)] });

const SCAN = body({
  input: [info('s', [3]), info('e', [3])],
  output: [info('t', [3]), info('o', [3])],
  node: [node('Add s,e > t'), node('Neg e > o')],
});

const UNARY = 'Relu Sigmoid Sqrt Log IsNaN Identity Neg Exp Erf Tanh Abs Gelu Softplus Floor Ceil Sign Not';
const BINARY = 'Add Sub Mul Div Min Max Pow Less Greater LessOrEqual GreaterOrEqual Equal And Or Mean Sum';
const BOOLEAN = ['And', 'Or', 'Not'];

const attention3 = { q_num_heads: 2, kv_num_heads: 2 };
const nBits = { K: 32, N: 4, bits: 4, block_size: 16, accuracy_level: 4 };

export const SAMPLES: readonly Sample[] = [
  ...UNARY.split(' ').map((op) => sample(`${op} ${BOOLEAN.includes(op) ? 'bool' : 'f32'}[2,3] > 1`)),
  ...BINARY.split(' ').flatMap((op) => {
    const type = BOOLEAN.includes(op) ? 'bool' : 'f32';
    return one(sample(`${op} ${type}[2,3] ${type}[3] > 1`), sample(`${op} ${type}[2,3] ${type}[2,3] > 1`));
  }),
  sample('Where bool[2,3] f32[3] f32[2,1] > 1'),
  sample('Clip f32[2,3] f32:0 f32:1 > 1'),
  sample('PRelu f32[2,3] f32[3]!1 > 1'),

  sample('Attention f32[1,2,4,8] f32[1,2,6,8] f32[1,2,6,8] > 1'),
  sample('Attention f32[1,2,4,8] f32[1,2,6,8] f32[1,2,6,8] f32[1,1,4,6] > 1', { is_causal: 0 }),
  sample('Attention f32[1,4,16] f32[1,6,16] f32[1,6,16] bool[4,6] > 1', attention3),
  sample('Attention f32[1,4,16] f32[1,6,16] f32[1,6,16] _ f32[1,2,3,8] f32[1,2,3,8] > 3', {
    ...attention3,
    is_causal: 0,
  }),
  sample('Attention f32[1,4,16] f32[1,6,8] f32[1,6,8] > 1', { q_num_heads: 4, kv_num_heads: 2 }),
  sample('RotaryEmbedding f32[1,2,4,8] f32[5,4] f32[5,4] i64[1,4] > 1'),
  sample('RotaryEmbedding f32[1,2,4,8] f32[1,4,4] f32[1,4,4] > 1'),
  sample('RotaryEmbedding f32[1,4,16] f32[5,4] f32[5,4] i64[1,4] > 1', { num_heads: 2 }),

  sample('Cast f32[2,3] > 1', { to: 7 }),
  sample('CastLike f32[2,3] i64[1] > 1'),
  sample('Concat f32[2,3] f32[2,3] > 1', { axis: 0 }),
  sample('Concat f32[2,3] f32[2,1] f32[2,2] > 1', { axis: -1 }),
  sample('Constant > 1', { value_int: 1 }),
  sample('Constant > 1', { value_ints: [1, 2] }),
  sample('Constant > 1', { value: { t: floats('', [2, 3]) } }),
  sample('ConstantOfShape i64(2,3) > 1'),
  sample('CumSum f32[2,3] i64:1 > 1'),
  sample('CumSum f32[2,3] i32(1) > 1', { exclusive: 1, reverse: 1 }),
  sample('DynamicQuantizeLinear f32[2,3] > 3'),
  sample('QuantizeLinear f32[2,4] f32:0.5 u8:0 > 1'),
  sample('QuantizeLinear f32[2,4] f32[4]!0.5 i8[4]!0 > 1', { axis: 1 }),
  sample('QuantizeLinear f32[2,4] f32[2,2]!0.5 i8[2,2]!0 > 1', { axis: 1, block_size: 2 }),
  sample('DequantizeLinear u8[2,4] f32:0.5 u8:0 > 1'),
  sample('DequantizeLinear i8[2,4] f32[4]!0.5 i8[4]!0 > 1', { axis: -1 }),
  sample('DequantizeLinear i8[2,4] f32[2,2]!0.5 i8[2,2]!0 > 1', { axis: 1, block_size: 2 }),
  sample('Expand f32[2,1] i64(2,3) > 1'),
  sample('Expand f32[3] i64(2,1,1) > 1'),
  sample('Gather f32[4,3] i64(0,2) > 1'),
  sample('Gather f32[4,3] i64[2,2] > 1', { axis: 1 }),
  sample('GatherElements f32[4,3] i64[2,3] > 1', { axis: 0 }),
  sample('GatherElements f32[4,3] i64[4,2] > 1', { axis: -1 }),
  sample('GatherND f32[2,4,3] i64[2,5,1] > 1', { batch_dims: 1 }),
  sample('GatherND f32[2,4,3] i64[5,2] > 1'),
  sample('Gemm f32[2,3] f32[3,4] > 1'),
  sample('Gemm f32[2,3] f32[4,3] f32[4] > 1', { transB: 1 }),
  sample('Gemm f32[3,2] f32[3,4] f32[2,1] > 1', { transA: 1, alpha: f(0.5) }),
  sample('LayerNormalization f32[2,3,4] f32[4] f32[4] > 1', { axis: -1, epsilon: f(1e-5) }),
  sample('LayerNormalization f32[2,3,4] f32[3,4] > 3', { axis: 1 }),
  sample('SimplifiedLayerNormalization f32[2,3,4] f32[4] > 1'),
  sample('RMSNormalization f32[2,3,4] f32[4] > 1'),
  sample('BatchNormalization f32[2,3,4] f32[3] f32[3] f32[3] f32[3] > 1'),
  sample('InstanceNormalization f32[2,3,4] f32[3] f32[3] > 1'),
  sample('GroupNormalization f32[2,4,3] f32[4] f32[4] > 1', { num_groups: 2 }),
  sample('Softmax f32[2,3] > 1', { axis: -1 }),
  sample('LogSoftmax f32[2,3] > 1', { axis: 1 }),
  sample('MatMul f32[2,3] f32[3,4] > 1'),
  sample('MatMul f32[5,2,3] f32[3,4] > 1'),
  sample('MatMul f32[5,1,2,3] f32[2,3,4] > 1'),
  sample('MatMul f32[3] f32[3] > 1'),
  sample('MatMulInteger u8[2,3] u8[3,4]!1 > 1'),
  sample('MatMulInteger u8[2,3] i8[3,4]!1 u8:0 > 1'),
  sample('MatMulInteger u8[2,3] i8[3,4]!1 u8:0 i8[4]!0 > 1'),
  sample('QLinearMatMul u8[2,3] f32:0.5 u8:0 u8[3,4] f32:0.5 u8:0 f32:0.5 u8:0 > 1'),
  sample('QLinearConv u8[1,2,5] f32:0.5 u8:0 u8[4,2,3]!1 f32:0.5 u8:0 f32:0.5 u8:0 > 1'),
  sample('ConvInteger u8[1,2,5] u8[4,2,3]!1 u8:0 u8:0 > 1'),
  sample('NonZero f32[2,3] > 1'),
  sample('Pad f32[2,3] i64(0,1,0,1) > 1'),
  sample('Pad f32[2,3] i64(1,1) f32:0 i64(1) > 1', { mode: 'constant' }),
  sample('Pad f32[2,3] i64(0,1,0,1) > 1', { mode: 'reflect' }),
  sample('Range i64:0 i64:5 i64:2 > 1'),
  sample('Range f32:0 f32:5 f32:2 > 1'),
  sample('ReduceMax f32[2,3] i64(1) > 1', { keepdims: 1 }),
  sample('ReduceSum f32[2,3,4] i64(0,-1) > 1', { keepdims: 0 }),
  sample('ReduceMean f32[2,3] > 1'),
  sample('ArgMax f32[2,3] > 1', { axis: 1, keepdims: 0 }),
  sample('Reshape f32[2,6] i64(3,4) > 1'),
  sample('Reshape f32[2,6] i64(0,-1,3) > 1'),
  sample('Reshape f32[0,6] i64(0,3) > 1', { allowzero: 1 }),
  sample('ScatterElements f32[3,4] i64[3,2] f32[3,2] > 1', { axis: -1, reduction: 'add' }),
  sample('ScatterElements f32[3,4] i64[2,4] f32[2,4] > 1'),
  sample('ScatterND f32[4,3] i64[2,1] f32[2,3] > 1'),
  sample('ScatterND f32[4,3] i64[5,2] f32[5] > 1', { reduction: 'add' }),
  sample('Shape f32[2,3,4] > 1', { start: 1, end: 2 }),
  sample('Size f32[2,3] > 1'),
  sample('Slice f32[4,6] i64(0) i64(3) i64(1) > 1'),
  sample('Slice f32[4,6] i64(1,-1) i64(3,0) i64(0,1) i64(1,-2) > 1'),
  sample('Split f32[2,6] i64(2,4) > 2', { axis: 1 }),
  sample('Split f32[2,6] > 3', { axis: -1, num_outputs: 3 }),
  sample('Squeeze f32[2,1,3] i64(1) > 1'),
  sample('Squeeze f32[2,1,1] > 1'),
  sample('Unsqueeze f32[2,3] i64(0,-1) > 1'),
  sample('Flatten f32[2,3,4] > 1', { axis: 2 }),
  sample('Tile f32[2,3] i64(1,2) > 1'),
  sample('TopK f32[2,6] i64(3) > 2', { axis: -1, largest: 1, sorted: 1 }),
  sample('TopK f32[2,6] i64(1) > 2', { axis: 0, largest: 0 }),
  sample('Transpose f32[2,3,4] > 1', { perm: [2, 0, 1] }),
  sample('Transpose f32[2,3,4] > 1'),
  sample('OneHot i64[2,3] i64:4 f32(0,1) > 1', { axis: -1 }),
  sample('Trilu f32[3,3] i64:0 > 1', { upper: 1 }),
  sample('Einsum f32[2,3] f32[3,4] > 1', { equation: 'ij,jk->ik' }),
  sample('Conv f32[1,2,5] f32[4,2,3]!1 f32[4]!1 > 1', { pads: [1, 1], strides: [2] }),
  sample('Conv f32[1,4,6,6] f32[4,2,3,3] > 1', { group: 2, dilations: [2, 1], kernel_shape: [3, 3] }),
  sample('ConvTranspose f32[1,2,5] f32[2,4,3] f32[4] > 1', { strides: [2] }),
  sample('MaxPool f32[1,2,6] > 1', { kernel_shape: [3], strides: [2] }),
  sample('AveragePool f32[1,2,6,6] > 1', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  sample('GlobalAveragePool f32[1,2,6] > 1'),
  sample('Resize f32[1,2,4] _ f32(1,1,2) > 1', { mode: 'nearest' }),
  sample('Dropout f32[2,3] > 2'),

  sample('Loop i64:2 bool:1 f32[2,3] > 2', { body: LOOP }),
  sample('Loop i64:2 _ f32[2,3] > 2', { body: LOOP }),
  sample('If bool[] > 1', { then_branch: BRANCH('Neg'), else_branch: BRANCH('Abs') }),
  sample('Scan f32[3] f32[2,3] > 2', { body: SCAN, num_scan_inputs: 1 }),

  sample('com.microsoft::MatMulNBits f32[2,32] u8[4,2,8]!1 f32[4,2]!1 _ _ > 1', nBits),
  sample('com.microsoft::MatMulNBits f32[2,32] u8[4,2,8]!1 f32[4,2]!1 u8[4,1]!0 _ f32[4]!1 > 1', nBits),
  sample('com.microsoft::MatMulIntegerToFloat u8[2,3] i8[3,4]!1 f32:1 f32:1 u8:0 > 1'),
  sample('com.microsoft::MatMulIntegerToFloat u8[2,3] i8[3,4]!1 f32:1 f32[4]!1 u8:0 i8[4]!0 f32[4]!1 > 1'),
  sample('com.microsoft::DynamicQuantizeMatMul f32[2,3] i8[3,4]!1 f32:1 i8:0 f32[4]!1 > 1'),
  sample('com.microsoft::MultiHeadAttention f32[1,4,16] f32[1,6,16] f32[1,6,16] > 1', { num_heads: 2 }),
  sample('com.microsoft::MultiHeadAttention f32[1,4,16] f32[1,6,16] f32[1,6,16] _ _ f32[1,2,4,6] > 1', {
    num_heads: 2,
  }),
  sample(
    'com.microsoft::MultiHeadAttention f32[1,4,16] f32[1,6,16] f32[1,6,16] _ _ f32[1,1,4,9] f32[1,2,3,8] f32[1,2,3,8] > 3',
    { num_heads: 2, unidirectional: 0 },
  ),
  sample('com.microsoft::MultiHeadAttention f32[1,4,16] f32[1,2,6,8] f32[1,2,6,8] > 1', { num_heads: 2 }),
  sample('com.microsoft::MultiHeadAttention f32[1,4,16] f32[1,6,16] f32[1,6,16] f32[48] > 1', {
    num_heads: 2,
  }),
  sample('com.microsoft::SkipLayerNormalization f32[2,3,4] f32[2,3,4] f32[4] f32[4] f32[4] > 1', {
    epsilon: f(1e-5),
  }),
  sample('com.microsoft::SkipLayerNormalization f32[2,3,4] f32[3,4] f32[4] > 1'),
  sample('com.microsoft::SkipSimplifiedLayerNormalization f32[2,3,4] f32[2,3,4] f32[4] f32[4] > 1'),
  sample('com.microsoft::FusedMatMul f32[2,3] f32[4,3] > 1', { transB: 1, alpha: f(0.5) }),
  sample('com.microsoft::BiasGelu f32[2,3] f32[3] > 1'),
  sample('com.microsoft::FastGelu f32[2,3] f32[3] > 1'),
  sample('com.microsoft::RotaryEmbedding f32[1,4,16] i64[1,4] f32[5,4] f32[5,4] > 1', { num_heads: 2 }),
];
