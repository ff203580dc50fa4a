/**
 * The operators that Benben may write, with the types for which ONNX Runtime has a kernel on a GPU. ONNX Runtime runs
 * all other nodes on the CPU without a warning, and copies their inputs and outputs between CPU and GPU.
 *
 * The tables describe ONNX Runtime 1.30. The CUDA table is from ONNX Runtime's docs/OperatorKernels.md. The WebGPU
 * table is from the kernels that the library registers, and test/runtime/gpu.slow.ts compares it with the devices on
 * which nodes really run. The CPU needs no table, because it has a kernel for everything that the compiler writes.
 */

/** Element types, by the names of the IR. */
export type ElementType = 'f32' | 'f16' | 'i64' | 'i8' | 'bool';

/** The types of the deciding input for which an operator has kernels, by its qualified name (`com.microsoft::X`). */
export type KernelTable = ReadonlyMap<string, ReadonlySet<ElementType>>;

/** Builds a table from rows. A row lists types, and the operators that have kernels for exactly these types. */
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

/** WebGPU supports float16 if the adapter does, and 64-bit integers only for indices and lengths. */
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
 * Operators that run only on the CPU: the remaining operators that the compiler may write, and other operators for which
 * neither CUDA nor WebGPU has a kernel in any version (on strings, or to count or choose single elements).
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

/** Domains whose operators have no kernel on any GPU. */
export const CPU_ONLY_DOMAINS: readonly string[] = ['ai.onnx.ml'];

/** The index of the input whose type selects the kernel, if it is not 0. The first input of `Where` is a condition. */
export const DECIDING_INPUT: ReadonlyMap<string, number> = new Map([['Where', 1]]);
