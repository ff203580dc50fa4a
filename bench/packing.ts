/**
 * Compares a padded batch of documents of different lengths with a batch of documents of equal length. The total number
 * of tokens is the same.
 */
import { alternate, type Bench, median, overRounds } from './measure.ts';
import { documents, noise, open, writeModel } from './models.ts';

/** Pseudo-random lengths from 500 to 8000, the same in every run. */
const UNEQUAL = [...noise(8)].map((u) => 500 + Math.floor(u * 7501));
const TOTAL = UNEQUAL.reduce((a, b) => a + b, 0);
const EQUAL = UNEQUAL.map(() => Math.round(TOTAL / UNEQUAL.length));

export const packing: Bench = async (say) => {
  const model = await open(await writeModel('encode'));
  say(`8 documents of ${UNEQUAL.join(', ')} tokens against 8 documents of ${EQUAL[0]} tokens`);
  const [ragged, even] = [documents(UNEQUAL), documents(EQUAL)];
  const times = await alternate(3, { ragged: () => model.run(ragged), even: () => model.run(even) });
  await model.release();
  return [
    {
      name: 'encoder, 8 documents of 500 to 8000 tokens / 8 equal ones of the same total',
      unit: 'time ratio',
      value: overRounds(times, (t) => t.ragged / t.even),
      goal: { at: 1.1, better: 'below' },
      details: {
        lengths: UNEQUAL.join(' '),
        tokens: TOTAL,
        paddedTokens: UNEQUAL.length * Math.max(...UNEQUAL),
        raggedMs: median(times.ragged),
        evenMs: median(times.even),
      },
    },
  ];
};
