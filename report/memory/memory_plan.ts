/** Assigns a buffer to each value of a schedule, and finds during which nodes each buffer is in use. */
import { type Bindings, evaluate } from '../../compiler/ir/dim.ts';
import { ELEMENT_BYTES } from '../../compiler/ir/dtype.ts';
import { type Node, readsOf, type TensorType, typeText, type ValueId } from '../../compiler/ir/graph.ts';
import { type Op, require } from '../../compiler/ir/op.ts';
import type { Flat, FlatNode } from '../algebra/flatten.ts';

export type MemoryPlan = 'live' | 'onnxruntime';

export interface PlannedBuffer {
  readonly bytes: bigint;
  /** Values with the same key may share the buffer, one after the other. */
  readonly key: string;
  /**
   * The values of the buffer, in order. Each has the node that computes it, and the first and the last node that need
   * it.
   */
  readonly values: { readonly node: Node; readonly from: number; to: number }[];
}

const END = Number.POSITIVE_INFINITY;

export interface Setting {
  readonly ops: Readonly<Record<string, Op>>;
  readonly flat: Flat;
  readonly plan: MemoryPlan;
  /** Values that a run does not allocate: weights, inputs and constants. */
  readonly given: ReadonlySet<ValueId>;
}

/** The bytes of a value whose lengths are numbers. */
export const bytesOf = ({ dtype, shape }: TensorType): bigint =>
  (shape as readonly number[]).reduce((size, d) => size * BigInt(d), BigInt(ELEMENT_BYTES[dtype]));

/** The type with numbers for its lengths. Throws IrError if a length has no value. */
export function known(t: TensorType, lengths: Bindings): TensorType {
  const shape = t.shape.map((d) => {
    const value = evaluate(d, lengths);
    require(value !== undefined, () => `a length of ${typeText(t)} has no value`);
    return value;
  });
  return { dtype: t.dtype, shape };
}

/**
 * Returns a function that gives the bytes of a value. The function caches sizes, because most values have one of a few
 * types.
 */
export function sizesAt(lengths: Bindings): (t: TensorType) => bigint {
  const sizes = new Map<string, bigint>();
  return (t) => {
    const text = typeText(t);
    const size = sizes.get(text) ?? bytesOf(known(t, lengths));
    sizes.set(text, size);
    return size;
  };
}

/** The buffers of these nodes. */
export function planned(
  nodes: readonly FlatNode[],
  outputs: readonly ValueId[],
  lengths: Bindings,
  { ops, flat, plan, given }: Setting,
): { readonly buffers: readonly PlannedBuffer[] } {
  const home = new Map<ValueId, PlannedBuffer>();
  const buffers: PlannedBuffer[] = [];
  /** The unused buffers of each key. The buffer that was released last is reused first. */
  const free = new Map<string, PlannedBuffer[]>();
  const ends = new Set(outputs);
  const reads = usesOf(nodes, outputs);
  const sizeOf = sizesAt(lengths);
  /** The number of reads of each buffer's current value that are still to come, including reads of its views. */
  const left = new Map<PlannedBuffer, number>();
  const settle = (buffer: PlannedBuffer, id: ValueId): void => {
    home.set(id, buffer);
    left.set(buffer, (left.get(buffer) ?? 0) + (reads.get(id) ?? 0));
  };
  const release = (buffer: PlannedBuffer, i: number): void => {
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
      // ONNX Runtime copies a view that is a result of the graph.
      if (op.view && !(ends.has(id) && plan === 'onnxruntime')) {
        if (before) settle(before, id);
        continue;
      }
      const bytes = sizeOf(flat.types[id]!);
      const key = keyOf(node, id, flat.types[id]!);
      const taken = (op.overwrites ?? [])
        .map((input) => home.get(node.ins[input]!))
        .find((b) => b && left.get(b) === 1 && b.bytes === bytes);
      // A result of the graph belongs to the caller, so its buffer is not reused.
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
 * The key of a value. Lengths are compared by name, as in ONNX Runtime: equal numbers with two names count as different,
 * and lengths inside a body have no names. Every value of type u8 has a unique key, because ONNX Runtime did not reuse
 * the memory of a `DynamicQuantizeLinear` in any measurement.
 */
const keyOf = (node: FlatNode, id: ValueId, t: TensorType): string =>
  node.of.outs[0] === node.outs[0] && t.dtype !== 'u8' ? typeText(t) : `${id}`;

const createBuffer = ({ of }: FlatNode, bytes: bigint, key: string, from: number): PlannedBuffer => ({
  bytes,
  key,
  values: [{ node: of, from, to: END }],
});

/** The number of nodes that read each value. A result of the graph counts as read once more. */
function usesOf(nodes: readonly Node[], outputs: readonly ValueId[]): ReadonlyMap<ValueId, number> {
  const uses = new Map<ValueId, number>();
  const count = (id: ValueId): void => void uses.set(id, (uses.get(id) ?? 0) + 1);
  for (const node of nodes) for (const id of new Set(readsOf(node))) count(id);
  outputs.forEach(count);
  return uses;
}
