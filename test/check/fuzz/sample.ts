/** Small models of one node, written as text, such as `Gemm f32[2,3] f32[3,4] f32[4] > 1`. */
import { encodeModelProto } from '../../onnx_messages.ts';
import { type Graph, info, node, type Tensor } from '../foreign_models.ts';

/** An input of the node. With `values`, it is a constant of the model. */
export interface Operand {
  readonly dtype: number;
  readonly dims: readonly number[];
  readonly values?: readonly number[];
}

export type Attributes = Parameters<typeof node>[1] & {};

export interface Sample {
  readonly op: string;
  /** '' for ONNX's own domain. */
  readonly domain: string;
  readonly version: number;
  /** The inputs in order; null for one that is left out. */
  readonly ins: readonly (Operand | null)[];
  /** The number of outputs. */
  readonly outs: number;
  readonly attributes: Attributes;
}

const DTYPES = { f32: 1, u8: 2, i8: 3, i32: 6, i64: 7, bool: 9, f16: 10, f64: 11 } as const;

/** The types that mutations give to operands. */
export const MUTANT_DTYPES: readonly number[] = Object.values(DTYPES);

const count = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const numbers = (text: string): readonly number[] => (text === '' ? [] : text.split(',').map(Number));

/**
 * An operand: `f32[2,3]` is an input, `f32[2,3]!1` a constant of ones, `i64(1,2)` a constant vector, `i64:3` a constant
 * scalar, and `_` is left out.
 */
function operand(token: string): Operand | null {
  if (token === '_') return null;
  const [, name = '', rest = ''] = /^([a-z]+\d*)(.*)$/.exec(token) ?? [];
  const dtype = DTYPES[name as keyof typeof DTYPES];
  if (dtype === undefined) throw new Error(`not an operand: ${token}`);
  if (rest.startsWith(':')) return { dtype, dims: [], values: [Number(rest.slice(1))] };
  const inside = numbers(rest.slice(1).replace(/[\])].*$/, ''));
  if (rest.startsWith('(')) return { dtype, dims: [inside.length], values: inside };
  const fill = rest.split('!')[1];
  return {
    dtype,
    dims: inside,
    ...(fill !== undefined && { values: new Array<number>(count(inside)).fill(Number(fill)) }),
  };
}

/** Parses a sample. An operator of ONNX Runtime is written `com.microsoft::NAME`. */
export function sample(text: string, attributes: Attributes = {}, version = 23): Sample {
  const [left = '', outs = '1'] = text.split(' > ');
  const [name = '', ...tokens] = left.trim().split(/\s+/);
  const [domain, op] = name.includes('::') ? name.split('::') : ['', name];
  return { op: op!, domain: domain!, version, ins: tokens.map(operand), outs: Number(outs), attributes };
}

export const operandText = (one: Operand | null): string => {
  if (!one) return '_';
  const name = Object.entries(DTYPES).find(([, number]) => number === one.dtype)?.[0] ?? `type${one.dtype}`;
  const short = one.values && one.values.length <= 8 ? `(${one.values.join(',')})` : one.values ? '!' : '';
  return `${name}[${one.dims.join(',')}]${short}`;
};

/** A sample as one line, for messages and to recognise duplicates. */
export const sampleText = ({ op, domain, ins, outs, attributes }: Sample): string =>
  `${domain && `${domain}::`}${op} ${ins.map(operandText).join(' ')} > ${outs} ${JSON.stringify(attributes)}`;

/** A half of a float16 number in the bits that ONNX stores; only for the numbers that samples use. */
const HALVES: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [0.5, 0x3800],
  [1, 0x3c00],
  [2, 0x4000],
]);

function constant(name: string, { dtype, dims, values = [] }: Operand): Tensor {
  const head = { name, dims, dataType: dtype };
  if (dtype === DTYPES.f32) return { ...head, floatData: values };
  if (dtype === DTYPES.f64) return { ...head, doubleData: values };
  if (dtype === DTYPES.i64) return { ...head, int64Data: values };
  if (dtype === DTYPES.f16) return { ...head, int32Data: values.map((v) => HALVES.get(v) ?? 0x3c00) };
  return { ...head, int32Data: values };
}

/** An input of a model, as the process that runs it needs it. All elements have the value `fill`. */
export interface Feed {
  readonly name: string;
  readonly dtype: number;
  readonly dims: readonly number[];
  readonly fill: number;
}

export interface Runnable {
  readonly bytes: Uint8Array;
  readonly feeds: readonly Feed[];
}

/** How the inputs of a model are declared: with their lengths, with names for them, or without a rank. */
export type Declared = 'known' | 'named' | 'open';

const dimsAs = (declared: Declared, name: string, dims: readonly number[]) =>
  declared === 'known' ? dims : declared === 'named' ? dims.map((_, i) => `${name}${i}`) : undefined;

/** The model of a sample. Its outputs have no type, so that nothing but the node can be at fault. */
export function modelOf(one: Sample, declared: Declared = 'known'): Runnable {
  const names = one.ins.map((operand, i) => (operand ? `x${i}` : ''));
  const inputs = one.ins.flatMap((operand, i) =>
    operand && !operand.values ? [{ name: names[i]!, ...operand }] : [],
  );
  const outer: Graph = {
    name: 'main',
    input: inputs.map(({ name, dtype, dims }) => info(name, dimsAs(declared, name, dims), dtype)),
    output: Array.from({ length: one.outs }, (_, i) => ({ name: `y${i}` })),
    initializer: one.ins.flatMap((operand, i) => (operand?.values ? [constant(names[i]!, operand)] : [])),
    node: [
      {
        ...node(`${one.op} > ${Array.from({ length: one.outs }, (_, i) => `y${i}`)}`, one.attributes),
        input: names,
        domain: one.domain,
      },
    ],
  };
  const imports = [
    { domain: '', version: one.version },
    ...(one.domain ? [{ domain: one.domain, version: 1 }] : []),
  ];
  // A division by an integer 0 ends the process.
  const fill = one.op === 'Div' || one.op === 'Mod' ? 1 : 0;
  return {
    bytes: encodeModelProto({ irVersion: 10, opsetImport: imports, graph: outer }),
    feeds: inputs.map(({ name, dtype, dims }) => ({ name, dtype, dims, fill })),
  };
}
