/** Runs a graph in ONNX Runtime as its users do: it is emitted, encoded as one file, loaded and run. */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { emit, encodeSingleFile } from '../../../compiler/emit/index.ts';
import type { DType, Graph } from '../../../compiler/ir/graph.ts';
import type { Tensor } from '../../../compiler/ir/op.ts';
import { tensor } from '../../../compiler/ir/tensors.ts';
import type { WeightSource, WeightSpec } from '../../../compiler/ir/weights.ts';
import { toHalf } from '../../../compiler/onnx/half.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { toFloat32 } from '../../../runtime/weights/elements.ts';
import { weightByName } from '../ops/samples.ts';

/** A source of the weights that the interpreter uses in a test. */
export const sourceOf = (weight: (spec: WeightSpec) => Tensor): WeightSource => ({
  label: 'drawn from the names',
  random: true,
  async *read(spec) {
    yield Float32Array.from(weight(spec).data);
  },
});

export const weightSource = sourceOf(weightByName);

const TO_ORT: Readonly<Record<DType, (data: Float64Array, shape: number[]) => OrtTensor>> = {
  f32: (data, shape) => new OrtTensor('float32', Float32Array.from(data), shape),
  i64: (data, shape) =>
    new OrtTensor(
      'int64',
      BigInt64Array.from(data, (x) => BigInt(x)),
      shape,
    ),
  bool: (data, shape) => new OrtTensor('bool', Uint8Array.from(data), shape),
  f16: (data, shape) => new OrtTensor('float16', toHalf(Float32Array.from(data)), shape),
  i8: (data, shape) => new OrtTensor('int8', Int8Array.from(data), shape),
  u8: (data, shape) => new OrtTensor('uint8', Uint8Array.from(data), shape),
};

const DTYPE_OF: Readonly<Record<string, DType>> = {
  float32: 'f32',
  float16: 'f16',
  int64: 'i64',
  bool: 'bool',
  int8: 'i8',
  uint8: 'u8',
};

export const toOrt = (t: Tensor): OrtTensor => TO_ORT[t.dtype](t.data, [...t.shape]);

export function fromOrt(t: OrtTensor): Tensor {
  const dtype = DTYPE_OF[t.type];
  if (!dtype) throw new Error(`unexpected ${t.type} from ONNX Runtime`);
  const stored = t.data as ArrayLike<number | bigint>;
  // Node 20 has no Float16Array, so float16 arrives as bits.
  const data =
    stored instanceof Uint16Array
      ? toFloat32('F16', new Uint8Array(stored.slice().buffer))
      : Array.from(stored, Number);
  return tensor(dtype, t.dims, [...data]);
}

export async function runOnnx(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
  { source = weightSource, ...options }: { readonly inline?: boolean; readonly source?: WeightSource } = {},
): Promise<Record<string, Tensor>> {
  const emitted = emit(graph, { ops: OPS, metadata: {}, version: 'test', ...options });
  const bytes = await encodeSingleFile(emitted, source);
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  try {
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, t]) => [name, toOrt(t)]));
    const results = await session.run(feeds);
    return Object.fromEntries(graph.outputs.map(({ name }) => [name, fromOrt(results[name]!)]));
  } finally {
    await session.release();
  }
}
