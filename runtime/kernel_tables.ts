/**
 * The operators and types that ONNX Runtime has a kernel for on a GPU, among those that Benben may write. It runs all
 * others on the CPU without a warning, and copies their inputs and outputs between the two.
 *
 * The tables describe ONNX Runtime 1.30. CUDA's is from its docs/OperatorKernels.md; WebGPU's is from the kernels that
 * the library registers, and test/runtime/gpu.slow.ts compares it with where nodes really run. The CPU needs no table,
 * because it has a kernel for everything that the compiler writes.
 */

/** Element types, by the names of the IR. */
export type ElementType = 'f32' | 'f16' | 'i64' | 'i8' | 'bool';

/** The types that an operator has kernels for, by its qualified name (`com.microsoft::X`). They are those of its deciding input. */
export type KernelTable = ReadonlyMap<string, ReadonlySet<ElementType>>;

/** Builds a table from rows: a row has types, and the operators that have kernels for exactly these. */
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

/** It has float16 if the adapter has it. It uses 64-bit integers only for indices and lengths. */
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

/** The tables by execution provider. A provider without a table has every kernel. */
export const KERNELS: Readonly<Record<string, KernelTable>> = { cuda: CUDA, webgpu: WEBGPU };

/**
 * Operators that are known to run only on the CPU: the rest of those that the compiler may write, and foreign ones that
 * neither provider has in any version (operators on strings, and those that count or choose single elements).
 */
export const CPU_ONLY: ReadonlySet<string> = new Set([
  'Constant',
  'DynamicQuantizeLinear',
  'Shape',
  'com.microsoft::DynamicQuantizeMatMul',
  'com.microsoft::FusedGemm',
  'com.microsoft::MatMulIntegerToFloat',
  'Det',
  'Multinomial',
  'RegexFullMatch',
  'StringConcat',
  'StringNormalizer',
  'StringSplit',
  'TfIdfVectorizer',
  'Unique',
]);

/** Domains of which no operator has a kernel on a GPU. */
export const CPU_ONLY_DOMAINS: readonly string[] = ['ai.onnx.ml'];

/** The index of the input whose type selects the kernel, if it is not the first: `Where` begins with its condition. */
export const DECIDING_INPUT: Readonly<Record<string, number>> = { Where: 1 };
