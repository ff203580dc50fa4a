/** The input and output tensors of a session, and the check that inputs match the declarations of a model. */
import { sizeOf } from '../compiler/ir/tensors.ts';
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

/** A dense tensor in row-major order. An element of type `bool` is a byte, 0 or 1. */
export type TensorData =
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'int64'; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: 'bool'; readonly shape: readonly number[]; readonly data: Uint8Array };

const ARRAYS = { float32: Float32Array, int64: BigInt64Array, bool: Uint8Array } as const;

export type Tensors = Readonly<Record<string, TensorData>>;

/** The declaration of an input or output of a model. */
export interface TensorInfo {
  readonly name: string;
  /** ONNX Runtime's name of the element type. It may be a type that TensorData does not have. */
  readonly dtype: string;
  /** The dimensions. A dynamic dimension has a name, which may be empty. */
  readonly shape: readonly (number | string)[];
}

/** Checks the input tensors of a run, and returns a diagnostic (D544) for each problem. */
export function checkFeeds(inputs: readonly TensorInfo[], feeds: Tensors): Diagnostic[] {
  const declared = new Map(inputs.map((input) => [input.name, input]));
  const dims = new Map<string, { size: number; input: string }>();
  const problems: string[] = [];
  for (const input of inputs) {
    const feed = Object.hasOwn(feeds, input.name) ? feeds[input.name] : undefined;
    if (!feed) problems.push(`input ${describe(input)} is missing`);
    else problems.push(...checkFeed(input, feed, dims));
  }
  for (const name of Object.keys(feeds)) {
    if (declared.has(name)) continue;
    problems.push(`the model has no input '${name}', only ${[...declared.keys()].join(', ')}`);
  }
  return problems.map((problem) => runtimeDiagnostic('D544', problem));
}

/**
 * Axes whose size must not be 0. Some kernels of ONNX Runtime divide by the size, which ends the process. Others refuse
 * it with unclear messages. A cache (`past`) and a document (`length`) may be empty.
 */
const NEVER_EMPTY: readonly unknown[] = ['batch', 'target', 'slots'];

function checkFeed(
  input: TensorInfo,
  feed: TensorData,
  dims: Map<string, { size: number; input: string }>,
): string[] {
  if (!(input.dtype in ARRAYS)) return [`input ${describe(input)} is of a type that is not supported yet`];
  if (!Array.isArray(feed.shape))
    return [`input ${describe(input)} must be a tensor { dtype, shape, data }, but is something else`];
  const given = `[${feed.shape.join(', ')}]`;
  if (feed.dtype === undefined) return [`input ${describe(input)} is a tensor without \`dtype\``];
  const mustBe = `input '${input.name}' must be ${typeOf(input)}`;
  if (feed.dtype !== input.dtype) return [`${mustBe}, but is ${feed.dtype} ${given}`];
  if (!(feed.data instanceof ARRAYS[feed.dtype]))
    return [
      `input '${input.name}' has the dtype ${feed.dtype}, but its data is ${feed.data.constructor.name}`,
    ];
  if (!feed.shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    return [`input '${input.name}' has the impossible shape ${given}`];
  }
  const elements = sizeOf(feed.shape);
  if (feed.data.length !== elements) {
    return [
      `input '${input.name}' of shape ${given} needs ${elements} elements, but has ${feed.data.length}`,
    ];
  }
  if (feed.shape.length !== input.shape.length) return [`${mustBe}, but has the shape ${given}`];
  const problems: string[] = [];
  for (const [i, size] of feed.shape.entries()) {
    const dim = input.shape[i]!;
    if (size === 0 && NEVER_EMPTY.includes(dim)) {
      problems.push(`input ${describe(input)} has the shape ${given}, but '${dim}' must be at least 1`);
    }
    if (typeof dim === 'number') {
      if (dim !== size) problems.push(`${mustBe}, but has the shape ${given}`);
      continue;
    }
    const before = dims.get(dim);
    if (before && before.size !== size) {
      problems.push(
        `'${dim}' is ${before.size} in input '${before.input}', but ${size} in input '${input.name}'`,
      );
    } else if (dim) dims.set(dim, { size, input: input.name });
  }
  return problems;
}

const typeOf = ({ dtype, shape }: TensorInfo): string =>
  `${dtype} [${shape.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;

const describe = (input: TensorInfo): string => `'${input.name}' (${typeOf(input)})`;
