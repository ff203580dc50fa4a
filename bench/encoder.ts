/** Compares the multiplications per second of the encoder, at 8192 tokens, with those of a large matrix product. */
import { type } from '../compiler/ir/graph.ts';
import { plainWeight } from '../compiler/ir/weights.ts';
import { matmul } from '../compiler/ops/matmul.ts';
import { alternate, type Bench, median, overRounds } from './measure.ts';
import { document, floats, open, openGraph, writeModel } from './models.ts';

const SIDE = 3072;
const [WIDTH, FFN, BLOCK] = [768, 3072, 512];
const LENGTHS = [8192, 8192, 2048, 512, 512, 512];

/** Multiplications in projections, FFN and attention; each comes with an addition. */
const encoderMultiplies = LENGTHS.reduce(
  (sum, n) => sum + n * (4 * WIDTH * WIDTH + 2 * WIDTH * FFN) + 2 * n * Math.min(n, BLOCK) * WIDTH,
  0,
);

export const encoder: Bench = async (say) => {
  const path = await writeModel('encode');
  const model = await open(path);
  const square = await openGraph((b) => {
    const weight = b.param(plainWeight('weight', [SIDE, SIDE], { kind: 'uniform', bound: 1 }));
    b.output('y', b.add(matmul, [b.input('x', type('f32', 'n', SIDE)), weight]));
  });
  const [text, x] = [document(8192), { x: floats(SIDE, SIDE) }];
  say('encoder at 8192 tokens against a plain MatMul');
  const times = await alternate(5, { encode: () => model.run(text), product: () => square.run(x) });
  const share = overRounds(
    times,
    ({ encode, product }) => encoderMultiplies / encode / (SIDE ** 3 / product),
  );
  await model.release();
  await square.release();
  return [
    {
      name: 'encoder at 8192 tokens / large fp32 MatMul, in multiplications per second',
      unit: 'share',
      value: share,
      goal: { at: 0.8, better: 'above' },
      details: {
        encodeMs: median(times.encode),
        matmulMs: median(times.product),
        multiplies: encoderMultiplies,
      },
    },
  ];
};
