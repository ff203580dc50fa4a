/**
 * For which operators and types ONNX Runtime has a kernel on a GPU, of those that Benben writes or may
 * write. Anything else it moves to the CPU without a word, with a copy there and back.
 *
 * Facts of ONNX Runtime 1.30: CUDA from its docs/OperatorKernels.md, WebGPU from the kernels that its
 * library registers; test/runtime/gpu.slow.ts holds WebGPU against where nodes really run. The CPU has
 * no table: it has a kernel for everything that the compiler writes.
 */

/** As the IR and ONNX's messages both mean them. */
export type ElementType = 'f32' | 'f16' | 'i64' | 'i8' | 'bool';

/** Operators by their qualified names (`com.microsoft::X`), and the types of the input that decides. */
export type KernelTable = ReadonlyMap<string, ReadonlySet<ElementType>>;

/** Rows of types and of the operators that have kernels for just these. */
function tableOf(rows: readonly (readonly [types: string, operators: string])[]): KernelTable {
  const words = (text: string): string[] => text.split(/\s+/);
  return new Map(
    rows.flatMap(([types, operators]) =>
      words(operators).map((name) => [name, new Set(words(types) as ElementType[])] as const),
    ),
  );
}

const CUDA = tableOf([
  [
    'f32 f16 i64 i8 bool',
    `Cast Concat Expand Flatten Gather GatherElements Identity If Loop Reshape ScatterElements ScatterND
     Slice Split Squeeze Transpose Trilu Unsqueeze`,
  ],
  ['f32 f16 i64 bool', 'Equal GatherND NonZero'],
  ['f32 f16 i64 i8', 'Abs Add Div Mul Neg Sign Sub'],
  [
    'f32 f16 i64',
    'CumSum Greater GreaterOrEqual Less LessOrEqual Max Min Mod OneHot Pow ReduceMax ReduceMin ReduceSum Tile TopK Where',
  ],
  ['f32 f16 bool', 'Pad'],
  [
    'f32 f16',
    `ArgMax ArgMin Attention Ceil Clip Erf Exp Floor Gelu Gemm IsNaN LayerNormalization Log LogSoftmax MatMul
     ReduceMean Relu Round Sigmoid Softmax Sqrt Tanh
     com.microsoft::BiasGelu com.microsoft::FastGelu com.microsoft::FusedMatMul com.microsoft::Gelu
     com.microsoft::MatMulNBits com.microsoft::MultiHeadAttention com.microsoft::QuickGelu
     com.microsoft::SkipLayerNormalization`,
  ],
  ['f32 i64', 'Range'],
  ['i8', 'DequantizeLinear MatMulInteger'],
  ['bool', 'And Not Or Xor'],
]);

/** 16-bit floats where the adapter has them. Integers of 64 bits it knows only as indices and lengths. */
const WEBGPU = tableOf([
  ['f32 f16 bool', 'Cast Expand Gather Reshape Squeeze Unsqueeze Where'],
  [
    'f32 f16',
    `Abs Add ArgMax ArgMin Ceil Clip Concat CumSum Div Equal Erf Exp Flatten Floor GatherElements GatherND
     Gelu Gemm Greater GreaterOrEqual Identity LayerNormalization Less LessOrEqual Log MatMul Max Min Mul Neg Pad
     Pow Range ReduceMax ReduceMean ReduceMin ReduceSum Relu ScatterElements ScatterND Sigmoid Slice Softmax Split
     Sqrt Sub Tanh Tile TopK Transpose Trilu
     com.microsoft::BiasGelu com.microsoft::FastGelu com.microsoft::MatMulNBits
     com.microsoft::MultiHeadAttention com.microsoft::QuickGelu com.microsoft::SkipLayerNormalization`,
  ],
  ['i8', 'DequantizeLinear'],
  ['f32 f16 i64 i8 bool', 'If'],
  ['bool', 'And Not'],
]);

/** By the name of the execution provider; one without a table has every kernel. */
export const KERNELS: Readonly<Record<string, KernelTable>> = { cuda: CUDA, webgpu: WEBGPU };

/**
 * Known to run nowhere but on the CPU: with those of the tables, all that the compiler may write; and of others those
 * that neither provider has in any version (texts, and what counts or chooses by single elements).
 */
export const CPU_ONLY: ReadonlySet<string> = new Set([
  'Constant',
  'DynamicQuantizeLinear',
  'Shape',
  'com.microsoft::DynamicQuantizeMatMul',
  'com.microsoft::FusedGemm',
  'com.microsoft::MatMulIntegerToFloat',
  ...['Det', 'Multinomial', 'RegexFullMatch', 'StringConcat', 'StringNormalizer', 'StringSplit'],
  ...['TfIdfVectorizer', 'Unique'],
]);

/** Of these domains too no operator has a kernel on a GPU. */
export const CPU_ONLY_DOMAINS: readonly string[] = ['ai.onnx.ml'];

/** The input whose type decides, where it is not the first: `Where` begins with its condition. */
export const DECIDING_INPUT: Readonly<Record<string, number>> = { Where: 1 };
