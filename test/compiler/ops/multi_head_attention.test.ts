/**
 * The kernel `multi_head` with a separate mask for each query, [B, q, c], which beams need. It is compared with
 * the op `attention` on one query at a time.
 */
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { emit, encodeSingleFile } from '../../../compiler/emit/index.ts';
import { createBuilder } from '../../../compiler/ir/build.ts';
import { type } from '../../../compiler/ir/graph.ts';
import { interpret } from '../../../compiler/ir/interpret.ts';
import type { Primitive, Tensor } from '../../../compiler/ir/op.ts';
import { sizeOf, tensor } from '../../../compiler/ir/tensors.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { multiHead } from '../../../compiler/ops/multi_head_attention.ts';
import { fromOrt, toOrt, weightSource } from '../emit/onnx.ts';
import { deviation, oneOp, randomTensor, weightByName } from './samples.ts';

const PER_QUERY: Primitive = {
  name: 'per_query',
  doc: 'The kernel alone.',
  ins: ['q', 'k', 'v', 'mask?'],
  outs: ['y'],
  attrs: { heads: { kind: 'dim' }, causal: { kind: 'bool', default: false } },
  samples: [],
  float16: 'all',
  cost: () => ({}),
  infer: ([q]) => [q!],
  onnx: multiHead,
};

const [B, Q, C, H, SIZE] = [2, 3, 5, 2, 4];

/** Each query of each item sees different keys, and at least one. */
const MASK = tensor(
  'bool',
  [B, Q, C],
  Array.from({ length: B * Q * C }, (_, i) => Number(i % C === 0 || (i * 7) % 3 === 1)),
);

async function run(inputs: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  const b = createBuilder('kernel');
  // Lengths are symbols, as in a model.
  const names: Readonly<Record<number, string>> = { [Q]: 'q', [C]: 'c' };
  const values = Object.entries(inputs).map(([name, { dtype, shape }]) => {
    const lengthAxis = shape.length - 2;
    const open = shape.map((d, i) =>
      (name === 'mask' ? i > 0 : i === lengthAxis) && names[d] ? names[d] : d,
    );
    return b.input(name, type(dtype, ...open));
  });
  b.output('y', b.add(PER_QUERY, values, { heads: H }));
  const ops = { ...OPS, per_query: PER_QUERY };
  const emitted = emit(b.done(), { ops, metadata: {}, version: 'test' });
  const session = await InferenceSession.create(await encodeSingleFile(emitted, weightSource));
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, t]) => [name, toOrt(t)]));
  const { y } = await session.run(feeds);
  await session.release();
  return fromOrt(y!);
}

/** Row `i` of the second axis from the end. */
function queryOf({ dtype, shape, data }: Tensor, i: number): Tensor {
  const [rows, width] = [shape.at(-2)!, shape.at(-1)!];
  const outer = sizeOf(shape.slice(0, -2));
  const picked = Array.from({ length: outer }, (_, o) => {
    const at = (o * rows + i) * width;
    return Array.from(data.subarray(at, at + width));
  });
  return tensor(dtype, [...shape.slice(0, -2), 1, width], picked.flat());
}

describe.each([
  ['merged heads', (length: number) => [B, length, H * SIZE]],
  ['split heads', (length: number) => [B, H, length, SIZE]],
] as const)('%s', (_, shapeOf) => {
  test('each query has its own mask', async () => {
    const [q, k, v] = [Q, C, C].map((length, i) => randomTensor(type('f32', ...shapeOf(length)), i + 1));
    const y = await run({ q: q!, k: k!, v: v!, mask: MASK });
    for (let i = 0; i < Q; i++) {
      const row = queryOf(MASK, i);
      const one = oneOp(OPS.attention!, {
        ins: [queryOf(q!, i), k!, v!, { ...row, shape: [B, C] }].map((t) => ({
          ...t,
          data: Array.from(t.data),
        })),
        attrs: { heads: H },
      });
      const want = interpret(one.graph, one.inputs, weightByName, OPS).y!;
      expect(deviation(queryOf(y, i), want)).toBeTypeOf('number');
    }
  });
});
