/** ONNX models of one or two nodes, made here so that these tests do not need the compiler. */
import { encodeModelProto } from '../../compiler/onnx/encode.ts';

const FLOAT = 1;
const INT64 = 7;
const BOOL = 9;

export interface Value {
  readonly name: string;
  readonly type: 'float32' | 'int64' | 'bool' | 'float64';
  readonly dims: readonly (number | string)[];
}

export interface TinyNode {
  readonly op: string;
  readonly ins: readonly string[];
  readonly outs: readonly string[];
}

export function tinyModel(
  inputs: readonly Value[],
  outputs: readonly Value[],
  nodes: readonly TinyNode[],
): Uint8Array {
  return encodeModelProto({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'tiny',
      node: nodes.map(({ op, ins, outs }) => ({ opType: op, input: [...ins], output: [...outs] })),
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    },
  });
}

function valueInfo({ name, type, dims }: Value) {
  const elemType = { float32: FLOAT, int64: INT64, bool: BOOL, float64: 11 }[type];
  const dim = dims.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

const matrix = (name: string): Value => ({ name, type: 'float32', dims: ['n', 'n'] });

/** A model that multiplies x with itself `times` times, so that a run takes as long as a test needs. */
export function slowModel(times: number): Uint8Array {
  const nodes = Array.from({ length: times }, (_, i) => ({
    op: 'MatMul',
    ins: [i === 0 ? 'x' : `t${i}`, 'x'],
    outs: [i === times - 1 ? 'y' : `t${i + 1}`],
  }));
  return tinyModel([matrix('x')], [matrix('y')], nodes);
}
