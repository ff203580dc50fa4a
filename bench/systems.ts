/** Compares DeepPyramidion with Blockwise (Table 3 of the paper): 8192 tokens in, 256 out, batch 4, beam 2. */
import { alternate, type Bench, median, overRounds } from './measure.ts';
import { documents, forced, open, writeModel } from './models.ts';

const [TOKENS, BATCH, BEAM] = [256, 4, 2];

export const systems: Bench = async (say) => {
  const batch = documents(Array.from({ length: BATCH }, () => 8192));
  const of = async (model: string) => ({
    whole: await open(await writeModel('generate', { model, beam: BEAM })),
    encoder: await open(await writeModel('encode', { model })),
  });
  const [ours, theirs] = [await of('DeepPyramidion'), await of('Blockwise')];
  say(
    `DeepPyramidion against Blockwise: ${BATCH} × 8192 tokens in, ${TOKENS} out, beam ${BEAM}; this takes minutes`,
  );
  const words = { ...batch, ...forced(TOKENS) };
  const times = await alternate(2, {
    ours: () => ours.whole.run(words),
    theirs: () => theirs.whole.run(words),
    ourEncoder: () => ours.encoder.run(batch),
    theirEncoder: () => theirs.encoder.run(batch),
  });
  for (const { whole, encoder } of [ours, theirs]) {
    await whole.release();
    await encoder.release();
  }
  const details = {
    oursMs: median(times.ours),
    theirsMs: median(times.theirs),
    ourEncoderMs: median(times.ourEncoder),
    theirEncoderMs: median(times.theirEncoder),
  };
  return [
    {
      name: 'Blockwise / DeepPyramidion, end to end',
      unit: 'speed-up',
      value: overRounds(times, (t) => t.theirs / t.ours),
      goal: { at: 2.5, better: 'above' },
      details,
    },
    {
      name: 'Blockwise / DeepPyramidion, the decoder alone',
      unit: 'speed-up',
      value: overRounds(times, (t) => (t.theirs - t.theirEncoder) / (t.ours - t.ourEncoder)),
      goal: { at: 4.5, better: 'above' },
      details: {},
    },
  ];
};
