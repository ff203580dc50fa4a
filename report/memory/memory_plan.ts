/** Which memory each value of a schedule has, and from when to when. */
import { type Bindings, evaluate } from '../../compiler/ir/dim.ts';
import { ELEMENT_BYTES } from '../../compiler/ir/dtype.ts';
import { type Node, readsOf, type TensorType, typeText, type ValueId } from '../../compiler/ir/graph.ts';
import { type Op, require } from '../../compiler/ir/op.ts';
import type { Flat, FlatNode } from '../algebra/flatten.ts';

export type MemoryPlan = 'live' | 'onnxruntime';

export interface Buffer {
  readonly bytes: bigint;
  readonly key: string;
  /** Its values one after another, by the node that computes each; between two of them it is kept. */
  readonly values: { readonly node: Node; readonly from: number; to: number }[];
}

const END = Number.POSITIVE_INFINITY;

export interface Setting {
  readonly ops: Readonly<Record<string, Op>>;
  readonly flat: Flat;
  readonly plan: MemoryPlan;
  /** Weights, inputs and constants: nothing of theirs is allocated in a run. */
  readonly given: ReadonlySet<ValueId>;
}

export const bytesOf = ({ dtype, shape }: TensorType): bigint =>
  (shape as readonly number[]).reduce((size, d) => size * BigInt(d), BigInt(ELEMENT_BYTES[dtype]));

/** A type in numbers. */
export function known(t: TensorType, lengths: Bindings): TensorType {
  const shape = t.shape.map((d) => {
    const value = evaluate(d, lengths);
    require(value !== undefined, () => `a length of ${typeText(t)} has no value`);
    return value;
  });
  return { dtype: t.dtype, shape };
}

/** Bytes of values, of which most have one of a few types. */
export function sizesAt(lengths: Bindings): (t: TensorType) => bigint {
  const sizes = new Map<string, bigint>();
  return (t) => {
    const text = typeText(t);
    const size = sizes.get(text) ?? bytesOf(known(t, lengths));
    sizes.set(text, size);
    return size;
  };
}

/** Which buffer each value has, and from when to when. */
export function planned(
  nodes: readonly FlatNode[],
  outputs: readonly ValueId[],
  lengths: Bindings,
  { ops, flat, plan, given }: Setting,
): { readonly buffers: readonly Buffer[] } {
  const home = new Map<ValueId, Buffer>();
  const buffers: Buffer[] = [];
  /** By key, the last one that was given back first. */
  const free = new Map<string, Buffer[]>();
  const ends = new Set(outputs);
  const reads = usesOf(nodes, outputs);
  const sizeOf = sizesAt(lengths);
  /** Reads to come of each buffer's present value, under all its names. */
  const left = new Map<Buffer, number>();
  const settle = (buffer: Buffer, id: ValueId): void => {
    home.set(id, buffer);
    left.set(buffer, (left.get(buffer) ?? 0) + (reads.get(id) ?? 0));
  };
  const release = (buffer: Buffer, i: number): void => {
    buffer.values.at(-1)!.to = i;
    if (plan !== 'onnxruntime') return;
    const others = free.get(buffer.key);
    if (others) others.push(buffer);
    else free.set(buffer.key, [buffer]);
  };

  nodes.forEach((node, i) => {
    const op = ops[node.op]!;
    const [source] = node.ins;
    for (const id of node.outs) {
      if (node.op === 'constant' || given.has(id)) continue;
      const before = source === null || source === undefined ? undefined : home.get(source);
      // ONNX Runtime copies what is given out under another shape.
      if (op.view && !(ends.has(id) && plan === 'onnxruntime')) {
        if (before) settle(before, id);
        continue;
      }
      const bytes = sizeOf(flat.types[id]!);
      const key = keyOf(node, id, flat.types[id]!);
      const taken = (op.overwrites ?? [])
        .map((input) => home.get(node.ins[input]!))
        .find((b) => b && left.get(b) === 1 && b.bytes === bytes);
      // A result of the graph is the caller's memory.
      if (ends.has(id)) {
        const buffer = createBuffer(node, bytes, key, i);
        buffers.push(buffer);
        settle(buffer, id);
        continue;
      }
      const buffer = taken ? undefined : free.get(key)?.pop();
      if (taken) settle(taken, id);
      else if (buffer) {
        buffer.values.push({ node: node.of, from: i, to: END });
        left.set(buffer, 0);
        settle(buffer, id);
      } else {
        const fresh = createBuffer(node, bytes, key, i);
        buffers.push(fresh);
        settle(fresh, id);
      }
    }
    for (const id of new Set(readsOf(node))) {
      const buffer = home.get(id);
      if (!buffer) continue;
      left.set(buffer, left.get(buffer)! - 1);
      if (left.get(buffer) === 0) release(buffer, i);
    }
    for (const id of node.outs) {
      const buffer = home.get(id);
      if (buffer && left.get(buffer) === 0 && buffer.values.at(-1)!.to === END) release(buffer, i);
    }
  });
  return { buffers };
}

/**
 * Values of one key take each other's place. Lengths are compared by name, as ONNX Runtime does: equal numbers under
 * two names are not known to be equal, and inside a body no length has a name. It was never seen to give on the memory
 * of bytes (`DynamicQuantizeLinear`).
 */
const keyOf = (node: FlatNode, id: ValueId, t: TensorType): string =>
  node.of.outs[0] === node.outs[0] && t.dtype !== 'u8' ? typeText(t) : `${id}`;

const createBuffer = ({ of }: FlatNode, bytes: bigint, key: string, from: number): Buffer => ({
  bytes,
  key,
  values: [{ node: of, from, to: END }],
});

/** How many nodes read each value; a result of the graph is read once more. */
function usesOf(nodes: readonly Node[], outputs: readonly ValueId[]): ReadonlyMap<ValueId, number> {
  const uses = new Map<ValueId, number>();
  const count = (id: ValueId): void => void uses.set(id, (uses.get(id) ?? 0) + 1);
  for (const node of nodes) for (const id of new Set(readsOf(node))) count(id);
  outputs.forEach(count);
  return uses;
}
