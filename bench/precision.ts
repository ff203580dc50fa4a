/** Compares the speeds of int8 and fp32, for the encoder at 8192 tokens and for a decoding step. */
import { alternate, type Bench, median, overRounds } from './measure.ts';
import { document, forced, open, writeModel } from './models.ts';

const STEPS = 64;

export const precision: Bench = async (say) => {
  const text = document(8192);
  const encoders = {
    fp32: await open(await writeModel('encode')),
    int8: await open(await writeModel('encode', { precision: 'int8' })),
  };
  say('encoder at 8192 tokens, int8 against fp32');
  const encode = await alternate(5, {
    fp32: () => encoders.fp32.run(text),
    int8: () => encoders.int8.run(text),
  });
  await encoders.fp32.release();
  await encoders.int8.release();

  const searches = {
    fp32: await open(await writeModel('generate')),
    int8: await open(await writeModel('generate', { precision: 'int8' })),
  };
  say(`${STEPS} decoding steps, int8 against fp32`);
  const search = (name: 'fp32' | 'int8', tokens: number) => () =>
    searches[name].run({ ...document(512), ...forced(tokens) });
  const decode = await alternate(7, {
    long32: search('fp32', STEPS + 1),
    short32: search('fp32', 1),
    long8: search('int8', STEPS + 1),
    short8: search('int8', 1),
  });
  await searches.fp32.release();
  await searches.int8.release();
  return [
    {
      name: 'encoder at 8192 tokens, fp32 / int8',
      unit: 'speed-up',
      value: overRounds(encode, (t) => t.fp32 / t.int8),
      goal: { at: 1.8, better: 'above' },
      details: { fp32Ms: median(encode.fp32), int8Ms: median(encode.int8) },
    },
    {
      name: 'decoding step, fp32 / int8',
      unit: 'speed-up',
      value: overRounds(decode, (t) => (t.long32 - t.short32) / (t.long8 - t.short8)),
      goal: { at: 2, better: 'above' },
      details: {
        fp32Ms: (median(decode.long32) - median(decode.short32)) / STEPS,
        int8Ms: (median(decode.long8) - median(decode.short8)) / STEPS,
      },
    },
  ];
};
