/** Compares the time of a decoding step inside the generation loop with the time to read the decoder's weights once. */
import { type } from '../compiler/ir/graph.ts';
import { plainWeight } from '../compiler/ir/weights.ts';
import { linear } from '../compiler/ops/linear.ts';
import { alternate, type Bench, median, overRounds } from './measure.ts';
import { document, floats, forced, open, openGraph, writeModel } from './models.ts';

const [WIDTH, FFN, LAYERS, WORDS, STEPS] = [768, 3072, 6, 32000, 64];

/**
 * The number of weights that a step must read: six matrices of self- and cross-attention (keys and values of the memory
 * are projected before the loop), the FFN, and the output projection.
 */
const stepWeights = LAYERS * (6 * WIDTH * WIDTH + 2 * WIDTH * FFN) + WORDS * WIDTH;

export const decode: Bench = async (say) => {
  const model = await open(await writeModel('generate'));
  const rows = Math.round(stepWeights / WIDTH);
  const stream = await openGraph((b) => {
    const weight = b.param(plainWeight('weight', [rows, WIDTH], { kind: 'uniform', bound: 1 }));
    b.output('y', b.add(linear, [b.input('x', type('f32', 1, WIDTH)), weight, null]));
  });
  const search = (tokens: number) => () => model.run({ ...document(512), ...forced(tokens) });
  const x = { x: floats(1, WIDTH) };
  const streamed = async (): Promise<void> => {
    for (let i = 0; i < STEPS; i++) await stream.run(x);
  };
  say(`${STEPS} decoding steps against only reading the weights of the steps`);
  const times = await alternate(7, { long: search(STEPS + 1), short: search(1), streamed });
  const ratio = overRounds(times, ({ long, short, streamed: once }) => (long - short) / once);
  await model.release();
  await stream.release();
  return [
    {
      name: 'decoding step / one pass over its weights',
      unit: 'time ratio',
      value: ratio,
      goal: { at: 1.2, better: 'below' },
      details: {
        stepMs: (median(times.long) - median(times.short)) / STEPS,
        streamMs: median(times.streamed) / STEPS,
        megabytes: (4 * stepWeights) / 1e6,
      },
    },
  ];
};
