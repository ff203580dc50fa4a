/** Builds valid and invalid ONNX models message by message, as other programs may write them. */
import { encodeModelProto } from '../onnx_messages.ts';

export interface Tensor {
  readonly name?: string;
  readonly dims: readonly number[];
  readonly dataType?: number;
  readonly [field: string]: unknown;
}

/** A value of a name, with dims such as `[2, 'n']`, where `'?'` is a length without a name. The default type is float. */
export const info = (name: string, dims?: readonly (number | string)[], elemType = 1) => ({
  name,
  type: {
    tensorType: {
      elemType,
      ...(dims && {
        shape: {
          dim: dims.map((d) => (typeof d === 'number' ? { dimValue: d } : d === '?' ? {} : { dimParam: d })),
        },
      }),
    },
  },
});

export type Info = ReturnType<typeof info>;

type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly f: number }
  | { readonly t: Tensor }
  | { readonly g: Graph }
  | { readonly ref: string; readonly type: number };

const attribute = (name: string, value: AttributeValue): object => {
  if (typeof value === 'number') return { name, type: 2, i: value };
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if (Array.isArray(value)) return { name, type: 7, ints: value };
  if ('f' in value) return { name, type: 1, f: value.f };
  if ('t' in value) return { name, type: 4, t: value.t };
  if ('g' in value) return { name, type: 5, g: value.g };
  const { ref, type } = value as { ref: string; type: number };
  return { name, type, refAttrName: ref };
};

export interface Node {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attribute: readonly object[];
}

/** A node from a text such as `Add x,y > z`, with commas between inputs and between outputs. */
export function node(
  text: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Node {
  const [left = '', right = ''] = text.split('>').map((part) => part.trim());
  const space = left.indexOf(' ');
  const [opType, ins] = space < 0 ? [left, ''] : [left.slice(0, space), left.slice(space + 1)];
  const list = (names: string): string[] =>
    names.trim() === '' ? [] : names.split(',').map((n) => n.trim());
  return {
    opType,
    input: list(ins),
    output: list(right),
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ...more,
  };
}

export interface Graph {
  readonly name?: string;
  readonly node?: readonly Node[];
  readonly input?: readonly object[];
  readonly output?: readonly object[];
  readonly initializer?: readonly Tensor[];
  readonly valueInfo?: readonly object[];
  readonly sparseInitializer?: readonly object[];
}

export const floats = (name: string, dims: readonly number[], values?: readonly number[]): Tensor => ({
  name,
  dims,
  dataType: 1,
  floatData: values ?? new Array(dims.reduce((a, b) => a * b, 1)).fill(0.5),
});

export const ints = (
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): Tensor => ({
  name,
  dims,
  dataType: 7,
  int64Data: values,
});

export interface ModelParts extends Graph {
  readonly functions?: readonly object[];
  /** The imported versions by domain; ONNX 21 by default. */
  readonly opsets?: Readonly<Record<string, number>>;
  readonly ir?: number;
  readonly more?: object;
}

export function modelBytes({
  functions = [],
  opsets = { '': 21 },
  ir = 10,
  more = {},
  ...graph
}: ModelParts): Uint8Array {
  return encodeModelProto({
    irVersion: ir,
    producerName: 'somebody else',
    opsetImport: Object.entries(opsets).map(([domain, version]) => ({ domain, version })),
    graph: { name: 'main', ...graph },
    functions,
    ...more,
  });
}

/** A model of one node, with float inputs x [2, 3] and y [2, 3] and the output z. */
export const one = (
  text: string,
  attributes?: Parameters<typeof node>[1],
  parts: ModelParts = {},
): Uint8Array =>
  modelBytes({
    input: [info('x', [2, 3]), info('y', [2, 3])],
    output: [info('z')],
    ...parts,
    node: [node(text, attributes), ...(parts.node ?? [])],
  });
