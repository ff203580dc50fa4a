/** Tensors as they go into a session and come out of it, and whether they fit what a model declares. */
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

/** Row-major. `bool` has one byte per element, 0 or 1. */
export type TensorData =
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'int64'; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: 'bool'; readonly shape: readonly number[]; readonly data: Uint8Array };

const ARRAYS = { float32: Float32Array, int64: BigInt64Array, bool: Uint8Array } as const;

export type Tensors = Readonly<Record<string, TensorData>>;

/** An input or output as a model declares it. */
export interface TensorInfo {
  readonly name: string;
  /** ONNX Runtime's name of the type; models may have more than TensorData has. */
  readonly dtype: string;
  /** A dimension that is open has a name, perhaps an empty one. */
  readonly shape: readonly (number | string)[];
}

/** Everything that is wrong with the feeds of a run, in one diagnostic each. */
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
 * Axes that ONNX Runtime's kernels divide by, which ends the process where they are empty, or refuse in words of
 * their own. A cache (`past`) and a document (`length`) may be empty.
 */
const NEVER_EMPTY: readonly unknown[] = ['batch', 'target', 'slots'];

function checkFeed(
  input: TensorInfo,
  feed: TensorData,
  dims: Map<string, { size: number; input: string }>,
): string[] {
  if (!(input.dtype in ARRAYS)) return [`input ${describe(input)} is of a type that is not supported yet`];
  if (!Array.isArray(feed.shape))
    return [`input ${describe(input)} was given no tensor { dtype, shape, data }`];
  const given = `[${feed.shape.join(', ')}]`;
  if (feed.dtype === undefined) return [`input ${describe(input)} was given a tensor without \`dtype\``];
  if (feed.dtype !== input.dtype) return [`input ${describe(input)} was given ${feed.dtype} ${given}`];
  if (!(feed.data instanceof ARRAYS[feed.dtype]))
    return [`input '${input.name}' says ${feed.dtype} but holds ${feed.data.constructor.name}`];
  if (!feed.shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    return [`input '${input.name}' has the impossible shape ${given}`];
  }
  const elements = feed.shape.reduce((product, size) => product * size, 1);
  if (feed.data.length !== elements) {
    return [`input '${input.name}' of shape ${given} needs ${elements} elements and has ${feed.data.length}`];
  }
  if (feed.shape.length !== input.shape.length) return [`input ${describe(input)} was given shape ${given}`];
  const problems: string[] = [];
  for (const [i, size] of feed.shape.entries()) {
    const dim = input.shape[i]!;
    if (size === 0 && NEVER_EMPTY.includes(dim)) {
      problems.push(`input ${describe(input)} was given shape ${given}: '${dim}' must be at least 1`);
    }
    if (typeof dim === 'number') {
      if (dim !== size) problems.push(`input ${describe(input)} was given shape ${given}`);
      continue;
    }
    const before = dims.get(dim);
    if (before && before.size !== size) {
      problems.push(
        `'${dim}' is ${before.size} in input '${before.input}' and ${size} in input '${input.name}'`,
      );
    } else if (dim) dims.set(dim, { size, input: input.name });
  }
  return problems;
}

function describe({ name, dtype, shape }: TensorInfo): string {
  return `'${name}' (${dtype} [${shape.map((dim) => (dim === '' ? '?' : dim)).join(', ')}])`;
}
