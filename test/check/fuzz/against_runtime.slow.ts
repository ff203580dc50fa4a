/** The checker refuses what ONNX Runtime refuses, and nothing that it runs, on thousands of mutants of small models. */
import { expect, test } from 'vitest';
import { compareOn, errorsIn } from './against_runtime.ts';
import { modelOf, sampleText } from './sample.ts';
import { SAMPLES } from './samples.ts';
import { verdictsOn } from './verdicts.ts';

/** BENBEN_FUZZ=SEED,COUNT tries other mutants, and more of them for each sample. */
const [seed = 0, count = 40] = (process.env.BENBEN_FUZZ ?? '').split(',').filter(Boolean).map(Number);

test('both accept every sample', () => {
  const models = SAMPLES.map((one) => modelOf(one));
  const verdicts = verdictsOn(models);
  const wrong = SAMPLES.map((one, i) => [sampleText(one), verdicts[i], errorsIn(models[i]!).join()]);
  expect(wrong.filter(([, verdict, errors]) => verdict !== 'ok' || errors !== '')).toEqual([]);
});

test('with known lengths, both refuse the same mutants', () => {
  const { mutants, refused, misses, alarms } = compareOn(count, seed);
  expect({ misses, alarms }).toEqual({ misses: [], alarms: [] });
  expect(mutants).toBeGreaterThan(20 * SAMPLES.length);
  expect(refused).toBeGreaterThan(mutants / 4);
});

test.each(['named', 'open'] as const)(
  'with %s lengths, the checker refuses nothing that runs',
  (declared) => {
    expect(compareOn(Math.ceil(count / 2), seed, declared).alarms).toEqual([]);
  },
);
